//! `panelgen check --fleet`: checks every host and groups hosts with the same findings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use camino::Utf8Path;
use serde_json::{Value, json};

use super::super::fleet::FleetHosts;
use super::{Check, Format, Outcome};
use crate::bundle::file_tree::FileTree;
use crate::bundle::manifest::MANIFEST_FILE;
use crate::cli::progress::Progress;
use crate::cli::reporter::Reporter;
use crate::cli::worker_pool;
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, escape};
use crate::fs;
use crate::inspect::diff::fleet::{hosts, listed};
use crate::inspect::diff::printer::OutputMode;
use crate::inspect::html;
use crate::inspect::lint::output::{self, CheckReport};
use crate::inspect::lint::validator_result::{self, Verdict};
use crate::inspect::lint::{self, BundleView};
use crate::render::Rendered;
use crate::validators::{self, ValidatorCache};
use crate::values::Domain;

/// The batch size of the check of a directory. A host needs the memory of its bundle.
const HOSTS_AT_ONCE: usize = 4;

/// The hosts in the directory of a fleet, or of the shards of one. `None` for any other directory.
pub(super) fn listed_hosts(path: &Utf8Path) -> Result<Option<Vec<String>>> {
    if !fs::is_directory(path) {
        return Ok(None);
    }
    let mut hosts = Vec::new();
    let mut each = |listed: crate::fleet::HostDirectory| hosts.push(listed.domain);
    let mut is_fleet = fs::previous_fleet(path, MANIFEST_FILE.into(), &mut each)?.is_some();
    if !is_fleet {
        for shard in fs::shards(path)? {
            is_fleet |= fs::previous_fleet(path, &shard.manifest(), &mut each)?.is_some();
        }
    }
    hosts.sort();
    hosts.dedup();
    Ok(is_fleet.then_some(hosts))
}

/// The findings of a fleet.
#[derive(Default)]
struct HostFindings {
    /// The directory of the fleet, if it is one.
    prefix: String,
    /// The hosts by the text of their findings.
    groups: BTreeMap<String, (Diagnostics, Vec<String>)>,
    clean: usize,
    faulty: usize,
    /// The number of files that were read.
    files: usize,
    tallies: BTreeMap<&'static str, ValidatorSummary>,
}

/// The results of one validator.
#[derive(Default)]
struct ValidatorSummary {
    passed: usize,
    failed: usize,
    idle: usize,
    /// The hosts for which it is not available, by reason.
    absent: BTreeMap<String, Vec<String>>,
    /// The hosts for which it gave no result, by reason.
    error: BTreeMap<String, Vec<String>>,
}

impl Check {
    /// Renders and checks every host.
    pub(super) fn fleet(&self, diagnostics: &mut Diagnostics, reporter: &Reporter) -> Result<Outcome> {
        let required = self.required(diagnostics);
        let fleet = FleetHosts::open(&self.parameters, &self.fleet, SecretPolicy::Omit, diagnostics);
        let index = fleet.as_ref().and_then(|fleet| fleet.index(diagnostics));
        reporter.report(diagnostics);
        let (Some(fleet), Some(index)) = (fleet, index) else { return Ok(Outcome::Failure) };
        if index.rejected() > 0 || diagnostics.has_errors() {
            return Ok(Outcome::Failure);
        }
        let cache = ValidatorCache::default();
        let mut found = HostFindings::default();
        let work = |domain: &str, rendered: Rendered| {
            let tree = FileTree::from(&rendered.bundle);
            let subject = BundleView::new(&tree, true, Some(rendered.host.target));
            let mut diagnostics = Diagnostics::default();
            lint::lint(&subject, &mut diagnostics);
            let names: Vec<&str> = rendered.host.domains.iter().map(Domain::as_str).collect();
            let verdicts =
                if self.no_programs { Vec::new() } else { cache.run(&subject, &names, &mut diagnostics) };
            let is_faulty = self.add_age(&subject, &mut diagnostics);
            Ok((domain.to_owned(), (diagnostics, is_faulty), verdicts, subject.texts().count()))
        };
        fleet.render(&index, "checking", work, |(domain, (diagnostics, is_faulty), verdicts, files)| {
            *(if is_faulty { &mut found.faulty } else { &mut found.clean }) += 1;
            found.add(domain, diagnostics, verdicts, files);
            Ok(())
        })?;
        self.finish(&found, &cache, &required, reporter)
    }

