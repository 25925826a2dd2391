//! Messages with hostile text: each output format is parsed back by a reader of that format.

use panelgen::internals::bundle::checkout::CopyKind;
use panelgen::internals::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use panelgen::internals::diagnostics::{Code, Diagnostic, Diagnostics, Location, escape};
use panelgen::internals::inspect::diff::impact::impact;
use panelgen::internals::inspect::diff::printer::OutputMode;
use panelgen::internals::inspect::diff::side::Side;
use panelgen::internals::inspect::diff::{compare, json as diff_json, markdown, stat, text as diff_text};
use panelgen::internals::inspect::html;
use panelgen::internals::inspect::lint::output::{CheckReport, github, json, sarif, text};
use panelgen::internals::inspect::lint::validator_result::{Outcome, Verdict};
use panelgen::internals::values::is_visible;
use proptest::prelude::*;
use serde_json::Value;

/// Syntax of the output formats, and any character.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\n::set-output name=x::y",
        "\r::error::x",
        "::stop-commands::x",
        "%0A",
        "%",
        "\u{1b}[2J",
        "\u{1b}]0;x\u{7}",
        "\u{9b}",
        "\u{202e}",
        "\u{2028}",
        "\u{feff}",
        "```\n",
        "`",
        "![x](http://x)",
        "[x](javascript:x)",
        "<img src=x>",
        "</code></details>",
        "<!--",
        "@everyone",
        "#1",
        "\"",
        "\\",
        "{0}",
        "\0",
        "\t",
        " ",
        "| x |",
        "---\n",
        "é",
    ]);
    let letters = any::<char>().prop_map(String::from);
    prop::collection::vec(prop_oneof![pieces.prop_map(str::to_owned), letters], 1..6)
        .prop_map(|all| all.concat())
}

/// Returns a report with hostile text in every field that can contain text of the input.
fn report(texts: &[String]) -> (Diagnostics, Vec<Verdict>) {
    let mut diagnostics = Diagnostics::default();
    let place = |path: &str| Location::File { path: path.into(), line: 1, column: 2 };
    let mut finding = Diagnostic::new(Code::FileMissing, texts[0].clone())
        .with_parameter(texts[1].clone())
        .with_location(place(&texts[2]))
        .with_location(Location::Flag(texts[3].clone()))
        .with_location(Location::Default(texts[4].clone()))
        .with_hint(texts[5].clone());
    finding.snippet = Some(texts[6].clone());
    diagnostics.push(finding);
    let verdicts = vec![
        Verdict { name: "nginx", outcome: Outcome::Absent(texts[7].clone()) },
        Verdict { name: "nft", outcome: Outcome::Error(texts[0].clone()) },
    ];
    (diagnostics, verdicts)
}

fn is_clean(text: &str) -> bool {
    text.chars().all(|c| c == '\n' || is_visible(c))
}

/// Decodes a message as GitHub's runner does.
fn unescaped(text: &str) -> String {
    text.replace("%0A", "\n").replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
}

/// Returns two trees with hostile text in a path, the manifest and a content.
fn trees(texts: &[String]) -> (FileTree, FileTree) {
    let file = |content: &str| TreeEntry {
        kind: TreeNode::File(content.as_bytes().to_vec()),
        mode: 0o644,
        uid: 0,
        gid: 0,
    };
    let name: String = texts[0].chars().filter(|c| !matches!(c, '/' | '\0')).collect();
    let path = format!("root/etc/x{name}");
    let manifest = serde_json::json!({
        "generator": { "name": "panelgen" },
        "entries": [{ "path": format!("/etc/x{name}"), "component": texts[1], "on_change": texts[2], "owner": texts[3] }],
    });
    let tree = |content: &str| {
        let mut tree = FileTree::default();
        tree.insert("MANIFEST.json".into(), file(&manifest.to_string()));
        tree.insert(path.clone().into(), file(content));
        tree.insert(
            format!("root/l{name}").into(),
            TreeEntry { kind: TreeNode::Link(content.to_owned()), ..file("") },
        );
        tree
    };
    (tree(&texts[4]), tree(&texts[5]))
}

/// Returns the markdown text outside of fences, code spans and `<code>`.
fn outside_of_code(markdown: &str) -> String {
    let (mut outside, mut fence) = (String::new(), None::<String>);
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 && !line[ticks.len()..].contains('`') => fence = Some(ticks),
            None => outside.push_str(&without_spans(line)),
        }
        outside.push('\n');
    }
    assert_eq!(fence, None, "every fence is closed: {markdown}");
    outside
}

