//! The requests of the page.

use panelgen::internals::bundle::checkout::CopyKind;
use panelgen::internals::bundle::file_tree::FileTree;
use panelgen::internals::bundle::manifest::{ROOT_DIR, octal};
use panelgen::internals::bundle::{Bundle, Node};
use panelgen::internals::config::Config;
use panelgen::internals::config::json_schema::{self, Document};
use panelgen::internals::config::value::{MapEntry, Spanned, Value};
use panelgen::internals::delivery::archive::{self, Limits};
use panelgen::internals::delivery::cloud_config::{self, SecretPolicy};
use panelgen::internals::delivery::format::Format;
use panelgen::internals::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use panelgen::internals::facts::target::TARGETS;
use panelgen::internals::graph::{self, Graph, svg};
use panelgen::internals::inspect::diff::impact::impact;
use panelgen::internals::inspect::diff::side::Side;
use panelgen::internals::inspect::diff::{self, compare};
use panelgen::internals::inspect::explain::{Effect, Explainer};
use panelgen::internals::inspect::lint::{self, BundleView};
use panelgen::internals::inspect::picture;
use panelgen::internals::render::{self, Rendered};
use panelgen::internals::values::{FromText as _, Secret};
use serde_json::{Value as Json, json};

/// The name of the parameters in diagnostics.
const PARAMETERS: &str = "panel.yaml";

/// The download that is not a format of a bundle.
const PICTURE: &str = "svg";

/// What the page shows, and what that is compared with.
#[derive(Default)]
pub(crate) struct Page {
    config: Config,
    secret: Option<Secret>,
    rendered: Option<Rendered>,
    baseline: Option<Baseline>,
}

/// An earlier state, or an opened bundle.
struct Baseline {
    tree: FileTree,
    graph: Option<Graph>,
}

impl Page {
    /// Answers a request.
    pub(crate) fn answer(&mut self, request: &[u8]) -> Vec<u8> {
        let Some((head, rest)) = request.split_first_chunk::<4>() else { return Vec::new() };
        let length = usize::try_from(u32::from_le_bytes(*head)).unwrap_or(usize::MAX).min(rest.len());
        let (head, payload) = rest.split_at(length);
        let request: Json = serde_json::from_slice(head).unwrap_or_default();
        let field = |name: &str| request[name].as_str().unwrap_or_default();
        let response = match field("op") {
            "schema" => schema(),
            "parse" => return parse(field("yaml")),
            "render" => self.render(field("yaml"), request["password"].as_str()),
            "lint" => self.lint(),
            "keep" => self.keep(),
            "open" => self.open(payload),
            "diff" => return self.diff(),
            "picture" => return self.picture().into_bytes(),
            "explain" => self.explain(field("path")),
            "sizes" => self.sizes(),
            "file" => return self.file(field("path")),
            "download" => return self.download(field("format")).unwrap_or_default(),
            _ => Json::Null,
        };
        response.to_string().into_bytes()
    }

    /// Renders parameters and lists the files.
    fn render(&mut self, yaml: &str, password: Option<&str>) -> Json {
        let mut diagnostics = Diagnostics::default();
        let mut config = Config::default();
        config.merge_yaml(PARAMETERS.into(), yaml, &mut diagnostics);
        let secret = password.filter(|text| !text.is_empty()).and_then(|text| match Secret::parse(text) {
            Ok(secret) => Some(secret),
            Err(error) => {
                let mut diagnostic = Diagnostic::new(Code::PassinitInvalid, error.message)
                    .with_parameter("passinit")
                    .with_location(Location::Flag("passinit".to_owned()));
                if let Some(help) = error.help {
                    diagnostic = diagnostic.with_hint(help);
                }
                diagnostics.push(diagnostic);
                None
            }
        });
        let rendered = render::render(&config, secret.clone(), SecretPolicy::Omit, &mut diagnostics)
            .filter(|_| !diagnostics.has_errors());
        diagnostics.sort();
        let files = rendered.as_ref().map(|rendered| files(&rendered.bundle));
        let response = json!({ "diagnostics": diagnostics.values(), "files": files });
        if rendered.is_some() {
            (self.config, self.secret, self.rendered) = (config, secret, rendered);
        }
        response
    }

    fn lint(&self) -> Json {
        let Some(rendered) = &self.rendered else { return json!([]) };
        let tree = FileTree::from(&rendered.bundle);
        let mut diagnostics = Diagnostics::default();
        lint::lint(&BundleView::new(&tree, true, Some(rendered.host.target)), &mut diagnostics);
        Json::Array(diagnostics.values())
    }

    /// Compares with the current state from now on.
    fn keep(&mut self) -> Json {
        if let Some(rendered) = &self.rendered {
            let graph = Some(Graph::new(&rendered.host, &rendered.plan));
            self.baseline = Some(Baseline { tree: FileTree::from(&rendered.bundle), graph });
        }
        Json::Bool(self.baseline.is_some())
    }

    /// Opens a bundle or a parameters file, and compares with the bundle from now on.
    fn open(&mut self, bytes: &[u8]) -> Json {
        let tree = match archive::read(bytes, Limits::default()) {
            Ok(tree) => tree,
            Err(error) => match str::from_utf8(bytes) {
                Ok(yaml) if !yaml.contains('\0') => return json!({ "yaml": yaml, "bundle": false }),
                _ => return json!({ "error": error.message }),
            },
        };
        let yaml =
            tree.file(picture::PARAMETERS.into()).map(|text| String::from_utf8_lossy(text).into_owned());
        let graph = picture::of_bundle(PARAMETERS, &tree, &mut Diagnostics::default());
        self.baseline = Some(Baseline { tree, graph });
        json!({ "yaml": yaml, "bundle": true })
    }

