//! Folders of the repository, read and written whole.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

/// Relative path → content, and whether it is executable: git keeps no other bit of the mode.
pub(crate) type Files = BTreeMap<Utf8PathBuf, (Vec<u8>, bool)>;

/// A folder of the repository.
pub(crate) fn repository(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Whether what is rendered becomes the snapshot: `cargo update-snapshots`.
pub(crate) fn is_update() -> bool {
    env::var_os("PANELGEN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1")
}

/// The names in a folder that are folders themselves, sorted.
pub(crate) fn folders(folder: &Utf8Path) -> Vec<String> {
    let entries = folder.read_dir_utf8().unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().to_owned())
        .collect();
    names.sort();
    names
}

/// Every file below a folder; an absent folder has none.
pub(crate) fn read(folder: &Utf8Path) -> Files {
    let mut files = Files::new();
    collect(folder, folder, &mut files);
    files
}

fn collect(root: &Utf8Path, folder: &Utf8Path, files: &mut Files) {
    let Ok(entries) = folder.read_dir_utf8() else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            collect(root, path, files);
        } else {
            assert!(kind.is_file(), "{path} is neither a file nor a directory");
            let is_executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            let name = path.strip_prefix(root).unwrap().to_owned();
            files.insert(name, (fs::read(path).unwrap(), is_executable));
        }
    }
}

/// Makes a folder hold exactly these files. What is there already and right is left alone.
pub(crate) fn write(folder: &Utf8Path, files: &Files) {
    let there = read(folder);
    for stale in there.keys().filter(|path| !files.contains_key(*path)) {
        fs::remove_file(folder.join(stale)).unwrap();
        for parent in stale.ancestors().skip(1).filter(|parent| !parent.as_str().is_empty()) {
            // It stays where something else is in it.
            let _ = fs::remove_dir(folder.join(parent));
        }
    }
    for (path, (content, is_executable)) in files.iter().filter(|(path, file)| there.get(*path) != Some(file))
    {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let mode = if *is_executable { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// What differs, a line each; the first differing line of a text is shown.
pub(crate) fn differences(expected: &Files, rendered: &Files) -> Vec<String> {
    let paths: std::collections::BTreeSet<_> = expected.keys().chain(rendered.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| match (expected.get(path), rendered.get(path)) {
            (Some(expected), Some(rendered)) if expected == rendered => None,
            (Some((expected, _)), Some((rendered, _))) if expected != rendered => {
                Some(format!("{path}: {}", first_difference(expected, rendered)))
            }
            (Some(_), Some((_, is_executable))) => Some(format!("{path}: executable: {is_executable}")),
            (Some(_), None) => Some(format!("{path}: expected, but not rendered")),
            (None, _) => Some(format!("{path}: rendered, but not expected")),
        })
        .collect()
}

fn first_difference(expected: &[u8], rendered: &[u8]) -> String {
    let lines =
        |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (expected, rendered) = (lines(expected), lines(rendered));
    let at = expected.iter().zip(&rendered).take_while(|(a, b)| a == b).count();
    let show = |lines: &[Vec<u8>]| {
        lines.get(at).map_or("the end".to_owned(), |line| format!("{:?}", String::from_utf8_lossy(line)))
    };
    format!("line {}: expected {}, rendered {}", at + 1, show(&expected), show(&rendered))
}
