//! The HTML reports: self-contained, escaped, in order, readable without a script.

use std::fs;

use crate::support::test_dir::TestDir;

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u{202e}";

fn diff_of_hostile_bundles() -> String {
    let dir = TestDir::new();
    dir.bundle("old", &[]);
    dir.bundle("new", &["-t", "none"]);
    for name in ["old", "new"] {
        let path = dir.path.join(name).join("root/etc/nginx/conf.d/default.conf");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}{HOSTILE} {name};\n")).unwrap();
        fs::write(dir.path.join(name).join(format!("root/<b>{name}")), HOSTILE).unwrap();
    }
    let run = dir.run(&["diff", "old", "new", "--format", "html"]);
    assert_eq!(run.code(), 1, "{}", run.stderr);
    run.text().to_owned()
}

/// The part between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

#[test]
fn report_of_hostile_bundles_has_no_foreign_markup() {
    let page = diff_of_hostile_bundles();
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
    // Words that differ are marked, so the text is split.
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn policy_of_a_report_allows_its_own_style_and_script_only() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use panelgen::internals::bundle::sha256;
    let page = diff_of_hostile_bundles();
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let sum = |text: &str| format!("'sha256-{}'", STANDARD.encode(sha256(text.as_bytes())));
    let style = sum(between(&page, "<style>", "</style>"));
    let script = sum(between(&page, "<script>", "</script>"));
    let wanted = format!(
        "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
    );
    assert_eq!(policy, wanted);
}

#[test]
fn report_has_actions_before_files() {
    let page = diff_of_hostile_bundles();
    let at = |mark: &str| page.find(mark).unwrap_or_else(|| panic!("{mark}"));
    assert!(at("<h2>Actions on the host</h2>") < at("<h2>Files</h2>"));
    assert!(page.contains("stop and disable containerd"));
    assert!(page.contains("data-component="));
}

#[test]
fn report_of_a_check_has_findings_beside_their_lines() {
    let dir = TestDir::new();
    dir.bundle("bundle", &[]);
    let path = dir.path.join("bundle/root/etc/systemd/system/faasd.service");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("MemoryMax=500M", "MemoryMax=<b>500MB")).unwrap();
    let run = dir.run(&["check", "bundle", "--no-programs", "--format", "html"]);
    assert_eq!(run.code(), 1, "{}", run.stderr);
    let page = run.text();
    assert!(
        page.contains("error[unit-value-invalid]") && page.contains("MemoryMax=&lt;b&gt;500MB"),
        "{page}"
    );
    assert!(!page.contains("<b>500MB"));
}

#[test]
fn report_of_a_fleet_has_one_section_for_hosts_with_the_same_changes() {
    let dir = TestDir::new();
    let hosts: String = (0..30).map(|at| format!("  - {{domain: h{at}.example.com}}\n")).collect();
    dir.put("fleet.yaml", format!("defaults: {{panel: none}}\nhosts:\n{hosts}"));
    assert_eq!(dir.run(&["render", "--fleet", "fleet.yaml", "-o", "fleet/"]).code(), 0);
    let set = "nginx.client_max_body_size=5m";
    let run = dir.run(&["diff", "--fleet", "fleet.yaml", "--set", set, "fleet/", "--format", "html"]);
    assert_eq!(run.code(), 1, "{}", run.stderr);
    let page = run.text();
    assert_eq!(page.matches("<section").count(), 1);
    assert!(
        page.contains("<h2>30 hosts: reload nginx") && page.contains("<li>h29.example.com</li>"),
        "{page}"
    );
    assert_eq!(page.matches("The changes of ").count(), 1, "one host is in full");
    let check = dir.run(&["check", "--fleet", "fleet.yaml", "--no-programs", "--format", "html"]);
    assert_eq!(check.code(), 0, "{}", check.stderr);
    assert!(check.text().contains("panelgen: 0 findings"));
}
