//! Parses YAML text into a tree of values. Bounded: for any input, it returns a clear error within
//! milliseconds.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_yaml::granit_parser::{
    BorrowedInput, Event, Marker, Options, Parser, ScalarStyle, Span, StrInput, Tag,
};

use super::value::{MapEntry, Spanned, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::sanitize;

/// The maximum size of a document: 1 MiB holds some ten thousand routes.
pub const MAX_BYTES: usize = 1 << 20;
/// The maximum nesting; the deepest parameter is at level six.
const MAX_DEPTH: usize = 64;
/// The maximum number of values. Aliases count each time they are used.
const MAX_VALUES: usize = 100_000;
/// The maximum number of duplicate keys that are reported.
const MAX_DUPLICATES: usize = 20;

/// Parses one document. Errors go into `diagnostics`; the tree is returned only if the whole document could
/// be read. An empty document is an empty map.
pub fn read(path: &Utf8Path, text: &str, diagnostics: &mut Diagnostics) -> Option<Spanned> {
    read_from(path, Snippet { first: 1, text }, diagnostics)
}

/// Parses a part of a file that may begin at a later line.
pub fn read_from(path: &Utf8Path, text: Snippet<'_>, diagnostics: &mut Diagnostics) -> Option<Spanned> {
    read_tagged(path, text, None, diagnostics)
}

/// Parses a part of a file in which a value may have the tag `!NAME`.
pub fn read_tagged(
    path: &Utf8Path,
    text: Snippet<'_>,
    tag: Option<&'static str>,
    diagnostics: &mut Diagnostics,
) -> Option<Spanned> {
    let Snippet { first, text } = text;
    let start = Location::File { path: path.to_owned(), line: first, column: 1 };
    if text.len() > MAX_BYTES {
        diagnostics.push(
            Diagnostic::new(
                Code::YamlLimit,
                format!("the document has {} bytes, at most {MAX_BYTES} are allowed", text.len()),
            )
            .with_location(start)
            .with_hint(hint(Code::YamlLimit)),
        );
        return None;
    }
    let mut reader = Reader::new(path, first, StrInput::new(text));
    reader.tag = tag;
    let result = reader.document();
    reader.report_duplicates(Snippet { first, text }, diagnostics);
    match result {
        Ok(spanned) => Some(spanned.unwrap_or(Spanned { value: Value::Map(Vec::new()), location: start })),
        Err(diagnostic) => {
            diagnostics.push(with_snippet(*diagnostic, Snippet { first, text }));
            None
        }
    }
}

/// A part of a file, and the number of its first line.
#[derive(Debug, Clone, Copy)]
pub struct Snippet<'a> {
    /// 1-based.
    pub first: usize,
    /// Whole lines.
    pub text: &'a str,
}

/// Adds the source line of the diagnostic's first location, unless it may contain a password.
pub fn with_snippet(mut diagnostic: Diagnostic, text: Snippet<'_>) -> Diagnostic {
    if let Some(Location::File { line, .. }) = diagnostic.locations.first() {
        diagnostic.snippet = open_line(text, *line).map(str::to_owned);
    }
    diagnostic
}

/// Adds the source line of a diagnostic about the key `name`, cut after the key, since the value of a
/// misspelled key may be a password.
pub fn with_key_snippet(mut diagnostic: Diagnostic, name: &str, text: Snippet<'_>) -> Diagnostic {
    if let Some(Location::File { line, column, .. }) = diagnostic.locations.first() {
        let length = column.saturating_sub(1) + name.chars().count();
        diagnostic.snippet = open_line(text, *line).map(|line| {
            let rest = if line.chars().count() > length + 1 { " …" } else { "" };
            line.chars().take(length + 1).chain(rest.chars()).collect()
        });
    }
    diagnostic
}

/// The line with that number, unless it may contain a password: because it mentions one, or because its key
/// does. A document in one pair of braces counts as one line.
fn open_line(snippet: Snippet<'_>, number: usize) -> Option<&str> {
    /// Longer lines are not shown, since they are slow to search.
    const MAX_LINE_LEN: usize = 4096;
    let text = snippet.text;
    let number = (number + 1).checked_sub(snippet.first)?;
    let lines: Vec<&str> = text.lines().take(number).collect();
    let line = *lines.get(number.checked_sub(1)?).filter(|line| line.len() <= MAX_LINE_LEN)?;
    let in_braces = text.trim_start().starts_with('{');
    let belongs =
        |line: &&&str| in_braces || line.is_empty() || line.starts_with([' ', '\t', '#', '-', '}', ']']);
    let above = lines.iter().rev().skip(1);
    let key = if belongs(&&line) {
        above.clone().position(|line| !belongs(&line)).map_or(lines.len(), |at| at + 1)
    } else {
        0
    };
    let mut near = std::iter::once(&line).chain(above.take(key));
    if near.any(|line| mentions_password(line)) { None } else { Some(line) }
}

