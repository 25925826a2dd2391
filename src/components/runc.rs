//! runc: the program that starts containers.

use super::{Component, Download, Front, Offer, Unpack};
use crate::host::{Kind, Model};

pub(super) const COMPONENT: Component = Component {
    name: "runc",
    wanted: |model| model.kind == Kind::Faasd,
    front: |_| Front::default(),
    offer,
    costs: &[],
    further: |_, _, _| None,
};

fn offer(model: &Model, _: &Front) -> Offer {
    // Nothing restarts: running containers keep the runc they were started with.
    let download =
        Download::of(model, &model.runc, Unpack::Program("runc")).link("/usr/local/sbin/runc", "runc");
    Offer { downloads: vec![download], ..Offer::default() }
}
