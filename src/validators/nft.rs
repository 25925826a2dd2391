//! `nft --check` reads the rules, in a network of its own; nothing is loaded.

use super::sandbox::{Capability, Sandbox};
use super::{NoResult, ValidatorResult, failed, find};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Deadline;
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

/// What nft prints where the kernel does not let it ask.
const DENIED: [&str; 4] = [
    "Operation not permitted",
    "Unable to initialize Netlink",
    "cache initialization failed",
    "Protocol not supported",
];

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    let rules: Vec<_> = subject.hosts().filter(|(_, host, _)| host.starts_with("/etc/nftables.d/")).collect();
    if rules.is_empty() {
        return Err(NoResult::NotApplicable);
    }
    let nft = find("nft")?;
    let sandbox = Sandbox::new(deadline)?.with(Capability::NetAdmin);
    let mut found = Vec::new();
    for (path, _, text) in rules {
        sandbox.write_file("/input/rules.nft", text.as_bytes())?;
        let output = sandbox.run(&nft, ["--check", "--file", "/input/rules.nft"])?;
        if let Some(why) = output.err.lines().find(|line| DENIED.iter().any(|word| line.contains(word))) {
            let why = format!("the kernel does not let nft ask: {}", escape_all(why.trim()));
            return Err(NoResult::Unavailable(why));
        }
        let before = found.len();
        for line in output.err.lines().filter(|line| line.contains("Error:")) {
            let (place, words) = line.split_once("Error:").unwrap_or(("", line));
            let number = place.split(':').nth(1).and_then(|number| number.parse().ok()).unwrap_or(1);
            found.push(
                Diagnostic::new(Code::NftRejects, format!("nft: {}", escape_all(words.trim())))
                    .with_location(at(path, number, 1))
                    .with_hint("nft rejects the whole file, and every port stays open"),
            );
        }
        if found.len() == before && !output.is_good() {
            return Err(failed(&output, "nft"));
        }
    }
    Ok(found)
}
