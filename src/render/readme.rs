//! README.md of a bundle: what it is and the ways to apply it.

use std::fmt::Write as _;

use crate::bundle::text_template::TextTemplate;
use crate::host::{PanelKind, SharedConfig};
use crate::plan::Plan;

/// The whole file.
pub(super) fn draft(shared: &SharedConfig, plan: &Plan) -> TextTemplate {
    let what = match shared.kind {
        PanelKind::Faasd => "functions on faasd",
        PanelKind::Pai => "the pai panel",
        PanelKind::None => "the edge alone",
    };
    let mut draft = TextTemplate::default();
    draft.push_const("# ");
    draft.push_per_host(|out, host| out.push_str(host.host.domain().as_str()));
    draft.push_static(|text| {
        let _ = write!(
            text,
            "\n\nEverything one host needs for {what}, made by panelgen for {} ({}). Nothing here has touched a host \
             yet.\n\n",
            shared.target.title, shared.arch
        );
        text.push_str(
            "| path | what it is |\n|---|---|\n\
             | `root/` | the files as they stand on the host |\n\
             | `MANIFEST.json` | each of them: mode, owner, sum, component, and what to do when it changes |\n\
             | `assets.lock` | every download: address, version, sum, licence |\n",
        );
        text.push_str("\n## What is on the host\n\n| component | files |\n|---|---|\n");
        for (component, resources) in &plan.resources {
            let paths: Vec<_> = resources.files.iter().map(|spec| format!("`{}`", spec.path)).collect();
            let paths = if paths.is_empty() { "programs only".to_owned() } else { paths.join(", ") };
            let _ = writeln!(text, "| {component} | {paths} |");
        }
    });
    draft
}
