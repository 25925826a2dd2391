//! A fleet as JSON Lines: one host a line; a first line with `defaults` alone is what all hosts start from.

use std::io::{BufRead as _, BufReader, Read};

use camino::Utf8Path;

use super::Layer;
use super::reader::no_map;
use super::stream::told;
use super::tape::Trouble;
use crate::params::Source;
use crate::params::tree::Value;
use crate::params::yaml::{self, BYTES, Refused};
use crate::report::Report;

/// Lines that are being read.
pub(super) struct Lines<'p, R> {
    path: &'p Utf8Path,
    stream: BufReader<R>,
    /// The number of lines that were read.
    number: usize,
    /// Whether a host was read: defaults come before all of them.
    begun: bool,
}

impl<'p, R: Read> Lines<'p, R> {
    pub(super) fn new(path: &'p Utf8Path, stream: R) -> Self {
        Self { path, stream: BufReader::new(stream), number: 0, begun: false }
    }

    /// The next host. A line that is none is told of and passed over.
    pub(super) fn next_host(
        &mut self,
        defaults: &mut Option<Layer>,
        report: &mut Report,
    ) -> Refused<Option<Layer>> {
        while let Some(text) = self.line()? {
            if text.trim().is_empty() {
                continue;
            }
            let source = Source { path: self.path.to_owned(), first: self.number, text: text.into() };
            let Some(mut said) = yaml::read_from(self.path, source.excerpt(), report) else { continue };
            let first = !std::mem::replace(&mut self.begun, true);
            let Value::Map(pairs) = &mut said.value else {
                let finding = no_map(said.value.shape(), said.origin);
                report.push(yaml::excerpted(finding, source.excerpt()));
                continue;
            };
            if first && matches!(pairs.as_slice(), [pair] if pair.key == "defaults") {
                let defaults_said = pairs.remove(0).said;
                if matches!(defaults_said.value, Value::Map(_)) {
                    *defaults = Some(Layer { said: defaults_said, source });
                }
                continue;
            }
            return Ok(Some(Layer { said, source }));
        }
        Ok(None)
    }

    fn line(&mut self) -> Refused<Option<String>> {
        let mut bytes = Vec::new();
        let read = self.stream.by_ref().take(BYTES as u64 + 1).read_until(b'\n', &mut bytes);
        self.number += 1;
        let trouble = |trouble| told(&trouble, self.path, self.number);
        match read {
            Ok(0) => return Ok(None),
            Ok(read) if read > BYTES => return Err(trouble(Trouble::Long)),
            Ok(_) => {}
            Err(error) => return Err(trouble(Trouble::Unreadable(error.to_string()))),
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(trouble(Trouble::Unreadable("it is not UTF-8 text".to_owned()))),
        }
    }
}
