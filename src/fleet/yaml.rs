//! A fleet as one YAML document: `defaults:` and `hosts:`.

use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard};

use camino::Utf8Path;
use serde_yaml::granit_parser::{BufferedInput, Event, Span};

use super::Layer;
use super::line_buffer::{Characters, Tape, Trouble};
use crate::config::Source;
use crate::config::value::{Said, Value};
use crate::config::yaml::{self, BYTES, Refused};
use crate::diagnostics::{Code, Finding, Origin, Report};
use crate::values::shown;

/// Where in the document we are.
enum Stage {
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
    tape: Arc<Mutex<Tape<R>>>,
    reader: yaml::Reader<'p, 'static, BufferedInput<Characters<R>>>,
    stage: Stage,
    /// Where `defaults` and `hosts` were said.
    said: [Option<Origin>; 2],
}

/// The longest text of a host that is kept for findings to show a line of.
const EXCERPT: usize = 64 << 10;

const KEYS: [&str; 2] = ["defaults", "hosts"];

impl<'p, R: Read> Stream<'p, R> {
    pub(super) fn new(path: &'p Utf8Path, stream: R) -> Self {
        let tape = Arc::new(Mutex::new(Tape::new(stream)));
        let input = BufferedInput::new(Characters::new(Arc::clone(&tape)));
        let reader = yaml::Reader::new(path, 1, input);
        Self { path, tape, reader, stage: Stage::Outside, said: [None, None] }
    }

