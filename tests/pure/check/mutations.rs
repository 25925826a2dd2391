//! Every fault of faults.yaml, done to a good bundle, is found by its code at its line: where the manifest still
//! tells the old sum, and where somebody made every telling of the sum agree.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use panelgen::internals::bundle::{hex, sha256};
use panelgen::internals::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use panelgen::internals::inspect::lint::{self, BundleView};
use serde::Deserialize;

use crate::support::cases::{SECRET, bundle, cases};

/// One fault.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    name: String,
    #[serde(default = "faasd")]
    case: String,
    file: String,
    from: Option<String>,
    to: Option<String>,
    end: Option<String>,
    all: Option<String>,
    #[serde(default)]
    lose: bool,
    mode: Option<String>,
    link: Option<String>,
    cut: Option<usize>,
    code: String,
    r#in: Option<String>,
    at: Option<String>,
}

fn faasd() -> String {
    "faasd-options".to_owned()
}

fn faults() -> Vec<Fault> {
    serde_yaml::from_str(include_str!("faults.yaml")).unwrap()
}

/// A path of the bundle; `/etc/…` is one of the host.
fn place(path: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(if path.starts_with('/') { format!("root{path}") } else { path.to_owned() })
}

impl Fault {
    /// The bundle with the fault in it, and the file as it was.
    fn done(&self) -> (FileTree, Vec<u8>) {
        let mut tree = bundle(&self.case);
        let path = place(&self.file);
        let old = tree.get(&path).cloned();
        let before = tree.file(&path).map(<[u8]>::to_vec).unwrap_or_default();
        let mut text = String::from_utf8(before.clone()).unwrap();
        if let Some(from) = &self.from {
            assert!(text.contains(from.as_str()), "{}: {} has no {from:?}", self.name, self.file);
            let to = self.to.clone().unwrap_or_default().replace("SECRET", SECRET);
            text = text.replacen(from.as_str(), &to, 1);
        }
        text.push_str(self.end.as_deref().unwrap_or_default());
        text.truncate(text.len() - self.cut.unwrap_or(0));
        if let Some(all) = &self.all {
            text.clone_from(all);
        }
        let kind = match &self.link {
            Some(target) => TreeNode::Link(target.clone()),
            None => TreeNode::File(text.into_bytes()),
        };
        let mode = old.as_ref().map_or(0o644, |old| old.mode);
        let mode = self.mode.as_ref().map_or(mode, |mode| u32::from_str_radix(mode, 8).unwrap());
        if self.lose {
            tree = without(&tree, &path);
        } else {
            tree.insert(path, TreeEntry { kind, mode, uid: 0, gid: 0 });
        }
        (tree, before)
    }

