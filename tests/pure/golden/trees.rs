//! What is rendered is what the snapshots show.

use std::collections::BTreeMap;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::case::{CASES, Case, case};
use super::delta::{apply, delta};
use super::file_tree::{self, Files, differences, repository};
use super::redaction::{Installer, expand, redact};

/// The panel types; the case of that name is in full.
const BASES: [&str; 3] = ["faasd", "pai", "none"];

/// The installer's program, which is the same in every bundle.
const PROGRAM: &str = "panel.sh";

fn folder(case: &str) -> Utf8PathBuf {
    repository("snapshots").join(case)
}

fn is_base(case: &Case) -> bool {
    BASES.contains(&case.name.as_str())
}

/// The folder of a case: its inputs, and its bundle in full or what differs from its base.
fn snapshot(case: &Case, redacted: &BTreeMap<&str, Files>) -> Files {
    let mut files = case.inputs().clone();
    if is_base(case) {
        let below = redacted[case.name.as_str()].iter();
        files.extend(below.map(|(path, file)| (Utf8Path::new("bundle").join(path), file.clone())));
    } else {
        let text = delta(case.base(), &redacted[case.base()], &redacted[case.name.as_str()]);
        files.insert("changes.diff".into(), (text.into_bytes(), false));
    }
    files
}

/// The redacted files of a case as its snapshot has them.
fn expected(case: &Case) -> Files {
    let base = file_tree::read(&folder(case.base()).join("bundle"));
    if is_base(case) {
        return base;
    }
    let path = folder(&case.name).join("changes.diff");
    apply(&base, &fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

#[test]
fn cases_match_their_snapshots_byte_for_byte() {
    let redacted: BTreeMap<&str, Files> =
        CASES.iter().map(|case| (case.name.as_str(), redact(&case.files(), &case.all_files()))).collect();
    let (installer, _) = &case("faasd").files()[Utf8Path::new(PROGRAM)];
    let program = Installer::split(str::from_utf8(installer).unwrap()).program;
    if file_tree::is_update() {
        fs::write(folder(PROGRAM), &program).unwrap();
        for case in CASES.iter() {
            file_tree::write(&folder(&case.name), &snapshot(case, &redacted));
        }
    }
    let program = fs::read_to_string(folder(PROGRAM)).unwrap_or_default();
    let mut wrong: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for case in CASES.iter() {
        let rendered = case.files();
        file_tree::write(&repository("out").join(&case.name), &rendered);
        let expected = expected(case);
        // The redacted files read better; the whole ones are what counts.
        let mut found = differences(&expected, &redacted[case.name.as_str()]);
        if found.is_empty() {
            found = differences(&expand(&expected, &program, &case.all_files()), &rendered);
        }
        if found.is_empty() {
            found = differences(&file_tree::read(&folder(&case.name)), &snapshot(case, &redacted));
        }
        for difference in found {
            wrong.entry(difference).or_default().push(&case.name);
        }
    }
    let wrong: Vec<_> =
        wrong.iter().map(|(what, cases)| format!("{what}\n    in {}", cases.join(", "))).collect();
    assert!(wrong.is_empty(), "run `cargo update-snapshots` if that is intended:\n{}", wrong.join("\n"));
}

#[test]
fn panel_types_have_a_case_in_full_of_that_name() {
    for name in BASES {
        assert_eq!(case(name).base(), name);
    }
    assert!(CASES.iter().all(|case| BASES.contains(&case.base())));
}

#[test]
fn out_holds_rendered_cases_alone() {
    for folder in ["", "refused"] {
        let expected = file_tree::folders(&repository("snapshots").join(folder));
        let out = repository("out").join(folder);
        fs::create_dir_all(&out).unwrap();
        // The boot test keeps its logs there too.
        let is_stale = |name: &&String| !expected.contains(*name) && *name != "boot";
        for stale in file_tree::folders(&out).iter().filter(is_stale) {
            fs::remove_dir_all(out.join(stale)).unwrap();
        }
        assert_eq!(file_tree::folders(&out).iter().find(is_stale), None);
    }
}

#[test]
fn snapshots_hold_no_folder_without_parameters() {
    for name in file_tree::folders(&repository("snapshots")) {
        let is_case = CASES.iter().any(|case| case.name == name);
        assert!(
            is_case || ["fleet", "refused"].contains(&name.as_str()),
            "snapshots/{name} has no panel.yaml"
        );
    }
}

#[test]
fn trees_differ_when_a_newline_a_carriage_return_or_a_mode_differs() {
    let files = |content: &[u8], is_executable| {
        Files::from([(Utf8Path::new("a/b").to_owned(), (content.to_vec(), is_executable))])
    };
    let expected = files(b"x\ny\n", false);
    assert!(differences(&expected, &expected).is_empty());
    for other in [files(b"x\ny", false), files(b"x\r\ny\n", false), files(b"x\ny\n", true), Files::new()] {
        assert_eq!(differences(&expected, &other).len(), 1, "{other:?}");
        assert_eq!(differences(&other, &expected).len(), 1, "{other:?}");
    }
}
