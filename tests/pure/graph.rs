//! The picture of a host: complete, within its page, self-contained, and the same in the documents.

use std::env;
use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::components::COMPONENTS;
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::graph::{self, Graph, Mark, dot, mermaid, svg};
use panelgen::internals::host::{self, Host};
use panelgen::internals::plan::{self, Plan};

use crate::support::cases::{case_files, cases, set_registry_auth, snapshots};
use crate::support::test_dir::TestDir;

fn host(yaml: &str) -> (Host, std::sync::Arc<Plan>) {
    let (mut config, mut diagnostics) = (Config::default(), Diagnostics::default());
    config.merge_yaml("panel.yaml".into(), yaml, &mut diagnostics);
    set_registry_auth(&mut config);
    let host = host::resolve(&config, None, &mut diagnostics);
    let plan = plan::build_plan(&host.shared, &mut diagnostics);
    (host, plan.unwrap_or_else(|| panic!("{diagnostics}")))
}

fn graph(yaml: &str) -> Graph {
    let (host, plan) = host(yaml);
    Graph::new(&host, &plan)
}

fn case(name: &str) -> Graph {
    graph(&fs::read_to_string(snapshots().join(name).join("panel.yaml")).unwrap())
}

/// The values of an attribute.
fn attributes<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let mark = format!(" {name}=\"");
    text.split(&mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn picture_has_every_listener_route_unit_secret_and_connection_of_every_case() {
    for name in cases() {
        let yaml = fs::read_to_string(snapshots().join(&name).join("panel.yaml")).unwrap();
        let (host, plan) = host(&yaml);
        let graph = Graph::new(&host, &plan);
        let units = plan.resources.iter().flat_map(|(_, resources)| &resources.units);
        for unit in units {
            assert!(
                graph.nodes.iter().any(|node| node.unit.as_deref() == Some(unit.name)),
                "{name}: {}",
                unit.name
            );
        }
        let routes: Vec<_> = graph.nodes.iter().flat_map(|node| &node.routes).collect();
        assert_eq!(routes.len(), plan.endpoints.routes.len(), "{name}");
        assert_eq!(graph.ports.len(), plan.endpoints.listeners.len(), "{name}");
        for (from, to) in graph
            .edges
            .iter()
            .map(|edge| (&edge.from, &edge.to))
            .chain(routes.iter().map(|route| (&graph.nodes[0].id, &route.to)))
        {
            assert!(graph.node(from).is_some() && graph.node(to).is_some(), "{name}: {from} {to}");
        }
        for (_, resources) in &plan.resources {
            for secret in &resources.secrets {
                let found = graph.secrets.iter().find(|found| found.path == secret.path).unwrap();
                assert!(secret.readers.iter().all(|reader| found.readers.iter().any(|unit| unit == reader)));
            }
        }
        let picture = svg::write(&graph);
        for title in graph.nodes.iter().map(|node| node.title.replace('\'', "&#39;")) {
            assert!(picture.contains(&title), "{name}: {title} is not drawn");
        }
        for text in [mermaid::write(&graph), dot::write(&graph)] {
            let arrows = text.lines().filter(|line| line.contains("->")).count();
            assert!(arrows >= graph.edges.len(), "{name}: {text}");
        }
    }
}

#[test]
fn every_case_is_drawn_within_its_page() {
    for name in cases() {
        let picture = svg::write(&case(&name));
        let height: i32 = attributes(&picture, "height")[0].parse().unwrap();
        for path in attributes(&picture, "d") {
            let mut numbers =
                path.split(|c: char| !c.is_ascii_digit() && c != '-').filter(|part| !part.is_empty());
            if path.contains('h') {
                continue;
            }
            while let (Some(x), Some(y)) = (numbers.next(), numbers.next()) {
                let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
                assert!((0..=800).contains(&x) && (0..=height).contains(&y), "{name}: {path}");
            }
        }
        let all = |attribute| {
            attributes(&picture, attribute).into_iter().filter_map(|value| value.parse::<i32>().ok())
        };
        assert!(
            all("x").all(|x| (0..800).contains(&x)) && all("y").all(|y| (0..height).contains(&y)),
            "{name}"
        );
    }
}

#[test]
fn picture_is_self_contained_and_has_text_alternatives() {
    for name in cases() {
        let picture = svg::write(&case(&name));
        let body = picture.replace("http://www.w3.org/2000/svg", "");
        for foreign in [
            "<script",
            "<image",
            "<use",
            "<foreignObject",
            "href",
            "url(",
            "@import",
            "@font-face",
            "=\"http",
        ] {
            assert!(!body.contains(foreign), "{name}: {foreign}");
        }
        assert!(picture.contains("role=\"img\"") && picture.contains("<desc>Port 80: nginx"), "{name}");
        assert!(picture.contains("prefers-color-scheme: dark"), "{name}");
    }
}

#[test]
fn drawing_is_independent_of_components() {
    let directory = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("src/graph");
    let mut names: Vec<&str> = COMPONENTS.iter().map(|component| component.name).collect();
    names.extend(["gateway", "provider", ".timer\"", "letsencrypt"]);
    let files = [directory.clone(), directory.join("svg")];
    let files: Vec<Utf8PathBuf> = files
        .iter()
        .flat_map(|directory| directory.read_dir_utf8().unwrap())
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension() == Some("rs"))
        .collect();
    assert!(files.len() >= 6, "{files:?}");
    for path in files {
        let code: String = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        for name in &names {
            // "firewall" is also the word for what it is.
            assert!(*name == "firewall" || !code.to_lowercase().contains(name), "{path} names {name}");
        }
    }
}