    /// The line on which the finding must stand.
    fn line(&self, tree: &FileTree) -> Option<usize> {
        let path = place(self.r#in.as_deref().unwrap_or(&self.file));
        let text = String::from_utf8_lossy(tree.file(&path)?).into_owned();
        // Where nothing is said, what was put there: its first line, or the whole of it.
        let mark = match (&self.at, &self.to) {
            (Some(at), _) => at.clone(),
            (None, Some(to)) => to.clone(),
            (None, None) => return None,
        };
        let start = text.find(&mark).unwrap_or_else(|| panic!("{}: {path} has no {mark:?}", self.name));
        Some(text[..start].lines().count().max(1) + usize::from(text[..start].ends_with('\n') && start > 0))
    }
}

fn without(tree: &FileTree, path: &Utf8Path) -> FileTree {
    let mut left = FileTree::default();
    for (other, found) in tree.entries().filter(|(other, _)| *other != path) {
        left.insert(other.to_owned(), found.clone());
    }
    left
}

/// The bundle after somebody has put the new sum wherever the old one stood.
fn agreed(tree: &FileTree, before: &[u8], after: &[u8]) -> FileTree {
    let (old, new) = (hex(&sha256(before)), hex(&sha256(after)));
    let mut agreed = FileTree::default();
    for (path, found) in tree.entries() {
        let mut found = found.clone();
        if let TreeNode::File(content) = &mut found.kind
            && let Ok(text) = str::from_utf8(content)
        {
            *content = text.replace(&old, &new).into_bytes();
        }
        agreed.insert(path.to_owned(), found);
    }
    agreed
}

fn findings(tree: &FileTree) -> Vec<Diagnostic> {
    let mut report = Diagnostics::default();
    lint::lint(&BundleView::new(tree, true, None), &mut report);
    report.entries().to_vec()
}

fn told(findings: &[Diagnostic]) -> String {
    let lines = findings.iter().map(|finding| {
        let places: Vec<_> = finding.locations.iter().map(ToString::to_string).collect();
        format!("  {} {} {}", finding.code.as_str(), places.join(" "), finding.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether one of the findings has the code, in that file, on that line.
fn found(findings: &[Diagnostic], code: &str, path: &Utf8Path, line: Option<usize>) -> bool {
    findings.iter().any(|finding| {
        finding.code.as_str() == code
            && finding.locations.iter().any(|origin| {
                matches!(origin, Location::File { path: own, line: number, .. }
                    if own == path && line.is_none_or(|line| line == *number))
            })
    })
}

#[test]
fn every_fault_is_found_by_its_code_at_its_line() {
    let mut wrong = Vec::new();
    for fault in faults() {
        let (tree, before) = fault.done();
        let path = place(fault.r#in.as_deref().unwrap_or(&fault.file));
        let line = fault.line(&tree);
        let all = findings(&tree);
        if !found(&all, &fault.code, &path, line) {
            wrong.push(format!("{}: no {} at {path}:{line:?}:\n{}", fault.name, fault.code, told(&all)));
            continue;
        }
        // The manifest of a bundle that was damaged by a merge may agree with the damage.
        let after = tree.file(&place(&fault.file)).map(<[u8]>::to_vec);
        if let (Some(after), true) = (after, fault.code != "digest-mismatch" && !before.is_empty()) {
            let tree = agreed(&tree, &before, &after);
            let all = findings(&tree);
            let path_line = fault.line(&tree);
            if !found(&all, &fault.code, &path, path_line)
                || all.iter().any(|f| f.code == Code::DigestMismatch)
            {
                wrong.push(format!(
                    "{}, agreed: no {} at {path}:{line:?}:\n{}",
                    fault.name,
                    fault.code,
                    told(&all)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_many_faults_and_each_is_another() {
    let faults = faults();
    let names: BTreeSet<_> = faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names.len(), faults.len());
    assert!(faults.len() >= 90, "{}", faults.len());
}

#[test]
fn a_fault_has_few_findings() {
    // One damage is told a few times at most, in the files that disagree about it.
    let mut loud: Vec<String> = Vec::new();
    for fault in faults() {
        let all = findings(&fault.done().0);
        if all.len() > 16 && fault.code != "name-disagrees" {
            loud.push(format!("{}: {} findings\n{}", fault.name, all.len(), told(&all)));
        }
    }
    assert!(loud.is_empty(), "{}", loud.join("\n"));
}

#[test]
fn a_good_bundle_is_clean() {
    for case in cases() {
        let all = findings(&bundle(&case));
        assert!(all.is_empty(), "{case}:\n{}", told(&all));
    }
}

/// Codes that the real programs' judgement has, and that of an argument.
const OF_PROGRAMS: &[&str] =
    &["-rejects", "-exposure", "calendar-rejected", "validator-failed", "validator-unknown"];

/// What `check --as-of` reports: `tests/pure/age.rs` finds each in a case.
const OF_AGE: [Code; 5] = [
    Code::TargetEndOfLife,
    Code::VersionVulnerable,
    Code::VersionUnknown,
    Code::ImageUnknown,
    Code::FactsOld,
];

#[test]
fn every_code_of_a_lint_has_a_fault() {
    let codes: BTreeSet<String> = faults().into_iter().map(|fault| fault.code).collect();
    let lints = Code::OF_CHECK.iter().filter(|code| !OF_AGE.contains(code)).map(|code| code.as_str());
    let missing: Vec<_> = lints
        .filter(|code| !OF_PROGRAMS.iter().any(|end| code.ends_with(end)) && !codes.contains(*code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    for code in &codes {
        assert!(Code::ALL.iter().any(|known| known.as_str() == code), "{code}");
    }
}
