//! Resolves parameters into a host.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::parameters::ResolvedParameters;
use super::{
    Acme, Alarm, CertbotConfig, CodeServerConfig, DropIn, FaasdConfig, Host, Hsts, Overrides, PER_HOST_KEYS,
    PaiConfig, PanelKind, PinnedRelease, ProxyConfig, RouteConfig, SharedConfig, TlsConfig, TlsProfile,
    TrustedProxies, WithLocation,
};
use crate::config::value::{MapEntry, Spanned, Value};
use crate::config::{Config, schema};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location, did_you_mean};
use crate::facts::releases::{self, Arch, Images, Program, STACKS, Stack, UpstreamChecksum};
use crate::facts::target::{DNS_PLUGINS, Target};
use crate::values::{
    Domain, DomainOrWildcard, EmailAddress, FromText, HostPath, ImageDigest, ImageRef, RegistryAuth,
    RoutePath, Secret, Sha256, Timeout, Upstream, Version, sanitize,
};

/// The keys of the images.
const IMAGES: [&str; 5] = ["gateway", "queue_worker", "nats", "prometheus", "basic_auth"];

/// Directories below which accounts other than root have directories of their own.
const OPEN_DIRECTORIES: &[&str] = &["/home", "/tmp", "/var/tmp", "/dev", "/run/user"];

/// Resolves the parameters. `secret` is the initial password if it comes from a file or standard input.
/// Invalid values are replaced with defaults; such a host only serves to find further errors.
pub fn resolve(config: &Config, secret: Option<Secret>, diagnostics: &mut Diagnostics) -> Host {
    resolve_cached(config, secret, |_| None, diagnostics)
}

/// Like [`resolve`], but `known` may return a shared configuration from a cache. It is called with whether a
/// password is set.
pub fn resolve_cached(
    config: &Config,
    secret: Option<Secret>,
    known: impl FnOnce(bool) -> Option<Arc<SharedConfig>>,
    diagnostics: &mut Diagnostics,
) -> Host {
    config.check_keys(PER_HOST_KEYS, diagnostics);
    let secret = secret.or_else(|| config.parsed("passinit"));
    let given = secret.is_some();
    let shared = known(given).unwrap_or_else(|| Arc::new(shared_config(config, given, diagnostics)));
    Resolver { config, diagnostics }.panel(secret, shared)
}

/// Resolves the shared configuration. It never sees the per-host values, so it cannot depend on them.
fn shared_config(config: &Config, given: bool, diagnostics: &mut Diagnostics) -> SharedConfig {
    let config = config.without(PER_HOST_KEYS);
    let mut found = Diagnostics::default();
    config.check(&mut found);
    let mut shared = Resolver { config: &config, diagnostics: &mut found }.shared_config(given);
    shared.has_no_diagnostics = found.is_empty();
    diagnostics.merge(found);
    shared
}

struct Resolver<'a> {
    config: &'a Config,
    diagnostics: &'a mut Diagnostics,
}

