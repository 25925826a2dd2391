//! The Ansible project: its variables are the manifest, its handlers answer every change, and Ansible itself accepts
//! it and takes no value for a template.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::bundle::manifest::Manifest;
use panelgen::internals::components::COMPONENTS;
use panelgen::internals::delivery::ansible::{FILES, quoted};

use crate::support::bundles::{bundle_directory, repository};
use crate::support::{cases, tools};

type Row = BTreeMap<String, String>;

fn constant(path: &str) -> &'static str {
    FILES.iter().find(|(name, _)| *name == path).unwrap().1
}

/// The rendered bundles.
fn cases() -> Vec<Utf8PathBuf> {
    cases::cases().iter().map(|case| bundle_directory(case)).collect()
}

/// One table of `vars/main.yml`, read as YAML without Ansible's own tag.
fn rows(case: &Utf8Path, table: &str) -> Vec<Row> {
    let text = fs::read_to_string(case.join("ansible/roles/panel/vars/main.yml")).unwrap();
    let below = text.split_once(&format!("\npanel_{table}:")).unwrap().1.split("\npanel_").next().unwrap();
    serde_yaml::from_str(&below.replace("- !unsafe\n    ", "- ")).unwrap()
}

#[test]
fn the_variables_list_what_the_manifest_lists() {
    for case in cases() {
        let manifest = Manifest::parse(&fs::read(case.join("MANIFEST.json")).unwrap()).unwrap();
        let promised: BTreeSet<_> = manifest
            .entries
            .iter()
            .map(|listed| {
                let path = listed.path.to_string();
                let sum = listed.sha256.clone().unwrap_or_else(|| "-".to_owned());
                (path, listed.mode.clone(), listed.owner.clone(), listed.component.clone(), sum)
            })
            .collect();
        let mut said = BTreeSet::new();
        for row in rows(&case, "files") {
            let take = |column: &str| row[column].clone();
            let listed = manifest.entries.iter().find(|listed| listed.path == take("path"));
            let Some(listed) = listed else {
                assert_eq!(take("type"), "directory", "{case}: {row:?} is data, or in the manifest");
                continue;
            };
            assert_eq!(take("on_change"), listed.on_change, "{case}: {row:?}");
            // A secret has no checksum, and a generated file has its checksum in the manifest alone.
            let sum = if take("type") == "file" && take("sha256") == "-" {
                listed.sha256.clone().unwrap_or_else(|| "-".to_owned())
            } else {
                take("sha256")
            };
            said.insert((take("path"), take("mode"), take("owner"), take("component"), sum));
        }
        assert_eq!(said, promised, "{case}");
    }
}

#[test]
fn every_change_has_its_handler() {
    let handlers = constant("roles/panel/handlers/main.yml");
    let heard: BTreeSet<_> = handlers.lines().filter_map(|line| line.strip_prefix("  listen: ")).collect();
    for case in cases() {
        for row in ["files", "secrets", "downloads"].iter().flat_map(|table| rows(&case, table)) {
            for word in row["on_change"].split(", ").filter(|word| *word != "none") {
                assert!(heard.contains(word), "{case}: nobody listens to `{word}`");
            }
        }
        // An operator may override any unit.
        for row in rows(&case, "units") {
            let word = format!("restart {}", row["name"].trim_end_matches(".service"));
            assert!(heard.contains(word.as_str()), "{case}: nobody listens to `{word}`");
        }
    }
}

#[test]
fn every_component_can_be_chosen_by_its_tag() {
    let tasks = constant("roles/panel/tasks/main.yml");
    for component in COMPONENTS {
        let name = component.name;
        for line in [format!("panel_component: {name}\n"), format!("  tags: [{name}]\n")] {
            assert!(tasks.contains(&line), "{line}");
        }
    }
}

#[test]
fn the_constant_files_are_the_folder_and_every_bundle_has_them() {
    fn walk(folder: &Utf8Path, found: &mut BTreeSet<Utf8PathBuf>) {
        for entry in folder.read_dir_utf8().unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                walk(entry.path(), found);
            } else {
                found.insert(entry.path().to_owned());
            }
        }
    }
    let root = repository("templates/ansible");
    let mut found = BTreeSet::new();
    walk(&root, &mut found);
    // The play of a whole fleet stands above the bundles, in none of them.
    found.remove(&root.join("fleet.yml"));
    let listed: BTreeSet<_> = FILES.iter().map(|(path, _)| root.join(path)).collect();
    assert_eq!(found, listed);
    for case in cases() {
        for (path, text) in FILES {
            assert_eq!(&fs::read_to_string(case.join("ansible").join(path)).unwrap(), text, "{case}");
        }
    }
}

fn succeeds(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command:?}\n{said}");
    said
}

