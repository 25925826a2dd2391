//! The public functions of the library.

use crate::bundle::Bundle;
use crate::bundle::file_tree::FileTree;
use crate::config::Config;
use crate::config::value::Value;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::host::Host;
use crate::inspect::lint::{self, BundleView};
use crate::values::{ParseError, Secret};
use crate::{delivery, render as renderer};

/// Renders the bundle of one host.
///
/// `password` is the initial password if the parameters name a file or standard input for it: the library reads
/// neither. Without a password in the parameters or here, the installer generates one on the host.
///
/// Returns `None` if a parameter is rejected; `diagnostics` then has at least one error. Warnings are added to it in
/// both cases.
///
/// ```
/// # use panelgen::{Config, Diagnostics, render};
/// let mut diagnostics = Diagnostics::default();
/// let mut config = Config::default();
/// config.merge_yaml("panel.yaml".into(), "domain: example.com", &mut diagnostics);
/// let bundle = render(&config, None, &mut diagnostics).unwrap();
/// assert!(bundle.to_tar(0).unwrap().starts_with(b".gitattributes"));
/// ```
pub fn render(config: &Config, password: Option<Secret>, diagnostics: &mut Diagnostics) -> Option<Bundle> {
    require_password(config, password.as_ref(), diagnostics);
    renderer::bundle(config, password, diagnostics).filter(|_| !diagnostics.has_errors())
}

/// Resolves the parameters of one host against its target and stack: names, versions and every default.
///
/// Takes the same arguments as [`render`] and rejects the same parameters, without rendering.
///
/// ```
/// # use panelgen::{Config, Diagnostics, resolve};
/// # let mut diagnostics = Diagnostics::default();
/// # let mut config = Config::default();
/// config.merge_yaml("panel.yaml".into(), "domain: [example.com, www.example.com]", &mut diagnostics);
/// let host = resolve(&config, None, &mut diagnostics).unwrap();
/// assert_eq!(host.domain().as_str(), "example.com");
/// ```
pub fn resolve(config: &Config, password: Option<Secret>, diagnostics: &mut Diagnostics) -> Option<Host> {
    require_password(config, password.as_ref(), diagnostics);
    let host = renderer::check(config, password, diagnostics);
    (!diagnostics.has_errors()).then_some(host)
}

/// Checks a bundle with the lint rules. External validators belong to the command line.
///
/// Returns the diagnostics by file and line, none if the bundle is good.
///
/// ```
/// # use panelgen::{Config, Diagnostics, check, render};
/// # let mut diagnostics = Diagnostics::default();
/// # let mut config = Config::default();
/// config.merge_yaml("panel.yaml".into(), "domain: example.com", &mut diagnostics);
/// let bundle = render(&config, None, &mut diagnostics).unwrap();
/// assert_eq!(check(&bundle).count(), 0);
/// ```
pub fn check(bundle: &Bundle) -> Diagnostics {
    let tree = FileTree::from(bundle);
    let mut diagnostics = Diagnostics::default();
    lint::lint(&BundleView::new(&tree, true, None), &mut diagnostics);
    diagnostics
}

impl Bundle {
    /// The bundle as a deterministic ustar archive; `mtime` is the time of every member in seconds since 1970.
    ///
    /// Fails if a path is too long for the format.
    pub fn to_tar(&self, mtime: u64) -> Result<Vec<u8>, ParseError> {
        delivery::tar::write(self, mtime)
    }
}

/// Reports a password that the parameters only name: the caller of the library reads it and passes its content.
fn require_password(config: &Config, password: Option<&Secret>, diagnostics: &mut Diagnostics) {
    let Some(source) = config.get("passinit").filter(|_| password.is_none()) else { return };
    if matches!(source.value, Value::Map(_)) {
        let message = "names a file or standard input, which the library does not read";
        let diagnostic = Diagnostic::new(Code::FileUnreadable, message)
            .with_parameter("passinit")
            .with_location(source.location.clone())
            .with_hint("read the password and pass it as the argument `password`");
        config.report(diagnostics, diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::FromText as _;

    fn config(yaml: &str) -> (Config, Diagnostics) {
        let (mut config, mut diagnostics) = (Config::default(), Diagnostics::default());
        config.merge_yaml("panel.yaml".into(), yaml, &mut diagnostics);
        (config, diagnostics)
    }

    #[test]
    fn public_types_are_send_and_sync() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Config>();
        check::<Host>();
        check::<Bundle>();
        check::<Diagnostics>();
    }

    #[test]
    fn password_in_a_file_is_reported_unless_it_is_passed() {
        let (config, mut diagnostics) = config("domain: example.com\npassinit: {file: secret.txt}\n");
        assert!(render(&config, None, &mut diagnostics).is_none());
        let text = diagnostics.to_string();
        assert!(
            text.starts_with("error[file-unreadable]: panel.yaml:2:11: passinit: names a file"),
            "{text}"
        );
        let mut diagnostics = Diagnostics::default();
        let password = Secret::parse("correct horse battery").unwrap();
        assert!(render(&config, Some(password), &mut diagnostics).is_some());
        assert!(diagnostics.is_empty(), "{diagnostics}");
    }
}
