//! systemd's own manager reads the units and tells what it understood.

use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::{hostile, refuses, render, writes};
use crate::support::test_dir::TestDir;
use crate::support::tools;

const FILE: &str = "etc/systemd/system/x.service";

#[test]
fn a_value_is_quoted_only_where_it_must_be() {
    let cases = [
        ("ExecStart=/x {{ v }} y\n", "/srv/a=b,c#d;e~f*{g}", "ExecStart=/x /srv/a=b,c#d;e~f*{g} y\n"),
        ("ExecStart=/x {{ v }} y\n", "a b", "ExecStart=/x \"a b\" y\n"),
        ("ExecStart=/x {{ v }}\n", "100% $x", "ExecStart=/x \"100%% $$x\"\n"),
        ("ExecStart=/x {{ v }}\n", "100%$x", "ExecStart=/x 100%%$$x\n"),
        ("ExecStart=/x {{ v }}\n", ";", "ExecStart=/x \";\"\n"),
        ("ExecStart=/x {{ v }}\n", "#", "ExecStart=/x \"#\"\n"),
        ("ExecStart=/x {{ v }}\n", "a\\\"\n\t\u{1}", "ExecStart=/x \"a\\\\\\\"\\n\\t\\x01\"\n"),
        ("ExecStart=/x --a={{ v }}/%i\n", "b c", "ExecStart=/x \"--a=b c/%i\"\n"),
        ("ExecStart=/x --a={{ v }}/%i\n", "b", "ExecStart=/x --a=b/%i\n"),
        (
            "ExecStart=/x '--a={{ v }}' \"{{ v }}\"\n",
            "it's \"b\"",
            "ExecStart=/x '--a=it\\'s \"b\"' \"it's \\\"b\\\"\"\n",
        ),
        (
            "ExecStart=/x \\\n  {{ v }} \\\n  # {{ v }}\n  {{ v }}\n",
            "a b",
            "ExecStart=/x \\\n  \"a b\" \\\n  # a b\n  \"a b\"\n",
        ),
        ("ExecStart=-{{ v }}/x ; {{ v }}/y\n", "/o p%", "ExecStart=\"-/o p%%/x\" ; \"/o p%%/y\"\n"),
        ("Environment=A={{ v }} B=1\n", "$x", "Environment=A=$x B=1\n"),
        ("Environment=A={{ v }} B=1\n", "x y%", "Environment=\"A=x y%%\" B=1\n"),
        ("Environment=\"A={{ v }}\"\n", "x", "Environment=\"A=x\"\n"),
        ("WorkingDirectory={{ v }}\n", "/a b%\\c", "WorkingDirectory=/a b%%\\c\n"),
        ("ConditionPathExists=!{{ v }}\n", "/a b", "ConditionPathExists=!/a b\n"),
        ("ReadWritePaths={{ v }} /x\n", "/a b\\", "ReadWritePaths=\"/a b\\\\\" /x\n"),
        ("Description=The {{ v }}\n", "\"a\" \\b 'c' 5%", "Description=The \"a\" \\b 'c' 5%%\n"),
        ("Documentation=https://{{ v }}/\n", "x.y?a=1%20", "Documentation=https://x.y?a=1%%20/\n"),
        ("After={{ v }}.service\n", "a-b@c", "After=a-b@c.service\n"),
        ("MemoryMax={{ v }}\n", "500M", "MemoryMax=500M\n"),
        ("OOMScoreAdjust={{ v }}\n", "-999", "OOMScoreAdjust=-999\n"),
        ("OnCalendar={{ v }}\n", "Mon *-*-* 03:00:00", "OnCalendar=Mon *-*-* 03:00:00\n"),
        ("TimeoutStartSec={{ v }}\n", "1min 30s", "TimeoutStartSec=1min 30s\n"),
        ("# {{ v }}\nUser={{ v }}\n", "a", "# a\nUser=a\n"),
    ];
    writes(FILE, &cases);
}

