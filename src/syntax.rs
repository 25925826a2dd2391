//! What a value means is decided by the grammar it lands in: one dialect per grammar.

mod line;
mod nginx;
mod output;
mod shell;
mod systemd;
pub mod yaml;

pub(crate) use output::Output;
pub use shell::word as shell_word;

/// The grammar of a rendered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Syntax {
    /// nginx's configuration language.
    Nginx,
    /// systemd's units and their drop-ins.
    Systemd,
    /// POSIX shell.
    Sh,
    /// Lines of bare words, without any quoting: sysctl, modules-load, resolv.conf, nft.
    Line,
    /// A text that takes no values.
    Literal,
}

/// A stretch of a rendered template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    /// The template's own text.
    Literal(&'a str),
    /// The plain text of a value.
    Expr(&'a str),
}

/// Why a piece cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EscapeError {
    /// The index of the piece.
    pub(crate) piece: usize,
    /// What is wrong; never the value.
    pub(crate) why: String,
}

impl Syntax {
    /// The dialect of the file at `path`, without a leading `/`; none if the path is not known.
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

    /// Writes every piece, in order, so that the reader of the file gets back exactly each value.
    pub(crate) fn write(self, pieces: &[Segment<'_>]) -> Result<Output, EscapeError> {
        match self {
            Self::Nginx => nginx::write(pieces),
            Self::Systemd => systemd::write(pieces),
            Self::Sh => shell::write(pieces),
            Self::Line => line::write(pieces),
            Self::Literal => literal(pieces),
        }
    }
}

fn literal(pieces: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut output = Output::of(pieces);
    for (at, piece) in pieces.iter().enumerate() {
        output.begin();
        match piece {
            Segment::Literal(text) => output.push(text),
            Segment::Expr(_) => {
                return Err(EscapeError { piece: at, why: "this file takes no values".into() });
            }
        }
    }
    Ok(output)
}

/// Whether `text` is a bare word in every grammar we write.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(&byte))
}

/// Whether the template's `text` ends in the beginning of a variable (`$`, `$na`, `${na`), so that what
/// follows it would become part of the name.
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
    fn what_is_passed_over_reads_as_character_by_character() {
        // What each grammar gives a meaning to, and plain words between.
        let token = "[a-z]{1,5}|[ \n\t'\"\\\\{};#$=%:\\[\\]()`<>|&~é]|\\$\\(|\\$\\{|<<E\n|\nE\n|ExecStart=|\\[Service\\]\n|server_name |if ";
        let text = || proptest::string::string_regex(&format!("({token}){{0,12}}")).unwrap();
        let value = proptest::string::string_regex("[a-z/.]{1,6}|[a-z ]{1,6}|1").unwrap();
        let config = Config { failure_persistence: None, cases: 2_000, ..Config::default() };
        let both = std::cell::Cell::new((0, 0));
        TestRunner::new(config)
            .run(&(text(), value, text()), |(before, value, after)| {
                for dialect in [Syntax::Nginx, Syntax::Systemd, Syntax::Sh, Syntax::Line] {
                    let whole = [Segment::Literal(&before), Segment::Expr(&value), Segment::Literal(&after)];
                    let cut = [letters(&before), vec![Segment::Expr(&value)], letters(&after)].concat();
                    let told = |pieces: &[Segment<'_>]| {
                        dialect.write(pieces).map(|output| output.text).map_err(|refused| refused.why)
                    };
                    let (one, other) = (told(&whole), told(&cut));
                    let (good, bad) = both.get();
                    both.set(if one.is_ok() { (good + 1, bad) } else { (good, bad + 1) });
                    prop_assert_eq!(one, other, "{:?}", dialect);
                }
                Ok(())
            })
            .unwrap();
        let (good, bad) = both.get();
        assert!(good > 300 && bad > 300, "{good} {bad}");
    }
}
