//! Checks the nftables rules: every port and address that they must close is closed.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::document::text;
use super::{BundleView, Findings, at, cni};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

const RULES: &str = "/etc/nftables.d/panel.nft";
/// The addresses of the metadata service of cloud providers.
const METADATA: &str = "169.254.0.0/16";

/// A rule that closes a port, and the interfaces for which it stays open.
pub(super) struct BlockedPort {
    /// The port.
    pub(super) port: u16,
    /// The interfaces that may use it.
    pub(super) open: Vec<String>,
    /// The line.
    pub(super) line: usize,
}

/// Returns the file and its rules, if it exists.
pub(super) fn closed(subject: &BundleView<'_>) -> Option<(Utf8PathBuf, Vec<BlockedPort>)> {
    let rules = subject.host(RULES)?;
    let closed = rules.lines().enumerate().filter_map(|(number, line)| {
        let line = line.trim();
        let (before, after) = line.split_once("tcp dport ")?;
        let mut words = after.split_whitespace();
        let port = words.next()?.parse().ok()?;
        if line.starts_with('#') || !["drop", "reject"].contains(&words.next()?) {
            return None;
        }
        let open = before.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        Some(BlockedPort { port, open, line: number + 1 })
    });
    Some((super::bundle_view::bundled(RULES), closed.collect()))
}

#[expect(clippy::too_many_lines, reason = "one pass over the rules")]
pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(text_of) = subject.host(RULES) else {
        if subject.has_component("firewall") {
            found.push(
                Diagnostic::new(
                    Code::FirewallOpen,
                    "the rules are missing: the provider port is reachable from outside",
                )
                .with_location(at(super::bundle_view::bundled(RULES), 1, 1))
                .with_hint("render the bundle again"),
            );
        }
        return;
    };
    let path = super::bundle_view::bundled(RULES);
    let code: Vec<(usize, &str)> = text_of
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split('#').next().unwrap_or_default()))
        .collect();
    let mut report = |line: usize, code: Code, why: String, hint: &str| {
        found.push(Diagnostic::new(code, why).with_location(at(&path, line, 1)).with_hint(hint));
    };
    let mut depth = 0_i32;
    let mut chain = "";
    let guarded = guarded_chains(&code, cni::bridge(subject).map_or("openfaas0", text));
    let bridge = cni::bridge(subject).map_or("openfaas0", text).to_owned();
    let mut table = None;
    for (number, line) in &code {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["chain", name, "{"] => chain = name,
            ["table", family, name, "{"] => {
                table.get_or_insert((family, name, *number));
            }
            ["type", "filter", ..] if !line.contains(&format!("hook {chain}")) => report(
                *number,
                Code::FirewallOpen,
                format!("the chain `{}` is not attached to a hook", sanitize(chain)),
                "write `type filter hook input priority -10; policy accept;`",
            ),
            _ => {}
        }
        if line.contains("169.254.") && !line.contains(METADATA) {
            report(
                *number,
                Code::FirewallOpen,
                "functions can reach part of the metadata addresses".to_owned(),
                "write `169.254.0.0/16`",
            );
        }
        for name in line.split('"').skip(1).step_by(2).filter(|name| *name != "lo" && *name != bridge) {
            report(
                *number,
                Code::NameDisagrees,
                format!(
                    "the rules name `{}`, but the bridge of the containers is `{bridge}`",
                    sanitize(name)
                ),
                "use the bridge of the CNI list",
            );
        }
        depth += i32::try_from(line.matches('{').count()).unwrap_or(0);
        depth -= i32::try_from(line.matches('}').count()).unwrap_or(0);
        if depth < 0 {
            report(
                *number,
                Code::NftSyntax,
                "unexpected `}`".to_owned(),
                "remove it: nft rejects the whole file",
            );
            depth = 0;
        }
    }
    if depth > 0 {
        report(code.len(), Code::NftSyntax, "the file ends inside a block".to_owned(), "close it with `}`");
    }
    for chain in ["input", "forward"] {
        if !guarded.contains(chain) {
            report(
                1,
                Code::FirewallOpen,
                format!("`{chain}` lets functions reach {METADATA} and with it the credentials of the host"),
                "write `iifname \"openfaas0\" jump metadata`",
            );
        }
    }
    let Some((family, name, line)) = table else {
        report(1, Code::NftSyntax, "no table is defined".to_owned(), "write `table inet panel { … }`");
        return;
    };
    let planned: Vec<_> = subject.installer.iter().flat_map(|installer| installer.rows("tables")).collect();
    if !planned.is_empty() && !planned.iter().any(|row| row.word(1) == family && row.word(2) == name) {
        report(
            line,
            Code::NameDisagrees,
            format!("panel.sh removes another table than `{} {}`", sanitize(family), sanitize(name)),
            "write `table inet panel`",
        );
    }
    if let Some(unit) = subject.unit("panel-firewall.service") {
        for (assignment, words) in unit.commands() {
            let deletes = words.iter().skip(1).map(String::as_str).collect::<Vec<_>>();
            let fits = match deletes[..] {
                ["delete", "table", f, n] => f == family && n == name,
                ["-f", file] => file == RULES,
                _ => true,
            };
            if !fits {
                found.push(
                    Diagnostic::new(
                        Code::NameDisagrees,
                        format!(
                            "`{}=` does not use `{RULES}` and its table `{family} {name}`",
                            assignment.key
                        ),
                    )
                    .with_location(assignment.place.clone())
                    .with_hint("render the bundle again"),
                );
            }
        }
    }
}

/// The chains in which packets of functions cannot reach the metadata addresses: they drop them, or jump to a chain that
/// does.
fn guarded_chains<'c>(code: &[(usize, &'c str)], bridge: &str) -> BTreeSet<&'c str> {
    let mut guarded = BTreeSet::new();
    // A chain may jump to one that is defined below it.
    for _ in 0..3 {
        let mut chain = "";
        for (_, line) in code {
            let words: Vec<&str> = line.split_whitespace().collect();
            let words = match words[..] {
                ["chain", name, "{"] => {
                    chain = name;
                    continue;
                }
                ["iifname", name, ref rest @ ..] if name.trim_matches('"') == bridge => rest,
                ref all => all,
            };
            let guards = match words {
                ["jump", to] => guarded.contains(to),
                ["ip", "daddr", what, "drop"] => ["@metadata4", METADATA].contains(what),
                _ => false,
            };
            if guards {
                guarded.insert(chain);
            }
        }
    }
    guarded
}
