//! Checks the path of the certificate: from certbot through the deploy hook to the files that nginx and pai
//! read.

use super::document::text;
use super::nginx::Directive;
use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Location};
use crate::host::{DEPLOY_HOOK, TLS_DIRECTORY};
use crate::values::sanitize;

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let hook = subject.host(DEPLOY_HOOK).map(|script| {
        let line =
            script.lines().enumerate().find_map(|(at, line)| Some((at + 1, line.strip_prefix("links=")?)));
        line.map(|(number, value)| (value.trim_matches(['\'', '"']).to_owned(), number))
    });
    let value = |name: &str| {
        subject.installer.as_ref().and_then(|installer| installer.value(name)).map_or("", |word| &word.text)
    };
    let acme = value("ACME");
    let mut pair: Option<(String, String, Location)> = None;
    for server in subject.servers() {
        let (Some(chain), Some(key)) =
            (server.first_named("ssl_certificate"), server.first_named("ssl_certificate_key"))
        else {
            continue;
        };
        together(chain, key, acme, found);
        if chain.first().contains("/placeholder/") {
            continue;
        }
        let own = (chain.first().to_owned(), key.first().to_owned(), chain.place.clone());
        if acme == "none" {
            for (path, name, setting) in [(&own.0, "CERTIFICATE", chain), (&own.1, "CERTIFICATE_KEY", key)] {
                if value(name) != path {
                    found.push(disagrees(
                        setting,
                        format!(
                            "nginx reads `{}`, but panel.sh waits for `{}`",
                            sanitize(path),
                            sanitize(value(name))
                        ),
                    ));
                }
            }
        } else if !acme.is_empty() {
            for setting in [chain, key] {
                let path = setting.first();
                let wanted = if setting.name == "ssl_certificate" { "fullchain.pem" } else { "privkey.pem" };
                let named = format!("{TLS_DIRECTORY}/{}/{wanted}", value("DOMAIN"));
                if path != named {
                    found.push(disagrees(
                        setting,
                        format!(
                            "nginx reads `{}`, but panel.sh and certbot create `{named}`",
                            sanitize(path)
                        ),
                    ));
                }
            }
        }
        pair = pair.or(Some(own));
    }
    let Some((chain, key, place)) = pair else { return };
    if let Some(Some((links, number))) = &hook {
        let directory = chain.rsplit_once('/').map_or("", |(directory, _)| directory);
        if links != directory {
            found.push(
                Diagnostic::new(
                    Code::CertificateDisagrees,
                    format!("the deploy hook updates `{}`, but nginx reads `{directory}`", sanitize(links)),
                )
                .with_location(at(super::bundle_view::bundled(DEPLOY_HOOK), *number, 7))
                .with_location(place.clone())
                .with_hint("set `links` in the hook to the directory that nginx reads"),
            );
        }
    }
    let is_pai = |path: &str| path.ends_with("/pai-mate/config.yml");
    for document in subject.documents.iter().filter(|document| is_pai(document.path.as_str())) {
        for (name, path) in [("CERT_PATH", &chain), ("KEY_PATH", &key)] {
            if let Some(setting) = document.top.get(name).filter(|setting| text(setting) != path) {
                found.push(
                    Diagnostic::new(
                        Code::CertificateDisagrees,
                        format!(
                            "pai reads `{}`, but nginx reads `{}`",
                            sanitize(text(setting)),
                            sanitize(path)
                        ),
                    )
                    .with_location(setting.location.clone())
                    .with_hint("use the same certificate for both"),
                );
            }
        }
    }
    webroot(subject, found);
}

fn disagrees(setting: &Directive, why: String) -> Diagnostic {
    Diagnostic::new(Code::CertificateDisagrees, why)
        .with_location(setting.arguments.first().map_or(&setting.place, |word| &word.place).clone())
        .with_hint("render the bundle again: all of them use one path")
}

/// Checks that a certificate and its key are in the same directory.
fn together(chain: &Directive, key: &Directive, acme: &str, found: &mut Findings) {
    let directory =
        |path: &str| path.rsplit_once('/').map_or(String::new(), |(directory, _)| directory.to_owned());
    if acme != "none" && directory(chain.first()) != directory(key.first()) {
        found.push(disagrees(
            key,
            format!(
                "the key `{}` is not in the directory of its certificate `{}`",
                sanitize(key.first()),
                sanitize(chain.first())
            ),
        ));
    }
    if chain.first() == key.first() {
        found
            .push(disagrees(key, format!("`{}` is both the certificate and its key", sanitize(key.first()))));
    }
    for setting in [chain, key] {
        if !setting.first().starts_with('/') {
            found
                .push(disagrees(setting, format!("`{}` is not an absolute path", sanitize(setting.first()))));
        }
    }
}

