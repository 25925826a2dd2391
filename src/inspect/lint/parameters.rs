//! Checks panel.yaml: its values are valid, and they are those that the manifest records.

use super::{BundleView, Findings, at};
use crate::bundle::hex;
use crate::bundle::manifest::Generator;
use crate::config::Config;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Severity};
use crate::host;
use crate::render::parameters::PARAMETERS_FILE;

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(text) = subject.meta_file(PARAMETERS_FILE) else { return };
    let mut diagnostics = Diagnostics::default();
    let mut config = Config::default();
    config.merge_yaml(PARAMETERS_FILE.into(), text, &mut diagnostics);
    let host = host::resolve(&config, None, &mut diagnostics);
    // Warnings were reported when the bundle was rendered; a password was left out then.
    let of_the_file = |diagnostic: &&Diagnostic| {
        diagnostic.code.severity() == Severity::Error || diagnostic.code == Code::PassinitInline
    };
    for mut diagnostic in diagnostics.entries().iter().filter(of_the_file).cloned() {
        diagnostic.or_location(&at(PARAMETERS_FILE, 1, 1));
        found.push(diagnostic);
    }
    let Some(manifest) = subject.manifest.as_ref().filter(|_| !diagnostics.has_errors()) else { return };
    // Another version may resolve the same parameters to other values.
    let is_comparable = manifest.generator == Generator::this() && !manifest.parameters.sha256.is_empty();
    if is_comparable && manifest.parameters.sha256 != hex(&host.parameters.sha256(&host)) {
        found.push(
            Diagnostic::new(
                Code::DigestMismatch,
                "the parameters differ from the manifest: they were changed after rendering",
            )
            .with_location(at(PARAMETERS_FILE, 1, 1))
            .with_hint("render again with `-f panel.yaml` to apply the change"),
        );
    }
}
