//! Checks facts that the bundle repeats: the manifest, panel.sh, Ansible's variables, the user-data and the
//! lock file are five copies of one plan and must agree.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;

use super::ansible::AnsibleTables;
use super::bundle_view::bundled;
use super::document::{items, text, text_at};
use super::installer::{self, Installer, Row};
use super::{BundleView, Findings, at};
use crate::bundle::manifest::{EntryType, MANIFEST_FILE, ROOT_DIR};
use crate::bundle::{hex, sha256};
use crate::delivery::cloud_config::{self, CLOUD_CONFIG_FILE};
use crate::diagnostics::{Code, Diagnostic};
use crate::facts::target::PackageManager;
use crate::values::sanitize;

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    if let Some(installer) = &subject.installer {
        files(subject, installer, found);
        listed(subject, installer, found);
        variables(subject, installer, found);
        downloads(subject, installer, found);
        images(subject, installer, found);
    }
    user_data(subject, found);
}

fn differs(row: &Row, column: usize, why: String) -> Diagnostic {
    Diagnostic::new(Code::CopyDiffers, why)
        .with_location(row.place_of(column))
        .with_hint("render the bundle again: all copies are generated from one plan")
}

/// Returns the checksums that the manifest lists, by path on the host.
fn listed_checksums<'s>(subject: &'s BundleView<'_>) -> BTreeMap<&'s str, &'s str> {
    let mut checksums = BTreeMap::new();
    for listed in subject.manifest.iter().flat_map(|manifest| &manifest.entries) {
        checksums.entry(listed.path.as_str()).or_insert(listed.sha256.as_deref());
    }
    checksums.into_iter().filter_map(|(path, checksum)| Some((path, checksum?))).collect()
}

/// The checksums of files. Each is computed once, however many rows name the file.
#[derive(Default)]
struct Checksums<'s>(BTreeMap<&'s str, String>);

impl<'s> Checksums<'s> {
    fn of(&mut self, path: &'s str, content: &[u8]) -> &str {
        self.0.entry(path).or_insert_with(|| hex(&sha256(content)))
    }
}

/// Compares the checksums in panel.sh with the files that it installs.
fn files(subject: &BundleView<'_>, installer: &Installer, found: &mut Findings) {
    // If the manifest has the same checksum, the file was changed, which is reported elsewhere.
    let listed = listed_checksums(subject);
    let is_listed = |path: &str, sum: &str| listed.get(path) == Some(&sum);
    let mut checksums = Checksums::default();
    for row in installer.rows("files") {
        let (sum, kind, path) = (row.word(3), row.word(4), row.word(6));
        match (kind, subject.tree.file(&bundled(path))) {
            ("file", Some(content))
                if sum != "-" && checksums.of(path, content) != sum && !is_listed(path, sum) =>
            {
                found.push(
                    differs(
                        row,
                        3,
                        format!(
                            "panel.sh has another checksum for `{}` and would reject the file",
                            sanitize(path)
                        ),
                    )
                    .with_location(at(bundled(path), 1, 1)),
                );
            }
            ("file", None) => found.push(
                Diagnostic::new(
                    Code::FileMissing,
                    format!("panel.sh installs `{}`, which is missing", sanitize(path)),
                )
                .with_location(row.place_of(6))
                .with_hint("render the bundle again"),
            ),
            ("directory" | "file", _) => {}
            _ => found.push(differs(
                row,
                4,
                format!("`{}` is not a type that panel.sh can install", sanitize(kind)),
            )),
        }
    }
}

