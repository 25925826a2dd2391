//! The table of all parameters: name, type, documentation. It is the only declaration of a parameter: it
//! drives the check for unknown keys, `--set`, `panelgen init`, `panelgen schema` and the table in the
//! documentation.

use crate::diagnostics::Code;
use crate::facts::releases::{STACKS, Stack};
use crate::facts::target::{self, TARGETS};
use crate::values::{self, FromText, ParseError};

/// One parameter.
#[derive(Debug)]
pub struct Key {
    /// The name within its map.
    pub name: &'static str,
    /// The accepted values.
    pub value_type: ValueType,
    /// The meaning, one sentence.
    pub doc: &'static str,
    /// A default or example, written in YAML.
    pub sample: DefaultOrExample,
}

/// A value that shows how a parameter is written.
#[derive(Debug, Clone, Copy)]
pub enum DefaultOrExample {
    /// The default, in YAML.
    Default(&'static str),
    /// The default is the version in the stack.
    Stack(fn(&Stack) -> &'static str),
    /// There is no default; this is an example.
    Example(&'static str),
    /// There is no useful sample, as for maps.
    None,
}

impl DefaultOrExample {
    /// The version in a stack, if the default is one.
    pub fn of_stack(self, stack: &Stack) -> Option<&'static str> {
        if let Self::Stack(version) = self { Some(version(stack)) } else { None }
    }

    /// The text, unless it depends on the stack.
    pub fn text(self) -> Option<&'static str> {
        match self {
            Self::Default(text) | Self::Example(text) => Some(text),
            Self::Stack(_) | Self::None => None,
        }
    }
}

/// The type of a parameter.
#[derive(Debug)]
pub enum ValueType {
    /// Text with a parser.
    Text(TextParser),
    /// `true` or `false`.
    Bool,
    /// One of a few values.
    Enum(fn() -> Vec<EnumValue>),
    /// A list. A single item counts as a list of one.
    List(&'static ValueType),
    /// A map with these keys.
    Map(&'static [Key]),
    /// A boolean, or a map with these keys.
    BoolOrMap(&'static [Key]),
    /// A text, or a map of texts by architecture.
    PerArch(TextParser, &'static [Key]),
    /// A secret: text, `{file: PATH}` or `{stdin: true}`.
    Secret(TextParser),
    /// Drop-ins: unit → section → directive → text or list of texts.
    Units,
}

/// How a text is parsed.
#[derive(Debug, Clone, Copy)]
pub struct TextParser {
    /// The code of its errors.
    pub code: Code,
    /// The type's name with its article.
    pub type_name: &'static str,
    /// Parses the text and returns what is wrong with it.
    pub check: fn(&str) -> Result<(), ParseError>,
}

/// One value of an enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnumValue {
    /// The value.
    pub value: &'static str,
    /// The value that it is an alias of. Messages do not list aliases.
    pub alias_of: Option<&'static str>,
    /// The meaning, for editors.
    pub doc: &'static str,
}

const fn text<W: FromText>(code: Code) -> ValueType {
    ValueType::Text(grammar::<W>(code))
}

const fn grammar<W: FromText>(code: Code) -> TextParser {
    TextParser { code, type_name: W::TYPE_NAME, check: check::<W> }
}

fn check<W: FromText>(text: &str) -> Result<(), ParseError> {
    W::parse(text).map(drop)
}

/// The values with their meaning, and the aliases of the first of them.
fn choices(
    values: &'static [(&'static str, &'static str)],
    aliases: &'static [&'static str],
) -> Vec<EnumValue> {
    let plain = values.iter().map(|(value, doc)| EnumValue { value, alias_of: None, doc });
    let aliases = aliases.iter().zip(values);
    let aliases = aliases.map(|(value, (of, doc))| EnumValue { value, alias_of: Some(of), doc });
    plain.chain(aliases).collect()
}

fn panels() -> Vec<EnumValue> {
    const VALUES: &[(&str, &str)] = &[
        ("faasd", "Functions: faasd, its gateway and the provider."),
        ("pai", "The proprietary Tencent Cloud PAI panel, for owners of its programs."),
        ("none", "No panel: only routes and the IDE."),
    ];
    choices(VALUES, &["0", "1"])
}

fn dns_plugins() -> Vec<EnumValue> {
    let plugin = |&(value, doc): &(&'static str, &'static str)| EnumValue { value, alias_of: None, doc };
    target::DNS_PLUGINS.iter().map(plugin).collect()
}

fn targets() -> Vec<EnumValue> {
    let names = TARGETS.iter().map(|target| EnumValue {
        value: target.name,
        alias_of: None,
        doc: "An operating system; `panelgen targets` lists what is known of it.",
    });
    let aliases = TARGETS.iter().flat_map(|target| {
        target.aliases.iter().map(|value| EnumValue {
            value,
            alias_of: Some(target.name),
            doc: "The same as the name with its version.",
        })
    });
    names.chain(aliases).collect()
}

const fn version(of: fn(&Stack) -> &'static str) -> Key {
    Key {
        name: "version",
        value_type: text::<values::Version>(Code::VersionInvalid),
        doc: "The version as upstream tags it, without a `v`.",
        sample: DefaultOrExample::Stack(of),
    }
}
const SHA256: Key = checksum(
    "sha256",
    "The SHA-256 checksum of the download for the chosen arch, or a map of checksums by arch. Required for versions without a built-in checksum.",
);

const fn checksum(name: &'static str, doc: &'static str) -> Key {
    const ONE: TextParser = grammar::<values::Sha256>(Code::Sha256Invalid);
    const ARCHES: &[Key] = &per_arch(ONE, ["The checksum for amd64.", "The checksum for arm64."]);
    Key { name, value_type: ValueType::PerArch(ONE, ARCHES), doc, sample: DefaultOrExample::None }
}

const fn digest(name: &'static str, doc: &'static str) -> Key {
    const ONE: TextParser = grammar::<values::ImageDigest>(Code::ImageInvalid);
    const ARCHES: &[Key] = &per_arch(ONE, ["The digest for amd64.", "The digest for arm64."]);
    Key { name, value_type: ValueType::PerArch(ONE, ARCHES), doc, sample: DefaultOrExample::None }
}

/// The keys of a map by architecture.
const fn per_arch(one: TextParser, docs: [&'static str; 2]) -> [Key; 2] {
    const fn key(name: &'static str, one: TextParser, doc: &'static str) -> Key {
        Key { name, value_type: ValueType::Text(one), doc, sample: DefaultOrExample::None }
    }
    [key("amd64", one, docs[0]), key("arm64", one, docs[1])]
}

/// The directory of a program's downloads.
const fn origin(name: &'static str) -> Key {
    Key {
        name,
        value_type: text::<values::BaseUrl>(Code::UrlInvalid),
        doc: "The URL of the directory that has the file and its checksum file, instead of upstream's and of `mirror`.",
        sample: DefaultOrExample::None,
    }
}
const ORIGIN: Key = origin("origin");

const fn image(name: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        value_type: text::<values::ImageRef>(Code::ImageInvalid),
        doc,
        sample: DefaultOrExample::None,
    }
}

const ROUTE: ValueType = ValueType::Map(&[
    Key {
        name: "path",
        value_type: text::<values::RoutePath>(Code::RouteInvalid),
        doc: "The path prefix. It begins and ends with `/`.",
        sample: DefaultOrExample::Example("/grafana/"),
    },
    Key {
        name: "upstream",
        value_type: text::<values::Upstream>(Code::UpstreamInvalid),
        doc: "The server to proxy to. Without a URI, the request's path is kept. With one, it replaces the prefix.",
        sample: DefaultOrExample::Example("\"http://127.0.0.1:3001\""),
    },
    Key {
        name: "websocket",
        value_type: ValueType::Bool,
        doc: "Allow WebSocket upgrades and keep idle connections open for a day.",
        sample: DefaultOrExample::Default("false"),
    },
    Key {
        name: "buffering",
        value_type: ValueType::Bool,
        doc: "Collect a response before passing it on. Use `false` for an upstream that streams.",
        sample: DefaultOrExample::Default("true"),
    },
    Key {
        name: "timeout",
        value_type: text::<values::Timeout>(Code::DurationInvalid),
        doc: "How long nginx waits for data from the upstream.",
        sample: DefaultOrExample::Default("60s"),
    },
    Key {
        name: "client_max_body_size",
        value_type: text::<values::ByteSize>(Code::SizeInvalid),
        doc: "The maximum size of a request body. `0` means no limit.",
        sample: DefaultOrExample::Default("64m"),
    },
]);
const TEXT_DIRECTIVE: ValueType = text::<values::NginxDirective>(Code::OverrideInvalid);

/// A key of a fleet file that is no parameter of a host.
#[derive(Debug)]
pub struct FleetKey {
    /// The name.
    pub name: &'static str,
    /// The accepted values, in words.
    pub value_type: &'static str,
    /// The meaning.
    pub doc: &'static str,
    /// How it is written.
    pub example: &'static str,
}

/// The keys of a fleet file: two of the document, one of each host.
pub const FLEET_KEYS: [FleetKey; 3] = [
    FleetKey {
        name: "defaults",
        value_type: "a map of parameters",
        doc: "The parameters that every host of a fleet starts from: every key but `domain`.",
        example: "defaults: {target: debian-12}",
    },
    FleetKey {
        name: "hosts",
        value_type: "a list of maps of parameters",
        doc: "The hosts of a fleet. Their own parameters override the defaults.",
        example: "hosts: [{domain: panel.example.org}]",
    },
    FleetKey {
        name: "labels",
        value_type: "a map of short texts",
        doc: "Short texts to group the hosts of a fleet by. They are not in any file on the host.",
        example: "labels: {region: eu, ring: canary}",
    },
];

/// The key of a fleet file with this name.
pub fn fleet_key(name: &str) -> Option<&'static FleetKey> {
    FLEET_KEYS.iter().find(|key| key.name == name)
}

/// Every parameter, in the order of `panelgen init`.
pub const KEYS: &[Key] = &[
    Key {
        name: "domain",
        value_type: ValueType::List(&text::<values::DomainOrWildcard>(Code::DomainInvalid)),
        doc: "The panel's domain, or a list of domains. The first is the certificate's primary name, the others are additional names. A wildcard such as `*.example.org` needs `acme: dns` or `acme: none`.",
        sample: DefaultOrExample::Example("panel.example.org"),
    },
    Key {
        name: "mail",
        value_type: text::<values::EmailAddress>(Code::MailInvalid),
        doc: "The email address of the ACME account. Optional.",
        sample: DefaultOrExample::Example("ops@corp.example"),
    },
    Key {
        name: "panel",
        value_type: ValueType::Enum(panels),
        doc: "The type of panel.",
        sample: DefaultOrExample::Default("faasd"),
    },
    Key {
        name: "target",
        value_type: ValueType::Enum(targets),
        doc: "The operating system of the host. `panelgen targets` lists all.",
        sample: DefaultOrExample::Default(target::DEFAULT),
    },
    Key {
        name: "arch",
        value_type: ValueType::Enum(|| {
            choices(
                &[("amd64", "64-bit Intel and AMD processors."), ("arm64", "64-bit ARM processors.")],
                &["x86_64", "aarch64"],
            )
        }),
        doc: "The processor architecture.",
        sample: DefaultOrExample::Default("amd64"),
    },
    Key {
        name: "stack",
        value_type: ValueType::Enum(|| {
            const VALUES: &[(&str, &str)] = &[
                ("current", "Maintained versions."),
                ("classic", "The versions of 2020, which get no security fixes."),
            ];
            choices(VALUES, &[])
        }),
        doc: "The set of versions: `current`, or `classic` for those of 2020, whose images can only be imported.",
        sample: DefaultOrExample::Default(STACKS[0].name),
    },
    Key {
        name: "passinit",
        value_type: ValueType::Secret(grammar::<values::Secret>(Code::PassinitInvalid)),
        doc: "The initial password of the gateway and the IDE. If not set, the host generates one during the first install.",
        sample: DefaultOrExample::Example("{file: secret.txt}"),
    },
    Key {
        name: "mirror",
        value_type: text::<values::BaseUrl>(Code::UrlInvalid),
        doc: "A server that has all downloads, under their upstream file names.",
        sample: DefaultOrExample::Example("https://mirror.example/panel"),
    },
    Key {
        name: "registry",
        value_type: ValueType::Map(&[
            Key {
                name: "prefix",
                value_type: text::<values::ImagePrefix>(Code::ImageInvalid),
                doc: "The registry, and a path in it if needed, that has the images of the core services under their upstream paths.",
                sample: DefaultOrExample::Example("registry.example:5000/copies"),
            },
            Key {
                name: "auth",
                value_type: ValueType::Secret(grammar::<values::RegistryAuth>(Code::RegistryAuthInvalid)),
                doc: "The credentials of registries, as docker's config.json has them. faasd reads them for the images of functions too.",
                sample: DefaultOrExample::Example("{file: config.json}"),
            },
        ]),
        doc: "Where the images of the core services come from.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "proxy",
        value_type: ValueType::Map(&[
            Key {
                name: "https",
                value_type: text::<values::ProxyUrl>(Code::UrlInvalid),
                doc: "The HTTP proxy for downloads, images, certificates and the IDE, without a password.",
                sample: DefaultOrExample::Example("http://proxy.corp.example:3128"),
            },
            Key {
                name: "no_proxy",
                value_type: ValueType::List(&text::<values::ProxyException>(Code::AddressInvalid)),
                doc: "The names, addresses and networks that are reached without it. The host itself and its containers always are.",
                sample: DefaultOrExample::Example("[corp.example, 10.0.0.0/8]"),
            },
        ]),
        doc: "A proxy between the host and the internet.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "dirs",
        value_type: ValueType::Map(&[
            Key {
                name: "install",
                value_type: text::<values::HostPath>(Code::PathInvalid),
                doc: "The directory that programs are unpacked to.",
                sample: DefaultOrExample::Default("/opt/panel"),
            },
            Key {
                name: "data",
                value_type: text::<values::HostPath>(Code::PathInvalid),
                doc: "The directory for the installer's progress file and the pai panel's workspaces.",
                sample: DefaultOrExample::Default("/data"),
            },
        ]),
        doc: "Directories on the host.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "tls",
        value_type: ValueType::Map(&[
            Key {
                name: "acme",
                value_type: ValueType::Enum(|| {
                    const VALUES: &[(&str, &str)] = &[
                        ("webroot", "nginx answers the challenge on port 80."),
                        ("standalone", "certbot answers the challenge itself."),
                        ("dns", "certbot answers the challenge with a DNS record; wildcards need it."),
                        ("none", "No ACME: the certificate is a file that you provide."),
                    ];
                    choices(VALUES, &[])
                }),
                doc: "How the certificate is obtained. `none` uses one that you provide.",
                sample: DefaultOrExample::Default("webroot"),
            },
            Key {
                name: "server",
                value_type: text::<values::AcmeUrl>(Code::UrlInvalid),
                doc: "The URL of the ACME server's directory. Default: Let's Encrypt.",
                sample: DefaultOrExample::Example("https://acme.corp.example/directory"),
            },
            Key {
                name: "ca",
                value_type: text::<values::HostPath>(Code::PathInvalid),
                doc: "A file on the host with the CA certificates to verify `server` with.",
                sample: DefaultOrExample::Example("/etc/ssl/certs/corp-ca.pem"),
            },
            Key {
                name: "staging",
                value_type: ValueType::Bool,
                doc: "Use Let's Encrypt's staging environment: certificates that browsers do not trust.",
                sample: DefaultOrExample::Default("false"),
            },
            Key {
                name: "profile",
                value_type: ValueType::Enum(|| {
                    const VALUES: &[(&str, &str)] = &[
                        ("intermediate", "TLS 1.2 and 1.3, for general use."),
                        ("modern", "TLS 1.3 alone."),
                    ];
                    choices(VALUES, &[])
                }),
                doc: "Mozilla's TLS profile: `modern` is TLS 1.3 alone.",
                sample: DefaultOrExample::Default("intermediate"),
            },
            Key {
                name: "hsts",
                value_type: ValueType::BoolOrMap(&[
                    Key {
                        name: "max_age",
                        value_type: text::<values::Duration>(Code::DurationInvalid),
                        doc: "How long browsers use only HTTPS.",
                        sample: DefaultOrExample::Default("730d"),
                    },
                    Key {
                        name: "include_subdomains",
                        value_type: ValueType::Bool,
                        doc: "Apply to every name below the domain, including those of other hosts.",
                        sample: DefaultOrExample::Default("false"),
                    },
                    Key {
                        name: "preload",
                        value_type: ValueType::Bool,
                        doc: "Allow browsers to preload the policy. This is hard to undo.",
                        sample: DefaultOrExample::Default("false"),
                    },
                ]),
                doc: "Strict-Transport-Security. `false` disables it.",
                sample: DefaultOrExample::None,
            },
            Key {
                name: "certificate",
                value_type: text::<values::HostPath>(Code::PathInvalid),
                doc: "With `acme: none`: the path of the certificate chain on the host.",
                sample: DefaultOrExample::Example("/etc/ssl/corp/fullchain.pem"),
            },
            Key {
                name: "key",
                value_type: text::<values::HostPath>(Code::PathInvalid),
                doc: "With `acme: none`: the path of the private key on the host.",
                sample: DefaultOrExample::Example("/etc/ssl/corp/privkey.pem"),
            },
            Key {
                name: "dns",
                value_type: ValueType::Map(&[
                    Key {
                        name: "plugin",
                        value_type: ValueType::Enum(dns_plugins),
                        doc: "certbot's DNS plugin, without `dns-`. The target must have a package of it.",
                        sample: DefaultOrExample::Example("cloudflare"),
                    },
                    Key {
                        name: "credentials",
                        value_type: text::<values::HostPath>(Code::PathInvalid),
                        doc: "The path of the plugin's credentials file on the host, mode 0600.",
                        sample: DefaultOrExample::Example("/etc/letsencrypt/cloudflare.ini"),
                    },
                    Key {
                        name: "propagation",
                        value_type: text::<values::Duration>(Code::DurationInvalid),
                        doc: "How long to wait for the challenge to appear in DNS.",
                        sample: DefaultOrExample::Default("60s"),
                    },
                ]),
                doc: "With `acme: dns`: certbot's DNS plugin.",
                sample: DefaultOrExample::None,
            },
        ]),
        doc: "Certificates and TLS.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "routes",
        value_type: ValueType::List(&ROUTE),
        doc: "Additional paths of the site and their upstreams.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "nginx",
        value_type: ValueType::Map(&[
            Key {
                name: "client_max_body_size",
                value_type: text::<values::ByteSize>(Code::SizeInvalid),
                doc: "The maximum size of a request body. `0` means no limit.",
                sample: DefaultOrExample::Default("64m"),
            },
            Key {
                name: "ipv6",
                value_type: ValueType::Bool,
                doc: "Listen on IPv6 too. Use `false` for a kernel without IPv6.",
                sample: DefaultOrExample::Default("true"),
            },
            Key {
                name: "default_server",
                value_type: ValueType::Bool,
                doc: "Reject requests for unknown names. Use `false` if another site of the host is nginx's default server.",
                sample: DefaultOrExample::Default("true"),
            },
            Key {
                name: "trusted_proxies",
                value_type: ValueType::Map(&[
                    Key {
                        name: "addresses",
                        value_type: ValueType::List(&text::<values::Network>(Code::AddressInvalid)),
                        doc: "The addresses from which the proxies connect.",
                        sample: DefaultOrExample::Example("[192.0.2.0/24, \"2001:db8::/32\"]"),
                    },
                    Key {
                        name: "header",
                        value_type: text::<values::HeaderName>(Code::HeaderInvalid),
                        doc: "The header in which they send the address of the client.",
                        sample: DefaultOrExample::Default("X-Forwarded-For"),
                    },
                    Key {
                        name: "proxy_protocol",
                        value_type: ValueType::Bool,
                        doc: "They use the PROXY protocol, and connect to ports 80 and 443 with nothing else.",
                        sample: DefaultOrExample::Default("false"),
                    },
                ]),
                doc: "Load balancers or a CDN in front of nginx.",
                sample: DefaultOrExample::None,
            },
        ]),
        doc: "The nginx edge.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "certbot",
        value_type: ValueType::Map(&[
            Key {
                name: "calendar",
                value_type: text::<values::CalendarSpec>(Code::CalendarInvalid),
                doc: "When to try a renewal, as a systemd calendar expression.",
                sample: DefaultOrExample::Default("\"*-*-* 00,12:00:00\""),
            },
            Key {
                name: "random_delay",
                value_type: text::<values::Duration>(Code::DurationInvalid),
                doc: "The random delay added to these times, so that hosts do not all renew at once.",
                sample: DefaultOrExample::Default("6h"),
            },
            Key {
                name: "key_type",
                value_type: ValueType::Enum(|| {
                    const VALUES: &[(&str, &str)] =
                        &[("ecdsa", "A small and fast key."), ("rsa", "For clients that cannot use ECDSA.")];
                    choices(VALUES, &[])
                }),
                doc: "The type of the certificate's key.",
                sample: DefaultOrExample::Default("ecdsa"),
            },
            Key {
                name: "profile",
                value_type: text::<values::Label>(Code::LabelInvalid),
                doc: "The preferred ACME profile, for example `shortlived`.",
                sample: DefaultOrExample::Example("shortlived"),
            },
            Key {
                name: "alarm",
                value_type: ValueType::Map(&[
                    Key {
                        name: "command",
                        value_type: text::<values::HostPath>(Code::PathInvalid),
                        doc: "A program on the host. It is called with the domain.",
                        sample: DefaultOrExample::Example("/usr/local/bin/alarm"),
                    },
                    Key {
                        name: "webhook",
                        value_type: text::<values::HostPath>(Code::PathInvalid),
                        doc: "A file on the host, mode 0600, with `url = \"https://…\"` as in curl's configuration. The URL gets a JSON object with `text`.",
                        sample: DefaultOrExample::Example("/etc/panel-alarm.curl"),
                    },
                ]),
                doc: "What is called when a renewal fails, besides the journal: a command or a webhook.",
                sample: DefaultOrExample::None,
            },
        ]),
        doc: "Certificate renewal.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "containerd",
        value_type: ValueType::Map(&[version(|stack| stack.containerd), SHA256, ORIGIN]),
        doc: "containerd.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "runc",
        value_type: ValueType::Map(&[version(|stack| stack.runc), SHA256, ORIGIN]),
        doc: "runc.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "cni",
        value_type: ValueType::Map(&[version(|stack| stack.cni), SHA256, ORIGIN]),
        doc: "The CNI plugins.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "faas_cli",
        value_type: ValueType::Map(&[version(|stack| stack.faas_cli), SHA256, ORIGIN]),
        doc: "faas-cli.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "faasd",
        value_type: ValueType::Map(&[
            version(|stack| stack.faasd),
            SHA256,
            ORIGIN,
            Key {
                name: "gateway_port",
                value_type: text::<values::Port>(Code::PortInvalid),
                doc: "The gateway's port on 127.0.0.1.",
                sample: DefaultOrExample::Default("8080"),
            },
            Key {
                name: "provider_port",
                value_type: text::<values::Port>(Code::PortInvalid),
                doc: "The provider's port. The firewall blocks access from outside.",
                sample: DefaultOrExample::Default("8081"),
            },
            Key {
                name: "prometheus_port",
                value_type: text::<values::Port>(Code::PortInvalid),
                doc: "Prometheus's port on 127.0.0.1.",
                sample: DefaultOrExample::Default("9090"),
            },
            Key {
                name: "user",
                value_type: text::<values::GatewayUser>(Code::UserInvalid),
                doc: "The user name for the gateway.",
                sample: DefaultOrExample::Default("admin"),
            },
            Key {
                name: "memory_max",
                value_type: text::<values::ByteSize>(Code::SizeInvalid),
                doc: "The memory limit of each faasd unit.",
                sample: DefaultOrExample::Default("500M"),
            },
            Key {
                name: "timeout",
                value_type: text::<values::Timeout>(Code::DurationInvalid),
                doc: "How long a function may run. Sets the timeouts of the gateway, the provider and nginx.",
                sample: DefaultOrExample::Default("60s"),
            },
            Key {
                name: "host_ports",
                value_type: ValueType::List(&text::<values::Port>(Code::PortInvalid)),
                doc: "Ports of the host that functions may reach besides 80 and 443, for example a database's.",
                sample: DefaultOrExample::Example("[5432]"),
            },
            Key {
                name: "nameservers",
                value_type: ValueType::List(&text::<values::IpAddress>(Code::AddressInvalid)),
                doc: "The DNS servers that functions use.",
                sample: DefaultOrExample::Default("[8.8.8.8, 8.8.4.4]"),
            },
            Key {
                name: "images",
                value_type: ValueType::Map(&[
                    image("gateway", "The gateway's image."),
                    image("queue_worker", "The queue worker's image."),
                    image("nats", "The NATS streaming image."),
                    image("prometheus", "The Prometheus image."),
                    image("basic_auth", "The basic-auth plugin's image, only for faasd before 0.16.9."),
                ]),
                doc: "The images of the core services, to replace those of the version.",
                sample: DefaultOrExample::None,
            },
            Key {
                name: "digests",
                value_type: ValueType::Map(&[
                    digest("gateway", "The digest of the gateway's image."),
                    digest("queue_worker", "The digest of the queue worker's image."),
                    digest("nats", "The digest of the NATS streaming image."),
                    digest("prometheus", "The digest of the Prometheus image."),
                    digest("basic_auth", "The digest of the basic-auth plugin's image."),
                ]),
                doc: "The digests of the images, to pin them, each for the chosen arch or a map by arch.",
                sample: DefaultOrExample::None,
            },
            Key {
                name: "accept_eula",
                value_type: ValueType::Bool,
                doc: "Accept the OpenFaaS CE EULA of the images, which faasd 0.19.1 and later require too: personal use, or a 60-day trial of one installation by a company.",
                sample: DefaultOrExample::Default("false"),
            },
        ]),
        doc: "The function platform.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "code_server",
        value_type: ValueType::Map(&[
            Key {
                name: "enabled",
                value_type: ValueType::Bool,
                doc: "Install the web IDE.",
                sample: DefaultOrExample::Default("true"),
            },
            Key {
                name: "path",
                value_type: text::<values::RoutePath>(Code::RouteInvalid),
                doc: "The path of the IDE.",
                sample: DefaultOrExample::Default("/codeserver/"),
            },
            Key {
                name: "port",
                value_type: text::<values::Port>(Code::PortInvalid),
                doc: "The IDE's port on 127.0.0.1.",
                sample: DefaultOrExample::Default("5000"),
            },
            Key {
                name: "user",
                value_type: text::<values::UserName>(Code::UserInvalid),
                doc: "The user that the IDE runs as. It is created if missing and is in no privileged group.",
                sample: DefaultOrExample::Default("coder"),
            },
            Key {
                name: "memory_max",
                value_type: text::<values::ByteSize>(Code::SizeInvalid),
                doc: "The IDE's memory limit. Default: no limit.",
                sample: DefaultOrExample::Example("2G"),
            },
            version(|stack| stack.code_server),
            SHA256,
            ORIGIN,
        ]),
        doc: "The web IDE.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "pai",
        value_type: ValueType::Map(&[
            Key {
                name: "path",
                value_type: text::<values::RoutePath>(Code::RouteInvalid),
                doc: "The path of the pai panel.",
                sample: DefaultOrExample::Default("/pai/"),
            },
            Key {
                name: "port",
                value_type: text::<values::Port>(Code::PortInvalid),
                doc: "The pai panel's port.",
                sample: DefaultOrExample::Default("5523"),
            },
            Key {
                name: "app_port",
                value_type: text::<values::Port>(Code::PortInvalid),
                doc: "The port of the user's app, which serves `/`.",
                sample: DefaultOrExample::Default("3000"),
            },
            checksum(
                "mate_sha256",
                "The SHA-256 checksum of pai-mate-latest.tar.xz, or a map of checksums by arch.",
            ),
            checksum("agent_sha256", "The SHA-256 checksum of pai_agent, or a map of checksums by arch."),
            origin("mate_origin"),
            origin("agent_origin"),
        ]),
        doc: "The pai panel.",
        sample: DefaultOrExample::None,
    },
    Key {
        name: "overrides",
        value_type: ValueType::Map(&[
            Key {
                name: "units",
                value_type: ValueType::Units,
                doc: "Drop-ins for systemd units: unit, section, directive, value.",
                sample: DefaultOrExample::Example("{faasd.service: {Service: {MemoryMax: 1G}}}"),
            },
            Key {
                name: "nginx",
                value_type: ValueType::Map(&[
                    Key {
                        name: "http",
                        value_type: ValueType::List(&TEXT_DIRECTIVE),
                        doc: "Complete directives at the level of the panel's server blocks.",
                        sample: DefaultOrExample::Example(
                            "['limit_req_zone $binary_remote_addr zone=panel:10m rate=10r/s;']",
                        ),
                    },
                    Key {
                        name: "server",
                        value_type: ValueType::List(&TEXT_DIRECTIVE),
                        doc: "Complete directives inside the panel's HTTPS server.",
                        sample: DefaultOrExample::Example("['limit_req zone=panel burst=20;']"),
                    },
                ]),
                doc: "Additional nginx directives.",
                sample: DefaultOrExample::None,
            },
        ]),
        doc: "Your own directives, which survive an upgrade of panelgen.",
        sample: DefaultOrExample::None,
    },
];

/// Finds the key of a parameter by its dotted path. Keys of a list's items are found too: `routes.path` and
/// `routes[0].path` name the same key.
pub fn find(path: &str) -> Option<&'static Key> {
    let mut keys = KEYS;
    let mut found = None;
    for segment in path.split('.') {
        // The names below it are those of units, sections and directives.
        if found.is_some_and(|key: &Key| matches!(key.value_type, ValueType::Units)) {
            return found;
        }
        let name = segment.split('[').next().unwrap_or(segment);
        let key = keys.iter().find(|key| key.name == name)?;
        keys = key.value_type.keys();
        found = Some(key);
    }
    found
}

/// Returns the dotted path of every parameter, maps included.
pub fn paths() -> Vec<String> {
    fn add(above: &str, keys: &[Key], paths: &mut Vec<String>) {
        for key in keys {
            let path = if above.is_empty() { key.name.to_owned() } else { format!("{above}.{}", key.name) };
            add(&path, key.value_type.keys(), paths);
            paths.push(path);
        }
    }
    let mut paths = Vec::new();
    add("", KEYS, &mut paths);
    paths
}

impl ValueType {
    /// The keys of a map, or of the maps in a list. Empty for every other type.
    pub fn keys(&self) -> &'static [Key] {
        match self {
            Self::Map(keys) | Self::BoolOrMap(keys) | Self::PerArch(_, keys) => keys,
            Self::List(item) => item.keys(),
            _ => &[],
        }
    }
}

