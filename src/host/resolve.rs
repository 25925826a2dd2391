//! From what was said to what is meant.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{
    Acme, Certbot, CodeServer, DropIn, Faasd, Hsts, Kind, Model, NAMES, Overrides, Pai, Panel, Placed,
    Profile, Release, Route, Tls,
};
use crate::config::Params;
use crate::config::value::{Pair, Said, Value};
use crate::diagnostics::{Code, Finding, Origin, Report};
use crate::facts::releases::{self, Arch, Images, Program, STACKS, Stack, UpstreamSum};
use crate::facts::target::Target;
use crate::values::{
    Address, Domain, Email, HostPath, Image, RoutePath, Secret, Sha256, Upstream, Version, Word, shown,
};

/// What `params` mean; `secret` is the initial password where it came from a file or standard input. Where the
/// report refuses, defaults stand in for what was refused: such a panel serves only to find what else is wrong.
pub fn resolve(params: &Params, secret: Option<Secret>, report: &mut Report) -> Panel {
    resolve_with(params, secret, |_| None, report)
}

/// The same where the model may be known already: `known` is asked for it, and told whether a password was given.
pub fn resolve_with(
    params: &Params,
    secret: Option<Secret>,
    known: impl FnOnce(bool) -> Option<Arc<Model>>,
    report: &mut Report,
) -> Panel {
    params.check_keys(NAMES, report);
    let secret = secret.or_else(|| params.word("passinit"));
    let given = secret.is_some();
    let model = known(given).unwrap_or_else(|| Arc::new(model(params, given, report)));
    Resolver { params, report }.panel(secret, model)
}

/// The model, made without the names, so that nothing in it can come from them.
fn model(params: &Params, given: bool, report: &mut Report) -> Model {
    let params = params.without(NAMES);
    let mut found = Report::default();
    params.check(&mut found);
    let mut model = Resolver { params: &params, report: &mut found }.model(given);
    model.quiet = found.is_empty();
    report.absorb(found);
    model
}

struct Resolver<'a> {
    params: &'a Params,
    report: &'a mut Report,
}

