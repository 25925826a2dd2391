//! dash and bash print the values back.

use std::process::Command;

use super::{hostile, refuses, render, writes};
use crate::support::test_dir::feed;
use crate::support::tools;

const FILE: &str = "panel.sh";

#[test]
fn a_value_is_quoted_only_where_it_must_be() {
    let cases = [
        ("a {{ v }}\n", "/srv/x-1.2_3:4@5+6%7", "a /srv/x-1.2_3:4@5+6%7\n"),
        ("a {{ v }}\n", "a b", "a 'a b'\n"),
        ("a {{ v }}\n", "it's", "a 'it'\\''s'\n"),
        ("a {{ v }}\n", "a\nb", "a 'a\nb'\n"),
        ("a {{ v }}\n", "~", "a '~'\n"),
        ("a --opt={{ v }}/x\n", "a=b,c", "a --opt=a=b,c/x\n"),
        ("a --opt={{ v }}/x\n", "a b", "a --opt='a b'/x\n"),
        ("{{ v }}\n", "a=b", "'a=b'\n"),
        ("{{ v }}\n", "if", "'if'\n"),
        ("a x{b,{{ v }}}\n", "c,d", "a x{b,'c,d'}\n"),
        ("x={{ v }}\n", "$(id)", "x='$(id)'\n"),
        ("a \"x {{ v }}\"\n", "it's; a & b\n#", "a \"x it's; a & b\n#\"\n"),
        ("a 'x {{ v }}'\n", "$(id) `id` \\ \"", "a 'x $(id) `id` \\ \"'\n"),
        ("a \"$(b {{ v }})\" \"${x:-{{ v }}}\" $((1 + 1))\n", "c", "a \"$(b c)\" \"${x:-c}\" $((1 + 1))\n"),
        ("a $((1 + {{ v }}))\n", "8080", "a $((1 + 8080))\n"),
        ("a # {{ v }}\n", "it's $(id)", "a # it's $(id)\n"),
        ("a x#{{ v }}\n", "b c", "a x#'b c'\n"),
        ("cat <<'E'\n{{ v }}\nE\na {{ v }}\n", "$x y", "cat <<'E'\n$x y\nE\na '$x y'\n"),
        ("cat <<-E\n{{ v }}\n\tE\na {{ v }}\n", "x y", "cat <<-E\nx y\n\tE\na 'x y'\n"),
        ("case {{ v }} in\n{{ v }}) a ;;\nesac\n", "x y", "case 'x y' in\n'x y') a ;;\nesac\n"),
        ("a $(b c$) {{ v }}\n", "x y", "a $(b c$) 'x y'\n"),
        ("f() { a {{ v }}; }\n", "x y", "f() { a 'x y'; }\n"),
        ("(cd {{ v }} && a) >{{ v }}\n", "x y", "(cd 'x y' && a) >'x y'\n"),
    ];
    writes(FILE, &cases);
}

