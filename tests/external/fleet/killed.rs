//! Killed at random moments, a run leaves every host whole, old or new, and the next run completes it.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use panelgen::internals::bundle::{hex, sha256};

use crate::support::fleet::fleet;
use crate::support::test_dir::TestDir;
use crate::support::test_dir::stamps;

const HOSTS: usize = 500;
const ARGS: [&str; 5] = ["render", "--fleet", "fleet.yaml", "-o", "out"];

/// Whether each host's directory agrees with its own manifest, and is one of the two that were asked for.
fn is_whole(host: &Utf8Path) -> bool {
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(host.join("MANIFEST.json")).unwrap()).unwrap();
    let entries = manifest["entries"].as_array().unwrap();
    let files = manifest["meta_files"].as_array().unwrap();
    let unit = fs::read_to_string(host.join("cloud-config.yaml")).unwrap();
    let said = manifest["parameters"]["sha256"].as_str().unwrap();
    let stands = |entry: &serde_json::Value| {
        let path = host.join(format!("root{}", entry["path"].as_str().unwrap()));
        match entry["sha256"].as_str() {
            Some(sum) => fs::read(path).is_ok_and(|content| hex(&sha256(&content)) == sum),
            None => path.is_dir(),
        }
    };
    entries.iter().all(stands)
        && files.iter().all(|file| host.join(file.as_str().unwrap()).exists())
        && !unit.is_empty()
        && said.len() == 64
}

#[test]
fn killed_at_random_moments_every_host_is_whole_and_the_next_run_completes() {
    let stage = TestDir::with("fleet.yaml", fleet(HOSTS));
    let begin = Instant::now();
    let whole = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "whole"]);
    assert_eq!(whole.exit, Some(0), "{}", whole.stderr);
    let took = begin.elapsed();
    // The same moments every time, spread over the run: a linear congruence is random enough.
    let mut seed = 12345_u64;
    for round in 0..6 {
        // Every second round changes all hosts that the round before has made.
        let text = fleet(HOSTS);
        stage.put("fleet.yaml", if round % 2 == 0 { text } else { text.replace("ops@", "others@") });
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = u32::try_from(seed >> 33).unwrap() % 1000;
        let mut child = stage.command(ARGS).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20) + took * share / 1000);
        child.kill().unwrap();
        child.wait().unwrap();
        let out = stage.path.join("out");
        if !out.exists() {
            continue;
        }
        for entry in out.read_dir_utf8().unwrap() {
            let entry = entry.unwrap();
            let ours = entry.file_name().starts_with('h') && entry.path().is_dir();
            assert!(!ours || is_whole(entry.path()), "round {round}: {} is torn", entry.path());
        }
    }
    stage.put("fleet.yaml", fleet(HOSTS));
    let done = stage.run(&ARGS);
    assert_eq!(done.exit, Some(0), "{}", done.stderr);
    let same = std::process::Command::new("diff")
        .args(["-r", "whole", "out"])
        .current_dir(&stage.path)
        .output()
        .unwrap();
    assert!(same.status.success(), "{}", String::from_utf8_lossy(&same.stdout));
    let before = stamps(&stage.path.join("out"));
    assert!(before.iter().all(|(path, ..)| !path.contains(".panelgen")), "litter is left");
    stage.run(&ARGS);
    assert_eq!(stamps(&stage.path.join("out")), before);
}
