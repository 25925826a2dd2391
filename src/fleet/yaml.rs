//! A fleet as one YAML document with `defaults:` and `hosts:`.

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

/// The position in the document.
enum ParserState {
    /// Before the top-level map.
    Outside,
    /// Before a key of the map.
    Map,
    /// Before a host.
    Hosts,
    /// After the map.
    End,
}

/// A reader of a document.
pub(super) struct Stream<'p, R: Read> {
    path: &'p Utf8Path,
    buffer: Arc<Mutex<LineBuffer<R>>>,
    reader: yaml::Reader<'p, 'static, BufferedInput<CharReader<R>>>,
    state: ParserState,
    /// The locations of `defaults` and `hosts`.
    spanned: [Option<Location>; 2],
}

/// The maximum size of a host's text that is kept for snippets.
const MAX_SNIPPET_LEN: usize = 64 << 10;

const KEYS: [&str; 2] = ["defaults", "hosts"];

/// The message about defaults that come too late.
pub(super) const DEFAULTS_ORDER: &str = "`defaults` must be before all hosts, which are read one at a time";

impl<'p, R: Read> Stream<'p, R> {
    pub(super) fn new(path: &'p Utf8Path, stream: R) -> Self {
        let buffer = Arc::new(Mutex::new(LineBuffer::new(stream)));
        let input = BufferedInput::new(CharReader::new(Arc::clone(&buffer)));
        let reader = yaml::Reader::new(path, 1, input);
        Self { path, buffer, reader, state: ParserState::Outside, spanned: [None, None] }
    }

