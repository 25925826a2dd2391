//! Patches in the hands of those who apply them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use camino::Utf8Path;
use panelgen::internals::bundle::checkout::CopyKind;
use panelgen::internals::bundle::file_tree::{FileTree, TreeEntry, TreeNode};
use panelgen::internals::inspect::diff::printer::OutputMode;
use panelgen::internals::inspect::diff::side::Side;
use panelgen::internals::inspect::diff::{compare, impact, patch, text};
use proptest::prelude::*;

use crate::support::test_dir::{TestDir, feed};
use crate::support::tools::has;

type Files = BTreeMap<String, (Vec<u8>, bool)>;

fn tree(files: &Files) -> FileTree {
    let mut tree = FileTree::default();
    for (path, (content, executable)) in files {
        for parent in Utf8Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_str().is_empty()) {
            let found = TreeEntry { kind: TreeNode::Directory, mode: 0o755, uid: 0, gid: 0 };
            tree.insert(parent.to_owned(), found);
        }
        let mode = if *executable { 0o755 } else { 0o644 };
        tree.insert(path.into(), TreeEntry { kind: TreeNode::File(content.clone()), mode, uid: 0, gid: 0 });
    }
    tree
}

fn lay(lab: &TestDir, files: &Files) {
    for (path, (content, executable)) in files {
        lab.put_mode(path, content, if *executable { 0o755 } else { 0o644 });
    }
}

/// The files below a directory, and whether they are executable.
fn found(top: &Utf8Path, below: &Utf8Path, files: &mut Files) {
    for entry in fs::read_dir(top.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found(top, &path, files);
        } else {
            let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            files.insert(path.into_string(), (fs::read(entry.path()).unwrap(), executable));
        }
    }
}

fn patch(old: &FileTree, new: &FileTree, context: usize) -> (Vec<u8>, bool) {
    let comparison = compare_trees(old, new);
    let impact = impact::impact(&comparison);
    (text::write(&comparison, &impact, context, OutputMode::Raw), comparison.is_same())
}

fn compare_trees<'a>(
    old: &'a FileTree,
    new: &'a FileTree,
) -> panelgen::internals::inspect::diff::Comparison<'a> {
    let comparison = compare(&Side::read(old, CopyKind::Exact), &Side::read(new, CopyKind::Exact));
    assert!(comparison.changes.iter().all(patch::is_whole), "these trees can come by patch");
    comparison
}

/// Applies the patch from `old` to `new` with a program, and returns what stands there then.
fn applied(program: &[&str], old: &Files, new: &Files, context: usize) -> Files {
    let lab = TestDir::new();
    lay(&lab, old);
    let (patch, same) = patch(&tree(old), &tree(new), context);
    assert_eq!(same, old == new);
    if !same {
        let mut command = Command::new(program[0]);
        // A repository somewhere above is none of git's business here.
        command.args(&program[1..]).current_dir(&lab.path).env("GIT_CEILING_DIRECTORIES", "/");
        let output = feed(&mut command, &patch);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}{err}\n{}", String::from_utf8_lossy(&patch));
    }
    let mut after = Files::new();
    found(&lab.path, "".into(), &mut after);
    after
}

/// Lines with everything that makes a diff stumble: no final newline, CRLF, lone CR, lines that look like a
/// patch's own, tabs, bytes that are no text.
fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "[a-c]{0,2}\n".prop_map(String::into_bytes),
        1 => "[a-c]{0,2}\r\n".prop_map(String::into_bytes),
        1 => prop::sample::select(vec![
            &b"--- a/x\n"[..], b"+++ b/x\n", b"@@ -1 +1 @@\n", b"diff --git a/x b/x\n", b"-\n", b"+\n", b" \n", b"\n",
            b"\\ No newline at end of file\n", b"1d\n", b"# x\n", b"\xff\xfe\n", b"a\rb\n", b"\x1b[31m\n", b"ab\t\n",
        ]).prop_map(<[u8]>::to_vec),
    ]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(line(), 0..12), "[a-c]{0,2}")
        .prop_map(|(lines, end)| [lines.concat(), end.into_bytes()].concat())
}

fn files() -> impl Strategy<Value = Files> {
    let path = prop::sample::select(vec![
        "root/etc/a.conf",
        "root/etc/b b.conf",
        "root/etc/c/d",
        "root/opt/run",
        "root/ü",
        "README.md",
        "panel.sh",
        "q\"uote",
        "back\\slash",
    ]);
    prop::collection::btree_map(path.prop_map(str::to_owned), (content(), any::<bool>()), 0..7)
}

/// A tree made from another by a few edits, so that most of it stays.
fn edited() -> impl Strategy<Value = (Files, Files)> {
    let edit = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), line(), 0..6_u8);
    (files(), files(), prop::collection::vec(edit, 0..5)).prop_map(|(old, fresh, edits)| {
        let mut new = old.clone();
        for (which, at, line, what) in edits {
            let Some(path) =
                (!new.is_empty()).then(|| which.get(&new.keys().cloned().collect::<Vec<_>>()).clone())
            else {
                break;
            };
            match what {
                0 => {
                    new.remove(&path);
                }
                1 => new.get_mut(&path).unwrap().1 ^= true,
                2 => {
                    if let Some(moved) = new.remove(&path) {
                        new.insert(format!("root/moved/{}", path.replace('/', "-")), moved);
                    }
                }
                3 => new.extend(fresh.iter().next().map(|(path, file)| (path.clone(), file.clone()))),
                _ => {
                    let content = &mut new.get_mut(&path).unwrap().0;
                    let at = at.index(content.len() + 1);
                    content.splice(at..at, line);
                }
            }
        }
        (old, new)
    })
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() }
}

