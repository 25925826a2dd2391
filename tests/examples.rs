//! Each example is read by its own tool.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test reads files and runs programs"
)]

use std::env;
use std::fs;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};

fn repository(path: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A program of the tools that `.ci/install` installs; none, loudly, where they are missing.
fn tool(name: &str) -> Option<Command> {
    let cache =
        env::var("XDG_CACHE_HOME").unwrap_or_else(|_| format!("{}/.cache", env::var("HOME").unwrap()));
    let program = Utf8Path::new(&cache).join("panelgen/venv/bin").join(name);
    if !program.exists() {
        assert!(
            env::var_os("PANELGEN_REQUIRE_ALL").is_none(),
            "{program} is missing; .ci/install installs it"
        );
        eprintln!("SKIPPED: {name} is missing, so its example was not read");
        return None;
    }
    let mut command = Command::new(program);
    let home = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("ansible");
    command.env("ANSIBLE_HOME", home).env("ANSIBLE_NOCOLOR", "1").env("LC_ALL", "C.UTF-8");
    Some(command)
}

fn said(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

#[test]
fn the_opentofu_example_is_hcl_and_reads_files_that_a_bundle_has() {
    let path = repository("examples/opentofu/main.tf");
    let text = fs::read_to_string(&path).unwrap();
    let bundle = repository("snapshots/minimal");
    let read: Vec<_> =
        text.split("${var.bundle}/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!read.is_empty(), "{text}");
    for name in read {
        assert!(bundle.join(name).exists(), "a bundle has no {name}");
    }
    let Some(mut parser) = tool("hcl2tojson") else { return };
    let done = parser.arg(&path).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    assert!(said(&done).contains("user_data_base64"), "{}", said(&done));
    // Every resource is a comment, because providers differ; as code it is read, too.
    let resources: Vec<_> = text
        .lines()
        .skip_while(|line| !line.starts_with("# resource"))
        .take_while(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#'))
        .collect();
    let resources = resources.join("\n") + "\n";
    assert!(resources.contains("aws_instance"), "{text}");
    let file = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("resources.tf");
    fs::write(&file, resources).unwrap();
    let done = tool("hcl2tojson").unwrap().arg(&file).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    fs::write(&file, "resource {").unwrap();
    let done = tool("hcl2tojson").unwrap().arg(&file).output().unwrap();
    assert!(!done.status.success(), "half a block is read: {}", said(&done));
}

#[test]
fn ansible_understands_every_command_of_its_example() {
    let text = fs::read_to_string(repository("examples/ansible/README.md")).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("ansible-playbook "));
    let commands: Vec<_> = lines.map(|line| line.split('#').next().unwrap().trim()).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let Some(mut playbook) = tool("ansible-playbook") else { return };
        let words = command.split_whitespace().filter(|word| *word != "--check");
        playbook.current_dir(repository("snapshots/minimal/ansible")).args(words);
        let done = playbook.arg("--syntax-check").output().unwrap();
        assert!(done.status.success(), "{command}: {}", said(&done));
    }
    // A tag of the example is a component.
    for line in text.lines().filter(|line| line.contains("--tags ")) {
        let tag = line.split("--tags ").nth(1).unwrap().split_whitespace().next().unwrap();
        assert!(
            panelgen::internals::components::COMPONENTS.iter().any(|component| component.name == tag),
            "{tag}"
        );
    }
}
