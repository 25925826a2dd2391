//! Compares the manifest with the bundle: missing, unlisted and changed files, modes, owners, and entries
//! that are neither files nor directories.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::bundle_view::bundled;
use super::{BundleView, Findings, at};
use crate::bundle::file_tree::TreeNode;
use crate::bundle::manifest::{
    self, EntryType as Listing, MANIFEST_FILE, Manifest, ManifestEntry, ROOT_DIR, octal,
};
use crate::bundle::{hex, sha256};
use crate::components::COMPONENTS;
use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::sanitize;

/// Optional generated documents, and files that people add next to a bundle.
const IGNORED: &[&str] = &[".gitignore", ".gitattributes", ".git", "secret.txt", "fleet.yaml"];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for (path, entry) in subject.tree.entries().filter(|(path, _)| !path.starts_with(".git")) {
        let what = match &entry.kind {
            TreeNode::Link(target) => format!("a symbolic link to `{}`", sanitize(target)),
            TreeNode::Special => "a device, a pipe or a socket".to_owned(),
            _ => continue,
        };
        found.push(
            Diagnostic::new(
                Code::FileSpecial,
                format!(
                    "`{}` is {what}: a bundle contains only files and directories",
                    sanitize(path.as_str())
                ),
            )
            .with_location(at(path, 1, 1))
            .with_hint(
                "replace it with the file itself: an installer that runs as root would follow the link",
            ),
        );
    }
    let Some(json) = subject.tree.file(MANIFEST_FILE.into()) else {
        found.push(
            Diagnostic::new(
                Code::ManifestMissing,
                "MANIFEST.json is missing: modes, owners and checksums cannot be verified",
            )
            .with_location(at(MANIFEST_FILE, 1, 1))
            .with_hint("pass the directory that `panelgen render -o` wrote, or render it again"),
        );
        return;
    };
    let Some(manifest) = &subject.manifest else {
        let why = Manifest::parse(json).err().map(|error| error.message).unwrap_or_default();
        let line = serde_json::from_slice::<serde_json::Value>(json).err().map_or(1, |error| error.line());
        found.push(
            Diagnostic::new(Code::ManifestInvalid, why)
                .with_location(at(MANIFEST_FILE, line, 1))
                .with_hint("render the bundle again: a manifest is not written by hand"),
        );
        return;
    };
    let places = Places::of(subject);
    entries(subject, manifest, &places, found);
    check_unlisted(subject, manifest, found);
}

/// The lines of the manifest about each path.
struct Places(BTreeMap<String, Location>);

impl Places {
    fn of(subject: &BundleView<'_>) -> Self {
        let text = subject.meta_file(MANIFEST_FILE).unwrap_or_default();
        let mut places = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let value = line.trim().trim_end_matches(',');
            let value = value.strip_prefix("\"path\": ").unwrap_or(value);
            if let Ok(path) = serde_json::from_str::<String>(value) {
                let column = line.len() - line.trim_start().len() + 1;
                places.entry(path).or_insert_with(|| at(MANIFEST_FILE, number + 1, column));
            }
        }
        Self(places)
    }

    fn path(&self, path: &Utf8Path) -> Location {
        self.0.get(path.as_str()).cloned().unwrap_or_else(|| at(MANIFEST_FILE, 1, 1))
    }
}

