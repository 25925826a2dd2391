//! Prints a chapter of the documentation that is generated from the schema or from the list of codes.
//!
//!     cargo run --example reference parameters
//!     cargo run --example reference codes
#![allow(clippy::print_stdout, reason = "it prints the chapter")]
#![expect(clippy::disallowed_methods, reason = "the chapter is an argument")]

use panelgen::Code;
use panelgen::internals::config::schema;
use panelgen::internals::diagnostics::wrap::paragraphs;
use panelgen::internals::inspect::explain::ParameterHelp;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("parameters") => parameters(),
        Some("codes") => codes(),
        _ => panic!("pass `parameters` or `codes`"),
    }
}

/// Each parameter of the schema: a section for each key of the document, a heading for each key below it.
fn parameters() {
    println!("# Reference of parameters\n");
    println!(
        "Generated from the schema. `panelgen explain PARAMETER` also lists the files that a parameter changes."
    );
    let mut paths = schema::paths();
    // A map comes before its keys.
    paths.sort();
    for help in paths.iter().filter_map(|path| ParameterHelp::of_schema(path)) {
        let level = if help.path.contains('.') { "###" } else { "##" };
        println!("\n{level} `{}`\n\n{}\n", help.path, markdown(help.description));
        println!("- Type: {}", markdown(&help.value_type));
        match &help.default {
            Some(default) => println!("- Default: `{default}`"),
            None if help.keys.is_empty() => println!("- Default: none"),
            None => {}
        }
        if let Some(example) = &help.example {
            println!("- Example: `{example}`");
        }
        if !help.keys.is_empty() {
            let keys = help.keys.iter().map(|(key, _)| format!("[`{key}`](#{})", anchor(&help.path, key)));
            println!("- Keys: {}", keys.collect::<Vec<_>>().join(", "));
        }
    }
}

/// The anchor of a heading, as mdBook and code hosts derive it.
fn anchor(path: &str, key: &str) -> String {
    format!("{path}{key}").replace('.', "")
}

/// Each code, with what it means and how to fix it.
fn codes() {
    println!("# Codes\n\nThe codes of all diagnostics, also printed by `panelgen explain CODE`.");
    let parameters =
        Code::ALL.iter().filter(|code| !Code::OF_CHECK.contains(code) && !Code::OF_FILES.contains(code));
    let chapters = [
        ("Parameters and arguments", parameters.copied().collect::<Vec<_>>()),
        ("Findings of `panelgen check`", Code::OF_CHECK.to_vec()),
        ("Files and directories", Code::OF_FILES.to_vec()),
    ];
    for (title, mut codes) in chapters {
        println!("\n## {title}");
        codes.sort_by_key(|code| code.as_str());
        for code in codes {
            println!("\n### {}\n\n*{}.*", code.as_str(), code.severity().as_str());
            for paragraph in paragraphs(code.explanation()) {
                println!("\n{}", markdown(&paragraph));
            }
        }
    }
}

/// A text without markup of HTML. Code in backticks stays as it is.
fn markdown(text: &str) -> String {
    let escape = |(at, part): (usize, &str)| {
        if at % 2 == 0 { part.replace('<', "&lt;").replace('*', "\\*") } else { format!("`{part}`") }
    };
    text.split('`').enumerate().map(escape).collect()
}
