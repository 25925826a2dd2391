//! The fleet flags, and the hosts of a fleet in order.
//!
//! The document is read twice: first to validate all of it, so that nothing is written if a host is rejected, then to
//! render. Only the index of the hosts is kept in memory.

mod directory;
mod stream;

use std::io::Read;
use std::sync::Mutex;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

pub(super) use directory::{check, prepare, stale_items, write, write_documents};
pub(super) use stream::send;

use super::config_args::{ConfigArgs, Stdin, read_registry_auth, unreadable};
use super::progress::Progress;
use super::worker_pool;
use crate::config::Config;
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::fleet::{DIRECTORY, Glob, HostEntry, HostIndex, Labels, Reader, Shard};
use crate::fs::RewindableInput;
use crate::render::{self, Rendered};
use crate::values::{DomainOrWildcard, Secret, sanitize};

/// The batch size of validation. A validated host needs little memory.
const CHECKED_AT_ONCE: usize = 128;

/// The batch size of rendering. A rendered host needs the memory of its bundle.
const RENDERED_AT_ONCE: usize = 8;

/// The fleet flags.
#[derive(Args)]
#[command(next_help_heading = "Fleet")]
pub(super) struct FleetArgs {
    /// A fleet file with `defaults:` and `hosts:`, or JSON Lines with one host per line; `-` is stdin.
    #[arg(long, value_name = "FILE", conflicts_with = "domain")]
    fleet: Option<Utf8PathBuf>,
    /// Only hosts whose first domain matches (`*` any text, `?` any character); repeatable.
    #[arg(long, value_name = "GLOB", requires = "fleet", conflicts_with = "domain")]
    only_host: Vec<String>,
    /// Only one of N parts of the fleet, by a hash of each host's name; `panelgen merge` makes the whole of all parts.
    #[arg(long, value_name = "I/N", requires = "fleet", conflicts_with = "domain", value_parser = parse_shard)]
    shard: Option<Shard>,
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    Shard::parse(text).map_err(|error| error.message)
}

impl FleetArgs {
    /// Returns the fleet file.
    pub(super) fn file(&self) -> Option<&Utf8Path> {
        self.fleet.as_deref()
    }

    /// Whether `--fleet` was passed.
    pub(super) fn is_enabled(&self) -> bool {
        self.fleet.is_some()
    }
}

/// The hosts of a fleet, with the flags that apply to them.
pub(super) struct FleetHosts<'a> {
    parameters: &'a ConfigArgs,
    path: &'a Utf8Path,
    document: RewindableInput,
    globs: Vec<Glob>,
    shard: Option<Shard>,
    lower: Config,
    stdin: Mutex<Stdin>,
    secrets: SecretPolicy,
}

/// A host of a fleet, not yet resolved.
pub(super) struct FleetHost {
    /// Its number among the selected hosts.
    number: usize,
    /// Whether another shard has it.
    elsewhere: bool,
    config: Config,
    secret: Option<Secret>,
    /// Its labels and their location.
    labels: (Labels, Option<Location>),
    /// The location of its entry.
    place: Location,
    /// The diagnostics of its entry.
    diagnostics: Diagnostics,
}

impl<'a> FleetHosts<'a> {
    /// Opens the fleet. Returns `None` if it is not readable, which is reported.
    pub(super) fn open(
        parameters: &'a ConfigArgs,
        fleet: &'a FleetArgs,
        secrets: SecretPolicy,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let path = fleet.fleet.as_deref()?;
        let flag = Location::Flag(format!("--fleet {}", sanitize(path.as_str())));
        let taken_by = (path == "-").then(|| flag.clone());
        let mut stdin = Stdin { taken_by, bytes: None };
        let lower = parameters.file_layer(&mut stdin, diagnostics);
        let diagnostic = |error: anyhow::Error| unreadable(path, "--fleet", &error).with_location(flag);
        let document =
            RewindableInput::open(path).map_err(|error| diagnostics.push(diagnostic(error))).ok()?;
        let globs = fleet.only_host.iter().map(|text| Glob::new(text)).collect();
        let stdin = Mutex::new(stdin);
        Some(Self { parameters, path, document, globs, shard: fleet.shard, lower, stdin, secrets })
    }

