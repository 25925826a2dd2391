//! The parameter flags that all commands about a bundle share.

use std::io::ErrorKind;

use anyhow::{Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::bundle::file_tree::FileTree;
use crate::config::encoding::{self, EncodingError};
use crate::config::schema::SECRETS;
use crate::config::value::Value;
use crate::config::{Config, migrate};
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::host::{PASSWORD_FILES, REGISTRY_AUTH_FILE};
use crate::inspect::lint::bundled;
use crate::render::Rendered;
use crate::render::parameters::PARAMETERS_FILE;
use crate::values::{FromText, RegistryAuth, Secret, sanitize};

/// The largest parameters file or password file that is read.
const MAX_FILE_SIZE: usize = 4 << 20;

/// Parameters; a later layer wins: built-in < target < stack < `-f` left to right < `--set` < dedicated flags.
#[derive(Args)]
#[command(next_help_heading = "Parameters")]
pub(super) struct ConfigArgs {
    /// The domain; repeat for further names of the certificate.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// The mail address of the ACME account.
    #[arg(short, long, value_name = "MAIL")]
    mail: Option<String>,
    /// The panel type: faasd (0), pai (1) or none.
    #[arg(short = 't', long = "paneltype", value_name = "PANEL")]
    panel: Option<String>,
    /// The initial password; visible to every user of this machine in `ps`.
    #[arg(short = 'p', long, value_name = "PASS", conflicts_with = "passinit_file")]
    passinit: Option<String>,
    /// A file with the initial password; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    passinit_file: Option<Utf8PathBuf>,
    /// A parameters file such as panel.yaml; repeatable; `-` is stdin.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// A parameter, for example `faasd.gateway_port=9000`; `null` resets one; lists are `[a, b]`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The operating system of the host; `panelgen targets` lists them.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// The processor: amd64 or arm64.
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// The set of versions: current or classic.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

/// The result of reading the flags.
pub(super) struct ParsedArgs {
    /// The parameters.
    pub(super) config: Config,
    /// The initial password, if it was read from a file or stdin.
    pub(super) secret: Option<Secret>,
}

impl ConfigArgs {
    /// Reads every layer and reports syntax errors. `stdin_taken_by` is the argument that has read standard input.
    pub(super) fn read(&self, stdin_taken_by: Option<Location>, diagnostics: &mut Diagnostics) -> ParsedArgs {
        let mut stdin = Stdin { taken_by: stdin_taken_by, bytes: None };
        let mut config = self.file_layer(&mut stdin, diagnostics);
        self.cli_layer(&mut config, diagnostics);
        let secret = self.secret(&config, &mut stdin, diagnostics);
        read_registry_auth(&mut config, &mut stdin, diagnostics);
        ParsedArgs { config, secret }
    }

    /// Reads the files. Every host of a fleet starts from them.
    pub(super) fn file_layer(&self, stdin: &mut Stdin, diagnostics: &mut Diagnostics) -> Config {
        let mut config = Config::default();
        for path in &self.files {
            if let Some(text) = Self::file(path, stdin, "-f", diagnostics) {
                config.merge_yaml(path, &text, diagnostics);
            }
        }
        config
    }

    /// Applies `--set` and the dedicated flags. They override the values of a host of a fleet.
    pub(super) fn cli_layer(&self, config: &mut Config, diagnostics: &mut Diagnostics) {
        for argument in &self.set {
            config.merge_set(argument, diagnostics);
        }
        if !self.domain.is_empty() {
            config.merge_flag_list("domain", "-d", &self.domain);
        }
        let flags = [
            ("mail", "-m", &self.mail),
            ("panel", "-t", &self.panel),
            ("target", "--target", &self.target),
            ("arch", "--arch", &self.arch),
            ("stack", "--stack", &self.stack),
            ("passinit", "-p", &self.passinit),
        ];
        for (path, flag, text) in flags {
            if let Some(text) = text {
                config.merge_flag(path, flag, text);
            }
        }
    }

    /// Reads every layer and renders. Returns `None` if there are errors, which are reported.
    pub(super) fn render(&self, secrets: SecretPolicy, diagnostics: &mut Diagnostics) -> Option<Rendered> {
        self.render_with_stdin(None, secrets, diagnostics)
    }

    /// Renders. `stdin_taken_by` is the argument that has read standard input.
    pub(super) fn render_with_stdin(
        &self,
        stdin_taken_by: Option<Location>,
        secrets: SecretPolicy,
        diagnostics: &mut Diagnostics,
    ) -> Option<Rendered> {
        let parsed = self.read(stdin_taken_by, diagnostics);
        render(parsed, secrets, diagnostics)
    }

    /// Whether no flag sets a parameter.
    pub(super) fn is_empty(&self) -> bool {
        let Self { domain, mail, panel, passinit, passinit_file, files, set, target, arch, stack } = self;
        let texts = [mail, panel, passinit, target, arch, stack];
        domain.is_empty()
            && files.is_empty()
            && set.is_empty()
            && passinit_file.is_none()
            && texts.iter().all(|text| text.is_none())
    }

    /// Returns the first parameters file.
    pub(super) fn first_file(&self) -> Option<&Utf8Path> {
        self.files.first().map(Utf8PathBuf::as_path)
    }

    /// Returns the value of `--target`.
    pub(super) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// Reads a parameters file, which the argument `argument` names.
    pub(super) fn file(
        path: &Utf8Path,
        stdin: &mut Stdin,
        argument: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<String> {
        let bytes = if path == "-" {
            stdin.read(&Location::Flag(format!("{argument} -")), diagnostics)?
        } else {
            fs::read(path, MAX_FILE_SIZE)
        };
        let flag = || Location::Flag(argument.to_owned());
        let bytes =
            bytes.map_err(|error| diagnostics.push(unreadable(path, argument, &error).with_location(flag())));
        let text = encoding::decode(bytes.ok()?);
        let diagnostic = |EncodingError { message, hint, position: (line, column) }| {
            let path = path.to_owned();
            Diagnostic::new(
                Code::FileUnreadable,
                format!("cannot read `{}`: {message}", sanitize(path.as_str())),
            )
            .with_parameter(argument)
            .with_location(Location::File { path, line, column })
            .with_hint(hint)
        };
        text.map_err(|error| diagnostics.push(diagnostic(error))).ok()
    }

    /// Returns the files that are read: the parameters and the passwords that they name.
    pub(super) fn inputs(&self, config: &Config) -> Vec<Utf8PathBuf> {
        let mut inputs: Vec<Utf8PathBuf> = self.files.iter().filter(|path| *path != "-").cloned().collect();
        inputs.extend(self.passinit_file.clone());
        let named = SECRETS.iter().filter_map(|path| secret_source(config, path));
        inputs.extend(named.map(|(path, _)| path).filter(|path| path != "-"));
        inputs
    }

    /// Reads every file layer again for [`ConfigArgs::inputs`], without diagnostics.
    pub(super) fn named_inputs(&self) -> Vec<Utf8PathBuf> {
        let mut config = Config::default();
        for path in self.files.iter().filter(|path| *path != "-") {
            if let Ok(text) = fs::read(path, MAX_FILE_SIZE).map(String::from_utf8)
                && let Ok(text) = text
            {
                config.merge_yaml(path, &text, &mut Diagnostics::default());
            }
        }
        self.inputs(&config)
    }

    /// Reads the password from the file or stdin that the parameters name.
    pub(super) fn secret(
        &self,
        config: &Config,
        stdin: &mut Stdin,
        diagnostics: &mut Diagnostics,
    ) -> Option<Secret> {
        let (path, origin) = if let Some(path) = &self.passinit_file {
            (path.clone(), Location::Flag(format!("--passinit-file {}", sanitize(path.as_str()))))
        } else {
            secret_source(config, "passinit")?
        };
        let bytes = read_secret("passinit", &path, &origin, stdin, diagnostics)?;
        let reject = |diagnostics: &mut Diagnostics, why: String, hint: Option<String>| {
            let default_hint = || "write it on one line, without white space at its ends".to_owned();
            let finding = Diagnostic::new(Code::PassinitInvalid, why)
                .with_parameter("passinit")
                .with_location(origin.clone());
            diagnostics.push(finding.with_hint(hint.unwrap_or_else(default_hint)));
        };
        let Ok(text) = String::from_utf8(bytes) else {
            reject(diagnostics, "the password file is not UTF-8 text".to_owned(), None);
            return None;
        };
        // Editors end a file with a newline, which is not part of the password.
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        match Secret::parse(text) {
            Ok(secret) => Some(secret),
            Err(error) => {
                reject(diagnostics, error.message, error.help);
                None
            }
        }
    }
}

/// The file that the secret at `path` of the parameters names, `-` for standard input, and where it is named.
fn secret_source(config: &Config, path: &str) -> Option<(Utf8PathBuf, Location)> {
    let one = |value: &Value| matches!(value, Value::Map(pairs) if pairs.len() == 1);
    let secret = config.get(path).filter(|secret| one(&secret.value))?;
    if secret.get("stdin").is_some() {
        return Some((Utf8PathBuf::from("-"), secret.location.clone()));
    }
    let file = secret.get("file")?;
    Some((relative_to_file(&file.location, file.text()?), file.location.clone()))
}

/// Reads the file of a secret.
fn read_secret(
    parameter: &str,
    path: &Utf8Path,
    origin: &Location,
    stdin: &mut Stdin,
    diagnostics: &mut Diagnostics,
) -> Option<Vec<u8>> {
    let bytes =
        if path == "-" { stdin.read_again(origin, diagnostics)? } else { fs::read(path, MAX_FILE_SIZE) };
    bytes
        .map_err(|error| {
            diagnostics.push(unreadable(path, parameter, &error).with_location(origin.clone()));
        })
        .ok()
}

/// Reads the credentials of registries from the file or stdin that the parameters name.
pub(super) fn read_registry_auth(config: &mut Config, stdin: &mut Stdin, diagnostics: &mut Diagnostics) {
    const PARAMETER: &str = "registry.auth";
    let Some((path, origin)) = secret_source(config, PARAMETER) else { return };
    let Some(bytes) = read_secret(PARAMETER, &path, &origin, stdin, diagnostics) else { return };
    match RegistryAuth::parse(&String::from_utf8_lossy(&bytes)) {
        Ok(auth) => config.set_registry_auth(auth),
        Err(error) => {
            let diagnostic = Diagnostic::new(Code::RegistryAuthInvalid, error.message)
                .with_parameter(PARAMETER)
                .with_location(origin);
            diagnostics.push(Diagnostic { hint: error.help, ..diagnostic });
        }
    }
}

/// Renders. Returns `None` if there are errors, which are reported.
pub(super) fn render(
    parsed: ParsedArgs,
    secrets: SecretPolicy,
    diagnostics: &mut Diagnostics,
) -> Option<Rendered> {
    let ParsedArgs { config, secret } = parsed;
    let rendered = crate::render::render(&config, secret, secrets, diagnostics);
    diagnostics.sort();
    rendered.filter(|_| !diagnostics.has_errors())
}

/// The parameters and the password that a bundle contains. No file that it names is read, because a bundle may be
/// a stranger's.
pub(super) fn recorded(
    tree: &FileTree,
    path: &Utf8Path,
    diagnostics: &mut Diagnostics,
) -> Option<ParsedArgs> {
    let text = str::from_utf8(tree.file(PARAMETERS_FILE.into())?).ok()?;
    let mut config = Config::default();
    config.merge_yaml(&path.join(PARAMETERS_FILE), text, diagnostics);
    let mut config = config.without(&["passinit"]);
    migrate::recorded(&mut config);
    let auth = tree.file(&bundled(REGISTRY_AUTH_FILE));
    // A file that the recorded parameters name is not read: it would be a stranger's choice.
    config.merge_set("registry.auth=null", diagnostics);
    if let Some(auth) = auth.and_then(|bytes| RegistryAuth::parse(str::from_utf8(bytes).ok()?).ok()) {
        config.merge_set("registry.auth={file: config.json}", diagnostics);
        config.set_registry_auth(auth);
    }
    let password = PASSWORD_FILES.iter().find_map(|path| tree.file(&bundled(path)));
    let secret =
        password.and_then(|bytes| Secret::parse(str::from_utf8(bytes).ok()?.trim_end_matches('\n')).ok());
    Some(ParsedArgs { config, secret })
}

/// Resolves a path: relative to the parameters file that contains it, otherwise to the working directory. `-` is stdin.
fn relative_to_file(origin: &Location, name: &str) -> Utf8PathBuf {
    match origin {
        Location::File { path, .. } if path != "-" && name != "-" => {
            path.parent().unwrap_or(Utf8Path::new("")).join(name)
        }
        _ => Utf8PathBuf::from(name),
    }
}

/// The diagnostic for a file that cannot be read. The hint names the directory of a relative path only where that helps.
pub(super) fn unreadable(path: &Utf8Path, parameter: &str, error: &anyhow::Error) -> Diagnostic {
    let cause = error.root_cause();
    let kind = cause
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
        .or_else(|| cause.downcast_ref::<rustix::io::Errno>().map(|error| error.kind()));
    let hint = match kind {
        Some(ErrorKind::NotFound) if path.is_relative() => {
            let from =
                if SECRETS.contains(&parameter) { "the parameters file" } else { "the working directory" };
            format!("check the path: it is relative to {from}")
        }
        Some(ErrorKind::NotFound) => "check the path".to_owned(),
        Some(ErrorKind::PermissionDenied) => {
            "check the permissions of the file and its directories".to_owned()
        }
        _ => "pass a file with text".to_owned(),
    };
    Diagnostic::new(Code::FileUnreadable, format!("cannot read `{}`: {cause}", sanitize(path.as_str())))
        .with_parameter(parameter)
        .with_hint(hint)
}

/// Standard input, which can be read once. Hosts of a fleet that read it from the same location share its content.
pub(super) struct Stdin {
    pub(super) taken_by: Option<Location>,
    pub(super) bytes: Option<Vec<u8>>,
}

impl Stdin {
    /// Reads it, or returns what the same location has read before.
    fn read_again(&mut self, location: &Location, diagnostics: &mut Diagnostics) -> Option<Result<Vec<u8>>> {
        match &self.bytes {
            Some(bytes) if self.taken_by.as_ref() == Some(location) => Some(Ok(bytes.clone())),
            _ => self.read(location, diagnostics),
        }
    }

    fn read(&mut self, location: &Location, diagnostics: &mut Diagnostics) -> Option<Result<Vec<u8>>> {
        if let Some(first) = &self.taken_by {
            diagnostics.push(
                Diagnostic::new(Code::StdinTwice, "standard input is used twice but can be read only once")
                    .with_parameter("-")
                    .with_location(location.clone())
                    .with_location(first.clone())
                    .with_hint("put one of the two into a file"),
            );
            return None;
        }
        self.taken_by = Some(location.clone());
        let read = fs::read_stdin(MAX_FILE_SIZE).map_err(|error| anyhow!("{}", error.root_cause()));
        self.bytes = read.as_ref().ok().cloned();
        Some(read)
    }
}