#[test]
fn a_value_that_would_mean_more_than_itself_is_refused() {
    let cases = [
        ("a {{ v }}\n", "x\0y", "NUL"),
        ("a \"{{ v }}\"\n", "$x", "double quotes"),
        ("a \"{{ v }}\"\n", "`id`", "double quotes"),
        ("a \"{{ v }}\"\n", "x\"", "double quotes"),
        ("a \"{{ v }}\"\n", "x\\", "double quotes"),
        ("a '{{ v }}'\n", "it's", "single quotes"),
        ("a $(b {{ v }})\n", "c d", "substitution"),
        ("a \"$(b \"$(c {{ v }})\")\"\n", "c d", "substitution"),
        ("a `b {{ v }}`\n", "c d", "substitution"),
        ("a ${x:-{{ v }}}\n", "c}d", "substitution"),
        ("a $(({{ v }}))\n", "x", "a number"),
        ("a $x{{ v }}\n", "y", "the variable before it"),
        ("a \"${x{{ v }}}\"\n", "y", "the variable before it"),
        ("a \\{{ v }}\n", "y", "backslash"),
        ("a ~{{ v }}\n", "root", "as a user name"),
        ("a {{ v }}>b\n", "2", "file descriptor"),
        ("{{ v }}=b\n", "PATH", "the name of a variable"),
        ("# {{ v }}\n", "x\nid", "one line"),
        ("cat <<E\n{{ v }}\nE\n", "$x", "would expand"),
        ("cat <<E\n{{ v }}\nE\n", "E", "could end"),
        ("cat <<'E'\n{{ v }}\nE\n", "x\nE\nid", "control character"),
        ("cat <<E\n$(a {{ v }})\nE\n", "b; id", "substitution"),
        ("cat <<{{ v }}\nE\n", "E", "the delimiter of a here-document"),
        ("cat <<E\n{{ v }}\n", "x", "ends inside"),
        ("a \"{{ v }}\n", "x", "ends inside"),
        ("a $'{{ v }}'\n", "x", "not POSIX"),
        ("a <<<{{ v }}\n", "x", "not POSIX"),
        ("a $(case x in a) b;; esac) {{ v }}\n", "x", "move it into a function"),
    ];
    refuses(FILE, &cases);
}

#[test]
fn dash_and_bash_print_back_every_value_that_is_written() {
    // The template of a word, what it prints, and whether every value can be written there.
    let forms: &[(&str, &str, bool)] = &[
        ("printf '%s\\0' {{ v }}\n", "@", true),
        ("printf '%s\\0' --opt={{ v }}/x{{ v }}\n", "--opt=@/x@", true),
        ("x={{ v }}; printf '%s\\0' \"$x\"\n", "@", true),
        ("f() { printf '%s\\0' \"$1\"; }; f {{ v }} # {{ 'x' }}\n", "@", true),
        ("case {{ v }} in {{ v }}) printf 'same\\0' ;; *) printf 'other\\0' ;; esac\n", "same", true),
        ("printf '%s\\0' \"a {{ v }} b\"\n", "a @ b", false),
        ("printf '%s\\0' 'a {{ v }} b'\n", "a @ b", false),
        ("cat <<'EOF'\na {{ v }} b\nEOF\nprintf '\\0'\n", "a @ b\n", false),
        ("cat <<EOF\na {{ v }} b\nEOF\nprintf '\\0'\n", "a @ b\n", false),
        ("printf '%s\\0' \"$(printf %s {{ v }})${none:-{{ v }}}\"\n", "@@", false),
        ("printf 'x\\0' # {{ v }}\n", "x", false),
    ];
    let mut script = String::from("set -eu\n");
    let mut expected = Vec::new();
    let values = hostile::strings(300);
    for (form, prints, total) in forms {
        let before = expected.len();
        for value in &values {
            match render(FILE, form, value) {
                Ok(text) => {
                    script.push_str(&text);
                    expected.push(prints.replace('@', value));
                }
                Err(error) => assert!(!total, "{value:?}: {error}"),
            }
        }
        assert!(expected.len() > before + 20, "{form} refuses almost everything");
    }
    for shell in ["dash", "bash"] {
        for locale in ["C", "C.UTF-8"] {
            let Some(command) = tools::command(shell) else { continue };
            let printed = run(command, locale, &script);
            let mut parts: Vec<_> = printed.split(|byte| *byte == 0).collect();
            assert_eq!(parts.pop(), Some(&[][..]), "{shell}");
            for (expected, part) in expected.iter().zip(&parts) {
                assert_eq!(String::from_utf8_lossy(part), *expected, "{shell} in {locale}");
            }
            assert_eq!(parts.len(), expected.len(), "{shell} in {locale}");
        }
    }
}

fn run(mut shell: Command, locale: &str, script: &str) -> Vec<u8> {
    let path = std::env::var("PATH").unwrap_or_default();
    let output = feed(shell.env_clear().env("PATH", path).env("LC_ALL", locale), script.as_bytes());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && errors.is_empty(), "{shell:?}: {errors}");
    output.stdout
}