#[test]
fn comparison_marks_added_changed_and_removed_parts() {
    let old = graph("domain: example.com\nroutes: [{path: /a/, upstream: 'http://127.0.0.1:3001'}]\n");
    let new = graph(
        "domain: example.com\ncode_server: {enabled: false}\nroutes: [{path: /a/, upstream: 'http://127.0.0.1:3002'}]\n",
    );
    let both = graph::compare(&old, &new, &["/etc/systemd/system/containerd.service".to_owned()]);
    let mark = |title: &str| both.nodes.iter().find(|node| node.title == title).unwrap().mark;
    assert_eq!(mark("code-server"), Some(Mark::Removed));
    assert_eq!(mark("127.0.0.1:3001"), Some(Mark::Removed));
    assert_eq!(mark("127.0.0.1:3002"), Some(Mark::Added));
    assert_eq!(mark("nginx"), Some(Mark::Changed));
    assert_eq!(mark("containerd"), Some(Mark::Changed));
    assert_eq!(mark("faasd"), None);
    let routes = &both.nodes.iter().find(|node| node.title == "nginx").unwrap().routes;
    let marks: Vec<_> = routes.iter().map(|route| (route.path.as_str(), route.mark)).collect();
    assert!(marks.contains(&("/a/", Some(Mark::Changed))), "{marks:?}");
    assert!(marks.contains(&("/codeserver/", Some(Mark::Removed))), "{marks:?}");
    let picture = svg::write(&both);
    for part in ["+ 127.0.0.1:3002", "− code-server", "~ nginx", "Removed: code-server."] {
        assert!(picture.contains(part), "{part}");
    }
    assert!(!graph::compare::has_marks(&graph::compare(&new, &new, &[])));
}

#[test]
fn graph_of_bundles_is_that_of_their_parameters() {
    let dir = TestDir::new();
    fs::write(dir.path.join("new.yaml"), "domain: example.com\npanel: none\ntls: {staging: true}\n").unwrap();
    fs::write(dir.path.join("old.yaml"), "domain: example.com\npanel: none\n").unwrap();
    for name in ["old", "new"] {
        dir.run(&["render", "-f", &format!("{name}.yaml"), "-o", &format!("{name}/")]);
        fs::copy(dir.path.join(format!("{name}.yaml")), dir.path.join(name).join("panel.yaml")).unwrap();
    }
    let parameters = dir.run(&["graph", "-f", "new.yaml", "--format", "dot"]);
    let bundle = dir.run(&["graph", "new", "--format", "dot"]);
    assert_eq!((bundle.code(), bundle.text()), (0, parameters.text()));
    let both = dir.run(&["graph", "old", "new", "--format", "mermaid"]);
    assert_eq!(both.code(), 0, "{}", both.stderr);
    assert!(both.text().contains("+ Let#39;s Encrypt, staging"), "{}", both.text());
    fs::remove_file(dir.path.join("old/panel.yaml")).unwrap();
    let missing = dir.run(&["graph", "old"]);
    assert_eq!((missing.code(), missing.codes()), (2, vec!["file-unreadable"]));
}

/// Accepted by `cargo update-snapshots`.
#[test]
fn picture_of_the_readme_snapshot_is_what_the_program_draws() {
    let path = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/host.svg");
    let drawn = svg::write(&graph("domain: example.com\n"));
    if env::var_os("PANELGEN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        fs::write(&path, &drawn).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|text| text == drawn),
        "run `cargo update-snapshots`: {path}"
    );
    let readme = fs::read_to_string(path.parent().unwrap().parent().unwrap().join("README.md")).unwrap();
    assert!(
        readme.lines().take(12).any(|line| line.contains("](docs/host.svg)")),
        "README.md begins with the picture"
    );
    assert!(case_files().len() > 20);
}
