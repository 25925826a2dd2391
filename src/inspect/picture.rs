//! The picture of an existing bundle, and which of its files differ from another's.

use crate::bundle::file_tree::FileTree;
use crate::bundle::manifest::ROOT_DIR;
use crate::config::Config;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::graph::Graph;
use crate::host;
use crate::plan;

/// The file of a bundle with the parameters that made it.
pub const PARAMETERS: &str = "panel.yaml";

/// The picture of a bundle, from the parameters that it contains. `name` is its path, for diagnostics. Returns `None` if
/// they are missing or rejected.
pub fn of_bundle(name: &str, tree: &FileTree, diagnostics: &mut Diagnostics) -> Option<Graph> {
    let text = tree.file(PARAMETERS.into()).and_then(|found| String::from_utf8(found.to_vec()).ok());
    let Some(text) = text else {
        let message = format!("`{name}` does not contain `{PARAMETERS}` with its parameters");
        diagnostics.push(
            Diagnostic::new(Code::FileUnreadable, message)
                .with_parameter("PATH")
                .with_location(Location::Flag("PATH".to_owned()))
                .with_hint("pass the parameters instead, for example `-f panel.yaml`"),
        );
        return None;
    };
    let mut config = Config::default();
    config.merge_yaml(PARAMETERS.into(), &text, diagnostics);
    let host = host::resolve(&config, None, diagnostics);
    let plan = plan::build_plan(&host.shared, diagnostics)?;
    Some(Graph::new(&host, &plan))
}

/// The paths on the host whose content differs.
pub fn changed_files(old: &FileTree, new: &FileTree) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for (from, to) in [(old, new), (new, old)] {
        for (path, found) in from.entries() {
            let Some(at) = path.as_str().strip_prefix(ROOT_DIR) else { continue };
            if to.get(path).is_none_or(|other| other.kind != found.kind) {
                paths.push(format!("/{}", at.trim_start_matches('/')));
            }
        }
    }
    paths.sort();
    paths.dedup();
    paths
}