impl Resolver<'_> {
    fn panel(&mut self, secret: Option<Secret>, model: Arc<Model>) -> Panel {
        let domains = self.domains();
        if model.tls.server.is_none() && !matches!(model.tls.acme, Acme::None { .. }) {
            self.public_ca(&domains);
        }
        let mut domains: Vec<Domain> = domains.into_iter().map(|(domain, _)| domain).collect();
        if domains.is_empty() {
            domains.push(built_in("panel.invalid"));
        }
        Panel { domains, mail: self.params.word("mail"), secret, model }
    }

    fn model(&mut self, given: bool) -> Model {
        let kind = match self.params.text("panel") {
            Some("pai" | "1") => Kind::Pai,
            Some("none") => Kind::None,
            _ => Kind::Faasd,
        };
        let target = self.params.text("target").and_then(Target::named).unwrap_or_else(Target::default);
        let arch = match self.params.text("arch") {
            Some("arm64" | "aarch64") => Arch::Arm64,
            _ => Arch::Amd64,
        };
        let stack = self.stack();
        let tls = self.tls();
        let containerd =
            if target.dynamic_containerd() { Program::Containerd } else { Program::ContainerdStatic };
        let containerd = self.release("containerd", containerd, stack.containerd, arch);
        let runc = self.release("runc", Program::Runc, stack.runc, arch);
        let cni = self.release("cni", Program::Cni, stack.cni, arch);
        let faas_cli = self.release("faas_cli", Program::FaasCli, stack.faas_cli, arch);
        let faasd = self.faasd(kind, stack, arch);
        let code_server = self.code_server(stack, arch);
        let model = Model {
            kind,
            target,
            arch,
            stack,
            given,
            quiet: false,
            mirror: self.params.word("mirror"),
            install: self.directory("dirs.install", "/opt/panel"),
            install_said: self.params.origin("dirs.install"),
            data: self.directory("dirs.data", "/data"),
            tls,
            routes: self.routes(),
            client_max_body_size: self.word_or("nginx.client_max_body_size", "64m"),
            ipv6: self.params.switch("nginx.ipv6").unwrap_or(true),
            certbot: self.certbot(target),
            containerd,
            runc,
            cni,
            faas_cli,
            faasd,
            code_server,
            pai: self.pai(),
            overrides: self.overrides(),
        };
        self.cross(&model);
        model
    }

    fn stack(&mut self) -> &'static Stack {
        let name = self.params.text("stack").unwrap_or(STACKS[0].name);
        let stack = STACKS.iter().find(|stack| stack.name == name).unwrap_or(&STACKS[0]);
        if stack.name == "classic" {
            let finding = Finding::new(
                Code::StackUnsupported,
                "the versions of 2020 have known vulnerabilities and get no fixes",
            )
            .hint("use it to rebuild an old host, then move on to `current`");
            self.tell("stack", finding);
        }
        stack
    }

    fn domains(&mut self) -> Vec<(Domain, Origin)> {
        let domains: Vec<(Domain, Origin)> = self.params.words("domain");
        if self.params.items("domain").next().is_none() && !self.unread() {
            self.report.push(
                Finding::new(Code::DomainMissing, "no domain was given")
                    .about("domain")
                    .hint("say `-d panel.example.org`, or `domain:` in a file passed by `-f`"),
            );
        }
        let mut seen = BTreeSet::new();
        for (domain, origin) in &domains {
            if let Some(typed) = domain.typed() {
                let message =
                    format!("`{}` is written `{domain}` in DNS and in the certificate", shown(typed));
                self.at("domain", Finding::new(Code::DomainIdn, message), origin);
            }
            if !seen.insert(domain) {
                let finding = Finding::new(Code::DomainDuplicate, format!("`{domain}` is named twice"))
                    .hint("name each domain once; the first names the certificate");
                self.at("domain", finding, origin);
            }
        }
        domains
    }

    /// Whether something could not be read, so that what is missing may stand there.
    fn unread(&self) -> bool {
        self.report.findings().iter().any(|finding| match finding.code {
            Code::YamlSyntax
            | Code::YamlLimit
            | Code::YamlTag
            | Code::YamlDocuments
            | Code::FileUnreadable
            | Code::StdinTwice
            | Code::SetInvalid => true,
            // `domian:`, or a document that is no map.
            Code::KeyUnknown => finding.hint.as_deref() == Some("did you mean `domain`?"),
            Code::ValueType => finding.parameter.is_none(),
            _ => false,
        })
    }

    fn public_ca(&mut self, domains: &[(Domain, Origin)]) {
        for (domain, origin) in domains {
            if let Some(objection) = domain.public_ca_objection() {
                let finding = Finding::new(Code::DomainPublicCa, objection)
                    .hint("use a name of your own, or an ACME server of your own by `tls.server`");
                self.at("domain", finding, origin);
            }
        }
        if let Some(objection) = self.params.word::<Email>("mail").and_then(|mail| mail.public_ca_objection())
        {
            self.tell("mail", Finding::new(Code::MailPublicCa, objection).hint("use an address that exists"));
        }
    }

    fn tls(&mut self) -> Tls {
        let certificate = self.params.word("tls.certificate");
        let key = self.params.word("tls.key");
        let said = |path: &str| self.params.said(path).is_some();
        let way = self.params.text("tls.acme").unwrap_or("webroot");
        let own = said("tls.certificate") || said("tls.key");
        let dns = said("tls.dns");
        if own && way != "none" {
            let message = format!("a certificate of your own and `acme: {}` exclude each other", shown(way));
            let path = if said("tls.certificate") { "tls.certificate" } else { "tls.key" };
            self.tell(
                path,
                Finding::new(Code::TlsConflict, message).hint("write `acme: none`, or drop the paths"),
            );
        }
        if dns && way != "dns" {
            let finding = Finding::new(
                Code::TlsConflict,
                format!("`tls.dns` has no effect with `acme: {}`", shown(way)),
            )
            .hint("write `acme: dns`, or drop `tls.dns`");
            self.tell("tls.dns", finding);
        }
        let staging = self.params.switch("tls.staging").unwrap_or(false);
        if staging && said("tls.server") {
            let finding =
                Finding::new(Code::TlsConflict, "`staging` is Let's Encrypt's, and `server` names another")
                    .hint("keep one of the two");
            self.tell("tls.staging", finding);
        }
        if said("tls.ca") && !said("tls.server") {
            let finding = Finding::new(Code::TlsConflict, "`ca` verifies `server`, and no `server` is named")
                .hint("add `server:`, or drop `ca`");
            self.tell("tls.ca", finding);
        }
        let acme = match way {
            "standalone" => Acme::Standalone,
            "dns" => {
                let (plugin, credentials) =
                    (self.params.word("tls.dns.plugin"), self.params.word("tls.dns.credentials"));
                match (plugin, credentials) {
                    (Some(plugin), Some(credentials)) => Acme::Dns {
                        plugin,
                        credentials,
                        propagation: self.word_or("tls.dns.propagation", "60s"),
                    },
                    _ => self.incomplete(
                        &["tls.dns.plugin", "tls.dns.credentials"],
                        "`acme: dns` needs `tls.dns.plugin` and `tls.dns.credentials`",
                        "for example `dns: {plugin: cloudflare, credentials: /etc/letsencrypt/cloudflare.ini}`",
                    ),
                }
            }
            "none" => match (certificate, key) {
                (Some(certificate), Some(key)) => Acme::None { certificate, key },
                _ => self.incomplete(
                    &["tls.certificate", "tls.key"],
                    "`acme: none` needs `tls.certificate` and `tls.key`",
                    "name both: they are paths on the host",
                ),
            },
            _ => Acme::Webroot,
        };
        let profile = match self.params.text("tls.profile") {
            Some("modern") => Profile::Modern,
            _ => Profile::Intermediate,
        };
        let hsts = (self.params.text("tls.hsts") != Some("false")).then(|| Hsts {
            max_age: self.word_or("tls.hsts.max_age", "63072000s"),
            include_subdomains: self.params.switch("tls.hsts.include_subdomains").unwrap_or(false),
            preload: self.params.switch("tls.hsts.preload").unwrap_or(false),
        });
        if let Some(hsts) = &hsts {
            self.hsts(hsts);
        }
        Tls {
            acme,
            server: self.params.word("tls.server"),
            ca: self.params.word("tls.ca"),
            staging,
            profile,
            hsts,
        }
    }

    fn hsts(&mut self, hsts: &Hsts) {
        const HALF_A_YEAR: u64 = 180 * 86_400;
        const A_YEAR: u64 = 365 * 86_400;
        if hsts.max_age.seconds() < HALF_A_YEAR {
            let finding =
                Finding::new(Code::DurationInvalid, "browsers should insist on HTTPS for at least 180 days")
                    .hint("write `max_age: 730d`, or `hsts: false` to switch it off");
            self.tell("tls.hsts.max_age", finding);
        }
        if hsts.preload && (!hsts.include_subdomains || hsts.max_age.seconds() < A_YEAR) {
            let finding = Finding::new(
                Code::TlsConflict,
                "`preload` is accepted only with `include_subdomains` and at least a year",
            )
            .hint("add `include_subdomains: true` if every name below the domain speaks HTTPS");
            self.tell("tls.hsts.preload", finding);
        }
    }

    fn incomplete(&mut self, needed: &[&str], message: &str, hint: &str) -> Acme {
        // A value that is there and refused has been told of.
        if needed.iter().any(|path| self.params.said(path).is_none()) {
            self.tell("tls.acme", Finding::new(Code::TlsIncomplete, message).hint(hint));
        }
        Acme::Webroot
    }

    fn release(&mut self, name: &str, program: Program, default: &str, arch: Arch) -> Release {
        let default = Version::parse(default).expect("the versions of a stack are versions");
        let version = self.params.word(&format!("{name}.version")).unwrap_or(default);
        let given: Option<Sha256> = self.params.word(&format!("{name}.sha256"));
        let known = program.sha256(&version, arch);
        let sha256 =
            given.or_else(|| known.map(|sum| Sha256::parse(sum).expect("the built-in sums are sums")));
        Release { program, version, sha256 }
    }

    fn faasd(&mut self, kind: Kind, stack: &Stack, arch: Arch) -> Faasd {
        let release = self.release("faasd", Program::Faasd, stack.faasd, arch);
        if kind == Kind::Faasd
            && releases::eula(&release.version)
            && self.params.switch("faasd.accept_eula") != Some(true)
        {
            let message = format!(
                "faasd {} is under the OpenFaaS CE EULA: personal use, or one 60-day commercial trial a year; it \
                 does not start without the internet",
                release.version
            );
            let finding = Finding::new(Code::EulaNotAccepted, message)
                .hint("read it and say `accept_eula: true`, or stay with 0.19.0, the last MIT version");
            self.tell("faasd.version", finding);
        }
        let images = self.images(&release.version, arch);
        let mut nameservers: Vec<Address> =
            self.params.words("faasd.nameservers").into_iter().map(|(address, _)| address).collect();
        if nameservers.is_empty() {
            nameservers =
                ["8.8.8.8", "8.8.4.4"].map(|text| Address::parse(text).expect("an address")).to_vec();
        }
        Faasd {
            release,
            gateway_port: self.placed("faasd.gateway_port", "8080"),
            provider_port: self.placed("faasd.provider_port", "8081"),
            prometheus_port: self.placed("faasd.prometheus_port", "9090"),
            user: self.word_or("faasd.user", "admin"),
            memory_max: self.word_or("faasd.memory_max", "500M"),
            timeout: self.word_or("faasd.timeout", "60s"),
            nameservers,
            images,
        }
    }

    /// The version's own images, but for those that were named.
    fn images(&mut self, version: &Version, arch: Arch) -> Images {
        let plugin = !releases::from(version, "0.16.9");
        let known = Images::of(version, arch);
        let named = |name: &str| {
            self.params.word::<Image>(&format!("faasd.images.{name}")).map(|image| image.to_string())
        };
        let needed = ["gateway", "queue_worker", "nats", "prometheus", "basic_auth"];
        let needed = if plugin { &needed[..] } else { &needed[..4] };
        if known.is_none() && needed.iter().any(|name| named(name).is_none()) {
            let message = format!("the images that belong to faasd {version} are not known here");
            let finding = Finding::new(Code::VersionUnsupported, message)
                .hint("name them all under `faasd.images`, or choose 0.9.x or 0.16.9 and later");
            self.tell("faasd.version", finding);
        }
        let known = known.unwrap_or_default();
        Images {
            gateway: named("gateway").unwrap_or(known.gateway),
            queue_worker: named("queue_worker").unwrap_or(known.queue_worker),
            nats: named("nats").unwrap_or(known.nats),
            prometheus: named("prometheus").unwrap_or(known.prometheus),
            basic_auth: named("basic_auth").or(known.basic_auth).filter(|_| plugin),
        }
    }

    fn code_server(&mut self, stack: &Stack, arch: Arch) -> Option<CodeServer> {
        if self.params.switch("code_server.enabled") == Some(false) {
            return None;
        }
        let release = self.release("code_server", Program::CodeServer, stack.code_server, arch);
        Some(CodeServer {
            release,
            path: self.placed("code_server.path", "/codeserver/"),
            port: self.placed("code_server.port", "5000"),
            user: self.word_or("code_server.user", "coder"),
            memory_max: self.params.word("code_server.memory_max"),
        })
    }

    fn pai(&mut self) -> Pai {
        Pai {
            path: self.placed("pai.path", "/pai/"),
            port: self.placed("pai.port", "5523"),
            app_port: self.placed("pai.app_port", "3000"),
            mate_sha256: self.params.word("pai.mate_sha256"),
            agent_sha256: self.params.word("pai.agent_sha256"),
        }
    }

    fn routes(&mut self) -> Vec<Route> {
        let items: Vec<Said> = self.params.items("routes").cloned().collect();
        let name = |index| if items.len() > 1 { format!("routes[{index}]") } else { "routes".to_owned() };
        items.iter().enumerate().filter_map(|(index, said)| self.route(&name(index), said)).collect()
    }

    fn route(&mut self, name: &str, said: &Said) -> Option<Route> {
        if !matches!(said.value, Value::Map(_)) {
            return None;
        }
        for key in ["path", "upstream"] {
            if said.get(key).is_none_or(|said| said.value == Value::Nothing) {
                let finding = Finding::new(Code::RouteIncomplete, format!("a route without `{key}`"))
                    .hint("for example `{path: /grafana/, upstream: \"http://127.0.0.1:3001\"}`");
                self.at(name, finding, &said.origin);
            }
        }
        let path: RoutePath = said.word("path")?;
        let upstream: Upstream = said.word("upstream")?;
        let upstream_said = said.get("upstream")?;
        if upstream.is_name() {
            let message = format!(
                "`{}` is a name: nginx resolves it once, and does not start when that fails",
                shown(&upstream.to_string())
            );
            let finding = Finding::new(Code::UpstreamName, message).hint("prefer an address");
            self.at(&format!("{name}.upstream"), finding, &upstream_said.origin);
        }
        let origin = said.get("path").map_or_else(|| said.origin.clone(), |said| said.origin.clone());
        Some(Route {
            path: Placed { value: path, parameter: "routes", origin },
            upstream,
            websocket: said.get("websocket").and_then(Said::text) == Some("true"),
            timeout: said.word("timeout"),
            client_max_body_size: said.word("client_max_body_size"),
        })
    }

    fn certbot(&mut self, target: &'static Target) -> Certbot {
        if self.params.said("certbot.profile").is_some() && !target.acme_profiles() {
            let message = format!("the certbot of {} does not know ACME profiles", target.name);
            let finding = Finding::new(Code::TargetUnsupported, message)
                .hint("drop `profile`, or choose a target with certbot 4.0 or later (`panelgen targets`)");
            self.tell("certbot.profile", finding);
        }
        let rsa = self.params.text("certbot.key_type") == Some("rsa");
        if !rsa && self.params.said("certbot.key_type").is_some() && !target.key_type() {
            let finding = Finding::new(
                Code::TargetUnsupported,
                format!("the certbot of {} makes RSA keys only", target.name),
            )
            .hint("write `key_type: rsa`, or choose a newer target");
            self.tell("certbot.key_type", finding);
        }
        Certbot {
            calendar: self.word_or("certbot.calendar", "*-*-* 00,12:00:00"),
            random_delay: self.word_or("certbot.random_delay", "6h"),
            rsa,
            profile: self.params.word("certbot.profile"),
        }
    }

    fn overrides(&mut self) -> Overrides {
        let units = match self.params.said("overrides.units").map(|said| &said.value) {
            Some(Value::Map(units)) => units.iter().filter_map(drop_in).collect(),
            _ => Vec::new(),
        };
        let lines =
            |path: &str| self.params.words(path).into_iter().map(|(directive, _)| directive).collect();
        Overrides {
            units,
            nginx_http: lines("overrides.nginx.http"),
            nginx_server: lines("overrides.nginx.server"),
        }
    }

    /// What only shows when everything is known.
    fn cross(&mut self, model: &Model) {
        if model.kind == Kind::Pai && model.mirror.is_none() {
            let finding = Finding::new(
                Code::MirrorMissing,
                "the pai programs have no public origin any more, and no `mirror` is named",
            )
            .about("mirror")
            .hint("say `--set mirror=https://…`, an origin that serves pai-mate-latest.tar.xz and pai_agent");
            self.tell("panel", finding);
        }
        if model.kind == Kind::Faasd {
            self.sum("containerd", &model.containerd, model);
            self.sum("runc", &model.runc, model);
            self.sum("cni", &model.cni, model);
            self.sum("faas_cli", &model.faas_cli, model);
            self.sum("faasd", &model.faasd.release, model);
        }
        if let Some(ide) = &model.code_server {
            self.sum("code_server", &ide.release, model);
        }
        if model.kind == Kind::Pai {
            let files = [
                ("pai.mate_sha256", "pai-mate-latest.tar.xz", &model.pai.mate_sha256),
                ("pai.agent_sha256", "pai_agent", &model.pai.agent_sha256),
            ];
            for (parameter, file, _) in files.into_iter().filter(|(.., sum)| sum.is_none()) {
                self.no_sum(parameter, file, &self.params.origin("panel"));
            }
        }
    }

    /// Tells of a download that nothing verifies.
    fn sum(&mut self, name: &str, release: &Release, model: &Model) {
        let Release { program, version, sha256 } = release;
        if sha256.is_some() || program.upstream_sum(version, model.arch) != UpstreamSum::None {
            return;
        }
        let version_path = format!("{name}.version");
        let chosen = if self.params.said(&version_path).is_some() { version_path.as_str() } else { "stack" };
        let origin = match self.params.origin(chosen) {
            Origin::Default(_) => Origin::Default(format!("stack {}", model.stack.name)),
            origin => origin,
        };
        self.no_sum(&format!("{name}.sha256"), &program.file(version, model.arch), &origin);
    }

    fn no_sum(&mut self, parameter: &str, file: &str, origin: &Origin) {
        let message =
            format!("no sum of `{file}` is known, and upstream publishes none: it will not be installed");
        let finding = Finding::new(Code::Sha256Missing, message)
            .hint(format!("give `{parameter}`, as `sha256sum {file}` prints it"));
        self.at(parameter, finding, origin);
    }

    /// A directory of the panel's own, which `/` is not.
    fn directory(&mut self, path: &str, default: &str) -> HostPath {
        let directory: HostPath = self.word_or(path, default);
        if directory.as_str() == "/" {
            let finding = Finding::new(Code::PathInvalid, "`/` is not a directory of the panel's own")
                .hint(format!("name one below it, for example `{default}`"));
            self.tell(path, finding);
            return built_in(default);
        }
        directory
    }

    fn word_or<W: Word>(&self, path: &str, default: &str) -> W {
        self.params.word(path).unwrap_or_else(|| built_in(default))
    }

    fn placed<W: Word>(&self, parameter: &'static str, default: &str) -> Placed<W> {
        Placed { value: self.word_or(parameter, default), parameter, origin: self.params.origin(parameter) }
    }

    /// Tells a finding about the parameter at `path`, where it was said.
    fn tell(&mut self, path: &str, finding: Finding) {
        let origin = self.params.origin(path);
        self.at(path, finding, &origin);
    }

    fn at(&mut self, path: &str, mut finding: Finding, origin: &Origin) {
        finding.parameter.get_or_insert_with(|| path.to_owned());
        self.params.tell(self.report, finding.at(origin.clone()));
    }
}

/// A default of ours, as a word.
fn built_in<W: Word>(text: &str) -> W {
    W::parse(text).unwrap_or_else(|refusal| panic!("the built-in default `{text}`: {}", refusal.why))
}

fn drop_in(pair: &Pair) -> Option<DropIn> {
    let unit = Word::parse(&pair.key).ok()?;
    let Value::Map(sections) = &pair.said.value else { return None };
    let sections = sections
        .iter()
        .filter_map(|section| match &section.said.value {
            Value::Map(directives) => {
                Some((section.key.clone(), directives.iter().flat_map(lines).collect()))
            }
            _ => None,
        })
        .collect();
    Some(DropIn { unit, origin: pair.key_origin.clone(), sections })
}

/// A directive's lines: one for each value of a list.
fn lines(directive: &Pair) -> Vec<(String, String)> {
    let one = std::slice::from_ref(&directive.said);
    let values = if let Value::List(items) = &directive.said.value { items.as_slice() } else { one };
    values.iter().map(|said| (directive.key.clone(), said.text().unwrap_or_default().to_owned())).collect()
}
