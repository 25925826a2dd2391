//! The nftables rules: that they close what they are there to close.

use camino::Utf8PathBuf;

use super::document::text;
use super::{BundleView, Findings, at, cni};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

const RULES: &str = "/etc/nftables.d/panel.nft";
/// Addresses that the cloud provider's metadata has.
const METADATA: &str = "169.254.0.0/16";

/// A rule that closes a port, and for whom it stays open.
pub(super) struct BlockedPort {
    /// The port.
    pub(super) port: u16,
    /// The interfaces that may.
    pub(super) open: Vec<String>,
    /// The line.
    pub(super) line: usize,
}

/// The file and its rules, where there is one.
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
                    "there are no rules: the provider's port is open to everybody",
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
    let mut refuse = |line: usize, code: Code, why: String, hint: &str| {
        found.push(Diagnostic::new(code, why).with_location(at(&path, line, 1)).with_hint(hint));
    };
    let mut depth = 0_i32;
    let mut chain = "";
    let mut guarded = Vec::new();
    let bridge = cni::bridge(subject).map_or("openfaas0", text).to_owned();
    let mut table = None;
    for (number, line) in &code {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["chain", name, "{"] => chain = name,
            ["table", family, name, "{"] => table = Some((family, name, *number)),
            ["type", "filter", ..] if !line.contains(&format!("hook {chain}")) => refuse(
                *number,
                Code::FirewallOpen,
                format!("the chain `{}` does not hang where packets pass", sanitize(chain)),
                "type filter hook input priority -10; policy accept;",
            ),
            _ => {}
        }
        let metadata = line.contains("169.254.") && words.last() == Some(&"drop");
        if metadata {
            let all = line.contains(METADATA);
            let named = line.contains(&format!("\"{bridge}\""));
            if !all || !named {
                refuse(
                    *number,
                    Code::FirewallOpen,
                    "functions reach a part of what the metadata service may have".to_owned(),
                    "iifname \"openfaas0\" ip daddr 169.254.0.0/16 drop",
                );
            }
            guarded.push(chain);
        }
        for name in line.split('"').skip(1).step_by(2).filter(|name| *name != "lo" && *name != bridge) {
            refuse(
                *number,
                Code::NameDisagrees,
                format!("the rules name `{}`, and the containers' bridge is `{bridge}`", sanitize(name)),
                "name the bridge of the CNI list",
            );
        }
        depth += i32::try_from(line.matches('{').count()).unwrap_or(0);
        depth -= i32::try_from(line.matches('}').count()).unwrap_or(0);
        if depth < 0 {
            refuse(
                *number,
                Code::NftSyntax,
                "a `}` that closes nothing".to_owned(),
                "nft refuses the whole file",
            );
            depth = 0;
        }
    }
    if depth > 0 {
        refuse(code.len(), Code::NftSyntax, "the file ends inside a block".to_owned(), "close it with `}`");
    }
    for chain in ["input", "forward"] {
        if !guarded.contains(&chain) {
            refuse(
                1,
                Code::FirewallOpen,
                format!("`{chain}` lets functions reach {METADATA}, and with it the host's credentials"),
                "iifname \"openfaas0\" ip daddr 169.254.0.0/16 drop",
            );
        }
    }
    let Some((family, name, line)) = table else {
        refuse(1, Code::NftSyntax, "there is no table".to_owned(), "table inet panel { … }");
        return;
    };
    let planned: Vec<_> = subject.installer.iter().flat_map(|installer| installer.rows("tables")).collect();
    if !planned.is_empty() && !planned.iter().any(|row| row.word(1) == family && row.word(2) == name) {
        refuse(
            line,
            Code::NameDisagrees,
            format!("panel.sh takes away another table than `{} {}`", sanitize(family), sanitize(name)),
            "table inet panel",
        );
    }
    if let Some(unit) = subject.unit("panel-firewall.service") {
        for (said, words) in unit.commands() {
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
                        format!("`{}=` is not about `{RULES}` and its table `{family} {name}`", said.key),
                    )
                    .with_location(said.place.clone())
                    .with_hint("render the bundle again"),
                );
            }
        }
    }
}
