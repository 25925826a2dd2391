//! YAML text to a tree of what was said. Bounded: whatever the input, a clear refusal within milliseconds.

use camino::Utf8Path;
use serde_yaml::granit_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::tree::{Pair, Said, Value};
use crate::report::{Code, Finding, Origin, Report};
use crate::word::shown;

/// The largest document: 1 MiB holds some ten thousand routes.
const BYTES: usize = 1 << 20;
/// The deepest nesting; the deepest key we have lies at six.
const DEPTH: usize = 64;
/// The most values, aliases counted as often as they are used.
const VALUES: usize = 100_000;

/// Reads one document from `text`. What is wrong goes into the report; the tree is there only when the
/// document could be read to its end. An empty document is an empty map.
pub fn read(path: &Utf8Path, text: &str, report: &mut Report) -> Option<Said> {
    let start = Origin::File { path: path.to_owned(), line: 1, column: 1 };
    if text.len() > BYTES {
        report.push(
            Finding::new(
                Code::YamlLimit,
                format!("the document has {} bytes, more than {BYTES}", text.len()),
            )
            .at(start),
        );
        return None;
    }
    let mut reader = Reader {
        path,
        parser: Parser::new_from_str(text),
        anchors: Vec::new(),
        values: 0,
        duplicates: Vec::new(),
    };
    let result = reader.document();
    for finding in reader.duplicates {
        report.push(excerpted(finding, text));
    }
    match result {
        Ok(said) => Some(said.unwrap_or(Said { value: Value::Map(Vec::new()), origin: start })),
        Err(finding) => {
            report.push(excerpted(*finding, text));
            None
        }
    }
}

/// Adds the source line of a finding's first place.
pub fn excerpted(mut finding: Finding, text: &str) -> Finding {
    if let Some(Origin::File { line, .. }) = finding.origins.first() {
        finding.excerpt = text.lines().nth(line.saturating_sub(1)).map(str::to_owned);
    }
    finding
}

struct Reader<'a> {
    path: &'a Utf8Path,
    parser: Parser<'a, serde_yaml::granit_parser::StrInput<'a>>,
    /// Finished anchored values by the parser's number.
    anchors: Vec<(usize, Said, usize)>,
    values: usize,
    duplicates: Vec<Finding>,
}

type Refused<T> = Result<T, Box<Finding>>;

impl<'a> Reader<'a> {
    fn document(&mut self) -> Refused<Option<Said>> {
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

    fn next(&mut self) -> Refused<(Event<'a>, Span)> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(pair)) => return Ok(pair),
                Some(Err(error)) => {
                    let message = shown(error.kind().to_string().trim_end_matches('.'));
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

    fn value(&mut self, event: Event<'a>, span: Span, depth: usize) -> Refused<Said> {
        let before = self.values;
        self.count(1, &span.start)?;
        if depth > DEPTH {
            return Err(self.refuse(
                Code::YamlLimit,
                format!("nested deeper than {DEPTH} levels"),
                &span.start,
            ));
        }
        let origin = self.origin(&span.start);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.untagged(tag.is_some(), &span)?;
                let plain = style == ScalarStyle::Plain;
                if plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") {
                    (Value::Nothing, anchor)
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
        let said = Said { value, origin };
        if anchor != 0 {
            self.anchors.push((anchor, said.clone(), self.values - before));
        }
        Ok(said)
    }

    fn list(&mut self, depth: usize) -> Refused<Value> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::List(items)),
                (event, span) => items.push(self.value(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Refused<Value> {
        let mut pairs: Vec<Pair> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Map(pairs));
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
            let said = self.value(event, span, depth + 1)?;
            if let Some(first) = pairs.iter().find(|pair| pair.key == *key) {
                let finding = Finding::new(Code::KeyDuplicate, format!("`{}` is said twice", shown(&key)))
                    .about(key.as_ref())
                    .at(key_origin)
                    .at(first.key_origin.clone())
                    .hint("keep one of the two");
                self.duplicates.push(finding);
            } else {
                pairs.push(Pair { key: key.into_owned(), key_origin, said });
            }
        }
    }

    fn alias(&mut self, number: usize, span: &Span) -> Refused<Said> {
        let Some((_, said, size)) = self.anchors.iter().rev().find(|(anchor, ..)| *anchor == number).cloned()
        else {
            return Err(self.refuse(Code::YamlSyntax, "an alias inside the value it names", &span.start));
        };
        self.count(size, &span.start)?;
        Ok(said)
    }

    fn count(&mut self, more: usize, at: &Marker) -> Refused<()> {
        self.values += more;
        if self.values > VALUES {
            return Err(self.refuse(Code::YamlLimit, format!("more than {VALUES} values"), at));
        }
        Ok(())
    }

    fn untagged(&self, tagged: bool, span: &Span) -> Refused<()> {
        if tagged {
            let finding = self.refuse(Code::YamlTag, "tags are not read", &span.start);
            return Err(finding.with_hint("write the plain value; its key decides what it means"));
        }
        Ok(())
    }

    fn origin(&self, at: &Marker) -> Origin {
        Origin::File { path: self.path.to_owned(), line: at.line().max(1), column: at.col() + 1 }
    }

    // Boxed, because it travels in the error of every reading step.
    #[expect(clippy::unnecessary_box_returns, reason = "a result with the finding itself would be large")]
    fn refuse(&self, code: Code, message: impl Into<String>, at: &Marker) -> Box<Finding> {
        Box::new(Finding::new(code, message).at(self.origin(at)))
    }
}

trait WithHint {
    fn with_hint(self, hint: &str) -> Self;
}

impl WithHint for Box<Finding> {
    fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}
