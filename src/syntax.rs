//! The syntax of each kind of rendered file, and how a value is escaped in it.

mod line;
pub(crate) mod nginx;
mod output;
pub(crate) mod shell;
pub(crate) mod systemd;
pub mod yaml;

pub(crate) use output::Output;
pub use shell::word as shell_word;

/// The syntax of a rendered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// nginx's configuration language.
    Nginx,
    /// systemd's units and their drop-ins.
    Systemd,
    /// POSIX shell.
    Sh,
    /// Lines of bare words without quoting: sysctl, modules-load, resolv.conf, nft.
    Line,
    /// A text without values.
    Literal,
}

/// A segment of a rendered template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    /// The template's own text.
    Literal(&'a str),
    /// The plain text of a value.
    Expr(&'a str),
}

/// Why a segment cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EscapeError {
    /// The index of the segment.
    pub(crate) segment: usize,
    /// What is wrong, without the value.
    pub(crate) why: String,
}

impl Syntax {
    /// The syntax of the file at `path`, without a leading `/`, or `None` if the path is unknown.
    pub fn of(path: &str) -> Option<Self> {
        let under = |directory: &str| path.starts_with(directory);
        let named = |suffix: &str| path.ends_with(suffix);
        Some(match () {
            () if under("etc/nginx/") => Self::Nginx,
            () if under("etc/systemd/system/") => Self::Systemd,
            () if under("etc/letsencrypt/renewal-hooks/") || under("usr/local/libexec/") => Self::Sh,
            () if named(".sh") || named("-env") => Self::Sh,
            () if under("etc/sysctl.d/") || under("etc/modules-load.d/") => Self::Line,
            () if under("etc/nftables.d/") || named("/resolv.conf") => Self::Line,
            () if under("etc/cni/") || named(".md") => Self::Literal,
            () => return None,
        })
    }

    /// Writes all segments in order, escaped so that the reader of the file gets exactly each value.
    pub(crate) fn write(self, segments: &[Segment<'_>]) -> Result<Output, EscapeError> {
        match self {
            Self::Nginx => nginx::write(segments),
            Self::Systemd => systemd::write(segments),
            Self::Sh => shell::write(segments),
            Self::Line => line::write(segments),
            Self::Literal => literal(segments),
        }
    }
}

fn literal(segments: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut output = Output::of(segments);
    for (at, segment) in segments.iter().enumerate() {
        output.start_segment();
        match segment {
            Segment::Literal(text) => output.push(text),
            Segment::Expr(_) => {
                return Err(EscapeError { segment: at, why: "this file cannot contain values".into() });
            }
        }
    }
    Ok(output)
}

/// Whether `text` is a bare word in every supported syntax.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(&byte))
}

/// Whether the template's `text` ends with the beginning of a variable (`$`, `$na`, `${na`), so that the text
/// after it would become part of the name.
fn ends_in_variable(text: &str) -> bool {
    let head = text.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    head.ends_with('$') || head.ends_with("${")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::prop_assert_eq;
    use proptest::test_runner::{Config, TestRunner};

    use super::*;

    fn letters(text: &str) -> Vec<Segment<'_>> {
        text.split_inclusive(|_| true).map(Segment::Literal).collect()
    }

    #[test]
    fn fast_path_matches_slow_lexer() {
        // Everything with a meaning in some syntax, and plain words between.
        let token = "[a-z]{1,5}|[ \n\t'\"\\\\{};#$=%:\\[\\]()`<>|&~é]|\\$\\(|\\$\\{|<<E\n|\nE\n|ExecStart=|\\[Service\\]\n|server_name |if ";
        let text = || proptest::string::string_regex(&format!("({token}){{0,12}}")).unwrap();
        let value = proptest::string::string_regex("[a-z/.]{1,6}|[a-z ]{1,6}|1").unwrap();
        let config = Config { failure_persistence: None, cases: 2_000, ..Config::default() };
        let both = std::cell::Cell::new((0, 0));
        TestRunner::new(config)
            .run(&(text(), value, text()), |(before, value, after)| {
                for syntax in [Syntax::Nginx, Syntax::Systemd, Syntax::Sh, Syntax::Line] {
                    let whole = [Segment::Literal(&before), Segment::Expr(&value), Segment::Literal(&after)];
                    let cut = [letters(&before), vec![Segment::Expr(&value)], letters(&after)].concat();
                    let written = |segments: &[Segment<'_>]| {
                        syntax.write(segments).map(|output| output.text).map_err(|error| error.why)
                    };
                    let (one, other) = (written(&whole), written(&cut));
                    let (good, bad) = both.get();
                    both.set(if one.is_ok() { (good + 1, bad) } else { (good, bad + 1) });
                    prop_assert_eq!(one, other, "{:?}", syntax);
                }
                Ok(())
            })
            .unwrap();
        let (good, bad) = both.get();
        assert!(good > 300 && bad > 300, "{good} {bad}");
    }
}
