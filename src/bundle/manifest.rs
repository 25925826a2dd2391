//! `MANIFEST.json`: what a run wrote, and therefore what the next run owns.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::bundle::text_template::{Renderer, TextTemplate};
use crate::bundle::{Bundle, Node, hex, sha256};
use crate::values::ParseError;

/// Where the manifest stands in a bundle.
pub const MANIFEST_FILE: &str = "MANIFEST.json";

/// Where the host's files stand in a bundle.
pub const ROOT_DIR: &str = "root";

/// The name by which a manifest is known to be ours.
const GENERATOR: &str = "panelgen";

/// The manifest, as it is written and as it is read back. Reading is lenient: keys of a later version are
/// passed over and keys that only people read may be absent; but no path leads out of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Who wrote the bundle.
    pub generator: Generator,
    /// What it was made from.
    #[serde(default)]
    pub parameters: Parameters,
    /// What becomes a path on the host, sorted.
    pub entries: Vec<ManifestEntry>,
    /// The bundle's own files, the manifest among them, relative to the bundle, sorted.
    #[serde(default)]
    pub papers: Vec<Utf8PathBuf>,
}

/// Who wrote the bundle. The version stands here and nowhere else in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// `panelgen`.
    pub name: String,
    /// The version of the generator.
    #[serde(default)]
    pub version: String,
}

impl Generator {
    /// This program.
    pub fn this() -> Self {
        Self { name: GENERATOR.into(), version: env!("CARGO_PKG_VERSION").into() }
    }

    /// Whether it is some version of this program.
    pub fn is_ours(&self) -> bool {
        self.name == GENERATOR
    }
}

/// What the bundle was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parameters {
    /// The sum of the resolved parameters.
    #[serde(default)]
    pub sha256: String,
    /// The system it was made for, as `--target` says it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
}

/// One path of the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// The path on the host, `/etc/nginx/conf.d/default.conf`.
    pub path: Utf8PathBuf,
    /// File or directory.
    #[serde(rename = "type", default)]
    pub kind: EntryType,
    /// Permission bits as four octal digits, `0644`.
    #[serde(default)]
    pub mode: String,
    /// `root:root`.
    #[serde(default)]
    pub owner: String,
    /// The sum of a file's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The component that made it.
    #[serde(default)]
    pub component: String,
    /// What must happen on the host when it has changed.
    #[serde(default)]
    pub on_change: String,
    /// Whether the content may be shown to nobody. Its bits alone do not say it, and can get lost on the way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

/// What a listed path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryType {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
}

impl Manifest {
    /// The manifest of a bundle that has everything but its manifest.
    pub fn of(bundle: &Bundle, parameters: &[u8; 32], target: &str) -> Self {
        let mut entries = Vec::new();
        let mut papers = vec![Utf8PathBuf::from(MANIFEST_FILE)];
        for (path, entry) in bundle.entries() {
            match (path.strip_prefix(ROOT_DIR), &entry.host_file) {
                (Ok(host), Some(meta)) => entries.push(ManifestEntry {
                    path: Utf8Path::new("/").join(host),
                    kind: EntryType::of(&entry.node),
                    mode: octal(entry.mode),
                    owner: entry.owner.to_string(),
                    sha256: entry.sha256().as_ref().map(hex),
                    component: meta.component.to_owned(),
                    on_change: meta.on_change.to_string(),
                    secret: meta.secret,
                }),
                // A file under `root/` that no artifact asked for is still ours to replace and remove.
                _ if entry.is_file() && path != MANIFEST_FILE => papers.push(path.to_owned()),
                _ => {}
            }
        }
        papers.sort();
        Self {
            generator: Generator::this(),
            parameters: Parameters { sha256: hex(parameters), target: target.to_owned() },
            entries,
            papers,
        }
    }

    /// The text of `MANIFEST.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is strings and lists");
        text.push('\n');
        text
    }

    /// Reads a manifest back. A document of somebody else, or one whose paths lead out of the bundle, is refused.
    pub fn parse(json: &[u8]) -> Result<Self, ParseError> {
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| ParseError::new(format!("is not a manifest: {error}")))?;
        if !manifest.generator.is_ours() {
            return Err(ParseError::new(format!("names another generator, {:?}", manifest.generator.name)));
        }
        let hosts = manifest.entries.iter().map(|listed| match listed.path.as_str().strip_prefix('/') {
            Some(path) if is_below(path.into()) => Ok(()),
            _ => Err(ParseError::new(format!("lists {:?}, which is not a path on the host", listed.path))),
        });
        let papers = manifest.papers.iter().map(|path| {
            if is_below(path) {
                Ok(())
            } else {
                Err(ParseError::new(format!("lists {path:?}, which is not a path in the bundle")))
            }
        });
        hosts.chain(papers).collect::<Result<(), _>>()?;
        Ok(manifest)
    }

    /// Every path that the run wrote by name, relative to the bundle. Directories on the way to one of them
    /// are ours too, as long as they hold nothing else.
    pub fn owned(&self) -> BTreeMap<Utf8PathBuf, EntryType> {
        let hosts = self.entries.iter().map(|listed| {
            let path = listed.path.strip_prefix("/").unwrap_or(&listed.path);
            (Utf8Path::new(ROOT_DIR).join(path), listed.kind)
        });
        let papers = self.papers.iter().map(|path| (path.clone(), EntryType::File));
        hosts.chain(papers).collect()
    }
}

