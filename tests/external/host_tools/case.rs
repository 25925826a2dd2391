//! What the judges read: the snapshot cases, and every target with every panel.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use camino::Utf8Path;
use panelgen::internals::config::Config;
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::facts::target::TARGETS;
use panelgen::internals::host::{self, Host};
use panelgen::internals::plan;
use panelgen::internals::render::text;
use panelgen::internals::values::{FromText as _, Secret};

use crate::support::cases::set_registry_auth;

/// One rendered host.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) panel: Host,
    /// Mode and text by path; no text for a directory.
    artifacts: BTreeMap<String, (u32, Option<String>)>,
}

/// Every case, sorted by name.
pub(crate) static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let snapshots = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut texts = BTreeMap::new();
    for folder in snapshots.read_dir_utf8().into_iter().flatten() {
        let folder = folder.unwrap();
        if let Ok(text) = fs::read_to_string(folder.path().join("panel.yaml")) {
            texts.insert(folder.file_name().to_owned(), text);
        }
    }
    for target in TARGETS.iter() {
        for panel in ["faasd", "pai", "none"] {
            let mirror = "mirror: https://mirror.corp.example/panel";
            let text =
                format!("domain: panel.corp.example\ntarget: {}\npanel: {panel}\n{mirror}\n", target.name);
            texts.insert(format!("{} with {panel}", target.name), text);
        }
    }
    texts.into_iter().map(|(name, text)| Case::of(&name, &text)).collect()
});

impl Case {
    /// The host that `yaml` means.
    #[track_caller]
    pub(crate) fn of(name: &str, yaml: &str) -> Self {
        Self::try_of(name, yaml).unwrap_or_else(|why| panic!("{name} is rejected: {why}"))
    }

    /// The host that `yaml` means, or why there is none.
    pub(crate) fn try_of(name: &str, yaml: &str) -> Result<Self, String> {
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        params.merge_yaml("panel.yaml".into(), yaml, &mut report);
        // Wherever the password of a case lies, the shape of its file is the same.
        let elsewhere = params.get("passinit").is_some_and(|said| said.text().is_none());
        let secret = elsewhere.then(|| Secret::parse("correct horse battery staple").unwrap());
        set_registry_auth(&mut params);
        let panel = host::resolve(&params, secret, &mut report);
        let plan = plan::build_plan(&panel.shared, &mut report).filter(|_| !report.has_errors());
        let Some(plan) = plan else { return Err(format!("{report:?}")) };
        let mut artifacts = BTreeMap::new();
        for artifact in plan.files() {
            let text = text(artifact, &panel).map_err(|error| error.to_string())?;
            artifacts.insert(artifact.path.to_string(), (artifact.mode, text));
        }
        Ok(Self { name: name.to_owned(), panel, artifacts })
    }

    /// The files of the host, by their path there, sorted.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.artifacts.iter().filter_map(|(path, (_, text))| Some((path.as_str(), text.as_deref()?)))
    }

    /// The file at this path of the host.
    pub(crate) fn file(&self, path: &str) -> Option<&str> {
        self.files().find(|(at, _)| *at == path).map(|(_, text)| text)
    }

    /// The files whose path begins and ends so.
    pub(crate) fn like<'c>(
        &'c self,
        begin: &'c str,
        end: &'c str,
    ) -> impl Iterator<Item = (&'c str, &'c str)> {
        self.files().filter(move |(path, _)| path.starts_with(begin) && path.ends_with(end))
    }

    /// Writes the host's files below `root`, as they are.
    pub(crate) fn lay(&self, root: &Utf8Path) {
        use std::os::unix::fs::PermissionsExt as _;
        for (path, (mode, text)) in &self.artifacts {
            let path = root.join(path.trim_start_matches('/'));
            fs::create_dir_all(if text.is_some() { path.parent().unwrap() } else { &path }).unwrap();
            if let Some(text) = text {
                fs::write(&path, text).unwrap();
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
        }
    }
}

/// The distinct texts among `files` and, for each, the names of the cases that have it. Twenty-odd cases share a
/// handful of texts, and a program need not read one twice.
pub(crate) fn distinct<'c, T: Ord>(files: impl Iterator<Item = (&'c str, T)>) -> BTreeMap<T, Vec<&'c str>> {
    let mut cases: BTreeMap<T, Vec<&str>> = BTreeMap::new();
    for (case, text) in files {
        cases.entry(text).or_default().push(case);
    }
    cases
}

#[test]
fn every_target_is_judged() {
    for target in TARGETS.iter() {
        assert!(CASES.iter().any(|case| case.panel.target == target), "{}", target.name);
    }
}
