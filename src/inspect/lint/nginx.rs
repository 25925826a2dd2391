//! nginx's files: tokenized as nginx does, then checked by directive and by server.

mod directive;
mod forbidden;
mod header;
mod server;
mod tls;
mod variable;

pub(super) use forbidden::is_forbidden;

use camino::{Utf8Path, Utf8PathBuf};

use super::{BundleView, Findings, at};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::syntax::nginx::{LexState, Lexer, Mark};
use crate::values::{Sanitized, sanitize};

/// A file that nginx reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NginxFile {
    /// The path in the bundle.
    pub path: Utf8PathBuf,
    /// The path on the host.
    pub host: String,
    /// The directives.
    pub directives: Vec<Directive>,
    /// The syntax errors.
    unread: Diagnostics,
}

/// A word of a directive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The text without quotes.
    pub text: String,
    /// The location.
    pub place: Location,
    /// Whether it is the first word on its line.
    leads: bool,
}

/// A directive, with its block if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The name, or the first word of a line of a `map`.
    pub name: String,
    /// The words after the name.
    pub arguments: Vec<Argument>,
    /// The location.
    pub place: Location,
    /// The directives in its braces.
    pub block: Option<Vec<Directive>>,
    /// The comment on the line above.
    pub comment: String,
}

impl Directive {
    /// Returns the first word after the name.
    pub fn first(&self) -> &str {
        self.arguments.first().map_or("", |argument| &argument.text)
    }

    /// Returns the directives with this name in its block.
    pub fn all<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d Directive> {
        self.block.iter().flatten().filter(move |directive| directive.name == name)
    }

    /// Returns the first directive with this name in its block.
    pub fn first_named<'d>(&'d self, name: &'d str) -> Option<&'d Directive> {
        self.all(name).next()
    }

    /// Visits this directive and everything below it.
    pub fn visit<'d>(&'d self, see: &mut dyn FnMut(&'d Directive)) {
        see(self);
        for directive in self.block.iter().flatten() {
            directive.visit(see);
        }
    }

    /// Whether one of the words after the name equals `word`.
    pub fn has_arg(&self, word: &str) -> bool {
        self.arguments.iter().any(|argument| argument.text == word)
    }
}

impl NginxFile {
    /// Whether every byte of it could be read.
    pub fn is_read_whole(&self) -> bool {
        self.unread.is_empty()
    }
}

/// Whether nginx has every directive of a file.
pub(super) fn is_known_whole(file: &NginxFile) -> bool {
    directive::is_known_whole(&file.directives)
}

/// Parses every file below /etc/nginx.
pub fn read(subject: &BundleView<'_>) -> Vec<NginxFile> {
    let files = subject.hosts().filter(|(_, host, _)| {
        host.starts_with("/etc/nginx/") && Utf8Path::new(host).extension() == Some("conf")
    });
    files
        .map(|(path, host, text)| {
            let mut reader = Reader::new(path, text);
            let directives = reader.block(0);
            NginxFile { path: path.to_owned(), host: host.to_owned(), directives, unread: reader.unread }
        })
        .collect()
}

impl BundleView<'_> {
    /// Returns every server block in the order in which nginx reads them.
    pub fn servers(&self) -> impl Iterator<Item = &Directive> {
        self.sites
            .iter()
            .filter(|file| file.host.starts_with("/etc/nginx/conf.d/"))
            .flat_map(|file| file.directives.iter().filter(|directive| directive.name == "server"))
    }

    /// Returns every directive of every file.
    pub fn directives(&self) -> Vec<&Directive> {
        let mut all = Vec::new();
        for directive in self.sites.iter().flat_map(|file| &file.directives) {
            directive.visit(&mut |directive| all.push(directive));
        }
        all
    }
}

/// Returns the directive of the bundle that requires the latest nginx, with that version.
pub fn newest<'s>(subject: &'s BundleView<'_>) -> Option<(&'s str, (u16, u16, u16))> {
    let all = subject.directives().into_iter();
    all.filter_map(|directive| Some((directive.name.as_str(), directive::since(&directive.name)?)))
        .max_by_key(|(_, since)| *since)
}

struct Reader<'a> {
    path: &'a Utf8Path,
    letters: std::str::Chars<'a>,
    lexer: Lexer,
    line: usize,
    column: usize,
    /// Whether the line is blank up to here.
    fresh: bool,
    comment: String,
    /// The line after the last comment, which the comment describes.
    comment_for: usize,
    unread: Diagnostics,
}

