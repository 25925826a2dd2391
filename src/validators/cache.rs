//! Answers that were given already. A program takes a tenth of a second and more, and the hosts of a fleet differ in
//! little but their names, so what two hosts ask alike is asked once.
//!
//! Alike means: the same letters in the same places, but for the letters and digits of the host's own names, each a
//! letter for a letter and a digit for a digit, and for sums, whatever their digits. So a program that reads the one
//! reads the other; every other difference, and a name that is longer, is another question. A program is only given
//! the files of its own question: what is not in the question cannot be in the answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::running::Running;
use super::{MAX_TIME, NoResult, VALIDATORS, Validator, ValidatorResult};
use crate::bundle::file_tree::FileTree;
use crate::bundle::sha256;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::fs::Deadline;
use crate::inspect::lint::validator_result::{Outcome, Verdict};
use crate::inspect::lint::{BundleView, at};

/// What came of one question.
struct CachedResult {
    result: ValidatorResult,
    /// The names of the host that asked.
    names: Vec<String>,
}

/// A question that was asked, or is being asked.
type Cell = Arc<OnceLock<CachedResult>>;

/// The answers that were given.
#[derive(Default)]
pub struct ValidatorCache {
    running: Running,
    results: Mutex<BTreeMap<(&'static str, [u8; 32]), Cell>>,
}

impl ValidatorCache {
    /// Runs every validator on a host of these names; their findings join the report.
    pub fn run(
        &self,
        subject: &BundleView<'_>,
        names: &[&str],
        diagnostics: &mut Diagnostics,
    ) -> Vec<Verdict> {
        let names = Names::of(names);
        let deadline = Deadline::after(MAX_TIME);
        let questions: Vec<_> =
            VALIDATORS.iter().map(|validator| Question::of(validator, subject, &names)).collect();
        let cells: Vec<Cell> = questions.iter().map(|question| self.cell(question)).collect();
        std::thread::scope(|scope| {
            let new = questions.iter().zip(&cells).filter(|(_, cell)| cell.get().is_none());
            let asked: Vec<_> = new
                .map(|(question, cell)| {
                    scope.spawn(|| {
                        cell.get_or_init(|| {
                            let _running = self.running.start(question.validator.name);
                            question.ask(subject, &names, deadline)
                        });
                    })
                })
                .collect();
            // A panic is no answer, which is reported below.
            for asked in asked {
                drop(asked.join());
            }
        });
        let verdicts = questions.iter().zip(cells).map(|(question, cell)| {
            let name = question.validator.name;
            let outcome = match cell.get().map(|cached| (cached, &cached.result)) {
                Some((_, Ok(findings))) if findings.is_empty() => Outcome::Passed,
                Some((cached, Ok(findings))) => {
                    for mut finding in findings.iter().cloned() {
                        finding.message = names.instead_of(&cached.names, &finding.message);
                        crate::inspect::lint::excerpt(subject, &mut finding);
                        diagnostics.push(finding);
                    }
                    Outcome::Failed
                }
                // The findings of the lint are in the report.
                Some((_, Err(NoResult::Rejected))) => Outcome::Failed,
                Some((_, Err(NoResult::Unavailable(why)))) => Outcome::Absent(why.clone()),
                Some((_, Err(NoResult::NotApplicable))) => Outcome::Idle,
                Some((_, Err(NoResult::Failed(why)))) => Outcome::Error(why.clone()),
                None => Outcome::Error("the validator panicked".to_owned()),
            };
            if let Outcome::Error(why) = &outcome {
                diagnostics.push(question.unanswered(why));
            }
            Verdict { name, outcome }
        });
        let verdicts = verdicts.collect();
        diagnostics.sort();
        verdicts
    }

    /// The validators that are running, as they change.
    pub fn running(&self) -> Running {
        self.running.clone()
    }

    /// How many questions a validator was asked.
    pub fn count(&self, name: &str) -> usize {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.keys().filter(|(own, _)| *own == name).count()
    }

    fn cell(&self, question: &Question) -> Cell {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(results.entry((question.validator.name, question.sum)).or_default())
    }
}

/// What a validator is asked about a host.
struct Question {
    validator: &'static Validator,
    /// Equal for questions that are alike.
    sum: [u8; 32],
    /// The first file that it reads.
    file: Option<Utf8PathBuf>,
}

impl Question {
    fn of(validator: &'static Validator, subject: &BundleView<'_>, names: &Names) -> Self {
        let mut all = Vec::new();
        let mut file = None;
        for (path, text) in subject.texts().filter(|(path, text)| (validator.reads)(subject, path, text)) {
            file.get_or_insert(path);
            all.extend(path.as_str().bytes().chain([0]));
            all.extend(sha256(&names.masked(text)));
        }
        all.extend(subject.target.map_or("", |target| target.name).bytes());
        Self { validator, sum: sha256(&all), file: file.map(Utf8Path::to_owned) }
    }

