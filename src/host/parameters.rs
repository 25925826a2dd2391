//! The resolved parameters of a host, as `panel.yaml` of a bundle has them: every value is written, defaults
//! included, so that the same generator renders the same bundle from them.

use std::fmt;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Acme, Host, PER_HOST_KEYS, SharedConfig};
use crate::config::schema::{DefaultOrExample, KEYS, Key, ValueType};
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::{self, Config};
use crate::facts::releases::Images;
use crate::syntax::yaml::scalar;

/// The resolved parameters, without those of one host and without secrets.
#[derive(Clone, Default)]
pub struct ResolvedParameters {
    lines: Vec<Line>,
    /// The checksum's state after these lines.
    digest: Sha256,
}

/// One line of YAML.
#[derive(Clone)]
struct Line {
    text: String,
    /// Why the value is there, unless it is the default.
    comment: Option<String>,
}

/// Hosts are compared by their fields. This text repeats them.
impl fmt::Debug for ResolvedParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResolvedParameters")
    }
}

impl ResolvedParameters {
    /// Writes the parameters of a configuration without errors.
    pub(super) fn of(config: &Config, shared: &SharedConfig) -> Self {
        let mut writer = Writer { config, shared, lines: Vec::new() };
        let keys = KEYS.iter().filter(|key| !PER_HOST_KEYS.contains(&key.name));
        for key in keys {
            writer.key(key, key.name, 0);
        }
        let lines = writer.lines;
        // An override can contain a password, which could be guessed from a checksum.
        let mut top = "";
        let digest = lines.iter().fold(Sha256::new(), |digest, line| {
            if !line.text.starts_with(' ') {
                top = line.text.split(':').next().unwrap_or_default();
            }
            if top == "overrides" { digest } else { digest.chain_update(&line.text) }
        });
        Self { lines, digest }
    }

    /// The lines with their comments.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&line.text);
            if let Some(comment) = &line.comment {
                let _ = write!(text, " # {comment}");
            }
            text.push('\n');
        }
        text
    }

    /// The checksum of all parameters of a host. Comments and secrets are no part of it.
    pub fn sha256(&self, host: &Host) -> [u8; 32] {
        self.digest.clone().chain_update(of_host(host)).finalize().into()
    }
}

/// The parameters of one host, as lines of YAML.
pub fn of_host(host: &Host) -> String {
    let mut text = String::new();
    match host.domains.as_slice() {
        [domain] => {
            let _ = writeln!(text, "domain: {}", scalar(domain.as_str()));
        }
        domains => {
            text.push_str("domain:\n");
            for domain in domains {
                let _ = writeln!(text, "  - {}", scalar(domain.as_str()));
            }
        }
    }
    if let Some(mail) = &host.mail {
        let _ = writeln!(text, "mail: {}", scalar(&mail.to_string()));
    }
    text
}

struct Writer<'a> {
    config: &'a Config,
    shared: &'a SharedConfig,
    lines: Vec<Line>,
}