impl<'a> Reader<'a> {
    fn new(path: &'a Utf8Path, text: &'a str) -> Self {
        Self {
            path,
            letters: text.chars(),
            lexer: Lexer::default(),
            line: 1,
            column: 1,
            fresh: true,
            comment: String::new(),
            comment_for: 0,
            unread: Diagnostics::default(),
        }
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        if letter == '\n' {
            self.line += 1;
            self.column = 1;
            self.fresh = true;
        } else {
            self.column += 1;
            self.fresh &= letter.is_whitespace();
        }
        Some(letter)
    }

    fn here(&self) -> Location {
        at(self.path, self.line, self.column)
    }

    fn report(&mut self, place: Location, why: impl Into<String>, hint: &str) {
        self.unread.push(Diagnostic::new(Code::NginxSyntax, why).with_location(place).with_hint(hint));
    }

    /// Adds the rest of the line to the comment above the next directive.
    fn read_comment(&mut self) {
        if self.comment_for != self.line {
            self.comment.clear();
        }
        let text = self.letters.as_str().split('\n').next().unwrap_or_default();
        self.comment.push_str(text.trim_start_matches('#'));
        self.comment_for = self.line + 1;
    }

    /// Parses the directives up to the closing brace.
    fn block(&mut self, depth: usize) -> Vec<Directive> {
        let mut found: Vec<Directive> = Vec::new();
        let mut words: Vec<Argument> = Vec::new();
        let mut comment = String::new();
        loop {
            let (line, column, leads) = (self.line, self.column, self.fresh);
            let Some(letter) = self.next() else { break };
            let step = self.lexer.step(letter);
            if step.starts_word {
                if words.is_empty() {
                    let above = self.comment_for == line;
                    comment = if above { std::mem::take(&mut self.comment) } else { String::new() };
                }
                words.push(Argument { text: String::new(), place: at(self.path, line, column), leads });
            }
            if step.ends_word
                && let Some(word) = words.last_mut()
            {
                self.lexer.word().clone_into(&mut word.text);
            }
            match step.mark {
                None => {}
                Some(Mark::Comment) => self.read_comment(),
                Some(Mark::End) => match new_directive(&mut words, &mut comment, None) {
                    Some(directive) => found.push(directive),
                    None => self.report(self.here(), "unexpected `;`", "remove it"),
                },
                Some(Mark::Open) => {
                    // Deeper than any real configuration.
                    let block = if depth < 32 { self.block(depth + 1) } else { Vec::new() };
                    match new_directive(&mut words, &mut comment, Some(block)) {
                        Some(directive) => found.push(directive),
                        None => self.report(self.here(), "unexpected `{`", "remove the block"),
                    }
                }
                Some(Mark::Close) => {
                    self.report_open_directive(&words, |word| format!("missing `;` after `{word}`"));
                    words.clear();
                    if depth > 0 {
                        return found;
                    }
                    let hint = "remove it, or restore its `{`";
                    self.report(at(self.path, line, column), "unexpected `}`", hint);
                }
            }
        }
        let state = self.lexer.finish();
        if matches!(state, LexState::Bare | LexState::Quoted(_))
            && let Some(word) = words.last_mut()
        {
            self.lexer.word().clone_into(&mut word.text);
            let place = word.place.clone();
            if state != LexState::Bare {
                let hint = "close it with the same quote";
                self.report(place, "unclosed quote", hint);
            }
        }
        if !words.is_empty() {
            self.report_open_directive(&words, |word| format!("the file ends inside the directive `{word}`"));
        } else if depth > 0 {
            let place = at(self.path, self.line.saturating_sub(1), 1);
            self.report(place, "the file ends inside a block", "close the block with `}`");
        }
        found
    }

    fn report_open_directive(&mut self, words: &[Argument], why: impl Fn(Sanitized<'_>) -> String) {
        if let Some(word) = words.first() {
            self.report(word.place.clone(), why(sanitize(&word.text)), "end the directive with `;`");
        }
    }
}

fn new_directive(
    words: &mut Vec<Argument>,
    comment: &mut String,
    block: Option<Vec<Directive>>,
) -> Option<Directive> {
    let mut words = std::mem::take(words).into_iter();
    let name = words.next()?;
    let comment = std::mem::take(comment);
    Some(Directive { name: name.text, arguments: words.collect(), place: name.place, block, comment })
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for file in &subject.sites {
        found.merge(file.unread.clone());
        directive::lint(file, subject.target, found);
    }
    variable::lint(subject, found);
    server::lint(subject, found);
    tls::lint(subject, found);
    header::lint(subject, found);
}