/// An empty folder for one test.
fn fresh(name: &str) -> Utf8PathBuf {
    let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn ansible_and_its_linter_accept_the_project() {
    let Some(mut playbook) = tools::ansible("ansible-playbook") else { return };
    let project = bundle_directory("every-option").join("ansible");
    succeeds(playbook.current_dir(&project).args(["--syntax-check", "site.yml"]));
    let Some(mut lint) = tools::venv("ansible-lint") else { return };
    // A copy: the linter looks for the project's own settings and caches up to the root of a repository.
    let folder = fresh("ansible-lint");
    succeeds(Command::new("cp").args(["-r", project.as_str(), folder.as_str()]));
    let lint = lint.current_dir(folder.join("ansible"));
    succeeds(lint.args(["--offline", "--nocolor", "--strict", "--profile", "production"]));
}

#[test]
fn a_hostile_value_comes_back_exactly() {
    const HOSTILE: &[&str] = &[
        "{{ 7*7 }}",
        "{% raw %}{# x #}",
        "0644",
        "1.10",
        "yes",
        "~",
        "*",
        "2026-11-22",
        "a: b # c",
        "\"quoted\" \\back",
        "$(id) `id` ${HOME}",
        " spaces ",
        "\u{e9}\u{2028}\u{1f600}",
        "",
    ];
    let Some(mut playbook) = tools::ansible("ansible-playbook") else { return };
    let folder = fresh("ansible-hostile");
    let values: Vec<String> = HOSTILE.iter().map(|text| format!("  - {}\n", quoted(text))).collect();
    fs::write(folder.join("vars.yml"), format!("panel_rows: !unsafe\n{}", values.concat())).unwrap();
    let play = "- hosts: localhost\n  gather_facts: false\n  vars_files: [vars.yml]\n  tasks:\n    \
                - ansible.builtin.copy: {dest: \"{{ playbook_dir }}/{{ index }}\", content: \"{{ item }}\"}\n      \
                loop: \"{{ panel_rows }}\"\n      loop_control: {index_var: index}\n";
    fs::write(folder.join("play.yml"), play).unwrap();
    let arguments = ["-i", "localhost,", "-c", "local", "-e", "ansible_python_interpreter=/usr/bin/python3"];
    succeeds(playbook.current_dir(&folder).args(arguments).arg("play.yml"));
    for (index, text) in HOSTILE.iter().enumerate() {
        assert_eq!(&fs::read_to_string(folder.join(index.to_string())).unwrap(), text);
    }
}

/// The directories of the versions of Ansible that `.ci/install` installs.
fn versions(names: &[&str]) -> Option<Vec<Utf8PathBuf>> {
    let directories: Vec<_> = names
        .iter()
        .map(|name| {
            if *name == "2.19" {
                tools::cache().join("venv")
            } else {
                tools::cache().join("ansible").join(name)
            }
        })
        .collect();
    directories.iter().all(|one| tools::has(one.join("bin/ansible-playbook").as_str())).then_some(directories)
}

/// Plays the whole role on a root of its own with each version: `steps` is the word that `tests/ansible_role/run` takes.
fn play(steps: &str, names: &[&str]) {
    if !tools::is_root() || !tools::all(&["unshare", "openssl", "nginx", "sudo"]) {
        return;
    }
    let Some(directories) = versions(names) else { return };
    let mut run = Command::new(repository("tests/ansible_role/run"));
    run.arg(steps).args(directories).env("PANELGEN", env!("CARGO_BIN_EXE_panelgen"));
    let said = succeeds(&mut run);
    assert!(said.contains(&format!("{} passed, 0 failed", names.len())), "{said}");
}

#[test]
fn role_changes_nothing_in_check_mode_with_the_newer_versions() {
    play("check", &["2.16", "2.19", "2.21"]);
}

/// `apply` begins with all that `check` does.
#[test]
fn role_installs_under_a_strict_umask_and_changes_nothing_again_with_the_oldest_version() {
    play("apply", &["2.14"]);
}

#[test]
fn role_names_the_version_that_it_needs_if_ansible_is_too_old() {
    let tasks = constant("roles/panel/tasks/main.yml");
    let first = tasks.split("\n- name: ").nth(1).unwrap();
    assert!(first.contains("ansible_version.full is version('2.14', '>=')"), "{first}");
    assert!(constant("roles/panel/meta/main.yml").contains("min_ansible_version: \"2.14\""));
    let Some(mut playbook) = tools::ansible("ansible-playbook") else { return };
    let folder = fresh("ansible-old");
    // Only the first task, with the version of an old Ansible.
    let task = format!("- name: {}", first.replace("ansible_version.full", "('2.13.13')"));
    let play = format!("- hosts: localhost\n  gather_facts: false\n  tasks:\n{}", indented(&task));
    fs::write(folder.join("play.yml"), play).unwrap();
    let out =
        playbook.current_dir(&folder).args(["-i", "localhost,", "-c", "local", "play.yml"]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(
        !out.status.success() && said.contains("ansible-core 2.13.13 is too old: this role needs 2.14"),
        "{said}"
    );
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}