fn without_spans(line: &str) -> String {
    let (mut outside, mut rest) = (String::new(), line);
    while let Some(start) = rest.find(['`', '<']) {
        outside.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some(inside) = rest.strip_prefix("<code>") {
            let end = inside.find('<').expect("<code> is closed");
            assert!(inside[end..].starts_with("</code>"), "{line}");
            rest = &inside[end + "</code>".len()..];
        } else if rest.starts_with('`') {
            let run = rest.len() - rest.trim_start_matches('`').len();
            let fence = &rest[..run];
            let mut at = run;
            let end = loop {
                let next = at + rest[at..].find(fence).expect("a code span is closed");
                let length = rest[next..].len() - rest[next..].trim_start_matches('`').len();
                if length == run {
                    break next + run;
                }
                at = next + length;
            };
            rest = &rest[end..];
        } else {
            outside.push('<');
            rest = &rest[1..];
        }
    }
    outside + rest
}

/// Reads a page as a browser does: the names of its tags in order, and its text. A tag that no report has is an error.
fn read_html(page: &str) -> (Vec<&str>, String) {
    const TAGS: &[&str] = &[
        "!DOCTYPE", "b", "body", "code", "details", "div", "h1", "h2", "head", "html", "i", "input", "label",
        "li", "main", "meta", "ol", "p", "pre", "script", "section", "span", "strong", "style", "summary",
        "title", "ul",
    ];
    let (mut tags, mut text, mut rest) = (Vec::new(), String::new(), page);
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = start + rest[start..].find('>').expect("every tag is closed");
        let tag = &rest[start + 1..end];
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
        assert!(TAGS.contains(&name), "{tag}: {page}");
        let attributes = tag
            .split('"')
            .step_by(2)
            .flat_map(|part| part.split_whitespace())
            .filter(|part| part.ends_with('='));
        for attribute in attributes {
            let known = [
                "charset=",
                "class=",
                "content=",
                "data-component=",
                "data-severity=",
                "for=",
                "http-equiv=",
                "id=",
                "lang=",
                "name=",
                "tabindex=",
                "type=",
            ];
            assert!(known.contains(&attribute), "{tag}: {page}");
        }
        tags.push(name);
        rest = &rest[end + 1..];
        if ["script", "style"].contains(&name) && !tag.starts_with('/') {
            rest = &rest[rest.find("</").expect("it is closed")..];
        }
    }
    text.push_str(rest);
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    (tags, text.replace("&amp;", "&"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn report_escapes_hostile_text_in_every_format(texts in prop::collection::vec(hostile(), 8)) {
        let (diagnostics, verdicts) = report(&texts);
        let sheet = CheckReport { diagnostics: &diagnostics, verdicts: &verdicts, required: &[], prefix: "", fallback: "", is_rejected: false, files: 1, others: 0 };

        let written = text::write(&sheet, false);
        prop_assert!(is_clean(&written), "{written:?}");
        let known = |line: &str| {
            ["error[", "  -->", "1 ", "  |", "hint: ", "nginx  ", "nft    ", "1 finding"].iter().any(|begin| line.starts_with(begin))
        };
        prop_assert!(written.lines().all(|line| line.is_empty() || known(line)), "{written}");
        prop_assert!(is_clean(&diagnostics.to_string()) && diagnostics.to_string().lines().count() == 1);

        let written = json::write(&sheet);
        prop_assert!(is_clean(&written));
        let read: Value = serde_json::from_str(&written).unwrap();
        let found = &read["findings"][0];
        prop_assert_eq!(&found["message"], &Value::from(texts[0].as_str()));
        prop_assert_eq!(&found["location"]["file"], &Value::from(texts[2].as_str()));
        prop_assert_eq!(&found["hint"], &Value::from(texts[5].as_str()));
        prop_assert_eq!(&read["validators"][0]["why"], &Value::from(texts[7].as_str()));
        let lines = diagnostics.json();
        prop_assert!(is_clean(&lines) && lines.lines().count() == 1);
        prop_assert_eq!(&serde_json::from_str::<Value>(&lines).unwrap()["message"], &Value::from(texts[0].as_str()));

        let written = sarif::write(&sheet);
        prop_assert!(is_clean(&written));
        let read: Value = serde_json::from_str(&written).unwrap();
        let message = read["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
        prop_assert!(is_clean(message) && message.lines().count() == 3, "{message:?}");
        // Every bracket is escaped, so the text has no link.
        let plain = message.replace("\\\\", "").replace("\\[", "").replace("\\]", "");
        prop_assert!(!plain.contains(['[', ']']), "{message}");

        let written = github::write(&sheet);
        prop_assert!(is_clean(&written));
        let lines: Vec<_> = written.lines().collect();
        prop_assert_eq!(lines.len(), 2, "{}", written);
        let (head, message) = lines[0].strip_prefix("::").unwrap().split_once("::").unwrap();
        prop_assert_eq!(unescaped(message), format!("{}\nhint: {}", escape::line(&texts[0]), escape::line(&texts[5])));
        let file = head.strip_prefix("error file=").unwrap().split(',').next().unwrap();
        prop_assert_eq!(unescaped(file), escape::line(&texts[2]));
        prop_assert!(lines[1].starts_with("::notice title=nginx::not available: "));

        let hosts = [texts[1].clone()];
        let harmless = report(&["x"; 8].map(str::to_owned));
        let without = CheckReport { diagnostics: &harmless.0, verdicts: &harmless.1, ..sheet };
        for (written, plain) in [
            (html::check::write(&sheet), html::check::write(&without)),
            (
                html::check::write_fleet(&sheet, &[(&diagnostics, &hosts)]),
                html::check::write_fleet(&without, &[(&harmless.0, &hosts)]),
            ),
        ] {
            // A tab of the excerpt is printed as it is.
            prop_assert!(is_clean(&written.replace('\t', "")), "{written:?}");
            let (tags, text) = read_html(&written);
            prop_assert_eq!(&tags, &read_html(&plain).0, "{}", written);
            for field in [&texts[0], &texts[2], &texts[3], &texts[5], &texts[7]] {
                prop_assert!(text.contains(&*escape::line(field)), "{field:?}: {text}");
            }
        }
    }

    #[test]
    fn diff_escapes_hostile_text_in_every_format(texts in prop::collection::vec(hostile(), 6)) {
        let (old, new) = trees(&texts);
        let (old, new) = (Side::read(&old, CopyKind::Exact), Side::read(&new, CopyKind::Exact));
        let comparison = compare(&old, &new);
        let impact = impact(&comparison);

        let written = String::from_utf8(markdown::write(&comparison, &impact, 3)).unwrap();
        // A tab of the content is printed as it is.
        prop_assert!(is_clean(&written.replace('\t', "")), "{written:?}");
        let outside = outside_of_code(&written);
        for sign in ["@", "](", "http", "<img", "<!--", "#1", "[x"] {
            prop_assert!(!outside.contains(sign), "{sign}: {outside}\n\n{written}");
        }
        let tags = outside.matches('<').count();
        let own = ["<details>", "</details>", "<summary>", "</summary>"].map(|tag| outside.matches(tag).count());
        prop_assert_eq!(tags, own.iter().sum::<usize>(), "{}", outside);

        let written = String::from_utf8(diff_json::write(&comparison, &impact, 3)).unwrap();
        prop_assert!(is_clean(&written) && serde_json::from_str::<Value>(&written).is_ok());

        let page = html::diff::write(&serde_json::from_str(&written).unwrap(), None);
        prop_assert!(is_clean(&page.replace('\t', "")), "{page:?}");
        read_html(&page);

        for reader in [OutputMode::Raw, OutputMode::Plain] {
            let written = diff_text::write(&comparison, &impact, 3, reader);
            for line in written.split(|byte| *byte == b'\n') {
                let begins = [&b"# "[..], b"#", b"diff --git ", b"--- ", b"+++ ", b"@@ ", b"+", b"-", b" ", b"\\ ", b"old mode",
                    b"new mode", b"new file", b"deleted file", b"index ", b"similarity", b"rename ", b"Secret files", b"Binary files"];
                prop_assert!(line.is_empty() || begins.iter().any(|begin| line.starts_with(begin)), "{}", line.escape_ascii());
            }
            let written = String::from_utf8(stat::write(&comparison, &impact, reader)).unwrap();
            prop_assert!(is_clean(&written), "{written:?}");
            prop_assert!(written.lines().all(|line| !line.starts_with("::")));
        }
    }
}
