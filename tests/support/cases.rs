//! The bundles of the snapshots, rendered once.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{LazyLock, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::file_tree::FileTree;
use panelgen::internals::config::Config;
use panelgen::internals::delivery::cloud_config::SecretPolicy;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::render;
use panelgen::internals::values::{FromText as _, RegistryAuth, Secret};

/// What the password of a case is, wherever it lies.
pub(crate) const SECRET: &str = "correct horse battery staple";

/// What the file says that a case names for its registry.
pub(crate) const REGISTRY_AUTH: &str = include_str!("../../snapshots/own-registry/registry.json");

/// Reads that file, as the command line does.
pub(crate) fn set_registry_auth(params: &mut Config) {
    if params.get("registry.auth").is_some_and(|auth| auth.get("file").is_some()) {
        params.set_registry_auth(RegistryAuth::parse(REGISTRY_AUTH).unwrap());
    }
}

/// Where the cases lie.
pub(crate) fn snapshots() -> &'static Utf8Path {
    Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/snapshots"))
}

/// The names of the cases.
pub(crate) fn cases() -> Vec<String> {
    let mut cases: Vec<String> = snapshots()
        .read_dir_utf8()
        .unwrap()
        .map(|folder| folder.unwrap())
        .filter(|folder| folder.path().join("panel.yaml").is_file())
        .map(|folder| folder.file_name().to_owned())
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "{cases:?}");
    cases
}

/// The bundle of a case, as it would be read back from a directory.
pub(crate) fn bundle(case: &str) -> FileTree {
    static BUNDLES: LazyLock<Mutex<BTreeMap<String, FileTree>>> = LazyLock::new(Mutex::default);
    let mut bundles = BUNDLES.lock().unwrap();
    if let Some(tree) = bundles.get(case) {
        return tree.clone();
    }
    let yaml = fs::read_to_string(snapshots().join(case).join("panel.yaml")).unwrap();
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    params.merge_yaml("panel.yaml".into(), &yaml, &mut report);
    set_registry_auth(&mut params);
    let secret = params.get("passinit").is_some().then(|| Secret::parse(SECRET).unwrap());
    let rendered = render::render(&params, secret, SecretPolicy::Omit, &mut report);
    let tree = FileTree::from(&rendered.unwrap_or_else(|| panic!("{case}: {report:?}")).bundle);
    bundles.insert(case.to_owned(), tree.clone());
    tree
}

/// The parameters of every case, with its name.
pub(crate) fn case_files() -> Vec<(String, Utf8PathBuf)> {
    cases().into_iter().map(|case| (case.clone(), snapshots().join(case).join("panel.yaml"))).collect()
}