/// The key at a dotted path.
pub fn at(path: &str) -> Option<&'static Key> {
    let mut keys = KEYS;
    let mut found = None;
    for name in path.split('.') {
        let key = keys.iter().find(|key| key.name == name)?;
        keys = match &key.value_type {
            ValueType::List(_) => &[],
            value_type => value_type.keys(),
        };
        found = Some(key);
    }
    found
}

/// Whether there is a key at a dotted path, also one of the items of a list: `routes.path`.
pub fn declares(path: &str) -> bool {
    let mut keys = KEYS;
    path.split('.').all(|name| {
        let Some(key) = keys.iter().find(|key| key.name == name) else { return false };
        keys = match &key.value_type {
            ValueType::List(item) => item.keys(),
            value_type => value_type.keys(),
        };
        true
    })
}

/// Whether the key at a dotted path takes values of the type `W`, alone or in a list.
pub(super) fn takes<W: FromText>(path: &str) -> bool {
    at(path).is_some_and(|key| match &key.value_type {
        ValueType::Text(grammar)
        | ValueType::List(ValueType::Text(grammar))
        | ValueType::PerArch(grammar, _)
        | ValueType::Secret(grammar) => grammar.type_name == W::TYPE_NAME,
        _ => false,
    })
}

/// The parameters that are secrets.
pub const SECRETS: [&str; 2] = ["passinit", "registry.auth"];

/// Whether the parameter at a dotted path, or one above it, is a secret.
pub fn is_secret(path: &str) -> bool {
    SECRETS.iter().any(|secret| {
        path.strip_prefix(secret).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}
