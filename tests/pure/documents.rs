//! What the documents say is there, is there.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::Bundle;
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;

/// Every document for people.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/air-gap.md",
    "docs/cautions.md",
    "docs/check.md",
    "docs/ci.md",
    "docs/delivery.md",
    "docs/facts.md",
    "docs/fleets.md",
    "docs/from-panel-sh.md",
    "docs/hosts.md",
    "docs/install.md",
    "docs/page.md",
    "docs/parameters.md",
    "docs/performance.md",
    "docs/quick-start.md",
    "docs/security.md",
    "docs/support.md",
    "examples/ansible/README.md",
    "examples/ci/README.md",
    "examples/opentofu/README.md",
    "tests/boot/README.md",
];

/// Words and phrases that a technical reader does not expect; each has a standard term.
const FORBIDDEN: &[&str] = &[
    "told",
    "tell",
    "tells",
    "said",
    "mend",
    "mended",
    "nobody",
    "somebody",
    "whoever",
    "papers",
    "judge",
    "judges",
    "spine",
    "rib",
    "ribs",
    "is no",
    "are no",
    "is had",
    "leads to",
    "leads nobody",
];

fn root() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands in backticks, outside of indented and fenced blocks.
fn quoted(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        fenced ^= line.starts_with("```");
        !fenced && !line.starts_with("    ")
    });
    prose.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// Whether it is a path of this repository.
fn is_ours(quoted: &str) -> bool {
    let directories =
        ["src/", "tests/", "templates/", "docs/", "benches/", "snapshots/", ".ci/", "examples/"];
    !quoted.contains(char::is_whitespace)
        && (directories.iter().any(|directory| quoted.starts_with(directory))
            || (!quoted.contains('/') && root().join(quoted).exists() && quoted.contains('.')))
}

/// The bundles in which a path of the host is looked for.
fn bundles() -> Vec<Bundle> {
    let cases: [&[(&str, &str)]; 2] = [
        &[("domain", "example.com")],
        &[("domain", "example.com"), ("panel", "pai"), ("mirror", "https://mirror.example/panel")],
    ];
    let render = |case: &[(&str, &str)]| {
        let mut params = Config::default();
        for (key, value) in case {
            params.merge_flag(key, "--set", value);
        }
        let mut report = Diagnostics::default();
        panelgen::internals::render::bundle(&params, None, &mut report)
            .unwrap_or_else(|| panic!("{}", report.text(false)))
    };
    cases.into_iter().map(render).collect()
}

fn on_host(bundles: &[Bundle], path: &str) -> bool {
    let inside = Utf8PathBuf::from(format!("root{path}"));
    bundles.iter().any(|bundle| bundle.get(&inside).is_some())
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut missing = Vec::new();
    for document in DOCUMENTS {
        let text = read(document);
        let paths = quoted(&text).into_iter().filter(|quoted| is_ours(quoted));
        missing.extend(
            paths.filter(|path| !root().join(path).exists()).map(|path| format!("{document}: `{path}`")),
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn book_has_every_document_as_a_chapter() {
    let summary = read("docs/SUMMARY.md");
    let documents = root().join("docs").read_dir_utf8().unwrap().map(|entry| entry.unwrap());
    let names = documents.map(|entry| format!("docs/{}", entry.file_name()));
    let missing: Vec<_> = names
        .filter(|name| name.ends_with(".md") && name != "docs/SUMMARY.md")
        .filter(|name| !summary.contains(&format!("]({name})")))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn documents_use_standard_terms() {
    let mut found = Vec::new();
    for document in DOCUMENTS {
        for (number, line) in read(document).lines().enumerate() {
            let lower = line.to_lowercase();
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let words: Vec<_> = lower.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
            let text = format!(" {} ", words.join(" "));
            let used = FORBIDDEN.iter().filter(|term| text.contains(&format!(" {term} ")));
            found.extend(used.map(|term| format!("{document}:{}: `{term}`", number + 1)));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_architecture_is_short_and_its_invariants_are_kept_by_something() {
    let text = read("ARCHITECTURE.md");
    assert!(text.lines().count() <= 120, "{} lines", text.lines().count());
    let mut kept = read("clippy.toml");
    for folder in ["src", "tests"] {
        append(&root().join(folder), &mut kept);
    }
    let mut invariants = 0;
    // A list item ends where the next one begins.
    for item in text.split("\n- ").filter(|item| item.starts_with("Invariant:")) {
        let item = item.split("\n\n").next().unwrap();
        let Some((_, keepers)) = item.rsplit_once("(`") else { panic!("nothing keeps: {item}") };
        for keeper in keepers.split('`').step_by(2) {
            let claimed = kept.contains(&format!("fn {keeper}("));
            let lint = kept.contains(&format!("\n{} = [", keeper.replace('_', "-")));
            assert!(claimed || lint, "no test and no lint is called `{keeper}`: {item}");
        }
        invariants += 1;
    }
    assert!(invariants >= 10, "{invariants} invariants");
}

/// Appends every Rust source below a folder.
fn append(folder: &Utf8Path, text: &mut String) {
    for entry in folder.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            append(entry.path(), text);
        } else if entry.path().extension() == Some("rs") {
            text.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn each_defect_of_the_old_script_has_its_answer_and_its_proof() {
    let text = read("docs/from-panel-sh.md");
    let bundles = bundles();
    let (mut numbers, mut features) = (Vec::new(), 0);
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #")) {
        let cells: Vec<_> = line
            .trim_matches('|')
            .replace("\\|", "¦")
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect();
        if cells[0] == "what it did" {
            continue;
        }
        if let Ok(number) = cells[0].parse::<usize>() {
            assert_eq!(cells.len(), 4, "{line}");
            numbers.push(number);
        } else {
            assert_eq!(cells.len(), 3, "{line}");
            features += 1;
        }
        assert!(cells.iter().all(|cell| !cell.is_empty()), "{line}");
        let proofs = quoted(cells.last().unwrap());
        assert!(!proofs.is_empty(), "no proof: {line}");
        for proof in proofs {
            let there =
                if proof.starts_with('/') { on_host(&bundles, proof) } else { root().join(proof).is_file() };
            assert!(there, "`{proof}` does not exist: {line}");
        }
    }
    assert_eq!(numbers, (1..=46).collect::<Vec<_>>());
    assert!(features >= 20, "{features} features");
}
