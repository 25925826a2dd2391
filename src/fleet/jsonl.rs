//! A fleet as JSON Lines: one host per line. A first line with only `defaults` sets the defaults of all
//! hosts.

use std::io::{BufRead as _, BufReader, Read};

use camino::Utf8Path;

use super::HostEntry;
use super::line_buffer::ReadError;
use super::yaml::{DEFAULTS_ORDER, read_error, without_domain};
use crate::config::SourceText;
use crate::config::value::{Spanned, Value};
use crate::config::yaml::{self, MAX_BYTES, YamlError};
use crate::diagnostics::{Code, Diagnostic, Diagnostics, Location};

/// A reader of lines.
pub(super) struct Lines<'p, R> {
    path: &'p Utf8Path,
    stream: BufReader<R>,
    /// The number of lines read.
    number: usize,
    /// Whether a host has been read. Defaults must come before all hosts.
    begun: bool,
}

impl<'p, R: Read> Lines<'p, R> {
    pub(super) fn new(path: &'p Utf8Path, stream: R) -> Self {
        Self { path, stream: BufReader::new(stream), number: 0, begun: false }
    }

    /// The next host. A line that cannot be parsed gives an empty entry with its location.
    pub(super) fn next_host(
        &mut self,
        defaults: &mut Option<HostEntry>,
        diagnostics: &mut Diagnostics,
    ) -> YamlError<Option<HostEntry>> {
        while let Some(text) = self.line()? {
            if text.trim().is_empty() {
                continue;
            }
            let source =
                SourceText { path: self.path.to_owned(), first_line: self.number, text: text.into() };
            let spanned = yaml::read_from(self.path, source.snippet(), diagnostics);
            let mut spanned = spanned.unwrap_or_else(|| Spanned {
                value: Value::Map(Vec::new()),
                location: Location::File { path: self.path.to_owned(), line: self.number, column: 1 },
            });
            let first = !std::mem::replace(&mut self.begun, true);
            match &mut spanned.value {
                Value::Map(entries)
                    if first && matches!(&entries[..], [entry] if entry.key == "defaults") =>
                {
                    let layer = HostEntry { spanned: entries.remove(0).value, source };
                    *defaults = Some(without_domain(layer, diagnostics));
                }
                Value::Map(entries) if matches!(&entries[..], [entry] if entry.key == "defaults") => {
                    let diagnostic = Diagnostic::new(Code::FleetOrder, DEFAULTS_ORDER)
                        .with_parameter("defaults")
                        .with_location(entries[0].key_location.clone())
                        .with_hint("move this line to the beginning of the file");
                    return Err(Box::new(yaml::with_snippet(diagnostic, source.snippet())));
                }
                _ => return Ok(Some(HostEntry { spanned, source })),
            }
        }
        Ok(None)
    }

    fn line(&mut self) -> YamlError<Option<String>> {
        let mut bytes = Vec::new();
        let read = self.stream.by_ref().take(MAX_BYTES as u64 + 1).read_until(b'\n', &mut bytes);
        self.number += 1;
        let located = |error| Box::new(read_error(&error, self.path, (self.number, 1)));
        match read {
            Ok(0) => return Ok(None),
            Ok(read) if read > MAX_BYTES => return Err(located(ReadError::TooLong)),
            Ok(_) => {}
            Err(error) => return Err(located(ReadError::Unreadable(error.to_string()))),
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(located(ReadError::Unreadable("it is not UTF-8 text".to_owned()))),
        }
    }
}
