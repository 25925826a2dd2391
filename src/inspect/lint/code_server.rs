//! code-server's configuration and its launcher.

use super::document::{keys, pairs, text, type_error};
use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

pub(super) const CONFIG: &str = "root/etc/code-server/config.yaml";
const LAUNCHER: &str = "/usr/local/libexec/panel/code-server";

/// Every option of code-server that a configuration file can hold.
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
                    "the IDE asks for no password: whoever opens its page has a shell on the host",
                    "auth: password",
                )),
                "host" if !["127.0.0.1", "::1", "localhost"].contains(&value) => {
                    found.push(type_error(
                        &pair.value,
                        Code::ListenerExposed,
                        format!("the IDE listens on `{}`", sanitize(value)),
                        "leave it out",
                    ));
                }
                "bind-addr" => bind(&pair.value, found),
                "cert" if value != "false" => found.push(type_error(
                    &pair.value,
                    Code::DocumentInvalid,
                    "the IDE would speak TLS, and the edge speaks plain HTTP to it",
                    "cert: false",
                )),
                key if key.starts_with("disable-") && !["true", "false"].contains(&value) => {
                    found.push(type_error(
                        &pair.value,
                        Code::DocumentInvalid,
                        format!("`{key}` is true or false"),
                        "true",
                    ));
                }
                _ => {}
            }
        }
        for (key, value) in [("auth", "password"), ("bind-addr", "127.0.0.1:5000")] {
            if top.get(key).is_none() {
                let why = format!("`{key}` is not said: code-server would take its own default, or a flag's");
                found.push(type_error(top, Code::DocumentInvalid, why, format!("{key}: {value}")));
            }
        }
    }
    check_password_flow(subject, found);
}

fn bind(said: &crate::config::value::Spanned, found: &mut Findings) {
    let value = text(said);
    let (host, port) = value.rsplit_once(':').unwrap_or(("", value));
    if port.parse::<u16>().is_err() || port == "0" {
        found.push(type_error(
            said,
            Code::PortInvalid,
            format!("`{}` has no port that there is", sanitize(value)),
            "127.0.0.1:PORT",
        ));
    } else if !["127.0.0.1", "[::1]", "localhost"].contains(&host) {
        let why = format!("the IDE is open to everybody on port {port}, past the edge and its TLS");
        found.push(type_error(said, Code::ListenerExposed, why, format!("bind-addr: 127.0.0.1:{port}")));
    }
}

/// The unit lays the password down where the launcher reads it.
#[expect(clippy::too_many_lines, reason = "one password, followed from hand to hand")]
fn check_password_flow(subject: &BundleView<'_>, found: &mut Findings) {
    let (Some(unit), Some(launcher)) = (subject.unit("code-server.service"), subject.host(LAUNCHER)) else {
        return;
    };
    let laid =
        unit.commands().find(|(said, words)| said.key == "ExecStartPre" && words[0].ends_with("/install"));
    let Some((said, words)) = laid else {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                "nothing lays the password down for the IDE: it would not start",
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
                        "the launcher reads `{}`, and the unit lays the password at `{}`",
                        sanitize(&path),
                        sanitize(to)
                    ),
                )
                .with_location(at(&bundled, number + 1, start + 1))
                .with_location(said.place_of(&unit.path, to))
                .with_hint("render the bundle again"),
            );
        }
    }
    let directory = unit.last("Service", "RuntimeDirectory").map_or("", |said| said.value.as_str());
    if !to.starts_with(&format!("/run/{directory}/")) || directory.is_empty() {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!(
                    "`{}` is not in the unit's own directory `/run/{}`",
                    sanitize(to),
                    sanitize(directory)
                ),
            )
            .with_location(said.place_of(&unit.path, to))
            .with_hint("RuntimeDirectory=code-server"),
        );
    }
    if unit
        .last("Service", "RuntimeDirectoryMode")
        .is_none_or(|said| !["0700", "700"].contains(&said.value.as_str()))
    {
        let place = unit
            .last("Service", "RuntimeDirectoryMode")
            .map_or_else(|| at(&unit.path, 1, 1), |said| said.place.clone());
        found.push(
            Diagnostic::new(
                Code::SecretReadable,
                "others may look where the IDE's password lies for a moment",
            )
            .with_location(place)
            .with_hint("RuntimeDirectoryMode=0700"),
        );
    }
    let user = unit.last("Service", "User").map_or("", |said| said.value.as_str());
    let owner = words.iter().position(|word| word == "-o").and_then(|at| words.get(at + 1));
    if owner.is_some_and(|owner| owner != user) {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!(
                    "the password is laid down for `{}`, and the IDE runs as `{}`",
                    sanitize(owner.map_or("", |o| o)),
                    sanitize(user)
                ),
            )
            .with_location(said.place_of(&unit.path, owner.map_or("", |o| o)))
            .with_hint("render the bundle again"),
        );
    }
    let mode = words.iter().position(|word| word == "-m").and_then(|at| words.get(at + 1));
    if mode.and_then(|mode| u32::from_str_radix(mode, 8).ok()).is_none_or(|mode| mode & 0o077 != 0) {
        found.push(
            Diagnostic::new(Code::SecretReadable, "others may read the IDE's password where it is laid down")
                .with_location(said.place.clone())
                .with_hint("install -m 0400"),
        );
    }
    // The one copy that stays is made by panel.sh, or comes with the bundle.
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
                format!("nobody makes the password's file `{}`", sanitize(from)),
            )
            .with_location(said.place_of(&unit.path, from))
            .with_hint("render the bundle again"),
        );
    }
}
