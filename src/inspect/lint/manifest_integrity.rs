//! The manifest against what is there: missing, unlisted and changed files, modes, owners, and things that are
//! neither files nor directories.

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

/// Papers that a bundle may not have, and what people put beside one.
const IGNORED: &[&str] = &["panel.yaml", ".gitignore", ".gitattributes", ".git", "secret.txt", "fleet.yaml"];

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
                format!("`{}` is {what}: a bundle holds files and directories", sanitize(path.as_str())),
            )
            .with_location(at(path, 1, 1))
            .with_hint("put the file itself there: an installer that runs as root would follow the link"),
        );
    }
    let Some(json) = subject.tree.file(MANIFEST_FILE.into()) else {
        found.push(
            Diagnostic::new(
                Code::ManifestMissing,
                "there is no MANIFEST.json: nobody knows modes, owners and sums",
            )
            .with_location(at(MANIFEST_FILE, 1, 1))
            .with_hint("name the directory that `panelgen render -o` wrote, or render it again"),
        );
        return;
    };
    let Some(manifest) = &subject.manifest else {
        let why = Manifest::parse(json).err().map(|refusal| refusal.message).unwrap_or_default();
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

/// Where the manifest says things of a path.
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
    for listed in &manifest.entries {
        let path = bundled(listed.path.as_str());
        let here = places.path(&listed.path);
        validate_entry(listed, &here, found);
        match subject.tree.get(&path).map(|entry| (&entry.kind, entry)) {
            // git keeps no empty directory.
            None if listed.kind == Listing::Directory && !subject.has_modes => {}
            None => found.push(missing(path.as_str(), here)),
            Some((TreeNode::File(content), entry)) if listed.kind == Listing::File => {
                let sum = hex(&sha256(content));
                if listed.sha256.as_deref().is_some_and(|listed| listed != sum) {
                    found.push(
                        Diagnostic::new(
                            Code::DigestMismatch,
                            format!("`{}` is not what the manifest says: it was changed after rendering", listed.path),
                        )
                        .with_location(at(&path, 1, 1))
                        .with_location(here.clone())
                        .with_hint("change the parameters and render again; the next rendering undoes a change by hand"),
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
                    format!("`{}` is not the kind of thing that the manifest says", listed.path),
                )
                .with_location(at(&path, 1, 1))
                .with_location(here)
                .with_hint("render the bundle again"),
            ),
        }
    }
    for paper in manifest.meta_files.iter().filter(|paper| subject.tree.get(paper).is_none()) {
        found.push(missing(paper.as_str(), places.path(paper)));
    }
    // Papers without which there is nothing to apply, whatever the manifest lists.
    for paper in ["panel.sh", CLOUD_CONFIG_FILE, "assets.lock", "README.md", "ansible/site.yml"] {
        if subject.tree.get(paper.into()).is_none()
            && !manifest.meta_files.iter().any(|listed| listed == paper)
        {
            found.push(missing(paper, at(MANIFEST_FILE, 1, 1)));
        }
    }
}

fn missing(path: &str, listed: Location) -> Diagnostic {
    Diagnostic::new(Code::FileMissing, format!("`{}` is not there", sanitize(path)))
        .with_location(listed)
        .with_hint("render the bundle again, or take the file back from where it was lost")
}

/// What no manifest should say.
fn validate_entry(listed: &ManifestEntry, here: &Location, found: &mut Findings) {
    let Ok(mode) = u32::from_str_radix(&listed.mode, 8) else {
        found.push(
            Diagnostic::new(Code::ModeUnsafe, format!("`{}` is no mode", sanitize(&listed.mode)))
                .with_location(here.clone())
                .with_hint("four octal digits, for example `0644`"),
        );
        return;
    };
    if let Some(why) = unsafe_mode(mode, listed.path.as_str(), listed.kind, listed.secret) {
        found.push(
            Diagnostic::new(Code::ModeUnsafe, format!("`{}` with mode {} {why}", listed.path, octal(mode)))
                .with_location(here.clone())
                .with_hint("render the bundle again: modes are not chosen by hand"),
        );
    }
    if listed.owner != "root:root" {
        found.push(
            Diagnostic::new(
                Code::OwnerUnsafe,
                format!(
                    "`{}` belongs to `{}`, who could change what root reads",
                    listed.path,
                    sanitize(&listed.owner)
                ),
            )
            .with_location(here.clone())
            .with_hint("every file that is installed belongs to `root:root`"),
        );
    }
    let names = || COMPONENTS.iter().map(|component| component.name);
    if !names().any(|name| name == listed.component) {
        let finding = Diagnostic::new(
            Code::ManifestInvalid,
            format!("there is no component `{}`", sanitize(&listed.component)),
        )
        .with_location(here.clone());
        found.push(finding.with_suggestion(
            &listed.component,
            names(),
            "`panelgen list` shows the components",
        ));
    }
}

/// Why nobody should have this mode at this place.
fn unsafe_mode(mode: u32, path: &str, kind: Listing, secret: bool) -> Option<&'static str> {
    let secret_place = path.contains("/secrets/") || secret;
    // In faasd's closed directory files are open: a container's own user must read them.
    let in_closed_directory = path.starts_with("/var/lib/faasd/secrets/");
    if mode & 0o7000 != 0 {
        Some("is setuid, setgid or sticky")
    } else if mode & 0o022 != 0 {
        Some("can be written by others")
    } else if kind == Listing::Directory && path.ends_with("/secrets") && mode & 0o077 != 0 {
        Some("lets others into the directory of secrets")
    } else if kind == Listing::Directory && mode & 0o500 != 0o500 {
        Some("keeps its own owner out")
    } else if kind == Listing::File && secret_place && !in_closed_directory && mode & 0o077 != 0 {
        Some("lets others read a secret")
    } else if kind == Listing::File && is_program(path) && mode & 0o111 != 0o111 {
        Some("cannot be run, and it is a program")
    } else if kind == Listing::File && !is_program(path) && mode & 0o111 != 0 {
        Some("can be run, and it is no program")
    } else if kind == Listing::File && !secret_place && mode & 0o444 != 0o444 {
        Some("cannot be read by the accounts that need it")
    } else if mode & 0o400 == 0 {
        Some("cannot be read by its own owner")
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
    // git keeps whether a file can be run, and nothing else.
    let mask = match (subject.has_modes, listed.kind) {
        (true, _) => 0o7777,
        (false, Listing::File) => 0o100,
        (false, Listing::Directory) => return,
    };
    if mode & mask != wanted & mask {
        found.push(
            Diagnostic::new(
                Code::ModeMismatch,
                format!("`{}` has mode {}, and {} is meant", listed.path, octal(mode), octal(wanted)),
            )
            .with_location(at(path, 1, 1))
            .with_location(here)
            .with_hint(format!("chmod {} {}", octal(wanted), sanitize(path.as_str()))),
        );
    }
}

/// Files that nobody lists: below `root/` an installer would not put them where they seem to belong.
fn check_unlisted(subject: &BundleView<'_>, manifest: &Manifest, found: &mut Findings) {
    let owned = manifest.owned();
    for (path, entry) in subject.tree.entries() {
        let first = path.components().next().map(|name| name.as_str()).unwrap_or_default();
        let is_file = !matches!(entry.kind, TreeNode::Directory);
        if owned.contains_key(path) || IGNORED.contains(&first) || !is_file {
            continue;
        }
        let ours = path.starts_with(ROOT_DIR) || path.starts_with("ansible");
        if ours || is_meta_file(path) {
            let seen: Utf8PathBuf = path.to_owned();
            found.push(
                Diagnostic::new(
                    Code::FileUnlisted,
                    format!(
                        "`{}` is not in the manifest: no installer puts it anywhere",
                        sanitize(path.as_str())
                    ),
                )
                .with_location(at(seen, 1, 1))
                .with_hint("remove it; what a host needs besides goes into `overrides` or another place"),
            );
        }
    }
    let paper = meta_file_mode(subject, manifest);
    found.extend(paper);
}

fn is_meta_file(path: &Utf8Path) -> bool {
    matches!(path.as_str(), "panel.sh" | CLOUD_CONFIG_FILE | "assets.lock" | "README.md")
}

/// The bundle's own papers: panel.sh runs, what repeats a secret is closed, nothing is open to all.
fn meta_file_mode(subject: &BundleView<'_>, manifest: &Manifest) -> Vec<Diagnostic> {
    let has_secret = manifest.entries.iter().any(|listed| listed.secret);
    let mut found = Vec::new();
    for paper in &manifest.meta_files {
        let Some(entry) = subject.tree.get(paper) else { continue };
        if !subject.has_modes || paper.starts_with(ROOT_DIR) {
            continue;
        }
        let why = if entry.mode & 0o022 != 0 {
            "can be written by others"
        } else if paper == manifest::MANIFEST_FILE && has_secret && entry.mode & 0o077 != 0 {
            "tells others the sum of a secret"
        } else {
            continue;
        };
        found.push(
            Diagnostic::new(Code::ModeUnsafe, format!("`{paper}` with mode {} {why}", octal(entry.mode)))
                .with_location(at(paper, 1, 1))
                .with_hint("render the bundle again, or close it with chmod"),
        );
    }
    found
}
