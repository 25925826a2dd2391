//! `panelgen explain`.

use std::fmt::Write as _;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Outcome;
use super::config_args::{ConfigArgs, ParsedArgs};
use super::progress::Progress;
use super::reporter::Reporter;
use super::table::table;
use crate::bundle::manifest::octal;
use crate::config::changes;
use crate::config::schema::{self, FleetKey};
use crate::diagnostics::wrap;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, did_you_mean, nearest};
use crate::fs;
use crate::inspect::explain::{Effect, ExplainedLine, Explainer, Explanation, Parameter, ParameterHelp};
use crate::values::sanitize;

/// Explain a file of the bundle, one of its lines, a parameter, or a diagnostic code.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Explain {
    /// A path on the host, with or without a line number; a parameter such as `faasd.gateway_port`; or a code.
    #[arg(value_name = ARGUMENT)]
    subject: String,
    #[command(flatten)]
    parameters: ConfigArgs,
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
}

/// The name of the argument in the help and in the location of diagnostics.
const ARGUMENT: &str = "HOSTPATH[:LINE]|PARAMETER|CODE";

const AFTER_HELP: &str = "\
Examples:
  panelgen explain -d example.com /etc/nginx/conf.d/default.conf
  panelgen explain -f panel.yaml /etc/systemd/system/faasd.service:12
  panelgen explain faasd.gateway_port
  panelgen explain domain-public-ca

A parameter is explained with its type, default and meaning, and with the files that it changes on the host that the \
parameters describe. Without a domain, `panel.example.org` is used.

Exit codes: 0 explained, 2 rejected or unknown.";

/// The domain for explaining a parameter, if none is set.
const EXAMPLE_DOMAIN: &str = "panel.example.org";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Readable text.
    Text,
    /// One JSON object.
    Json,
}

/// The width of wrapped text, less on a narrow terminal.
const MAX_WIDTH: usize = 80;

fn text_width() -> usize {
    fs::stdout_width().map_or(MAX_WIDTH, |width| width.min(MAX_WIDTH))
}

/// The most files that the text of a parameter lists.
const MAX_LISTED: usize = 20;

impl Explain {
    pub(super) fn run(&self, reporter: &Reporter) -> Result<Outcome> {
        let mut diagnostics = Diagnostics::default();
        let progress = Progress::of(|| "explaining".to_owned());
        let text = match Subject::parse(&self.subject) {
            Ok(Subject::Code(code)) => Some(self.code(code)?),
            Ok(Subject::Parameter) => self.parameter(&mut diagnostics)?,
            Ok(Subject::FleetKey(key)) => Some(self.fleet_key(key)?),
            Ok(Subject::Path) => self.path(&mut diagnostics)?,
            Err(diagnostic) => {
                diagnostics.push(*diagnostic);
                None
            }
        };
        drop(progress);
        diagnostics.sort();
        reporter.report(&diagnostics);
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
            for line in wrap::wrapped(&paragraph, text_width()) {
                let _ = writeln!(text, "{line}");
            }
        }
        Ok(text)
    }

    fn parameter(&self, diagnostics: &mut Diagnostics) -> Result<Option<String>> {
        let ParsedArgs { mut config, secret } = self.parameters.read(None, diagnostics);
        if config.get("domain").is_none() {
            config.merge_flag("domain", "-d", EXAMPLE_DOMAIN);
        }
        let help = ParameterHelp::new(&self.subject, &config, secret.as_ref(), diagnostics);
        let Some(help) = help.filter(|_| !diagnostics.has_errors()) else { return Ok(None) };
        Ok(Some(match self.format {
            Format::Text => parameter_text(&help),
            Format::Json => {
                let keys = help.keys.iter().map(|(name, doc)| json!({ "name": name, "description": doc }));
                let object = json!({
                    "parameter": help.path,
                    "description": help.description,
                    "type": help.value_type,
                    "default": help.default,
                    "example": help.example,
                    "since": changes::since(&help.path),
                    "keys": keys.collect::<Vec<_>>(),
                    "files": help.files,
                });
                serde_json::to_string_pretty(&object)? + "\n"
            }
        }))
    }

    /// Explains a key of a fleet file, which hosts do not have.
    fn fleet_key(&self, key: &FleetKey) -> Result<String> {
        let FleetKey { name, value_type, doc, example } = key;
        if self.format == Format::Json {
            let object = json!({
                "parameter": name,
                "description": doc,
                "type": value_type,
                "default": null,
                "example": example,
                "keys": [],
                "files": [],
            });
            return Ok(serde_json::to_string_pretty(&object)? + "\n");
        }
        let mut text = format!("{name} (fleet.yaml)\n\n");
        for line in wrap::wrapped(doc, text_width()) {
            let _ = writeln!(text, "{line}");
        }
        let _ = write!(text, "\ntype     {value_type}\ndefault  none\nexample  {example}\n");
        Ok(text)
    }

    fn path(&self, diagnostics: &mut Diagnostics) -> Result<Option<String>> {
        let ParsedArgs { config, secret } = self.parameters.read(None, diagnostics);
        let explainer = Explainer::new(&config, secret.as_ref(), diagnostics);
        let Some(explainer) = explainer.filter(|_| !diagnostics.has_errors()) else { return Ok(None) };
        let (path, line) = path_and_line(&self.subject);
        let path = path.strip_prefix("root").filter(|host| host.starts_with('/')).unwrap_or(path);
        let Some(explanation) = explainer.explain(path.trim_end_matches('/')) else {
            diagnostics.push(unknown_path(path, &explainer));
            return Ok(None);
        };
        let chosen = match line.map(|line| line_number(line, &explanation)) {
            None => None,
            Some(Ok(number)) => Some(number),
            Some(Err(diagnostic)) => {
                diagnostics.push(*diagnostic);
                return Ok(None);
            }
        };
        Ok(Some(match self.format {
            Format::Text => text(&explanation, chosen),
            Format::Json => serde_json::to_string_pretty(&object(&explanation, chosen))? + "\n",
        }))
    }
}

