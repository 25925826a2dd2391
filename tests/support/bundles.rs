//! The cases of `snapshots/`, rendered to directories once.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::{LazyLock, Mutex};

use camino::{Utf8Path, Utf8PathBuf};

/// A path of the repository.
pub(crate) fn repository(path: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A directory with the bundle of a case, as the program writes it. It is for reading only.
pub(crate) fn bundle_directory(case: &str) -> Utf8PathBuf {
    static WRITTEN: LazyLock<Mutex<BTreeMap<String, Utf8PathBuf>>> = LazyLock::new(Mutex::default);
    let mut written = WRITTEN.lock().unwrap();
    if let Some(directory) = written.get(case) {
        return directory.clone();
    }
    // A directory for each process: two may run at once.
    let directory =
        Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bundles-{}", std::process::id())).join(case);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(directory.parent().unwrap()).unwrap();
    let mut render = Command::new(env!("CARGO_BIN_EXE_panelgen"));
    let yaml = repository("snapshots").join(case).join("panel.yaml");
    let done = render.args(["render", "-f", yaml.as_str(), "-o", directory.as_str()]).output().unwrap();
    assert!(done.status.success(), "{case}: {}", String::from_utf8_lossy(&done.stderr));
    written.insert(case.to_owned(), directory.clone());
    directory
}
