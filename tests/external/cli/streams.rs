//! stdout as a pipe, a file, a full disk, a terminal.

use std::fs::File;
use std::process::Stdio;

use crate::support::test_dir::{PROGRAM, TestDir, run};
use crate::support::tools::has;

const RENDER: [&str; 3] = ["render", "-d", "panel.example.org"];

#[test]
fn the_stream_is_the_file() {
    let stage = TestDir::new();
    let stream = stage.run(&RENDER);
    let dash = stage.run(&[&RENDER[..], &["-o", "-"]].concat());
    assert_eq!(stage.run(&[&RENDER[..], &["-o", "x.tar"]].concat()).exit, Some(0));
    let file = std::fs::read(stage.path.join("x.tar")).unwrap();
    assert_eq!((stream.exit, stream.stderr.as_str()), (Some(0), ""));
    assert!(stream.stdout == file && dash.stdout == file);
    assert_eq!(&file[257..263], b"ustar\0");
}

#[test]
fn tar_unpacks_the_stream_to_the_directory_form() {
    if !has("tar") {
        return;
    }
    let stage = TestDir::new();
    stage.run(&[&RENDER[..], &["-o", "written/"]].concat());
    std::fs::create_dir(stage.path.join("unpacked")).unwrap();
    let script = "\"$0\" render -d panel.example.org | tar -xC unpacked && diff -r written unpacked";
    let ran =
        run(std::process::Command::new("sh").args(["-c", script, PROGRAM]).current_dir(&stage.path), b"");
    assert_eq!((ran.exit, ran.text(), ran.stderr.as_str()), (Some(0), "", ""));
}

#[test]
fn a_reader_that_goes_away_is_no_reason_for_words() {
    let stage = TestDir::new();
    let script = "{ \"$0\" render -d panel.example.org; echo $? >exit; } | head -c1 | wc -c";
    let ran =
        run(std::process::Command::new("sh").args(["-c", script, PROGRAM]).current_dir(&stage.path), b"");
    assert_eq!((ran.text().trim(), ran.stderr.as_str()), ("1", ""));
    assert_eq!(stage.read("exit"), "0\n");
}

#[test]
fn a_full_disk_is_an_error() {
    let stage = TestDir::new();
    for args in [&RENDER[..], &["targets"], &["list", "-d", "panel.example.org"], &["--help"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output =
            stage.command(args).stdout(full).stderr(Stdio::piped()).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains("No space left"), "{args:?}: {stderr}");
    }
}

#[test]
fn a_file_without_a_tar_suffix_is_explained() {
    let stage = TestDir::new();
    let into = |name: &str| {
        let file = File::create(stage.path.join(name)).unwrap();
        let output = stage.command(RENDER).stdout(file).stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stderr).unwrap()
    };
    let note = into("bundle");
    assert!(note.contains("bundle") && note.contains("tar -xf") && note.contains("-o DIR/"), "{note}");
    assert_eq!(into("bundle.tar"), "");
}

#[test]
fn a_terminal_gets_a_preview_and_never_an_archive() {
    if !has("script") {
        return;
    }
    let stage = TestDir::with("secret.txt", "hunter-2-fake");
    let on_a_terminal = |args: &str| {
        let line = format!("{PROGRAM} {args}");
        let mut command = std::process::Command::new("script");
        run(command.args(["-qec", &line, "/dev/null"]).current_dir(&stage.path), b"")
    };
    let preview = on_a_terminal("render -d panel.example.org --passinit-file secret.txt");
    let text = String::from_utf8(preview.stdout).unwrap();
    assert_eq!(preview.exit, Some(0));
    assert!(text.contains("default.conf ") && text.contains("Nothing was written"));
    assert!(!text.contains("hunter") && !text.contains("ustar"));
    for args in ["render -d panel.example.org -o -", "render -d panel.example.org --format tar"] {
        let refused = on_a_terminal(args);
        assert_eq!(refused.exit, Some(2));
        assert!(!refused.stdout.windows(5).any(|window| window == b"ustar"), "{args}");
    }
    let coloured = |args: &str| on_a_terminal(args).stdout.contains(&0x1b);
    assert!(coloured("render"));
    assert!(!coloured("render --color never"));
}