#[test]
fn a_value_that_would_mean_more_than_itself_is_refused() {
    let cases = [
        ("ExecStart={{ v }}\n", "x", "an absolute path"),
        ("ExecStart=-{{ v }}\n", "-/x", "an absolute path"),
        ("ExecStart=/{{ v }}\n", "a\"b", "the path of a program"),
        ("ExecStart=/x\\x20{{ v }}\n", "a b", "write them in the template"),
        ("ExecStart=/x a\"b\"{{ v }}\n", "a b", "write them in the template"),
        ("ExecStart=/x $A{{ v }}\n", "b", "the variable before it"),
        ("ExecStart=/x ${A{{ v }}}\n", "b", "the variable before it"),
        ("ExecStart=/x %{{ v }}\n", "i", "a specifier"),
        ("Description=%{{ v }}\n", "i", "a specifier"),
        ("ExecStart=/x \\{{ v }}\n", "i", "backslash before"),
        ("Environment={{ v }}\n", "A=b", "write `NAME=`"),
        ("Environment=A{{ v }}=b\n", "B", "write `NAME=`"),
        ("Environment=A={{ v }}\n", "\u{1b}", "older systemd"),
        ("WorkingDirectory={{ v }}\n", "x", "absolute"),
        ("WorkingDirectory={{ v }}\n", "-/x", "absolute"),
        ("WorkingDirectory={{ v }}\n", "/x\ny", "a newline"),
        ("WorkingDirectory={{ v }}\n", "/x\\", "join a line"),
        ("WorkingDirectory=/a/{{ v }}\n", "../x", "cannot contain `..`"),
        ("WorkingDirectory=/a/.{{ v }}\n", ".", "cannot contain `..`"),
        ("WorkingDirectory={{ v }}\n", "/x ", "white space"),
        ("EnvironmentFile={{ v }}\n", "/x*", "a pattern"),
        ("ReadWritePaths={{ v }}\n", "-/x", "absolute"),
        ("ReadWritePaths=/{{ v }}\n", "x\ny", "control character"),
        ("BindPaths={{ v }}\n", "/x y:/z", "a bare word"),
        ("Description={{ v }}\n", "a\nExecStart=/x", "a newline"),
        ("Description={{ v }}\n", "a\rb", "a newline"),
        ("Description={{ v }}\n", "a\\", "join a line"),
        ("Description={{ v }}\n", "\u{1b}", "a control character"),
        ("User={{ v }}\n", "a b", "a bare word"),
        ("User={{ v }}\n", "-x", "as an option"),
        ("After={{ v }}\n", "a.service b.service", "one bare word"),
        ("OnCalendar={{ v }}\n", "daily\nUnit=x", "only takes a time"),
        ("RestartSec={{ v }}\n", " 1", "white space"),
        ("{{ v }}=x\n", "User", "a section or a key"),
        ("[{{ v }}]\n", "Unit", "a section or a key"),
        ("# {{ v }}\n", "x\nUser=root", "one line"),
        ("# {{ v }}\nUser=a\n", "x\\", "one line"),
        ("ExecStart=/x {{ v }}\n", "a\0b", "NUL"),
        ("ExecStart=/x {{ v }}\n", "a\u{fffe}b", "noncharacter"),
        ("Description={{ v }}\n", "a\u{fdd0}b", "noncharacter"),
        ("ExecStart=/x \"{{ v }}\n", "a", "inside quotes"),
    ];
    refuses(FILE, &cases);
}

#[test]
fn a_line_may_have_a_mebibyte_and_no_more() {
    let value = "a".repeat((1 << 20) + 1);
    refuses(FILE, &[("ExecStart=/x {{ v }}\n", &value, "1 MiB")]);
}

