//! `nginx -t` reads the site, in a private root with throw-away certificates and an address for every name.

use std::collections::BTreeSet;

use anyhow::Result;

use super::sandbox::Room;
use super::{Answer, missing, version};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Program;
use crate::inspect::lint::{BundleView, at};
use crate::values::escape_all;

const CHAIN: &[u8] = include_bytes!("fixtures/chain.pem");
const KEY: &[u8] = include_bytes!("fixtures/key.pem");

/// The distribution's part: what is around a site, and nothing of which a site could depend on.
const CONF: &str = "\
user root;
pid /run/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;
    include /etc/nginx/conf.d/*.conf;
}
";

pub(super) fn ask(subject: &BundleView<'_>) -> Result<Answer> {
    if subject.sites.is_empty() {
        return Ok(Answer::Idle);
    }
    let Some(nginx) = Program::find("nginx") else { return Ok(missing("nginx")) };
    let own = version(&nginx.clone().with(["-v"]).run()?.all());
    if let Some((name, since)) =
        crate::inspect::lint::nginx::newest(subject).filter(|(_, since)| *since > own)
    {
        let (major, minor, patch) = since;
        return Ok(Answer::Absent(format!(
            "nginx {}.{}.{} here is older than `{name}`, which came with {major}.{minor}.{patch}",
            own.0, own.1, own.2
        )));
    }
    let mut room = Room::new()?;
    room.show(&nginx);
    room.lay("/etc/nginx/nginx.conf", CONF.as_bytes())?;
    for (_, host, text) in subject.hosts().filter(|(_, host, _)| host.starts_with("/etc/nginx/")) {
        room.lay(host, text.as_bytes())?;
    }
    for name in ["/tmp/body", "/run", "/var/log/nginx", "/var/lib/nginx"] {
        room.directory(name)?;
    }
    let mut names = BTreeSet::new();
    for directive in subject.directives() {
        let first = directive.first();
        match directive.name.as_str() {
            _ if first.contains('$') => {}
            "ssl_certificate_key" if first.starts_with('/') => room.lay(first, KEY)?,
            "ssl_certificate" | "ssl_trusted_certificate" | "ssl_client_certificate"
                if first.starts_with('/') =>
            {
                room.lay(first, CHAIN)?;
            }
            "proxy_pass" | "server" => {
                let authority = first.split_once("://").map_or(first, |(_, rest)| rest);
                let host = authority.split(['/', ':']).next().unwrap_or_default();
                if host.chars().any(|c| c.is_ascii_alphabetic()) && !host.contains('[') {
                    names.insert(host.to_owned());
                }
            }
            _ => {}
        }
    }
    let names: Vec<&str> = std::iter::once("localhost").chain(names.iter().map(String::as_str)).collect();
    room.lay("/etc/hosts", format!("127.0.0.1 {}\n", names.join(" ")).as_bytes())?;
    let path = nginx.real_path();
    Ok(match room.run(&format!("exec '{path}' -t -c /etc/nginx/nginx.conf"))? {
        Err(why) => Answer::Absent(why),
        Ok(said) => {
            let findings: Vec<_> = said.err.lines().filter_map(|line| finding(line, subject)).collect();
            let silent = findings.is_empty() && !said.is_good();
            if silent {
                Answer::Absent(format!("nginx ended with {:?} and said nothing", said.code))
            } else {
                Answer::Heard(findings)
            }
        }
    })
}

/// `nginx: [emerg] unknown directive "x" in /etc/nginx/conf.d/default.conf:12`, with or without a time before it.
fn finding(line: &str, subject: &BundleView<'_>) -> Option<Diagnostic> {
    let level = ["[emerg]", "[alert]", "[crit]", "[error]", "[warn]"]
        .into_iter()
        .find(|level| line.contains(level))?;
    let message = line.split_once(level)?.1.trim();
    // A newer nginx warns of the spelling that the target's needs; the lints know which is right.
    if message.contains("\"listen ... http2\" directive is deprecated") {
        return None;
    }
    // The process and its thread, where it has a log already.
    let is_process = |before: &str| before.split('#').all(|part| part.chars().all(|c| c.is_ascii_digit()));
    let message =
        message.split_once(": ").filter(|(before, _)| is_process(before)).map_or(message, |(_, rest)| rest);
    let (words, place) = match message.rsplit_once(" in /") {
        Some((words, place)) => (words, Some(format!("/{place}"))),
        None => (message, None),
    };
    let place = place.and_then(|place| {
        let (path, line) = place.rsplit_once(':')?;
        Some(at(format!("root{path}"), line.trim().parse().ok()?, 1))
    });
    let place = place.or_else(|| Some(at(&subject.sites.first()?.path, 1, 1)))?;
    Some(
        Diagnostic::new(Code::NginxRefuses, format!("nginx: {}", escape_all(words)))
            .with_location(place)
            .with_hint("`nginx -t` on the host would say the same"),
    )
}
