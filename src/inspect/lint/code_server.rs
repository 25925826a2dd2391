//! Checks the configuration of code-server and its launcher.

use super::document::{keys, pairs, text, type_error};
use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

pub(super) const CONFIG: &str = "root/etc/code-server/config.yaml";
const LAUNCHER: &str = "/usr/local/libexec/panel/code-server";

/// Every option of code-server that a configuration file can contain.
const KEYS: &[&str] = &[
    "auth",
    "password",
    "hashed-password",
    "cert",
    "cert-host",
    "cert-key",
    "disable-telemetry",
    "disable-update-check",
    "disable-file-downloads",
    "disable-file-uploads",
    "disable-workspace-trust",
    "disable-getting-started-override",
    "disable-proxy",
    "session-socket",
    "locale",
    "open",
    "bind-addr",
    "config",
    "socket",
    "socket-mode",
    "trusted-origins",
    "user-data-dir",
    "extensions-dir",
    "enable-proposed-api",
    "app-name",
    "welcome-text",
    "abs-proxy-base-path",
    "proxy-domain",
    "github-auth",
    "ignore-last-opened",
    "log",
    "verbose",
    "i18n",
    "idle-timeout-seconds",
    "cookie-suffix",
    "link-protection-trusted-domains",
    "skip-auth-preflight",
    "reconnection-grace-time",
    "host",
    "port",
    "disable-ssh",
    "home",
];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    if let Some(document) = subject.document(CONFIG) {
        let top = &document.top;
        keys(top, KEYS, "code-server", found);
        for pair in pairs(top) {
            let value = text(&pair.value);
            match pair.key.as_str() {
                "auth" if value != "password" => found.push(type_error(
                    &pair.value,
                    Code::AuthMissing,
                    "the IDE requires no password: every visitor has a shell on the host",
                    "write `auth: password`",
                )),
                "host" if !["127.0.0.1", "::1", "localhost"].contains(&value) => {
                    found.push(type_error(
                        &pair.value,
                        Code::ListenerExposed,
                        format!("the IDE listens on `{}`", sanitize(value)),
                        "remove it",
                    ));
                }
                "bind-addr" => bind(&pair.value, found),
                "cert" if value != "false" => found.push(type_error(
                    &pair.value,
                    Code::DocumentInvalid,
                    "the IDE would use TLS, but nginx uses plain HTTP to reach it",
                    "write `cert: false`",
                )),
                key if key.starts_with("disable-") && !["true", "false"].contains(&value) => {
                    found.push(type_error(
                        &pair.value,
                        Code::DocumentInvalid,
                        format!("`{key}` must be true or false"),
                        "true",
                    ));
                }
                _ => {}
            }
        }
        for (key, value) in [("auth", "password"), ("bind-addr", "127.0.0.1:5000")] {
            if top.get(key).is_none() {
                let why = format!("`{key}` is missing: code-server would use its own default or a flag");
                found.push(type_error(top, Code::DocumentInvalid, why, format!("add `{key}: {value}`")));
            }
        }
    }
    check_password_flow(subject, found);
}

fn bind(setting: &crate::config::value::Spanned, found: &mut Findings) {
    let value = text(setting);
    let (host, port) = value.rsplit_once(':').unwrap_or(("", value));
    if port.parse::<u16>().is_err() || port == "0" {
        found.push(type_error(
            setting,
            Code::PortInvalid,
            format!("`{}` has no valid port", sanitize(value)),
            "127.0.0.1:PORT",
        ));
    } else if !["127.0.0.1", "[::1]", "localhost"].contains(&host) {
        let why = format!("the IDE is reachable from outside on port {port}, without nginx and TLS");
        found.push(type_error(setting, Code::ListenerExposed, why, format!("bind-addr: 127.0.0.1:{port}")));
    }
}