impl EntryType {
    fn of(node: &Node) -> Self {
        match node {
            Node::Directory => Self::Directory,
            Node::File(_) => Self::File,
        }
    }
}

/// The mode of a bundle's manifest. It tells the sums of the secrets, so it is closed to others where there are any.
pub fn mode(bundle: &Bundle) -> u32 {
    if bundle.has_secret() { 0o600 } else { 0o644 }
}

/// The text of the manifest of every bundle that differs from this one in the files of these numbers, in the parameters and in
/// the content of its papers alone. Each of those files stands in for that of a host.
pub fn draft(bundle: &Bundle, own: &[usize], target: &str) -> TextTemplate {
    let parameters = sha256(b"the parameters of a host");
    let text = Manifest::of(bundle, &parameters, target).to_json();
    let mut gaps: Vec<(String, Renderer)> =
        vec![(hex(&parameters), Box::new(|out, host| out.push_str(host.parameters)))];
    for (number, at) in own.iter().enumerate() {
        let Some(stand_in) = bundle.entry(*at).sha256() else { continue };
        gaps.push((hex(&stand_in), Box::new(move |out, host| out.push_str(&host.checksum(number)))));
    }
    let mut draft = TextTemplate::default();
    draft.replace_placeholders(&text, gaps);
    draft
}

/// Permission bits as they are told to people and written in JSON: `0644`.
pub fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}

/// Whether `path` is relative, without `.`, `..` or a second spelling, and so names something below.
pub fn is_below(path: &Utf8Path) -> bool {
    let clean: Utf8PathBuf =
        path.components().filter(|part| matches!(part, Utf8Component::Normal(_))).collect();
    !clean.as_str().is_empty() && clean.as_str() == path.as_str() && !path.as_str().contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Entry, HostFileMeta};
    use crate::components::file_spec::{OnChange, Owner};

    fn nginx(secret: bool) -> HostFileMeta {
        HostFileMeta { component: "nginx", on_change: OnChange::Reload("nginx.service"), secret }
    }

    fn sealed(secret: bool) -> Bundle {
        let mut bundle = Bundle::default();
        bundle.insert("README.md".into(), Entry::file(b"# hello\n", 0o644, Owner::root(), None));
        bundle.insert(
            "root/etc/x.conf".into(),
            Entry::file(b"x;\n", 0o644, Owner::root(), Some(nginx(secret))),
        );
        bundle.insert("root/var/lib/x".into(), Entry::directory(0o700, Owner::root(), Some(nginx(false))));
        let json = Manifest::of(&bundle, &[7; 32], "debian-12").to_json();
        bundle
            .insert(MANIFEST_FILE.into(), Entry::file(json.into_bytes(), mode(&bundle), Owner::root(), None));
        bundle
    }

    fn manifest(bundle: &Bundle) -> Manifest {
        let entry = bundle.get(MANIFEST_FILE.into()).expect("a sealed bundle has a manifest");
        Manifest::parse(entry.content().expect("it is a file")).expect("our own manifest is readable")
    }

    #[test]
    fn a_manifest_lists_hosts_paths_and_papers_and_comes_back() {
        let bundle = sealed(false);
        let manifest = manifest(&bundle);
        let told: Vec<_> =
            manifest.entries.iter().map(|listed| (listed.path.as_str(), listed.kind)).collect();
        assert_eq!(told, [("/etc/x.conf", EntryType::File), ("/var/lib/x", EntryType::Directory)]);
        assert_eq!(manifest.papers, ["MANIFEST.json", "README.md"]);
        assert_eq!(manifest.entries[0].on_change, "reload nginx");
        assert_eq!(manifest.entries[0].mode, "0644");
        assert_eq!(Manifest::parse(manifest.to_json().as_bytes()), Ok(manifest));
    }

    #[test]
    fn a_manifest_that_tells_sums_of_secrets_is_closed_to_others() {
        assert_eq!(sealed(false).get(MANIFEST_FILE.into()).unwrap().mode, 0o644);
        assert_eq!(sealed(true).get(MANIFEST_FILE.into()).unwrap().mode, 0o600);
    }

    #[test]
    fn keys_of_a_later_version_are_passed_over() {
        let json =
            r#"{"generator":{"name":"panelgen","colour":1},"entries":[{"path":"/a","size":1}],"new":[]}"#;
        let owned = Manifest::parse(json.as_bytes()).expect("it names the generator and its paths").owned();
        assert_eq!(owned.into_keys().collect::<Vec<_>>(), ["root/a"]);
    }

    #[test]
    fn paths_that_lead_out_of_the_bundle_are_refused() {
        for path in ["/", "etc/x", "/../x", "/a/../../x", "/a//b", "/a/./b", "/a/", "/a\\u0000", ""] {
            let json = format!(r#"{{"generator":{{"name":"panelgen"}},"entries":[{{"path":"{path}"}}]}}"#);
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{path:?} must be refused");
        }
        for path in ["/x", "../x", "a/../x", "./x", "a//b", "a/", ".", "..", ""] {
            let json = format!(r#"{{"generator":{{"name":"panelgen"}},"entries":[],"papers":["{path}"]}}"#);
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{path:?} must be refused");
        }
    }

    #[test]
    fn the_manifest_of_another_program_is_not_ours() {
        for json in [r#"{"generator":{"name":"other"},"entries":[]}"#, "{}", "[]", "", "{\"entries\":[]}"] {
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{json:?} must be refused");
        }
    }
}
