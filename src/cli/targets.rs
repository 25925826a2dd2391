//! `panelgen targets`.

use anyhow::Result;
use clap::Args;

use super::Outcome;
use super::table::table;
use crate::facts::target::{DEFAULT, TARGETS};
use crate::fs;

/// Print the target matrix.
#[derive(Args)]
pub(super) struct Targets {}

impl Targets {
    // Takes `self` like every other command.
    pub(super) fn run(&self) -> Result<Outcome> {
        let Self {} = self;
        let rows = TARGETS.iter().map(|target| {
            let release = |(major, minor, patch): (u16, u16, u16)| format!("{major}.{minor}.{patch}");
            vec![
                if target.name == DEFAULT {
                    format!("{} (default)", target.name)
                } else {
                    target.name.to_owned()
                },
                target.aliases.join(", "),
                target.package_manager.as_str().to_owned(),
                release(target.nginx),
                release(target.openssl),
                target.systemd.to_string(),
                release(target.cloud_init),
                release(target.certbot),
                target.support.as_str().to_owned(),
            ]
        });
        let head =
            ["TARGET", "ALSO", "PACKAGES", "NGINX", "OPENSSL", "SYSTEMD", "CLOUD-INIT", "CERTBOT", "PROVEN"];
        fs::write_stdout(table("", &head, rows.collect()).as_bytes())?;
        Ok(Outcome::Done)
    }
}
