//! What a template may say, what it may not, and what a refusal tells.

use minijinja::{Value, context};
use panelgen::internals::template::render_text;

const NGINX: &str = "etc/nginx/conf.d/default.conf";

#[track_caller]
fn refused(template: &str, context: Value, expect: &str) {
    let error = render_text(NGINX, template, context).expect_err("this template is refused");
    let expect = format!("templates/{NGINX}.j2:{expect}");
    assert_eq!(error.to_string(), expect);
}

#[test]
fn tags_leave_no_line_and_the_last_newline_stays() {
    let template = "{## seen by authors only ##}\na {{ a }};\n{% for b in list %}\n    b {{ b }};\n{% endfor %}\n{% if none_here is none %}\nc;\n{% endif %}\n";
    let context = context! { a => 1, list => ["x y", "z"], none_here => () };
    let rendered = render_text(NGINX, template, context).unwrap();
    assert_eq!(rendered.text, "a 1;\n    b \"x y\";\n    b z;\nc;\n");
}

#[test]
fn a_line_knows_its_template_lines_and_expressions() {
    let template = "a {{ host.name }};\n{% for b in list %}\nb {{ b }} {{ host.name }}\n  c;\n{% endfor %}\n";
    let context = context! { host => context! { name => "x y" }, list => ["1", "2 3"] };
    let rendered = render_text(NGINX, template, context).unwrap();
    let lines: Vec<_> =
        rendered.lines().into_iter().map(|line| (line.lines.into_inner(), line.expressions)).collect();
    assert_eq!(
        lines,
        [
            ((1, 1), vec!["host.name"]),
            ((3, 3), vec!["b", "host.name"]),
            ((4, 4), vec![]),
            ((3, 3), vec!["b", "host.name"]),
            ((4, 4), vec![]),
        ]
    );
    assert_eq!(rendered.lines()[0].template, "etc/nginx/conf.d/default.conf.j2");
}

#[test]
fn a_shell_may_count_its_lists() {
    let rendered = render_text("panel.sh", "n=${#list}\n", Value::UNDEFINED).unwrap();
    assert_eq!(rendered.text, "n=${#list}\n");
}

#[test]
fn a_name_that_was_not_given_is_refused_by_name() {
    refused("\na {{ b }};\n", context! {}, "2: cannot write `{{ b }}`: `b` is undefined");
    refused(
        "a {{ b.c }};\n",
        context! { b => context! {} },
        "1: cannot write `{{ b.c }}`: `b.c` is undefined",
    );
    let error = render_text(NGINX, "a {{ b.c.d }};\n", context! { b => context! {} }).unwrap_err();
    assert!(error.to_string().contains("`b.c` is undefined"), "{error}");
    let error = render_text(NGINX, "{% if b %}c;{% endif %}\n", context! {}).unwrap_err();
    assert!(error.to_string().contains("`b` is undefined"), "{error}");
}

#[test]
fn what_has_no_text_is_refused() {
    let context = context! { t => true, n => (), l => [1], m => context! { a => 1 }, f => 1.5, e => "" };
    for (name, what) in [
        ("t", "a boolean"),
        ("n", "none"),
        ("l", "a list"),
        ("m", "a map"),
        ("f", "a number with a fraction"),
        ("e", "an empty text"),
    ] {
        let expect = format!("1: cannot write `{{{{ {name} }}}}`: {what} has no text");
        refused(&format!("a {{{{ {name} }}}};\n"), context.clone(), &expect);
    }
}

#[test]
fn safe_and_its_kin_do_not_exist() {
    for expression in ["a|safe", "a|escape", "a|default('x')", "a|replace('x', 'y')", "range(3)", "dict()"] {
        let template = format!("a {{{{ {expression} }}}};\n");
        let error = render_text(NGINX, &template, context! { a => "x" }).unwrap_err();
        assert!(error.to_string().contains("unknown"), "{expression}: {error}");
    }
}

#[test]
fn a_refusal_never_tells_the_value() {
    let context = context! { secret => "hunter2$hunter2\n", n => 3 };
    for (name, template) in [
        (NGINX, "return 200 {{ secret }};\n"),
        (NGINX, "return {{ secret + n }};\n"),
        (NGINX, "return {{ secret.x.y }};\n"),
        (NGINX, "return {{ secret() }};\n"),
        (NGINX, "return {{ secret|upper }};\n"),
        ("etc/systemd/system/x.service", "[Unit]\nDescription={{ secret }}\n"),
        ("panel.sh", "cat <<EOF\n{{ secret }}\nEOF\n"),
        ("README.md", "{{ secret }}\n"),
        ("etc/sysctl.d/90.conf", "a = {{ secret }}\n"),
    ] {
        let error = render_text(name, template, context.clone()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        assert!(error.line.is_some() && error.expression.is_some(), "{error:?}");
    }
}

#[test]
fn an_unknown_path_has_no_dialect() {
    let error = render_text("etc/unknown", "a\n", context! {}).unwrap_err();
    assert_eq!(error.to_string(), "templates/etc/unknown.j2: no syntax is known for this path");
}
