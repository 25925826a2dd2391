//! Checks assets.lock: every download uses HTTPS and is pinned by a checksum.

use std::collections::BTreeSet;

use super::document::{expect_type, items, keys, text, text_at, type_error};
use super::{BundleView, Findings};
use crate::config::value::Value;
use crate::diagnostics::Code;
use crate::values::sanitize;

const DOWNLOAD: &[&str] = &[
    "name",
    "component",
    "version",
    "arch",
    "url",
    "sha256",
    "sha256_url",
    "sha256_source",
    "licence",
    "on_change",
];
const IMAGE: &[&str] = &["name", "component", "digest_amd64", "digest_arm64", "digest", "source", "licence"];

#[expect(clippy::too_many_lines, reason = "all rules about a download in one sequence")]
pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(lock) = subject.document("assets.lock") else { return };
    keys(&lock.top, &["downloads", "images"], "the lock", found);
    let mut names = BTreeSet::new();
    let mut arches = BTreeSet::new();
    if let Some(downloads) =
        lock.top.get("downloads").filter(|spanned| expect_type(spanned, "a list", "`downloads`", found))
    {
        for download in items(downloads) {
            keys(download, DOWNLOAD, "a download", found);
            let name = text_at(download, "name");
            if !names.insert(name) {
                found.push(type_error(
                    download,
                    Code::KeyDuplicate,
                    format!("`{}` is pinned twice", sanitize(name)),
                    "keep one of the two",
                ));
            }
            for key in ["url", "sha256_url"] {
                if let Some(url) = download.get(key) {
                    if !text(url).starts_with("https://") {
                        let why =
                            format!("`{name}` is downloaded over plain HTTP and can be changed on the way");
                        found.push(type_error(url, Code::DownloadInsecure, why, "use HTTPS"));
                    }
                } else if key == "url" {
                    found.push(type_error(
                        download,
                        Code::DocumentInvalid,
                        format!("`{name}` has no `url`"),
                        "render the bundle again",
                    ));
                }
            }
            let sum = text_at(download, "sha256");
            let is_sum =
                sum.len() == 64 && sum.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
            // A checksum that is not known is `null`; the installer then uses upstream's, or rejects the file.
            let is_unknown = download.get("sha256").is_some_and(|sum| sum.value == Value::Null);
            if !is_sum && !is_unknown {
                let why = format!("`{name}` has no checksum: whatever its URL serves would be installed");
                found.push(type_error(
                    download.get("sha256").unwrap_or(download),
                    Code::DownloadUnpinned,
                    why,
                    "write 64 lower-case hexadecimal digits",
                ));
            }
            if let Some(version) = download.get("version").map(text).filter(|version| !version.is_empty()) {
                let url = text_at(download, "url");
                // A mirror may use any file name; upstream has the version in the file name or the directory.
                let versions = url.split(['/', '-', '_']).filter(|part| {
                    part.trim_start_matches('v').chars().next().is_some_and(|c| c.is_ascii_digit())
                        && part.contains('.')
                });
                let names: Vec<&str> = versions.collect();
                let host = url.split('/').nth(2).unwrap_or_default();
                let other = names.iter().find(|part| {
                    !host.contains(**part)
                        && !part.trim_start_matches('v').starts_with(version)
                        && part.trim_start_matches('v').split('.').count() >= 3
                });
                if let Some(other) = other
                    .filter(|_| !names.iter().any(|part| part.trim_start_matches('v').starts_with(version)))
                {
                    let why =
                        format!("`{name}` is pinned as {version}, but its URL has `{}`", sanitize(other));
                    found.push(type_error(
                        download.get("url").unwrap_or(download),
                        Code::CopyDiffers,
                        why,
                        "render the bundle again",
                    ));
                }
            }
            let arch = text_at(download, "arch");
            if !["amd64", "arm64"].contains(&arch) {
                let place = download.get("arch").unwrap_or(download);
                found.push(type_error(
                    place,
                    Code::DocumentInvalid,
                    format!("`{}` is not a known processor", sanitize(arch)),
                    "write `amd64` or `arm64`",
                ));
            } else if arches.insert(arch) && arches.len() > 1 {
                let place = download.get("arch").unwrap_or(download);
                found.push(type_error(
                    place,
                    Code::CopyDiffers,
                    format!("`{name}` is for {arch}, but other downloads are not"),
                    "render the bundle again",
                ));
            }
        }
    }
    for image in lock.top.get("images").map(items).unwrap_or_default() {
        keys(image, IMAGE, "an image", found);
        for key in ["digest_amd64", "digest_arm64", "digest"] {
            let Some(digest) = image.get(key) else { continue };
            let sum = text(digest).strip_prefix("sha256:").unwrap_or_default();
            if sum.len() != 64 || !sum.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)) {
                let why = format!("`{}` is not a digest", sanitize(text(digest)));
                found.push(type_error(
                    digest,
                    Code::DownloadUnpinned,
                    why,
                    "write `sha256:` and 64 hexadecimal digits",
                ));
            }
        }
    }
}
