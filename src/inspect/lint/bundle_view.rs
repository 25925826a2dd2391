//! The bundle under check, read once: its tree, manifest, target, and its files parsed by their syntax.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::document::Document;
use super::installer::Installer;
use super::{nginx, unit};
use crate::bundle::file_tree::{FileTree, TreeNode};
use crate::bundle::manifest::{self, Manifest, ROOT_DIR};
use crate::delivery::cloud_config::CLOUD_CONFIG_FILE;
use crate::diagnostics::Diagnostics;
use crate::facts::target::{TARGETS, Target};

/// The bundle under check.
pub struct BundleView<'a> {
    /// The tree that was read.
    pub tree: &'a FileTree,
    /// Whether permission bits are significant. A git work tree loses them.
    pub has_modes: bool,
    /// The target system, if known.
    pub target: Option<&'static Target>,
    /// The manifest, if readable.
    pub manifest: Option<Manifest>,
    /// The units and drop-ins.
    pub units: Vec<unit::UnitFile>,
    /// The files that nginx reads.
    pub sites: Vec<nginx::NginxFile>,
    /// The host data in panel.sh.
    pub installer: Option<Installer>,
    /// The readable YAML and JSON documents.
    pub documents: Vec<Document>,
    /// The diagnostics of parsing.
    pub(super) unread: Diagnostics,
    index: Index,
}

/// Indexes, so that a lookup does not read a whole list.
#[derive(Default)]
struct Index {
    /// The numbers of the units by name, without drop-ins.
    units: BTreeMap<String, usize>,
    documents: BTreeMap<Utf8PathBuf, usize>,
    /// The paths on the host that the manifest lists, each with whether it is a secret.
    listed: BTreeMap<Utf8PathBuf, bool>,
    components: BTreeSet<String>,
}

impl Index {
    fn of(subject: &BundleView<'_>) -> Self {
        let mut index = Self::default();
        for (number, unit) in subject.units.iter().enumerate().filter(|(_, unit)| !unit.is_drop_in) {
            index.units.entry(unit.name.clone()).or_insert(number);
        }
        for (number, document) in subject.documents.iter().enumerate() {
            index.documents.entry(document.path.clone()).or_insert(number);
        }
        index.list(subject.manifest.as_ref());
        let planned = subject.installer.as_ref().and_then(|installer| installer.value("COMPONENTS"));
        index.components.extend(planned.iter().flat_map(|all| all.text.split(' ')).map(str::to_owned));
        index
    }

    fn list(&mut self, manifest: Option<&Manifest>) {
        for listed in manifest.iter().flat_map(|manifest| &manifest.entries) {
            *self.listed.entry(listed.path.clone()).or_insert(false) |= listed.secret;
            self.components.insert(listed.component.clone());
        }
    }
}

impl<'a> BundleView<'a> {
    /// Reads every file. `target` is the target set by the operator; without it, the target named by the
    /// bundle is used.
    pub fn new(tree: &'a FileTree, has_modes: bool, target: Option<&'static Target>) -> Self {
        let manifest = tree.file(manifest::MANIFEST_FILE.into()).and_then(|json| Manifest::parse(json).ok());
        let mut subject = Self {
            tree,
            has_modes,
            target: None,
            manifest,
            units: Vec::new(),
            sites: Vec::new(),
            installer: None,
            documents: Vec::new(),
            unread: Diagnostics::default(),
            index: Index::default(),
        };
        // The readers below need to know which files may contain a secret.
        subject.index.list(subject.manifest.as_ref());
        subject.target = target.or_else(|| subject.recorded());
        subject.units = unit::read(&subject);
        subject.sites = nginx::read(&subject);
        subject.installer = subject.meta_file("panel.sh").map(Installer::read);
        let mut unread = Diagnostics::default();
        subject.documents = Document::all(&subject, &mut unread);
        subject.unread = unread;
        subject.index = Index::of(&subject);
        subject
    }

