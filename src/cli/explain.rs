//! `panelgen explain`.

use std::fmt::Write as _;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Outcome;
use super::config_args::{ConfigArgs, ParsedArgs};
use super::reporter::Reporter;
use super::table::table;
use crate::bundle::manifest::octal;
use crate::diagnostics::wrap;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fs;
use crate::inspect::explain::{Effect, ExplainedLine, Explainer, Explanation, Parameter};
use crate::values::sanitize;

/// Explain a path of the bundle, one of its lines, or the code of a finding.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Explain {
    /// A path on the host, with or without a line, or a code.
    #[arg(value_name = "HOSTPATH[:LINE]|CODE")]
    what: String,
    #[command(flatten)]
    parameters: ConfigArgs,
    /// Text for people, or JSON.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

const AFTER_HELP: &str = "\
Examples:
  panelgen explain -d example.com /etc/nginx/conf.d/default.conf
  panelgen explain -f panel.yaml /etc/systemd/system/faasd.service:12
  panelgen explain domain-public-ca

Exit codes: 0 explained, 2 refused or unknown.";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// One object.
    Json,
}

/// How wide the text is.
const WIDTH: usize = 88;

impl Explain {
    pub(super) fn run(&self, voice: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let text = match code(&self.what) {
            Some(Ok(code)) => Some(self.code(code)?),
            Some(Err(finding)) => {
                diagnostics.push(finding);
                None
            }
            None => self.path(&mut diagnostics)?,
        };
        diagnostics.sort();
        voice.report(&diagnostics);
        let Some(text) = text else { return Ok(Outcome::Failure) };
        fs::write_stdout(text.as_bytes())?;
        Ok(Outcome::Done)
    }

    fn code(&self, code: Code) -> Result<String> {
        let paragraphs = wrap::paragraphs(code.explanation());
        if self.format == Format::Json {
            let object = json!({
                "code": code.as_str(),
                "severity": code.severity().as_str(),
                "explanation": paragraphs,
            });
            return Ok(serde_json::to_string_pretty(&object)? + "\n");
        }
        let mut text = format!("{} ({})\n", code.as_str(), code.severity().as_str());
        for paragraph in paragraphs {
            text.push('\n');
            for line in wrap::wrapped(&paragraph, WIDTH) {
                let _ = writeln!(text, "{line}");
            }
        }
        Ok(text)
    }

    fn path(&self, diagnostics: &mut Diagnostics) -> Result<Option<String>> {
        let ParsedArgs { config, secret } = self.parameters.read(None, diagnostics);
        let explainer = Explainer::new(&config, secret.as_ref(), diagnostics);
        let Some(explainer) = explainer.filter(|_| !diagnostics.has_errors()) else { return Ok(None) };
        let (path, line) = place(&self.what);
        let path = path.strip_prefix("root").filter(|host| host.starts_with('/')).unwrap_or(path);
        let Some(explanation) = explainer.explain(path.trim_end_matches('/')) else {
            diagnostics.push(unknown(path, &explainer));
            return Ok(None);
        };
        let chosen = match line.map(|line| chosen(line, &explanation)) {
            None => None,
            Some(Ok(number)) => Some(number),
            Some(Err(finding)) => {
                diagnostics.push(*finding);
                return Ok(None);
            }
        };
        Ok(Some(match self.format {
            Format::Text => text(&explanation, chosen),
            Format::Json => serde_json::to_string_pretty(&object(&explanation, chosen))? + "\n",
        }))
    }
}

/// The code that `what` names; none where it can only be a path.
fn code(what: &str) -> Option<Result<Code, Diagnostic>> {
    if what.contains(['/', '.', ':']) {
        return None;
    }
    if let Some(code) = Code::ALL.iter().find(|code| code.as_str() == what) {
        return Some(Ok(*code));
    }
    let finding = Diagnostic::new(Code::CodeUnknown, format!("no finding has the code `{}`", sanitize(what)))
        .with_location(place_said());
    Some(Err(finding.with_suggestion(
        what,
        Code::ALL.iter().map(|code| code.as_str()),
        "the code stands in brackets behind `error`; a path begins with `/`",
    )))
}

/// Where the thing to explain is said: an argument without a flag.
fn place_said() -> Location {
    Location::Flag("HOSTPATH[:LINE]|CODE".to_owned())
}

/// A path and what may be a line number behind it.
fn place(what: &str) -> (&str, Option<&str>) {
    match what.rsplit_once(':') {
        Some((path, line)) if !line.contains('/') => (path, Some(line)),
        _ => (what, None),
    }
}

fn unknown(path: &str, explainer: &Explainer<'_>) -> Diagnostic {
    let finding = Diagnostic::new(Code::PathUnknown, format!("this bundle has no `{}`", sanitize(path)))
        .with_location(place_said());
    let paths = explainer.bundle().entries().map(|(path, _)| path.as_str());
    let paths = paths.map(|path| path.strip_prefix("root").filter(|host| !host.is_empty()).unwrap_or(path));
    finding.with_suggestion(path, paths, "`panelgen list` with the same parameters shows every path")
}

fn chosen(line: &str, explanation: &Explanation) -> Result<usize, Box<Diagnostic>> {
    let last = explanation.lines.len();
    match line.parse() {
        Ok(number) if (1..=last).contains(&number) => Ok(number),
        _ => {
            let message = format!("`{}` has no line `{}`", explanation.path, sanitize(line));
            let hint = match last {
                0 => "it has no lines at all".to_owned(),
                last => format!("its lines are 1 to {last}"),
            };
            Err(Box::new(
                Diagnostic::new(Code::LineUnknown, message).with_location(place_said()).with_hint(hint),
            ))
        }
    }
}

