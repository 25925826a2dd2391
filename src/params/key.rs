//! Every parameter there is: name, what it takes, what it means. The list is the design: it drives the
//! refusal of unknown keys, `--set`, `panelgen init`, `panelgen schema` and the README's table.

use crate::report::Code;
use crate::target::TARGETS;
use crate::word::{self, Refusal, Word};

/// One parameter.
#[derive(Debug)]
pub struct Key {
    /// Its name within its map.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it means, one sentence.
    pub doc: &'static str,
    /// A value as an operator would write it in YAML: the default where there is one, else an example.
    pub example: &'static str,
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

const fn word<W: Word>(code: Code) -> Kind {
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

const VERSION: Key = Key {
    name: "version",
    kind: word::<word::Version>(Code::VersionInvalid),
    doc: "Upstream's version, without a `v`.",
    example: "",
};
const SHA256: Key = Key {
    name: "sha256",
    kind: word::<word::Sha256>(Code::Sha256Invalid),
    doc: "SHA-256 of the download for the chosen arch; pins a version whose sum is not built in.",
    example: "",
};
const PROGRAM: &[Key] = &[VERSION, SHA256];

const fn image(name: &'static str, doc: &'static str) -> Key {
    Key { name, kind: word::<word::Image>(Code::ImageInvalid), doc, example: "" }
}

const ROUTE: Kind = Kind::Map(&[
    Key {
        name: "path",
        kind: word::<word::RoutePath>(Code::RouteInvalid),
        doc: "The prefix it answers; begins and ends with `/`.",
        example: "/grafana/",
    },
    Key {
        name: "upstream",
        kind: word::<word::Upstream>(Code::UpstreamInvalid),
        doc: "Where requests go. Without a URI the request's path is kept; with one it replaces the prefix.",
        example: "\"http://127.0.0.1:3001\"",
    },
    Key {
        name: "websocket",
        kind: Kind::Switch,
        doc: "Lets WebSocket upgrades through and keeps quiet connections for a day.",
        example: "false",
    },
    Key {
        name: "timeout",
        kind: word::<word::Span>(Code::DurationInvalid),
        doc: "How long the upstream may be silent.",
        example: "60s",
    },
    Key {
        name: "client_max_body_size",
        kind: word::<word::Size>(Code::SizeInvalid),
        doc: "The largest request body; `0` for no limit.",
        example: "64m",
    },
]);
const TEXT_DIRECTIVE: Kind = word::<word::Directive>(Code::OverrideInvalid);

/// Every parameter, in the order of `panelgen init`.
pub const KEYS: &[Key] = &[
    Key {
        name: "domain",
        kind: Kind::List(&word::<word::Domain>(Code::DomainInvalid)),
        doc: "The panel's domain, or a list: the first names the certificate, the rest are its further names.",
        example: "panel.example.org",
    },
    Key {
        name: "mail",
        kind: word::<word::Email>(Code::MailInvalid),
        doc: "The ACME account's address; without it the account has none.",
        example: "ops@corp.example",
    },
    Key { name: "panel", kind: Kind::Choice(panels), doc: "What the host is for.", example: "faasd" },
    Key {
        name: "target",
        kind: Kind::Choice(targets),
        doc: "The system the bundle is made for; `panelgen targets` lists them.",
        example: "ubuntu-24.04",
    },
    Key {
        name: "arch",
        kind: Kind::Choice(|| choices(&["amd64", "arm64"], &["x86_64", "aarch64"])),
        doc: "The processor.",
        example: "amd64",
    },
    Key {
        name: "stack",
        kind: Kind::Choice(|| choices(&["current", "classic"], &[])),
        doc: "The set of versions: `current`, or `classic` for those of 2020.",
        example: "current",
    },
    Key {
        name: "passinit",
        kind: Kind::Passinit,
        doc: "The initial password of the gateway and the IDE; without it the host makes one at first install.",
        example: "{file: secret.txt}",
    },
    Key {
        name: "mirror",
        kind: word::<word::Origin>(Code::UrlInvalid),
        doc: "One origin for every download, in upstream's file names.",
        example: "https://mirror.example/panel",
    },
    Key {
        name: "dirs",
        kind: Kind::Map(&[
            Key {
                name: "install",
                kind: word::<word::HostPath>(Code::PathInvalid),
                doc: "Where programs are unpacked.",
                example: "/opt/panel",
            },
            Key {
                name: "data",
                kind: word::<word::HostPath>(Code::PathInvalid),
                doc: "Where the installer reports its progress and the pai panel keeps workspaces.",
                example: "/data",
            },
        ]),
        doc: "Directories on the host.",
        example: "",
    },
    Key {
        name: "tls",
        kind: Kind::Map(&[
            Key {
                name: "acme",
                kind: Kind::Choice(|| choices(&["webroot", "standalone", "dns", "none"], &[])),
                doc: "How the certificate is had; `none` takes one of your own.",
                example: "webroot",
            },
            Key {
                name: "server",
                kind: word::<word::Endpoint>(Code::UrlInvalid),
                doc: "The ACME server's directory; Let's Encrypt when absent.",
                example: "https://acme.corp.example/directory",
            },
            Key {
                name: "ca",
                kind: word::<word::HostPath>(Code::PathInvalid),
                doc: "A file on the host with the CA certificates that `server` itself is verified with.",
                example: "/etc/ssl/certs/corp-ca.pem",
            },
            Key {
                name: "staging",
                kind: Kind::Switch,
                doc: "Use Let's Encrypt's staging environment: certificates that browsers do not trust.",
                example: "false",
            },
            Key {
                name: "profile",
                kind: Kind::Choice(|| choices(&["intermediate", "modern"], &[])),
                doc: "Mozilla's TLS profile: `modern` is TLS 1.3 alone.",
                example: "intermediate",
            },
            Key {
                name: "hsts",
                kind: Kind::SwitchOrMap(&[
                    Key {
                        name: "max_age",
                        kind: word::<word::Span>(Code::DurationInvalid),
                        doc: "How long browsers insist on HTTPS.",
                        example: "730d",
                    },
                    Key {
                        name: "include_subdomains",
                        kind: Kind::Switch,
                        doc: "Bind every name below the domain too, those of other hosts included.",
                        example: "false",
                    },
                    Key {
                        name: "preload",
                        kind: Kind::Switch,
                        doc: "Ask to be built into browsers; hard to take back.",
                        example: "false",
                    },
                ]),
                doc: "Strict-Transport-Security; `false` switches it off.",
                example: "",
            },
            Key {
                name: "certificate",
                kind: word::<word::HostPath>(Code::PathInvalid),
                doc: "With `acme: none`: the certificate chain on the host.",
                example: "/etc/ssl/corp/fullchain.pem",
            },
            Key {
                name: "key",
                kind: word::<word::HostPath>(Code::PathInvalid),
                doc: "With `acme: none`: its private key on the host.",
                example: "/etc/ssl/corp/privkey.pem",
            },
            Key {
                name: "dns",
                kind: Kind::Map(&[
                    Key {
                        name: "plugin",
                        kind: word::<word::Label>(Code::LabelInvalid),
                        doc: "certbot's DNS plugin, without `dns-`.",
                        example: "cloudflare",
                    },
                    Key {
                        name: "credentials",
                        kind: word::<word::HostPath>(Code::PathInvalid),
                        doc: "The plugin's credentials on the host, mode 0600.",
                        example: "/etc/letsencrypt/cloudflare.ini",
                    },
                    Key {
                        name: "propagation",
                        kind: word::<word::Span>(Code::DurationInvalid),
                        doc: "How long DNS takes to show the challenge.",
                        example: "60s",
                    },
                ]),
                doc: "With `acme: dns`: the plugin.",
                example: "",
            },
        ]),
        doc: "Certificates and TLS.",
        example: "",
    },
    Key {
        name: "routes",
        kind: Kind::List(&ROUTE),
        doc: "Further paths of the site and where they lead.",
        example: "",
    },
    Key {
        name: "nginx",
        kind: Kind::Map(&[
            Key {
                name: "client_max_body_size",
                kind: word::<word::Size>(Code::SizeInvalid),
                doc: "The largest request body; `0` for no limit.",
                example: "64m",
            },
            Key {
                name: "ipv6",
                kind: Kind::Switch,
                doc: "Listen on IPv6 too; `false` for a kernel without it.",
                example: "true",
            },
        ]),
        doc: "The edge.",
        example: "",
    },
    Key {
        name: "certbot",
        kind: Kind::Map(&[
            Key {
                name: "calendar",
                kind: word::<word::Calendar>(Code::CalendarInvalid),
                doc: "When renewal is tried, as systemd writes it.",
                example: "\"*-*-* 00,12:00:00\"",
            },
            Key {
                name: "random_delay",
                kind: word::<word::Span>(Code::DurationInvalid),
                doc: "The spread of those times, so that hosts do not all ask at once.",
                example: "6h",
            },
            Key {
                name: "key_type",
                kind: Kind::Choice(|| choices(&["ecdsa", "rsa"], &[])),
                doc: "The certificate's key.",
                example: "ecdsa",
            },
            Key {
                name: "profile",
                kind: word::<word::Label>(Code::LabelInvalid),
                doc: "The ACME profile that is preferred, for example `shortlived`.",
                example: "shortlived",
            },
        ]),
        doc: "Renewal.",
        example: "",
    },
    Key { name: "containerd", kind: Kind::Map(PROGRAM), doc: "containerd.", example: "" },
    Key { name: "runc", kind: Kind::Map(PROGRAM), doc: "runc.", example: "" },
    Key { name: "cni", kind: Kind::Map(PROGRAM), doc: "The CNI plugins.", example: "" },
    Key { name: "faas_cli", kind: Kind::Map(PROGRAM), doc: "faas-cli.", example: "" },
    Key {
        name: "faasd",
        kind: Kind::Map(&[
            VERSION,
            SHA256,
            Key {
                name: "gateway_port",
                kind: word::<word::Port>(Code::PortInvalid),
                doc: "The gateway's port on 127.0.0.1.",
                example: "8080",
            },
            Key {
                name: "provider_port",
                kind: word::<word::Port>(Code::PortInvalid),
                doc: "The provider's port; the firewall closes it to the outside.",
                example: "8081",
            },
            Key {
                name: "prometheus_port",
                kind: word::<word::Port>(Code::PortInvalid),
                doc: "Prometheus' port on 127.0.0.1.",
                example: "9090",
            },
            Key {
                name: "user",
                kind: word::<word::GatewayUser>(Code::UserInvalid),
                doc: "The gateway's user.",
                example: "admin",
            },
            Key {
                name: "memory_max",
                kind: word::<word::Size>(Code::SizeInvalid),
                doc: "The memory limit of each faasd unit.",
                example: "500M",
            },
            Key {
                name: "timeout",
                kind: word::<word::Span>(Code::DurationInvalid),
                doc: "How long a function may run; the gateway's, the provider's and nginx's limits follow it.",
                example: "60s",
            },
            Key {
                name: "nameservers",
                kind: Kind::List(&word::<word::Address>(Code::AddressInvalid)),
                doc: "Whom functions ask for names.",
                example: "[8.8.8.8, 8.8.4.4]",
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
                example: "",
            },
            Key {
                name: "accept_eula",
                kind: Kind::Switch,
                doc: "You have read and accept the OpenFaaS CE EULA; needed from faasd 0.19.1 on.",
                example: "false",
            },
        ]),
        doc: "The function platform.",
        example: "",
    },
    Key {
        name: "code_server",
        kind: Kind::Map(&[
            Key { name: "enabled", kind: Kind::Switch, doc: "Install the web IDE.", example: "true" },
            Key {
                name: "path",
                kind: word::<word::RoutePath>(Code::RouteInvalid),
                doc: "Where the IDE is.",
                example: "/codeserver/",
            },
            Key {
                name: "port",
                kind: word::<word::Port>(Code::PortInvalid),
                doc: "Its port on 127.0.0.1.",
                example: "5000",
            },
            Key {
                name: "user",
                kind: word::<word::Account>(Code::UserInvalid),
                doc: "The account it runs as, made when absent, in no privileged group.",
                example: "coder",
            },
            Key {
                name: "memory_max",
                kind: word::<word::Size>(Code::SizeInvalid),
                doc: "Its memory limit; none when absent.",
                example: "2G",
            },
            VERSION,
            SHA256,
        ]),
        doc: "The web IDE.",
        example: "",
    },
    Key {
        name: "pai",
        kind: Kind::Map(&[
            Key {
                name: "path",
                kind: word::<word::RoutePath>(Code::RouteInvalid),
                doc: "Where the panel is.",
                example: "/pai/",
            },
            Key {
                name: "port",
                kind: word::<word::Port>(Code::PortInvalid),
                doc: "The panel's port.",
                example: "5523",
            },
            Key {
                name: "app_port",
                kind: word::<word::Port>(Code::PortInvalid),
                doc: "The port of the user's app, which answers `/`.",
                example: "3000",
            },
            Key {
                name: "mate_sha256",
                kind: word::<word::Sha256>(Code::Sha256Invalid),
                doc: "SHA-256 of pai-mate-latest.tar.xz.",
                example: "",
            },
            Key {
                name: "agent_sha256",
                kind: word::<word::Sha256>(Code::Sha256Invalid),
                doc: "SHA-256 of pai_agent.",
                example: "",
            },
        ]),
        doc: "The pai panel.",
        example: "",
    },
    Key {
        name: "overrides",
        kind: Kind::Map(&[
            Key {
                name: "units",
                kind: Kind::Units,
                doc: "Drop-ins: unit, section, directive, value, as systemd reads them.",
                example: "{faasd.service: {Service: {MemoryMax: 1G}}}",
            },
            Key {
                name: "nginx",
                kind: Kind::Map(&[
                    Key {
                        name: "http",
                        kind: Kind::List(&TEXT_DIRECTIVE),
                        doc: "Directives beside the panel's server blocks, each complete.",
                        example: "['limit_req_zone $binary_remote_addr zone=panel:10m rate=10r/s;']",
                    },
                    Key {
                        name: "server",
                        kind: Kind::List(&TEXT_DIRECTIVE),
                        doc: "Directives inside the panel's HTTPS server, each complete.",
                        example: "['limit_req zone=panel burst=20;']",
                    },
                ]),
                doc: "Further nginx directives.",
                example: "",
            },
        ]),
        doc: "What survives an upgrade of the generator: your own directives.",
        example: "",
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
