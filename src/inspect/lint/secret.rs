//! Checks secrets: each is in its own private file and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{items, text_at};
use super::{BundleView, Findings, at};
use crate::bundle::file_tree::TreeNode;
use crate::bundle::manifest::ROOT_DIR;
use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Parts of the name of a setting that contains a password.
const NAMES: &[&str] =
    &["password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "hashed-password"];

/// Values that are not secrets: paths, file names, switches, shell expansions.
fn is_harmless(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    value.is_empty()
        || value.starts_with(['/', '.', '$', '<'])
        || ["true", "false", "yes", "no", "on", "off", "none", "password", "null", "~"]
            .contains(&value.to_ascii_lowercase().as_str())
        || value.starts_with("basic-auth-")
        || value.starts_with("unsafe")
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let secrets = secrets(subject);
    let needles = Needles::of(&secrets);
    for (path, text) in subject.texts() {
        if subject.may_hold_secret(path) || path == "panel.yaml" || path == "secret.txt" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let copied = needles.first_in(line);
            if let Some(secret) = copied {
                let column = line.find(secret).unwrap_or(0) + 1;
                found.push(Diagnostic {
                    // The line is the secret itself.
                    snippet: Some(String::new()),
                    ..Diagnostic::new(
                        Code::SecretExposed,
                        format!("`{}` contains a copy of a secret", sanitize(path.as_str())),
                    )
                    .with_location(at(path, number + 1, column))
                    .with_hint("use the path of the secret file instead, and change the secret")
                });
            }
            if line.contains("PRIVATE KEY-----") {
                found.push(
                    Diagnostic::new(
                        Code::SecretExposed,
                        format!("`{}` contains a private key", sanitize(path.as_str())),
                    )
                    .with_location(at(path, number + 1, 1))
                    .with_hint("keep the key in a file on the host with mode 0600, never in a bundle"),
                );
            }
        }
        let is_program = path == "panel.sh"
            || path.starts_with("ansible")
            || path == "README.md"
            || path == CLOUD_CONFIG_FILE;
        if !is_program {
            settings(path, text, found);
        }
    }
    for (path, entry) in subject.tree.entries() {
        let TreeNode::File(content) = &entry.kind else { continue };
        if subject.may_hold_secret(path) && path.starts_with(ROOT_DIR) {
            file(subject, path, entry.mode, content, found);
        }
    }
    user_data(subject, found);
}

/// Returns the secrets of the bundle that are long enough to be recognized.
fn secrets(subject: &BundleView<'_>) -> Vec<String> {
    let texts =
        subject.texts().filter(|(path, _)| path.starts_with(ROOT_DIR) && subject.may_hold_secret(path));
    texts.map(|(_, text)| text.trim_end_matches('\n').to_owned()).filter(|secret| secret.len() >= 6).collect()
}

/// Searches for many texts at once: a line is read once for all texts of one length.
struct Needles<'s>(BTreeMap<usize, BTreeSet<&'s str>>);

/// The maximum number of bytes of a secret that are searched for.
const MAX_NEEDLE: usize = 64;

/// The maximum number of different lengths, shortest first. A rendered bundle has one or two.
const MAX_LENGTHS: usize = 32;

impl<'s> Needles<'s> {
    fn of(secrets: &'s [String]) -> Self {
        let mut needles: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
        for secret in secrets {
            // A copy of a secret also contains its beginning.
            let end = (0..=secret.len().min(MAX_NEEDLE)).rev().find(|end| secret.is_char_boundary(*end));
            let needle = &secret[..end.unwrap_or(0)];
            needles.entry(needle.len()).or_default().insert(needle);
        }
        Self(needles.into_iter().take(MAX_LENGTHS).collect())
    }

    /// Returns one of the texts that the line contains.
    fn first_in(&self, line: &str) -> Option<&'s str> {
        self.0.iter().find_map(|(length, needles)| {
            if let (1, Some(only)) = (needles.len(), needles.first()) {
                return line.contains(only).then_some(*only);
            }
            let last = line.len().checked_sub(*length)?;
            let mut parts = (0..=last).filter_map(|start| line.get(start..start + length));
            parts.find_map(|part| needles.get(part).copied())
        })
    }
}

