//! Each example is read by its own tool.

use std::env;
use std::fs;
use std::process::Output;

use camino::Utf8Path;

use crate::support::bundles::{bundle_directory, repository};
use crate::support::tools;

fn said(done: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
}

#[test]
fn the_opentofu_example_is_hcl_and_reads_files_that_a_bundle_has() {
    let path = repository("examples/opentofu/main.tf");
    let text = fs::read_to_string(&path).unwrap();
    let bundle = bundle_directory("faasd");
    let read: Vec<_> =
        text.split("${var.bundle}/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(!read.is_empty(), "{text}");
    for name in read {
        assert!(bundle.join(name).exists(), "a bundle has no {name}");
    }
    let Some(mut parser) = tools::venv("hcl2tojson") else { return };
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
    let done = tools::venv("hcl2tojson").unwrap().arg(&file).output().unwrap();
    assert!(done.status.success(), "{}", said(&done));
    fs::write(&file, "resource {").unwrap();
    let done = tools::venv("hcl2tojson").unwrap().arg(&file).output().unwrap();
    assert!(!done.status.success(), "half a block is read: {}", said(&done));
}

#[test]
fn ansible_understands_every_command_of_its_example() {
    let text = fs::read_to_string(repository("examples/ansible/README.md")).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("ansible-playbook "));
    let commands: Vec<_> = lines.map(|line| line.split('#').next().unwrap().trim()).collect();
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        let Some(mut playbook) = tools::ansible("ansible-playbook") else { return };
        let words = command.split_whitespace().filter(|word| *word != "--check");
        playbook.current_dir(bundle_directory("faasd").join("ansible")).args(words);
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
