//! Plain words: user-visible text and documents use standard terms and American spelling. CONTRIBUTING.md has the rules.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

/// Words and phrases that have a standard term, with that term. A phrase matches consecutive words.
const FORBIDDEN: &[(&str, &str)] = &[
    ("told", "reported, printed or set"),
    ("tell", "report, print or show"),
    ("tells", "reports, prints or shows"),
    ("said", "set or passed"),
    ("say", "set, use or write"),
    ("says", "sets or contains"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("nobody", "the passive voice"),
    ("somebody", "the passive voice"),
    ("whoever", "everyone who, or the passive voice"),
    ("is no", "is not a, or invalid"),
    ("is had", "is obtained"),
    ("leads to", "proxies to, points to or redirects to"),
    ("leads there", "proxies to it"),
    ("stands", "is"),
    ("lies", "is"),
    ("lays", "writes"),
    ("wall", "hardening option"),
    ("walls", "hardening options"),
    ("papers", "generated documents"),
    ("door", "interface"),
    ("refuse", "reject"),
    ("refuses", "rejects"),
    ("refused", "rejected"),
    ("promise", "guarantee"),
    ("promised", "expected"),
    ("bless", "update snapshots"),
    ("colour", "color"),
    ("colours", "colors"),
    ("honour", "respect"),
    ("honoured", "respected"),
    ("serialise", "serialize"),
    ("serialised", "serialized"),
    ("behaviour", "behavior"),
    ("neighbour", "neighbor"),
    ("neighbours", "neighbors"),
];

/// Exceptions: the beginning of a path, a part of the line in lower case, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("", "is no longer", "means that something has ended"),
    ("", "connection refused", "is the message of the kernel"),
    ("", "snapshots/refused", "is the path of a directory"),
    ("src/validators/sandbox.rs", "nobody:x:65534", "is the name of the account"),
];

/// A line of text and its location.
struct Line {
    path: Utf8PathBuf,
    number: usize,
    text: String,
}

fn root() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a directory or the file itself, sorted.
fn files(path: &Utf8Path) -> Vec<Utf8PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut entries: Vec<_> = path.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect();
    entries.sort();
    entries.iter().flat_map(|entry| files(entry)).collect()
}

/// The lines of every text file below `paths`.
fn lines(paths: &[&str]) -> Vec<Line> {
    let mut found = Vec::new();
    for path in paths.iter().flat_map(|path| files(&root().join(path))) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let relative = path.strip_prefix(root()).unwrap();
        found.extend(text.lines().enumerate().map(|(index, line)| Line {
            path: relative.to_owned(),
            number: index + 1,
            text: line.to_owned(),
        }));
    }
    assert!(found.len() > 100, "{paths:?} has text");
    found
}

/// The user-visible text of the sources: string literals with more than one word, and the doc comments of the command
/// line, which are the help. Test modules are at the end of a file and are left out.
fn messages() -> Vec<Line> {
    let mut found = Vec::new();
    for path in files(&root().join("src")).into_iter().filter(|path| path.extension() == Some("rs")) {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let relative = path.strip_prefix(root()).unwrap();
        let mut push = |number: usize, text: &str| {
            found.push(Line { path: relative.to_owned(), number, text: text.to_owned() });
        };
        for (number, literal) in literals(text).into_iter().filter(|(_, literal)| literal.contains(' ')) {
            literal.lines().enumerate().for_each(|(index, line)| push(number + index, line));
        }
        if relative.starts_with("src/cli") {
            let comments = text
                .lines()
                .enumerate()
                .filter_map(|(index, line)| Some((index + 1, line.trim().strip_prefix("///")?)));
            comments.for_each(|(number, comment)| push(number, comment));
        }
    }
    assert!(found.len() > 1000, "only {} messages were found", found.len());
    found
}

