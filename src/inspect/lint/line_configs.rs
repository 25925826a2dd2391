//! Checks files with one setting per line: sysctl, kernel modules, the resolver of the containers.

use camino::Utf8Path;

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for (path, host, text) in subject.hosts() {
        let validate: fn(&str) -> Result<(), String> = if host.starts_with("/etc/sysctl.d/") {
            sysctl
        } else if host.starts_with("/etc/modules-load.d/") {
            module
        } else if host.ends_with("/resolv.conf") {
            resolver
        } else {
            continue;
        };
        each(path, text, validate, found);
        if host.ends_with("/resolv.conf") && !text.lines().any(|line| line.starts_with("nameserver ")) {
            report(path, 1, "`nameserver` is missing: functions cannot resolve names".to_owned(), found);
        }
        if host == "/etc/sysctl.d/90-panel-forwarding.conf" && !text.lines().any(forwards) {
            report(path, 1, "forwarding is not enabled: containers have no network".to_owned(), found);
        }
        if host == "/etc/modules-load.d/panel.conf" {
            for name in ["overlay", "bridge", "veth"] {
                if !text.lines().any(|line| line.trim() == name) {
                    report(
                        path,
                        1,
                        format!("the kernel module `{name}`, which containers need, is not loaded"),
                        found,
                    );
                }
            }
        }
    }
}

fn forwards(line: &str) -> bool {
    let (key, value) = line.split_once('=').unwrap_or_default();
    let key = key.trim().replace('/', ".");
    ["net.ipv4.conf.all.forwarding", "net.ipv4.ip_forward"].contains(&key.as_str()) && value.trim() == "1"
}

fn report(path: &Utf8Path, line: usize, why: String, found: &mut Findings) {
    found.push(
        Diagnostic::new(Code::SettingInvalid, why)
            .with_location(at(path, line, 1))
            .with_hint("render the bundle again"),
    );
}

fn each(path: &Utf8Path, text: &str, validate: fn(&str) -> Result<(), String>, found: &mut Findings) {
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Err(why) = validate(line) {
            report(path, number + 1, why, found);
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/*".contains(c))
}

fn sysctl(line: &str) -> Result<(), String> {
    let (key, value) =
        line.split_once('=').ok_or_else(|| format!("`{}` is not `key = value`", sanitize(line)))?;
    let key = key.trim().trim_start_matches('-');
    let tops = ["net", "kernel", "vm", "fs", "user", "dev", "abi", "debug"];
    let top = key.split(['.', '/']).next().unwrap_or_default();
    if !is_name(key) || !tops.contains(&top) {
        return Err(format!("unknown kernel setting `{}`", sanitize(key)));
    }
    if value.trim().is_empty() {
        return Err(format!("`{}` has no value", sanitize(key)));
    }
    Ok(())
}

fn module(line: &str) -> Result<(), String> {
    if is_name(line) {
        Ok(())
    } else {
        Err(format!("`{}` is not the name of a kernel module", sanitize(line)))
    }
}

fn resolver(line: &str) -> Result<(), String> {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("nameserver"), Some(address)) if address.parse::<std::net::IpAddr>().is_ok() => Ok(()),
        (Some("nameserver"), address) => {
            Err(format!("`{}` is not the address of a name server", sanitize(address.unwrap_or_default())))
        }
        (Some("search" | "options" | "domain" | "sortlist"), _) => Ok(()),
        _ => Err(format!("`{}` is not an option of the resolver", sanitize(line))),
    }
}