    /// The next host. Sets `defaults` on the way.
    pub(super) fn next_host(
        &mut self,
        defaults: &mut Option<HostEntry>,
        document: &mut Diagnostics,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<Option<HostEntry>> {
        loop {
            let (event, span) = self.event()?;
            match (&self.state, event) {
                (ParserState::Hosts, Event::SequenceEnd)
                | (ParserState::Outside, Event::MappingStart(..)) => {
                    self.state = ParserState::Map;
                }
                (ParserState::Hosts, event) => {
                    self.buffer().discard_before(span.start.line());
                    return self.layer(event, span, diagnostics).map(Some);
                }
                (ParserState::Map, Event::MappingEnd) => self.state = ParserState::End,
                (ParserState::Map, Event::Scalar(key, ..)) => {
                    self.buffer().discard_before(span.start.line());
                    self.key(&key, &span, defaults, document)?;
                }
                (ParserState::Map, _) => {
                    return Err(self.reader.error(Code::YamlSyntax, "a key must be plain text", &span.start));
                }
                (_, Event::StreamEnd) => return Ok(None),
                (_, Event::StreamStart | Event::DocumentEnd)
                | (ParserState::Outside, Event::DocumentStart(..)) => {}
                (ParserState::Outside, _) => {
                    let message = "a fleet must be a map with `hosts` and optionally `defaults`";
                    let error = self.reader.error(Code::ValueType, message, &span.start);
                    let hint = "write `hosts:` and below it one `- domain: panel.example.org` per host";
                    return Err(Box::new(error.with_hint(hint)));
                }
                (ParserState::End, _) => {
                    let message = "a second document begins here";
                    let error = self.reader.error(Code::YamlDocuments, message, &span.start);
                    return Err(Box::new(
                        error.with_hint("put all hosts into one list, since a fleet is one document"),
                    ));
                }
            }
        }
    }

    /// Handles a key of the document.
    fn key(
        &mut self,
        key: &str,
        span: &Span,
        defaults: &mut Option<HostEntry>,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<()> {
        let location = self.reader.origin(&span.start);
        if key == crate::config::SCHEMA_KEY {
            return self.value().map(drop);
        }
        let Some(at) = KEYS.iter().position(|known| *known == key) else {
            let diagnostic = Diagnostic::new(Code::KeyUnknown, "unknown fleet key")
                .with_parameter(sanitize(key).to_string())
                .with_location(location);
            let diagnostic = diagnostic
                .with_hint("use `defaults` or `hosts`, or pass the parameters of one host with `-f`");
            diagnostics.push(yaml::with_key_snippet(diagnostic, key, self.buffer().snippet()));
            return self.value().map(drop);
        };
        if let Some(first) = &self.spanned[at] {
            let diagnostic = Diagnostic::new(Code::KeyDuplicate, "duplicate key")
                .with_parameter(key)
                .with_location(location)
                .with_location(first.clone());
            return Err(Box::new(diagnostic.with_hint("keep one of the two")));
        }
        if at == 0
            && let Some(hosts) = &self.spanned[1]
        {
            let diagnostic =
                Diagnostic::new(Code::FleetOrder, DEFAULTS_ORDER).with_parameter(key).with_location(location);
            return Err(Box::new(
                diagnostic.with_location(hosts.clone()).with_hint("move `defaults` before `hosts`"),
            ));
        }
        self.spanned[at] = Some(location);
        if at == 0 {
            let (event, span) = self.event()?;
            let layer = self.layer(event, span, diagnostics)?;
            match layer.spanned.value {
                Value::Map(_) => *defaults = Some(without_domain(layer, diagnostics)),
                Value::Null => {}
                _ => diagnostics.push(type_error("defaults", "a map of parameters", &layer.spanned)),
            }
            return Ok(());
        }
        match self.event()? {
            (Event::SequenceStart(..), _) => self.state = ParserState::Hosts,
            (event, span) => {
                let spanned = self.whole(event, span)?;
                if spanned.value != Value::Null {
                    diagnostics.push(type_error("hosts", "a list of hosts", &spanned));
                }
            }
        }
        Ok(())
    }

    /// Reads a map of parameters, with its lines.
    fn layer(
        &mut self,
        event: Event<'static>,
        span: Span,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<HostEntry> {
        let place = self.reader.origin(&span.start);
        let spanned = self.whole(event, span);
        let buffer = self.buffer();
        // If many hosts are on one line, that line would be copied for each of them.
        let text = if buffer.lines.len() > MAX_SNIPPET_LEN { "" } else { buffer.lines.as_str() };
        let source = SourceText { path: self.path.to_owned(), first_line: buffer.first, text: text.into() };
        drop(buffer);
        self.reader.report_duplicates(source.snippet(), diagnostics);
        match spanned {
            // The location of an alias's value is elsewhere, but the host begins here.
            Ok(spanned) => Ok(HostEntry { spanned: Spanned { location: place, ..spanned }, source }),
            Err(diagnostic) => Err(Box::new(yaml::with_snippet(*diagnostic, source.snippet()))),
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

    /// Returns `read`, or the stream's error, which looks like the end of the file to the parser.
    fn check_io<T>(&self, read: YamlError<T>) -> YamlError<T> {
        let buffer = self.buffer();
        match &buffer.error {
            None => read,
            Some(error) => {
                let place = if *error == ReadError::TooLong { (buffer.first, 1) } else { buffer.position() };
                Err(Box::new(read_error(error, self.path, place)))
            }
        }
    }

    fn buffer(&self) -> MutexGuard<'_, LineBuffer<R>> {
        self.buffer.lock().expect("no thread panicked")
    }
}

/// The defaults without `domain`, which is reported: no two hosts share a name.
pub(super) fn without_domain(mut layer: HostEntry, diagnostics: &mut Diagnostics) -> HostEntry {
    let Value::Map(entries) = &mut layer.spanned.value else { return layer };
    let Some(at) = entries.iter().position(|entry| entry.key == "domain") else { return layer };
    let entry = entries.remove(at);
    let diagnostic = Diagnostic::new(Code::HostDuplicate, "the defaults of a fleet have no domain")
        .with_parameter("defaults.domain")
        .with_location(entry.key_location)
        .with_hint("write `domain` into each host, since a name can only point to one host");
    diagnostics.push(yaml::with_snippet(diagnostic, layer.source.snippet()));
    layer
}

fn type_error(key: &str, what: &str, spanned: &Spanned) -> Diagnostic {
    Diagnostic::new(Code::ValueType, format!("expected {what}, found {}", spanned.value.type_name()))
        .with_parameter(key)
        .with_location(spanned.location.clone())
        .with_hint("write `hosts:` and below it one `- domain: panel.example.org` per host")
}

/// The diagnostic for an error of the stream.
pub(super) fn read_error(error: &ReadError, path: &Utf8Path, (line, column): (usize, usize)) -> Diagnostic {
    let location = Location::File { path: path.to_owned(), line, column };
    match error {
        ReadError::Unreadable(why) => {
            Diagnostic::new(Code::FileUnreadable, format!("cannot read `{}`: {why}", sanitize(path.as_str())))
                .with_parameter("--fleet")
                .with_location(location)
                .with_hint("use UTF-8 text, in a file or on standard input (`-`)")
        }
        ReadError::TooLong => {
            Diagnostic::new(Code::YamlLimit, format!("a host has more than {MAX_BYTES} bytes"))
                .with_location(location)
                .with_hint("write each host on separate lines, in block style or as JSON Lines")
        }
    }
}