/// Checks the ACME challenge: certbot writes it where nginx serves it, or listens where nginx proxies to.
#[expect(clippy::too_many_lines, reason = "three challenge types in one sequence")]
fn webroot(subject: &BundleView<'_>, found: &mut Findings) {
    let Some(unit) = subject.unit("certbot-issue.service") else { return };
    let words: Vec<_> = unit
        .commands()
        .flat_map(|(setting, words)| words.into_iter().map(move |word| (setting, word)))
        .collect();
    let option = |name: &str| {
        words.iter().find_map(|(setting, word)| {
            Some((word.strip_prefix(name)?.strip_prefix('=')?.to_owned(), setting.place_of(&unit.path, word)))
        })
    };
    let is = |name: &str| words.iter().any(|(_, word)| word == name);
    let challenges: Vec<&Directive> = subject
        .servers()
        .filter(|server| {
            !server.all("listen").any(|listen| listen.has_arg("ssl"))
                && server.first_named("server_name").is_some_and(|s| !s.first().is_empty())
        })
        .filter_map(|server| {
            let location =
                server.all("location").find(|location| location.has_arg("/.well-known/acme-challenge/"));
            location.or(Some(server))
        })
        .collect();
    let mut report = |place: Location, why: String| {
        found.push(
            Diagnostic::new(Code::ChallengeDisagrees, why)
                .with_location(place)
                .with_hint("render the bundle again: without the challenge no certificate is issued"),
        );
    };
    if is("--webroot") {
        let Some((path, place)) = option("--webroot-path").or_else(|| option("-w")) else {
            report(
                at(&unit.path, 1, 1),
                "certbot does not know where to write the challenge: `--webroot-path` is missing".to_owned(),
            );
            return;
        };
        for location in &challenges {
            match location.first_named("root").filter(|_| location.name == "location") {
                Some(root) if root.first() == path => {}
                Some(root) => report(
                    root.place.clone(),
                    format!(
                        "nginx serves the challenge from `{}`, but certbot writes it to `{}`",
                        sanitize(root.first()),
                        sanitize(&path)
                    ),
                ),
                None => {
                    report(location.place.clone(), "nginx does not serve the ACME challenge here".to_owned());
                }
            }
        }
        for name in ["certbot-issue.service", "certbot-renew.service"] {
            let Some(unit) = subject.unit(name) else { continue };
            let writable = unit.all("Service", "ReadWritePaths").flat_map(super::unit::Assignment::words);
            let strict =
                unit.last("Service", "ProtectSystem").is_some_and(|setting| setting.value == "strict");
            if strict
                && !writable.into_iter().any(|word| path.starts_with(word.trim_start_matches(['-', '+'])))
            {
                report(
                    place.clone(),
                    format!(
                        "`{name}` may not write to `{}`, the directory of the challenge",
                        sanitize(&path)
                    ),
                );
            }
        }
        let made = subject
            .installer
            .iter()
            .flat_map(|installer| installer.rows("files"))
            .any(|row| row.word(6) == path);
        if subject.installer.is_some() && !made {
            report(place, format!("the directory `{}` is not created", sanitize(&path)));
        }
    } else if is("--standalone") {
        let (port, place) =
            option("--http-01-port").unwrap_or_else(|| ("80".to_owned(), at(&unit.path, 1, 1)));
        if port == "80" {
            report(place.clone(), "certbot would listen on port 80, which nginx uses".to_owned());
        }
        match option("--http-01-address") {
            Some((address, _)) if address == "127.0.0.1" => {}
            Some((address, place)) => report(
                place,
                format!("certbot would listen on `{}`, but nginx proxies to 127.0.0.1", sanitize(&address)),
            ),
            None => report(place, "certbot would listen on every address".to_owned()),
        }
        for location in &challenges {
            let wanted = format!("http://127.0.0.1:{port}");
            match location.first_named("proxy_pass").filter(|_| location.name == "location") {
                Some(pass) if pass.first() == wanted => {}
                Some(pass) => report(
                    pass.place.clone(),
                    format!(
                        "nginx proxies the challenge to `{}`, but certbot listens on `{wanted}`",
                        sanitize(pass.first())
                    ),
                ),
                None => report(
                    location.place.clone(),
                    "nginx does not proxy the ACME challenge to certbot here".to_owned(),
                ),
            }
        }
    } else if !words.iter().any(|(_, word)| word.starts_with("--dns-")) {
        report(at(&unit.path, 1, 1), "certbot has no challenge type: webroot, standalone or dns".to_owned());
    }
    if let Some((hook, place)) = option("--deploy-hook")
        && !subject.has(&hook)
    {
        let why = format!(
            "the deploy hook `{}` is missing: nginx would keep using the old certificate",
            sanitize(&hook)
        );
        report(place, why);
    }
}