    /// Whether the host with this domain is selected.
    pub(super) fn selects(&self, domain: &str) -> bool {
        self.matches(domain) && self.shard.is_none_or(|shard| shard.contains(domain))
    }

    /// The shard that is selected.
    pub(super) fn shard(&self) -> Option<Shard> {
        self.shard
    }

    fn matches(&self, domain: &str) -> bool {
        self.globs.is_empty() || self.globs.iter().any(|glob| glob.matches(domain))
    }

    /// Returns the hosts from the beginning.
    fn iter(&self) -> HostIter<'_, impl Read + Send> {
        let reader = Reader::new(self.path, self.document.stream());
        HostIter { hosts: self, reader, base: None, number: 0, read: 0 }
    }

    /// Validates every host, alone and against the others. Returns `None` if the document is not readable.
    pub(super) fn index(&self, diagnostics: &mut Diagnostics) -> Option<HostIndex> {
        let progress = Progress::begin("checking", None);
        let mut index = HostIndex::default();
        let mut iter = self.iter();
        let work = |host: FleetHost| {
            let FleetHost { config, secret, labels, place, elsewhere, diagnostics: mut found, .. } = host;
            let host = if elsewhere { None } else { Some(render::check(&config, secret, &mut found)) };
            let names = config.parsed_list::<DomainOrWildcard>("domain");
            (config, host, names, labels, place, found)
        };
        let mut all = Diagnostics::default();
        let done = worker_pool::ordered_map(
            (worker_pool::threads(), CHECKED_AT_ONCE),
            iter.by_ref(),
            work,
            |(config, host, names, labels, place, mut found)| {
                let names: Vec<_> =
                    names.iter().map(|(domain, origin)| (domain.0.as_str(), origin)).collect();
                let mut met = Diagnostics::default();
                if let Some((DIRECTORY, origin)) = names.first() {
                    met.push(
                        Diagnostic::new(
                            Code::HostReserved,
                            format!("`{DIRECTORY}` is reserved for the shared files of a fleet"),
                        )
                        .with_parameter("domain")
                        .with_location((*origin).clone())
                        .with_hint(format!("use the full name, for example `{DIRECTORY}.example.org`")),
                    );
                }
                let good = !found.has_errors();
                match &host {
                    Some(host) => {
                        let kind = [host.target.name, host.kind.as_str()];
                        index.insert(&names, kind, labels, (&place, good), &mut met);
                    }
                    None => index.insert_elsewhere(&names, &place, &mut met),
                }
                met.entries().iter().for_each(|finding| config.report(&mut found, finding.clone()));
                let host = names.first().map(|(name, _)| *name);
                all.merge_of_host(found.map(|finding| finding.or_location(&place)), host);
                progress.step();
                Ok::<_, ()>(())
            },
        );
        done.expect("collecting the results does not fail");
        let HostIter { reader, read, number: selected, .. } = iter;
        let broken = reader.diagnostics.has_errors();
        all.merge(reader.diagnostics);
        if !broken && selected == 0 {
            all.push(if read == 0 { self.empty() } else { unknown() });
        }
        all.sort();
        let usable = !broken && selected > 0;
        diagnostics.merge(all);
        usable.then_some(index)
    }

    /// Renders every host that was not rejected, passes it to `work`, and the result of `work` to `take`, in order.
    pub(super) fn render<R>(
        &self,
        index: &HostIndex,
        what: &'static str,
        work: impl Fn(&str, Rendered) -> Result<R> + Sync,
        mut take: impl FnMut(R) -> Result<()> + Send,
    ) -> Result<()> {
        let progress = Progress::begin(what, Some(index.accepted()));
        let hosts = self.iter().filter(|host| !index.is_skipped(host.number));
        let secrets = self.secrets;
        let work = |host: FleetHost| {
            let mut diagnostics = host.diagnostics;
            let rendered = render::render(&host.config, host.secret, secrets, &mut diagnostics);
            match rendered.filter(|_| !diagnostics.has_errors()) {
                Some(rendered) => work(rendered.host.domain().to_string().as_str(), rendered),
                None => {
                    bail!("the fleet changed while it was read: {}", diagnostics.text(false).trim_end())
                }
            }
        };
        worker_pool::ordered_map((worker_pool::threads(), RENDERED_AT_ONCE), hosts, work, |result| {
            progress.step();
            take(result?)
        })
    }

    fn empty(&self) -> Diagnostic {
        let origin = Location::File { path: self.path.to_owned(), line: 1, column: 1 };
        Diagnostic::new(Code::FleetEmpty, "the fleet has no hosts")
            .with_parameter("hosts")
            .with_location(origin)
            .with_hint("write `hosts:` and below it `- domain: panel.example.org` for each host")
    }
}

