//! Every refusal, warning and note as the command line tells it: `snapshots/refused/CODE/stderr`.
//!
//! A case is run from its own folder. `panel.yaml` is passed by `-f`; each line of `args` is one more word;
//! `stdin` is what standard input holds; every other file is there to be read.

use std::fs::File;
use std::process::{Command, Stdio};

use camino::Utf8Path;
use panelgen::internals::config::Config;
use panelgen::internals::config::changes::CHANGES;
use panelgen::internals::diagnostics::{Code, Diagnostics, Severity};
use panelgen::internals::host;
use panelgen::internals::plan;

use super::file_tree::{self, Files};

/// What no parameter can cause today is told from a plan that is forged here.
const FORGED: &[Code] = &[Code::UnitConflict];

struct Told {
    exit: Option<i32>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn run(folder: &Utf8Path, format: &str) -> Told {
    let mut command = Command::new(env!("CARGO_BIN_EXE_panelgen"));
    // Some codes are told by another command than `render`.
    let name = std::fs::read_to_string(folder.join("command")).unwrap_or_else(|_| "render".to_owned());
    command.current_dir(folder).args([name.trim_end(), "--message-format", format]);
    if folder.join("panel.yaml").exists() {
        command.args(["-f", "panel.yaml"]);
    }
    if let Ok(args) = std::fs::read_to_string(folder.join("args")) {
        command.args(args.lines());
    }
    command.stdin(File::open(folder.join("stdin")).map_or_else(|_| Stdio::null(), Stdio::from));
    let output = command.output().unwrap();
    Told { exit: output.status.code(), stdout: output.stdout, stderr: output.stderr }
}

/// Two components with one unit.
fn forged(folder: &Utf8Path) -> Diagnostics {
    let mut report = Diagnostics::default();
    let mut params = Config::default();
    let yaml = std::fs::read_to_string(folder.join("panel.yaml")).unwrap();
    params.merge_yaml(Utf8Path::new("panel.yaml"), &yaml, &mut report);
    let panel = host::resolve(&params, None, &mut report);
    let mut plan = (*plan::build_plan(&panel.shared, &mut report).unwrap()).clone();
    let mut units = plan.resources.iter().flat_map(|(_, offer)| &offer.units);
    let unit = units.find(|unit| unit.name == "faasd.service").cloned().unwrap();
    plan.resources[0].1.units.push(unit);
    plan::check_conflicts(&plan, &panel, &mut report);
    report
}

fn told(code: Code, folder: &Utf8Path) -> Told {
    if FORGED.contains(&code) {
        let report = forged(folder);
        assert!(report.has_errors());
        return Told { exit: Some(2), stdout: Vec::new(), stderr: report.text(false).into_bytes() };
    }
    run(folder, "text")
}

/// The codes that parameters and arguments have; what `check` finds in a bundle has its faults in tests/check. As long as
/// no parameter is deprecated, a unit test of `migrate` has one of its own.
pub(super) fn of_parameters() -> impl Iterator<Item = &'static Code> {
    let is_unused =
        |code: &Code| *code == Code::KeyDeprecated && CHANGES.iter().all(|change| change.removed.is_some());
    let codes =
        Code::ALL.iter().filter(|code| !Code::OF_CHECK.contains(code) && !Code::OF_FILES.contains(code));
    codes.filter(move |code| !is_unused(code))
}

#[test]
fn rejections_match_their_snapshots() {
    let (promised, out) = (file_tree::repository("snapshots/refused"), file_tree::repository("out/refused"));
    let mut wrong = Vec::new();
    for code in of_parameters() {
        let name = code.as_str();
        let here = promised.join(name);
        let told = told(*code, &here);
        let text = String::from_utf8(told.stderr.clone()).unwrap();
        let head = format!("{}[{name}]: ", code.severity().as_str());
        let mut check = |good: bool, what: &str| {
            if !good {
                wrong.push(format!("{name}: {what}\n{text}"));
            }
        };
        check(text.lines().any(|line| line.starts_with(&head)), "no finding with this code");
        check(
            code.severity() != Severity::Error || text.starts_with(&head),
            "the first finding is about something else",
        );
        check(!text.chars().any(|c| c.is_control() && c != '\n'), "a raw control character");
        let refused = code.severity() == Severity::Error;
        check(told.exit == Some(if refused { 2 } else { 0 }), "another exit code");
        check(told.stdout.is_empty() == refused, "refused with output, or done without");
        for finding in text.split_inclusive("\nhint: ") {
            check(finding.lines().count() <= 12, "a finding longer than 12 lines");
        }
        let mut files: Files = file_tree::read(&here);
        files.insert("stderr".into(), (told.stderr, false));
        file_tree::write(&out.join(name), &files);
        if file_tree::is_update() {
            file_tree::write(&here, &files);
        }
        for difference in file_tree::differences(&file_tree::read(&here), &files) {
            wrong.push(format!("{name}/{difference}"));
        }
    }
    assert!(wrong.is_empty(), "run `cargo update-snapshots` if that is intended:\n{}", wrong.join("\n"));
}

#[test]
fn rejections_name_parameter_location_and_hint() {
    let folder = file_tree::repository("snapshots/refused");
    let mut wrong = Vec::new();
    for code in of_parameters().filter(|code| !FORGED.contains(code)) {
        let told = run(&folder.join(code.as_str()), "json");
        for line in String::from_utf8(told.stderr).unwrap().lines() {
            let finding: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
            let mut check = |good: bool, what: &str| {
                if !good {
                    wrong.push(format!("{} {what}: {line}", code.as_str()));
                }
            };
            check(Code::ALL.iter().any(|code| code.as_str() == text("code")), "has an unknown code");
            check(["note", "warning", "error"].contains(&text("severity").as_str()), "has no severity");
            let message = text("message");
            check(
                !message.is_empty() && !message.ends_with('.') && !message.contains('\n'),
                "is no one line",
            );
            let origin = &finding["location"];
            let in_file = origin["line"].as_u64() > Some(0) && origin["column"].as_u64() > Some(0);
            let placed = in_file || origin["flag"].is_string() || origin["default"].is_string();
            let error = text("severity") == "error";
            check(placed || !error || text("code") == "domain-missing", "has no place");
            check(text("severity") == "note" || !text("hint").is_empty(), "has no hint");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_case_tells_its_password() {
    for code in of_parameters() {
        let here = file_tree::repository("snapshots/refused").join(code.as_str());
        let (stderr, _) = file_tree::read(&here).remove(Utf8Path::new("stderr")).unwrap_or_default();
        let text = String::from_utf8(stderr).unwrap();
        assert!(!text.contains("fake"), "{}: every password in these cases has `fake` in it", code.as_str());
    }
}