fn entries(subject: &BundleView<'_>, manifest: &Manifest, places: &Places, found: &mut Findings) {
    // A manifest can list one file many times; its checksum is computed once.
    let mut checksums: BTreeMap<&str, String> = BTreeMap::new();
    for listed in &manifest.entries {
        let path = bundled(listed.path.as_str());
        let here = places.path(&listed.path);
        validate_entry(listed, &here, found);
        match subject.tree.get(&path).map(|entry| (&entry.kind, entry)) {
            // git keeps no empty directories.
            None if listed.kind == Listing::Directory && !subject.has_modes => {}
            None => found.push(missing(path.as_str(), here)),
            Some((TreeNode::File(content), entry)) if listed.kind == Listing::File => {
                let checksum = checksums.entry(listed.path.as_str()).or_insert_with(|| hex(&sha256(content)));
                if listed.sha256.as_ref().is_some_and(|listed| listed != checksum) {
                    found.push(
                        Diagnostic::new(
                            Code::DigestMismatch,
                            format!(
                                "`{}` differs from the manifest: it was changed after rendering",
                                listed.path
                            ),
                        )
                        .with_location(at(&path, 1, 1))
                        .with_location(here.clone())
                        .with_hint(
                            "change the parameters and render again: rendering reverts manual changes",
                        ),
                    );
                }
                mode(subject, listed, entry.mode, &path, here, found);
            }
            Some((TreeNode::Directory, entry)) if listed.kind == Listing::Directory => {
                mode(subject, listed, entry.mode, &path, here, found);
            }
            Some((TreeNode::Link(_) | TreeNode::Special, _)) => {}
            Some(_) => found.push(
                Diagnostic::new(
                    Code::FileSpecial,
                    format!("the type of `{}` differs from the manifest", listed.path),
                )
                .with_location(at(&path, 1, 1))
                .with_location(here)
                .with_hint("render the bundle again"),
            ),
        }
    }
    for document in manifest.meta_files.iter().filter(|document| subject.tree.get(document).is_none()) {
        found.push(missing(document.as_str(), places.path(document)));
    }
    // Documents without which a bundle cannot be applied, whatever the manifest lists.
    for document in
        ["panel.sh", CLOUD_CONFIG_FILE, "panel.yaml", "assets.lock", "README.md", "ansible/site.yml"]
    {
        if subject.tree.get(document.into()).is_none()
            && !manifest.meta_files.iter().any(|listed| listed == document)
        {
            found.push(missing(document, at(MANIFEST_FILE, 1, 1)));
        }
    }
}

fn missing(path: &str, listed: Location) -> Diagnostic {
    Diagnostic::new(Code::FileMissing, format!("`{}` is missing", sanitize(path)))
        .with_location(listed)
        .with_hint("render the bundle again, or restore the file")
}

/// Checks values that no manifest may have.
fn validate_entry(listed: &ManifestEntry, here: &Location, found: &mut Findings) {
    let Ok(mode) = u32::from_str_radix(&listed.mode, 8) else {
        found.push(
            Diagnostic::new(Code::ModeUnsafe, format!("`{}` is not a mode", sanitize(&listed.mode)))
                .with_location(here.clone())
                .with_hint("write four octal digits, for example `0644`"),
        );
        return;
    };
    if let Some(why) = unsafe_mode(mode, listed.path.as_str(), listed.kind, listed.secret) {
        found.push(
            Diagnostic::new(Code::ModeUnsafe, format!("`{}` (mode {}) {why}", listed.path, octal(mode)))
                .with_location(here.clone())
                .with_hint("render the bundle again: modes are not chosen by hand"),
        );
    }
    if listed.owner != "root:root" {
        found.push(
            Diagnostic::new(
                Code::OwnerUnsafe,
                format!(
                    "`{}` is owned by `{}`, who could change what root reads",
                    listed.path,
                    sanitize(&listed.owner)
                ),
            )
            .with_location(here.clone())
            .with_hint("render the bundle again: every installed file is owned by `root:root`"),
        );
    }
    let names = || COMPONENTS.iter().map(|component| component.name);
    if !names().any(|name| name == listed.component) {
        let finding = Diagnostic::new(
            Code::ManifestInvalid,
            format!("unknown component `{}`", sanitize(&listed.component)),
        )
        .with_location(here.clone());
        found.push(finding.with_suggestion(
            &listed.component,
            names(),
            "list the components with `panelgen list`",
        ));
    }
}

