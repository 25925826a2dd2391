//! How systemd splits a value into words, and a unit into assignments.

/// Where the reader is among the words of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WordPlace {
    #[default]
    Between,
    Bare,
    Quoted(char),
}

/// What one character of a value does.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WordStep {
    /// A word begins with it.
    pub(crate) starts_word: bool,
    /// The word before it is complete.
    pub(crate) ends_word: bool,
    /// It belongs to the text of the word: it is not a quote, a backslash or a space.
    pub(crate) is_text: bool,
}

/// The words of a value, one character at a time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WordLexer {
    place: WordPlace,
    escaped: bool,
}

impl WordLexer {
    pub(crate) fn place(self) -> WordPlace {
        self.place
    }

    pub(crate) fn step(&mut self, c: char) -> WordStep {
        let escaped = self.escaped;
        self.escaped = c == '\\' && !escaped;
        let mut step = WordStep::default();
        match self.place {
            WordPlace::Between if c.is_ascii_whitespace() => return step,
            WordPlace::Between => {
                step.starts_word = true;
                self.place = WordPlace::Bare;
            }
            WordPlace::Bare if c.is_ascii_whitespace() && !escaped => {
                step.ends_word = true;
                self.place = WordPlace::Between;
                return step;
            }
            WordPlace::Bare | WordPlace::Quoted(_) => {}
        }
        match self.place {
            WordPlace::Quoted(quote) if c == quote && !escaped => self.place = WordPlace::Bare,
            WordPlace::Bare if matches!(c, '"' | '\'') && !escaped => self.place = WordPlace::Quoted(c),
            _ => step.is_text = !self.escaped,
        }
        step
    }

    /// Starts a bare word with an expression.
    pub(crate) fn start(&mut self) {
        self.place = WordPlace::Bare;
    }

    /// Ends the value. The place before: `Bare` and `Quoted` have a last word.
    pub(crate) fn finish(&mut self) -> WordPlace {
        std::mem::take(self).place
    }
}

/// The words of a value, without quotes and backslashes, and whether the last quote is not closed.
pub(crate) fn words(value: &str) -> (Vec<String>, bool) {
    let mut lexer = WordLexer::default();
    let mut words: Vec<String> = Vec::new();
    for c in value.chars() {
        let step = lexer.step(c);
        if step.starts_word {
            words.push(String::new());
        }
        if step.is_text
            && let Some(word) = words.last_mut()
        {
            word.push(c);
        }
    }
    (words, matches!(lexer.finish(), WordPlace::Quoted(_)))
}

/// Whether a line that begins with `c` is a comment.
pub(crate) fn starts_comment(c: char) -> bool {
    matches!(c, '#' | ';')
}

/// `Key=value`.
#[derive(Debug)]
pub(crate) struct Assignment<'a> {
    pub(crate) section: &'a str,
    pub(crate) key: &'a str,
    /// The value, with continued lines joined by a space.
    pub(crate) value: String,
    /// Each line of the value: its number, the column where the value's part begins, and that part.
    pub(crate) pieces: Vec<(usize, usize, &'a str)>,
    /// The line and column of the key.
    pub(crate) start: (usize, usize),
    /// Whether the text ends although the value continues.
    pub(crate) is_cut: bool,
}

/// A part of a unit, except comments and valid sections.
#[derive(Debug)]
pub(crate) enum Item<'a> {
    Assignment(Assignment<'a>),
    /// A section without `]`.
    OpenSection(&'a str, (usize, usize)),
    /// A key before any section.
    NoSection(&'a str, (usize, usize)),
    /// A line that is neither a section nor an assignment.
    Unknown(&'a str, (usize, usize)),
}

/// The items of a unit, in order.
pub(crate) fn read(text: &str) -> Vec<Item<'_>> {
    let mut items = Vec::new();
    let mut section = None;
    let mut open: Option<Assignment<'_>> = None;
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        // A comment inside a continued value does not end it.
        if trimmed.starts_with(starts_comment) || (trimmed.is_empty() && open.is_none()) {
            continue;
        }
        let start = (number + 1, line.chars().count() - line.trim_start().chars().count() + 1);
        let assignment = if let Some(mut assignment) = open.take() {
            assignment.is_cut = assignment.push(start, trimmed);
            assignment
        } else if let Some(name) = trimmed.strip_prefix('[') {
            match name.strip_suffix(']') {
                Some(name) => section = Some(name),
                None => items.push(Item::OpenSection(trimmed, start)),
            }
            continue;
        } else if let Some((key, value)) = trimmed.split_once('=') {
            let Some(section) = section else {
                items.push(Item::NoSection(key, start));
                continue;
            };
            let space = value.chars().count() - value.trim_start().chars().count();
            let column = start.1 + key.chars().count() + 1 + space;
            let mut assignment = Assignment {
                section,
                key: key.trim_end(),
                value: String::new(),
                pieces: Vec::new(),
                start,
                is_cut: false,
            };
            assignment.is_cut = assignment.push((start.0, column), value.trim());
            assignment
        } else {
            items.push(Item::Unknown(trimmed, start));
            continue;
        };
        if assignment.is_cut { open = Some(assignment) } else { items.push(Item::Assignment(assignment)) }
    }
    items.extend(open.map(Item::Assignment));
    items
}

impl<'a> Assignment<'a> {
    /// Adds a line to the value; returns whether the next line continues it.
    fn push(&mut self, (line, column): (usize, usize), text: &'a str) -> bool {
        let (text, continues) = match text.strip_suffix('\\') {
            Some(text) => (text.trim_end(), true),
            None => (text, false),
        };
        if !self.value.is_empty() && !text.is_empty() {
            self.value.push(' ');
        }
        self.value.push_str(text);
        self.pieces.push((line, column, text));
        continues
    }
}