/// Compares panel.sh with the manifest.
fn listed(subject: &BundleView<'_>, installer: &Installer, found: &mut Findings) {
    let Some(manifest) = subject.manifest.as_ref().filter(|_| installer.has_table("files")) else { return };
    let rows: BTreeMap<&str, &Row> = installer.rows("files").map(|row| (row.word(6), row)).collect();
    let paths: BTreeSet<&str> = manifest.entries.iter().map(|listed| listed.path.as_str()).collect();
    let mut checksums = Checksums::default();
    for listed in &manifest.entries {
        let path = listed.path.as_str();
        let Some(row) = rows.get(path) else {
            // A data directory is created without being an entry of the bundle.
            if listed.kind == EntryType::File {
                found.push(
                    Diagnostic::new(
                        Code::CopyDiffers,
                        format!("panel.sh does not install `{path}`, which the manifest lists"),
                    )
                    .with_location(at(bundled(path), 1, 1))
                    .with_hint("render the bundle again"),
                );
            }
            continue;
        };
        let kind = if listed.kind == EntryType::File { "file" } else { "directory" };
        let expected = [
            (0, "component", listed.component.as_str()),
            (1, "mode", listed.mode.as_str()),
            (2, "owner", listed.owner.as_str()),
            (4, "type", kind),
            (5, "on-change", listed.on_change.as_str()),
        ];
        for (column, name, wanted) in expected {
            if row.word(column) != wanted {
                let why = format!(
                    "`{path}`: panel.sh has {name} `{}`, but the manifest has `{}`",
                    sanitize(row.word(column)),
                    sanitize(wanted)
                );
                found.push(differs(row, column, why));
            }
        }
        // A wrong checksum in the manifest is reported with the file.
        let sum = row.word(3);
        if let Some(manifest) = listed.sha256.as_deref()
            && sum != "-"
            && sum != manifest
            && subject.tree.file(&bundled(path)).is_some_and(|content| checksums.of(path, content) == sum)
        {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("`{path}`: the checksums in the manifest and in panel.sh differ"),
                )
                .with_location(at(MANIFEST_FILE, 1, 1))
                .with_location(row.place_of(3))
                .with_hint("render the bundle again"),
            );
        }
    }
    for (path, row) in rows.into_iter().filter(|(_, row)| row.word(4) == "file") {
        if !paths.contains(path) {
            found.push(differs(
                row,
                6,
                format!("the manifest does not list `{}`, which panel.sh installs", sanitize(path)),
            ));
        }
    }
}

/// The maximum number of different rows of a table that are compared.
const MAX_COMPARED: usize = 200;

/// Compares the tables of Ansible with those of panel.sh.
fn variables(subject: &BundleView<'_>, installer: &Installer, found: &mut Findings) {
    let Some(tables) = AnsibleTables::read(subject) else { return };
    for (name, columns, rows) in tables.all() {
        let theirs: Vec<Vec<&str>> = installer
            .rows(name)
            .map(|row| row.words.iter().map(|word| word.text.as_str()).collect())
            .collect();
        let mut counts: BTreeMap<&[&str], usize> = BTreeMap::new();
        for words in &theirs {
            *counts.entry(words).or_default() += 1;
        }
        let mut unmatched = Vec::new();
        for row in &rows {
            let words: Vec<&str> = columns.iter().map(|column| text_at(row, column)).collect();
            match counts.get_mut(words.as_slice()) {
                Some(count) if *count > 0 => *count -= 1,
                _ => unmatched.push((row, words)),
            }
        }
        // A report shows fewer differences than this.
        let mut left: Vec<&Vec<&str>> = Vec::new();
        for words in &theirs {
            if let Some(count) = counts.get_mut(words.as_slice()).filter(|count| **count > 0) {
                *count -= 1;
                left.push(words);
            }
        }
        left.truncate(MAX_COMPARED);
        for (row, words) in unmatched.into_iter().take(MAX_COMPARED) {
            // The most similar row: more than half of its words are equal.
            let near = left
                .iter()
                .max_by_key(|other| other.iter().zip(&words).filter(|(a, b)| a == b).count())
                .filter(|other| other.iter().zip(&words).filter(|(a, b)| a == b).count() * 2 > words.len());
            let finding = match near {
                Some(other) => {
                    let place = other.iter().zip(&words).position(|(a, b)| a != b).unwrap_or(0);
                    let column = columns.get(place).copied().unwrap_or_default();
                    let value = row.get(column).unwrap_or(row);
                    Diagnostic::new(
                        Code::CopyDiffers,
                        format!(
                            "`panel_{name}`: `{}` here, but `{}` in panel.sh",
                            sanitize(words.get(place).copied().unwrap_or_default()),
                            sanitize(other.get(place).copied().unwrap_or_default())
                        ),
                    )
                    .with_location(value.location.clone())
                }
                None => Diagnostic::new(
                    Code::CopyDiffers,
                    format!("`panel_{name}`: panel.sh does not have this row"),
                )
                .with_location(row.location.clone()),
            };
            found.push(finding.with_hint("render the bundle again: all copies are generated from one plan"));
            if let Some(place) = near.and_then(|near| left.iter().position(|other| other == near)) {
                left.remove(place);
            }
        }
        for lost in left {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("`panel_{name}` lacks a row that panel.sh has: `{}`", sanitize(&lost.join(" "))),
                )
                .with_location(super::ansible::place())
                .with_hint("render the bundle again"),
            );
        }
    }
}

