//! `ansible-playbook --syntax-check` reads the project, with a configuration and an inventory of our own.

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed, find};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Deadline;
use crate::inspect::lint::{BundleView, at, input_rules};
use crate::values::escape_all;

/// Where Ansible finds its configuration when nothing names one.
const CONFIGURATION: &[u8] =
    b"[defaults]\nnocolor = True\nretry_files_enabled = False\nlocalhost_warning = False\n";

/// One host of the group that the project is for.
const INVENTORY: &[u8] = b"[panel]\npanel.invalid\n";

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    if !subject.texts().any(|(path, _)| path.starts_with("ansible")) {
        return Err(NoResult::NotApplicable);
    }
    let playbook = find("ansible-playbook")?;
    if !input_rules::allows_ansible(subject) {
        return Err(NoResult::Rejected);
    }
    let sandbox = Sandbox::new(deadline)?;
    sandbox.write_file("/etc/ansible/ansible.cfg", CONFIGURATION)?;
    sandbox.write_file("/etc/ansible/hosts", INVENTORY)?;
    for (path, text) in subject.texts().filter(|(path, _)| input_rules::is_ansible_data(path)) {
        sandbox.write_file(&format!("/input/{path}"), text.as_bytes())?;
    }
    let words = ["--syntax-check", "-i", "/etc/ansible/hosts", "/input/ansible/site.yml"];
    let output = sandbox.run(&playbook, words)?;
    if output.is_good() && !output.err.contains("ERROR") {
        // It names the playbook that it has read.
        let is_answer = output.out.lines().any(|line| line.starts_with("playbook: "));
        return if is_answer { Ok(Vec::new()) } else { Err(failed(&output, "ansible-playbook")) };
    }
    let lines: Vec<&str> = output.err.lines().collect();
    let Some(words) = lines.iter().find(|line| line.contains("ERROR")) else {
        return Err(failed(&output, "ansible-playbook"));
    };
    // `Location: /…/ansible/site.yml:12:3`, or `The error appears to be in '…': line 12, column 3`.
    let place = lines.iter().find_map(|line| {
        let rest = line.split_once("/input/")?.1;
        let mut parts = rest.split([':', '\'', ' ', ',']).filter(|part| !part.is_empty());
        let path = parts.next()?.to_owned();
        let numbers: Vec<usize> = parts.filter_map(|part| part.parse().ok()).collect();
        Some(at(path, numbers.first().copied().unwrap_or(1), numbers.get(1).copied().unwrap_or(1)))
    });
    Ok(vec![
        Diagnostic::new(
            Code::AnsibleRejects,
            format!("ansible: {}", escape_all(&words.replace("/input/", ""))),
        )
        .with_location(place.unwrap_or_else(|| at("ansible/site.yml", 1, 1)))
        .with_hint("`ansible-playbook --syntax-check` reports the same"),
    ])
}
