//! The CNI plugins themselves: each is asked which versions it speaks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::sandbox::Sandbox;
use super::{NoResult, ValidatorResult, failed};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::{Deadline, Program};
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

/// The most plugins of a list that are asked: no machine has as many.
const MAX_KINDS: usize = 50;

const DIRECTORIES: [&str; 2] = ["/opt/cni/bin", "/usr/lib/cni"];

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let lists: Vec<_> = subject.hosts().filter(|(_, host, _)| host.starts_with("/etc/cni/net.d/")).collect();
    if lists.is_empty() {
        return Err(NoResult::NotApplicable);
    }
    let plugin = |name: &str| {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        DIRECTORIES.iter().find_map(|directory| {
            Program::at(format!("{directory}/{name}").as_str().into()).filter(|_| plain)
        })
    };
    if plugin("bridge").is_none() {
        return Err(NoResult::Unavailable("the CNI plugins are not installed here".to_owned()));
    }
    // CNI passes the command by environment.
    let sandbox = Sandbox::new(deadline)?.variable("CNI_COMMAND", "VERSION");
    let mut found = Vec::new();
    for (path, _, text) in lists {
        // What is no JSON was told by its own lint.
        let Ok(list) = serde_json::from_str::<Value>(text) else { continue };
        let version = list["cniVersion"].as_str().unwrap_or_default();
        let plugins = list["plugins"].as_array().into_iter().flatten();
        let kinds: BTreeSet<_> = plugins.filter_map(|plugin| plugin["type"].as_str()).collect();
        for kind in kinds.into_iter().take(MAX_KINDS) {
            let line = text
                .lines()
                .position(|line| line.contains(&format!("\"{kind}\"")))
                .map_or(1, |line| line + 1);
            let mut refuse = |why: String| {
                let finding = Diagnostic::new(Code::CniRejects, why).with_location(at(path, line, 1));
                found.push(finding.with_hint("the plugin would report the same to faasd at each deployment"));
            };
            let Some(program) = plugin(kind) else {
                refuse(format!("this machine does not have the plugin `{kind}`"));
                continue;
            };
            let question = serde_json::json!({ "cniVersion": version }).to_string();
            let output = sandbox.run_with_input(&program, [] as [&str; 0], question.as_bytes())?;
            let Ok(answer) = serde_json::from_str::<Value>(&output.out) else {
                return Err(failed(&output, kind));
            };
            let speaks = answer["supportedVersions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == version));
            if !speaks {
                let why = answer["msg"].as_str().map(escape_all).unwrap_or_default();
                refuse(
                    format!("the plugin `{kind}` does not speak version `{}` {why}", escape_all(version))
                        .trim_end()
                        .to_owned(),
                );
            }
        }
    }
    Ok(found)
}
