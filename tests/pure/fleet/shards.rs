//! Shards: the parts of a fleet are the whole, byte for byte.

use std::process::Command;

use serde_json::Value;

use crate::support::fleet::fleet;
use crate::support::test_dir::TestDir;

/// Whether two directories have the same paths, bytes and modes.
fn assert_equal(stage: &TestDir, one: &str, other: &str) {
    let listing = |name: &str| {
        let script =
            "find . -printf '%P %y %m\\n' | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum";
        let output = Command::new("sh").args(["-c", script]).current_dir(stage.join(name)).output().unwrap();
        assert!(output.status.success() && output.stdout.len() > 1000);
        output.stdout
    };
    assert!(listing(one) == listing(other), "{one} and {other} differ");
}

fn run(stage: &TestDir, args: &[&str]) -> String {
    let ran = stage.run(args);
    assert_eq!(ran.exit, Some(0), "{args:?}: {}", ran.stderr);
    ran.text().to_owned()
}

#[test]
fn merged_shards_are_the_whole_fleet_byte_for_byte() {
    let stage = TestDir::with("fleet.yaml", fleet(7));
    run(&stage, &["render", "--fleet", "fleet.yaml", "-o", "whole/"]);
    for count in [1, 2, 3] {
        let (parts, streams) = (format!("parts{count}/"), format!("streams{count}"));
        std::fs::create_dir(stage.join(&streams)).unwrap();
        for number in 1..=count {
            let shard = format!("{number}/{count}");
            run(&stage, &["render", "--fleet", "fleet.yaml", "--shard", &shard, "-o", &parts]);
            let stream = stage.run(&["render", "--fleet", "fleet.yaml", "--shard", &shard]);
            stage.put("shard.tar", &stream.stdout);
            let tar = ["-xf", "shard.tar", "-C", &streams];
            assert!(Command::new("tar").args(tar).current_dir(&*stage).status().unwrap().success());
        }
        for directory in [parts.trim_end_matches('/'), &streams] {
            run(&stage, &["merge", directory]);
            assert_equal(&stage, "whole", directory);
            run(&stage, &["render", "--fleet", "fleet.yaml", "-o", directory, "--check"]);
        }
    }
}

#[test]
fn list_and_diff_of_all_shards_are_those_of_the_fleet() {
    let stage = TestDir::with("fleet.yaml", fleet(9));
    run(&stage, &["render", "--fleet", "fleet.yaml", "-o", "whole/"]);
    let whole: Value =
        serde_json::from_str(&run(&stage, &["list", "--fleet", "fleet.yaml", "--format", "json"])).unwrap();
    let mut hosts = Vec::new();
    let mut changed = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let of = ["--fleet", "fleet.yaml", "--shard", shard];
        let listed = run(&stage, &[&["list", "--format", "json"], &of[..]].concat());
        hosts.extend(serde_json::from_str::<Vec<Value>>(&listed).unwrap());
        run(&stage, &[&["render", "-o", "whole/", "--check"], &of[..]].concat());
        assert_eq!(stage.run(&[&["diff", "whole"], &of[..]].concat()).exit, Some(0), "{shard}");
        let diff =
            stage.run(&[&["diff", "whole", "--format", "json", "--set", "tls.hsts=false"], &of[..]].concat());
        let diff: Value = serde_json::from_str(diff.text()).unwrap();
        let groups = diff["groups"].as_array().unwrap();
        changed.extend(groups.iter().flat_map(|group| group["hosts"].as_array().unwrap().clone()));
    }
    hosts.sort_by_key(|host| host["domain"].to_string());
    assert_eq!(Value::from(hosts), whole);
    assert_eq!(changed.len(), 9, "{changed:?}");
}

#[test]
fn name_of_two_hosts_is_found_by_every_shard() {
    let text = fleet(6) + "  - domain: [other.example.org, h2.example.org]\n";
    let stage = TestDir::with("fleet.yaml", text);
    for shard in ["1/4", "2/4", "3/4", "4/4"] {
        let ran = stage.run(&["render", "--fleet", "fleet.yaml", "--shard", shard, "-o", "out/"]);
        assert_eq!((ran.exit, ran.codes()), (Some(2), vec!["host-duplicate"]), "{shard}: {}", ran.stderr);
    }
    assert_eq!(stage.paths(), ["fleet.yaml"]);
}

#[test]
fn merge_names_what_is_missing_or_in_conflict() {
    let stage = TestDir::with("fleet.yaml", fleet(5));
    let render =
        |shard: &str, to: &str| run(&stage, &["render", "--fleet", "fleet.yaml", "--shard", shard, "-o", to]);
    let rejected = |directory: &str, why: &str| {
        let ran = stage.run(&["merge", directory]);
        assert_eq!(ran.exit, Some(2));
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    };
    render("1/3", "a/");
    rejected("a", "lacks shards: 2/3, 3/3");
    render("1/2", "a/");
    rejected("a", "has shards of two splits");
    render("1/2", "b/");
    render("2/2", "b/");
    stage.put("b/MANIFEST.1-of-2.json", stage.read("b/MANIFEST.2-of-2.json"));
    rejected("b", "shard-conflict");
    render("1/1", "c/");
    std::fs::remove_dir_all(stage.join("c/h0.example.org")).unwrap();
    rejected("c", "`h0.example.org` is in the manifest of its shard");
    std::fs::create_dir(stage.join("d")).unwrap();
    rejected("d", "has no manifest of a shard");
}

