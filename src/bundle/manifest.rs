//! `MANIFEST.json`: the list of everything that a run wrote, so that the next run knows what it owns.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::bundle::checkout::Lost;
use crate::bundle::text_template::{Renderer, TextTemplate};
use crate::bundle::{Bundle, Node, hex, sha256};
use crate::host::{PASSWORD_FILES, REGISTRY_AUTH_FILE};
use crate::values::{ParseError, sanitize};

/// The path of the manifest in a bundle.
pub const MANIFEST_FILE: &str = "MANIFEST.json";

/// The directory of the host's files in a bundle.
pub const ROOT_DIR: &str = "root";

/// The form of the bundles that this program writes. It grows when an older program would misread a bundle.
pub const FORM: u32 = 1;

/// The generator name in our manifests.
const GENERATOR: &str = "panelgen";

/// The manifest, as written and as read back. Reading is lenient: unknown keys are ignored, and keys that are
/// only informative may be missing. But paths outside the bundle are errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the bundle. A bundle without one is older than the first release.
    #[serde(default)]
    pub form: u32,
    /// The program that wrote the bundle.
    pub generator: Generator,
    /// The parameters that the bundle was rendered from.
    #[serde(default)]
    pub parameters: Parameters,
    /// The paths on the host, sorted.
    pub entries: Vec<ManifestEntry>,
    /// The bundle's own files including the manifest, relative to the bundle, sorted.
    #[serde(default)]
    pub meta_files: Vec<Utf8PathBuf>,
}

/// The program that wrote the bundle. No other file of a bundle contains its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generator {
    /// `panelgen`.
    pub name: String,
    /// The program's version.
    #[serde(default)]
    pub version: String,
}

impl Generator {
    /// This program.
    pub fn this() -> Self {
        Self { name: GENERATOR.into(), version: env!("CARGO_PKG_VERSION").into() }
    }

    /// Whether it is any version of this program.
    pub fn is_ours(&self) -> bool {
        self.name == GENERATOR
    }
}

/// The parameters that the bundle was rendered from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parameters {
    /// The checksum of the resolved parameters without those that can contain a secret.
    #[serde(default)]
    pub sha256: String,
    /// The target, as `--target` takes it.
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
    /// The checksum of a file's content. A secret has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// The component that declares it.
    #[serde(default)]
    pub component: String,
    /// The action on the host after a change.
    #[serde(default)]
    pub on_change: String,
    /// Whether the content is a secret. The mode is not enough, since it can get lost in a copy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
}

impl ManifestEntry {
    /// Returns the path in the bundle.
    pub fn bundle_path(&self) -> Utf8PathBuf {
        Utf8Path::new(ROOT_DIR).join(self.path.strip_prefix("/").unwrap_or(&self.path))
    }
}