impl Resolver<'_> {
    fn panel(&mut self, secret: Option<Secret>, shared: Arc<SharedConfig>) -> Host {
        let domains = self.domains(&shared.tls.acme);
        if shared.tls.server.is_none() && !matches!(shared.tls.acme, Acme::None { .. }) {
            self.public_ca(&domains);
        }
        let mut domains: Vec<Domain> = domains.into_iter().map(|(domain, _)| domain).collect();
        if domains.is_empty() {
            domains.push(Domain::parse("panel.invalid").expect("a reserved name is a domain"));
        }
        let registry_auth = self.registry_auth();
        Host { domains, mail: self.config.parsed("mail"), password: secret, registry_auth, shared }
    }

    /// The credentials of registries. Whoever reads the file that the parameters name reports why it cannot.
    fn registry_auth(&mut self) -> Option<RegistryAuth> {
        const PATH: &str = "registry.auth";
        let auth = self.config.registry_auth();
        let is_reported =
            || self.diagnostics.entries().iter().any(|known| known.parameter.as_deref() == Some(PATH));
        let source = self.config.get(PATH)?;
        if auth.is_none() && matches!(source.value, Value::Map(_)) && !is_reported() {
            let message = "names a file or standard input, which the library does not read";
            let diagnostic = Diagnostic::new(Code::FileUnreadable, message)
                .with_hint("read it, and set its text as the value of `registry.auth`");
            self.report(PATH, diagnostic);
        }
        auth
    }

    fn shared_config(&mut self, given: bool) -> SharedConfig {
        let kind = match self.config.text_or_default("panel") {
            "pai" | "1" => PanelKind::Pai,
            "none" => PanelKind::None,
            _ => PanelKind::Faasd,
        };
        let target = Target::named(self.config.text_or_default("target")).unwrap_or_else(Target::default);
        let arch = match self.config.text_or_default("arch") {
            "arm64" | "aarch64" => Arch::Arm64,
            _ => Arch::Amd64,
        };
        let stack = self.stack();
        let tls = self.tls(target);
        let containerd =
            if target.dynamic_containerd() { Program::Containerd } else { Program::ContainerdStatic };
        let containerd = self.release("containerd", containerd, stack, arch);
        let runc = self.release("runc", Program::Runc, stack, arch);
        let cni = self.release("cni", Program::Cni, stack, arch);
        let faas_cli = self.release("faas_cli", Program::FaasCli, stack, arch);
        let faasd = self.faasd(kind, stack, arch);
        let code_server = self.code_server(stack, arch);
        let mut shared = SharedConfig {
            kind,
            target,
            arch,
            stack,
            has_password: given,
            has_registry_auth: self.config.get("registry.auth").is_some(),
            has_no_diagnostics: false,
            mirror: self.config.parsed("mirror"),
            image_prefix: self.config.parsed("registry.prefix"),
            proxy: self.proxy(),
            install: self.directory("dirs.install"),
            install_location: self.config.location("dirs.install"),
            data: self.directory("dirs.data"),
            tls,
            routes: self.routes(),
            client_max_body_size: self.config.parsed_or_default("nginx.client_max_body_size"),
            ipv6: self.config.is_on("nginx.ipv6"),
            default_server: self.config.is_on("nginx.default_server"),
            trusted_proxies: self.trusted_proxies(),
            certbot: self.certbot(target),
            containerd,
            runc,
            cni,
            faas_cli,
            faasd,
            code_server,
            pai: self.pai(arch),
            overrides: self.overrides(),
            parameters: ResolvedParameters::default(),
        };
        shared.parameters = ResolvedParameters::of(self.config, &shared);
        self.validate_cross_fields(&shared);
        shared
    }

    fn stack(&mut self) -> &'static Stack {
        let name = self.config.text_or_default("stack");
        let stack = STACKS.iter().find(|stack| stack.name == name).unwrap_or(&STACKS[0]);
        if stack.name == "classic" {
            let diagnostic = Diagnostic::new(
                Code::StackUnsupported,
                "the versions of 2020 have known vulnerabilities and get no security fixes, and their images are at no \
                 registry any more",
            )
            .with_hint("import archives of the images with `panel.sh install --assets DIR`, or use `current`");
            self.report("stack", diagnostic);
        }
        stack
    }

    fn domains(&mut self, acme: &Acme) -> Vec<(Domain, Location)> {
        let domains: Vec<(DomainOrWildcard, Location)> = self.config.parsed_list("domain");
        let domains: Vec<(Domain, Location)> =
            domains.into_iter().map(|(domain, location)| (domain.0, location)).collect();
        if self.config.items("domain").next().is_none() && !self.has_parse_errors() {
            self.diagnostics.push(
                Diagnostic::new(Code::DomainMissing, "no domain is set")
                    .with_parameter("domain")
                    .with_hint("use `-d panel.example.org`, or set `domain:` in a file passed with `-f`"),
            );
        }
        let mut unique = BTreeSet::new();
        for (domain, location) in &domains {
            if let Some(typed) = domain.typed() {
                let message =
                    format!("`{}` is written `{domain}` in DNS and in the certificate", sanitize(typed));
                self.at("domain", Diagnostic::new(Code::DomainIdn, message), location);
            }
            if !unique.insert(domain) {
                let diagnostic =
                    Diagnostic::new(Code::DomainDuplicate, format!("`{domain}` is listed twice"))
                        .with_hint("remove one of the two");
                self.at("domain", diagnostic, location);
            }
        }
        self.wildcards(&domains, acme);
        domains
    }

    /// The first domain names files and directories, and a wildcard needs proof in DNS.
    fn wildcards(&mut self, domains: &[(Domain, Location)], acme: &Acme) {
        for (number, (domain, location)) in domains.iter().enumerate() {
            let diagnostic = if domain.is_wildcard() && number == 0 {
                Diagnostic::new(
                    Code::DomainWildcard,
                    format!("the first domain is `{domain}`, but a wildcard has no name for the certificate"),
                )
                .with_hint("list a domain without `*` before it")
            } else if domain.is_wildcard() && matches!(acme, Acme::Webroot | Acme::Standalone) {
                let way = acme.as_str();
                Diagnostic::new(
                    Code::DomainWildcard,
                    format!("`{domain}` is a wildcard, which `acme: {way}` cannot prove"),
                )
                .with_hint("write `tls: {acme: dns, dns: …}`, or list each domain")
            } else if let Some((wildcard, _)) = domains.iter().find(|(wildcard, _)| wildcard.covers(domain))
                && matches!(acme, Acme::Dns { .. })
            {
                Diagnostic::new(
                    Code::DomainWildcard,
                    format!("`{domain}` is covered by `{wildcard}`, and the CA rejects a request for both"),
                )
                .with_hint("remove one of the two")
            } else {
                continue;
            };
            self.at("domain", diagnostic, location);
        }
    }

    /// Whether something could not be parsed, so that a missing value may be there.
    fn has_parse_errors(&self) -> bool {
        self.diagnostics.entries().iter().any(|diagnostic| match diagnostic.code {
            Code::YamlSyntax
            | Code::YamlLimit
            | Code::YamlTag
            | Code::YamlDocuments
            | Code::FileUnreadable
            | Code::StdinTwice
            | Code::SetInvalid => true,
            // `domian:`, or a document that is not a map.
            Code::KeyUnknown => {
                diagnostic.hint.as_deref() == Some(&did_you_mean("domain")) || self.config.is_fleet_file()
            }
            Code::ValueType => diagnostic.parameter.is_none(),
            _ => false,
        })
    }

    fn public_ca(&mut self, domains: &[(Domain, Location)]) {
        for (domain, location) in domains {
            if let Some(objection) = domain.public_ca_objection() {
                let diagnostic = Diagnostic::new(Code::DomainPublicCa, objection)
                    .with_hint("use a public domain, or set `tls.server` to your own ACME server");
                self.at("domain", diagnostic, location);
            }
        }
        if let Some(objection) =
            self.config.parsed::<EmailAddress>("mail").and_then(|mail| mail.public_ca_objection())
        {
            self.report(
                "mail",
                Diagnostic::new(Code::MailPublicCa, objection).with_hint("use an existing address"),
            );
        }
    }

    fn tls(&mut self, target: &Target) -> TlsConfig {
        let certificate = self.config.parsed("tls.certificate");
        let key = self.config.parsed("tls.key");
        let is_set = |path: &str| self.config.get(path).is_some();
        let way = self.config.text_or_default("tls.acme");
        let own = is_set("tls.certificate") || is_set("tls.key");
        let dns = is_set("tls.dns");
        if own && way != "none" {
            let message = format!("a certificate path has no effect with `acme: {}`", sanitize(way));
            let path = if is_set("tls.certificate") { "tls.certificate" } else { "tls.key" };
            self.report(
                path,
                Diagnostic::new(Code::TlsConflict, message)
                    .with_hint("write `acme: none`, or remove the paths"),
            );
        }
        if dns && way != "dns" {
            let diagnostic = Diagnostic::new(
                Code::TlsConflict,
                format!("`tls.dns` has no effect with `acme: {}`", sanitize(way)),
            )
            .with_hint("write `acme: dns`, or remove `tls.dns`");
            self.report("tls.dns", diagnostic);
        }
        let staging = self.config.is_on("tls.staging");
        if staging && is_set("tls.server") {
            let diagnostic = Diagnostic::new(
                Code::TlsConflict,
                "`staging` applies only to Let's Encrypt, but `server` is set",
            )
            .with_hint("keep one of the two");
            self.report("tls.staging", diagnostic);
        }
        if is_set("tls.ca") && !is_set("tls.server") {
            let diagnostic = Diagnostic::new(Code::TlsConflict, "`ca` has no effect without `server`")
                .with_hint("add `server:`, or remove `ca`");
            self.report("tls.ca", diagnostic);
        }
        let acme = match way {
            "standalone" => Acme::Standalone,
            "dns" => {
                let (plugin, credentials) =
                    (self.config.text("tls.dns.plugin"), self.config.parsed("tls.dns.credentials"));
                let plugin = plugin.and_then(|name| DNS_PLUGINS.iter().find(|(plugin, _)| *plugin == name));
                let plugin = plugin.map(|(plugin, _)| *plugin);
                match (plugin, credentials) {
                    (Some(plugin), Some(credentials)) => {
                        self.dns_plugin(target, plugin);
                        Acme::Dns {
                            plugin,
                            credentials,
                            propagation: self.config.parsed_or_default("tls.dns.propagation"),
                        }
                    }
                    _ => self.incomplete(
                        &["tls.dns.plugin", "tls.dns.credentials"],
                        "`acme: dns` needs `tls.dns.plugin` and `tls.dns.credentials`",
                        "write for example `dns: {plugin: cloudflare, credentials: /etc/letsencrypt/cloudflare.ini}`",
                    ),
                }
            }
            "none" => match (certificate, key) {
                (Some(certificate), Some(key)) => Acme::None { certificate, key },
                _ => self.incomplete(
                    &["tls.certificate", "tls.key"],
                    "`acme: none` needs `tls.certificate` and `tls.key`",
                    "set both to paths on the host",
                ),
            },
            _ => Acme::Webroot,
        };
        let profile = match self.config.text_or_default("tls.profile") {
            "modern" => TlsProfile::Modern,
            _ => TlsProfile::Intermediate,
        };
        let hsts = (self.config.text("tls.hsts") != Some("false")).then(|| Hsts {
            max_age: self.config.parsed_or_default("tls.hsts.max_age"),
            include_subdomains: self.config.is_on("tls.hsts.include_subdomains"),
            preload: self.config.is_on("tls.hsts.preload"),
        });
        if let Some(hsts) = &hsts {
            self.hsts(hsts);
        }
        TlsConfig {
            acme,
            server: self.config.parsed("tls.server"),
            ca: self.config.parsed("tls.ca"),
            staging,
            profile,
            hsts,
        }
    }

    /// A plugin without a package in the target is an error. The packages of some targets are not known.
    fn dns_plugin(&mut self, target: &Target, plugin: &str) {
        let Some(known) = &target.dns_plugins else { return };
        if known.contains(&plugin) {
            return;
        }
        let message = format!("{} has no package of certbot's DNS plugin `{plugin}`", target.name);
        let diagnostic = Diagnostic::new(Code::TargetUnsupported, message)
            .with_hint(format!("use one of {}, or another target", known.join(", ")));
        self.report("tls.dns.plugin", diagnostic);
    }

    fn hsts(&mut self, hsts: &Hsts) {
        const HALF_A_YEAR: u64 = 180 * 86_400;
        const A_YEAR: u64 = 365 * 86_400;
        if hsts.max_age.seconds() < HALF_A_YEAR {
            let diagnostic = Diagnostic::new(Code::DurationInvalid, "`max_age` is less than 180 days")
                .with_hint("write `max_age: 730d`, or `hsts: false` to disable it");
            self.report("tls.hsts.max_age", diagnostic);
        }
        if hsts.preload && (!hsts.include_subdomains || hsts.max_age.seconds() < A_YEAR) {
            let diagnostic = Diagnostic::new(
                Code::TlsConflict,
                "`preload` is accepted only with `include_subdomains` and at least a year",
            )
            .with_hint("add `include_subdomains: true` if every name below the domain uses HTTPS");
            self.report("tls.hsts.preload", diagnostic);
        }
    }

    fn incomplete(&mut self, needed: &[&str], message: &str, hint: &str) -> Acme {
        // An invalid value has been reported already.
        if needed.iter().any(|path| self.config.get(path).is_none()) {
            self.report("tls.acme", Diagnostic::new(Code::TlsIncomplete, message).with_hint(hint));
        }
        Acme::Webroot
    }

    fn release(&mut self, name: &str, program: Program, stack: &Stack, arch: Arch) -> PinnedRelease {
        let path = format!("{name}.version");
        let version = self.config.parsed(&path).unwrap_or_else(|| {
            let text = schema::at(&path).and_then(|key| key.sample.of_stack(stack));
            Version::parse(text.expect("a version is declared")).expect("the versions of a stack are valid")
        });
        let given = self.given_checksum(&format!("{name}.sha256"), arch);
        let known = program.sha256(&version, arch);
        let sha256 =
            given.or_else(|| known.map(|sum| Sha256::parse(sum).expect("the built-in checksums are valid")));
        PinnedRelease { program, version, sha256, origin: self.config.parsed(&format!("{name}.origin")) }
    }

    /// The checksum that is set at `path`, alone or for the architecture.
    fn given_checksum<W: FromText>(&self, path: &str, arch: Arch) -> Option<W> {
        self.config.parsed(path).or_else(|| self.config.parsed(&format!("{path}.{arch}")))
    }

    fn faasd(&mut self, kind: PanelKind, stack: &Stack, arch: Arch) -> FaasdConfig {
        let release = self.release("faasd", Program::Faasd, stack, arch);
        if kind == PanelKind::Faasd
            && releases::eula(&release.version)
            && !self.config.is_on("faasd.accept_eula")
        {
            let message = format!(
                "faasd {} is under the OpenFaaS CE EULA: personal use, or one 60-day commercial trial a year; it \
                 does not start without internet access",
                release.version
            );
            let diagnostic = Diagnostic::new(Code::EulaNotAccepted, message).with_hint(
                "read it and set `accept_eula: true`, or use 0.19.0, the last version under the MIT license",
            );
            self.report("faasd.version", diagnostic);
        }
        let digests = self.digests(arch);
        let images = self.images(&release.version, stack, arch, &digests);
        FaasdConfig {
            release,
            gateway_port: self.get_with_location("faasd.gateway_port"),
            provider_port: self.get_with_location("faasd.provider_port"),
            prometheus_port: self.get_with_location("faasd.prometheus_port"),
            user: self.config.parsed_or_default("faasd.user"),
            memory_max: self.config.parsed_or_default("faasd.memory_max"),
            timeout: self.config.parsed_or_default::<Timeout>("faasd.timeout").duration(),
            host_ports: self
                .config
                .parsed_list("faasd.host_ports")
                .into_iter()
                .map(|(port, _)| port)
                .collect(),
            nameservers: self.config.list_or_default("faasd.nameservers"),
            images,
            accept_eula: self.config.is_on("faasd.accept_eula"),
            digests,
        }
    }

    /// The digests that are set, by the name of the image.
    fn digests(&mut self, arch: Arch) -> BTreeMap<&'static str, ImageDigest> {
        let mut digests = BTreeMap::new();
        for name in IMAGES {
            let path = format!("faasd.digests.{name}");
            let Some(digest) = self.given_checksum(&path, arch) else { continue };
            let image: Option<ImageRef> = self.config.parsed(&format!("faasd.images.{name}"));
            if image.is_some_and(|image| image.digest().is_some()) {
                let message = format!("the image in `faasd.images.{name}` has a digest already");
                let diagnostic =
                    Diagnostic::new(Code::ImageInvalid, message).with_hint("remove one of the two");
                self.report(&path, diagnostic);
            } else {
                digests.insert(name, digest);
            }
        }
        digests
    }

    /// The configured images, and those of the version for the others.
    fn images(
        &mut self,
        version: &Version,
        stack: &Stack,
        arch: Arch,
        digests: &BTreeMap<&'static str, ImageDigest>,
    ) -> Images {
        let plugin = !releases::from(version, "0.16.9");
        let known = Images::of(version, stack, arch);
        let named = |name: &str| {
            self.config.parsed::<ImageRef>(&format!("faasd.images.{name}")).map(|image| image.to_string())
        };
        let needed = if plugin { &IMAGES[..] } else { &IMAGES[..4] };
        if known.is_none() && needed.iter().any(|name| named(name).is_none()) {
            let message = format!("the images of faasd {version} are unknown");
            let diagnostic = Diagnostic::new(Code::VersionUnsupported, message)
                .with_hint("set all of them in `faasd.images`, or choose 0.9.x or 0.16.9 and later");
            self.report("faasd.version", diagnostic);
        }
        let prefix = self.config.parsed("registry.prefix");
        let known = known.map(|images| images.below(prefix.as_ref())).unwrap_or_default();
        // faasd takes a digest after the tag, and containerd verifies what it pulls by it.
        let pinned = |name: &str, image: String| match digests.get(name) {
            Some(digest) => format!("{image}@{digest}"),
            None => image,
        };
        let image = |name: &str, known: String| pinned(name, named(name).unwrap_or(known));
        Images {
            gateway: image("gateway", known.gateway),
            queue_worker: image("queue_worker", known.queue_worker),
            nats: image("nats", known.nats),
            prometheus: image("prometheus", known.prometheus),
            basic_auth: named("basic_auth")
                .or(known.basic_auth)
                .filter(|_| plugin)
                .map(|image| pinned("basic_auth", image)),
        }
    }

    fn code_server(&mut self, stack: &Stack, arch: Arch) -> Option<CodeServerConfig> {
        if !self.config.is_on("code_server.enabled") {
            return None;
        }
        let release = self.release("code_server", Program::CodeServer, stack, arch);
        Some(CodeServerConfig {
            release,
            path: self.get_with_location("code_server.path"),
            port: self.get_with_location("code_server.port"),
            user: self.config.parsed_or_default("code_server.user"),
            memory_max: self.config.parsed("code_server.memory_max"),
        })
    }

    fn pai(&mut self, arch: Arch) -> PaiConfig {
        PaiConfig {
            path: self.get_with_location("pai.path"),
            port: self.get_with_location("pai.port"),
            app_port: self.get_with_location("pai.app_port"),
            mate_sha256: self.given_checksum("pai.mate_sha256", arch),
            agent_sha256: self.given_checksum("pai.agent_sha256", arch),
            mate_origin: self.config.parsed("pai.mate_origin"),
            agent_origin: self.config.parsed("pai.agent_origin"),
        }
    }

    fn routes(&mut self) -> Vec<RouteConfig> {
        let items: Vec<Spanned> = self.config.items("routes").cloned().collect();
        let name = |index| if items.len() > 1 { format!("routes[{index}]") } else { "routes".to_owned() };
        items.iter().enumerate().filter_map(|(index, spanned)| self.route(&name(index), spanned)).collect()
    }

    fn route(&mut self, name: &str, spanned: &Spanned) -> Option<RouteConfig> {
        if !matches!(spanned.value, Value::Map(_)) {
            return None;
        }
        for key in ["path", "upstream"] {
            if spanned.get(key).is_none_or(|spanned| spanned.value == Value::Null) {
                let diagnostic = Diagnostic::new(Code::RouteIncomplete, format!("the route has no `{key}`"))
                    .with_hint("write for example `{path: /grafana/, upstream: \"http://127.0.0.1:3001\"}`");
                self.at(name, diagnostic, &spanned.location);
            }
        }
        let path: RoutePath = spanned.parsed("path")?;
        let upstream: Upstream = spanned.parsed("upstream")?;
        let upstream_value = spanned.get("upstream")?;
        if upstream.is_name() {
            let message = format!(
                "upstream `{}` is a name: nginx resolves it once, and does not start if that fails",
                sanitize(&upstream.to_string())
            );
            let diagnostic = Diagnostic::new(Code::UpstreamName, message).with_hint("use an IP address");
            self.at(&format!("{name}.upstream"), diagnostic, &upstream_value.location);
        }
        let location =
            spanned.get("path").map_or_else(|| spanned.location.clone(), |spanned| spanned.location.clone());
        let websocket = spanned.get("websocket").and_then(Spanned::text) == Some("true");
        // A value that equals what the location inherits is the same as none. A WebSocket inherits no timeout.
        let default = schema::find("routes.timeout").and_then(|key| key.sample.text());
        let inherits =
            |key: &str, inherited: Option<&str>| spanned.get(key).and_then(Spanned::text) == inherited;
        let timeout = spanned
            .parsed::<Timeout>("timeout")
            .map(Timeout::duration)
            .filter(|_| websocket || !inherits("timeout", default));
        let size = self.config.text_or_default("nginx.client_max_body_size");
        let client_max_body_size =
            spanned.parsed("client_max_body_size").filter(|_| !inherits("client_max_body_size", Some(size)));
        Some(RouteConfig {
            path: WithLocation { value: path, parameter: "routes", location },
            upstream,
            websocket,
            buffering: spanned.get("buffering").and_then(Spanned::text) != Some("false"),
            timeout,
            client_max_body_size,
        })
    }

    fn proxy(&mut self) -> Option<ProxyConfig> {
        let exceptions = self.config.parsed_list("proxy.no_proxy");
        if !exceptions.is_empty() && self.config.get("proxy.https").is_none() {
            let diagnostic =
                Diagnostic::new(Code::ProxiesIncomplete, "`no_proxy` has no effect without `proxy.https`")
                    .with_hint(
                        "add the URL of the proxy, for example `https: http://proxy.corp.example:3128`",
                    );
            self.report("proxy.no_proxy", diagnostic);
        }
        let url = self.config.parsed("proxy.https")?;
        Some(ProxyConfig {
            url,
            exceptions: exceptions.into_iter().map(|(exception, _)| exception).collect(),
        })
    }

    fn trusted_proxies(&mut self) -> Option<TrustedProxies> {
        let given = self.config.parsed_list("nginx.trusted_proxies.addresses");
        if given.is_empty() {
            if self.config.get("nginx.trusted_proxies").is_some() {
                let diagnostic = Diagnostic::new(
                    Code::ProxiesIncomplete,
                    "`trusted_proxies` has no effect without `addresses`",
                )
                .with_hint("list the addresses from which your proxies connect, for example `addresses: [10.0.0.0/24]`");
                self.report("nginx.trusted_proxies", diagnostic);
            }
            return None;
        }
        Some(TrustedProxies {
            addresses: given.into_iter().map(|(address, _)| address).collect(),
            header: self.config.parsed_or_default("nginx.trusted_proxies.header"),
            protocol: self.config.is_on("nginx.trusted_proxies.proxy_protocol"),
        })
    }

    fn certbot(&mut self, target: &'static Target) -> CertbotConfig {
        if self.config.get("certbot.profile").is_some() && !target.acme_profiles() {
            let message = format!("certbot of {} does not support ACME profiles", target.name);
            let diagnostic = Diagnostic::new(Code::TargetUnsupported, message).with_hint(
                "remove `profile`, or choose a target with certbot 4.0 or later (`panelgen targets`)",
            );
            self.report("certbot.profile", diagnostic);
        }
        let rsa = self.config.text_or_default("certbot.key_type") == "rsa";
        if !rsa && self.config.get("certbot.key_type").is_some() && !target.key_type() {
            let diagnostic = Diagnostic::new(
                Code::TargetUnsupported,
                format!("certbot of {} creates only RSA keys", target.name),
            )
            .with_hint("write `key_type: rsa`, or choose a newer target");
            self.report("certbot.key_type", diagnostic);
        }
        CertbotConfig {
            calendar: self.config.parsed_or_default("certbot.calendar"),
            random_delay: self.config.parsed_or_default("certbot.random_delay"),
            rsa,
            profile: self.config.parsed("certbot.profile"),
            alarm: self.alarm(),
        }
    }

    fn alarm(&mut self) -> Option<Alarm> {
        let command = self.config.parsed("certbot.alarm.command").map(Alarm::Command);
        let webhook = self.config.parsed("certbot.alarm.webhook").map(Alarm::Webhook);
        if command.is_some() && webhook.is_some() {
            let diagnostic = Diagnostic::new(Code::TlsConflict, "`alarm` has a command and a webhook")
                .with_hint("remove one of the two; a command can call a webhook itself");
            self.report("certbot.alarm.webhook", diagnostic);
        }
        command.or(webhook)
    }

    fn overrides(&mut self) -> Overrides {
        let units = match self.config.get("overrides.units").map(|spanned| &spanned.value) {
            Some(Value::Map(units)) => units.iter().filter_map(drop_in).collect(),
            _ => Vec::new(),
        };
        let lines =
            |path: &str| self.config.parsed_list(path).into_iter().map(|(directive, _)| directive).collect();
        Overrides {
            units,
            nginx_http: lines("overrides.nginx.http"),
            nginx_server: lines("overrides.nginx.server"),
        }
    }

    /// Checks that involve several parameters.
    fn validate_cross_fields(&mut self, shared: &SharedConfig) {
        let has_origins = shared.pai.mate_origin.is_some() && shared.pai.agent_origin.is_some();
        if shared.kind == PanelKind::Pai && shared.mirror.is_none() && !has_origins {
            let diagnostic = Diagnostic::new(
                Code::MirrorMissing,
                "the pai programs have no public download any more, and `mirror` is not set",
            )
            .with_parameter("mirror")
            .with_hint(
                "use `--set mirror=https://…` with a server that has pai-mate-latest.tar.xz and pai_agent",
            );
            self.report("panel", diagnostic);
        }
        if shared.kind == PanelKind::Faasd {
            self.checksum("containerd", &shared.containerd, shared);
            self.checksum("runc", &shared.runc, shared);
            self.checksum("cni", &shared.cni, shared);
            self.checksum("faas_cli", &shared.faas_cli, shared);
            self.checksum("faasd", &shared.faasd.release, shared);
        }
        if let Some(ide) = &shared.code_server {
            self.checksum("code_server", &ide.release, shared);
        }
        if shared.kind == PanelKind::Pai {
            let files = [
                ("pai.mate_sha256", "pai-mate-latest.tar.xz", &shared.pai.mate_sha256),
                ("pai.agent_sha256", "pai_agent", &shared.pai.agent_sha256),
            ];
            for (parameter, file, _) in files.into_iter().filter(|(.., sum)| sum.is_none()) {
                let message = format!(
                    "the checksum of `{file}` is unknown: the file is installed only if `{file}.sha256` is beside it on the mirror"
                );
                let diagnostic = Diagnostic::new(Code::Sha256Missing, message)
                    .with_hint(format!("set `{parameter}` to the output of `sha256sum {file}`"));
                self.at(parameter, diagnostic, &self.config.location("panel"));
            }
        }
    }

    /// Reports a download that nothing verifies.
    fn checksum(&mut self, name: &str, release: &PinnedRelease, shared: &SharedConfig) {
        let PinnedRelease { program, version, sha256, .. } = release;
        if sha256.is_some() || program.upstream_checksum(version, shared.arch) != UpstreamChecksum::None {
            return;
        }
        let version_path = format!("{name}.version");
        let chosen = if self.config.get(&version_path).is_some() { version_path.as_str() } else { "stack" };
        let location = match self.config.location(chosen) {
            Location::Default(_) => Location::Default(format!("stack {}", shared.stack.name)),
            location => location,
        };
        self.report_missing_checksum(
            &format!("{name}.sha256"),
            &program.file(version, shared.arch),
            &location,
        );
    }

    fn report_missing_checksum(&mut self, parameter: &str, file: &str, location: &Location) {
        let message = format!(
            "the checksum of `{file}` is unknown, and upstream does not publish one: the file will not be installed"
        );
        let diagnostic = Diagnostic::new(Code::Sha256Missing, message)
            .with_hint(format!("set `{parameter}` to the output of `sha256sum {file}`"));
        self.at(parameter, diagnostic, location);
    }

    /// A directory of the panel, in which root writes by name: neither `/` nor one of others.
    fn directory(&mut self, path: &str) -> HostPath {
        let directory: HostPath = self.config.parsed_or_default(path);
        let is_inside = |parent: &&&str| camino::Utf8Path::new(directory.as_str()).starts_with(parent);
        let reason = match OPEN_DIRECTORIES.iter().find(is_inside) {
            Some(open) => format!("others can write below `{open}`, and root writes to the directory"),
            None if directory.as_str() == "/" => "the panel needs a separate directory".to_owned(),
            None => return directory,
        };
        let default: HostPath = Config::default().parsed_or_default(path);
        let diagnostic =
            Diagnostic::new(Code::PathInvalid, format!("invalid directory `{directory}`: {reason}"))
                .with_hint(format!("use a directory that belongs to root, for example `{default}`"));
        self.report(path, diagnostic);
        default
    }

    fn get_with_location<W: FromText>(&self, parameter: &'static str) -> WithLocation<W> {
        WithLocation {
            value: self.config.parsed_or_default(parameter),
            parameter,
            location: self.config.location(parameter),
        }
    }

    /// Reports a diagnostic about the parameter at `path`, with its location.
    fn report(&mut self, path: &str, diagnostic: Diagnostic) {
        let location = self.config.location(path);
        self.at(path, diagnostic, &location);
    }

    fn at(&mut self, path: &str, mut diagnostic: Diagnostic, location: &Location) {
        diagnostic.parameter.get_or_insert_with(|| path.to_owned());
        self.config.report(self.diagnostics, diagnostic.with_location(location.clone()));
    }
}

fn drop_in(entry: &MapEntry) -> Option<DropIn> {
    let unit = FromText::parse(&entry.key).ok()?;
    let Value::Map(sections) = &entry.value.value else { return None };
    let sections = sections
        .iter()
        .filter_map(|section| match &section.value.value {
            Value::Map(directives) => {
                Some((section.key.clone(), directives.iter().flat_map(lines).collect()))
            }
            _ => None,
        })
        .collect();
    Some(DropIn { unit, location: entry.key_location.clone(), sections })
}

/// The lines of a directive: one for each value of a list.
fn lines(directive: &MapEntry) -> Vec<(String, String)> {
    let one = std::slice::from_ref(&directive.value);
    let values = if let Value::List(items) = &directive.value.value { items.as_slice() } else { one };
    values
        .iter()
        .map(|spanned| (directive.key.clone(), spanned.text().unwrap_or_default().to_owned()))
        .collect()
}