/// Whether a word on the line is `passinit` or similar, `auth`, or another name for a password, or a URL on it has one.
fn mentions_password(line: &str) -> bool {
    let ends_url = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    if line.split("://").skip(1).any(|rest| rest.split(ends_url).next().unwrap_or_default().contains('@')) {
        return true;
    }
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
    words.any(|word| {
        let word = word.to_lowercase();
        ["pass", "secret", "pwd"].iter().any(|name| word.contains(name))
            || ["auth", "auths", "identitytoken"].contains(&word.as_str())
            || ((5..=11).contains(&word.len()) && strsim::damerau_levenshtein(&word, "passinit") <= 3)
    })
}

/// Reads values from a stream of events: a whole document, or one value at a time from a longer stream.
pub struct Reader<'p, 'i, I: BorrowedInput<'i>> {
    path: &'p Utf8Path,
    /// The file's line number of the input's first line.
    first: usize,
    parser: Parser<'i, I>,
    /// Complete anchored values, by the parser's number, with their sizes.
    anchors: Vec<(usize, Spanned, usize)>,
    /// The total number of values in the anchored ones.
    anchored: usize,
    values: usize,
    /// The keys above the current one, for messages.
    keys: Vec<String>,
    duplicates: Vec<(Diagnostic, String)>,
    /// The only tag that is allowed.
    tag: Option<&'static str>,
}

/// A parsed value, or the error that ends parsing.
pub type YamlError<T> = Result<T, Box<Diagnostic>>;