/// The type of an entry.
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
    /// The manifest of a bundle that is complete except for its manifest.
    pub fn of(bundle: &Bundle, parameters: &[u8; 32], target: &str) -> Self {
        let mut entries = Vec::new();
        let mut meta_files = vec![Utf8PathBuf::from(MANIFEST_FILE)];
        for (path, entry) in bundle.entries() {
            match (path.strip_prefix(ROOT_DIR), &entry.host_file) {
                (Ok(host), Some(meta)) => entries.push(ManifestEntry {
                    path: Utf8Path::new("/").join(host),
                    kind: EntryType::of(&entry.node),
                    mode: octal(entry.mode),
                    owner: entry.owner.to_string(),
                    // A password could be guessed from its checksum.
                    sha256: entry.sha256().filter(|_| !meta.secret).as_ref().map(hex),
                    component: meta.component.to_owned(),
                    on_change: meta.on_change.to_string(),
                    secret: meta.secret,
                }),
                // A file under `root/` that no component declares is still owned by the bundle.
                _ if entry.is_file() && path != MANIFEST_FILE => meta_files.push(path.to_owned()),
                _ => {}
            }
        }
        meta_files.sort();
        Self {
            form: FORM,
            generator: Generator::this(),
            parameters: Parameters { sha256: hex(parameters), target: target.to_owned() },
            entries,
            meta_files,
        }
    }

    /// The text of `MANIFEST.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest is strings and lists");
        text.push('\n');
        text
    }

    /// The error for a manifest in a form that only a newer version of this program reads.
    pub fn newer_form(json: &[u8]) -> Option<ParseError> {
        #[derive(Deserialize)]
        struct Head {
            generator: Generator,
            form: u32,
        }
        let Head { generator, form } = serde_json::from_slice(json).ok()?;
        (generator.is_ours() && form > FORM).then(|| {
            let version = sanitize(&generator.version);
            ParseError::new(format!(
                "the bundle has form {form} of panelgen {version}, but this version reads forms up to {FORM}"
            ))
            .with_help("use the version of panelgen that wrote it, or a newer one")
        })
    }

    /// Parses a manifest. A document of another program, a newer form and paths outside the bundle are errors.
    pub fn parse(json: &[u8]) -> Result<Self, ParseError> {
        if let Some(error) = Self::newer_form(json) {
            return Err(error);
        }
        let manifest: Self = serde_json::from_slice(json)
            .map_err(|error| ParseError::new(format!("invalid manifest: {error}")))?;
        if !manifest.generator.is_ours() {
            return Err(ParseError::new(format!(
                "the manifest is from another generator, {:?}",
                manifest.generator.name
            )));
        }
        let hosts = manifest.entries.iter().map(|listed| match listed.path.as_str().strip_prefix('/') {
            Some(path) if is_below(path.into()) => Ok(()),
            _ => Err(ParseError::new(format!(
                "the manifest lists {:?}, which is not a path on the host",
                listed.path
            ))),
        });
        let meta_files = manifest.meta_files.iter().map(|path| {
            if is_below(path) {
                Ok(())
            } else {
                Err(ParseError::new(format!(
                    "the manifest lists {path:?}, which is not a path in the bundle"
                )))
            }
        });
        hosts.chain(meta_files).collect::<Result<(), _>>()?;
        Ok(manifest)
    }

    /// Returns every path that the manifest lists, relative to the bundle, with the proof that panelgen wrote it: a
    /// changed manifest can list any path. `is_meta_file` returns whether a path is the name of a meta file.
    pub fn proofs(&self, is_meta_file: impl Fn(&Utf8Path) -> bool) -> BTreeMap<Utf8PathBuf, Proof> {
        let hosts = self.entries.iter().map(|listed| {
            let proof = match (listed.kind, &listed.sha256) {
                (EntryType::Directory, _) => Proof::Directory,
                (EntryType::File, Some(checksum)) => Proof::Checksum(checksum.clone()),
                _ if listed.secret && is_secret_file(&listed.path) => Proof::Name,
                _ => Proof::None,
            };
            (listed.bundle_path(), proof)
        });
        let meta_files = self
            .meta_files
            .iter()
            .map(|path| (path.clone(), if is_meta_file(path) { Proof::Name } else { Proof::None }));
        hosts.chain(meta_files).collect()
    }

    /// What a copy has lost. `mode` returns the permission bits of a path, if it exists.
    pub fn lost(&self, mode: impl Fn(&Utf8Path) -> Option<u32>) -> Lost {
        let mut lost = Lost::default();
        for listed in &self.entries {
            let counts = if listed.kind == EntryType::Directory { 0o5777 } else { 0o7777 };
            match mode(&listed.bundle_path()) {
                Some(found) => lost.modes |= octal(found & counts) != listed.mode,
                None => lost.directories |= listed.kind == EntryType::Directory,
            }
        }
        lost
    }

    /// Returns every path that the manifest lists, relative to the bundle. Their parent directories are owned too, as
    /// long as they contain nothing else.
    pub fn owned(&self) -> BTreeMap<Utf8PathBuf, EntryType> {
        let hosts = self.entries.iter().map(|listed| (listed.bundle_path(), listed.kind));
        let meta_files = self.meta_files.iter().map(|path| (path.clone(), EntryType::File));
        hosts.chain(meta_files).collect()
    }
}

/// The proof that panelgen wrote a path that a manifest lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The path is a directory. Only an empty one is removed.
    Directory,
    /// The checksum of the content.
    Checksum(String),
    /// The name, which no other program uses.
    Name,
    /// There is no proof.
    None,
}

impl EntryType {
    fn of(node: &Node) -> Self {
        match node {
            Node::Directory => Self::Directory,
            Node::File(_) => Self::File,
        }
    }
}

/// Tells git to leave the bytes of a bundle alone, whatever `core.autocrlf` says.
pub const GIT_ATTRIBUTES_FILE: &str = ".gitattributes";

/// The content of [`GIT_ATTRIBUTES_FILE`].
pub const GIT_ATTRIBUTES: &str =
    "# Generated by panelgen. Every file has LF line ends on the host.\n* -text\n";

/// The names of the bundle's own files at its top.
const META_FILES: &[&str] = &[
    GIT_ATTRIBUTES_FILE,
    MANIFEST_FILE,
    "README.md",
    "assets.lock",
    "cloud-config.yaml",
    "panel.sh",
    "panel.yaml",
];

/// Whether the bundle's own files at its top include this name.
pub fn is_meta_file_name(path: &Utf8Path) -> bool {
    META_FILES.contains(&path.as_str())
}

/// The mode of one of the bundle's own files. The manifest does not list it.
pub fn meta_file_mode(path: &Utf8Path, has_secret: bool) -> u32 {
    match path.as_str() {
        "panel.sh" => 0o755,
        MANIFEST_FILE if has_secret => 0o600,
        _ => 0o644,
    }
}

/// Whether this is the path of a secret, which has no checksum in the manifest.
fn is_secret_file(path: &Utf8Path) -> bool {
    PASSWORD_FILES.contains(&path.as_str()) || path == REGISTRY_AUTH_FILE
}

