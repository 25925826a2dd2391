//! Every form of a bundle carries the same files of the host, with the same modes and owners.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::Bundle;
use panelgen::internals::bundle::file_tree::{FileTree, TreeNode};
use panelgen::internals::bundle::manifest::{EntryType, Manifest, octal};
use panelgen::internals::config::Config;
use panelgen::internals::delivery;
use panelgen::internals::delivery::archive::{self, Limits};
use panelgen::internals::delivery::cloud_config::{self, SecretPolicy};
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::host::Host;
use panelgen::internals::render::{self, Rendered};
use panelgen::internals::values::{FromText, Secret};
use serde::Deserialize;

use crate::support::cases::set_registry_auth;

/// What a form says of one file of the host.
#[derive(Debug, PartialEq, Eq)]
struct Carried {
    mode: String,
    owner: String,
    content: Vec<u8>,
}

type Files = BTreeMap<Utf8PathBuf, Carried>;

fn cases() -> Vec<(String, Rendered)> {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut cases = Vec::new();
    for entry in root.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let file = entry.path().join("panel.yaml");
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let mut report = Diagnostics::default();
        let mut params = Config::default();
        params.merge_yaml(&file, &text, &mut report);
        let secret = std::fs::read_to_string(entry.path().join("secret.txt")).ok();
        let secret = secret.map(|text| Secret::parse(text.trim_end_matches('\n')).unwrap());
        set_registry_auth(&mut params);
        let rendered = render::render(&params, secret, SecretPolicy::Include, &mut report);
        cases.push((
            entry.file_name().to_owned(),
            rendered.unwrap_or_else(|| panic!("{}", report.text(false))),
        ));
    }
    assert!(cases.len() > 20, "the cases are there");
    cases
}

/// The bundle itself is what every form is compared with.
fn of_bundle(bundle: &Bundle) -> Files {
    let file = |(path, entry): (&Utf8Path, &panelgen::internals::bundle::Entry)| {
        let carried = Carried {
            mode: octal(entry.mode),
            owner: entry.owner.to_string(),
            content: entry.content()?.to_vec(),
        };
        Some((path.strip_prefix("root").ok()?.to_owned(), carried))
    };
    bundle.entries().filter_map(file).collect()
}

fn of_tree(tree: &FileTree) -> Files {
    let file = |(path, found): (&Utf8Path, &panelgen::internals::bundle::file_tree::TreeEntry)| {
        let TreeNode::File(content) = &found.kind else { return None };
        assert_eq!((found.uid, found.gid), (0, 0), "{path}");
        let carried =
            Carried { mode: octal(found.mode), owner: "root:root".to_owned(), content: content.clone() };
        Some((path.strip_prefix("root").ok()?.to_owned(), carried))
    };
    tree.entries().filter_map(file).collect()
}

#[derive(Deserialize)]
struct JsonEntry {
    path: Utf8PathBuf,
    #[serde(rename = "type")]
    kind: String,
    mode: String,
    owner: String,
    #[serde(default)]
    content: String,
    encoding: Option<String>,
}

fn of_json(json: &[u8]) -> Files {
    let entries: Vec<JsonEntry> = serde_json::from_slice(json).unwrap();
    let file = |entry: JsonEntry| {
        let content = match entry.encoding.as_deref() {
            Some("base64") => STANDARD.decode(&entry.content).unwrap(),
            _ => entry.content.into_bytes(),
        };
        let path = entry.path.strip_prefix("root").ok()?.to_owned();
        (entry.kind == "file").then_some((path, Carried { mode: entry.mode, owner: entry.owner, content }))
    };
    entries.into_iter().filter_map(file).collect()
}

fn of_sh(script: &[u8]) -> Files {
    let text = std::str::from_utf8(script).unwrap();
    let (_, payload) = text.split_once("\n#--- payload\n").unwrap();
    let encoded: String = payload.lines().map(|line| line.strip_prefix('#').unwrap()).collect();
    of_tree(&archive::read(&STANDARD.decode(encoded).unwrap(), Limits::default()).unwrap())
}

#[derive(Deserialize)]
struct UserData {
    write_files: Vec<WrittenFile>,
}

#[derive(Deserialize)]
struct WrittenFile {
    path: String,
    owner: Option<String>,
    permissions: String,
    encoding: Option<String>,
    content: String,
}

fn of_cloud_config(document: &str, directory: &str) -> Files {
    assert!(document.starts_with("#cloud-config\n"));
    let document: UserData = serde_yaml::from_str(document).unwrap();
    let file = |file: WrittenFile| {
        let path = file.path.strip_prefix(directory)?.strip_prefix("/root/")?.to_owned();
        let content = match file.encoding.as_deref() {
            Some("b64") => STANDARD.decode(&file.content).unwrap(),
            None => file.content.into_bytes(),
            Some(other) => panic!("{other}"),
        };
        let owner = file.owner.unwrap_or_else(|| "root:root".to_owned());
        Some((Utf8PathBuf::from(path), Carried { mode: file.permissions, owner, content }))
    };
    document.write_files.into_iter().filter_map(file).collect()
}

/// On its way through user-data a secret is closed to others; panel.sh gives it its own mode.
fn with_closed_secrets(bundle: &Bundle) -> Files {
    let mut files = of_bundle(bundle);
    for (path, _) in bundle.entries().filter(|(_, entry)| entry.is_secret()) {
        if let Some(file) = path.strip_prefix("root").ok().and_then(|path| files.get_mut(path)) {
            "0600".clone_into(&mut file.mode);
        }
    }
    files
}

