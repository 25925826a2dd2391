//! Prints lines: unchanged for a program, without control characters for a terminal.

use crate::values::is_visible;

/// The meaning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineStyle {
    /// Explanatory text.
    Prose,
    /// The file.
    Head,
    /// The line range.
    Hunk,
    /// A line of both sides.
    Same,
    /// An added line.
    Added,
    /// A removed line.
    Removed,
}

/// The kind of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// For a program: every byte unchanged.
    Raw,
    /// For a terminal: invisible characters are escaped.
    Plain,
    /// For a terminal, with colors.
    Colored,
}

/// The lines so far.
#[derive(Debug, Clone)]
pub struct Printer {
    reader: OutputMode,
    bytes: Vec<u8>,
}

impl Printer {
    /// Creates an empty printer.
    pub fn new(reader: OutputMode) -> Self {
        Self { reader, bytes: Vec::new() }
    }

    /// Adds a line without its end.
    pub fn line(&mut self, style: LineStyle, text: &[u8]) {
        match self.reader {
            // The lines of the patch must be exact; all others are escaped.
            OutputMode::Raw if style == LineStyle::Prose => write_escaped(text, &mut self.bytes),
            OutputMode::Raw => self.bytes.extend_from_slice(text),
            OutputMode::Plain => write_escaped(text, &mut self.bytes),
            OutputMode::Colored => {
                let color: &[u8] = match style {
                    LineStyle::Head => b"\x1b[1m",
                    LineStyle::Hunk => b"\x1b[36m",
                    LineStyle::Added => b"\x1b[32m",
                    LineStyle::Removed => b"\x1b[31m",
                    LineStyle::Prose | LineStyle::Same => b"",
                };
                self.bytes.extend_from_slice(color);
                write_escaped(text, &mut self.bytes);
                if !color.is_empty() {
                    self.bytes.extend_from_slice(b"\x1b[0m");
                }
            }
        }
        self.bytes.push(b'\n');
    }

    /// Returns all lines.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Escapes invisible characters, except for tabs.
fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_visible(c) || c == '\t' {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            } else {
                out.extend(c.escape_debug().collect::<String>().bytes());
            }
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LineStyle, OutputMode, Printer};

    #[test]
    fn control_characters_are_escaped_for_terminals_but_not_for_programs() {
        let hostile = b"+\x1b]0;x\x07 \xff \xc2\x9b \xe2\x80\xae\r\t.";
        let mut exact = Printer::new(OutputMode::Raw);
        exact.line(LineStyle::Added, hostile);
        assert_eq!(exact.into_bytes(), [hostile.as_slice(), b"\n"].concat());
        let mut safe = Printer::new(OutputMode::Plain);
        safe.line(LineStyle::Added, hostile);
        assert_eq!(safe.into_bytes(), b"+\\u{1b}]0;x\\u{7} \\xff \\u{9b} \\u{202e}\\r\t.\n");
        let mut coloured = Printer::new(OutputMode::Colored);
        coloured.line(LineStyle::Added, b"+\x1b");
        assert_eq!(coloured.into_bytes(), b"\x1b[32m+\\u{1b}\x1b[0m\n");
    }
}
