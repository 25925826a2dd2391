//! cloud-init accepts our user-data: the schemas of four versions, from 20.4 to 26, without a word of deprecation.

use std::fs;
use std::io::Read as _;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use panelgen::internals::config::Config;
use panelgen::internals::delivery::cloud_config::{SecretPolicy, compact};
use panelgen::internals::diagnostics::Diagnostics;
use panelgen::internals::render::{self, Rendered};
use panelgen::internals::values::{FromText as _, Secret};

use crate::support::cases::set_registry_auth;
use crate::support::test_dir::{Run, run};
use crate::support::tools;

/// Whose cloud-init reads which cases. Debian 11 has 20.4, 12 has 22.4, 13 has 25.1, 14 has 26.2. A case that names a
/// target is read by that target's own version and by those after it, because images are renewed.
const READERS: &[(&str, &[&str])] = &[
    ("bullseye", &["target-debian-11"]),
    ("bookworm", &["target-debian-11", "target-debian-12", "every-option"]),
    ("trixie", &["target-debian-12", "target-debian-13", "pai", "own-certificate"]),
    (
        "forky",
        &[
            "target-debian-11",
            "target-debian-13",
            "target-rhel-9",
            "target-ubuntu-26.04",
            "faasd",
            "passinit",
        ],
    ),
];

/// One version's `cloud-init schema` on one document.
fn judge(suite: &str, document: &Utf8Path) -> Option<Run> {
    let mut command = if suite == "bookworm" {
        let mut command = Command::new(tools::find("cloud-init")?);
        command.args(["schema", "--config-file"]);
        command
    } else {
        Command::new(tools::find(tools::cache().join(format!("cloud-init/{suite}/schema")))?)
    };
    // cloud-init asks the environment whether its reader wants colours, and for whom it speaks.
    Some(run(command.arg(document).env("LC_ALL", "C.UTF-8"), b""))
}

fn written(name: &str, text: &[u8]) -> Utf8PathBuf {
    let folder = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).join("user-data");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    file
}

fn rendered(case: &str) -> Rendered {
    let folder = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(case);
    let text = fs::read_to_string(folder.join("panel.yaml")).unwrap();
    let (mut report, mut params) = (Diagnostics::default(), Config::default());
    params.merge_yaml(&folder.join("panel.yaml"), &text, &mut report);
    let secret = fs::read_to_string(folder.join("secret.txt")).ok();
    let secret = secret.map(|text| Secret::parse(text.trim_end()).unwrap());
    set_registry_auth(&mut params);
    render::render(&params, secret, SecretPolicy::Omit, &mut report).unwrap_or_else(|| panic!("{report:?}"))
}

fn is_accepted(suite: &str, name: &str, text: &[u8]) {
    let Some(said) = judge(suite, &written(&format!("{suite}-{name}.yaml"), text)) else { return };
    let words = format!("{}{}", said.text(), said.stderr);
    assert!(said.exit == Some(0), "{suite}: {name}: {words}");
    for complaint in ["eprecat", "WARN", "rror", "nvalid"] {
        assert!(!words.contains(complaint), "{suite}: {name}: {words}");
    }
    assert!(words.contains("Valid"), "{suite}: {name}: {words}");
}

#[test]
fn every_version_of_cloud_init_accepts_what_is_made_for_it() {
    for (suite, cases) in READERS {
        for case in *cases {
            let Rendered { bundle, .. } = rendered(case);
            let text = bundle.get(Utf8Path::new("cloud-config.yaml")).unwrap().content().unwrap().to_vec();
            is_accepted(suite, case, &text);
        }
    }
}

#[test]
fn every_version_of_cloud_init_accepts_the_compact_form() {
    let Rendered { host, bundle, .. } = rendered("faasd");
    let installer = bundle.get(Utf8Path::new("panel.sh")).unwrap().content().unwrap();
    let installer = std::str::from_utf8(installer).unwrap();
    let packed = compact(&host, &bundle, installer, SecretPolicy::Omit);
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut text).unwrap();
    for (suite, _) in READERS {
        is_accepted(suite, "compact", &text);
    }
}

#[test]
fn what_a_version_does_not_know_is_noticed() {
    let wrong = written("wrong.yaml", b"#cloud-config\nruncmd: {a: b}\n");
    let old = written("old.yaml", b"#cloud-config\napt_update: true\n");
    for (suite, _) in READERS {
        let Some(said) = judge(suite, &wrong) else { return };
        assert!(said.exit != Some(0), "{suite} accepts a map of commands: {}", said.text());
        if *suite != "bullseye" {
            let said = judge(suite, &old).unwrap();
            assert!(
                format!("{}{}", said.text(), said.stderr).contains("eprecat"),
                "{suite}: {}",
                said.text()
            );
        }
    }
}
