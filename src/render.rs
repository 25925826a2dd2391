//! Renders parameters into a bundle.

mod bundle_template;
mod host_files;
mod lock;
pub mod parameters;
mod readme;

use std::cell::RefCell;
use std::sync::Arc;

use crate::bundle::Bundle;
use crate::cache::LruCache;
use crate::components::file_spec::FileSpec;
use crate::config::Config;
use crate::config::value::MapEntry;
use crate::delivery::cloud_config::SecretPolicy;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::host::{self, Host, PER_HOST_KEYS, SharedConfig};
use crate::plan::{self, Plan};
use crate::template;
use crate::values::Secret;
use bundle_template::BundleTemplate;
use host_files::HostFiles;

pub use host_files::text;

/// The result of rendering: the resolved host, the plan and the bundle.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The resolved host.
    pub host: Host,
    /// The plan.
    pub plan: Arc<Plan>,
    /// The bundle.
    pub bundle: Bundle,
}

/// Renders parameters into a bundle, or returns `None` on errors. `secret` is the initial password if it
/// comes from a file or standard input. `secrets` decides whether it may be included in user-data.
pub fn render(
    config: &Config,
    secret: Option<Secret>,
    secrets: SecretPolicy,
    diagnostics: &mut Diagnostics,
) -> Option<Rendered> {
    let (host, plan) = plan_cached(config, secret, diagnostics);
    let plan = plan?;
    let bundle = assemble(&host, &plan, config, secrets, diagnostics)?;
    Some(Rendered { host, plan, bundle })
}

/// Keyed by the shared parameters and whether a password is set. The documents' text may contain a password
/// and is not kept.
type PlanCache = LruCache<(Vec<MapEntry>, bool), (Arc<SharedConfig>, Arc<Plan>)>;

thread_local! {
    static PLANS: RefCell<PlanCache> = RefCell::default();
}

/// Resolves the host, and builds the plan unless there are errors. Hosts that differ only in their own values
/// share configuration and plan. A result with diagnostics is not cached, so that each host reports them at
/// its own location.
fn plan_cached(
    config: &Config,
    secret: Option<Secret>,
    diagnostics: &mut Diagnostics,
) -> (Host, Option<Arc<Plan>>) {
    let mut plan = None;
    let known = |given| {
        let same = |(known, with): &(Vec<MapEntry>, bool)| {
            *with == given && config.equals_excluding(PER_HOST_KEYS, known)
        };
        let (shared, known) = PLANS.with_borrow_mut(|cache| cache.get(same))?;
        plan = Some(known);
        Some(shared)
    };
    let host = host::resolve_cached(config, secret, known, diagnostics);
    if let Some(plan) = plan {
        return (host, Some(plan).filter(|_| !diagnostics.has_errors()));
    }
    let mut found = Diagnostics::default();
    let plan = plan::build_plan(&host.shared, &mut found);
    if let Some(plan) = plan.as_ref().filter(|_| host.has_no_diagnostics && found.is_empty()) {
        let (key, value) = (
            (config.excluding(PER_HOST_KEYS), host.has_password),
            (Arc::clone(&host.shared), Arc::clone(plan)),
        );
        PLANS.with_borrow_mut(|cache| cache.insert(key, value));
    }
    diagnostics.merge(found);
    (host, plan.filter(|_| !diagnostics.has_errors()))
}

/// Checks parameters for everything that rendering would report, without rendering a bundle.
pub fn check(config: &Config, secret: Option<Secret>, diagnostics: &mut Diagnostics) -> Host {
    let (host, plan) = plan_cached(config, secret, diagnostics);
    if let Some(plan) = plan
        && HostFiles::cached(&plan).and_then(|files| files.check_encodable(&host)).is_err()
    {
        report_encoding_errors(&host, &plan, config, diagnostics);
    }
    host
}

/// Renders only the bundle, without a secret in its user-data.
pub fn bundle(config: &Config, secret: Option<Secret>, diagnostics: &mut Diagnostics) -> Option<Bundle> {
    render(config, secret, SecretPolicy::Omit, diagnostics).map(|rendered| rendered.bundle)
}

