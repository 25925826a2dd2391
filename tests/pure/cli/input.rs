//! Files as editors, shells and other programs write them.

use crate::support::test_dir::TestDir;

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn byte_order_mark_line_ends_and_tabs_between_values_change_nothing() {
    let plain = "domain: a.example.org\nmail: ops@corp.org\n";
    let stage = TestDir::with("plain.yaml", plain);
    stage.put("bom.yaml", format!("\u{feff}{plain}"));
    stage.put("crlf.yaml", plain.replace('\n', "\r\n"));
    stage.put("cr.yaml", plain.replace('\n', "\r"));
    stage.put("tabs.yaml", plain.replace(": ", ":\t"));
    stage.put(
        "schema.yaml",
        format!("# yaml-language-server: $schema=panel.schema.json\n$schema: panel.schema.json\n{plain}"),
    );
    stage.put(
        "schema.json",
        r#"{"$schema": "./panel.schema.json", "domain": "a.example.org", "mail": "ops@corp.org"}"#,
    );
    let rendered = |name: &str| stage.run(&["render", "-f", name, "--format", "json"]);
    let expected = rendered("plain.yaml");
    for name in ["bom.yaml", "crlf.yaml", "cr.yaml", "tabs.yaml", "schema.yaml", "schema.json"] {
        let ran = rendered(name);
        assert_eq!((ran.exit, &ran.stderr), (Some(0), &expected.stderr), "{name}");
        assert!(ran.stdout == expected.stdout, "{name}");
    }
    for (name, text) in [
        ("bom-fleet.yaml", "\u{feff}hosts: [{domain: a.example.org}]\n"),
        ("bom.jsonl", "\u{feff}{\"domain\": \"a.example.org\"}\r\n"),
        ("bom-lines.json", "\u{feff}{\"domain\": \"a.example.org\"}\n{\"domain\": \"b.example.org\"}\n"),
        (
            "schema-fleet.json",
            "{\"$schema\": \"fleet.schema.json\", \"hosts\": [{\"domain\": \"a.example.org\"}]}\n",
        ),
    ] {
        stage.put(name, text);
        let ran = stage.run(&["list", "--fleet", name]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""), "{name}");
        assert!(ran.text().contains("a.example.org"), "{name}");
    }
}

#[test]
fn other_encodings_and_tabs_in_the_indentation_are_one_error_with_the_way_out() {
    let stage = TestDir::with("utf16.yaml", utf16("domain: a.example.org\n"));
    stage.put("fleet16.yaml", utf16("hosts: [{domain: a.example.org}]\n"));
    stage.put("latin1.yaml", b"domain: a.example.org\nmail: \xfc@corp.org\n");
    stage.put("tabs.yaml", "domain: a.example.org\nfaasd:\n\ttimeout: 5m\n");
    for (args, place, hint) in [
        (["-f", "utf16.yaml"], "utf16.yaml:1:1", "save it as UTF-8"),
        (["--fleet", "fleet16.yaml"], "fleet16.yaml:1:1", "save it as UTF-8"),
        (["-f", "latin1.yaml"], "latin1.yaml:2:7", "save it as UTF-8"),
        (["-f", "tabs.yaml"], "tabs.yaml:3:2", "indent with spaces only"),
    ] {
        let ran = stage.run(&[&["list"], &args[..]].concat());
        assert_eq!(ran.exit, Some(2), "{args:?}");
        assert_eq!(ran.stderr.matches("error[").count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--> {place}\n")), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("hint: {hint}")), "{}", ran.stderr);
    }
}

#[test]
fn hint_names_the_working_directory_only_where_it_helps() {
    let stage = TestDir::with("file", "");
    let hint = |args: &[&str]| {
        let ran = stage.run(&[&["list"], args].concat());
        assert_eq!(ran.exit, Some(2), "{args:?}");
        ran.stderr.lines().find_map(|line| line.strip_prefix("hint: ")).unwrap_or_default().to_owned()
    };
    for flag in ["-f", "--fleet"] {
        assert_eq!(hint(&[flag, "absent.yaml"]), "check the path: it is relative to the working directory");
        assert_eq!(hint(&[flag, "/absent/panel.yaml"]), "check the path");
        assert_eq!(hint(&[flag, "/"]), "pass a file with text");
    }
}

#[test]
fn source_date_epoch_makes_no_difference_for_check() {
    let stage = TestDir::new();
    for name in ["x.tar", "x.tar.gz", "x.sh", "x.json", "x.yaml"] {
        let render = ["render", "-d", "a.example.org", "-o", name];
        let written = stage.run_with(&render, &[("SOURCE_DATE_EPOCH", "1700000000")]);
        assert_eq!(written.exit, Some(0), "{name}: {}", written.stderr);
        let check = [&render[..], &["--check"]].concat();
        assert_eq!(stage.run(&check).exit, Some(0), "{name}");
        assert_eq!(stage.run_with(&check, &[("SOURCE_DATE_EPOCH", "5")]).exit, Some(0), "{name}");
        let other = ["render", "-d", "b.example.org", "-o", name, "--check"];
        assert_eq!(stage.run(&other).exit, Some(1), "{name}");
    }
}

#[test]
fn explain_knows_every_code_parameter_and_key_of_a_fleet() {
    use panelgen::internals::config::schema;
    use panelgen::internals::diagnostics::Code;
    let stage = TestDir::new();
    for code in Code::ALL {
        let ran = stage.run(&["explain", code.as_str()]);
        assert!(ran.exit == Some(0) && ran.text().len() > 60, "{}", code.as_str());
    }
    for key in schema::FLEET_KEYS {
        let ran = stage.run(&["explain", key.name]);
        assert!(ran.exit == Some(0) && ran.text().contains("\ntype     "), "{}", key.name);
    }
    for path in ["overrides.units", "overrides.units.faasd.service", "routes[0].path", "tls.acme"] {
        let ran = stage.run(&["explain", path]);
        assert_eq!(ran.exit, Some(0), "{path}: {}", ran.stderr);
        for part in ["\ntype ", "\ndefault ", "\nexample ", "\nFiles that it changes:\n  /"] {
            assert!(ran.text().contains(part), "{path}: {part}\n{}", ran.text());
        }
    }
}