    /// Checks every host in the directory of a fleet.
    pub(super) fn fleet_directory(
        &self,
        path: &Utf8Path,
        hosts: Vec<String>,
        errors: &mut Diagnostics,
        reporter: &Reporter,
    ) -> Result<Outcome> {
        let required = self.required(errors);
        let target = self.target(errors);
        reporter.report(errors);
        let (Ok(target), false) = (target, errors.has_errors()) else { return Ok(Outcome::Failure) };
        let in_git = fs::is_in_git(path);
        let cache = ValidatorCache::default();
        let mut found = HostFindings { prefix: self.below_root(path)?, ..HostFindings::default() };
        let progress = Progress::begin("checking", Some(hosts.len()));
        let work = |domain: String| {
            let mut diagnostics = Diagnostics::default();
            let Some((tree, restored)) = fs::read_host_bundle(path, &domain, in_git)? else {
                let finding = Diagnostic::new(Code::FileMissing, "the host has no directory");
                let place = Location::File { path: MANIFEST_FILE.into(), line: 1, column: 1 };
                let hint = "render the fleet again: its manifest lists the host";
                diagnostics.push(finding.with_location(place).with_hint(hint));
                return Ok((domain, (diagnostics, true), Vec::new(), 0));
            };
            let subject = BundleView::new(&tree, restored.has_modes, target);
            super::report_crlf(&path.join(&domain), &restored, &mut diagnostics);
            lint::lint(&subject, &mut diagnostics);
            // The names of a host are those of a stranger: only equal input is validated once.
            let verdicts =
                if self.no_programs { Vec::new() } else { cache.run(&subject, &[], &mut diagnostics) };
            let is_faulty = self.add_age(&subject, &mut diagnostics);
            Ok((domain, (diagnostics, is_faulty), verdicts, subject.texts().count()))
        };
        let pool = (worker_pool::threads(), HOSTS_AT_ONCE);
        worker_pool::ordered_map(pool, hosts.into_iter(), work, |result: Result<_>| {
            let (domain, (diagnostics, is_faulty), verdicts, files) = result?;
            progress.step();
            *(if is_faulty { &mut found.faulty } else { &mut found.clean }) += 1;
            found.add(domain, diagnostics, verdicts, files);
            Ok::<_, anyhow::Error>(())
        })?;
        drop(progress);
        self.finish(&found, &cache, &required, reporter)
    }

    fn finish(
        &self,
        found: &HostFindings,
        cache: &ValidatorCache,
        required: &[&'static str],
        reporter: &Reporter,
    ) -> Result<Outcome> {
        let text = match self.format {
            Format::Text if reporter.is_json() => {
                for (diagnostics, names) in found.groups.values() {
                    reporter.report(&diagnostics.clone().map(|finding| finding.set_hosts(names)));
                }
                found.summary(cache, required)
            }
            Format::Text => found.text(cache, required, reporter.reader() == OutputMode::Colored),
            Format::Json => found.json(cache)?,
            Format::Sarif => output::sarif::write(&found.report(&found.merged(), &found.verdicts())),
            Format::Github => output::github::write(&found.report(&found.merged(), &found.verdicts())),
            Format::Html => found.html(required),
        };
        fs::write_stdout(text.as_bytes())?;
        Ok(super::outcome(found.faulty > 0, &found.verdicts(), required))
    }
}

impl HostFindings {
    fn add(&mut self, domain: String, diagnostics: Diagnostics, verdicts: Vec<Verdict>, files: usize) {
        for Verdict { name, outcome } in verdicts {
            let tally = self.tallies.entry(name).or_default();
            match outcome {
                validator_result::Outcome::Passed => tally.passed += 1,
                validator_result::Outcome::Failed => tally.failed += 1,
                validator_result::Outcome::Idle => tally.idle += 1,
                validator_result::Outcome::Error(why) => {
                    tally.error.entry(why).or_default().push(domain.clone());
                }
                validator_result::Outcome::Absent(why) => {
                    tally.absent.entry(why).or_default().push(domain.clone());
                }
            }
        }
        self.files += files;
        if diagnostics.count() > 0 {
            let words = diagnostics.listing(false);
            self.groups.entry(words).or_insert_with(|| (diagnostics, Vec::new())).1.push(domain);
        }
    }

    /// Lists the first of these hosts and counts the rest. `None` if these are all hosts.
    fn some(&self, names: &[String]) -> Option<String> {
        (names.len() < self.clean + self.faulty).then(|| listed(names.iter().cloned(), "hosts"))
    }

    /// Returns the summaries of the validators in their order of output.
    fn tallies(&self) -> impl Iterator<Item = (&'static str, &ValidatorSummary)> {
        validators::names().filter_map(|name| Some((name, self.tallies.get(name)?)))
    }

    /// Returns the worst result of each validator, and each reason for a missing result.
    fn verdicts(&self) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        for (name, tally) in self.tallies() {
            let with_hosts = |(why, names): (&String, &Vec<String>)| match self.some(names) {
                Some(names) => format!("{why} ({names})"),
                None => why.clone(),
            };
            let error = tally.error.iter().map(with_hosts).map(validator_result::Outcome::Error);
            let absent = tally.absent.iter().map(with_hosts).map(validator_result::Outcome::Absent);
            let unanswered = error.chain(absent);
            let best = match tally {
                ValidatorSummary { failed: 1.., .. } => Some(validator_result::Outcome::Failed),
                ValidatorSummary { passed: 1.., .. } => Some(validator_result::Outcome::Passed),
                _ => None,
            };
            verdicts.extend(best.into_iter().chain(unanswered).map(|outcome| Verdict { name, outcome }));
        }
        verdicts
    }