/// What the argument names.
enum Subject {
    Code(Code),
    Parameter,
    FleetKey(&'static FleetKey),
    Path,
}

impl Subject {
    /// Decides what `text` names. A name that is neither a code nor a parameter, and cannot be a path, is an error.
    fn parse(text: &str) -> Result<Self, Box<Diagnostic>> {
        if let Some(code) = Code::ALL.iter().find(|code| code.as_str() == text) {
            return Ok(Self::Code(*code));
        }
        if schema::find(text).is_some() {
            return Ok(Self::Parameter);
        }
        if let Some(key) = schema::fleet_key(text) {
            return Ok(Self::FleetKey(key));
        }
        // `panel.yaml` is a file: the parameter `panel` has no keys below it.
        let (first, _) = text.split_once(['.', '[']).unwrap_or((text, ""));
        let below = schema::find(first).is_some_and(|key| !key.value_type.keys().is_empty());
        if !below && text.contains(['/', '.', ':']) {
            return Ok(Self::Path);
        }
        let diagnostic = if below {
            Diagnostic::new(Code::KeyUnknown, format!("unknown parameter `{}`", sanitize(text)))
        } else {
            let message = format!("`{}` is not a code, a parameter or a path", sanitize(text));
            Diagnostic::new(Code::CodeUnknown, message)
        };
        let parameters = schema::paths();
        let codes = Code::ALL.iter().map(|code| code.as_str());
        let diagnostic = diagnostic.with_location(argument());
        Err(Box::new(match nearest(text, codes.chain(parameters.iter().map(String::as_str))) {
            Some(near) => diagnostic.with_hint(did_you_mean(near)),
            None if below => diagnostic.with_hint(format!("`panelgen explain {first}` lists its keys")),
            None => diagnostic.with_hint(
                "pass a code such as `domain-missing`, a parameter such as `faasd.timeout`, or a path that begins with `/`",
            ),
        }))
    }
}

/// The location of diagnostics about the argument, which has no flag.
fn argument() -> Location {
    Location::Flag(ARGUMENT.to_owned())
}

/// Splits the argument into a path and the text after its last colon, which may be a line number.
fn path_and_line(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((path, line)) if !line.contains('/') => (path, Some(line)),
        _ => (text, None),
    }
}

fn unknown_path(path: &str, explainer: &Explainer<'_>) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(Code::PathUnknown, format!("this bundle does not contain `{}`", sanitize(path)))
            .with_location(argument());
    let paths = explainer.bundle().entries().map(|(path, _)| path.as_str());
    let paths = paths.map(|path| path.strip_prefix("root").filter(|host| !host.is_empty()).unwrap_or(path));
    diagnostic.with_suggestion(path, paths, "list every path with `panelgen list` and the same parameters")
}

fn line_number(text: &str, explanation: &Explanation) -> Result<usize, Box<Diagnostic>> {
    let last = explanation.lines.len();
    match text.parse() {
        Ok(number) if (1..=last).contains(&number) => Ok(number),
        _ => {
            let message = format!("`{}` has no line `{}`", explanation.path, sanitize(text));
            let hint = match last {
                0 => "pass the path without a line: it has none".to_owned(),
                last => format!("choose a line from 1 to {last}"),
            };
            Err(Box::new(
                Diagnostic::new(Code::LineUnknown, message).with_location(argument()).with_hint(hint),
            ))
        }
    }
}

