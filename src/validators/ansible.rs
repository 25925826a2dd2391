//! `ansible-playbook --syntax-check` reads the project.

use anyhow::Result;

use super::{Answer, missing};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Program, Scratch};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    let files: Vec<_> = subject.texts().filter(|(path, _)| path.starts_with("ansible")).collect();
    if files.is_empty() {
        return Ok(Answer::Idle);
    }
    let Some(playbook) = Program::find("ansible-playbook") else { return Ok(missing("ansible-playbook")) };
    let scratch = Scratch::new()?;
    for (path, text) in files {
        scratch.lay(path.as_str(), text.as_bytes(), 0o600)?;
    }
    let project = scratch.path().join("ansible");
    let said = playbook
        .with(["--syntax-check", "-i", "inventory.ini", "site.yml"])
        .within(&project)
        .variable("HOME", scratch.path().as_str())
        .variable("ANSIBLE_HOME", scratch.path().join("home").as_str())
        .variable("ANSIBLE_NOCOLOR", "1")
        .variable("ANSIBLE_CONFIG", project.join("ansible.cfg").as_str())
        .run()?;
    if said.is_good() && !said.err.contains("ERROR") {
        return Ok(Answer::Heard(Vec::new()));
    }
    let lines: Vec<&str> = said.err.lines().collect();
    let words =
        lines.iter().find(|line| line.contains("ERROR")).or(lines.first()).copied().unwrap_or_default();
    // `Origin: /…/ansible/site.yml:12:3`, or `The error appears to be in '…': line 12, column 3`.
    let root = format!("{}/", scratch.path());
    let place = lines.iter().find_map(|line| {
        let rest = line.split_once(&root)?.1;
        let mut parts = rest.split([':', '\'', ' ', ',']).filter(|part| !part.is_empty());
        let path = parts.next()?.to_owned();
        let numbers: Vec<usize> = parts.filter_map(|part| part.parse().ok()).collect();
        Some(at(path, numbers.first().copied().unwrap_or(1), numbers.get(1).copied().unwrap_or(1)))
    });
    Ok(Answer::Heard(vec![
        Diagnostic::new(Code::AnsibleRefuses, format!("ansible: {}", escape_all(&words.replace(&root, ""))))
            .with_location(place.unwrap_or_else(|| at("ansible/site.yml", 1, 1)))
            .with_hint("`ansible-playbook --syntax-check` says the same"),
    ]))
}
