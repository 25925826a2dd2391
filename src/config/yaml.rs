//! YAML text to a tree of what was said. Bounded: whatever the input, a clear refusal within milliseconds.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_yaml::granit_parser::{BorrowedInput, Event, Marker, Options, Parser, ScalarStyle, Span, StrInput};

use super::value::{MapEntry, Spanned, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::sanitize;

/// The largest document: 1 MiB holds some ten thousand routes.
pub const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting; the deepest key we have lies at six.
const MAX_DEPTH: usize = 64;
/// The most values, aliases counted as often as they are used.
const MAX_VALUES: usize = 100_000;
/// The most duplicate keys that are told.
const MAX_DUPLICATES: usize = 20;

/// Reads one document from `text`. What is wrong goes into the report; the tree is there only when the
/// document could be read to its end. An empty document is an empty map.
pub fn read(path: &Utf8Path, text: &str, diagnostics: &mut Diagnostics) -> Option<Spanned> {
    read_from(path, Snippet { first: 1, text }, diagnostics)
}

/// The same, where `text` is a part of the file that begins at another line than the first.
pub fn read_from(path: &Utf8Path, text: Snippet<'_>, diagnostics: &mut Diagnostics) -> Option<Spanned> {
    let Snippet { first, text } = text;
    let start = Location::File { path: path.to_owned(), line: first, column: 1 };
    if text.len() > MAX_BYTES {
        diagnostics.push(
            Diagnostic::new(
                Code::YamlLimit,
                format!("the document has {} bytes, more than {MAX_BYTES}", text.len()),
            )
            .with_location(start)
            .with_hint(hint(Code::YamlLimit)),
        );
        return None;
    }
    let mut reader = Reader::new(path, first, StrInput::new(text));
    let result = reader.document();
    reader.report_duplicates(Snippet { first, text }, diagnostics);
    match result {
        Ok(spanned) => Some(spanned.unwrap_or(Spanned { value: Value::Map(Vec::new()), location: start })),
        Err(finding) => {
            diagnostics.push(with_snippet(*finding, Snippet { first, text }));
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

/// Adds the source line of a finding's first place, unless a password may stand on it.
pub fn with_snippet(mut finding: Diagnostic, text: Snippet<'_>) -> Diagnostic {
    if let Some(Location::File { line, .. }) = finding.locations.first() {
        finding.snippet = open_line(text, *line).map(str::to_owned);
    }
    finding
}

/// Adds the source line of a finding about the key `name`, up to the key: the value of a misspelt key may be
/// anything, also a password.
pub fn with_key_snippet(mut finding: Diagnostic, name: &str, text: Snippet<'_>) -> Diagnostic {
    if let Some(Location::File { line, column, .. }) = finding.locations.first() {
        let length = column.saturating_sub(1) + name.chars().count();
        finding.snippet = open_line(text, *line).map(|line| {
            let rest = if line.chars().count() > length + 1 { " …" } else { "" };
            line.chars().take(length + 1).chain(rest.chars()).collect()
        });
    }
    finding
}

/// The line of that number, where no password can stand on it: neither it nor a key it may belong to speaks of
/// one. A document in one pair of braces is taken as one line.
fn open_line(snippet: Snippet<'_>, number: usize) -> Option<&str> {
    /// A longer line is nothing to look at, and much to search.
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

/// Whether a word on the line is `passinit`, nearly so, or another name for a password.
fn mentions_password(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-');
    words.any(|word| {
        let word = word.to_lowercase();
        ["pass", "secret", "pwd"].iter().any(|name| word.contains(name))
            || ((5..=11).contains(&word.len()) && strsim::damerau_levenshtein(&word, "passinit") <= 3)
    })
}

/// Reads values from a stream of events. A document has one; who reads a longer stream asks for one at a time.
pub struct Reader<'p, 'i, I: BorrowedInput<'i>> {
    path: &'p Utf8Path,
    /// The number of the input's first line in its file.
    first: usize,
    parser: Parser<'i, I>,
    /// Finished anchored values by the parser's number.
    anchors: Vec<(usize, Spanned, usize)>,
    /// The values that the anchored ones have together.
    anchored: usize,
    values: usize,
    /// The keys above the one that is read, for messages.
    keys: Vec<String>,
    duplicates: Vec<(Diagnostic, String)>,
}

/// What was read, or why reading ends here.
pub type YamlError<T> = Result<T, Box<Diagnostic>>;

impl<'p, 'i, I: BorrowedInput<'i>> Reader<'p, 'i, I> {
    /// A reader of the file `path` from its line `first` on.
    pub fn new(path: &'p Utf8Path, first: usize, input: I) -> Self {
        // A commented file has more comments in a row than the parser is willing to keep; we need none of them.
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
        }
    }

    /// Tells of the keys that were said twice.
    pub fn report_duplicates(&mut self, text: Snippet<'_>, diagnostics: &mut Diagnostics) {
        for (finding, name) in self.duplicates.drain(..) {
            diagnostics.push(with_key_snippet(finding, &name, text));
        }
    }

    /// One value of a stream, bounded as if it were a document of its own.
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
                    return Err(self.refuse(
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
        reason = "an event may be refused, and the last one comes for ever"
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
                    return Err(self.refuse(code, message, error.marker()));
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    fn value(&mut self, event: Event<'i>, span: Span, depth: usize) -> YamlError<Spanned> {
        let before = self.values;
        self.count(1, &span.start)?;
        if depth > MAX_DEPTH {
            return Err(self.refuse(
                Code::YamlLimit,
                format!("nested deeper than {MAX_DEPTH} levels"),
                &span.start,
            ));
        }
        let location = self.origin(&span.start);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.untagged(tag.is_some(), &span)?;
                let plain = style == ScalarStyle::Plain;
                if plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
                    (Value::Null, anchor)
                } else {
                    (Value::Text { text: text.into_owned(), plain }, anchor)
                }
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.untagged(tag.is_some(), &span)?;
                (self.list(depth)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.untagged(tag.is_some(), &span)?;
                (self.map(depth)?, anchor)
            }
            Event::Alias(number) => return self.alias(number, &span),
            _ => return Err(self.refuse(Code::YamlSyntax, "a value is missing here", &span.start)),
        };
        let spanned = Spanned { value, location };
        if anchor != 0 {
            let size = self.values - before;
            self.anchored += size;
            if self.anchored > MAX_VALUES {
                return Err(self.refuse(
                    Code::YamlLimit,
                    format!("more than {MAX_VALUES} values with names"),
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
                return Err(self.refuse(Code::YamlSyntax, "a key must be plain text", &span.start));
            };
            self.untagged(tag.is_some(), &span)?;
            if key == "<<" {
                return Err(self
                    .refuse(Code::YamlSyntax, "merge keys (`<<`) are not part of YAML 1.2", &span.start)
                    .with_hint("pass several files by `-f` instead: later ones win, key by key"));
            }
            let key_origin = self.origin(&span.start);
            let (event, span) = self.next()?;
            self.keys.push(key.clone().into_owned());
            let spanned = self.value(event, span, depth + 1)?;
            if let Some(first) = places.get(key.as_ref()) {
                if self.duplicates.len() < MAX_DUPLICATES {
                    let finding = Diagnostic::new(Code::KeyDuplicate, "said twice")
                        .with_parameter(self.keys.join("."))
                        .with_location(key_origin)
                        .with_location(entries[*first].key_location.clone())
                        .with_hint("keep one of the two");
                    self.duplicates.push((finding, key.into_owned()));
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
            return Err(self.refuse(Code::YamlSyntax, "an alias inside the value it names", &span.start));
        };
        self.count(size, &span.start)?;
        Ok(spanned)
    }

    fn count(&mut self, more: usize, at: &Marker) -> YamlError<()> {
        self.values += more;
        if self.values > MAX_VALUES {
            return Err(self.refuse(Code::YamlLimit, format!("more than {MAX_VALUES} values"), at));
        }
        Ok(())
    }

    fn untagged(&self, tagged: bool, span: &Span) -> YamlError<()> {
        if tagged {
            return Err(self.refuse(Code::YamlTag, "tags are not read", &span.start));
        }
        Ok(())
    }

    /// Where `at` is.
    pub fn origin(&self, at: &Marker) -> Location {
        let line = at.line().max(1) + self.first - 1;
        Location::File { path: self.path.to_owned(), line, column: at.col() + 1 }
    }

    /// A refusal; boxed, because it travels in the error of every reading step.
    pub fn refuse(&self, code: Code, message: impl Into<String>, at: &Marker) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(code, message).with_location(self.origin(at)).with_hint(hint(code)))
    }
}

/// How a document that cannot be read is mended.
fn hint(code: Code) -> &'static str {
    match code {
        Code::YamlLimit => "a parameters file is small: write it out, without aliases",
        Code::YamlTag => "write the plain value; its key decides what it means",
        Code::YamlDocuments => {
            "give each document a file of its own and pass `-f` more than once: later ones win"
        }
        _ => {
            "indent by spaces alone, close every bracket and quote, and quote a value with `: ` or ` #` in it"
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