/// The bundle of a plan, or `None` if a file's syntax cannot express one of its values.
pub fn assemble(
    host: &Host,
    plan: &Arc<Plan>,
    config: &Config,
    secrets: SecretPolicy,
    diagnostics: &mut Diagnostics,
) -> Option<Bundle> {
    let bundle =
        BundleTemplate::cached(&host.shared, plan, secrets).and_then(|template| template.render(host));
    if bundle.is_err() {
        report_encoding_errors(host, plan, config, diagnostics);
    }
    bundle.ok().filter(|_| !diagnostics.has_errors())
}

/// Reports every file whose syntax cannot express one of its values.
fn report_encoding_errors(host: &Host, plan: &Plan, config: &Config, diagnostics: &mut Diagnostics) {
    for spec in plan.files() {
        if let Err(error) = text(spec, host) {
            config.report(diagnostics, encoding_error(spec, &error, config));
        }
    }
}

/// The diagnostic for a valid value that the syntax of a file cannot express.
fn encoding_error(spec: &FileSpec, error: &template::Error, config: &Config) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::ValueUnwritable, format!("{}: {}", spec.path, error.why))
        .with_hint("use a value without that character");
    let texts = config.texts();
    let value = texts.iter().filter_map(|(path, value)| Some((path, value, value.text()?)));
    let value = value.filter(|(.., text)| error.is_about(text)).max_by_key(|(.., text)| text.len());
    match value {
        Some((path, value, _)) => {
            diagnostic.with_parameter(path.as_str()).with_location(value.location.clone())
        }
        // No parameter has this value, so the template itself is wrong.
        None => Diagnostic { message: error.to_string(), ..diagnostic },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::{Config as ProptestConfig, TestRunner};

    use super::*;
    use crate::facts::target::TARGETS;
    use crate::values::{Domain, EmailAddress, FromText as _};

    /// One host for every shared configuration that puts a name into a different file.
    fn panels() -> Vec<(Host, Arc<Plan>)> {
        let ways = [
            vec![("tls.acme", "webroot")],
            vec![("tls.acme", "standalone"), ("certbot.key_type", "rsa")],
            vec![("tls.acme", "dns"), ("tls.dns", "{plugin: cloudflare, credentials: /etc/cloudflare.ini}")],
            vec![("tls.acme", "none"), ("tls.certificate", "/etc/c.pem"), ("tls.key", "/etc/k.pem")],
        ];
        let mut panels = Vec::new();
        for target in TARGETS.iter() {
            for kind in ["faasd", "pai", "none"] {
                for way in &ways {
                    let mut config = Config::default();
                    let mut diagnostics = Diagnostics::default();
                    let common = [("domain", "panel.example.org"), ("target", target.name), ("panel", kind)];
                    let mirror = [("mirror", "https://mirror.example.org")];
                    for (key, value) in common.iter().chain(&mirror).chain(way) {
                        config.merge_set(&format!("{key}={value}"), &mut diagnostics);
                    }
                    let host = host::resolve(&config, None, &mut diagnostics);
                    let plan = plan::build_plan(&host.shared, &mut diagnostics).unwrap();
                    panels.push((host, plan));
                }
            }
        }
        panels
    }

    #[test]
    fn valid_names_can_be_written_to_every_file() {
        let panels = panels();
        let label = "([a-z0-9]|[a-z0-9][a-z0-9-]{0,8}[a-z0-9]|[a-z0-9]{63})";
        let words = "(default|hostnames|include|volatile|case|time|if|0|1d|case.time|xn--mnchen-3ya.example)";
        let domain = format!("({label}(\\.{label}){{0,3}}|{words})");
        let domain = proptest::string::string_regex(&domain)
            .unwrap()
            .prop_filter_map("no domain", |text| Domain::parse(&text).ok());
        let mail = proptest::string::string_regex("[!-~]{1,16}@[a-z0-9.-]{1,16}").unwrap();
        let mail =
            prop::option::of(mail).prop_map(|text| text.and_then(|text| EmailAddress::parse(&text).ok()));
        let names = (prop::collection::vec(domain, 1..4), mail, any::<prop::sample::Index>());
        let config = ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() };
        TestRunner::new(config)
            .run(&names, |(domains, mail, which)| {
                let (host, plan) = which.get(&panels);
                let host = Host { domains, mail, ..host.clone() };
                for spec in plan.files().into_iter().filter(|spec| spec.per_host.is_some()) {
                    prop_assert!(text(spec, &host).is_ok(), "{}: {:?}", spec.path, text(spec, &host));
                }
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn too_many_names_are_rejected_with_any_cache_state() {
        let check = |names: usize| {
            let mut config = Config::default();
            let mut diagnostics = Diagnostics::default();
            let names: Vec<_> = (0..names).map(|number| format!("h{number}.panel.corp")).collect();
            config.merge_flag_list("domain", "-d", &names);
            config.merge_set("tls.server=https://ca.corp/directory", &mut diagnostics);
            check(&config, None, &mut diagnostics);
            diagnostics.entries().iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>()
        };
        for (names, codes) in [
            (1, vec![]),
            (40_000, vec![Code::ValueUnwritable]),
            (1, vec![]),
            (host_files::MAX_FAST_PATH_DOMAINS, vec![]),
        ] {
            assert_eq!(check(names), codes, "{names}");
        }
    }

    #[test]
    fn rendering_is_independent_of_earlier_renderings() {
        let bundle = |(number, secrets): &(usize, SecretPolicy)| {
            let mut config = Config::default();
            let mut diagnostics = Diagnostics::default();
            let targets = TARGETS.iter().map(|target| target.name);
            let kinds = targets.flat_map(|target| ["none", "faasd"].map(|host| (target, host)));
            let (target, host) = kinds.cycle().nth(number / 2).unwrap();
            config.merge_flag_list("domain", "-d", &[format!("h{number}.example.org")]);
            config.merge_flag("target", "--target", target);
            config.merge_flag("panel", "-t", host);
            if number % 3 > 0 {
                config.merge_flag("passinit", "-p", &format!("a-password-{number}-of-its-own"));
            }
            render(&config, None, *secrets, &mut diagnostics)
                .unwrap_or_else(|| panic!("{}", diagnostics.text(false)))
                .bundle
        };
        // Two hosts of each configuration, more configurations than the cache holds, each with both policies
        // for secrets.
        let hosts: Vec<_> = (0..40)
            .flat_map(|number| [(number, SecretPolicy::Omit), (number, SecretPolicy::Include)])
            .collect();
        let alone = |host: &(usize, SecretPolicy)| {
            std::thread::scope(|scope| scope.spawn(|| bundle(host)).join().unwrap())
        };
        let first: Vec<_> = hosts.iter().map(alone).collect();
        for _ in 0..2 {
            assert!(hosts.iter().map(bundle).eq(first.iter().cloned()));
        }
    }

    #[test]
    fn cache_ignores_locations_but_reports_them() {
        let check = |text: &str| {
            let mut config = Config::default();
            let mut diagnostics = Diagnostics::default();
            config.merge_yaml("f.yaml".into(), text, &mut diagnostics);
            let host = check(&config, None, &mut diagnostics);
            (host.shared, diagnostics)
        };
        let (one, _) = check("domain: a.example.org\npanel: none\n");
        let (other, _) = check("# further down\n\ndomain: b.example.org\npanel: none\n");
        assert!(Arc::ptr_eq(&one, &other));
        // An error of the plan, and a warning of the shared configuration.
        for (value, column) in [("faasd: {gateway_port: 5000}", 23), ("stack: classic", 8)] {
            for lines in 0..3 {
                let text = format!("{}domain: a.example.org\n{value}\n", "\n".repeat(lines));
                let (_, diagnostics) = check(&text);
                let place = format!("f.yaml:{}:{column}", lines + 2);
                assert!(!diagnostics.is_empty(), "{value}");
                for diagnostic in diagnostics.entries() {
                    assert_eq!(diagnostic.locations[0].to_string(), place);
                }
            }
        }
    }
}