/// The string literals of Rust code with the line on which each begins.
fn literals(code: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = code.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let (mut found, mut index, mut line) = (Vec::new(), 0, 1);
    while index < chars.len() {
        match at(index) {
            '\n' => line += 1,
            '/' if at(index + 1) == '/' => {
                while index + 1 < chars.len() && at(index + 1) != '\n' {
                    index += 1;
                }
            }
            '\'' if at(index + 1) == '\\' => {
                index += 2;
                while at(index + 1) != '\'' && index < chars.len() {
                    index += 1;
                }
                index += 1;
            }
            '\'' if at(index + 2) == '\'' => index += 2,
            'r' if matches!(at(index + 1), '"' | '#') => {
                let hashes = chars[index + 1..].iter().take_while(|c| **c == '#').count();
                if at(index + 1 + hashes) == '"' {
                    let end: String = std::iter::once('"').chain("#".repeat(hashes).chars()).collect();
                    let begin = index + 2 + hashes;
                    let rest: String = chars[begin..].iter().collect();
                    let text = rest.split(&end).next().unwrap().to_owned();
                    index = begin + text.chars().count() + hashes;
                    let lines = text.matches('\n').count();
                    found.push((line, text));
                    line += lines;
                }
            }
            '"' => {
                let (mut text, begin) = (String::new(), line);
                index += 1;
                while index < chars.len() && at(index) != '"' {
                    if at(index) == '\\' {
                        index += 1;
                        // A backslash at the end of a line joins it with the next one.
                        text.push(if matches!(at(index), '\n' | 'n' | 't') { ' ' } else { at(index) });
                    } else {
                        text.push(at(index));
                    }
                    line += usize::from(at(index) == '\n');
                    index += 1;
                }
                found.push((begin, text));
            }
            _ => {}
        }
        index += 1;
    }
    found
}

/// The forbidden words in a line, each with its standard term.
fn forbidden(path: &Utf8Path, line: &str) -> Vec<String> {
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'))
        .filter(|word| !word.is_empty())
        .collect();
    let is_allowed = |phrase: &str| {
        ALLOWED.iter().any(|(begin, part, _)| {
            path.as_str().starts_with(begin) && lower.contains(part) && part.contains(phrase)
        })
    };
    FORBIDDEN
        .iter()
        .filter(|(phrase, _)| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            words.windows(phrase.len()).any(|window| window == phrase)
        })
        .filter(|(phrase, _)| !is_allowed(phrase))
        .map(|(phrase, term)| format!("`{phrase}` (use: {term})"))
        .collect()
}

#[track_caller]
fn assert_plain(lines: &[Line]) {
    let report: Vec<String> = lines
        .iter()
        .filter_map(|Line { path, number, text }| {
            let words = forbidden(path, text);
            (!words.is_empty()).then(|| format!("{path}:{number}: {}: {}", words.join(", "), text.trim()))
        })
        .collect();
    assert!(report.is_empty(), "{} lines use forbidden words:\n{}", report.len(), report.join("\n"));
}

#[test]
fn messages_and_help_use_plain_words() {
    assert_plain(&messages());
}

#[test]
fn templates_use_plain_words() {
    assert_plain(&lines(&["templates"]));
}

#[test]
fn documents_use_plain_words() {
    assert_plain(&lines(&["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"]));
}

#[test]
fn forbidden_words_are_found_only_as_whole_words() {
    let path = Utf8Path::new("src/x.rs");
    for bad in ["`x` is no size", "Say `-o FILE`", "the wall of it", "leads  to port 80"] {
        assert_eq!(forbidden(path, bad).len(), 1, "{bad}");
    }
    for good in ["it is no longer used", "the firewall", "essays", "is not a size", "connection refused"] {
        assert_eq!(forbidden(path, good), Vec::<String>::new(), "{good}");
    }
    let code = "let a = 'x'; // \"no\"\nf(\"one \\\"two\\\"\", r#\"three\n\"four\"\"#, '\\'', \"five\");";
    let found: Vec<_> = literals(code).into_iter().map(|(line, text)| format!("{line} {text}")).collect();
    assert_eq!(found, ["2 one \"two\"", "2 three\n\"four\"", "3 five"]);
}
