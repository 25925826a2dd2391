//! YAML and JSON are what independent readers say they are; the one-line files have the form their readers take.

use std::fs;
use std::process::Command;

use camino::Utf8PathBuf;
use serde_json::Value;

use super::case::{CASES, Case, distinct};
use crate::support::test_dir::TestDir;
use crate::support::test_dir::run;
use crate::support::tools;

/// A YAML file as `PyYAML` reads it.
fn python(text: &str) -> Option<Value> {
    let script =
        "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), sys.stdout)";
    through("/usr/bin/python3", &["-c", script], text)
}

/// A JSON file as jq reads it.
fn jq(text: &str) -> Option<Value> {
    through("jq", &["."], text)
}

fn through(judge: &str, arguments: &[&str], text: &str) -> Option<Value> {
    let judge: Utf8PathBuf = tools::find(judge)?;
    let scratch = TestDir::new();
    let file = scratch.path.join("text");
    fs::write(&file, text).unwrap();
    let said = run(Command::new(judge).args(arguments).arg(file), b"");
    assert!(said.exit == Some(0) && said.stderr.is_empty(), "{}\n{text}", said.stderr);
    Some(serde_json::from_str(said.text()).unwrap())
}

fn ours(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap()
}

#[test]
fn every_yaml_file_says_the_same_to_another_reader() {
    let yaml = |path: &str| [".yaml", ".yml"].iter().any(|suffix| path.ends_with(suffix));
    let files = CASES.iter().flat_map(|case| {
        case.files().filter(|(path, _)| yaml(path)).map(|(path, text)| (case.name.as_str(), (path, text)))
    });
    for ((path, text), cases) in distinct(files) {
        let Some(read) = python(text) else { return };
        assert_eq!(read, ours(text), "{path} of {}", cases.join(", "));
        assert!(read.is_object(), "{path} of {} is a map", cases.join(", "));
    }
}

#[test]
fn every_json_file_says_the_same_to_another_reader() {
    let json = |path: &str| [".json", ".conflist"].iter().any(|suffix| path.ends_with(suffix));
    let files = CASES.iter().flat_map(|case| {
        case.files().filter(|(path, _)| json(path)).map(|(path, text)| (case.name.as_str(), (path, text)))
    });
    for ((path, text), cases) in distinct(files) {
        let Some(read) = jq(text) else { return };
        assert_eq!(read, serde_json::from_str::<Value>(text).unwrap(), "{path} of {}", cases.join(", "));
    }
}

#[test]
fn compose_is_what_faasd_takes() {
    let path = "/var/lib/faasd/docker-compose.yaml";
    let files = CASES.iter().filter_map(|case| Some((case.name.as_str(), case.file(path)?)));
    for (text, cases) in distinct(files) {
        let Some(read) = python(text) else { return };
        let services = read["services"].as_object().unwrap();
        let gateway = &services["gateway"];
        let port = &case(cases[0]).panel.faasd.gateway_port.value;
        assert_eq!(gateway["ports"], serde_json::json!([format!("127.0.0.1:{port}:8080")]), "{cases:?}");
        for (name, service) in services {
            // Every variable has a value: faasd makes `KEY=""`, quotes and all, of one without.
            for variable in service["environment"].as_array().into_iter().flatten() {
                assert!(variable.as_str().unwrap().contains('='), "{name}: {variable}");
            }
            for volume in service["volumes"].as_array().into_iter().flatten() {
                assert_eq!(volume["type"], "bind", "{name}: faasd takes no other kind: {volume}");
            }
            for needed in service["depends_on"].as_array().into_iter().flatten() {
                assert!(services.contains_key(needed.as_str().unwrap()), "{name} needs {needed}");
            }
            let image = service["image"].as_str().unwrap();
            assert!(image.split('/').next().unwrap().contains('.'), "{name}: {image} names its registry");
            for port in service["ports"].as_array().into_iter().flatten() {
                assert!(
                    port.as_str().unwrap().starts_with("127.0.0.1:"),
                    "{name} is open to the world: {port}"
                );
            }
        }
        // A lone dollar sign would be a variable.
        assert!(!text.replace("$$", "").contains('$'), "{cases:?}");
    }
}

#[test]
fn sysctl_and_module_lists_have_the_form_their_readers_take() {
    let name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    for case in CASES.iter() {
        for (path, text) in case.like("/etc/sysctl.d/", ".conf") {
            for line in lines(text) {
                let (key, value) = line.split_once(" = ").unwrap_or_else(|| panic!("{path}: {line}"));
                assert!(name(key) && value.parse::<u32>().is_ok(), "{path}: {line}");
                let setting = Utf8PathBuf::from(format!("/proc/sys/{}", key.replace('.', "/")));
                assert!(setting.exists(), "{path}: the kernel has no {key}");
            }
        }
        for (path, text) in case.like("/etc/modules-load.d/", ".conf") {
            for line in lines(text) {
                assert!(name(line), "{path}: {line}");
            }
        }
        for (path, text) in case.like("/var/lib/faasd/", "/resolv.conf") {
            for line in lines(text) {
                let address = line.strip_prefix("nameserver ").unwrap_or_else(|| panic!("{path}: {line}"));
                assert!(address.parse::<std::net::IpAddr>().is_ok(), "{path}: {line}");
            }
        }
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}
