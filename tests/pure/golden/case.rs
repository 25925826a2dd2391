//! The cases: one folder each under `snapshots/`, rendered once.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;
use panelgen::internals::bundle::{Bundle, Entry};
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::host::{self, Host};
use panelgen::internals::plan::{self, Plan};
use panelgen::internals::values::{FromText as _, RegistryAuth, Secret};
use panelgen::internals::{bundle::manifest, render};

use super::file_tree::{self, Files};

/// What a case is made from; everything else in its folder is rendered.
const INPUTS: [&str; 3] = ["panel.yaml", "registry.json", "secret.txt"];

/// One case.
pub(crate) struct Case {
    /// The folder's name.
    pub(crate) name: String,
    /// What was said.
    pub(crate) params: Config,
    /// The content of `secret.txt`, without its line end.
    pub(crate) secret: Option<String>,
    /// The password in `registry.json`.
    pub(crate) registry_password: Option<String>,
    /// What is meant.
    pub(crate) panel: Host,
    /// What components offer.
    pub(crate) plan: Arc<Plan>,
    /// What is rendered.
    pub(crate) bundle: Bundle,
    inputs: Files,
}

/// Every case, in the order of their names.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let names = file_tree::folders(&file_tree::repository("snapshots"));
    names
        .iter()
        .filter(|name| !["fleet", "refused"].contains(&name.as_str()))
        .map(|name| Case::read(name))
        .collect()
});

/// The case of that name.
pub(crate) fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

impl Case {
    fn read(name: &str) -> Self {
        let mut inputs = file_tree::read(&file_tree::repository("snapshots").join(name));
        inputs.retain(|path, _| INPUTS.contains(&path.as_str()));
        let text = |file: &str| {
            let (content, _) = inputs.get(Utf8Path::new(file))?;
            Some(String::from_utf8(content.clone()).unwrap())
        };
        let yaml = text("panel.yaml").unwrap_or_else(|| panic!("{name} has no panel.yaml"));
        let secret = text("secret.txt").map(|text| text.trim_end().to_owned());
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        params.merge_yaml(Utf8Path::new("panel.yaml"), &yaml, &mut report);
        let registry_password = text("registry.json").map(|text| {
            params.set_registry_auth(RegistryAuth::parse(&text).unwrap());
            let auth = text.rsplit('"').nth(1).unwrap().to_owned();
            let login = String::from_utf8(STANDARD.decode(auth).unwrap()).unwrap();
            login.split_once(':').unwrap().1.to_owned()
        });
        let word = || secret.as_deref().map(|text| Secret::parse(text).unwrap());
        let bundle = render::bundle(&params, word(), &mut report);
        let bundle = bundle.unwrap_or_else(|| panic!("{name} is refused:\n{}", report.text(false)));
        let panel = host::resolve(&params, word(), &mut report);
        let plan = plan::build_plan(&panel.shared, &mut report).unwrap();
        Self { name: name.to_owned(), params, secret, registry_password, panel, plan, bundle, inputs }
    }

    /// The case that this one is told apart from: the one of its panel type that is in full.
    pub(crate) fn base(&self) -> &'static str {
        self.panel.shared.kind.as_str()
    }

    /// What the case is made from, as it is in its folder.
    pub(crate) fn inputs(&self) -> &Files {
        &self.inputs
    }

    /// Every rendered file but those that hold the secret. Directories and modes are in MANIFEST.json.
    pub(crate) fn files(&self) -> Files {
        self.rendered(|path, entry| !withheld(path, entry))
    }

    /// Every rendered file: the secret is in it.
    pub(crate) fn all_files(&self) -> Files {
        self.rendered(|_, _| true)
    }

    fn rendered(&self, is_meant: impl Fn(&Utf8Path, &Entry) -> bool) -> Files {
        let rendered = self.bundle.entries().filter(|(path, entry)| is_meant(path, entry));
        let file = |(path, entry): (&Utf8Path, &Entry)| {
            Some((path.to_owned(), (entry.content()?.to_vec(), entry.mode & 0o100 != 0)))
        };
        rendered.filter_map(file).collect()
    }
}

/// Whether a file stays out of the tree because it holds a secret. The manifest holds sums alone.
pub(crate) fn withheld(path: &Utf8Path, entry: &Entry) -> bool {
    entry.is_secret() && path != manifest::MANIFEST_FILE
}
