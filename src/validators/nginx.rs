//! `nginx -t` reads the site, inside our own main configuration, with temporary certificates and an address for every name.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::sandbox::{Capability, Sandbox};
use super::{NoResult, ValidatorResult, failed, find, version};
use crate::diagnostics::{Code, Diagnostic};
use crate::fs::Deadline;
use crate::inspect::lint::{BundleView, at, input_rules};
use crate::values::escape_all;

const CHAIN: &[u8] = include_bytes!("fixtures/chain.pem");
const KEY: &[u8] = include_bytes!("fixtures/key.pem");

/// The main configuration: what is around a site, and nothing on which a site could depend.
const MAIN: &str = "\
pid /tmp/nginx.pid;
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

/// Where a site may write logs and caches.
const WRITABLE: [&str; 3] = ["/var/log/nginx", "/var/cache/nginx", "/var/lib/nginx"];

/// Whether nginx is given a file: one of the site, which the bundle's manifest lists and whose directives the lint has read.
/// The main configuration is ours.
pub(super) fn reads(subject: &BundleView<'_>, path: &Utf8Path, _: &str) -> bool {
    let is_site =
        ["root/etc/nginx/conf.d", "root/etc/nginx/snippets"].iter().any(|top| path.starts_with(top));
    is_site && path.extension() == Some("conf") && subject.is_listed(path)
}

pub(super) fn run(subject: &BundleView<'_>, deadline: Deadline) -> ValidatorResult {
    if subject.sites.is_empty() {
        return Err(NoResult::NotApplicable);
    }
    let nginx = find("nginx")?;
    if !input_rules::allows_nginx(subject) {
        return Err(NoResult::Rejected);
    }
    let mut sandbox = Sandbox::new(deadline)?.with(Capability::BindService);
    let own = version(&sandbox.run(&nginx, ["-v"])?.all());
    if let Some((name, since)) =
        crate::inspect::lint::nginx::newest(subject).filter(|(_, since)| *since > own)
    {
        let (major, minor, patch) = since;
        return Err(NoResult::Unavailable(format!(
            "nginx {}.{}.{} here is older than `{name}`, which came with {major}.{minor}.{patch}",
            own.0, own.1, own.2
        )));
    }
    // As user 0 it would give its directories to an account that the sandbox does not have.
    let user = if sandbox.has_user_zero() { "user root root;\n" } else { "" };
    sandbox.write_file("/etc/nginx/nginx.conf", format!("{user}{MAIN}").as_bytes())?;
    for (_, host, text) in subject.hosts() {
        sandbox.write_file(host, text.as_bytes())?;
    }
    for path in WRITABLE {
        sandbox.writable(path)?;
    }
    let mut names = BTreeSet::new();
    for directive in subject.directives() {
        let first = directive.first();
        match directive.name.as_str() {
            _ if first.contains('$') => {}
            "ssl_certificate_key" if first.starts_with('/') => sandbox.write_file(first, KEY)?,
            "ssl_certificate" | "ssl_trusted_certificate" | "ssl_client_certificate"
                if first.starts_with('/') =>
            {
                sandbox.write_file(first, CHAIN)?;
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
    sandbox.write_file("/etc/hosts", format!("127.0.0.1 {}\n", names.join(" ")).as_bytes())?;
    let output = sandbox.run(&nginx, ["-t", "-c", "/etc/nginx/nginx.conf"])?;
    let findings: Vec<_> = output.err.lines().filter_map(|line| finding(line, subject)).collect();
    // It says so when it has read everything.
    let is_answer = output.is_good() && output.err.contains("test is successful");
    if findings.is_empty() && !is_answer { Err(failed(&output, "nginx")) } else { Ok(findings) }
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
        Diagnostic::new(Code::NginxRejects, format!("nginx: {}", escape_all(words)))
            .with_location(place)
            .with_hint("`nginx -t` on the host would report the same"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::file_tree::{FileTree, TreeEntry, TreeNode};

    #[test]
    fn nginx_gets_only_files_whose_directives_were_read() {
        let mut tree = FileTree::default();
        let mut add = |path: &str, text: &str| {
            let kind = TreeNode::File(text.as_bytes().to_vec());
            tree.insert(path.into(), TreeEntry { kind, mode: 0o644, uid: 0, gid: 0 });
        };
        let paths = [
            "conf.d/a.conf",
            "snippets/b.conf",
            "conf.d/c.inc",
            "snippets/d",
            "nginx.conf",
            "conf.d/unlisted.conf",
        ];
        for path in paths {
            add(&format!("root/etc/nginx/{path}"), "perl_set $x 'sub {}';\n");
        }
        let listed = paths[..5].iter().map(|path| format!("{{\"path\":\"/etc/nginx/{path}\"}}"));
        let listed = listed.collect::<Vec<_>>().join(",");
        add("MANIFEST.json", &format!("{{\"generator\":{{\"name\":\"panelgen\"}},\"entries\":[{listed}]}}"));
        let subject = BundleView::new(&tree, true, None);
        let given = subject.texts().filter(|(path, text)| reads(&subject, path, text));
        let given: Vec<_> = given.map(|(path, _)| path.as_str()).collect();
        assert_eq!(given, ["root/etc/nginx/conf.d/a.conf", "root/etc/nginx/snippets/b.conf"]);
        for path in given {
            assert!(subject.sites.iter().any(|site| site.path == path), "{path}");
        }
    }
}
