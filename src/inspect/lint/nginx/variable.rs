//! Checks variables: nginx rejects a file that uses an undefined one.

use std::collections::BTreeSet;

use super::super::{BundleView, Findings};
use crate::diagnostics::{Code, Diagnostic, did_you_mean, nearest};
use crate::values::sanitize;

/// Variables of nginx, besides those with a prefix in [`PREFIXES`].
const OWN: &[&str] = &[
    "ancient_browser",
    "args",
    "binary_remote_addr",
    "body_bytes_sent",
    "bytes_received",
    "bytes_sent",
    "connection",
    "connection_requests",
    "connection_time",
    "connections_active",
    "connections_reading",
    "connections_waiting",
    "connections_writing",
    "content_length",
    "content_type",
    "date_gmt",
    "date_local",
    "document_root",
    "document_uri",
    "fastcgi_path_info",
    "fastcgi_script_name",
    "gzip_ratio",
    "host",
    "hostname",
    "http2",
    "http3",
    "https",
    "invalid_referer",
    "is_args",
    "is_request_port",
    "limit_conn_status",
    "limit_rate",
    "limit_req_status",
    "memcached_key",
    "modern_browser",
    "msec",
    "msie",
    "nginx_version",
    "pid",
    "pipe",
    "protocol",
    "proxy_add_x_forwarded_for",
    "proxy_host",
    "proxy_internal_body_length",
    "proxy_port",
    "proxy_protocol_addr",
    "proxy_protocol_port",
    "proxy_protocol_server_addr",
    "proxy_protocol_server_port",
    "query_string",
    "quic",
    "realip_remote_addr",
    "realip_remote_port",
    "realpath_root",
    "remote_addr",
    "remote_port",
    "remote_user",
    "request",
    "request_body",
    "request_body_file",
    "request_completion",
    "request_filename",
    "request_id",
    "request_length",
    "request_method",
    "request_port",
    "request_time",
    "request_uri",
    "scheme",
    "secure_link",
    "secure_link_expires",
    "server_addr",
    "server_name",
    "server_port",
    "server_protocol",
    "slice_range",
    "status",
    "tcpinfo_rcv_space",
    "tcpinfo_rtt",
    "tcpinfo_rttvar",
    "tcpinfo_snd_cwnd",
    "time_iso8601",
    "time_local",
    "uid_got",
    "uid_reset",
    "uid_set",
    "uri",
];

/// The prefixes of nginx's own variables.
const PREFIXES: &[&str] = &[
    "arg_",
    "cookie_",
    "http_",
    "sent_http_",
    "sent_trailer_",
    "trailer_",
    "upstream_",
    "ssl_",
    "geoip_",
    "jwt_",
    "proxy_protocol_tlv_",
];

/// Directives in whose arguments a dollar sign does not start a variable.
const LITERAL: &[&str] =
    &["location", "server_name", "rewrite", "if", "map", "geo", "proxy_redirect", "include"];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    let all = subject.directives();
    let mut known: BTreeSet<&str> = OWN.iter().copied().collect();
    for directive in &all {
        let place = match directive.name.as_str() {
            "set" | "auth_request_set" => 0,
            "map" | "split_clients" => 1,
            "geo" => directive.arguments.len().saturating_sub(1),
            _ => continue,
        };
        if let Some(name) = directive.arguments.get(place).and_then(|word| word.text.strip_prefix('$')) {
            known.insert(name);
        }
    }
    for directive in &all {
        let words = directive.arguments.iter().map(|word| word.text.as_str());
        for text in words.chain([directive.name.as_str()]) {
            known.extend(text.split("(?<").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0)));
        }
    }
    for directive in &all {
        let own_words = ["map", "geo", "split_clients"].contains(&directive.name.as_str());
        let words: Vec<_> = match directive.name.as_str() {
            // The source of a map is a variable; the variable that it defines is not looked up.
            _ if own_words => {
                directive.arguments.iter().take(directive.arguments.len().saturating_sub(1)).collect()
            }
            "set" | "auth_request_set" | "rewrite" => directive.arguments.iter().skip(1).collect(),
            // A line of a map that begins with `~` is a regular expression.
            name if LITERAL.contains(&name) || name.starts_with('~') => Vec::new(),
            _ => directive.arguments.iter().collect(),
        };
        for word in words {
            for name in names(&word.text) {
                let is_own = PREFIXES.iter().any(|begin| name.starts_with(begin)) || known.contains(name);
                if !is_own {
                    let finding = Diagnostic::new(
                        Code::NginxVariableUnknown,
                        format!("undefined variable `${}`", sanitize(name)),
                    )
                    .with_location(word.place.clone());
                    found.push(match nearest(name, known.iter().copied()) {
                        Some(near) => finding.with_hint(did_you_mean(format_args!("${near}"))),
                        None => finding.with_hint("define it with `set` or `map`, or remove it"),
                    });
                }
            }
        }
    }
}

/// Returns the variables in a word: `$name` and `${name}`.
fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (start, _) in text.match_indices('$') {
        let rest = &text[start + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        // `$1` is a capture of a regular expression.
        if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            names.push(name);
        }
    }
    names
}
