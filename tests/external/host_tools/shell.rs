//! Shell scripts, read by the other shell that may run them: bash is `/bin/sh` on the Red Hat family. shellcheck and
//! this machine's own `sh` are asked by `panelgen check`.

use std::fs;
use std::process::Command;

use super::case::{CASES, distinct};
use crate::support::test_dir::TestDir;
use crate::support::test_dir::run;
use crate::support::tools;

#[test]
fn bash_has_nothing_to_say() {
    let scratch = TestDir::new();
    let files = CASES.iter().flat_map(|case| {
        case.files()
            .filter(|(_, text)| text.starts_with("#!"))
            .chain(case.like("", "/pai-mate-env"))
            .map(|(path, text)| (case.name.as_str(), (path, text)))
    });
    let mut heard = 0;
    for ((path, text), cases) in distinct(files) {
        let file = scratch.path.join("script");
        fs::write(&file, text).unwrap();
        let Some(bash) = tools::find("bash") else { return };
        let said = run(Command::new(bash).arg("-n").arg(&file), b"");
        let words = format!("{}{}", said.text(), said.stderr);
        assert!(said.exit == Some(0) && words.is_empty(), "{path} of {}: {words}", cases.join(", "));
        heard += 1;
    }
    assert!(heard > 2, "{heard} scripts");
}