#[test]
fn git_apply_makes_the_new_tree_byte_for_byte() {
    if !has("git") {
        return;
    }
    let mut runner = proptest::test_runner::TestRunner::new(config());
    runner
        .run(&(edited(), 0..5_usize), |((old, new), context)| {
            let apply: &[&str] = if context == 0 {
                &["git", "apply", "--whitespace=nowarn", "--unidiff-zero", "-"]
            } else {
                &["git", "apply", "--whitespace=nowarn", "-"]
            };
            prop_assert_eq!(applied(apply, &old, &new, context), new);
            Ok(())
        })
        .unwrap();
}

#[test]
fn patch_makes_the_new_tree_byte_for_byte() {
    if !has("patch") {
        return;
    }
    let mut runner = proptest::test_runner::TestRunner::new(config());
    runner
        .run(&edited(), |(old, new)| {
            // Without an index line, patch does not see files without a byte come and go.
            let seen = |files: &Files| -> Files {
                files
                    .iter()
                    .filter(|(_, (content, _))| !content.is_empty())
                    .map(|(p, f)| (p.clone(), f.clone()))
                    .collect()
            };
            let (old, new) = (seen(&old), seen(&new));
            let apply = ["patch", "-p1", "-s", "-f", "--binary", "--no-backup-if-mismatch"];
            prop_assert_eq!(applied(&apply, &old, &new, 3), new);
            Ok(())
        })
        .unwrap();
}

#[test]
fn the_same_contents_always_have_the_same_lines_however_many_they_are() {
    // Every line differs, and every line is at another place: the worst case for every algorithm.
    let lines = |count: usize, step: usize| -> Vec<u8> {
        (0..count).flat_map(|at| format!("{}\n", at * step % count).into_bytes()).collect()
    };
    let (old, new) = (lines(20_000, 7919), lines(20_001, 104_729));
    let files = |content: Vec<u8>| Files::from([("root/huge".to_owned(), (content, false))]);
    let (old, new) = (files(old), files(new));
    let one = patch(&tree(&old), &tree(&new), 3).0;
    assert_eq!(one, patch(&tree(&old), &tree(&new), 3).0);
    if has("git") {
        assert_eq!(applied(&["git", "apply", "--whitespace=nowarn", "-"], &old, &new, 3), new);
    }
}

#[test]
fn real_bundles_become_each_other() {
    if !has("git") {
        return;
    }
    let lab = TestDir::new();
    lab.bundle("a/", &[]);
    lab.bundle("b/", &["-t", "pai", "--set", "mirror=https://mirror.example/p", "-d", "www.example.com"]);
    let ran = lab.run(&["diff", "a", "b"]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    let mut git = Command::new("git");
    git.args(["apply", "--whitespace=nowarn", "-"])
        .current_dir(lab.join("a"))
        .env("GIT_CEILING_DIRECTORIES", "/");
    let output = feed(&mut git, ran.text());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut one, mut other) = (Files::new(), Files::new());
    found(&lab.join("a"), Utf8Path::new(""), &mut one);
    found(&lab.join("b"), Utf8Path::new(""), &mut other);
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    assert!(one == other);
    // What is left are directories, which no patch brings.
    let left = lab.run(&["diff", "a", "b", "--name-only"]);
    assert!(
        left.text()
            .lines()
            .all(|path| lab.join("b").join(path).is_dir() || lab.join("a").join(path).is_dir()),
        "{}",
        left.text()
    );
}

#[test]
fn bits_that_git_does_not_know_are_told_and_never_spoil_the_patch() {
    if !has("git") {
        return;
    }
    let lab = TestDir::new();
    for (side, mode, executable) in [("a", 0o600, 0o644), ("b", 0o644, 0o755)] {
        lab.put_mode(&format!("{side}/root/etc/bits"), "same\n", mode);
        lab.put_mode(&format!("{side}/root/etc/both"), format!("{side}\n"), mode | 0o040);
        lab.put_mode(&format!("{side}/root/etc/program"), "same\n", executable);
    }
    let ran = lab.run(&["diff", "a", "b"]);
    assert!(ran.text().contains("#   root/etc/bits: mode changes from 0600 to 0644\n"), "{}", ran.text());
    assert!(ran.text().contains("#   root/etc/both: mode changes from 0640 to 0644\n"), "{}", ran.text());
    assert!(ran.text().contains("old mode 100644\nnew mode 100755\n"), "{}", ran.text());
    let mut git = Command::new("git");
    git.args(["apply", "-"]).current_dir(lab.join("a")).env("GIT_CEILING_DIRECTORIES", "/");
    let output = feed(&mut git, ran.text());
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), ran.text());
    assert_eq!(
        lab.run(&["diff", "a", "b", "--name-only"]).text(),
        "root/etc/bits\n",
        "what git writes anew has git's bits; what is left has not"
    );
}