/// Compares the lock file with the downloads of panel.sh.
fn downloads(subject: &BundleView<'_>, installer: &Installer, found: &mut Findings) {
    let Some(lock) = subject.document("assets.lock").and_then(|lock| lock.top.get("downloads")) else {
        return;
    };
    let mut rows: BTreeMap<&str, &Row> = BTreeMap::new();
    for row in installer.rows("downloads") {
        rows.entry(row.word(1)).or_insert(row);
    }
    let pinned_names: BTreeSet<&str> = items(lock).iter().map(|download| text_at(download, "name")).collect();
    for download in items(lock) {
        let name = text_at(download, "name");
        let Some(row) = rows.get(name).copied() else {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("panel.sh does not download `{}`, which the lock file pins", sanitize(name)),
                )
                .with_location(download.location.clone())
                .with_hint("render the bundle again"),
            );
            continue;
        };
        let sum = if row.word(4) == "-" { "" } else { row.word(4) };
        for (key, here, there, column) in [
            ("url", text_at(download, "url"), row.word(6), 6),
            ("sha256", text_at(download, "sha256"), sum, 4),
            ("version", text_at(download, "version"), if row.word(2) == "-" { "" } else { row.word(2) }, 2),
        ] {
            let same = here == there || (key == "version" && here.is_empty());
            if !same {
                found.push(
                    differs(
                        row,
                        column,
                        format!(
                            "`{name}`: panel.sh has {key} `{}`, but the lock file has `{}`",
                            sanitize(there),
                            sanitize(here)
                        ),
                    )
                    .with_location(download.get(key).unwrap_or(download).location.clone()),
                );
            }
        }
    }
    for row in installer.rows("downloads") {
        if !pinned_names.contains(row.word(1)) {
            found.push(differs(
                row,
                1,
                format!("the lock file does not pin `{}`, which panel.sh downloads", sanitize(row.word(1))),
            ));
        }
    }
}

/// Compares the images of the compose file, of panel.sh and of the lock file.
fn images(subject: &BundleView<'_>, installer: &Installer, found: &mut Findings) {
    let compose = subject.document("root/var/lib/faasd/docker-compose.yaml");
    let services = compose.and_then(|compose| compose.top.get("services"));
    let Some(services) = services else { return };
    let used: Vec<_> =
        super::document::pairs(services).iter().filter_map(|service| service.value.get("image")).collect();
    let known: BTreeSet<&str> = installer.rows("images").map(|row| row.word(2)).collect();
    let names: BTreeSet<&str> = used.iter().map(|image| text(image)).collect();
    let lock = subject.document("assets.lock").and_then(|lock| lock.top.get("images"));
    let pinned: Option<BTreeSet<&str>> =
        lock.map(|lock| items(lock).iter().map(|pinned| text_at(pinned, "name")).collect());
    for image in &used {
        let name = text(image);
        if !known.contains(name) {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("panel.sh does not list the image `{}`", sanitize(name)),
                )
                .with_location(image.location.clone())
                .with_hint("render the bundle again: the compose file and panel.sh list the same images"),
            );
        }
        if pinned.as_ref().is_some_and(|pinned| !pinned.contains(name)) {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("the lock file does not list the image `{}`", sanitize(name)),
                )
                .with_location(image.location.clone())
                .with_hint(
                    "render the bundle again: the compose file and the lock file list the same images",
                ),
            );
        }
    }
    for row in installer.rows("images") {
        if !names.contains(row.word(2)) {
            found.push(differs(
                row,
                2,
                format!("no service of the compose file uses the image `{}`", sanitize(row.word(2))),
            ));
        }
    }
}