/// Checks settings whose name contains `password` and whose value is one.
fn settings(path: &camino::Utf8Path, text: &str, found: &mut Findings) {
    for (number, line) in text.lines().enumerate() {
        let code = line.trim();
        if code.starts_with(['#', ';', '/']) {
            continue;
        }
        let Some((before, value)) = code.split_once(['=', ':']) else { continue };
        // In `Environment=PASSWORD=…` and `- PASSWORD=…` the name of the variable counts.
        let (name, value) = match value.split_once('=') {
            Some((name, value)) if before.starts_with("Environment") => (name, value),
            _ => (before, value),
        };
        let name = name
            .rsplit([' ', '"', '\'', '-'])
            .find(|part| !part.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let whole = before.trim_start_matches("- ").to_ascii_lowercase();
        let is_password = NAMES
            .iter()
            .any(|secret| name == *secret || whole == *secret || name.ends_with(&format!("_{secret}")));
        let value = value.trim().trim_end_matches([',', ';']);
        if is_password && !is_harmless(value) && !value.ends_with("_path") {
            found.push(Diagnostic {
                snippet: Some(String::new()),
                ..Diagnostic::new(
                    Code::SecretExposed,
                    format!("`{}` contains a password that every user of the host can read", sanitize(&name)),
                )
                .with_location(at(path, number + 1, 1))
                .with_hint("let the program read it from a file with mode 0600, and change the password")
            });
        }
    }
}

fn file(subject: &BundleView<'_>, path: &camino::Utf8Path, mode: u32, content: &[u8], found: &mut Findings) {
    // Files in faasd's private directory are readable, because the user of a container reads them.
    let faasd = path.as_str().starts_with("root/var/lib/faasd/secrets/");
    if subject.has_modes && mode & 0o077 != 0 && !faasd {
        found.push(
            Diagnostic::new(
                Code::SecretReadable,
                format!(
                    "the secret `{}` has mode {mode:04o}: it is readable by others",
                    sanitize(path.as_str())
                ),
            )
            .with_location(at(path, 1, 1))
            .with_hint(format!("run `chmod 0600 {path}`")),
        );
    }
    let directory = path.parent().and_then(|parent| subject.tree.get(parent));
    if let Some(directory) = directory.filter(|directory| subject.has_modes && directory.mode & 0o077 != 0) {
        found.push(
            Diagnostic::new(
                Code::SecretReadable,
                format!(
                    "the directory of `{}` has mode {:04o}: the secret is accessible by others",
                    sanitize(path.as_str()),
                    directory.mode
                ),
            )
            .with_location(at(path, 1, 1))
            .with_hint("run `chmod 0700` on the directory"),
        );
    }
    let text = str::from_utf8(content).unwrap_or_default();
    let why = if content.is_empty() {
        "is empty: login needs no password"
    } else if text.trim() != text {
        "begins or ends with white space, which only some programs strip"
    } else if text.lines().count() > 1 {
        "has more than one line"
    } else {
        return;
    };
    found.push(
        Diagnostic::new(Code::SecretInvalid, format!("the secret `{}` {why}", sanitize(path.as_str())))
            .with_location(at(path, 1, 1))
            .with_hint("write the password on one line, without a newline at its end"),
    );
}

/// Checks user-data, which every process of a host can read.
fn user_data(subject: &BundleView<'_>, found: &mut Findings) {
    let path = camino::Utf8Path::new(CLOUD_CONFIG_FILE);
    let closed = subject.tree.get(path).is_some_and(|entry| entry.mode & 0o077 == 0);
    let Some(document) = subject.document(path.as_str()) else { return };
    for file in document.top.get("write_files").map(items).unwrap_or_default() {
        let below = text_at(file, "path").split_once("/bundle/").map(|(_, below)| below).unwrap_or_default();
        // With `--secrets-in-user-data` the file is private.
        if subject.may_hold_secret(below.into()) && below.starts_with(ROOT_DIR) && !closed {
            found.push(
                Diagnostic::new(Code::SecretExposed, format!("the user-data contains `{}`", sanitize(below)))
                    .with_location(file.location.clone())
                    .with_hint("remove it: the host generates a password"),
            );
        }
    }
    for key in ["password", "chpasswd"] {
        if let Some(spanned) = document.top.get(key) {
            found.push(
                Diagnostic::new(
                    Code::SecretExposed,
                    format!("`{key}` puts a login password into the user-data"),
                )
                .with_location(spanned.location.clone())
                .with_hint("remove it, and log in with a key"),
            );
        }
    }
}