/// A line of a unit, and what systemd is to tell of it, where `@` is the value.
enum Form {
    /// A command, and its words after the program, as when it is started.
    Command(&'static str, &'static [&'static str]),
    /// A line of `[Service]`, and lines of the dump.
    Service(&'static str, &'static str),
    /// A line of `[Unit]`, and lines of the dump.
    Unit(&'static str, &'static str),
}

const FORMS: &[Form] = &[
    Form::Command("ExecStart=/bin/true {{ v }} end", &["@", "end"]),
    Form::Command("ExecStart=/bin/true --opt={{ v }}/{{ v }} end", &["--opt=@/@", "end"]),
    Form::Command("ExecStart=/bin/true \"a {{ v }}\" 'b {{ v }}' end", &["a @", "b @", "end"]),
    Form::Command("ExecStart=/bin/true \\\n {{ v }} \\\n# {{ '\"' }}\n {{ v }} \\\n end", &["@", "@", "end"]),
    Form::Service("Environment=A={{ v }} B=b", "\t\tEnvironment: A=@\n\t\tEnvironment: B=b\n"),
    Form::Service("Environment=\"C=x {{ v }}\" D=d", "\t\tEnvironment: C=x @\n\t\tEnvironment: D=d\n"),
    Form::Service("WorkingDirectory=/x{{ v }}", "\t\tWorkingDirectory: /x@\n"),
    Form::Service("EnvironmentFile=-/x{{ v }}", "\t\tEnvironmentFile: -/x@\n"),
    Form::Service("ReadWritePaths=/x{{ v }} /end", "\t\tReadWritePaths: /x@ /end\n"),
    // The same reader of lists as the line above has, but told path by path.
    Form::Unit("RequiresMountsFor=/x{{ v }} /end", "\tRequiresMountsFor: /x@ ("),
    Form::Unit("Description=x{{ v }}y", "\tDescription: x@y\n"),
    Form::Unit("ConditionPathExists=!/x{{ v }}", "\tConditionPathExists: !/x@ "),
];

#[test]
fn systemd_understands_every_value_that_is_written() {
    let values = hostile::strings(400);
    let mut written = vec![0; FORMS.len()];
    let mut units = Vec::new();
    for value in &values {
        let mut unit = String::from("[Unit]\nDefaultDependencies=no\n");
        let mut service = String::from("[Service]\nType=oneshot\n");
        let mut commands: Vec<Vec<String>> = Vec::new();
        let mut lines = Vec::new();
        for (form, written) in FORMS.iter().zip(&mut written) {
            let (template, section) = match form {
                Form::Unit(template, _) => (template, &mut unit),
                Form::Command(template, _) | Form::Service(template, _) => (template, &mut service),
            };
            // systemd drops doubled slashes and dots from paths: the same path, another text.
            if template.contains("/x{{") && value.contains(['/', '.']) {
                continue;
            }
            match render(FILE, &format!("{template}\n"), value) {
                Ok(text) => {
                    section.push_str(&text);
                    *written += 1;
                    match form {
                        Form::Command(_, words) => {
                            commands.push(words.iter().map(|word| word.replace('@', value)).collect());
                        }
                        Form::Service(_, told) | Form::Unit(_, told) => lines.push(told.replace('@', value)),
                    }
                }
                Err(error) => {
                    let total = matches!(form, Form::Command(..)) && !error.why.contains("noncharacter");
                    assert!(!total, "{value:?}: {error}");
                }
            }
        }
        if commands.is_empty() {
            service.push_str("ExecStart=/bin/true\n");
            commands.push(Vec::new());
        }
        units.push((unit + &service, commands, lines));
    }
    assert!(written.iter().all(|written| *written > values.len() / 3), "{written:?} of {}", values.len());
    let Some(dump) = dump(units.iter().map(|(text, ..)| text.as_str())) else { return };
    for (n, (text, commands, lines)) in units.iter().enumerate() {
        let head = format!("-> Unit t{n}.service:\n");
        let start = dump.find(&head).unwrap_or_else(|| panic!("systemd did not load\n{text}"));
        let section = dump[start + head.len()..].split("-> Unit ").next().unwrap();
        for line in lines {
            assert!(section.contains(line), "{line:?} is not told of\n{text}\n{section}");
        }
        let told: Vec<Vec<_>> = section
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("Command Line: "))
            .map(|line| words_of(line).iter().skip(1).map(|word| started(word)).collect())
            .collect();
        assert_eq!(told, *commands, "{text}");
    }
}

/// What systemd's manager tells of these units, in its test mode, where nothing is started.
fn dump<'a>(units: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut manager = tools::command("/lib/systemd/systemd")?;
    let directory = TestDir::new();
    let run = directory.join("run");
    std::fs::create_dir(&run).unwrap();
    let mut wants = String::from("[Unit]\nWants=");
    for (n, unit) in units.enumerate() {
        std::fs::write(directory.join(format!("t{n}.service")), unit).unwrap();
        write!(wants, " t{n}.service").unwrap();
    }
    std::fs::write(directory.join("default.target"), wants + "\n").unwrap();
    // It refuses to be tested as root.
    if directory.metadata().unwrap().uid() == 0 {
        std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o777)).unwrap();
        let program = manager.get_program().to_owned();
        manager = tools::command("setpriv")?;
        manager.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
    }
    let output = manager
        .args(["--user", "--test", "--unit=default.target"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", &directory.path)
        .env("XDG_RUNTIME_DIR", &run)
        .env("SYSTEMD_UNIT_PATH", &directory.path)
        .output()
        .unwrap();
    let dump = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && dump.contains("-> Unit t0.service:"), "{}", output.status);
    Some(dump)
}

/// The words of a command line as systemd prints it: in double quotes with C escapes where needed.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![Vec::new()];
    let mut quoted = false;
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        let word = words.last_mut().unwrap();
        match byte {
            b' ' if !quoted => words.push(Vec::new()),
            b'"' => quoted = !quoted,
            b'\\' => match bytes.next().unwrap() {
                b'a' => word.push(7),
                b'b' => word.push(8),
                b't' => word.push(b'\t'),
                b'n' => word.push(b'\n'),
                b'v' => word.push(11),
                b'f' => word.push(12),
                b'r' => word.push(b'\r'),
                digit @ b'0'..=b'3' => {
                    let rest = [bytes.next().unwrap(), bytes.next().unwrap()];
                    word.push(rest.iter().fold(digit - b'0', |n, digit| n * 8 + (digit - b'0')));
                }
                other => word.push(other),
            },
            other => word.push(other),
        }
    }
    words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
}

/// A word as the started program gets it, with no variable set: this is the one step that the test mode
/// does not take.
fn started(word: &str) -> String {
    assert!(!word.starts_with('$') || word.starts_with("$$"), "{word:?} would be a variable");
    assert!(!word.replace("$$", "").contains("${"), "{word:?} would hold a variable");
    word.replace("$$", "$")
}
