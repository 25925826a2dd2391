//! Rules of the house that no compiler keeps.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

fn sources(directory: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    for entry in directory.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            sources(entry.path(), found);
        } else if entry.path().extension() == Some("rs") {
            found.push(entry.path().to_owned());
        }
    }
}

/// Every source file below `src`, as its path there and its text.
fn read(below: &str) -> Vec<(Utf8PathBuf, String)> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root.join(below), &mut found);
    assert!(!found.is_empty(), "no sources below src/{below}");
    found.sort();
    found
        .into_iter()
        .map(|path| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The names that stand behind `prefix` in a text: `crate::` finds `word` in `use crate::values::Port`, and
/// both names in `use crate::{disk, word::Port}`.
fn names_behind<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let name = |text: &'a str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        &text[..end]
    };
    let mut names = Vec::new();
    for (at, _) in text.match_indices(prefix) {
        let rest = &text[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.push(name(rest)),
            Some(list) => {
                let (mut depth, mut begin) = (0_u32, true);
                for (at, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begin = true,
                        c if c.is_whitespace() => {}
                        _ if begin => {
                            names.push(name(&list[at..]));
                            begin = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn modules_use_only_those_above_them() {
    let all = read(".");
    let text = |path: &str| &all.iter().find(|(at, _)| at == path).unwrap().1;
    let order: Vec<_> = text("lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("mod ")))
        .map(|name| name.trim_end_matches(';'))
        .collect();
    assert!(order.len() > 10, "src/lib.rs lists the modules: {order:?}");
    for (path, text) in &all {
        let module = path.components().next().unwrap().as_str().trim_end_matches(".rs");
        let Some(place) = order.iter().position(|name| *name == module) else {
            assert!(["lib", "main"].contains(&module), "src/lib.rs does not list {path}");
            continue;
        };
        for used in names_behind(text, "crate::") {
            let above = order.iter().position(|name| *name == used);
            assert!(
                above.is_none_or(|above| above <= place),
                "src/{path} uses `{used}`, which stands below it in src/lib.rs"
            );
        }
    }
}

#[test]
fn no_component_names_another() {
    let all = read("components");
    let component =
        |path: &Utf8Path| path.components().nth(1).unwrap().as_str().trim_end_matches(".rs").to_owned();
    let declares = |text: &str| text.contains("const COMPONENT: Component");
    let components: Vec<_> =
        all.iter().filter(|(_, text)| declares(text)).map(|(path, _)| component(path)).collect();
    assert!(components.len() >= 9, "{components:?}");
    for (path, text) in &all {
        let own = component(path);
        let used = names_behind(text, "super::").into_iter().chain(names_behind(text, "components::"));
        for name in used.filter(|name| *name != own) {
            assert!(
                !components.iter().any(|component| component == name),
                "src/{path} names the component `{name}`; what two must agree on is a noun of src/components.rs"
            );
        }
    }
}

#[test]
fn component_names_are_found_in_every_form_of_use() {
    let text = "use crate::values::{Port, Size};\nuse crate::{fs, diagnostics::{Code, Report}};\nfn f() { crate::plan::x() }";
    assert_eq!(names_behind(text, "crate::"), ["values", "fs", "diagnostics", "plan"]);
}

/// The names in quotes between two marks of a source of the boot test.
fn quoted_between(file: &str, from: &str, to: &str) -> Vec<String> {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boot/scenario").join(file);
    let text = fs::read_to_string(path).unwrap();
    let list = text.split_once(from).unwrap().1.split_once(to).unwrap().0;
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn target_is_tested_when_the_boot_test_boots_it() {
    let suites = quoted_between("bundle.py", "\nTARGET = {", "}");
    let jobs = quoted_between("matrix.py", "\nJOBS = [", "\n]");
    let mut booted = Vec::new();
    for pair in suites.chunks(2) {
        let [suite, target] = pair else { panic!("{suites:?}") };
        // Each way of delivery, each panel, and everything that happens to a panel.
        let has = |words: &[&str]| {
            jobs.iter()
                .filter(|job| job.split('-').next() == Some(suite))
                .any(|job| words.iter().all(|word| job.contains(&format!("-{word}"))))
        };
        for words in [
            &["panel.sh", "faasd", "life"][..],
            &["cloud-config", "faasd", "life"],
            &["ansible", "life"],
            &["pai", "life"],
            &["recovery"],
            &["powercut"],
            &["upgrade"],
            &["offline"],
        ] {
            assert!(has(words), "no job boots {suite} with {words:?}");
        }
        booted.push(target.as_str());
    }
    let mut called: Vec<_> = panelgen::internals::facts::target::TARGETS
        .iter()
        .filter(|target| target.support == panelgen::internals::facts::target::SupportLevel::Tested)
        .map(|target| target.name)
        .collect();
    booted.sort_unstable();
    called.sort_unstable();
    assert_eq!(called, booted);
}
