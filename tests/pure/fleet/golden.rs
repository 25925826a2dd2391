//! A small fleet with every kind of host, as it is promised under `snapshots/fleet/`: what its hosts share. Each host
//! is what it is alone (`a_fleet_of_n_is_n_single_renders`), and that is promised in a folder of its own.

use std::fs;

use crate::support::test_dir::TestDir;

/// What is kept of a rendered fleet.
fn is_kept(path: &str) -> bool {
    ["MANIFEST.json", "ansible/inventory.ini", "ansible/site.yml"].contains(&path)
}

#[test]
fn small_fleet_matches_its_snapshot() {
    let promised = camino::Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/fleet");
    let stage = TestDir::new();
    for input in ["fleet.yaml", "secret.txt"] {
        stage.put(input, fs::read(promised.join(input)).unwrap());
    }
    let ran = stage.run(&["render", "--fleet", "fleet.yaml", "-o", "out"]);
    assert_eq!(ran.exit, Some(0), "{}", ran.stderr);
    let paths = stage.paths();
    let kept =
        paths.iter().filter_map(|path| path.strip_prefix("out").ok()).filter(|path| is_kept(path.as_str()));
    let blessing = std::env::var_os("PANELGEN_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1");
    let mut wrong = Vec::new();
    for path in kept {
        let produced = stage.read(&format!("out/{path}"));
        let place = promised.join(path);
        if blessing {
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(&place, &produced).unwrap();
        }
        if fs::read_to_string(&place).ok().as_ref() != Some(&produced) {
            wrong.push(path.to_owned());
        }
    }
    let mut there = Vec::new();
    crate::support::test_dir::below(&promised, &mut there);
    for path in there.iter().filter(|path| path.is_file()) {
        let path = path.strip_prefix(&promised).unwrap();
        let known = stage.path.join("out").join(path).exists() || stage.path.join(path).exists();
        if !known {
            wrong.push(path.to_owned());
        }
    }
    assert!(wrong.is_empty(), "run `cargo update-snapshots` if that is intended: {wrong:?}");
}
