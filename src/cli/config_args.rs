//! The flags that every command about a bundle takes, and how they become parameters.

use anyhow::{Context as _, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use crate::bundle::Bundle;
use crate::config::Config;
use crate::config::value::Value;
use crate::delivery::cloud_config::Secrets;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::render::Rendered;
use crate::values::{FromText, Secret, sanitize};

/// The largest file of parameters or password that is read at all.
const LIMIT: usize = 4 << 20;

/// Parameters; a later layer wins: built-in < target < stack < `-f` left to right < `--set` < dedicated flags.
#[derive(Args)]
#[command(next_help_heading = "Parameters")]
pub(super) struct Parameters {
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
pub(super) struct Said {
    /// The parameters.
    pub(super) params: Config,
    /// The initial password, where it came from a file or stdin.
    pub(super) secret: Option<Secret>,
}

impl Parameters {
    /// Reads every layer. What is wrong with its form goes into the report. Somebody else may have read standard
    /// input already.
    pub(super) fn read(&self, stdin_taken_by: Option<Location>, report: &mut Diagnostics) -> Said {
        let mut stdin = Stdin { taken_by: stdin_taken_by, bytes: None };
        let mut params = self.lower(&mut stdin, report);
        self.upper(&mut params, report);
        let secret = self.secret(&params, &mut stdin, report);
        Said { params, secret }
    }

    /// What the files say: every host of a fleet starts from it.
    pub(super) fn lower(&self, stdin: &mut Stdin, report: &mut Diagnostics) -> Config {
        let mut params = Config::default();
        for path in &self.files {
            if let Some(text) = Self::file(path, stdin, report) {
                params.merge_yaml(path, &text, report);
            }
        }
        params
    }

    /// What `--set` and the dedicated flags say: they win over everything that a host of a fleet says.
    pub(super) fn upper(&self, params: &mut Config, report: &mut Diagnostics) {
        for argument in &self.set {
            params.merge_set(argument, report);
        }
        if !self.domain.is_empty() {
            params.merge_flag_list("domain", "-d", &self.domain);
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
                params.merge_flag(path, flag, text);
            }
        }
    }

    /// Reads every layer and renders. None where something was refused; the report tells it all.
    pub(super) fn render(&self, secrets: Secrets, report: &mut Diagnostics) -> Option<Rendered> {
        self.render_beside(None, secrets, report)
    }

    /// The same, where somebody else may have read standard input already.
    pub(super) fn render_beside(
        &self,
        stdin_taken_by: Option<Location>,
        secrets: Secrets,
        report: &mut Diagnostics,
    ) -> Option<Rendered> {
        let said = self.read(stdin_taken_by, report);
        let rendered = crate::render::render(&said.params, said.secret, secrets, report);
        report.sort();
        rendered.filter(|_| !report.has_errors())
    }

    /// The target that `--target` names; none where it is not said, or is none.
    pub(super) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The bundle alone.
    pub(super) fn bundle(&self, report: &mut Diagnostics) -> Option<Bundle> {
        self.render(Secrets::LeftOut, report).map(|rendered| rendered.bundle)
    }

    /// The text of one file of parameters.
    fn file(path: &Utf8Path, stdin: &mut Stdin, report: &mut Diagnostics) -> Option<String> {
        let bytes = if path == "-" {
            stdin.read(&Location::Flag("-f -".to_owned()), report)?
        } else {
            fs::read(path, LIMIT)
        };
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).context("it is not UTF-8 text"));
        let told = |error| unreadable(path, "-f", &error).with_location(Location::Flag("-f".to_owned()));
        text.map_err(|error| report.push(told(error))).ok()
    }

    /// The password from where the parameters say it lies.
    pub(super) fn secret(
        &self,
        params: &Config,
        stdin: &mut Stdin,
        report: &mut Diagnostics,
    ) -> Option<Secret> {
        let (path, origin) = if let Some(path) = &self.passinit_file {
            (path.clone(), Location::Flag(format!("--passinit-file {}", sanitize(path.as_str()))))
        } else {
            let one = |value: &Value| matches!(value, Value::Map(pairs) if pairs.len() == 1);
            let said = params.get("passinit").filter(|said| one(&said.value))?;
            if said.get("stdin").is_some() {
                (Utf8PathBuf::from("-"), said.location.clone())
            } else {
                let file = said.get("file")?;
                let name = file.text()?;
                (beside(&file.location, name), file.location.clone())
            }
        };
        let bytes = if path == "-" { stdin.read_again(&origin, report)? } else { fs::read(&path, LIMIT) };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                report.push(unreadable(&path, "passinit", &error).with_location(origin));
                return None;
            }
        };
        let refuse = |report: &mut Diagnostics, why: String, hint: Option<String>| {
            let mend = || "write it on one line, without white space at its ends".to_owned();
            let finding = Diagnostic::new(Code::PassinitInvalid, why)
                .with_parameter("passinit")
                .with_location(origin.clone());
            report.push(finding.with_hint(hint.unwrap_or_else(mend)));
        };
        let Ok(text) = String::from_utf8(bytes) else {
            refuse(report, "the password's file is not UTF-8 text".to_owned(), None);
            return None;
        };
        // Editors end a file with a newline; it is no part of the password.
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
        match Secret::parse(text) {
            Ok(secret) => Some(secret),
            Err(refusal) => {
                refuse(report, refusal.message, refusal.help);
                None
            }
        }
    }
}

/// A name in a file of parameters is relative to that file; any other to the working directory. `-` is stdin everywhere.
fn beside(origin: &Location, name: &str) -> Utf8PathBuf {
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
    fn read_again(&mut self, who: &Location, report: &mut Diagnostics) -> Option<Result<Vec<u8>>> {
        match &self.bytes {
            Some(bytes) if self.taken_by.as_ref() == Some(who) => Some(Ok(bytes.clone())),
            _ => self.read(who, report),
        }
    }

    fn read(&mut self, who: &Location, report: &mut Diagnostics) -> Option<Result<Vec<u8>>> {
        if let Some(first) = &self.taken_by {
            report.push(
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