impl Writer<'_> {
    fn key(&mut self, key: &'static Key, path: &str, depth: usize) {
        match &key.value_type {
            // `tls.dns` is an error with another challenge.
            ValueType::Map(_) if path == "tls.dns" && !matches!(self.shared.tls.acme, Acme::Dns { .. }) => {}
            ValueType::BoolOrMap(_) if self.config.text(path) == Some("false") => {
                self.push(depth, &format!("{}: false", key.name), Some("default: true".to_owned()));
            }
            // So are its defaults without addresses.
            ValueType::Map(_)
                if path == "nginx.trusted_proxies"
                    && self.config.items("nginx.trusted_proxies.addresses").next().is_none() => {}
            ValueType::Map(keys) | ValueType::BoolOrMap(keys) => self.map(key, keys, path, depth),
            ValueType::List(ValueType::Map(keys)) => self.maps(key, keys, path, depth),
            ValueType::Units => {
                if let Some(units) = self.config.get(path).cloned() {
                    self.push(depth, &format!("{}:", key.name), Some(UNSET.to_owned()));
                    self.tree(&units.value, depth + 1);
                }
            }
            ValueType::PerArch(..) => self.checksum(key, path, depth),
            ValueType::Secret(_) => {}
            ValueType::Text(_) | ValueType::Bool | ValueType::Enum(_) | ValueType::List(_) => {
                self.value(key, path, depth);
            }
        }
    }

    /// A map, unless nothing is in it.
    fn map(&mut self, key: &Key, keys: &'static [Key], path: &str, depth: usize) {
        let at = self.lines.len();
        self.push(depth, &format!("{}:", key.name), None);
        for below in keys {
            self.key(below, &format!("{path}.{}", below.name), depth + 1);
        }
        if self.lines.len() == at + 1 {
            self.lines.pop();
        }
    }

    /// A list of maps: the routes.
    fn maps(&mut self, key: &Key, keys: &'static [Key], path: &str, depth: usize) {
        let items: Vec<Spanned> = self.config.items(path).cloned().collect();
        if items.is_empty() {
            return;
        }
        self.push(depth, &format!("{}:", key.name), Some(UNSET.to_owned()));
        for (index, item) in items.iter().enumerate() {
            let route = self.shared.routes.get(index);
            let mut dash = "- ";
            for below in keys {
                // A value that equals what the route inherits is the same as none.
                let inherits = match below.name {
                    "timeout" => route.is_some_and(|route| route.timeout.is_none()),
                    "client_max_body_size" => route.is_some_and(|route| route.client_max_body_size.is_none()),
                    _ => false,
                };
                let set = item.get(below.name).and_then(Spanned::text);
                let default = match below.value_type {
                    ValueType::Bool => below.sample.text(),
                    _ => None,
                };
                let Some(text) = set.or(default).filter(|_| !inherits) else { continue };
                let line = format!("{dash}{}: {}", below.name, written(&below.value_type, text));
                self.push(depth + 1, &line, None);
                dash = "  ";
            }
        }
    }

    /// A text, a boolean, one of a few values, or a list of them.
    fn value(&mut self, key: &Key, path: &str, depth: usize) {
        let default = self.default(key, path);
        let set: Vec<String> = self.config.items(path).filter_map(Spanned::text).map(str::to_owned).collect();
        let value = if set.is_empty() { default.clone() } else { set };
        let value: Vec<String> = value.iter().map(|text| canonical(&key.value_type, text)).collect();
        // An option that a target's program does not have can only be left out.
        let unsupported = path == "certbot.key_type" && !self.shared.target.key_type();
        if value.is_empty() || (unsupported && value == default) {
            return;
        }
        let comment = (value != default).then(|| {
            if default.is_empty() { UNSET.to_owned() } else { format!("default: {}", default.join(", ")) }
        });
        if let ValueType::List(item) = &key.value_type {
            self.push(depth, &format!("{}:", key.name), comment);
            for text in &value {
                self.push(depth + 1, &format!("- {}", written(item, text)), None);
            }
        } else {
            let text = written(&key.value_type, &value[0]);
            self.push(depth, &format!("{}: {text}", key.name), comment);
        }
    }

    /// The default, as a list of texts; empty if there is none.
    fn default(&self, key: &Key, path: &str) -> Vec<String> {
        if let Some(name) = path.strip_prefix("faasd.images.") {
            let images = Images::of(&self.shared.faasd.release.version, self.shared.stack, self.shared.arch)
                .map(|images| images.below(self.shared.image_prefix.as_ref()))
                .unwrap_or_default();
            return images.named(name).map(str::to_owned).into_iter().collect();
        }
        match key.sample {
            DefaultOrExample::Stack(version) => vec![version(self.shared.stack).to_owned()],
            DefaultOrExample::Default(_) => config::default_texts(path).map(str::to_owned).collect(),
            DefaultOrExample::Example(_) | DefaultOrExample::None => Vec::new(),
        }
    }

    /// A checksum that is not built in, for the architecture of the host.
    fn checksum(&mut self, key: &Key, path: &str, depth: usize) {
        let arch = self.shared.arch;
        let Some(sum) = self.shared.checksum(path) else { return };
        let comment = match self.shared.known_checksum(path) {
            Some(known) if known == sum => return,
            Some(known) => format!("default: {known}"),
            None => UNSET.to_owned(),
        };
        self.push(depth, &format!("{}: {{{arch}: {}}}", key.name, scalar(&sum)), Some(comment));
    }

    /// A tree as it was set.
    fn tree(&mut self, value: &Value, depth: usize) {
        let Value::Map(entries) = value else { return };
        for MapEntry { key, value, .. } in entries {
            let key = scalar(key);
            match &value.value {
                Value::Null => self.push(depth, &format!("{key}:"), None),
                Value::Text { text, .. } => self.push(depth, &format!("{key}: {}", scalar(text)), None),
                Value::List(items) => {
                    self.push(depth, &format!("{key}:"), None);
                    for item in items.iter().filter_map(Spanned::text) {
                        self.push(depth + 1, &format!("- {}", scalar(item)), None);
                    }
                }
                Value::Map(_) => {
                    self.push(depth, &format!("{key}:"), None);
                    self.tree(&value.value, depth + 1);
                }
            }
        }
    }

    fn push(&mut self, depth: usize, text: &str, comment: Option<String>) {
        self.lines.push(Line { text: format!("{}{text}", "  ".repeat(depth)), comment });
    }
}

/// The comment of a value that has no default.
const UNSET: &str = "not set by default";

/// A value by its own name instead of an alias.
fn canonical(value_type: &ValueType, text: &str) -> String {
    let ValueType::Enum(choices) = value_type else { return text.to_owned() };
    let of = choices().into_iter().find(|choice| choice.value == text).and_then(|choice| choice.alias_of);
    of.unwrap_or(text).to_owned()
}

/// A value as YAML. A boolean and a number are plain.
fn written(value_type: &ValueType, text: &str) -> String {
    let number = text.len() < 10 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if matches!(value_type, ValueType::Bool) || (number && !text.is_empty()) {
        return text.to_owned();
    }
    scalar(text)
}
