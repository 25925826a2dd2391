//! Folders of the repository, read and written whole.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use camino::{Utf8Path, Utf8PathBuf};

/// Relative path → content, and whether it is a program: git keeps no other bit.
pub(crate) type Files = BTreeMap<Utf8PathBuf, (Vec<u8>, bool)>;

/// A folder of the repository.
pub(crate) fn repository(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Whether what is rendered becomes what is promised.
pub(crate) fn blessing() -> bool {
    env::var_os("PANELGEN_BLESS").is_some_and(|value| value == "1")
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
            let program = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            let name = path.strip_prefix(root).unwrap().to_owned();
            files.insert(name, (fs::read(path).unwrap(), program));
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
    for (path, (content, program)) in files.iter().filter(|(path, file)| there.get(*path) != Some(file)) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let mode = if *program { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

/// What differs, a line each; the first differing line of a text is shown.
pub(crate) fn differences(promised: &Files, produced: &Files) -> Vec<String> {
    let paths: std::collections::BTreeSet<_> = promised.keys().chain(produced.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| match (promised.get(path), produced.get(path)) {
            (Some(promised), Some(produced)) if promised == produced => None,
            (Some((promised, _)), Some((produced, _))) if promised != produced => {
                Some(format!("{path}: {}", first_difference(promised, produced)))
            }
            (Some(_), Some((_, program))) => Some(format!("{path}: is a program: {program}")),
            (Some(_), None) => Some(format!("{path}: promised, not produced")),
            (None, _) => Some(format!("{path}: produced, not promised")),
        })
        .collect()
}

fn first_difference(promised: &[u8], produced: &[u8]) -> String {
    let lines =
        |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (promised, produced) = (lines(promised), lines(produced));
    let at = promised.iter().zip(&produced).take_while(|(a, b)| a == b).count();
    let show = |lines: &[Vec<u8>]| {
        lines.get(at).map_or("the end".to_owned(), |line| format!("{:?}", String::from_utf8_lossy(line)))
    };
    format!("line {}: promised {}, produced {}", at + 1, show(&promised), show(&produced))
}