fn text(explanation: &Explanation, chosen: Option<usize>) -> String {
    let mut text = match chosen {
        Some(number) => format!("{}:{number}\n", explanation.path),
        None => format!("{}\n", explanation.path),
    };
    if let Some(number) = chosen {
        match &explanation.lines[number - 1].text {
            Some(line) => {
                let _ = writeln!(text, "  | {line}");
            }
            None => text.push_str("  | (a secret)\n"),
        }
    }
    text.push('\n');
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<11} {value}");
    };
    fact("component", explanation.component.unwrap_or("none: a paper of the bundle itself"));
    fact("mode", &format!("{} {}", octal(explanation.mode), explanation.owner));
    if let Some(on_change) = &explanation.on_change {
        fact("on change", on_change);
    }
    match (&explanation.template, chosen) {
        (Some(template), Some(number)) => {
            if let Some(source) = &explanation.lines[number - 1].source {
                fact("template", &format!("{template}:{}", range(source.first, source.last)));
                for expression in &source.expressions {
                    fact("", expression);
                }
            }
        }
        (Some(template), None) => fact("template", template),
        (None, _) if explanation.lines.is_empty() => fact("template", "none"),
        (None, _) => fact("template", "none: written from the generator's own types"),
    }
    if !explanation.present_because.is_empty() {
        text.push_str("\nIt stands there, and as it does, because of\n");
        let rows: Vec<_> = explanation.present_because.iter().map(|parameter| row(parameter, None)).collect();
        text.push_str(&table("  ", &[], rows));
    }
    match chosen {
        Some(number) => one(&mut text, explanation, &explanation.lines[number - 1]),
        None => all(&mut text, explanation),
    }
    text
}

/// The parameters of one line.
fn one(text: &mut String, explanation: &Explanation, line: &ExplainedLine) {
    if line.parameters.is_empty() {
        text.push_str(match explanation.template {
            Some(_) => "\nNo parameter decides this line: it is the template's own text.\n",
            None => "\nNo parameter decides this line: it is the generator's own text.\n",
        });
        return;
    }
    for (role, title) in [
        (Effect::Text, "\nWhat the line says follows\n"),
        (Effect::Presence, "\nThat there is such a line follows\n"),
    ] {
        let of = line.parameters.iter().filter(|(_, has)| *has == role);
        let rows: Vec<_> = of.map(|(parameter, _)| row(parameter, None)).collect();
        if !rows.is_empty() {
            text.push_str(title);
            text.push_str(&table("  ", &[], rows));
        }
    }
}

/// The parameters of a whole file, each with the lines it decides.
fn all(text: &mut String, explanation: &Explanation) {
    let mut found: Vec<(&Parameter, Vec<usize>)> = Vec::new();
    for (at, line) in explanation.lines.iter().enumerate() {
        for (parameter, _) in &line.parameters {
            match found.iter_mut().find(|(known, _)| *known == parameter) {
                Some((_, lines)) => lines.push(at + 1),
                None => found.push((parameter, vec![at + 1])),
            }
        }
    }
    found.sort_by_key(|(parameter, lines)| (matches!(parameter.origin, Location::Default(_)), lines[0]));
    if found.is_empty() {
        if !explanation.lines.is_empty() {
            text.push_str("\nNo parameter decides any of its lines.\n");
        }
        return;
    }
    text.push_str("\nIts lines follow\n");
    let rows: Vec<_> = found.iter().map(|(parameter, lines)| row(parameter, Some(ranges(lines)))).collect();
    text.push_str(&table("  ", &[], rows));
}

fn row(parameter: &Parameter, lines: Option<String>) -> Vec<String> {
    let path = sanitize(&parameter.path);
    let said = match (&parameter.value, &parameter.origin) {
        (Some(value), _) => format!("{path} = {value}"),
        (None, Location::Default(_)) => format!("{path} (not said)"),
        (None, _) => path.to_string(),
    };
    let lines = lines.map(|lines| format!("lines {lines}"));
    [said, parameter.origin.to_string()].into_iter().chain(lines).collect()
}

/// Line numbers as people write them: `3, 7-9`.
fn ranges(lines: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    ranges.into_iter().map(|(first, last)| range(first, last)).collect::<Vec<_>>().join(", ")
}

fn range(first: usize, last: usize) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

fn object(explanation: &Explanation, chosen: Option<usize>) -> Value {
    let lines = explanation.lines.iter().enumerate();
    let lines: Vec<_> = lines
        .filter(|(at, _)| chosen.is_none_or(|number| number == at + 1))
        .map(|(at, line)| {
            let parameters = line.parameters.iter().map(|(parameter, role)| {
                let mut object = said(parameter);
                object["decides"] = json!(role);
                object
            });
            json!({
                "line": at + 1,
                "text": line.text,
                "template": line.source,
                "parameters": parameters.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "path": explanation.path,
        "component": explanation.component,
        "mode": octal(explanation.mode),
        "owner": explanation.owner,
        "on_change": explanation.on_change,
        "template": explanation.template,
        "stands": explanation.present_because.iter().map(said).collect::<Vec<_>>(),
        "lines": lines,
    })
}

fn said(parameter: &Parameter) -> Value {
    let origin = match &parameter.origin {
        Location::File { path, line, column } => json!({ "file": path, "line": line, "column": column }),
        Location::Flag(flag) => json!({ "flag": flag }),
        Location::Default(layer) => json!({ "default": layer }),
    };
    json!({ "parameter": parameter.path, "value": parameter.value, "origin": origin })
}
