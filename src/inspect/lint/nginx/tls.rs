//! Checks TLS: minimum version, ciphers, and a certificate for every server.

use super::super::{BundleView, Findings};
use super::Directive;
use crate::diagnostics::{Code, Diagnostic};
use crate::values::sanitize;

/// Protocols with known attacks.
const OLD: &[&str] = &["SSLv2", "SSLv3", "TLSv1", "TLSv1.1"];
const PROTOCOLS: &[&str] = &["TLSv1.2", "TLSv1.3"];

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for directive in subject.directives() {
        match directive.name.as_str() {
            "ssl_protocols" => protocols(directive, found),
            "ssl_ciphers" | "proxy_ssl_ciphers" => ciphers(directive, found),
            "ssl_ecdh_curve" => curves(directive, subject, found),
            "ssl_stapling" if directive.first() == "on" => found.push(
                Diagnostic::new(
                    Code::TlsStapling,
                    "public certificate authorities stopped OCSP in 2025: stapling fails".to_owned(),
                )
                .with_location(directive.place.clone())
                .with_hint("remove it"),
            ),
            _ => {}
        }
    }
    for server in subject.servers() {
        let tls: Vec<_> =
            server.all("listen").filter(|listen| listen.has_arg("ssl") || listen.has_arg("quic")).collect();
        for listen in server.all("listen").filter(|listen| !listen.has_arg("ssl") && !listen.has_arg("quic"))
        {
            if port(listen.first()) == Some(443) {
                found.push(
                    Diagnostic::new(Code::TlsMissing, "port 443 has no `ssl`: it would use plain HTTP")
                        .with_location(listen.place.clone())
                        .with_hint("write `listen 443 ssl;`"),
                );
            }
        }
        if tls.is_empty() {
            if let Some(certificate) = server.first_named("ssl_certificate") {
                found.push(
                    Diagnostic::new(Code::TlsMissing, "the certificate is not used: no `listen` has `ssl`")
                        .with_location(certificate.place.clone())
                        .with_hint("add `listen 443 ssl;`"),
                );
            }
            continue;
        }
        let rejects =
            server.first_named("ssl_reject_handshake").is_some_and(|setting| setting.first() == "on");
        for name in ["ssl_certificate", "ssl_certificate_key"] {
            if server.first_named(name).is_none() && !rejects {
                found.push(
                    Diagnostic::new(
                        Code::TlsMissing,
                        format!("a server with `ssl` has no `{name}`: nginx does not start"),
                    )
                    .with_location(server.place.clone())
                    .with_hint(format!("write `{name} /etc/nginx/tls/…;`")),
                );
            }
        }
        if server.first_named("ssl_protocols").is_none() {
            found.push(
                Diagnostic::new(
                    Code::TlsProtocolOld,
                    "the server has no `ssl_protocols`: the default of nginx allows TLS 1.0",
                )
                .with_location(server.place.clone())
                .with_hint("write `ssl_protocols TLSv1.2 TLSv1.3;`"),
            );
        }
    }
}

/// Returns the port of a `listen`.
pub(super) fn port(listen: &str) -> Option<u16> {
    let text = if listen.contains(']') || !listen.contains(':') {
        listen.rsplit("]:").next().unwrap_or(listen)
    } else {
        listen.rsplit(':').next().unwrap_or(listen)
    };
    text.parse().ok()
}

fn protocols(directive: &Directive, found: &mut Findings) {
    for word in &directive.arguments {
        let text = word.text.as_str();
        if OLD.contains(&text) {
            found.push(
                Diagnostic::new(
                    Code::TlsProtocolOld,
                    format!("`{text}` is insecure: the minimum is TLS 1.2"),
                )
                .with_location(word.place.clone())
                .with_hint("write `ssl_protocols TLSv1.2 TLSv1.3;`"),
            );
        } else if !PROTOCOLS.contains(&text) {
            found.push(
                Diagnostic::new(
                    Code::NginxValueInvalid,
                    format!("`{}` is not a version of TLS", sanitize(text)),
                )
                .with_location(word.place.clone())
                .with_hint("write `ssl_protocols TLSv1.2 TLSv1.3;`"),
            );
        }
    }
}

fn ciphers(directive: &Directive, found: &mut Findings) {
    let Some(word) = directive.arguments.first() else { return };
    for suite in word.text.split([':', ',', ' ']).filter(|suite| !suite.is_empty()) {
        if suite.starts_with(['!', '-', '@']) {
            continue;
        }
        let forward = suite.starts_with("ECDHE-") || suite.starts_with("DHE-") || suite.starts_with("TLS_");
        let sealed = ["GCM", "CHACHA20", "CCM"].iter().any(|mode| suite.contains(mode));
        if !(forward && sealed) {
            found.push(
                Diagnostic::new(
                    Code::TlsCipherWeak,
                    format!("`{}` lacks forward secrecy or authenticated encryption", sanitize(suite)),
                )
                .with_location(word.place.clone())
                .with_hint("use suites that begin with ECDHE and end in GCM or POLY1305"),
            );
            return;
        }
    }
}

fn curves(directive: &Directive, subject: &BundleView<'_>, found: &mut Findings) {
    let Some(target) = subject.target else { return };
    if directive.first().contains("MLKEM") && !target.mlkem() {
        let (major, minor, _) = target.openssl;
        found.push(
            Diagnostic::new(
                Code::NginxDirectiveNewer,
                format!(
                    "X25519MLKEM768 requires OpenSSL 3.5, but {} has {major}.{minor}: nginx does not start",
                    target.title
                ),
            )
            .with_location(directive.place.clone())
            .with_hint("write `ssl_ecdh_curve X25519:prime256v1:secp384r1;`"),
        );
    }
}