/// Checks that the unit writes the password where the launcher reads it.
#[expect(clippy::too_many_lines, reason = "one password, followed through all its files")]
fn check_password_flow(subject: &BundleView<'_>, found: &mut Findings) {
    let (Some(unit), Some(launcher)) = (subject.unit("code-server.service"), subject.host(LAUNCHER)) else {
        return;
    };
    let writer = unit
        .commands()
        .find(|(setting, words)| setting.key == "ExecStartPre" && words[0].ends_with("/install"));
    let Some((setting, words)) = writer else {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                "nothing provides the password of the IDE: it would not start",
            )
            .with_location(at(&unit.path, 1, 1))
            .with_hint("render the bundle again"),
        );
        return;
    };
    let to = words.last().map_or("", String::as_str);
    let bundled = super::bundle_view::bundled(LAUNCHER);
    for (number, line) in launcher.lines().enumerate() {
        let Some(start) = line.find("/run/") else { continue };
        let path: String =
            line[start..].chars().take_while(|c| !c.is_whitespace() && !")\"'".contains(*c)).collect();
        if path != to {
            found.push(
                Diagnostic::new(
                    Code::SecretUnreachable,
                    format!(
                        "the launcher reads `{}`, but the unit writes the password to `{}`",
                        sanitize(&path),
                        sanitize(to)
                    ),
                )
                .with_location(at(&bundled, number + 1, start + 1))
                .with_location(setting.place_of(&unit.path, to))
                .with_hint("render the bundle again"),
            );
        }
    }
    let directory = unit.last("Service", "RuntimeDirectory").map_or("", |setting| setting.value.as_str());
    if !to.starts_with(&format!("/run/{directory}/")) || directory.is_empty() {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!(
                    "`{}` is not in the runtime directory `/run/{}` of the unit",
                    sanitize(to),
                    sanitize(directory)
                ),
            )
            .with_location(setting.place_of(&unit.path, to))
            .with_hint("write `RuntimeDirectory=code-server`"),
        );
    }
    if unit
        .last("Service", "RuntimeDirectoryMode")
        .is_none_or(|setting| !["0700", "700"].contains(&setting.value.as_str()))
    {
        let place = unit
            .last("Service", "RuntimeDirectoryMode")
            .map_or_else(|| at(&unit.path, 1, 1), |setting| setting.place.clone());
        found.push(
            Diagnostic::new(
                Code::SecretReadable,
                "the directory of the IDE's password is readable by others",
            )
            .with_location(place)
            .with_hint("write `RuntimeDirectoryMode=0700`"),
        );
    }
    let user = unit.last("Service", "User").map_or("", |setting| setting.value.as_str());
    let owner = words.iter().position(|word| word == "-o").and_then(|at| words.get(at + 1));
    if owner.is_some_and(|owner| owner != user) {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!(
                    "the password is written for `{}`, but the IDE runs as `{}`",
                    sanitize(owner.map_or("", |o| o)),
                    sanitize(user)
                ),
            )
            .with_location(setting.place_of(&unit.path, owner.map_or("", |o| o)))
            .with_hint("render the bundle again"),
        );
    }
    let mode = words.iter().position(|word| word == "-m").and_then(|at| words.get(at + 1));
    if mode.and_then(|mode| u32::from_str_radix(mode, 8).ok()).is_none_or(|mode| mode & 0o077 != 0) {
        found.push(
            Diagnostic::new(Code::SecretReadable, "the written password of the IDE is readable by others")
                .with_location(setting.place.clone())
                .with_hint("install -m 0400"),
        );
    }
    // The original is created by panel.sh or contained in the bundle.
    let from = words.get(words.len().saturating_sub(2)).map_or("", String::as_str);
    let secrets =
        subject.installer.iter().flat_map(|installer| installer.rows("secrets").map(|row| row.word(4)));
    let there = secrets
        .chain(subject.installer.iter().flat_map(|i| i.rows("files").map(|row| row.word(6))))
        .any(|path| path == from);
    if subject.installer.is_some() && !there {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!("the password file `{}` is not created", sanitize(from)),
            )
            .with_location(setting.place_of(&unit.path, from))
            .with_hint("render the bundle again"),
        );
    }
}
