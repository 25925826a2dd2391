//! The flags that every command about a bundle takes, and how they become parameters.

use anyhow::{Context as _, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::bundle::Bundle;
use crate::config::Config;
use crate::config::value::Value;
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::render::Rendered;
use crate::values::{FromText, Secret, sanitize};

/// The largest file of parameters or password that is read at all.
const LIMIT: usize = 4 << 20;

/// Parameters; a later layer wins: built-in < target < stack < `-f` left to right < `--set` < dedicated flags.
#[derive(Args)]
#[command(next_help_heading = "Parameters")]
pub(super) struct ConfigArgs {
    /// The domain; repeat it for further names of the certificate.
    #[arg(short, long, value_name = "DOMAIN")]
    domain: Vec<String>,
    /// The ACME account's mail address.
    #[arg(short, long, value_name = "MAIL")]
    mail: Option<String>,
    /// faasd (0), pai (1) or none.
    #[arg(short = 't', long = "paneltype", value_name = "PANEL")]
    panel: Option<String>,
    /// The initial password; anybody on this machine sees it in `ps`.
    #[arg(short = 'p', long, value_name = "PASS", conflicts_with = "passinit_file")]
    passinit: Option<String>,
    /// A file with the initial password; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    passinit_file: Option<Utf8PathBuf>,
    /// A file of parameters, repeatable; `-` is stdin.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<Utf8PathBuf>,
    /// One parameter, for example `faasd.gateway_port=9000`; repeatable.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The system the bundle is made for; `panelgen targets` lists them.
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// amd64 or arm64.
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// current or classic.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

/// What the flags said.
pub(super) struct ParsedArgs {
    /// The parameters.
    pub(super) config: Config,
    /// The initial password, where it came from a file or stdin.
    pub(super) secret: Option<Secret>,
}

impl ConfigArgs {
    /// Reads every layer. What is wrong with its form goes into the report. Somebody else may have read standard
    /// input already.
    pub(super) fn read(&self, stdin_taken_by: Option<Location>, diagnostics: &mut Diagnostics) -> ParsedArgs {
        let mut stdin = Stdin { taken_by: stdin_taken_by, bytes: None };
        let mut config = self.file_layer(&mut stdin, diagnostics);
        self.cli_layer(&mut config, diagnostics);
        let secret = self.secret(&config, &mut stdin, diagnostics);
        ParsedArgs { config, secret }
    }

    /// What the files say: every host of a fleet starts from it.
    pub(super) fn file_layer(&self, stdin: &mut Stdin, diagnostics: &mut Diagnostics) -> Config {
        let mut config = Config::default();
        for path in &self.files {
            if let Some(text) = Self::file(path, stdin, diagnostics) {
                config.merge_yaml(path, &text, diagnostics);
            }
        }
        config
    }

    /// What `--set` and the dedicated flags say: they win over everything that a host of a fleet says.
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

    /// Reads every layer and renders. None where something was refused; the report tells it all.
    pub(super) fn render(&self, secrets: SecretPolicy, diagnostics: &mut Diagnostics) -> Option<Rendered> {
        self.render_with_stdin(None, secrets, diagnostics)
    }

    /// The same, where somebody else may have read standard input already.
    pub(super) fn render_with_stdin(
        &self,
        stdin_taken_by: Option<Location>,
        secrets: SecretPolicy,
        diagnostics: &mut Diagnostics,
    ) -> Option<Rendered> {
        let said = self.read(stdin_taken_by, diagnostics);
        let rendered = crate::render::render(&said.config, said.secret, secrets, diagnostics);
        diagnostics.sort();
        rendered.filter(|_| !diagnostics.has_errors())
    }

    /// The target that `--target` names; none where it is not said, or is none.
    pub(super) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The bundle alone.
    pub(super) fn bundle(&self, diagnostics: &mut Diagnostics) -> Option<Bundle> {
        self.render(SecretPolicy::Omit, diagnostics).map(|rendered| rendered.bundle)
    }

    /// The text of one file of parameters.
    fn file(path: &Utf8Path, stdin: &mut Stdin, diagnostics: &mut Diagnostics) -> Option<String> {
        let bytes = if path == "-" {
            stdin.read(&Location::Flag("-f -".to_owned()), diagnostics)?
        } else {
            fs::read(path, LIMIT)
        };
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).context("it is not UTF-8 text"));
        let told = |error| unreadable(path, "-f", &error).with_location(Location::Flag("-f".to_owned()));
        text.map_err(|error| diagnostics.push(told(error))).ok()
    }

    /// The password from where the parameters say it lies.
    pub(super) fn secret(
        &self,
        config: &Config,
        stdin: &mut Stdin,
        diagnostics: &mut Diagnostics,
    ) -> Option<Secret> {
        let (path, origin) = if let Some(path) = &self.passinit_file {
            (path.clone(), Location::Flag(format!("--passinit-file {}", sanitize(path.as_str()))))
        } else {
            let one = |value: &Value| matches!(value, Value::Map(pairs) if pairs.len() == 1);
            let said = config.get("passinit").filter(|said| one(&said.value))?;
            if said.get("stdin").is_some() {
                (Utf8PathBuf::from("-"), said.location.clone())
            } else {
                let file = said.get("file")?;
                let name = file.text()?;
                (relative_to_file(&file.location, name), file.location.clone())
            }
        };
        let bytes =
            if path == "-" { stdin.read_again(&origin, diagnostics)? } else { fs::read(&path, LIMIT) };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                diagnostics.push(unreadable(&path, "passinit", &error).with_location(origin));
                return None;
            }
        };
        let refuse = |diagnostics: &mut Diagnostics, why: String, hint: Option<String>| {
            let mend = || "write it on one line, without white space at its ends".to_owned();
            let finding = Diagnostic::new(Code::PassinitInvalid, why)
                .with_parameter("passinit")
                .with_location(origin.clone());
            diagnostics.push(finding.with_hint(hint.unwrap_or_else(mend)));
        };
        let Ok(text) = String::from_utf8(bytes) else {
            refuse(diagnostics, "the password's file is not UTF-8 text".to_owned(), None);
            return None;
        };
        // Editors end a file with a newline; it is no part of the password.
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        match Secret::parse(text) {
            Ok(secret) => Some(secret),
            Err(refusal) => {
                refuse(diagnostics, refusal.message, refusal.help);
                None
            }
        }
    }
}

