//! The table of templates is the folder of templates, and every template has a dialect.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::template::{self, Syntax};

fn on_disk(directory: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    let Ok(entries) = directory.read_dir_utf8() else { return };
    for entry in entries {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            on_disk(entry.path(), found);
        } else {
            found.push(entry.path().to_owned());
        }
    }
}

#[test]
fn the_table_is_the_folder() {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = Vec::new();
    on_disk(&root, &mut files);
    // No templates, but constant: panel.sh, into which src/delivery/installer.rs lays data, and the Ansible project.
    let mut names: Vec<_> = files
        .iter()
        .filter(|file| !file.starts_with(root.join("panel.sh.d")) && !file.starts_with(root.join("ansible")))
        .map(|file| {
            let path = file.strip_prefix(&root).unwrap();
            path.as_str().strip_suffix(".j2").unwrap_or_else(|| panic!("{path} has no `.j2`")).to_owned()
        })
        .collect();
    names.sort();
    assert_eq!(template::names().collect::<Vec<_>>(), names, "src/template/source.rs, sorted");
    for name in names {
        let text = fs::read_to_string(root.join(format!("{name}.j2"))).unwrap();
        assert_eq!(template::source(&name), Some(text.as_str()));
    }
}

#[test]
fn every_template_has_a_dialect_and_ends_in_one_newline() {
    for name in template::names() {
        assert!(Syntax::of(name).is_some(), "{name}: add its path to Dialect::of");
        let text = template::source(name).unwrap();
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{name}");
    }
}