fn unknown() -> Diagnostic {
    Diagnostic::new(Code::HostUnknown, "no host of the fleet matches")
        .with_parameter("--only-host")
        .with_location(Location::Flag("--only-host".to_owned()))
        .with_hint("quote the pattern for the shell; list all hosts with `panelgen list --fleet FILE`")
}

/// An iterator over the selected hosts.
struct HostIter<'a, R: Read> {
    hosts: &'a FleetHosts<'a>,
    reader: Reader<'a, R>,
    /// The parameters of the files and the defaults.
    base: Option<Config>,
    number: usize,
    /// The number of hosts that were read, selected or not.
    read: usize,
}

impl<R: Read> Iterator for HostIter<'_, R> {
    type Item = FleetHost;

    fn next(&mut self) -> Option<FleetHost> {
        loop {
            let mut diagnostics = Diagnostics::default();
            let layer = self.reader.next_host(&mut diagnostics)?;
            self.read += 1;
            if let Some(host) = self.host(layer, diagnostics) {
                self.number += 1;
                return Some(host);
            }
        }
    }
}

impl<R: Read> HostIter<'_, R> {
    /// Returns a host if it is selected. One with an invalid name is selected, so that its errors are reported.
    fn host(&mut self, mut layer: HostEntry, mut diagnostics: Diagnostics) -> Option<FleetHost> {
        let place = layer.spanned.location.clone();
        let labels = layer.labels(&mut diagnostics);
        let reader = &mut self.reader;
        let base = self.base.get_or_insert_with(|| {
            let mut base = self.hosts.lower.clone();
            if let Some(defaults) = reader.defaults.take() {
                defaults.apply_to(&mut base, &mut reader.diagnostics);
            }
            base
        });
        let mut config = base.clone();
        layer.apply_to(&mut config, &mut diagnostics);
        let mut elsewhere = false;
        if !self.hosts.globs.is_empty() || self.hosts.shard.is_some() {
            let name = config.parsed_list::<DomainOrWildcard>("domain").into_iter().next();
            if name.as_ref().is_some_and(|(domain, _)| !self.hosts.matches(domain.0.as_str())) {
                return None;
            }
            elsewhere = name.is_some_and(|(domain, _)| !self.hosts.selects(domain.0.as_str()));
        }
        if elsewhere {
            let diagnostics = Diagnostics::default();
            return Some(FleetHost {
                number: self.number,
                elsewhere,
                config,
                secret: None,
                labels,
                place,
                diagnostics,
            });
        }
        let parameters = self.hosts.parameters;
        parameters.cli_layer(&mut config, &mut diagnostics);
        let mut stdin = self.hosts.stdin.lock().expect("no thread panics with the lock held");
        let secret = parameters.secret(&config, &mut stdin, &mut diagnostics);
        read_registry_auth(&mut config, &mut stdin, &mut diagnostics);
        Some(FleetHost { number: self.number, elsewhere, config, secret, labels, place, diagnostics })
    }
}

/// Formats a number of hosts.
pub(super) use crate::inspect::diff::fleet::hosts;
