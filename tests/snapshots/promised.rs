//! What is rendered is what is promised.

use camino::Utf8Path;

use crate::case::CASES;
use crate::folder;

#[test]
fn every_case_renders_what_it_promises_byte_for_byte() {
    let (promised, out) = (folder::repository("snapshots"), folder::repository("out"));
    let mut wrong = Vec::new();
    for case in CASES.iter() {
        let files = case.files();
        folder::write(&out.join(&case.name), &files);
        let here = promised.join(&case.name);
        if folder::blessing() {
            folder::write(&here, &files);
        }
        let found = folder::differences(&folder::read(&here), &files);
        wrong.extend(found.into_iter().map(|line| format!("{}/{line}", case.name)));
    }
    assert!(wrong.is_empty(), "`cargo bless` if that is meant:\n{}", wrong.join("\n"));
}

#[test]
fn out_holds_no_case_that_is_gone() {
    for folder in ["", "refused"] {
        let promised = folder::folders(&folder::repository("snapshots").join(folder));
        let out = folder::repository("out").join(folder);
        std::fs::create_dir_all(&out).unwrap();
        // The boot test keeps its logs there too.
        let gone = |name: &&String| !promised.contains(*name) && *name != "boot";
        for stale in folder::folders(&out).iter().filter(gone) {
            std::fs::remove_dir_all(out.join(stale)).unwrap();
        }
        assert_eq!(folder::folders(&out).iter().find(gone), None);
    }
}

#[test]
fn a_lost_newline_a_carriage_return_and_a_lost_bit_are_differences() {
    let files = |content: &[u8], program| {
        folder::Files::from([(Utf8Path::new("a/b").to_owned(), (content.to_vec(), program))])
    };
    let promised = files(b"x\ny\n", false);
    assert!(folder::differences(&promised, &promised).is_empty());
    for other in
        [files(b"x\ny", false), files(b"x\r\ny\n", false), files(b"x\ny\n", true), folder::Files::new()]
    {
        assert_eq!(folder::differences(&promised, &other).len(), 1, "{other:?}");
        assert_eq!(folder::differences(&other, &promised).len(), 1, "{other:?}");
    }
}
