//! Lines on their way to a reader: to a program exactly as they are, to a terminal with nothing in them that
//! could move its cursor.

use crate::values::is_visible;

/// What a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineStyle {
    /// Words for people.
    Prose,
    /// Which file.
    Head,
    /// Which lines.
    Hunk,
    /// A line on both sides.
    Same,
    /// A line of the new side.
    Added,
    /// A line of the old side.
    Removed,
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// A program: every byte as it is.
    Raw,
    /// A person: what cannot be seen is shown escaped.
    Plain,
    /// A person with colours.
    Colored,
}

/// The lines so far.
#[derive(Debug, Clone)]
pub struct Printer {
    reader: OutputMode,
    bytes: Vec<u8>,
}

impl Printer {
    /// No line yet.
    pub fn new(reader: OutputMode) -> Self {
        Self { reader, bytes: Vec::new() }
    }

    /// Adds one line, without its end.
    pub fn line(&mut self, tone: LineStyle, text: &[u8]) {
        match self.reader {
            OutputMode::Raw => self.bytes.extend_from_slice(text),
            OutputMode::Plain => write_escaped(text, &mut self.bytes),
            OutputMode::Colored => {
                let colour: &[u8] = match tone {
                    LineStyle::Head => b"\x1b[1m",
                    LineStyle::Hunk => b"\x1b[36m",
                    LineStyle::Added => b"\x1b[32m",
                    LineStyle::Removed => b"\x1b[31m",
                    LineStyle::Prose | LineStyle::Same => b"",
                };
                self.bytes.extend_from_slice(colour);
                write_escaped(text, &mut self.bytes);
                if !colour.is_empty() {
                    self.bytes.extend_from_slice(b"\x1b[0m");
                }
            }
        }
        self.bytes.push(b'\n');
    }

    /// All lines.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The text with every unseen character escaped; a tab is a tab.
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
    fn a_terminal_never_gets_a_control_character_and_a_program_gets_every_byte() {
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