impl<'p, 'i, I: BorrowedInput<'i>> Reader<'p, 'i, I> {
    /// A reader for the file `path`, from its line `first` on.
    pub fn new(path: &'p Utf8Path, first: usize, input: I) -> Self {
        // A commented file has more consecutive comments than the parser buffers. None of them are needed.
        let mut options = Options::default();
        options.emit_comments = false;
        Self {
            path,
            first,
            parser: Parser::with_options(input, options),
            anchors: Vec::new(),
            anchored: 0,
            values: 0,
            keys: Vec::new(),
            duplicates: Vec::new(),
            tag: None,
        }
    }

    /// Reports the duplicate keys.
    pub fn report_duplicates(&mut self, text: Snippet<'_>, diagnostics: &mut Diagnostics) {
        for (diagnostic, name) in self.duplicates.drain(..) {
            diagnostics.push(with_key_snippet(diagnostic, &name, text));
        }
    }

    /// Parses one value of a stream, with the limits of a document.
    pub fn one(&mut self, event: Event<'i>, span: Span) -> YamlError<Spanned> {
        self.values = 0;
        self.keys.clear();
        self.value(event, span, 0)
    }

    fn document(&mut self) -> YamlError<Option<Spanned>> {
        let mut found = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(found),
                Event::DocumentStart(..) if found.is_some() => {
                    return Err(self.error(
                        Code::YamlDocuments,
                        "a second document begins here",
                        &span.start,
                    ));
                }
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                event => found = Some(self.value(event, span, 0)?),
            }
        }
    }

    /// The next event.
    #[expect(
        clippy::should_implement_trait,
        reason = "an event may be an error, and the last one repeats forever"
    )]
    pub fn next(&mut self) -> YamlError<(Event<'i>, Span)> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(entry)) => return Ok(entry),
                Some(Err(error)) => {
                    let message = sanitize(error.kind().to_string().trim_end_matches('.')).to_string();
                    let code =
                        if message.contains("nest") || message.contains("limit") || message.contains("depth")
                        {
                            Code::YamlLimit
                        } else {
                            Code::YamlSyntax
                        };
                    return Err(self.error(code, message, error.marker()));
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn value(&mut self, event: Event<'i>, span: Span, depth: usize) -> YamlError<Spanned> {
        let before = self.values;
        self.count(1, &span.start)?;
        if depth > MAX_DEPTH {
            return Err(self.error(
                Code::YamlLimit,
                format!("the document is nested deeper than {MAX_DEPTH} levels"),
                &span.start,
            ));
        }
        let location = self.origin(&span.start);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.as_deref(), &span)?;
                let plain = style == ScalarStyle::Plain;
                if plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
                    (Value::Null, anchor)
                } else {
                    (Value::Text { text: text.into_owned(), plain }, anchor)
                }
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &span)?;
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), &span)?;
                (self.map(depth)?, anchor)
            }
            Event::Alias(number) => return self.alias(number, &span),
            _ => return Err(self.error(Code::YamlSyntax, "a value is missing here", &span.start)),
        };
        let spanned = Spanned { value, location };
        if anchor != 0 {
            let size = self.values - before;
            self.anchored += size;
            if self.anchored > MAX_VALUES {
                return Err(self.error(
                    Code::YamlLimit,
                    format!("more than {MAX_VALUES} values have anchors"),
                    &span.start,
                ));
            }
            self.anchors.push((anchor, spanned.clone(), size));
        }
        Ok(spanned)
    }

    fn list(&mut self, depth: usize) -> YamlError<Value> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.value(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> YamlError<Value> {
        let mut entries: Vec<MapEntry> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Map(entries));
            }
            let Event::Scalar(key, _, _, tag) = event else {
                return Err(self.error(Code::YamlSyntax, "a key must be plain text", &span.start));
            };
            self.check_tag(tag.as_deref(), &span)?;
            if key == "<<" {
                return Err(self
                    .error(Code::YamlSyntax, "merge keys (`<<`) are not supported in YAML 1.2", &span.start)
                    .with_hint("pass several files with `-f` instead: later ones win, key by key"));
            }
            let key_origin = self.origin(&span.start);
            let (event, span) = self.next()?;
            self.keys.push(key.clone().into_owned());
            let spanned = self.value(event, span, depth + 1)?;
            if let Some(first) = places.get(key.as_ref()) {
                if self.duplicates.len() < MAX_DUPLICATES {
                    let diagnostic = Diagnostic::new(Code::KeyDuplicate, "duplicate key")
                        .with_parameter(self.keys.join("."))
                        .with_location(key_origin)
                        .with_location(entries[*first].key_location.clone())
                        .with_hint("keep one of the two");
                    self.duplicates.push((diagnostic, key.into_owned()));
                }
            } else {
                places.insert(key.clone().into_owned(), entries.len());
                entries.push(MapEntry { key: key.into_owned(), key_location: key_origin, value: spanned });
            }
            self.keys.pop();
        }
    }

    fn alias(&mut self, number: usize, span: &Span) -> YamlError<Spanned> {
        let Some((_, spanned, size)) =
            self.anchors.iter().rev().find(|(anchor, ..)| *anchor == number).cloned()
        else {
            return Err(self.error(
                Code::YamlSyntax,
                "an alias refers to a value that contains it",
                &span.start,
            ));
        };
        self.count(size, &span.start)?;
        Ok(spanned)
    }

    fn count(&mut self, more: usize, at: &Marker) -> YamlError<()> {
        self.values += more;
        if self.values > MAX_VALUES {
            return Err(self.error(
                Code::YamlLimit,
                format!("the document has more than {MAX_VALUES} values"),
                at,
            ));
        }
        Ok(())
    }

    fn check_tag(&self, tag: Option<&Tag>, span: &Span) -> YamlError<()> {
        if tag.is_some_and(|tag| tag.handle() != "!" || Some(tag.suffix()) != self.tag) {
            return Err(self.error(Code::YamlTag, "tags are not supported", &span.start));
        }
        Ok(())
    }

    /// The location of `at`.
    pub fn origin(&self, at: &Marker) -> Location {
        let line = at.line().max(1) + self.first - 1;
        Location::File { path: self.path.to_owned(), line, column: at.col() + 1 }
    }

    /// An error at a position, boxed because every parsing step returns it.
    pub fn error(&self, code: Code, message: impl Into<String>, at: &Marker) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(code, message).with_location(self.origin(at)).with_hint(hint(code)))
    }
}

/// The hint for a document that cannot be read.
fn hint(code: Code) -> &'static str {
    match code {
        Code::YamlLimit => "write the file without aliases, since a parameters file is small",
        Code::YamlTag => "write the plain value; its key decides what it means",
        Code::YamlDocuments => {
            "put each document into a separate file and pass `-f` more than once: later ones win"
        }
        _ => {
            "indent with spaces only, close every bracket and quote, and quote a value with `: ` or ` #` in it"
        }
    }
}

trait WithHint {
    fn with_hint(self, hint: &str) -> Self;
}

impl WithHint for Box<Diagnostic> {
    fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}
