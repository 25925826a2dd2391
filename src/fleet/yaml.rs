//! A fleet as one YAML document: `defaults:` and `hosts:`.

use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard};

use camino::Utf8Path;
use serde_yaml::granit_parser::{BufferedInput, Event, Span};

use super::HostEntry;
use super::line_buffer::{CharReader, LineBuffer, ReadError};
use crate::config::SourceText;
use crate::config::value::{Spanned, Value};
use crate::config::yaml::{self, MAX_BYTES, YamlError};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};
use crate::values::sanitize;

/// Where in the document we are.
enum ParserState {
    /// Before its map.
    Outside,
    /// Before a key of it.
    Map,
    /// Before a host.
    Hosts,
    /// Behind it.
    End,
}

/// A document that is being read.
pub(super) struct Stream<'p, R: Read> {
    path: &'p Utf8Path,
    tape: Arc<Mutex<LineBuffer<R>>>,
    reader: yaml::Reader<'p, 'static, BufferedInput<CharReader<R>>>,
    stage: ParserState,
    /// Where `defaults` and `hosts` were said.
    spanned: [Option<Location>; 2],
}

/// The longest text of a host that is kept for findings to show a line of.
const EXCERPT: usize = 64 << 10;

const KEYS: [&str; 2] = ["defaults", "hosts"];

impl<'p, R: Read> Stream<'p, R> {
    pub(super) fn new(path: &'p Utf8Path, stream: R) -> Self {
        let tape = Arc::new(Mutex::new(LineBuffer::new(stream)));
        let input = BufferedInput::new(CharReader::new(Arc::clone(&tape)));
        let reader = yaml::Reader::new(path, 1, input);
        Self { path, tape, reader, stage: ParserState::Outside, spanned: [None, None] }
    }

