//! Markdown of `panelgen diff`, read by another parser.

use crate::support::diff::pair;
use crate::support::test_dir::{TestDir, feed};
use crate::support::tools;

#[test]
fn markdown_is_read_back_by_another_parser_as_it_was_meant() {
    const READ: &str = r#"
import json, sys
from markdown_it import MarkdownIt
tokens = MarkdownIt("commonmark").parse(sys.stdin.read())
html = "".join(t.content for t in tokens if t.type == "html_block")
fences = [t.content for t in tokens if t.type == "fence"]
code = [c.content for t in tokens if t.type == "inline" for c in t.children if c.type == "code_inline"]
print(json.dumps({"open": html.count("<details>"), "close": html.count("</details>"), "fences": fences, "code": code}))
"#;
    let Some(mut python) = tools::python("markdown_it") else { return };
    let lab = pair();
    let out = lab.run(&["diff", "a", "b", "--format", "markdown"]).text().to_owned();
    let output = feed(python.args(["-c", READ]), out.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let paths = lab.run(&["diff", "a", "b", "--format", "json"]).text().to_owned();
    let paths: serde_json::Value = serde_json::from_str(&paths).unwrap();
    let count = paths["changes"].as_array().unwrap().len();
    assert_eq!((read["open"].as_u64(), read["close"].as_u64()), (Some(count as u64), Some(count as u64)));
    let fences: Vec<&str> =
        read["fences"].as_array().unwrap().iter().map(|fence| fence.as_str().unwrap()).collect();
    assert!(fences.iter().any(|fence| fence.contains("+```\n+````\n+</details>\n")), "{fences:?}");
    assert!(fences.iter().all(|fence| !fence.contains('\u{1b}')));
    // Every patch that JSON has is in a fence, to the letter, where each of its letters can be seen.
    let plain = |diff: &&str| diff.chars().all(|c| c == '\n' || panelgen::internals::values::is_visible(c));
    let diffs = paths["changes"].as_array().unwrap().iter().filter_map(|change| change["diff"].as_str());
    let diffs: Vec<&str> = diffs.filter(plain).collect();
    assert!(diffs.len() >= 4, "{diffs:?}");
    for diff in &diffs {
        assert!(fences.contains(diff), "{diff}\n{fences:#?}");
    }
}

#[test]
fn the_impact_in_markdown_is_read_back_as_the_steps_of_json() {
    const STEPS: &str = r#"
import json, sys
from markdown_it import MarkdownIt
tokens = MarkdownIt("commonmark").parse(sys.stdin.read())
begin = next(i for i, t in enumerate(tokens) if t.type == "ordered_list_open")
end = next(i for i, t in enumerate(tokens) if t.type == "ordered_list_close")
items = [t.children for t in tokens[begin:end] if t.type == "inline"]
print(json.dumps([next(c.content for c in item if c.type == "code_inline") for item in items]))
"#;
    let Some(mut python) = tools::python("markdown_it") else { return };
    let lab = TestDir::new();
    lab.bundle("a/", &[]);
    lab.bundle("b/", &["--set", "faasd.gateway_port=9000", "--set", "faasd.memory_max=600M"]);
    let out = lab.run(&["diff", "a", "b", "--format", "markdown"]).text().to_owned();
    let output = feed(python.args(["-c", STEPS]), out.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    let json = lab.run(&["diff", "a", "b", "--format", "json"]).text().to_owned();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let steps = json["impact"]["steps"].as_array().unwrap().iter();
    let steps: Vec<&str> = steps.map(|step| step["step"].as_str().unwrap()).collect();
    assert!(steps.len() > 3, "{steps:?}");
    assert_eq!(read, steps);
}
