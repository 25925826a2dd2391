//! nginx: the directives of the table in `nginx::directive`, with paths only in the directories that nginx
//! uses.

use super::super::nginx::{Directive, is_forbidden};
use super::super::{BundleView, Findings};
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// The directory of nginx logs.
const LOGS: &[&str] = &["/var/log/nginx/"];

/// The directories of bodies and caches.
const DATA: &[&str] = &["/var/cache/nginx/", "/var/lib/nginx/"];

pub(super) fn check(subject: &BundleView<'_>, found: &mut Findings) {
    for file in &subject.sites {
        for directive in &file.directives {
            directive.visit(&mut |directive| {
                if let Some((why, hint)) = reason(directive) {
                    let place = directive.arguments.first().map_or(&directive.place, |first| &first.place);
                    let finding = Diagnostic::new(Code::NginxDirectiveForbidden, why);
                    found.push(finding.with_location(place.clone()).with_hint(hint));
                }
            });
        }
    }
}

/// Returns why nginx may not read a directive, and a hint.
fn reason(directive: &Directive) -> Option<(String, String)> {
    let name = directive.name.as_str();
    let first = directive.first();
    if is_forbidden(name) {
        let why = format!("`{}` is a directive of the main configuration, or loads code", sanitize(name));
        return Some((why, "remove it".to_owned()));
    }
    let outside = |path: &str, wanted: &str| {
        let why = format!("`{name}` names `{}`, which is outside of {wanted}", sanitize(path));
        Some((why, format!("use a path below {wanted}")))
    };
    let is_below = |path: &str, tops: &[&str]| {
        tops.iter().any(|top| path.starts_with(top)) && !path.split('/').any(|part| part == "..")
    };
    match name {
        "include"
            if !is_below(first, &["/etc/nginx/"]) && (first.starts_with('/') || first.contains("..")) =>
        {
            outside(first, "/etc/nginx")
        }
        "access_log" | "error_log" | "rewrite_log" | "ssl_key_log" => {
            let harmless = ["off", "on", "stderr", ""].contains(&first) || first.starts_with("syslog:");
            if harmless || is_below(first, LOGS) { None } else { outside(first, "/var/log/nginx") }
        }
        _ if name.ends_with("_temp_path") || name.ends_with("_cache_path") => {
            if is_below(first, DATA) {
                None
            } else {
                outside(first, "/var/cache/nginx or /var/lib/nginx")
            }
        }
        _ if name.ends_with("_store") && !["on", "off"].contains(&first) => {
            if is_below(first, DATA) {
                None
            } else {
                outside(first, "/var/cache/nginx or /var/lib/nginx")
            }
        }
        _ if reads_file(name) => {
            let path = first.strip_prefix("data:").map_or(first, |_| "/");
            let is_path = path.starts_with('/') || path.starts_with('$');
            let climbs = path.split('/').any(|part| part == "..");
            (!is_path || climbs).then(|| {
                let why = format!("`{name}` names `{}`, which is not an absolute path", sanitize(first));
                (why, "use the absolute path of the file".to_owned())
            })
        }
        _ => None,
    }
}

/// Whether the first argument of a directive is a file that nginx reads at start. A word such as `engine:…`
/// would load code.
fn reads_file(name: &str) -> bool {
    let ends = ["_certificate", "_certificate_key", "_password_file", "_crl", "_dhparam", "_stapling_file"];
    ends.iter().any(|end| name.ends_with(end))
        || [
            "ssl_session_ticket_key",
            "auth_basic_user_file",
            "xslt_stylesheet",
            "geoip_country",
            "geoip_city",
        ]
        .contains(&name)
        || ["geoip_org", "quic_host_key", "ssl_encrypted_hello_key", "xml_entities"].contains(&name)
}