    fn diff(&self) -> Vec<u8> {
        let (Some(rendered), Some(baseline)) = (&self.rendered, &self.baseline) else {
            return b"null".to_vec();
        };
        let new = Side::rendered(&rendered.bundle);
        let mut old = Side::read(&baseline.tree, CopyKind::Exact);
        old.leave_others(&new);
        let comparison = compare(&old, &new);
        diff::json::write(&comparison, &impact(&comparison), 3)
    }

    /// The picture, with marks if there is something to compare with.
    fn picture(&self) -> String {
        let Some(rendered) = &self.rendered else { return String::new() };
        let new = Graph::new(&rendered.host, &rendered.plan);
        svg::write_inline(&match &self.baseline {
            Some(Baseline { tree, graph: Some(old) }) => {
                let changed = picture::changed_files(tree, &FileTree::from(&rendered.bundle));
                graph::compare(old, &new, &changed)
            }
            _ => new,
        })
    }

    /// The parameters behind each line of a file.
    fn explain(&self, path: &str) -> Json {
        let mut diagnostics = Diagnostics::default();
        let path = path.strip_prefix(ROOT_DIR).unwrap_or(path);
        let explainer = Explainer::new(&self.config, self.secret.as_ref(), &mut diagnostics);
        let Some(explanation) = explainer.and_then(|explainer| explainer.explain(path)) else {
            return Json::Null;
        };
        let lines = explanation.lines.iter().map(|line| {
            let parameters = line.parameters.iter().map(|(parameter, effect)| {
                json!({ "parameter": parameter.path, "decides_text": *effect == Effect::Text })
            });
            json!({
                "template": line.source.as_ref().map(|source| source.first),
                "parameters": parameters.collect::<Vec<_>>(),
            })
        });
        json!({
            "component": explanation.component,
            "owner": explanation.owner,
            "mode": octal(explanation.mode),
            "on_change": explanation.on_change,
            "template": explanation.template,
            "lines": lines.collect::<Vec<_>>(),
        })
    }

    /// The sizes of user-data, and the providers whose limits they exceed.
    fn sizes(&self) -> Json {
        let (Some(plain), Some(packed)) = (self.download("cloud-config"), self.download("cloud-config.gz"))
        else {
            return Json::Null;
        };
        json!({
            "plain": plain.len(),
            "packed": packed.len(),
            "too_large_plain": cloud_config::too_large_for(plain.len()),
            "too_large_packed": cloud_config::too_large_for(packed.len()),
        })
    }

    fn file(&self, path: &str) -> Vec<u8> {
        let bundle = self.rendered.as_ref().map(|rendered| &rendered.bundle);
        bundle.and_then(|bundle| bundle.get(path.into())?.content()).unwrap_or_default().to_vec()
    }

    /// The bundle in a format of the command line, or its picture.
    fn download(&self, format: &str) -> Option<Vec<u8>> {
        let Rendered { host, plan, bundle, .. } = self.rendered.as_ref()?;
        if format == PICTURE {
            return Some(svg::write(&Graph::new(host, plan)).into_bytes());
        }
        Format::named(format)?.bytes(host, bundle, 0, SecretPolicy::Omit).ok()
    }
}

/// The schema of the parameters, the systems and the downloads.
fn schema() -> Json {
    let schema: Json = serde_json::from_str(&json_schema::text(Document::Panel)).unwrap_or_default();
    let targets = TARGETS.iter().map(|target| json!({ "name": target.name, "title": target.title }));
    let files = Format::ALL.iter().filter(|format| **format != Format::Dir);
    let mut formats: Vec<_> =
        files.map(|format| json!({ "name": format.name(), "file": format.file_name() })).collect();
    formats.push(json!({ "name": PICTURE, "file": "host.svg" }));
    json!({
        "schema": schema,
        "targets": targets.collect::<Vec<_>>(),
        "formats": formats,
        "version": env!("CARGO_PKG_VERSION"),
    })
}

/// The files of a bundle.
fn files(bundle: &Bundle) -> Json {
    let rows = bundle.entries().map(|(path, entry)| {
        let meta = entry.host_file.as_ref();
        json!({
            "path": path.as_str(),
            "directory": entry.node == Node::Directory,
            "size": entry.content().map_or(0, <[u8]>::len),
            "mode": octal(entry.mode),
            "component": meta.map(|meta| meta.component),
            "on_change": meta.map(|meta| meta.on_change.to_string()),
            "secret": meta.is_some_and(|meta| meta.secret),
        })
    });
    rows.collect()
}

/// The parameters of a document as a tree, for the form. Every scalar is text, and keys keep their order, which a map of
/// `serde_json` does not: sections and directives of drop-ins are written in it.
fn parse(yaml: &str) -> Vec<u8> {
    let mut diagnostics = Diagnostics::default();
    let mut config = Config::default();
    config.merge_yaml(PARAMETERS.into(), yaml, &mut diagnostics);
    let tree = object(&config.excluding(&[]));
    format!(r#"{{"tree":{tree},"diagnostics":{}}}"#, Json::Array(diagnostics.values())).into_bytes()
}

fn tree_of(value: &Spanned) -> String {
    match &value.value {
        Value::Null => "null".to_owned(),
        Value::Text { text, .. } => Json::from(text.as_str()).to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(tree_of).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => object(entries),
    }
}

fn object(entries: &[MapEntry]) -> String {
    let entries = entries
        .iter()
        .map(|MapEntry { key, value, .. }| format!("{}:{}", Json::from(key.as_str()), tree_of(value)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}
