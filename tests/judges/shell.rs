//! Shell scripts, read by the other shell that may run them: bash is `/bin/sh` on the Red Hat family. shellcheck and
//! this machine's own `sh` are asked by `panelgen check`.

use std::fs;
use std::process::Command;

use crate::case::{CASES, distinct};
use crate::program;
use crate::room::Scratch;

#[test]
fn bash_has_nothing_to_say() {
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
        let Some(bash) = program::find("bash") else { return };
        let said = program::run(Command::new(bash).arg("-n").arg(&file));
        let words = format!("{}{}", said.out, said.err);
        assert!(said.good && words.is_empty(), "{path} of {}: {words}", cases.join(", "));
        heard += 1;
    }
    assert!(heard > 2, "{heard} scripts");
}
