//! Shell scripts, read by shellcheck and by the shells that may run them.

use std::fs;
use std::process::Command;

use crate::case::{CASES, distinct};
use crate::program;
use crate::room::Scratch;

#[test]
fn shells_and_shellcheck_have_nothing_to_say() {
    let scratch = Scratch::new();
    let files = CASES.iter().flat_map(|case| {
        case.files()
            .filter(|(_, text)| text.starts_with("#!"))
            .chain(case.like("", "/pai-mate-env"))
            .map(|(path, text)| (case.name.as_str(), (path, text)))
    });
    let mut heard = 0;
    for ((path, text), cases) in distinct(files) {
        let file = scratch.0.join("script");
        fs::write(&file, text).unwrap();
        let judges: [(&str, &[&str]); 3] =
            [("shellcheck", &["--shell=sh", "--severity=style"]), ("dash", &["-n"]), ("bash", &["-n"])];
        for (judge, arguments) in judges {
            let Some(judge) = program::find(judge) else { continue };
            let said = program::run(Command::new(&judge).args(arguments).arg(&file));
            let words = format!("{}{}", said.out, said.err);
            assert!(said.good && words.is_empty(), "{judge}: {path} of {}: {words}", cases.join(", "));
            heard += 1;
        }
    }
    assert!(heard > 0 || program::find("bash").is_none());
}