#[test]
fn host_that_leaves_the_fleet_is_removed_by_its_shard_alone() {
    let stage = TestDir::with("fleet.yaml", fleet(4));
    for shard in ["1/2", "2/2"] {
        run(&stage, &["render", "--fleet", "fleet.yaml", "--shard", shard, "-o", "out/"]);
    }
    run(&stage, &["merge", "out"]);
    stage.put("fleet.yaml", fleet(3));
    for shard in ["1/2", "2/2"] {
        run(&stage, &["render", "--fleet", "fleet.yaml", "--shard", shard, "-o", "out/"]);
    }
    run(&stage, &["merge", "out"]);
    run(&stage, &["render", "--fleet", "fleet.yaml", "-o", "whole/"]);
    assert_equal(&stage, "whole", "out");
}

#[test]
fn every_message_about_a_fleet_names_its_hosts() {
    let stage = TestDir::with(
        "one.yaml",
        "hosts:\n  - domain: a.example.org\n    mail: x@\n  - domain: b.example.org\n",
    );
    stage
        .put("all.yaml", "defaults: {mail: x@}\nhosts: [{domain: a.example.org}, {domain: b.example.org}]\n");
    stage.put(
        "late.yaml",
        "hosts:\n  - domain: a.example.org\n  - domain: b.example.org\n    faasd: {timeout: soon}\n",
    );
    for (file, hosts) in [
        ("one.yaml", vec!["a.example.org"]),
        ("all.yaml", vec!["a.example.org", "b.example.org"]),
        ("late.yaml", vec!["b.example.org"]),
    ] {
        for command in ["list", "render", "check"] {
            let ran = stage.run(&[command, "--fleet", file, "--message-format", "json"]);
            assert_eq!(ran.exit, Some(2));
            let finding: Value = serde_json::from_str(ran.stderr.lines().next().unwrap()).unwrap();
            assert_eq!(finding["hosts"], Value::from(hosts.clone()), "{command} {file}: {finding}");
        }
        let ran = stage.run(&["list", "--fleet", file]);
        let name = if hosts.len() == 1 { "host" } else { "hosts" };
        assert!(ran.stderr.contains(&format!("\n{name}: {}\n", hosts.join(", "))), "{}", ran.stderr);
    }
}

#[test]
fn check_of_a_directory_checks_every_host_of_the_fleet() {
    let stage = TestDir::with("fleet.yaml", fleet(3));
    run(&stage, &["render", "--fleet", "fleet.yaml", "-o", "out/"]);
    assert_eq!(run(&stage, &["check", "out", "--no-programs"]), "clean: 3 hosts\n");
    let unit = "out/h2.example.org/root/etc/systemd/system/faasd.service";
    stage.put(unit, stage.read(unit).replace("MemoryMax=500M", "MemoryMax=500MB"));
    let ran = stage.run(&["check", "out/", "--no-programs"]);
    assert_eq!(ran.exit, Some(1));
    assert!(ran.text().starts_with("1 host: h2.example.org\n"), "{}", ran.text());
    assert!(ran.text().ends_with("findings on 1 of 3 hosts\n"), "{}", ran.text());
    let json: Value =
        serde_json::from_str(stage.run(&["check", "out", "--no-programs", "--format", "json"]).text())
            .unwrap();
    assert_eq!((&json["hosts"], &json["clean"], &json["faulty"]), (&3.into(), &2.into(), &1.into()));
    for finding in json["groups"][0]["report"]["findings"].as_array().unwrap() {
        assert_eq!(finding["hosts"], Value::from(vec!["h2.example.org"]));
    }
    let sarif: Value =
        serde_json::from_str(stage.run(&["check", "out", "--no-programs", "--format", "sarif"]).text())
            .unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(
        results.iter().any(|result| {
            let place = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            place["uri"] == unit && place["uriBaseId"] == "%SRCROOT%"
        }),
        "{results:?}"
    );
    std::fs::remove_dir_all(stage.join("out/h1.example.org")).unwrap();
    let ran = stage.run(&["check", "out", "--no-programs"]);
    assert!(ran.exit == Some(1) && ran.text().contains("the host has no directory"), "{}", ran.text());
}

#[test]
fn diff_of_host_files_leaves_the_documents_out() {
    let stage = TestDir::with("fleet.yaml", fleet(3));
    let host = ["-d", "a.example.org", "--set", "faasd.gateway_port=9000"];
    run(&stage, &["render", "-d", "a.example.org", "-o", "one/"]);
    run(&stage, &[&["render", "-o", "two/"], &host[..]].concat());
    run(&stage, &["render", "--fleet", "fleet.yaml", "-o", "out/"]);
    let paths = |args: &[&str]| {
        let ran = stage.run(&[&["diff", "--name-only", "--host-files"], args].concat());
        assert_eq!(ran.exit, Some(1), "{}", ran.stderr);
        let lines = ran.text().lines().map(str::trim).filter(|line| line.starts_with("root/"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let three = [
        "root/etc/nftables.d/panel.nft",
        "root/etc/nginx/conf.d/default.conf",
        "root/var/lib/faasd/docker-compose.yaml",
    ];
    assert_eq!(paths(&[&["one"], &host[..]].concat()), three);
    assert_eq!(paths(&["one", "two"]), three);
    assert_eq!(
        paths(&["out", "--fleet", "fleet.yaml", "--only-host", "h0*", "--set", "faasd.gateway_port=9000"]),
        three
    );
    // The documents follow from the files on the host: without them, nothing differs.
    stage.put("one/panel.sh", stage.read("one/panel.sh") + "\n");
    assert_eq!(stage.run(&["diff", "-d", "a.example.org", "one", "--host-files"]).exit, Some(0));
    assert_eq!(stage.run(&["diff", "-d", "a.example.org", "one"]).exit, Some(1));
}
