//! Bundles that are large in one way, to make a check slow.

use panelgen::camino::Utf8PathBuf;
use panelgen::internals::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;

/// A shape: its name, and the files that it adds to a good bundle for a size in bytes.
pub(crate) type Shape = (&'static str, fn(usize) -> Vec<(String, String)>);

/// A good bundle.
pub(crate) fn good() -> FileTree {
    let mut config = Config::default();
    config.merge_flag_list("domain", "-d", &["example.com".to_owned()]);
    let bundle = panelgen::internals::render::bundle(&config, None, &mut Diagnostics::default());
    FileTree::from(&bundle.expect("the parameters are good"))
}

/// The good bundle with what a shape adds.
pub(crate) fn grown(good: &FileTree, shape: Shape, size: usize) -> FileTree {
    let mut tree = good.clone();
    for (path, text) in (shape.1)(size) {
        let kind = TreeNode::File(text.into_bytes());
        tree.insert(Utf8PathBuf::from(path), TreeEntry { kind, mode: 0o644, uid: 0, gid: 0 });
    }
    tree
}

const SITE: &str = "root/etc/nginx/conf.d/default.conf";
const UNIT: &str = "root/etc/systemd/system/faasd.service";

/// Returns numbered pieces with about this size together.
fn many(size: usize, piece: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(size + 64);
    for number in 0.. {
        if text.len() >= size {
            break;
        }
        text.push_str(&piece(number));
    }
    text
}

fn one(path: &str, text: String) -> Vec<(String, String)> {
    vec![(path.to_owned(), text)]
}

/// Returns files of about 60 bytes each, with this size together.
fn files(size: usize, file: impl Fn(usize) -> (String, String)) -> Vec<(String, String)> {
    (0..size / 60).map(file).collect()
}

/// Every shape.
pub(crate) const SHAPES: &[Shape] = &[
    ("servers", |size| {
        one(SITE, many(size, |n| format!("server {{ listen 443 ssl; server_name h{n}.example.com; }}\n")))
    }),
    ("plain servers", |size| {
        one(
            SITE,
            many(size, |n| {
                format!(
                    "server {{ listen 80; server_name h{n}.example.com; return 301 http://h{n}.example.org; }}\n"
                )
            }),
        )
    }),
    ("names and listens of one server", |size| {
        let half = size / 2;
        let names = many(half, |n| format!("h{n}.example.com "));
        let listens = many(half, |n| format!("listen 10.{}.{}.{}:80;\n", n >> 16, n >> 8 & 255, n & 255));
        one(SITE, format!("server {{ server_name {names}; {listens} }}\n"))
    }),
    ("names and redirects of one server", |size| {
        let half = size / 2;
        let names = many(half, |n| format!("h{n}.example.com "));
        let returns = many(half, |n| format!("return 301 https://x{n}.example.org;\n"));
        one(SITE, format!("server {{ listen 80; server_name {names}; {returns} }}\n"))
    }),
    ("routes", |size| {
        let routes = many(size, |n| {
            format!("location /r{n}/ {{ proxy_pass http://127.0.0.1:{}; }}\n", n % 60_000 + 1)
        });
        one(SITE, format!("server {{ listen 443 ssl; server_name example.com;\n{routes} }}\n"))
    }),
    ("unknown directives", |size| one(SITE, many(size, |n| format!("proxy_pas{n} x;\n")))),
    ("variables", |size| {
        one(SITE, format!("server {{ {} }}\n", many(size, |n| format!("set $v{n} $w{n};\n"))))
    }),
    ("headers", |size| {
        one(SITE, format!("server {{ {} }}\n", many(size, |n| format!("add_header X-{n} \"a\" always;\n"))))
    }),
    ("words of a directive", |size| {
        one(SITE, format!("server_name {};\n", many(size, |n| format!("w{n} "))))
    }),
    ("nested blocks", |size| one(SITE, "a {".repeat(size / 3))),
    ("closed nested blocks", |size| one(SITE, "a {".repeat(size / 4) + &"}".repeat(size / 4))),
    ("includes", |size| one(SITE, many(size, |n| format!("include /etc/nginx/snippets/panel{n}.conf;\n")))),
    ("upstreams", |size| {
        one(
            SITE,
            many(size, |n| {
                format!("upstream u{n} {{ server 127.0.0.1:80; }}\nmap $a $m{n} {{ default x; }}\n")
            }),
        )
    }),
    ("units", |size| {
        files(size, |n| {
            (
                format!("root/etc/systemd/system/u{n}.service"),
                format!("[Unit]\nAfter=u{}.service x{n}.service\n", n + 1),
            )
        })
    }),
    ("drop-ins", |size| {
        files(size, |n| {
            (format!("root/etc/systemd/system/u{n}.service.d/x.conf"), "[Service]\nUser=x\n".to_owned())
        })
    }),
    ("timers", |size| {
        files(size, |n| {
            (format!("root/etc/systemd/system/u{n}.timer"), "[Timer]\nOnCalendar=daily\n".to_owned())
        })
    }),
    ("unit words", |size| one(UNIT, format!("[Unit]\nAfter={}\n", many(size, |n| format!("x{n}.service "))))),
    ("unit requirements", |size| {
        one(UNIT, format!("[Unit]\nRequires={}\n", many(size, |n| format!("x{n}.service "))))
    }),
    ("unit keys", |size| one(UNIT, format!("[Service]\n{}", many(size, |n| format!("Exec{n}=x\n"))))),
    ("unit commands", |size| {
        one(
            UNIT,
            format!(
                "[Service]\n{}",
                many(size, |n| format!("ExecStart=/usr/local/bin/x{n} /etc/panel/{n}\n"))
            ),
        )
    }),
    ("unit command words", |size| {
        one(UNIT, format!("[Service]\nExecStart=/bin/sh {}\n", many(size, |n| format!("/etc/panel/{n} "))))
    }),
    ("unit environment", |size| {
        one(UNIT, format!("[Service]\nEnvironment={}\n", many(size, |n| format!("a{n}=b \"c "))))
    }),
    ("unit system calls", |size| {
        one(UNIT, format!("[Service]\nSystemCallFilter={}\n", many(size, |n| format!("call{n} "))))
    }),
    ("unit continuation", |size| {
        one(
            UNIT,
            format!("[Service]\nExecStart=/bin/sh {}\n", many(size, |n| format!("/etc/panel/{n} \\\n"))),
        )
    }),
    ("unit sections", |size| one(UNIT, many(size, |n| format!("[S{n}]\nA=b\n")))),
    ("long line", |size| one(UNIT, format!("[Service]\nExecStart={}\n", "a'b\"c\\d$e%".repeat(size / 10)))),
    ("line ends", |size| one(UNIT, "x \r\n".repeat(size / 4))),
    ("empty lines", |size| one(UNIT, "\n".repeat(size))),
    ("control characters", |size| one(UNIT, "\u{1b}\n".repeat(size / 2))),
    ("control characters on a line", |size| one(UNIT, "\u{1b}".repeat(size))),
    ("templates on a line", |size| one(UNIT, "{{ @@ {% ".repeat(size / 9))),
    ("passwords", |size| one("root/etc/panel/x.conf", many(size, |n| format!("password=hunter{n}\n")))),
    ("secrets", |size| {
        files(size, |n| (format!("root/etc/panel/secrets/s{n}"), format!("secret-number-{n}")))
    }),
    ("host names", |size| {
        one("root/etc/panel/x.conf", many(size, |n| format!("https://h{n}.example.org/\n")))
    }),
    ("host names of README", |size| one("README.md", many(size, |n| format!("https://h{n}.example.org/ ")))),
    ("cron lines", |size| one("root/etc/cron.d/x", "certbot renew\n".repeat(size / 14))),
    ("shell words", |size| {
        one(
            "root/usr/local/libexec/panel/x",
            format!("#!/bin/sh\nset -eu\n{}\n", many(size, |n| format!("u{n}.service "))),
        )
    }),
    ("shell lines", |size| {
        one(
            "root/usr/local/libexec/panel/x",
            format!("#!/bin/sh\nset -eu\n{}", many(size, |n| format!("exec /usr/local/bin/x{n}\n"))),
        )
    }),
    ("shell nesting", |size| {
        one("root/usr/local/libexec/panel/x", format!("#!/bin/sh\n{}", "$(\"${a:-".repeat(size / 8)))
    }),
    ("shell blocks", |size| {
        one("root/usr/local/libexec/panel/x", format!("#!/bin/sh\n{}", "if x; then\n".repeat(size / 11)))
    }),
    ("shell here-documents", |size| {
        one(
            "root/usr/local/libexec/panel/x",
            format!("#!/bin/sh\n{}", many(size, |n| format!("cat <<E{n}\n"))),
        )
    }),
    ("yaml nesting", |size| one("root/var/lib/faasd/docker-compose.yaml", "[".repeat(size))),
    ("yaml depth", |size| {
        one(
            "root/var/lib/faasd/docker-compose.yaml",
            many(size, |n| format!("{}a:\n", " ".repeat(n.min(60)))),
        )
    }),
    ("yaml scalars", |size| {
        one("root/var/lib/faasd/docker-compose.yaml", many(size, |n| format!("- a{n}\n")))
    }),
    ("yaml line", |size| {
        one("root/var/lib/faasd/docker-compose.yaml", format!("[{}]", "a,".repeat(size / 2)))
    }),
    ("services", |size| {
        one(
            "root/var/lib/faasd/docker-compose.yaml",
            format!(
                "services:\n{}",
                many(size, |n| format!(
                    "  s{n}:\n    image: a\n    ports: [\"127.0.0.1:{}:80\"]\n    depends_on: [t{n}]\n",
                    n % 60_000 + 1
                ))
            ),
        )
    }),
    ("scrape targets", |size| {
        one(
            "root/var/lib/faasd/prometheus.yml",
            format!(
                "scrape_configs:\n{}",
                many(size, |n| format!("- job_name: j{n}\n  static_configs: [{{targets: [\"s{n}:80\"]}}]\n"))
            ),
        )
    }),
    ("services and scrape targets", |size| {
        let services = many(size / 2, |n| format!("  s{n}: {{image: a}}\n"));
        let targets = many(size / 2, |n| format!("\"t{n}:80\", "));
        let compose = ("root/var/lib/faasd/docker-compose.yaml".to_owned(), format!("services:\n{services}"));
        let jobs = format!("scrape_configs: [{{job_name: a, static_configs: [{{targets: [{targets}]}}]}}]\n");
        vec![compose, ("root/var/lib/faasd/prometheus.yml".to_owned(), jobs)]
    }),
    ("volumes and installer rows", |size| {
        let volumes = many(size / 2, |n| format!("{{type: bind, source: ./x.{n}, target: /a}}, "));
        let rows = many(size / 2, |n| format!("  \"$@\" faasd /etc/x{n} 0644 - file none /etc/x{n}\n"));
        let compose = format!("services: {{a: {{image: a, volumes: [{volumes}]}}}}\n");
        let installer = format!("#--- host data: begin\nplan_files() {{\n{rows}}}\n#--- host data: end\n");
        vec![
            ("root/var/lib/faasd/docker-compose.yaml".to_owned(), compose),
            ("panel.sh".to_owned(), installer),
        ]
    }),
    ("plugins", |size| {
        one(
            "root/etc/cni/net.d/10-openfaas.conflist",
            format!("{{\"plugins\":[{}{{}}]}}", "{\"type\":\"bridg\"},".repeat(size / 17)),
        )
    }),
    ("json nesting", |size| one("root/etc/cni/net.d/10-openfaas.conflist", "{\"a\":".repeat(size / 5))),
    ("firewall rules", |size| {
        one(
            "root/etc/nftables.d/panel.nft",
            format!(
                "table inet panel {{\nchain input {{\n{}}}\n}}\n",
                many(size, |n| format!("iifname != \"lo\" tcp dport {} drop\n", n % 60_000 + 1))
            ),
        )
    }),
    ("firewall chains", |size| {
        one(
            "root/etc/nftables.d/panel.nft",
            format!(
                "table inet panel {{\n{}}}\n",
                many(size, |n| format!("chain c{n} {{\ntype filter hook x\n}}\n"))
            ),
        )
    }),
    ("sysctl lines", |size| {
        one("root/etc/sysctl.d/90-panel-forwarding.conf", many(size, |n| format!("net.x{n} = 1\n")))
    }),
    ("ansible tasks", |size| {
        one(
            "ansible/roles/panel/tasks/main.yml",
            many(size, |n| format!("- name: t{n}\n  ansible.builtin.shel{n}: x\n  when: \"a{n} | b\"\n")),
        )
    }),
    ("jinja", |size| {
        one(
            "ansible/roles/panel/tasks/main.yml",
            format!("- name: \"{}\"\n", "{{ a.b(c)|d }} {{".repeat(size / 17)),
        )
    }),
    ("jinja nesting", |size| {
        one(
            "ansible/roles/panel/tasks/main.yml",
            format!("- name: \"{{{{ {} }}}}\"\n", "(a,[".repeat(size / 4)),
        )
    }),
    ("write_files", |size| {
        one(
            "cloud-config.yaml",
            format!(
                "#cloud-config\nwrite_files:\n{}",
                many(size, |n| format!("- {{path: /x/bundle/root/{n}, content: a}}\n"))
            ),
        )
    }),
    ("lock", |size| {
        one(
            "assets.lock",
            format!(
                "{{\"downloads\":[{}{{}}]}}",
                many(size, |n| format!("{{\"name\":\"n{n}\",\"url\":\"https://a/b\"}},"))
            ),
        )
    }),
    ("manifest entries", |size| {
        let entries = many(size, |n| format!("{{\"path\":\"/etc/x{n}\",\"secret\":true}},\n"));
        one(
            "MANIFEST.json",
            format!(
                "{{\"generator\":{{\"name\":\"panelgen\"}},\"entries\":[{entries}{{\"path\":\"/etc/x\"}}]}}"
            ),
        )
    }),
    ("manifest meta files", |size| {
        let meta_files = many(size, |n| format!("\"x{n}\",\n"));
        one(
            "MANIFEST.json",
            format!(
                "{{\"generator\":{{\"name\":\"panelgen\"}},\"entries\":[],\"meta_files\":[{meta_files}\"x\"]}}"
            ),
        )
    }),
    ("unlisted files", |size| files(size, |n| (format!("root/etc/panel/file-{n}"), "a\n".to_owned()))),
    ("unlisted files outside of root", |size| files(size, |n| (format!("file-{n}"), "a\n".to_owned()))),
    ("deep paths", |size| files(size, |n| (format!("root/{}f{n}", "d/".repeat(n % 190)), "a\n".to_owned()))),
    ("documents", |size| files(size, |n| (format!("root/etc/panel/{n}.yaml"), "a: b\n".to_owned()))),
    ("installer rows", |size| {
        let table = |name: &str| {
            let rows = many(size / 4, |n| format!("  \"$@\" nginx /etc/x{n} 0644 - file none /etc/x{n}\n"));
            format!("plan_{name}() {{\n{rows}}}\n")
        };
        let tables = ["files", "units", "links", "accounts"].map(table).concat();
        one("panel.sh", format!("#--- host data: begin\n{tables}#--- host data: end\n"))
    }),
];

/// An input that is not a bundle: its name, and what reads an input of a size in bytes.
#[allow(dead_code, reason = "only `fuzz/src/growth.rs` and the tests of large inputs use it")]
pub(crate) type Input = (&'static str, fn(usize));

/// Reads parameters, checks them, renders the bundle if they are valid, and prints the diagnostics.
fn parameters(yaml: &str) {
    let (mut config, mut diagnostics) = (Config::default(), Diagnostics::default());
    config.merge_yaml("panel.yaml".into(), yaml, &mut diagnostics);
    panelgen::internals::render::bundle(&config, None, &mut diagnostics);
    let _ = (diagnostics.text(false), diagnostics.json());
}

/// Reads a fleet and all its hosts.
fn fleet(path: &str, text: &str) {
    let mut reader = panelgen::internals::fleet::Reader::new(path.into(), text.as_bytes());
    let mut diagnostics = Diagnostics::default();
    while reader.next_host(&mut diagnostics).is_some() {}
    let _ = (diagnostics.text(false), diagnostics.json());
}

/// Compares two bundles that differ in a file and prints the difference in every format.
fn difference(old: &str, new: &str) {
    difference_at(SITE, old, new);
}

/// Lines of 2,000 bytes with a word of a letter each.
fn line(letter: &str, size: usize) -> String {
    format!("{}\n", format!("{letter} ").repeat(999)).repeat(size / 2000)
}

fn difference_at(path: &str, old: &str, new: &str) {
    use panelgen::internals::bundle::checkout::CopyKind;
    use panelgen::internals::inspect::diff::impact::impact;
    use panelgen::internals::inspect::diff::printer::OutputMode;
    use panelgen::internals::inspect::diff::side::Side;
    use panelgen::internals::inspect::diff::{compare, json, markdown, stat, text};
    let tree = |content: &str| {
        let kind = TreeNode::File(content.as_bytes().to_vec());
        let mut tree = FileTree::default();
        tree.insert(path.into(), TreeEntry { kind, mode: 0o644, uid: 0, gid: 0 });
        tree
    };
    let (old, new) = (tree(old), tree(new));
    let (old, new) = (Side::read(&old, CopyKind::Exact), Side::read(&new, CopyKind::Exact));
    let comparison = compare(&old, &new);
    let impact = impact(&comparison);
    text::write(&comparison, &impact, 3, OutputMode::Raw);
    stat::write(&comparison, &impact, OutputMode::Raw);
    markdown::write(&comparison, &impact, 3);
    let report = serde_json::from_slice(&json::write(&comparison, &impact, 3)).expect("the report is JSON");
    panelgen::internals::inspect::html::diff::write(&report, None);
}

/// The inputs that are parameters, fleets and differences.
#[allow(dead_code, reason = "only `fuzz/src/growth.rs` and the tests of large inputs use it")]
pub(crate) const INPUTS: &[Input] = &[
    ("parameters: routes", |size| {
        parameters(&format!(
            "domain: example.com\nroutes:\n{}",
            many(size, |n| format!("- {{path: /r{n}/, upstream: \"http://127.0.0.1:3001\"}}\n"))
        ));
    }),
    ("parameters: equal routes", |size| {
        parameters(&format!(
            "domain: example.com\nroutes:\n{}",
            "- {path: /r/, upstream: \"http://127.0.0.1:3001\"}\n".repeat(size / 48)
        ));
    }),
    ("parameters: domains", |size| {
        parameters(&format!("domain:\n{}", many(size, |n| format!("- h{n}.example.com\n"))));
    }),
    ("parameters: invalid domains", |size| {
        parameters(&format!("domain:\n{}", many(size, |n| format!("- h{n}_.example.com\n"))));
    }),
    ("parameters: unknown keys", |size| {
        parameters(&format!("domain: example.com\n{}", many(size, |n| format!("domai{n}: x\n"))));
    }),
    ("parameters: unknown keys in a map", |size| {
        parameters(&format!("domain: example.com\nfaasd:\n{}", many(size, |n| format!("  versio{n}: x\n"))));
    }),
    ("parameters: duplicate keys", |size| parameters(&"domain: example.com\n".repeat(size / 20))),
    ("parameters: long key", |size| parameters(&format!("{}: x\n", "k".repeat(size)))),
    ("parameters: long value", |size| parameters(&format!("domain: {}\n", "a.".repeat(size / 2)))),
    ("parameters: long password", |size| {
        parameters(&format!("domain: example.com\npassinit: {}\n", "a".repeat(size)));
    }),
    ("parameters: control characters", |size| {
        parameters(&format!("domain: \"{}\"\n", "\\e".repeat(size / 2)));
    }),
    ("parameters: nested lists", |size| parameters(&"[".repeat(size))),
    ("parameters: nested maps", |size| {
        parameters(&many(size, |n| format!("{}a:\n", " ".repeat(n))));
    }),
    ("parameters: aliases", |size| {
        parameters(&format!("a: &a [x]\nb:\n{}", "- *a\n".repeat(size / 5)));
    }),
    ("parameters: anchors", |size| parameters(&many(size, |n| format!("a{n}: &a{n} x\nb{n}: *a{n}\n")))),
    ("parameters: comments", |size| {
        parameters(&format!("domain: example.com\n{}", "# x\n".repeat(size / 4)));
    }),
    ("parameters: documents", |size| parameters(&"---\na: b\n".repeat(size / 9))),
    ("parameters: quoted lines", |size| parameters(&format!("domain: \"{}\"\n", "a\n ".repeat(size / 3)))),
    ("parameters: folded text", |size| parameters(&format!("domain: >\n{}\n", "  a\n\n".repeat(size / 5)))),
    ("parameters: overrides of units", |size| {
        parameters(&format!(
            "domain: example.com\noverrides:\n  units:\n{}",
            many(size, |n| format!("    u{n}.service: {{Service: {{Nice: 1}}}}\n"))
        ));
    }),
    ("parameters: overrides of a unit", |size| {
        parameters(&format!(
            "domain: example.com\noverrides:\n  units:\n    faasd.service:\n      Service:\n{}",
            many(size, |n| format!("        X-K{n}: v\n"))
        ));
    }),
    ("parameters: extensions", |size| {
        parameters(&format!(
            "domain: example.com\ncode_server:\n  extensions:\n{}",
            many(size, |n| format!("  - a.b{n}\n"))
        ));
    }),
    ("parameters: settings", |size| {
        parameters(&format!(
            "domain: example.com\ncode_server:\n  settings:\n{}",
            many(size, |n| format!("    a.b{n}: x\n"))
        ));
    }),
    ("fleet: hosts", |size| {
        fleet("fleet.yaml", &format!("hosts:\n{}", many(size, |n| format!("- domain: h{n}.example.com\n"))));
    }),
    ("fleet: hosts in brackets", |size| {
        fleet(
            "fleet.yaml",
            &format!("hosts: [{}]", many(size, |n| format!("{{domain: h{n}.example.com}},"))),
        );
    }),
    ("fleet: labels", |size| {
        let labels = many(size, |n| format!("l{n}: x, "));
        fleet("fleet.yaml", &format!("hosts:\n- {{domain: a.example.com, labels: {{{labels}}}}}\n"));
    }),
    ("fleet: invalid hosts", |size| fleet("fleet.yaml", &format!("hosts:\n{}", "- x\n".repeat(size / 4)))),
    ("fleet: nested lists", |size| fleet("fleet.yaml", &format!("hosts: {}", "[".repeat(size)))),
    ("fleet: long host", |size| {
        fleet("fleet.yaml", &format!("hosts:\n- domain: {}\n", "a.".repeat(size / 2)));
    }),
    ("fleet: defaults", |size| {
        fleet(
            "fleet.yaml",
            &format!("defaults:\n{}hosts: [{{domain: a.b}}]\n", many(size, |n| format!("  k{n}: x\n"))),
        );
    }),
    ("fleet: lines", |size| {
        fleet("fleet.jsonl", &many(size, |n| format!("{{\"domain\": \"h{n}.example.com\"}}\n")));
    }),
    ("fleet: invalid lines", |size| fleet("fleet.jsonl", &"{\n".repeat(size / 2))),
    ("fleet: long line", |size| fleet("fleet.jsonl", &"[".repeat(size))),
    ("diff: changed lines", |size| {
        difference(&many(size, |n| format!("a{n}\n")), &many(size, |n| format!("b{n}\n")));
    }),
    ("diff: reversed lines", |size| {
        let lines: Vec<String> = (0..size / 8).map(|n| format!("line{n}\n")).collect();
        let reversed: String = lines.iter().rev().cloned().collect();
        difference(&lines.concat(), &reversed);
    }),
    ("diff: equal lines", |size| difference(&"a\n".repeat(size / 2), &"b\na\n".repeat(size / 4))),
    ("diff: every other line", |size| {
        let new = |n: usize| if n.is_multiple_of(2) { format!("a{n}\n") } else { format!("b{n}\n") };
        difference(&many(size, |n| format!("a{n}\n")), &many(size, new));
    }),
    ("diff: words of lines", |size| difference(&line("a", size), &line("b", size))),
    ("diff: manifest entries", |size| {
        let entries = |mode: &str| {
            many(size, |n| {
                format!(
                    "{{\"path\":\"/x{n}\",\"component\":\"c{n}\",\"on_change\":\"restart u{n}\",\"mode\":\"{mode}\"}},\n"
                )
            })
        };
        let manifest = |mode: &str| {
            format!(
                "{{\"generator\":{{\"name\":\"panelgen\"}},\"entries\":[{}{{\"path\":\"/y\"}}]}}",
                entries(mode)
            )
        };
        difference_at("MANIFEST.json", &manifest("0644"), &manifest("0600"));
    }),
    ("diff: long line", |size| difference(&"a".repeat(size), &"b".repeat(size))),
];