/// Returns the mode of a bundle's manifest. If the bundle has a secret, the manifest is as private as the directory.
pub fn mode(bundle: &Bundle) -> u32 {
    if bundle.has_secret() { 0o600 } else { 0o644 }
}

/// The template of the manifests of all hosts of a plan. Between these bundles, only the files at the indexes
/// `own`, the parameters and the content of the bundle's own files differ. `bundle` has placeholder content
/// for those files.
pub fn template(bundle: &Bundle, own: &[usize], target: &str) -> TextTemplate {
    let parameters = sha256(b"the parameters of a host");
    let text = Manifest::of(bundle, &parameters, target).to_json();
    let mut placeholders: Vec<(String, Renderer)> =
        vec![(hex(&parameters), Box::new(|out, host| out.push_str(host.parameters)))];
    for (number, at) in own.iter().enumerate() {
        let entry = bundle.entry(*at);
        let Some(placeholder) = entry.sha256().filter(|_| !entry.is_secret()) else { continue };
        placeholders
            .push((hex(&placeholder), Box::new(move |out, host| out.push_str(&host.checksum(number)))));
    }
    let mut template = TextTemplate::default();
    template.replace_placeholders(&text, placeholders);
    template
}

/// Permission bits as four octal digits, for people and JSON: `0644`.
pub fn octal(mode: u32) -> String {
    format!("{mode:04o}")
}

/// Whether `path` is relative and normalized, without `.` and `..`, and therefore inside the bundle.
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
    fn manifest_lists_host_paths_and_meta_files_and_parses_back() {
        let bundle = sealed(false);
        let manifest = manifest(&bundle);
        let listed: Vec<_> =
            manifest.entries.iter().map(|listed| (listed.path.as_str(), listed.kind)).collect();
        assert_eq!(listed, [("/etc/x.conf", EntryType::File), ("/var/lib/x", EntryType::Directory)]);
        assert_eq!(manifest.meta_files, ["MANIFEST.json", "README.md"]);
        assert_eq!(manifest.entries[0].on_change, "reload nginx");
        assert_eq!(manifest.entries[0].mode, "0644");
        assert_eq!(Manifest::parse(manifest.to_json().as_bytes()), Ok(manifest));
    }

    #[test]
    fn manifest_is_private_and_has_no_checksum_of_a_secret() {
        let entry = &manifest(&sealed(true)).entries[0];
        assert_eq!((entry.path.as_str(), &entry.sha256), ("/etc/x.conf", &None));
        assert!(manifest(&sealed(false)).entries[0].sha256.is_some());
        assert_eq!(sealed(false).get(MANIFEST_FILE.into()).unwrap().mode, 0o644);
        assert_eq!(sealed(true).get(MANIFEST_FILE.into()).unwrap().mode, 0o600);
    }

    #[test]
    fn manifest_ignores_unknown_keys() {
        let json =
            r#"{"generator":{"name":"panelgen","colour":1},"entries":[{"path":"/a","size":1}],"new":[]}"#;
        let owned = Manifest::parse(json.as_bytes()).expect("it names the generator and its paths").owned();
        assert_eq!(owned.into_keys().collect::<Vec<_>>(), ["root/a"]);
    }

    #[test]
    fn manifest_rejects_paths_outside_the_bundle() {
        for path in ["/", "etc/x", "/../x", "/a/../../x", "/a//b", "/a/./b", "/a/", "/a\\u0000", ""] {
            let json = format!(r#"{{"generator":{{"name":"panelgen"}},"entries":[{{"path":"{path}"}}]}}"#);
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{path:?} must be rejected");
        }
        for path in ["/x", "../x", "a/../x", "./x", "a//b", "a/", ".", "..", ""] {
            let json =
                format!(r#"{{"generator":{{"name":"panelgen"}},"entries":[],"meta_files":["{path}"]}}"#);
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{path:?} must be rejected");
        }
    }

    #[test]
    fn manifest_of_a_newer_form_is_rejected_whatever_else_it_has() {
        let json = r#"{"form":9,"generator":{"name":"panelgen","version":"7.0.0"},"files":"elsewhere"}"#;
        let error = Manifest::parse(json.as_bytes()).expect_err("form 9 is newer");
        assert_eq!(
            error.message,
            "the bundle has form 9 of panelgen 7.0.0, but this version reads forms up to 1"
        );
        assert!(error.help.is_some());
        assert!(Manifest::newer_form(json.replace('9', "1").as_bytes()).is_none());
        assert!(Manifest::newer_form(json.replace("panelgen", "other").as_bytes()).is_none());
    }

    #[test]
    fn manifest_of_another_program_is_rejected() {
        for json in [r#"{"generator":{"name":"other"},"entries":[]}"#, "{}", "[]", "", "{\"entries\":[]}"] {
            assert!(Manifest::parse(json.as_bytes()).is_err(), "{json:?} must be rejected");
        }
    }
}