fn parameter_text(help: &ParameterHelp) -> String {
    let mut text = format!("{}\n\n", help.path);
    for line in wrap::wrapped(help.description, text_width()) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    let mut fact = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<8} {value}");
    };
    fact("type", &help.value_type);
    if help.default.is_some() || help.keys.is_empty() {
        fact("default", help.default.as_deref().unwrap_or("none"));
    }
    if let Some(example) = &help.example {
        fact("example", example);
    }
    fact("since", changes::since(&help.path));
    if !help.keys.is_empty() {
        text.push_str("\nKeys:\n");
        let width = help.keys.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, doc) in &help.keys {
            for (number, line) in
                wrap::wrapped(doc, text_width().saturating_sub(width + 4)).iter().enumerate()
            {
                let name = if number == 0 { name } else { "" };
                let _ = writeln!(text, "  {name:<width$}  {line}");
            }
        }
    }
    if help.files.is_empty() {
        let note = "It changes no file on the host, only generated documents such as panel.sh.";
        let _ = writeln!(text, "\n{}", wrap::wrapped(note, text_width()).join("\n"));
        return text;
    }
    text.push_str("\nFiles that it changes:\n");
    for path in help.files.iter().take(MAX_LISTED) {
        let _ = writeln!(text, "  {}", sanitize(path));
    }
    if help.files.len() > MAX_LISTED {
        let _ = writeln!(text, "  and {} more", help.files.len() - MAX_LISTED);
    }
    text
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
    fact("component", explanation.component.unwrap_or("none: a generated document"));
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
        (None, _) => fact("template", "none: serialized from types"),
    }
    if !explanation.present_because.is_empty() {
        text.push_str("\nPresence, path, mode and owner determined by:\n");
        let rows: Vec<_> = explanation.present_because.iter().map(|parameter| row(parameter, None)).collect();
        text.push_str(&table("  ", &[], rows));
    }
    match chosen {
        Some(number) => line_parameters(&mut text, explanation, &explanation.lines[number - 1]),
        None => file_parameters(&mut text, explanation),
    }
    text
}

/// Writes the parameters of one line.
fn line_parameters(text: &mut String, explanation: &Explanation, line: &ExplainedLine) {
    if line.parameters.is_empty() {
        text.push_str(match explanation.template {
            Some(_) => "\nNo parameter determines this line: it is fixed text of the template.\n",
            None => "\nNo parameter determines this line: it is fixed text of the generator.\n",
        });
        return;
    }
    for (effect, title) in
        [(Effect::Text, "\nContent determined by:\n"), (Effect::Presence, "\nPresence determined by:\n")]
    {
        let parameters = line.parameters.iter().filter(|(_, has)| *has == effect);
        let rows: Vec<_> = parameters.map(|(parameter, _)| row(parameter, None)).collect();
        if !rows.is_empty() {
            text.push_str(title);
            text.push_str(&table("  ", &[], rows));
        }
    }
}

/// Writes the parameters of a whole file, each with the lines that it determines.
fn file_parameters(text: &mut String, explanation: &Explanation) {
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
            text.push_str("\nNo parameter determines any of its lines.\n");
        }
        return;
    }
    text.push_str("\nLines determined by:\n");
    let rows: Vec<_> = found.iter().map(|(parameter, lines)| row(parameter, Some(ranges(lines)))).collect();
    text.push_str(&table("  ", &[], rows));
}

fn row(parameter: &Parameter, lines: Option<String>) -> Vec<String> {
    let path = sanitize(&parameter.path);
    let value = match (&parameter.value, &parameter.origin) {
        (Some(value), _) => format!("{path} = {value}"),
        (None, Location::Default(_)) => format!("{path} (not set)"),
        (None, _) => path.to_string(),
    };
    let lines = lines.map(|lines| format!("lines {lines}"));
    [value, parameter.origin.to_string()].into_iter().chain(lines).collect()
}

/// Formats line numbers as ranges: `3, 7-9`.
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
        .filter(|(index, _)| chosen.is_none_or(|number| number == index + 1))
        .map(|(index, line)| {
            let parameters = line.parameters.iter().map(|(parameter, effect)| {
                let mut object = parameter_object(parameter);
                object["determines"] = json!(effect);
                object
            });
            json!({
                "line": index + 1,
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
        "present_because": explanation.present_because.iter().map(parameter_object).collect::<Vec<_>>(),
        "lines": lines,
    })
}

fn parameter_object(parameter: &Parameter) -> Value {
    let origin = match &parameter.origin {
        Location::File { path, line, column } => json!({ "file": path, "line": line, "column": column }),
        Location::Flag(flag) => json!({ "flag": flag }),
        Location::Default(layer) => json!({ "default": layer }),
    };
    json!({ "parameter": parameter.path, "value": parameter.value, "origin": origin })
}
