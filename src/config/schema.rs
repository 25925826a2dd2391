//! Every parameter there is: name, what it takes, what it means. The list is the design: it drives the
//! refusal of unknown keys, `--set`, `panelgen init`, `panelgen schema` and the README's table.

use crate::diagnostics::Code;
use crate::facts::releases::Stack;
use crate::facts::target::TARGETS;
use crate::values::{self, Refusal, Word};

/// One parameter.
#[derive(Debug)]
pub struct Key {
    /// Its name within its map.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it means, one sentence.
    pub doc: &'static str,
    /// A value as an operator would write it in YAML.
    pub sample: Sample,
}

/// A value that shows how a parameter is written.
#[derive(Debug, Clone, Copy)]
pub enum Sample {
    /// What counts when nothing is said; a test holds it against `panel::resolve`.
    Default(&'static str),
    /// The version that the stack chooses.
    Stack(fn(&Stack) -> &'static str),
    /// Nothing counts when nothing is said; this is how it could look.
    Example(&'static str),
    /// Nothing that would help; maps among them.
    None,
}

impl Sample {
    /// The text, where one can be shown without knowing the stack.
    pub fn text(self) -> Option<&'static str> {
        match self {
            Self::Default(text) | Self::Example(text) => Some(text),
            Self::Stack(_) | Self::None => None,
        }
    }
}

/// What a parameter takes.
#[derive(Debug)]
pub enum Kind {
    /// Text with a grammar.
    Word(Grammar),
    /// `true` or `false`.
    Switch,
    /// A whole number within these bounds.
    Integer(u32, u32),
    /// One of a few values.
    Choice(fn() -> Vec<Choice>),
    /// A list; one item alone counts as a list of one.
    List(&'static Kind),
    /// A map with these keys.
    Map(&'static [Key]),
    /// A switch, or a map with these keys.
    SwitchOrMap(&'static [Key]),
    /// The initial password: text, `{file: PATH}` or `{stdin: true}`.
    Passinit,
    /// Drop-ins: unit → section → directive → text or list of texts.
    Units,
}

/// How a word is read.
#[derive(Debug, Clone, Copy)]
pub struct Grammar {
    /// The code of its refusals.
    pub code: Code,
    /// What it is called, with its article.
    pub what: &'static str,
    /// Reads it and tells what is wrong.
    pub check: fn(&str) -> Result<(), Refusal>,
}

/// One value of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub value: &'static str,
    /// Whether it is only another name for an earlier one, and so not listed in messages.
    pub alias: bool,
}

const fn text<W: Word>(code: Code) -> Kind {
    Kind::Word(grammar::<W>(code))
}

const fn grammar<W: Word>(code: Code) -> Grammar {
    Grammar { code, what: W::WHAT, check: check::<W> }
}

fn check<W: Word>(text: &str) -> Result<(), Refusal> {
    W::parse(text).map(drop)
}

fn choices(values: &'static [&'static str], aliases: &'static [&'static str]) -> Vec<Choice> {
    let plain = values.iter().map(|value| Choice { value, alias: false });
    plain.chain(aliases.iter().map(|value| Choice { value, alias: true })).collect()
}

fn panels() -> Vec<Choice> {
    choices(&["faasd", "pai", "none"], &["0", "1"])
}

fn targets() -> Vec<Choice> {
    TARGETS
        .iter()
        .map(|target| Choice { value: target.name, alias: false })
        .chain(
            TARGETS
                .iter()
                .flat_map(|target| target.aliases.iter().map(|value| Choice { value, alias: true })),
        )
        .collect()
}

const fn version(of: fn(&Stack) -> &'static str) -> Key {
    Key {
        name: "version",
        kind: text::<values::Version>(Code::VersionInvalid),
        doc: "Upstream's version, without a `v`.",
        sample: Sample::Stack(of),
    }
}
const SHA256: Key = Key {
    name: "sha256",
    kind: text::<values::Sha256>(Code::Sha256Invalid),
    doc: "SHA-256 of the download for the chosen arch; pins a version whose sum is not built in.",
    sample: Sample::None,
};

const fn image(name: &'static str, doc: &'static str) -> Key {
    Key { name, kind: text::<values::Image>(Code::ImageInvalid), doc, sample: Sample::None }
}

const ROUTE: Kind = Kind::Map(&[
    Key {
        name: "path",
        kind: text::<values::RoutePath>(Code::RouteInvalid),
        doc: "The prefix it answers; begins and ends with `/`.",
        sample: Sample::Example("/grafana/"),
    },
    Key {
        name: "upstream",
        kind: text::<values::Upstream>(Code::UpstreamInvalid),
        doc: "Where requests go. Without a URI the request's path is kept; with one it replaces the prefix.",
        sample: Sample::Example("\"http://127.0.0.1:3001\""),
    },
    Key {
        name: "websocket",
        kind: Kind::Switch,
        doc: "Lets WebSocket upgrades through and keeps quiet connections for a day.",
        sample: Sample::Default("false"),
    },
    Key {
        name: "timeout",
        kind: text::<values::Span>(Code::DurationInvalid),
        doc: "How long the upstream may be silent.",
        sample: Sample::Default("60s"),
    },
    Key {
        name: "client_max_body_size",
        kind: text::<values::Size>(Code::SizeInvalid),
        doc: "The largest request body; `0` for no limit.",
        sample: Sample::Default("64m"),
    },
]);
const TEXT_DIRECTIVE: Kind = text::<values::Directive>(Code::OverrideInvalid);

/// Every parameter, in the order of `panelgen init`.
pub const KEYS: &[Key] = &[
    Key {
        name: "domain",
        kind: Kind::List(&text::<values::Domain>(Code::DomainInvalid)),
        doc: "The panel's domain, or a list: the first names the certificate, the rest are its further names.",
        sample: Sample::Example("panel.example.org"),
    },
    Key {
        name: "mail",
        kind: text::<values::Email>(Code::MailInvalid),
        doc: "The ACME account's address; without it the account has none.",
        sample: Sample::Example("ops@corp.example"),
    },
    Key {
        name: "panel",
        kind: Kind::Choice(panels),
        doc: "What the host is for.",
        sample: Sample::Default("faasd"),
    },
    Key {
        name: "target",
        kind: Kind::Choice(targets),
        doc: "The system the bundle is made for; `panelgen targets` lists them.",
        sample: Sample::Default("ubuntu-24.04"),
    },
    Key {
        name: "arch",
        kind: Kind::Choice(|| choices(&["amd64", "arm64"], &["x86_64", "aarch64"])),
        doc: "The processor.",
        sample: Sample::Default("amd64"),
    },
    Key {
        name: "stack",
        kind: Kind::Choice(|| choices(&["current", "classic"], &[])),
        doc: "The set of versions: `current`, or `classic` for those of 2020.",
        sample: Sample::Default("current"),
    },
    Key {
        name: "passinit",
        kind: Kind::Passinit,
        doc: "The initial password of the gateway and the IDE; without it the host makes one at first install.",
        sample: Sample::Example("{file: secret.txt}"),
    },
    Key {
        name: "mirror",
        kind: text::<values::Origin>(Code::UrlInvalid),
        doc: "One origin for every download, in upstream's file names.",
        sample: Sample::Example("https://mirror.example/panel"),
    },
    Key {
        name: "dirs",
        kind: Kind::Map(&[
            Key {
                name: "install",
                kind: text::<values::HostPath>(Code::PathInvalid),
                doc: "Where programs are unpacked.",
                sample: Sample::Default("/opt/panel"),
            },
            Key {
                name: "data",
                kind: text::<values::HostPath>(Code::PathInvalid),
                doc: "Where the installer reports its progress and the pai panel keeps workspaces.",
                sample: Sample::Default("/data"),
            },
        ]),
        doc: "Directories on the host.",
        sample: Sample::None,
    },
    Key {
        name: "tls",
        kind: Kind::Map(&[
            Key {
                name: "acme",
                kind: Kind::Choice(|| choices(&["webroot", "standalone", "dns", "none"], &[])),
                doc: "How the certificate is had; `none` takes one of your own.",
                sample: Sample::Default("webroot"),
            },
            Key {
                name: "server",
                kind: text::<values::Endpoint>(Code::UrlInvalid),
                doc: "The ACME server's directory; Let's Encrypt when absent.",
                sample: Sample::Example("https://acme.corp.example/directory"),
            },
            Key {
                name: "ca",
                kind: text::<values::HostPath>(Code::PathInvalid),
                doc: "A file on the host with the CA certificates that `server` itself is verified with.",
                sample: Sample::Example("/etc/ssl/certs/corp-ca.pem"),
            },
            Key {
                name: "staging",
                kind: Kind::Switch,
                doc: "Use Let's Encrypt's staging environment: certificates that browsers do not trust.",
                sample: Sample::Default("false"),
            },
            Key {
                name: "profile",
                kind: Kind::Choice(|| choices(&["intermediate", "modern"], &[])),
                doc: "Mozilla's TLS profile: `modern` is TLS 1.3 alone.",
                sample: Sample::Default("intermediate"),
            },
            Key {
                name: "hsts",
                kind: Kind::SwitchOrMap(&[
                    Key {
                        name: "max_age",
                        kind: text::<values::Span>(Code::DurationInvalid),
                        doc: "How long browsers insist on HTTPS.",
                        sample: Sample::Default("730d"),
                    },
                    Key {
                        name: "include_subdomains",
                        kind: Kind::Switch,
                        doc: "Bind every name below the domain too, those of other hosts included.",
                        sample: Sample::Default("false"),
                    },
                    Key {
                        name: "preload",
                        kind: Kind::Switch,
                        doc: "Ask to be built into browsers; hard to take back.",
                        sample: Sample::Default("false"),
                    },
                ]),
                doc: "Strict-Transport-Security; `false` switches it off.",
                sample: Sample::None,
            },
            Key {
                name: "certificate",
                kind: text::<values::HostPath>(Code::PathInvalid),
                doc: "With `acme: none`: the certificate chain on the host.",
                sample: Sample::Example("/etc/ssl/corp/fullchain.pem"),
            },
            Key {
                name: "key",
                kind: text::<values::HostPath>(Code::PathInvalid),
                doc: "With `acme: none`: its private key on the host.",
                sample: Sample::Example("/etc/ssl/corp/privkey.pem"),
            },
            Key {
                name: "dns",
                kind: Kind::Map(&[
                    Key {
                        name: "plugin",
                        kind: text::<values::Label>(Code::LabelInvalid),
                        doc: "certbot's DNS plugin, without `dns-`.",
                        sample: Sample::Example("cloudflare"),
                    },
                    Key {
                        name: "credentials",
                        kind: text::<values::HostPath>(Code::PathInvalid),
                        doc: "The plugin's credentials on the host, mode 0600.",
                        sample: Sample::Example("/etc/letsencrypt/cloudflare.ini"),
                    },
                    Key {
                        name: "propagation",
                        kind: text::<values::Span>(Code::DurationInvalid),
                        doc: "How long DNS takes to show the challenge.",
                        sample: Sample::Default("60s"),
                    },
                ]),
                doc: "With `acme: dns`: the plugin.",
                sample: Sample::None,
            },
        ]),
        doc: "Certificates and TLS.",
        sample: Sample::None,
    },
    Key {
        name: "routes",
        kind: Kind::List(&ROUTE),
        doc: "Further paths of the site and where they lead.",
        sample: Sample::None,
    },
    Key {
        name: "nginx",
        kind: Kind::Map(&[
            Key {
                name: "client_max_body_size",
                kind: text::<values::Size>(Code::SizeInvalid),
                doc: "The largest request body; `0` for no limit.",
                sample: Sample::Default("64m"),
            },
            Key {
                name: "ipv6",
                kind: Kind::Switch,
                doc: "Listen on IPv6 too; `false` for a kernel without it.",
                sample: Sample::Default("true"),
            },
        ]),
        doc: "The edge.",
        sample: Sample::None,
    },
    Key {
        name: "certbot",
        kind: Kind::Map(&[
            Key {
                name: "calendar",
                kind: text::<values::Calendar>(Code::CalendarInvalid),
                doc: "When renewal is tried, as systemd writes it.",
                sample: Sample::Default("\"*-*-* 00,12:00:00\""),
            },
            Key {
                name: "random_delay",
                kind: text::<values::Span>(Code::DurationInvalid),
                doc: "The spread of those times, so that hosts do not all ask at once.",
                sample: Sample::Default("6h"),
            },
            Key {
                name: "key_type",
                kind: Kind::Choice(|| choices(&["ecdsa", "rsa"], &[])),
                doc: "The certificate's key.",
                sample: Sample::Default("ecdsa"),
            },
            Key {
                name: "profile",
                kind: text::<values::Label>(Code::LabelInvalid),
                doc: "The ACME profile that is preferred, for example `shortlived`.",
                sample: Sample::Example("shortlived"),
            },
        ]),
        doc: "Renewal.",
        sample: Sample::None,
    },
    Key {
        name: "containerd",
        kind: Kind::Map(&[version(|stack| stack.containerd), SHA256]),
        doc: "containerd.",
        sample: Sample::None,
    },
    Key {
        name: "runc",
        kind: Kind::Map(&[version(|stack| stack.runc), SHA256]),
        doc: "runc.",
        sample: Sample::None,
    },
    Key {
        name: "cni",
        kind: Kind::Map(&[version(|stack| stack.cni), SHA256]),
        doc: "The CNI plugins.",
        sample: Sample::None,
    },
    Key {
        name: "faas_cli",
        kind: Kind::Map(&[version(|stack| stack.faas_cli), SHA256]),
        doc: "faas-cli.",
        sample: Sample::None,
    },
    Key {
        name: "faasd",
        kind: Kind::Map(&[
            version(|stack| stack.faasd),
            SHA256,
            Key {
                name: "gateway_port",
                kind: text::<values::Port>(Code::PortInvalid),
                doc: "The gateway's port on 127.0.0.1.",
                sample: Sample::Default("8080"),
            },
            Key {
                name: "provider_port",
                kind: text::<values::Port>(Code::PortInvalid),
                doc: "The provider's port; the firewall closes it to the outside.",
                sample: Sample::Default("8081"),
            },
            Key {
                name: "prometheus_port",
                kind: text::<values::Port>(Code::PortInvalid),
                doc: "Prometheus' port on 127.0.0.1.",
                sample: Sample::Default("9090"),
            },
            Key {
                name: "user",
                kind: text::<values::GatewayUser>(Code::UserInvalid),
                doc: "The gateway's user.",
                sample: Sample::Default("admin"),
            },
            Key {
                name: "memory_max",
                kind: text::<values::Size>(Code::SizeInvalid),
                doc: "The memory limit of each faasd unit.",
                sample: Sample::Default("500M"),
            },
            Key {
                name: "timeout",
                kind: text::<values::Span>(Code::DurationInvalid),
                doc: "How long a function may run; the gateway's, the provider's and nginx's limits follow it.",
                sample: Sample::Default("60s"),
            },
            Key {
                name: "nameservers",
                kind: Kind::List(&text::<values::Address>(Code::AddressInvalid)),
                doc: "Whom functions ask for names.",
                sample: Sample::Default("[8.8.8.8, 8.8.4.4]"),
            },
            Key {
                name: "images",
                kind: Kind::Map(&[
                    image("gateway", "The gateway's image."),
                    image("queue_worker", "The queue worker's image."),
                    image("nats", "The NATS streaming image."),
                    image("prometheus", "The Prometheus image."),
                    image("basic_auth", "The basic-auth plugin's image; faasd before 0.16.9 only."),
                ]),
                doc: "Images of the core services, where they differ from the version's own.",
                sample: Sample::None,
            },
            Key {
                name: "accept_eula",
                kind: Kind::Switch,
                doc: "You have read and accept the OpenFaaS CE EULA; needed from faasd 0.19.1 on.",
                sample: Sample::Default("false"),
            },
        ]),
        doc: "The function platform.",
        sample: Sample::None,
    },
    Key {
        name: "code_server",
        kind: Kind::Map(&[
            Key {
                name: "enabled",
                kind: Kind::Switch,
                doc: "Install the web IDE.",
                sample: Sample::Default("true"),
            },
            Key {
                name: "path",
                kind: text::<values::RoutePath>(Code::RouteInvalid),
                doc: "Where the IDE is.",
                sample: Sample::Default("/codeserver/"),
            },
            Key {
                name: "port",
                kind: text::<values::Port>(Code::PortInvalid),
                doc: "Its port on 127.0.0.1.",
                sample: Sample::Default("5000"),
            },
            Key {
                name: "user",
                kind: text::<values::Account>(Code::UserInvalid),
                doc: "The account it runs as, made when absent, in no privileged group.",
                sample: Sample::Default("coder"),
            },
            Key {
                name: "memory_max",
                kind: text::<values::Size>(Code::SizeInvalid),
                doc: "Its memory limit; none when absent.",
                sample: Sample::Example("2G"),
            },
            version(|stack| stack.code_server),
            SHA256,
        ]),
        doc: "The web IDE.",
        sample: Sample::None,
    },
    Key {
        name: "pai",
        kind: Kind::Map(&[
            Key {
                name: "path",
                kind: text::<values::RoutePath>(Code::RouteInvalid),
                doc: "Where the panel is.",
                sample: Sample::Default("/pai/"),
            },
            Key {
                name: "port",
                kind: text::<values::Port>(Code::PortInvalid),
                doc: "The panel's port.",
                sample: Sample::Default("5523"),
            },
            Key {
                name: "app_port",
                kind: text::<values::Port>(Code::PortInvalid),
                doc: "The port of the user's app, which answers `/`.",
                sample: Sample::Default("3000"),
            },
            Key {
                name: "mate_sha256",
                kind: text::<values::Sha256>(Code::Sha256Invalid),
                doc: "SHA-256 of pai-mate-latest.tar.xz.",
                sample: Sample::None,
            },
            Key {
                name: "agent_sha256",
                kind: text::<values::Sha256>(Code::Sha256Invalid),
                doc: "SHA-256 of pai_agent.",
                sample: Sample::None,
            },
        ]),
        doc: "The pai panel.",
        sample: Sample::None,
    },
    Key {
        name: "overrides",
        kind: Kind::Map(&[
            Key {
                name: "units",
                kind: Kind::Units,
                doc: "Drop-ins: unit, section, directive, value, as systemd reads them.",
                sample: Sample::Example("{faasd.service: {Service: {MemoryMax: 1G}}}"),
            },
            Key {
                name: "nginx",
                kind: Kind::Map(&[
                    Key {
                        name: "http",
                        kind: Kind::List(&TEXT_DIRECTIVE),
                        doc: "Directives beside the panel's server blocks, each complete.",
                        sample: Sample::Example(
                            "['limit_req_zone $binary_remote_addr zone=panel:10m rate=10r/s;']",
                        ),
                    },
                    Key {
                        name: "server",
                        kind: Kind::List(&TEXT_DIRECTIVE),
                        doc: "Directives inside the panel's HTTPS server, each complete.",
                        sample: Sample::Example("['limit_req zone=panel burst=20;']"),
                    },
                ]),
                doc: "Further nginx directives.",
                sample: Sample::None,
            },
        ]),
        doc: "What survives an upgrade of the generator: your own directives.",
        sample: Sample::None,
    },
];

/// The key at a dotted path.
pub fn at(path: &str) -> Option<&'static Key> {
    let mut keys = KEYS;
    let mut found = None;
    for name in path.split('.') {
        let key = keys.iter().find(|key| key.name == name)?;
        keys = match &key.kind {
            Kind::Map(below) | Kind::SwitchOrMap(below) => below,
            _ => &[],
        };
        found = Some(key);
    }
    found
}
