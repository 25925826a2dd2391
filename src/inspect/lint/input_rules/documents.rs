//! Documents that can refer to other files: user-data, the compose file, and the configuration of Prometheus.

use super::super::compose::{COMPOSE, PROMETHEUS};
use super::super::document::{items, pairs};
use super::super::{BundleView, Findings, at};
use crate::config::value::Spanned;
use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::values::sanitize;

/// Top-level keys of a compose file that refer to other files or programs.
const COMPOSE_TOP: &[&str] = &["configs", "extends", "include", "models", "secrets"];

/// Keys of a service that refer to other files or programs.
const COMPOSE_SERVICE: &[&str] = &[
    "build",
    "configs",
    "credential_spec",
    "develop",
    "env_file",
    "extends",
    "label_file",
    "models",
    "post_start",
    "pre_stop",
    "provider",
    "secrets",
    "use_api_socket",
    "volumes_from",
];

/// Checks for a first line that makes cloud-init run the user-data through a template engine.
pub(super) fn check_user_data(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(text) = subject.meta_file(CLOUD_CONFIG_FILE) else { return };
    for (number, line) in text.lines().take(2).enumerate() {
        let rest = line.trim_start_matches('\u{feff}').trim_start().strip_prefix("##").unwrap_or_default();
        if rest.trim_start().to_ascii_lowercase().starts_with("template:") {
            let finding = Diagnostic::new(
                Code::CloudConfigTemplate,
                "the user-data is a template: cloud-init would evaluate it before reading it",
            );
            found.push(
                finding.with_location(at(CLOUD_CONFIG_FILE, number + 1, 1)).with_hint("remove the line"),
            );
        }
    }
}

/// Whether user-data is a cloud-config, and not another format that cloud-init runs or loads.
pub(super) fn is_cloud_config(subject: &BundleView<'_>) -> bool {
    subject.meta_file(CLOUD_CONFIG_FILE).is_some_and(|text| text.lines().next() == Some("#cloud-config"))
}

pub(super) fn check_compose(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(document) = subject.document(COMPOSE) else { return };
    let mut report = |name: &str, place: &Location| {
        let why = format!("`{}` makes compose read other files or start programs", sanitize(name));
        let finding = Diagnostic::new(Code::FileReferenceForbidden, why).with_location(place.clone());
        found.push(finding.with_hint("remove it: faasd ignores it"));
    };
    for pair in pairs(&document.top).iter().filter(|pair| COMPOSE_TOP.contains(&pair.key.as_str())) {
        report(&pair.key, &pair.key_location);
    }
    // Below any key, because a service can also be merged from elsewhere in the file.
    for pair in pairs(&document.top) {
        walk(&pair.value, &mut |key, place| {
            if COMPOSE_SERVICE.contains(&key) {
                report(key, place);
            }
        });
    }
}

/// Whether the compose file is readable.
pub(super) fn has_compose(subject: &BundleView<'_>) -> bool {
    subject.document(COMPOSE).is_some_and(|document| document.is_whole)
}

pub(super) fn check_prometheus(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(document) = subject.document(PROMETHEUS) else { return };
    walk(&document.top, &mut |key, place| {
        if key.ends_with("_file") || key.ends_with("_files") || key == "file_sd_configs" {
            let why = format!("`{}` makes Prometheus read other files", sanitize(key));
            let finding = Diagnostic::new(Code::FileReferenceForbidden, why).with_location(place.clone());
            found.push(finding.with_hint("remove it: Prometheus reads only one file"));
        }
    });
}

/// Whether the configuration of Prometheus is readable.
pub(super) fn has_prometheus(subject: &BundleView<'_>) -> bool {
    subject.document(PROMETHEUS).is_some_and(|document| document.is_whole)
}

/// Visits every key of a document at any depth. The parser limits the depth.
fn walk(spanned: &Spanned, see: &mut dyn FnMut(&str, &Location)) {
    for pair in pairs(spanned) {
        see(&pair.key, &pair.key_location);
        walk(&pair.value, see);
    }
    for item in items(spanned) {
        walk(item, see);
    }
}