    /// The next host; what `defaults:` says on the way.
    pub(super) fn next_host(
        &mut self,
        defaults: &mut Option<HostEntry>,
        document: &mut Diagnostics,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<Option<HostEntry>> {
        loop {
            let (event, span) = self.event()?;
            match (&self.stage, event) {
                (ParserState::Hosts, Event::SequenceEnd)
                | (ParserState::Outside, Event::MappingStart(..)) => {
                    self.stage = ParserState::Map;
                }
                (ParserState::Hosts, event) => {
                    self.tape().discard_before(span.start.line());
                    return self.layer(event, span, diagnostics).map(Some);
                }
                (ParserState::Map, Event::MappingEnd) => self.stage = ParserState::End,
                (ParserState::Map, Event::Scalar(key, ..)) => {
                    self.tape().discard_before(span.start.line());
                    self.key(&key, &span, defaults, document)?;
                }
                (ParserState::Map, _) => {
                    return Err(self.reader.refuse(
                        Code::YamlSyntax,
                        "a key must be plain text",
                        &span.start,
                    ));
                }
                (_, Event::StreamEnd) => return Ok(None),
                (_, Event::StreamStart | Event::DocumentEnd)
                | (ParserState::Outside, Event::DocumentStart(..)) => {}
                (ParserState::Outside, _) => {
                    let message = "a fleet is a map with `hosts`, and perhaps `defaults`";
                    let refusal = self.reader.refuse(Code::ValueType, message, &span.start);
                    let hint = "write `hosts:` and below it `- domain: panel.example.org`, a host each";
                    return Err(Box::new(refusal.with_hint(hint)));
                }
                (ParserState::End, _) => {
                    let message = "a second document begins here";
                    let refusal = self.reader.refuse(Code::YamlDocuments, message, &span.start);
                    return Err(Box::new(
                        refusal.with_hint("a fleet is one document: put its hosts into one list"),
                    ));
                }
            }
        }
    }

    /// A key of the document.
    fn key(
        &mut self,
        key: &str,
        span: &Span,
        defaults: &mut Option<HostEntry>,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<()> {
        let location = self.reader.origin(&span.start);
        let Some(at) = KEYS.iter().position(|known| *known == key) else {
            let finding = Diagnostic::new(Code::KeyUnknown, "a fleet has no such key")
                .with_parameter(sanitize(key).to_string())
                .with_location(location);
            let finding =
                finding.with_hint("`defaults` and `hosts` are known here; one host's parameters go to `-f`");
            diagnostics.push(yaml::with_key_snippet(finding, key, self.tape().excerpt()));
            return self.value().map(drop);
        };
        if let Some(first) = &self.spanned[at] {
            let finding = Diagnostic::new(Code::KeyDuplicate, "said twice")
                .with_parameter(key)
                .with_location(location)
                .with_location(first.clone());
            return Err(Box::new(finding.with_hint("keep one of the two")));
        }
        if at == 0
            && let Some(hosts) = &self.spanned[1]
        {
            let finding = Diagnostic::new(Code::FleetOrder, "`defaults` stands below `hosts`")
                .with_parameter(key)
                .with_location(location);
            return Err(Box::new(
                finding.with_location(hosts.clone()).with_hint("move `defaults:` above `hosts:`"),
            ));
        }
        self.spanned[at] = Some(location);
        if at == 0 {
            let (event, span) = self.event()?;
            let layer = self.layer(event, span, diagnostics)?;
            match layer.spanned.value {
                Value::Map(_) => *defaults = Some(layer),
                Value::Null => {}
                _ => diagnostics.push(not("defaults", "a map of parameters", &layer.spanned)),
            }
            return Ok(());
        }
        match self.event()? {
            (Event::SequenceStart(..), _) => self.stage = ParserState::Hosts,
            (event, span) => {
                let spanned = self.whole(event, span)?;
                if spanned.value != Value::Null {
                    diagnostics.push(not("hosts", "a list of hosts", &spanned));
                }
            }
        }
        Ok(())
    }

    /// A map of parameters, with its lines.
    fn layer(
        &mut self,
        event: Event<'static>,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<HostEntry> {
        let place = self.reader.origin(&span.start);
        let spanned = self.whole(event, span);
        let tape = self.tape();
        // Many hosts on one line would have that line copied for each of them.
        let text = if tape.lines.len() > EXCERPT { "" } else { tape.lines.as_str() };
        let source = SourceText { path: self.path.to_owned(), first_line: tape.first, text: text.into() };
        drop(tape);
        self.reader.report_duplicates(source.snippet(), diagnostics);
        match spanned {
            // What an alias stands for was said elsewhere, but here is a host.
            Ok(spanned) => Ok(HostEntry { spanned: Spanned { location: place, ..spanned }, source }),
            Err(finding) => Err(Box::new(yaml::with_snippet(*finding, source.snippet()))),
        }
    }

    fn value(&mut self) -> YamlError<Spanned> {
        let (event, span) = self.event()?;
        self.whole(event, span)
    }

    fn whole(&mut self, event: Event<'static>, span: Span) -> YamlError<Spanned> {
        let spanned = self.reader.one(event, span);
        self.check_io(spanned)
    }

    fn event(&mut self) -> YamlError<(Event<'static>, Span)> {
        let event = self.reader.next();
        self.check_io(event)
    }

    /// What was read, unless the characters ended in trouble: to the parser that looks like the end of a file.
    fn check_io<T>(&self, read: YamlError<T>) -> YamlError<T> {
        let tape = self.tape();
        match &tape.trouble {
            None => read,
            Some(trouble) => {
                let place = if *trouble == ReadError::Long { (tape.first, 1) } else { tape.position() };
                Err(Box::new(told(trouble, self.path, place)))
            }
        }
    }

    fn tape(&self) -> MutexGuard<'_, LineBuffer<R>> {
        self.tape.lock().expect("a panic ends it all")
    }
}

fn not(key: &str, what: &str, spanned: &Spanned) -> Diagnostic {
    Diagnostic::new(Code::ValueType, format!("takes {what}, not {}", spanned.value.type_name()))
        .with_parameter(key)
        .with_location(spanned.location.clone())
        .with_hint("write `hosts:` and below it `- domain: panel.example.org`, a host each")
}

/// A trouble with the stream, as a finding.
pub(super) fn told(trouble: &ReadError, path: &Utf8Path, (line, column): (usize, usize)) -> Diagnostic {
    let location = Location::File { path: path.to_owned(), line, column };
    match trouble {
        ReadError::Unreadable(why) => {
            Diagnostic::new(Code::FileUnreadable, format!("cannot read `{}`: {why}", sanitize(path.as_str())))
                .with_parameter("--fleet")
                .with_location(location)
                .with_hint("a fleet is UTF-8 text, in a file or on standard input (`-`)")
        }
        ReadError::Long => {
            Diagnostic::new(Code::YamlLimit, format!("one host has more than {MAX_BYTES} bytes"))
                .with_location(location)
                .with_hint("a host is a few lines; give each its own, in block style or as JSON Lines")
        }
    }
}
