//! A bundle as one text for people: a header line per path, then its content. It cannot be read back.

use std::fmt::Write as _;

use crate::bundle::manifest::octal;
use crate::bundle::{Bundle, hex};

/// The bundle in reading order. Directories are shown only if a component declares them. A secret is shown
/// only by its size: its checksum could reveal a short password.
pub fn write(bundle: &Bundle) -> Vec<u8> {
    let mut text = String::new();
    for (path, entry) in bundle.entries() {
        let Some(content) = entry.content() else {
            if entry.host_file.is_some() {
                open(&mut text);
                line(&mut text, format_args!("{path}/  mode={} owner={}", octal(entry.mode), entry.owner));
            }
            continue;
        };
        open(&mut text);
        if entry.is_secret() {
            line(&mut text, format_args!("{path}  mode={} owner={}", octal(entry.mode), entry.owner));
            write_line(&mut text, format_args!("(secret, {} bytes)", content.len()));
            continue;
        }
        let sum = entry.sha256().as_ref().map(hex).unwrap_or_default();
        line(
            &mut text,
            format_args!("{path}  mode={} owner={} sha256={sum}", octal(entry.mode), entry.owner),
        );
        match str::from_utf8(content) {
            Err(_) => write_line(&mut text, format_args!("(not text, {} bytes)", content.len())),
            Ok(content) => {
                text.push_str(content);
                if !content.is_empty() && !content.ends_with('\n') {
                    write_line(&mut text, format_args!("\n(no newline at the end)"));
                }
            }
        }
    }
    text.into_bytes()
}

/// Separates two paths by an empty line.
fn open(text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
}

fn line(text: &mut String, args: std::fmt::Arguments<'_>) {
    write_line(text, format_args!("# ==> {args} <=="));
}

fn write_line(text: &mut String, args: std::fmt::Arguments<'_>) {
    writeln!(text, "{args}").expect("a String takes every write");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Entry, HostFileMeta};
    use crate::components::file_spec::{OnChange, Owner};

    fn placed(secret: bool) -> HostFileMeta {
        HostFileMeta { component: "faasd", on_change: OnChange::Nothing, secret }
    }

    #[test]
    fn text_is_in_order_and_hides_secrets() {
        let mut bundle = Bundle::default();
        bundle.insert("MANIFEST.json".into(), Entry::file(b"{}\n", 0o600, Owner::root(), None));
        bundle.insert("root/a".into(), Entry::file(b"one\ntwo", 0o755, Owner::root(), Some(placed(false))));
        bundle.insert("root/b".into(), Entry::directory(0o700, Owner::root(), Some(placed(false))));
        bundle.insert("root/b/c".into(), Entry::file(b"hunter2", 0o644, Owner::root(), Some(placed(true))));
        bundle.insert("root/d".into(), Entry::file(vec![0xff], 0o644, Owner::root(), Some(placed(false))));
        let text = String::from_utf8(write(&bundle)).unwrap();
        let one = hex(&crate::bundle::sha256(b"one\ntwo"));
        let bad = hex(&crate::bundle::sha256(&[0xff]));
        assert_eq!(
            text,
            format!(
                "# ==> MANIFEST.json  mode=0600 owner=root:root <==\n(secret, 3 bytes)\n\n\
                 # ==> root/a  mode=0755 owner=root:root sha256={one} <==\none\ntwo\n(no newline at the end)\n\n\
                 # ==> root/b/  mode=0700 owner=root:root <==\n\n\
                 # ==> root/b/c  mode=0644 owner=root:root <==\n(secret, 7 bytes)\n\n\
                 # ==> root/d  mode=0644 owner=root:root sha256={bad} <==\n(not text, 1 bytes)\n"
            )
        );
    }
}