/// Compares the files in the user-data with those of the bundle.
fn user_data(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(document) = subject.document(CLOUD_CONFIG_FILE) else { return };
    let Some(files) = document.top.get("write_files") else { return };
    let listed = listed_checksums(subject);
    let mut carried = BTreeSet::new();
    for file in items(files) {
        let path = text_at(file, "path");
        let Some(below) = path.split_once("/bundle/").map(|(_, below)| below) else { continue };
        carried.insert(below);
        let Some(content) = file.get("content") else { continue };
        let bytes = match text_at(file, "encoding") {
            "b64" | "base64" => STANDARD.decode(text(content).trim()).ok(),
            _ => Some(text(content).as_bytes().to_vec()),
        };
        let Some(bytes) = bytes else {
            found.push(
                Diagnostic::new(
                    Code::CloudConfigInvalid,
                    format!("the content of `{}` is not base64", sanitize(below)),
                )
                .with_location(content.location.clone())
                .with_hint("render the bundle again"),
            );
            continue;
        };
        let own = subject.tree.file(Utf8Path::new(below)).map(|own| match below {
            "panel.sh" => installer_of_user_data(subject, own, &bytes),
            _ => Cow::Borrowed(own),
        });
        match own {
            Some(own) if *own == *bytes => {}
            // The file was changed after rendering, which is reported elsewhere.
            Some(_)
                if below.strip_prefix(ROOT_DIR).and_then(|host| listed.get(host))
                    == Some(&hex(&sha256(&bytes)).as_str()) => {}
            Some(own) => {
                // The same line in the document: a block begins on the line after its `|`.
                let line =
                    own.split(|b| *b == b'\n').zip(bytes.split(|b| *b == b'\n')).position(|(a, b)| a != b);
                let place = match (&content.location, line) {
                    (crate::diagnostics::Location::File { path, line: first, .. }, Some(line))
                        if text_at(file, "encoding").is_empty() =>
                    {
                        at(path, first + line, 1)
                    }
                    _ => content.location.clone(),
                };
                found.push(
                    Diagnostic::new(
                        Code::CopyDiffers,
                        format!("`{}` in the user-data differs from the bundle", sanitize(below)),
                    )
                    .with_location(place)
                    // The installer has other lines than its copy.
                    .with_location(at(
                        below,
                        line.filter(|_| below != "panel.sh").map_or(1, |line| line + 1),
                        1,
                    ))
                    .with_hint("render the bundle again: user-data contains the files of the bundle"),
                );
            }
            None => found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("the user-data contains `{}`, which the bundle does not have", sanitize(below)),
                )
                .with_location(file.get("path").unwrap_or(file).location.clone())
                .with_hint("render the bundle again"),
            ),
        }
    }
    for (path, _) in subject.texts().filter(|(path, _)| path.starts_with(ROOT_DIR) || *path == "panel.sh") {
        if !carried.contains(&path.as_str()) && !subject.may_hold_secret(path) {
            found.push(
                Diagnostic::new(
                    Code::CopyDiffers,
                    format!("the user-data lacks `{}`", sanitize(path.as_str())),
                )
                .with_location(files.location.clone())
                .with_hint("render the bundle again: user-data contains every file that panel.sh installs"),
            );
        }
    }
}

/// Returns the installer that user-data with the host data of `own` should have. The program of another version of panelgen
/// is not known, and is that of `copy`.
fn installer_of_user_data<'a>(subject: &BundleView<'_>, own: &'a [u8], copy: &[u8]) -> Cow<'a, [u8]> {
    let text = |bytes| str::from_utf8(bytes).ok();
    let Some([_, data, _]) = text(own).and_then(installer::split) else { return Cow::Borrowed(own) };
    let manager = subject.installer.as_ref().and_then(|installer| installer.value("MANAGER"));
    let manager = [PackageManager::Apt, PackageManager::Dnf]
        .into_iter()
        .find(|known| manager.is_some_and(|word| word.text == known.as_str()));
    let [head, tail] = match (subject.is_of_this_version(), manager, text(copy).and_then(installer::split)) {
        (true, Some(manager), _) => cloud_config::program(manager).each_ref().map(String::as_str),
        (false, _, Some([head, _, tail])) => [head, tail],
        _ => return Cow::Borrowed(own),
    };
    Cow::Owned([head, &cloud_config::user_data_of(data), tail].concat().into_bytes())
}