    /// Runs the validator, with nothing in sight but what it is about.
    fn ask(&self, subject: &BundleView<'_>, names: &Names, deadline: Deadline) -> CachedResult {
        let mut tree = FileTree::default();
        for (path, _) in subject.texts().filter(|(path, text)| (self.validator.reads)(subject, path, text)) {
            if let Some(found) = subject.tree.get(path) {
                tree.insert(path.to_owned(), found.clone());
            }
        }
        let subject = BundleView::new(&tree, subject.has_modes, subject.target);
        CachedResult { result: (self.validator.run)(&subject, deadline), names: names.0.clone() }
    }

    /// The finding that the validator did not answer, at the first file that it reads.
    fn unanswered(&self, why: &str) -> Diagnostic {
        let finding =
            Diagnostic::new(Code::ValidatorFailed, format!("{} gives no result: {why}", self.validator.name))
                .with_hint("run the check again; without this answer the bundle is not checked");
        match &self.file {
            Some(file) => finding.with_location(at(file, 1, 1)),
            None => finding,
        }
    }
}

/// The names of a host, longest first: one may be the end of another.
struct Names(Vec<String>);

/// What stands for a letter, a digit and a part of a sum; no file that is rendered has any of them.
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SUM: u8 = 3;

impl Names {
    fn of(names: &[&str]) -> Self {
        let real = names.iter().filter(|name| !name.is_empty());
        let mut names: Vec<String> = real.map(|name| (*name).to_owned()).collect();
        names.sort_by_key(|name| std::cmp::Reverse(name.len()));
        Self(names)
    }

    /// A text without the letters and digits of the names, and without sums.
    fn masked(&self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for name in &self.0 {
            for (at, _) in text.match_indices(name.as_str()) {
                for byte in &mut bytes[at..at + name.len()] {
                    match byte {
                        b'0'..=b'9' => *byte = DIGIT,
                        b'a'..=b'z' => *byte = LETTER,
                        _ => {}
                    }
                }
            }
        }
        let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        let mut begin = 0;
        for word in text.as_bytes().split(|byte| !is_digit(byte)) {
            if word.len() == 64 {
                bytes[begin..begin + 64].fill(SUM);
            }
            begin += word.len() + 1;
        }
        bytes
    }

    /// A message about another host, as it would be about this one.
    fn instead_of(&self, others: &[String], message: &str) -> String {
        let mut told = String::new();
        let mut rest = message;
        while let Some(letter) = rest.chars().next() {
            let pair = others.iter().zip(&self.0).find(|(other, _)| rest.starts_with(other.as_str()));
            if let Some((other, own)) = pair {
                told.push_str(own);
                rest = &rest[other.len()..];
            } else {
                told.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str, names: &[&str]) -> String {
        String::from_utf8(Names::of(names).masked(text)).expect("the masks are plain ASCII")
    }

    #[test]
    fn only_the_letters_and_digits_of_own_names_and_sums_are_alike() {
        let site = |name: &str| format!("server_name {name} www.{name};");
        let of = |name: &str| masked(&site(name), &[name, &format!("www.{name}")]);
        assert_eq!(of("h1.example.org"), of("k7.another.net"));
        assert_ne!(of("h1.example.org"), of("h12.example.org"), "a name that is longer");
        assert_ne!(of("h1.example.org"), of("hh.example.org"), "a letter for a digit");
        assert_ne!(of("h-1.example.org"), of("h1a.example.org"), "a hyphen for a digit");
        assert_ne!(masked("a b.example;", &["b.example"]), masked("b c.example;", &["c.example"]));
        // A word that is a name on one host only is a word on the other.
        let unit = "After=nginx.service\n";
        assert_ne!(masked(unit, &["nginx.service"]), masked(unit, &["abcde.service"]));
        let sum = |digit: &str| masked(&format!("sha256: {}\n", digit.repeat(64)), &[]);
        assert_eq!(sum("a"), sum("0"));
        assert_ne!(masked(&"a".repeat(65), &[]), masked(&"b".repeat(65), &[]));
        assert_ne!(masked(&"a".repeat(63), &[]), masked(&"b".repeat(63), &[]));
    }

    #[test]
    fn a_message_tells_the_names_of_the_host_that_it_is_told_to() {
        let own = Names::of(&["h2.example.org", "www.h2.example.org"]);
        let theirs = Names::of(&["h1.example.org", "www.h1.example.org"]);
        let message = "host not found: www.h1.example.org, h1.example.org";
        let told = own.instead_of(&theirs.0, message);
        assert_eq!(told, "host not found: www.h2.example.org, h2.example.org");
        assert_eq!(Names::of(&[]).instead_of(&[], message), message);
    }
}