/// Returns why this mode is not allowed at this path.
fn unsafe_mode(mode: u32, path: &str, kind: Listing, secret: bool) -> Option<&'static str> {
    let secret_place = path.contains("/secrets/") || secret;
    // Files in faasd's private directory are readable, because the user of a container reads them.
    let in_closed_directory = path.starts_with("/var/lib/faasd/secrets/");
    if mode & 0o7000 != 0 {
        Some("is setuid, setgid or sticky")
    } else if mode & 0o022 != 0 {
        Some("is writable by others")
    } else if kind == Listing::Directory && path.ends_with("/secrets") && mode & 0o077 != 0 {
        Some("opens the directory of secrets to others")
    } else if kind == Listing::Directory && mode & 0o500 != 0o500 {
        Some("is not accessible by its owner")
    } else if kind == Listing::File && secret_place && !in_closed_directory && mode & 0o077 != 0 {
        Some("makes a secret readable by others")
    } else if kind == Listing::File && is_program(path) && mode & 0o111 != 0o111 {
        Some("is a program but not executable")
    } else if kind == Listing::File && !is_program(path) && mode & 0o111 != 0 {
        Some("is executable but not a program")
    } else if kind == Listing::File && !secret_place && mode & 0o444 != 0o444 {
        Some("is not readable by the accounts that need it")
    } else if mode & 0o400 == 0 {
        Some("is not readable by its owner")
    } else {
        None
    }
}

fn is_program(path: &str) -> bool {
    path.starts_with("/usr/local/libexec/") || path.starts_with("/etc/letsencrypt/renewal-hooks/")
}

fn mode(
    subject: &BundleView<'_>,
    listed: &ManifestEntry,
    mode: u32,
    path: &Utf8Path,
    here: Location,
    found: &mut Findings,
) {
    let Ok(wanted) = u32::from_str_radix(&listed.mode, 8) else { return };
    // git keeps only the executable bit.
    let mask = match (subject.has_modes, listed.kind) {
        (true, _) => 0o7777,
        (false, Listing::File) => 0o100,
        (false, Listing::Directory) => return,
    };
    if mode & mask != wanted & mask {
        found.push(
            Diagnostic::new(
                Code::ModeMismatch,
                format!("`{}` has mode {} instead of {}", listed.path, octal(mode), octal(wanted)),
            )
            .with_location(at(path, 1, 1))
            .with_location(here)
            .with_hint(format!("run `chmod {} {}`", octal(wanted), sanitize(path.as_str()))),
        );
    }
}

/// Reports files that the manifest does not list. Below `root/` an installer would not install them.
fn check_unlisted(subject: &BundleView<'_>, manifest: &Manifest, found: &mut Findings) {
    let owned = manifest.owned();
    for (path, entry) in subject.tree.entries() {
        let first = path.components().next().map(|name| name.as_str()).unwrap_or_default();
        let is_file = !matches!(entry.kind, TreeNode::Directory);
        if owned.contains_key(path) || IGNORED.contains(&first) || !is_file {
            continue;
        }
        let ours = path.starts_with(ROOT_DIR) || path.starts_with("ansible");
        if ours || manifest::is_meta_file_name(path) {
            let owned: Utf8PathBuf = path.to_owned();
            found.push(
                Diagnostic::new(
                    Code::FileUnlisted,
                    format!("`{}` is not in the manifest: no installer installs it", sanitize(path.as_str())),
                )
                .with_location(at(owned, 1, 1))
                .with_hint("remove it; use `overrides` for additional settings of a host"),
            );
        }
    }
    for finding in meta_file_mode(subject, manifest) {
        found.push(finding);
    }
}

/// Checks the generated documents: panel.sh is executable, copies of secrets are private, nothing is writable
/// by others.
fn meta_file_mode(subject: &BundleView<'_>, manifest: &Manifest) -> Vec<Diagnostic> {
    let has_secret = manifest.entries.iter().any(|listed| listed.secret);
    let mut found = Vec::new();
    for document in &manifest.meta_files {
        let Some(entry) = subject.tree.get(document) else { continue };
        if !subject.has_modes || document.starts_with(ROOT_DIR) {
            continue;
        }
        let why = if entry.mode & 0o022 != 0 {
            "is writable by others"
        } else if document == manifest::MANIFEST_FILE && has_secret && entry.mode & 0o077 != 0 {
            "shows the checksum of a secret to others"
        } else {
            continue;
        };
        found.push(
            Diagnostic::new(Code::ModeUnsafe, format!("`{document}` (mode {}) {why}", octal(entry.mode)))
                .with_location(at(document, 1, 1))
                .with_hint("render the bundle again, or restrict it with chmod"),
        );
    }
    found
}