    /// Merges all findings as if each host were a directory. A finding of several hosts is listed at the first.
    fn merged(&self) -> Diagnostics {
        let mut merged = Diagnostics::default();
        for (diagnostics, names) in self.groups.values() {
            let [first, rest @ ..] = &names[..] else { continue };
            let also = if rest.is_empty() {
                String::new()
            } else {
                format!(" (also on {})", listed(rest.iter().cloned(), "hosts"))
            };
            merged.merge(diagnostics.clone().map(|finding| {
                for origin in &mut finding.locations {
                    if let Location::File { path, .. } = origin {
                        *path = Utf8Path::new(first).join(&*path);
                    }
                }
                finding.message.push_str(&also);
                finding.set_hosts(names);
            }));
        }
        merged
    }

    fn report<'s>(&'s self, diagnostics: &'s Diagnostics, verdicts: &'s [Verdict]) -> CheckReport<'s> {
        CheckReport {
            diagnostics,
            verdicts,
            required: &[],
            prefix: &self.prefix,
            fallback: MANIFEST_FILE,
            is_rejected: false,
            files: self.files,
            others: 0,
        }
    }

    fn html(&self, required: &[&'static str]) -> String {
        let groups: Vec<(&Diagnostics, &[String])> =
            self.groups.values().map(|(diagnostics, names)| (diagnostics, &names[..])).collect();
        let (none, verdicts) = (Diagnostics::default(), self.verdicts());
        let report = CheckReport { required, ..self.report(&none, &verdicts) };
        html::check::write_fleet(&report, &groups)
    }

    fn text(&self, cache: &ValidatorCache, required: &[&str], color: bool) -> String {
        let mut text = String::new();
        for (diagnostics, names) in self.groups.values() {
            let listing = listed(names.iter().cloned(), "hosts");
            let _ = writeln!(text, "{}: {listing}\n{}", hosts(names.len()), diagnostics.listing(color));
        }
        text + &self.summary(cache, required)
    }

    /// Formats everything but the findings.
    fn summary(&self, cache: &ValidatorCache, required: &[&str]) -> String {
        let mut text = String::new();
        let width = self.tallies.keys().map(|name| name.len()).max().unwrap_or(0);
        for (name, tally) in self.tallies() {
            let mut words = Vec::new();
            for (count, word) in [(tally.passed, "passed"), (tally.failed, "failed")] {
                if count > 0 {
                    words.push(format!("{word} for {}", hosts(count)));
                }
            }
            if !words.is_empty() {
                let times = match cache.count(name) {
                    1 => "once".to_owned(),
                    count => format!("{count} times"),
                };
                let _ = writeln!(text, "{name:<width$}  {}; run {times}", words.join(", "));
            }
            for (word, reasons) in [("error", &tally.error), ("not available", &tally.absent)] {
                for (why, names) in reasons {
                    let hosts = self.some(names).map(|names| format!(" for {names}")).unwrap_or_default();
                    let _ = writeln!(text, "{name:<width$}  {word}{hosts}: {}", escape::line(why));
                }
            }
        }
        let all = hosts(self.clean + self.faulty);
        let _ = match (self.faulty, output::missing_validators(&self.verdicts(), required)) {
            (0, None) => writeln!(text, "clean: {all}"),
            (0, Some(missing)) => writeln!(text, "incomplete: no findings on {all}, but {missing}"),
            (faulty, None) => writeln!(text, "findings on {faulty} of {all}"),
            (faulty, Some(missing)) => {
                writeln!(text, "incomplete: findings on {faulty} of {all}, and {missing}")
            }
        };
        text
    }

    fn json(&self, cache: &ValidatorCache) -> Result<String> {
        let group = |(diagnostics, names): &(Diagnostics, Vec<String>)| {
            let diagnostics = diagnostics.clone().map(|finding| finding.set_hosts(names));
            let diagnostics: Value =
                serde_json::from_str(&output::json::write(&self.report(&diagnostics, &[])))?;
            Ok(json!({ "hosts": names, "report": diagnostics }))
        };
        let groups = self.groups.values().map(group).collect::<Result<Vec<_>>>()?;
        let validators = self.tallies().map(|(name, tally)| {
            let reasons = |reasons: &BTreeMap<String, Vec<String>>| -> Vec<Value> {
                reasons.iter().map(|(why, names)| json!({ "why": why, "hosts": names })).collect()
            };
            json!({
                "name": name,
                "runs": cache.count(name),
                "passed": tally.passed,
                "failed": tally.failed,
                "idle": tally.idle,
                "error": reasons(&tally.error),
                "absent": reasons(&tally.absent),
            })
        });
        let document = json!({
            "hosts": self.clean + self.faulty,
            "clean": self.clean,
            "faulty": self.faulty,
            "groups": groups,
            "validators": validators.collect::<Vec<_>>(),
        });
        Ok(escape::json(&serde_json::to_string_pretty(&document)?).into_owned() + "\n")
    }
}