fn paper(bundle: &Bundle, name: &str) -> String {
    String::from_utf8(bundle.get(Utf8Path::new(name)).unwrap().content().unwrap().to_vec()).unwrap()
}

#[test]
fn tree_tar_json_and_sh_carry_the_same_files() {
    for (name, Rendered { bundle, .. }) in cases() {
        let files = of_bundle(&bundle);
        assert!(!files.is_empty(), "{name}");
        let read = |bytes: &[u8]| of_tree(&archive::read(bytes, Limits::default()).unwrap());
        assert_eq!(of_tree(&FileTree::from(&bundle)), files, "{name}: directory");
        assert_eq!(read(&delivery::tar::write(&bundle, 0).unwrap()), files, "{name}: tar");
        assert_eq!(read(&delivery::tar_gz::write(&bundle, 0).unwrap()), files, "{name}: tar.gz");
        assert_eq!(of_json(&delivery::json::write(&bundle)), files, "{name}: json");
        assert_eq!(of_sh(&delivery::shell_script::write(&bundle, 0).unwrap()), files, "{name}: sh");
    }
}

#[test]
fn both_forms_of_user_data_carry_the_same_files() {
    for (name, Rendered { host, bundle, .. }) in cases() {
        let files = with_closed_secrets(&bundle);
        let directory = cloud_config::directory(&host);
        let whole = paper(&bundle, "cloud-config.yaml");
        assert_eq!(of_cloud_config(&whole, &directory), files, "{name}: cloud-config");
        let packed = packed(&host, &bundle, SecretPolicy::Include);
        // Packing tightly takes a second: what this form is the same for is claimed here too.
        if !bundle.has_secret() {
            fits_the_smallest_provider(&name, &packed);
        }
        let mut compact = String::new();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut compact).unwrap();
        assert_eq!(of_cloud_config(&compact, &directory), files, "{name}: compact cloud-config");
    }
}

#[test]
fn the_mime_form_carries_the_cloud_config_itself() {
    for (name, Rendered { bundle, .. }) in cases() {
        let whole = paper(&bundle, "cloud-config.yaml");
        let message = cloud_config::mime(&whole);
        let (head, body) = message.split_once("\n\n").unwrap();
        let (_, boundary) = head.split_once("boundary=\"").unwrap();
        let (boundary, _) = boundary.split_once('"').unwrap();
        let parts: Vec<_> = body.split(&format!("--{boundary}")).collect();
        assert_eq!((parts.len(), parts[0], parts[2]), (3, "", "--\n"), "{name}");
        let (_, content) = parts[1].split_once("\n\n").unwrap();
        let content = STANDARD.decode(content.replace('\n', "")).unwrap();
        assert_eq!(content, whole.as_bytes(), "{name}");
    }
}

#[derive(Deserialize)]
struct Play {
    panel_files: Vec<BTreeMap<String, String>>,
}

/// What the role copies: the rows of its variables, with what lies below `root/`.
fn of_ansible(bundle: &Bundle) -> Files {
    let text = paper(bundle, "ansible/roles/panel/vars/main.yml").replace("!unsafe", "       ");
    let play: Play = serde_yaml::from_str(&text).unwrap();
    let rows = play.panel_files.into_iter().filter(|row| row["type"] == "file");
    let file = |row: BTreeMap<String, String>| {
        let content = paper(bundle, &format!("root{}", row["path"])).into_bytes();
        let carried = Carried { mode: row["mode"].clone(), owner: row["owner"].clone(), content };
        (Utf8PathBuf::from(row["path"].trim_start_matches('/')), carried)
    };
    rows.map(file).collect()
}

#[test]
fn ansible_copies_the_same_files() {
    for (name, Rendered { bundle, .. }) in cases() {
        assert_eq!(of_ansible(&bundle), of_bundle(&bundle), "{name}");
    }
}

#[test]
fn the_compact_form_without_its_secret_fits_the_smallest_provider() {
    let with_secret = cases().into_iter().filter(|(_, rendered)| rendered.bundle.has_secret());
    // No host sets every parameter.
    for (name, Rendered { host, bundle, .. }) in with_secret.filter(|(name, _)| name != "every-option") {
        fits_the_smallest_provider(&name, &packed(&host, &bundle, SecretPolicy::Omit));
    }
}

fn packed(panel: &Host, bundle: &Bundle, secrets: SecretPolicy) -> Vec<u8> {
    cloud_config::compact(panel, bundle, &paper(bundle, "panel.sh"), secrets)
}

fn fits_the_smallest_provider(name: &str, packed: &[u8]) {
    assert_eq!(
        cloud_config::too_large_for(packed.len()),
        Vec::<&str>::new(),
        "{name}: {} bytes",
        packed.len()
    );
}

#[test]
fn the_installer_lists_what_the_manifest_lists() {
    for (name, Rendered { bundle, .. }) in cases() {
        let program = paper(&bundle, "panel.sh");
        let manifest = Manifest::parse(paper(&bundle, "MANIFEST.json").as_bytes()).unwrap();
        let (_, rows) = program.split_once("\nplan_files() {\n").unwrap();
        let (rows, _) = rows.split_once("\n}\n").unwrap();
        for listed in &manifest.entries {
            let kind = if listed.kind == EntryType::File { " file " } else { " directory " };
            let row = rows.lines().find(|row| {
                row.trim_end_matches('\'').ends_with(listed.path.as_str())
                    && row.contains(&format!("\"$@\" {} {} {} ", listed.component, listed.mode, listed.owner))
                    && row.contains(kind)
            });
            assert!(row.is_some(), "{name}: {} is not in panel.sh as the manifest has it", listed.path);
        }
    }
}
