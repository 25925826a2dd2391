//! Checks the configuration of code-server and its launcher.

use super::document::{keys, pairs, text, type_error};
use super::unit::{Assignment, UnitFile};
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

/// Checks that the unit provides the password where the launcher reads it.
fn check_password_flow(subject: &BundleView<'_>, found: &mut Findings) {
    let (Some(unit), Some(launcher)) = (subject.unit("code-server.service"), subject.host(LAUNCHER)) else {
        return;
    };
    let credential = unit.all("Service", "LoadCredential").find_map(|setting| {
        let (name, from) = setting.value.split_once(':')?;
        Some((setting, format!("$CREDENTIALS_DIRECTORY/{name}"), from.to_owned()))
    });
    let written = || {
        let (setting, words) = unit.commands().find(|(setting, words)| {
            setting.key == "ExecStartPre"
                && words[0].ends_with("/install")
                && !words.iter().any(|word| word == "-d")
        })?;
        check_install(unit, setting, &words, found);
        let [.., from, to] = &words[..] else { return None };
        Some((setting, to.clone(), from.clone()))
    };
    let Some((setting, to, from)) = credential.or_else(written) else {
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
    let bundled = super::bundle_view::bundled(LAUNCHER);
    for (number, line) in launcher.lines().enumerate() {
        let begins = |text: &&str| line.contains(*text);
        let Some(start) = ["/run/", "$CREDENTIALS_DIRECTORY"].iter().find(|text| begins(text)) else {
            continue;
        };
        let start = line.find(start).unwrap_or_default();
        let path: String =
            line[start..].chars().take_while(|c| !c.is_whitespace() && !")\"'".contains(*c)).collect();
        if path != to {
            found.push(
                Diagnostic::new(
                    Code::SecretUnreachable,
                    format!(
                        "the launcher reads `{}`, but the unit provides the password in `{}`",
                        sanitize(&path),
                        sanitize(&to)
                    ),
                )
                .with_location(at(&bundled, number + 1, start + 1))
                .with_location(setting.place.clone())
                .with_hint("render the bundle again"),
            );
        }
    }
    // The original is created by panel.sh or contained in the bundle.
    let secrets =
        subject.installer.iter().flat_map(|installer| installer.rows("secrets").map(|row| row.word(4)));
    let there = secrets
        .chain(subject.installer.iter().flat_map(|i| i.rows("files").map(|row| row.word(6))))
        .any(|path| path == from);
    if subject.installer.is_some() && !there {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!("the password file `{}` is not created", sanitize(&from)),
            )
            .with_location(setting.place_of(&unit.path, &from))
            .with_hint("render the bundle again"),
        );
    }
}

/// Checks the command with which a systemd without `LoadCredential=` hands over the password: for the right user, and
/// as root in no directory of that user, who could put a link there.
fn check_install(unit: &UnitFile, setting: &Assignment, words: &[String], found: &mut Findings) {
    let to = words.last().map_or("", String::as_str);
    let directories = unit.all("Service", "RuntimeDirectory").flat_map(|own| own.value.split_whitespace());
    if let Some(own) = directories.into_iter().find(|own| to.starts_with(&format!("/run/{own}/"))) {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!(
                    "root writes `{}` in `/run/{}`, which belongs to the user of the unit",
                    sanitize(to),
                    sanitize(own)
                ),
            )
            .with_location(setting.place_of(&unit.path, to))
            .with_hint("use a directory of root's: the user of the unit can replace what is in its own"),
        );
    }
    let user = unit.last("Service", "User").map_or("", |setting| setting.value.as_str());
    let owner = words.iter().position(|word| word == "-o").and_then(|at| words.get(at + 1));
    if let Some(owner) = owner.filter(|owner| *owner != user) {
        found.push(
            Diagnostic::new(
                Code::SecretUnreachable,
                format!(
                    "the password is written for `{}`, but the IDE runs as `{}`",
                    sanitize(owner),
                    sanitize(user)
                ),
            )
            .with_location(setting.place_of(&unit.path, owner))
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
}