/// A name in a file of parameters is relative to that file; any other to the working directory. `-` is stdin everywhere.
fn relative_to_file(origin: &Location, name: &str) -> Utf8PathBuf {
    match origin {
        Location::File { path, .. } if path != "-" && name != "-" => {
            path.parent().unwrap_or(Utf8Path::new("")).join(name)
        }
        _ => Utf8PathBuf::from(name),
    }
}

fn unreadable(path: &Utf8Path, parameter: &str, error: &anyhow::Error) -> Diagnostic {
    let cause = error.root_cause();
    let from = if parameter == "passinit" { "the file that says it" } else { "the working directory" };
    Diagnostic::new(Code::FileUnreadable, format!("cannot read `{}`: {cause}", sanitize(path.as_str())))
        .with_parameter(parameter)
        .with_hint(format!("a relative path is taken from {from}"))
}

/// Standard input can be read once. Hosts of a fleet that are told to read it at one place read the same.
pub(super) struct Stdin {
    pub(super) taken_by: Option<Location>,
    pub(super) bytes: Option<Vec<u8>>,
}

impl Stdin {
    /// Reads it, or tells what the same place has read of it before.
    fn read_again(&mut self, who: &Location, diagnostics: &mut Diagnostics) -> Option<Result<Vec<u8>>> {
        match &self.bytes {
            Some(bytes) if self.taken_by.as_ref() == Some(who) => Some(Ok(bytes.clone())),
            _ => self.read(who, diagnostics),
        }
    }

    fn read(&mut self, who: &Location, diagnostics: &mut Diagnostics) -> Option<Result<Vec<u8>>> {
        if let Some(first) = &self.taken_by {
            diagnostics.push(
                Diagnostic::new(Code::StdinTwice, "standard input is wanted twice, and can be read once")
                    .with_parameter("-")
                    .with_location(who.clone())
                    .with_location(first.clone())
                    .with_hint("put one of the two into a file"),
            );
            return None;
        }
        self.taken_by = Some(who.clone());
        let read = fs::read_stdin(LIMIT).map_err(|error| anyhow!("{}", error.root_cause()));
        self.bytes = read.as_ref().ok().cloned();
        Some(read)
    }
}