    /// The next host; what `defaults:` says on the way.
    pub(super) fn next_host(
        &mut self,
        defaults: &mut Option<Layer>,
        document: &mut Report,
        report: &mut Report,
    ) -> Refused<Option<Layer>> {
        loop {
            let (event, span) = self.event()?;
            match (&self.stage, event) {
                (Stage::Hosts, Event::SequenceEnd) | (Stage::Outside, Event::MappingStart(..)) => {
                    self.stage = Stage::Map;
                }
                (Stage::Hosts, event) => {
                    self.tape().cut(span.start.line());
                    return self.layer(event, span, report).map(Some);
                }
                (Stage::Map, Event::MappingEnd) => self.stage = Stage::End,
                (Stage::Map, Event::Scalar(key, ..)) => {
                    self.tape().cut(span.start.line());
                    self.key(&key, &span, defaults, document)?;
                }
                (Stage::Map, _) => {
                    return Err(self.reader.refuse(
                        Code::YamlSyntax,
                        "a key must be plain text",
                        &span.start,
                    ));
                }
                (_, Event::StreamEnd) => return Ok(None),
                (_, Event::StreamStart | Event::DocumentEnd) | (Stage::Outside, Event::DocumentStart(..)) => {
                }
                (Stage::Outside, _) => {
                    let message = "a fleet is a map with `hosts`, and perhaps `defaults`";
                    let refusal = self.reader.refuse(Code::ValueType, message, &span.start);
                    let hint = "write `hosts:` and below it `- domain: panel.example.org`, a host each";
                    return Err(Box::new(refusal.hint(hint)));
                }
                (Stage::End, _) => {
                    let message = "a second document begins here";
                    let refusal = self.reader.refuse(Code::YamlDocuments, message, &span.start);
                    return Err(Box::new(
                        refusal.hint("a fleet is one document: put its hosts into one list"),
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
        defaults: &mut Option<Layer>,
        report: &mut Report,
    ) -> Refused<()> {
        let origin = self.reader.origin(&span.start);
        let Some(at) = KEYS.iter().position(|known| *known == key) else {
            let finding = Finding::new(Code::KeyUnknown, "a fleet has no such key")
                .about(shown(key).to_string())
                .at(origin);
            let finding =
                finding.hint("`defaults` and `hosts` are known here; one host's parameters go to `-f`");
            report.push(yaml::excerpted_to_key(finding, key, self.tape().excerpt()));
            return self.value().map(drop);
        };
        if let Some(first) = &self.said[at] {
            let finding =
                Finding::new(Code::KeyDuplicate, "said twice").about(key).at(origin).at(first.clone());
            return Err(Box::new(finding.hint("keep one of the two")));
        }
        if at == 0
            && let Some(hosts) = &self.said[1]
        {
            let finding =
                Finding::new(Code::FleetOrder, "`defaults` stands below `hosts`").about(key).at(origin);
            return Err(Box::new(finding.at(hosts.clone()).hint("move `defaults:` above `hosts:`")));
        }
        self.said[at] = Some(origin);
        if at == 0 {
            let (event, span) = self.event()?;
            let layer = self.layer(event, span, report)?;
            match layer.said.value {
                Value::Map(_) => *defaults = Some(layer),
                Value::Nothing => {}
                _ => report.push(not("defaults", "a map of parameters", &layer.said)),
            }
            return Ok(());
        }
        match self.event()? {
            (Event::SequenceStart(..), _) => self.stage = Stage::Hosts,
            (event, span) => {
                let said = self.whole(event, span)?;
                if said.value != Value::Nothing {
                    report.push(not("hosts", "a list of hosts", &said));
                }
            }
        }
        Ok(())
    }

    /// A map of parameters, with its lines.
    fn layer(&mut self, event: Event<'static>, span: Span, report: &mut Report) -> Refused<Layer> {
        let place = self.reader.origin(&span.start);
        let said = self.whole(event, span);
        let tape = self.tape();
        // Many hosts on one line would have that line copied for each of them.
        let text = if tape.lines.len() > EXCERPT { "" } else { tape.lines.as_str() };
        let source = Source { path: self.path.to_owned(), first: tape.first, text: text.into() };
        drop(tape);
        self.reader.tell_duplicates(source.excerpt(), report);
        match said {
            // What an alias stands for was said elsewhere, but here is a host.
            Ok(said) => Ok(Layer { said: Said { origin: place, ..said }, source }),
            Err(finding) => Err(Box::new(yaml::excerpted(*finding, source.excerpt()))),
        }
    }

    fn value(&mut self) -> Refused<Said> {
        let (event, span) = self.event()?;
        self.whole(event, span)
    }

    fn whole(&mut self, event: Event<'static>, span: Span) -> Refused<Said> {
        let said = self.reader.one(event, span);
        self.sound(said)
    }

    fn event(&mut self) -> Refused<(Event<'static>, Span)> {
        let event = self.reader.next();
        self.sound(event)
    }

    /// What was read, unless the characters ended in trouble: to the parser that looks like the end of a file.
    fn sound<T>(&self, read: Refused<T>) -> Refused<T> {
        let tape = self.tape();
        match &tape.trouble {
            None => read,
            Some(trouble) => {
                let place = if *trouble == Trouble::Long { (tape.first, 1) } else { tape.here() };
                Err(Box::new(told(trouble, self.path, place)))
            }
        }
    }

    fn tape(&self) -> MutexGuard<'_, Tape<R>> {
        self.tape.lock().expect("a panic ends it all")
    }
}

fn not(key: &str, what: &str, said: &Said) -> Finding {
    Finding::new(Code::ValueType, format!("takes {what}, not {}", said.value.shape()))
        .about(key)
        .at(said.origin.clone())
        .hint("write `hosts:` and below it `- domain: panel.example.org`, a host each")
}

/// A trouble with the stream, as a finding.
pub(super) fn told(trouble: &Trouble, path: &Utf8Path, (line, column): (usize, usize)) -> Finding {
    let origin = Origin::File { path: path.to_owned(), line, column };
    match trouble {
        Trouble::Unreadable(why) => {
            Finding::new(Code::FileUnreadable, format!("cannot read `{}`: {why}", shown(path.as_str())))
                .about("--fleet")
                .at(origin)
                .hint("a fleet is UTF-8 text, in a file or on standard input (`-`)")
        }
        Trouble::Long => Finding::new(Code::YamlLimit, format!("one host has more than {BYTES} bytes"))
            .at(origin)
            .hint("a host is a few lines; give each its own, in block style or as JSON Lines"),
    }
}