    /// Returns the target named by the manifest or by the README.
    fn recorded(&self) -> Option<&'static Target> {
        let named = self.manifest.as_ref().and_then(|manifest| Target::named(&manifest.parameters.target));
        named.or_else(|| {
            let readme = self.meta_file("README.md")?;
            let head: Vec<&str> = readme.lines().take(8).collect();
            TARGETS.iter().find(|target| head.iter().any(|line| line.contains(target.title)))
        })
    }

    /// Whether this version of panelgen wrote the bundle.
    pub fn is_of_this_version(&self) -> bool {
        let version = self.manifest.as_ref().map(|manifest| manifest.generator.version.as_str());
        version == Some(env!("CARGO_PKG_VERSION"))
    }

    /// Returns the text of the file at a path of the bundle.
    pub fn text(&self, path: &Utf8Path) -> Option<&'a str> {
        self.tree.file(path).and_then(|bytes| str::from_utf8(bytes).ok())
    }

    /// Returns the text of a generated document of the bundle.
    pub fn meta_file(&self, name: &str) -> Option<&'a str> {
        self.text(Utf8Path::new(name))
    }

    /// Returns the text of the file at a path on the host.
    pub fn host(&self, path: &str) -> Option<&'a str> {
        self.text(&bundled(path))
    }

    /// Whether a path on the host exists.
    pub fn has(&self, path: &str) -> bool {
        self.tree.get(&bundled(path)).is_some()
    }

    /// Whether the manifest lists a file of the host, by its path in the bundle.
    pub fn is_listed(&self, path: &Utf8Path) -> bool {
        let Ok(below) = path.strip_prefix(ROOT_DIR) else { return false };
        let host = Utf8Path::new("/").join(below);
        self.index.listed.contains_key(&host)
    }

    /// Returns every text file of the host with its path in the bundle and its path on the host.
    pub fn hosts(&self) -> impl Iterator<Item = (&'a Utf8Path, &'a str, &'a str)> {
        self.texts().filter_map(|(path, text)| Some((path, path.as_str().strip_prefix(ROOT_DIR)?, text)))
    }

    /// Returns every text file with its path in the bundle.
    pub fn texts(&self) -> impl Iterator<Item = (&'a Utf8Path, &'a str)> {
        self.tree.entries().filter_map(|(path, found)| match &found.kind {
            TreeNode::File(bytes) => Some((path, str::from_utf8(bytes).ok()?)),
            _ => None,
        })
    }

    /// Whether the file at a path of the bundle may contain a secret.
    pub fn may_hold_secret(&self, path: &Utf8Path) -> bool {
        let listed = |host: &Utf8Path| self.index.listed.get(host) == Some(&true);
        match path.strip_prefix(ROOT_DIR) {
            Ok(host) => {
                let host = Utf8Path::new("/").join(host);
                let name = host.file_name().unwrap_or_default();
                listed(&host)
                    || (host.as_str().contains("/secrets/") && name != "basic-auth-user")
                    || name.contains("passw")
            }
            Err(_) => path == CLOUD_CONFIG_FILE && self.tree.get(path).is_some_and(|f| f.mode & 0o077 == 0),
        }
    }

    /// Returns the document at a path of the bundle.
    pub fn document(&self, path: &str) -> Option<&Document> {
        self.index.documents.get(Utf8Path::new(path)).map(|number| &self.documents[*number])
    }

    /// Returns the unit with this name, not its drop-ins.
    pub fn unit(&self, name: &str) -> Option<&unit::UnitFile> {
        self.index.units.get(name).map(|number| &self.units[*number])
    }

    /// Whether the bundle contains the component, by the manifest or by the installer.
    pub fn has_component(&self, name: &str) -> bool {
        self.index.components.contains(name)
    }
}

/// Returns the path in the bundle of a path on the host.
pub fn bundled(host: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{ROOT_DIR}{host}"))
}
