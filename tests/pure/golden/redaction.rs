//! What a snapshot writes once instead of many times, and the way back.
//!
//! - A file of `templates/` that every bundle carries as it is (the Ansible role's tasks) is not in a snapshot.
//! - panel.sh is a constant program around a block of data: `snapshots/panel.sh` has the program, a case its data.
//! - cloud-config.yaml contains the other files: a marker stands for each.
//! - The SHA-256 of a file of the bundle is a marker with its path, that of the parameters has its own.
//!
//! [`expand`] turns the result into the rendered files again, so nothing is lost: a wrong checksum is no marker.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use super::file_tree::{self, Files};

/// The installer.
const INSTALLER: &str = "panel.sh";

/// User-data: it repeats the whole bundle.
const CLOUD_CONFIG: &str = "cloud-config.yaml";

/// What begins and ends the data in the installer; each is a whole line.
const DATA_BEGIN: &str = "#--- host data: begin";
const DATA_END: &str = "#--- host data: end";

/// The line that stands for the data in the program.
const DATA_MARKER: &str = "<host data>\n";

/// The installer's program and its data.
pub(crate) struct Installer {
    /// The lines before and after the data, around [`DATA_MARKER`].
    pub(crate) program: String,
    /// The block, with its first and last line.
    data: String,
}

impl Installer {
    /// Splits a rendered installer.
    pub(crate) fn split(text: &str) -> Self {
        let begin = text.find(DATA_BEGIN).unwrap();
        let end = text.find(DATA_END).unwrap();
        let end = end + text[end..].find('\n').unwrap() + 1;
        let program = format!("{}{DATA_MARKER}{}", &text[..begin], &text[end..]);
        Self { program, data: text[begin..end].to_owned() }
    }
}

/// A file of `templates/` that is in every bundle, byte for byte and under the same path.
fn constant(path: &Utf8Path) -> Option<Vec<u8>> {
    let is_role = path.starts_with("ansible");
    let file = file_tree::repository("templates").join(path);
    is_role.then(|| std::fs::read(file).ok()).flatten()
}

/// Each file's SHA-256 in hexadecimal, and its marker. The digest of the parameters is whatever the manifest has:
/// `tests/cli/layers.rs` proves what it depends on.
fn checksums(files: &Files) -> Vec<(String, String)> {
    let hex = |content: &[u8]| Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = files.get(Utf8Path::new("MANIFEST.json")).map(|(json, _)| {
        let manifest: serde_json::Value = serde_json::from_slice(json).unwrap();
        let digest = manifest["parameters"]["sha256"].as_str().unwrap();
        (digest.to_owned(), "<sha256 of the parameters>".to_owned())
    });
    digest
        .into_iter()
        .chain(files.iter().map(|(path, (content, _))| (hex(content), format!("<sha256 of {path}>"))))
        .collect()
}

/// Each file as cloud-config.yaml contains it, and its marker; longer ones first, as one may be part of another.
fn contents(files: &Files) -> Vec<(String, String)> {
    let mut contents = Vec::new();
    for (path, (content, _)) in files.iter().filter(|(_, (content, _))| !content.is_empty()) {
        contents.push((
            format!("  content: {}\n", STANDARD.encode(content)),
            format!("  content: <base64 of {path}>\n"),
        ));
        if let Ok(text) = str::from_utf8(content) {
            let indented = |line: &str| {
                if line == "\n" { line.to_owned() } else { format!("    {line}") }
            };
            let block: String = text.split_inclusive('\n').map(indented).collect();
            contents
                .push((format!("  content: |\n{block}"), format!("  content: |\n    <content of {path}>\n")));
        }
    }
    contents.sort_by_key(|(content, _)| std::cmp::Reverse(content.len()));
    contents
}

/// The files of a bundle as a snapshot has them. `visible` are those that may be in the repository; `all` are those of
/// the whole bundle, whose checksums may be in the visible ones.
pub(crate) fn redact(visible: &Files, all: &Files) -> Files {
    let (contents, checksums) = (contents(all), checksums(all));
    let mut redacted = Files::new();
    for (path, (content, is_executable)) in visible {
        if constant(path).is_some_and(|constant| constant == *content && !is_executable) {
            continue;
        }
        let Ok(text) = str::from_utf8(content) else {
            redacted.insert(path.clone(), (content.clone(), *is_executable));
            continue;
        };
        let mut text = text.to_owned();
        if path == CLOUD_CONFIG {
            for (content, marker) in &contents {
                text = text.replace(content, marker);
            }
        }
        if path == INSTALLER {
            text = Installer::split(&text).data;
        }
        for (sum, marker) in &checksums {
            text = text.replace(sum, marker);
        }
        redacted.insert(path.clone(), (text.into_bytes(), *is_executable));
    }
    redacted
}

/// What was rendered, from what [`redact`] made of it: `program` is the installer's, `all` is the whole bundle, for what
/// markers name. The constant files come from `templates/`.
pub(crate) fn expand(redacted: &Files, program: &str, all: &Files) -> Files {
    let (contents, checksums) = (contents(all), checksums(all));
    let mut expanded = Files::new();
    for (path, (content, is_executable)) in redacted {
        let content = match str::from_utf8(content) {
            Err(_) => content.clone(),
            Ok(text) => {
                let mut text = text.to_owned();
                if path == INSTALLER {
                    text = program.replace(DATA_MARKER, &text);
                }
                for (sum, marker) in &checksums {
                    text = text.replace(marker, sum);
                }
                if path == CLOUD_CONFIG {
                    for (content, marker) in &contents {
                        text = text.replace(marker, content);
                    }
                }
                text.into_bytes()
            }
        };
        expanded.insert(path.clone(), (content, *is_executable));
    }
    for path in all.keys().filter(|path| !redacted.contains_key(*path)) {
        if let Some(content) = constant(path) {
            expanded.insert(path.clone(), (content, false));
        }
    }
    expanded
}

#[test]
fn checksum_stays_in_sight_when_it_is_not_that_of_its_file() {
    let sum = |text: &str| Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let files = |lock: String| {
        Files::from([
            ("assets.lock".into(), (lock.into_bytes(), false)),
            ("root/etc/a".into(), (b"a\n".to_vec(), false)),
        ])
    };
    let redacted = |text: &str| {
        let all = files(sum(text));
        String::from_utf8(redact(&all, &all)[Utf8Path::new("assets.lock")].0.clone()).unwrap()
    };
    assert_eq!(redacted("a\n"), "<sha256 of root/etc/a>");
    assert_eq!(redacted("b\n"), sum("b\n"));
}
