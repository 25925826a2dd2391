//! The examples for CI are read by the schemas of their own systems, and what they run is what the program takes.

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::test_dir::TestDir;
use crate::support::tools;

fn examples() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci")
}

#[test]
fn the_schemas_of_github_and_gitlab_take_the_examples() {
    for (schema, directory) in [("vendor.github-workflows", "github"), ("vendor.gitlab-ci", "gitlab")] {
        let files = examples().join(directory).read_dir_utf8().unwrap();
        let files: Vec<_> = files.map(|entry| entry.unwrap().into_path().into_string()).collect();
        assert_eq!(files.len(), 2, "{files:?}");
        let Some(mut reader) = tools::venv("check-jsonschema") else { return };
        let done = reader.args(["--builtin-schema", schema]).args(&files).output().unwrap();
        assert!(done.status.success(), "{files:?}: {}", String::from_utf8_lossy(&done.stdout));
    }
}

#[test]
fn every_command_of_the_examples_does_what_its_job_waits_for() {
    let stage = TestDir::new();
    stage.put("panel.yaml", "domain: example.com\ntarget: debian-12\n");
    assert_eq!(stage.run(&["render", "-f", "panel.yaml", "-o", "bundle/"]).exit, Some(0));
    let mut ran = Vec::new();
    for file in ["github/panel.yml", "gitlab/panel.yml"] {
        let text = std::fs::read_to_string(examples().join(file)).unwrap();
        for line in text.lines() {
            let line = line.trim().trim_start_matches("- ").trim_start_matches("run: ");
            let Some(command) = line.strip_prefix("panelgen ") else { continue };
            let command =
                command.split([">", "|"].map(|end| end.chars().next().unwrap()).as_slice()).next().unwrap();
            let mut words: Vec<&str> = command.split_whitespace().collect();
            // Which programs are here is no matter of the example.
            if let Some(at) = words.iter().position(|word| *word == "--require") {
                let named = stage.run(&["check", "--require", words[at + 1], "absent"]);
                assert!(!named.stderr.contains("validator-unknown"), "{file}: {}", named.stderr);
                words.drain(at..at + 2);
            }
            if words[0] == "check" {
                words.push("--no-programs");
            }
            let done = stage.run(&words);
            assert_eq!(done.exit, Some(0), "{file}: {command}: {}{}", done.text(), done.stderr);
            ran.push(words[0].to_owned());
        }
    }
    for verb in ["render", "check", "diff"] {
        assert!(ran.iter().filter(|own| *own == verb).count() >= 2, "{ran:?}");
    }
}
