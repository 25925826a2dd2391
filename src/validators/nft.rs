//! `nft --check` reads the rules, in a network of its own; nothing is loaded.

use anyhow::Result;

use super::sandbox::Room;
use super::{Answer, missing};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Program;
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    let rules: Vec<_> = subject.hosts().filter(|(_, host, _)| host.starts_with("/etc/nftables.d/")).collect();
    if rules.is_empty() {
        return Ok(Answer::Idle);
    }
    let Some(nft) = Program::find("nft") else { return Ok(missing("nft")) };
    let mut found = Vec::new();
    for (path, _, text) in rules {
        let mut room = Room::new()?;
        room.show(&nft);
        room.lay("/rules.nft", text.as_bytes())?;
        let said = match room.run(&format!("exec '{}' --check --file /rules.nft", nft.path()))? {
            Ok(said) => said,
            Err(why) => return Ok(Answer::Absent(why)),
        };
        let closed = [
            "Operation not permitted",
            "Unable to initialize Netlink",
            "cache initialization failed",
            "Protocol not supported",
        ];
        if let Some(why) = said.err.lines().find(|line| closed.iter().any(|word| line.contains(word))) {
            return Ok(Answer::Absent(format!("the kernel lets nobody ask: {}", escape_all(why.trim()))));
        }
        for line in said.err.lines().filter(|line| line.contains("Error:")) {
            let (place, words) = line.split_once("Error:").unwrap_or(("", line));
            let number = place.split(':').nth(1).and_then(|number| number.parse().ok()).unwrap_or(1);
            found.push(
                Diagnostic::new(Code::NftRefuses, format!("nft: {}", escape_all(words.trim())))
                    .with_location(at(path, number, 1))
                    .with_hint("nft refuses the whole file, and every port stays open"),
            );
        }
        if found.is_empty() && !said.is_good() {
            let why = said.err.lines().next().unwrap_or_default().trim();
            return Ok(Answer::Absent(format!("nft could not be asked: {}", escape_all(why))));
        }
    }
    Ok(Answer::Heard(found))
}
