//! The skeleton of a file: everything that its reader takes for structure, and nothing of what it takes for a
//! value. Two renderings that differ in values alone have the same skeleton.

use std::fmt::Write as _;

use serde_json::Value;

/// The skeleton of the file at `path`.
pub(crate) fn skeleton(path: &str, text: &str) -> String {
    if path.starts_with("/etc/nginx/") {
        nginx(text)
    } else if path.starts_with("/etc/systemd/") {
        unit(text)
    } else if path.ends_with(".yaml") || path.ends_with(".yml") {
        keys(&serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}")))
    } else if path.ends_with(".conflist") {
        keys(&serde_json::from_str(text).unwrap())
    } else if text.starts_with("#!") || path.ends_with("-env") {
        shell(text)
    } else if path.contains("/secrets/") {
        // The whole file is one value.
        String::new()
    } else {
        plain(text)
    }
}

/// nginx: the directives, how many words each has, and the blocks, sorted, because routes stand in the order of
/// their paths. Its own rules for quotes, backslashes, comments and `${`.
fn nginx(text: &str) -> String {
    let mut blocks = vec![Vec::new()];
    let mut words: Vec<String> = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\r' | '\n' => {}
            '#' => while letters.next_if(|letter| *letter != '\n').is_some() {},
            ';' | '{' => {
                let directive = format!("{} {}", words.first().expect("a directive has a name"), words.len());
                words.clear();
                blocks.last_mut().unwrap().push(directive);
                if letter == '{' {
                    blocks.push(Vec::new());
                }
            }
            '}' => {
                assert!(words.is_empty(), "words without an end: {words:?}");
                let mut block = blocks.pop().unwrap();
                block.sort();
                let head = blocks.last_mut().and_then(|outer| outer.last_mut()).expect("a block has a head");
                *head = format!("{head} {{{}}}", block.join("; "));
            }
            quote @ ('"' | '\'') => {
                let mut word = String::new();
                loop {
                    match letters.next() {
                        None => panic!("a quote does not end:\n{text}"),
                        Some(letter) if letter == quote => break,
                        Some('\\') => word.extend(letters.next()),
                        Some(letter) => word.push(letter),
                    }
                }
                let next = letters.peek().copied().unwrap_or('\n');
                assert!(" \t\r\n;{)".contains(next), "{next:?} after a quoted word:\n{text}");
                words.push(word);
            }
            first => {
                let mut word = String::from(first);
                loop {
                    match letters.peek() {
                        None | Some(' ' | '\t' | '\r' | '\n' | ';') => break,
                        Some('{') if !word.ends_with('$') => break,
                        Some('\\') => {
                            letters.next();
                            word.extend(letters.next());
                        }
                        Some(_) => word.extend(letters.next()),
                    }
                }
                words.push(word);
            }
        }
    }
    assert!(words.is_empty() && blocks.len() == 1, "the file ends inside a directive: {words:?}");
    blocks[0].sort();
    blocks[0].join("\n")
}

/// systemd: sections, keys and, for commands, how many words they have.
fn unit(text: &str) -> String {
    let joined = text.replace("\\\n", " ");
    let mut found = String::new();
    for line in joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']))
    {
        let Some((key, value)) = line.split_once('=') else {
            writeln!(found, "{line}").unwrap();
            continue;
        };
        let listed = key.starts_with("Exec") || ["Environment", "ReadWritePaths"].contains(&key);
        writeln!(found, "{key} {}", if listed { words(value) } else { 1 }).unwrap();
    }
    found
}

/// How many words systemd makes of a line.
fn words(line: &str) -> usize {
    let (mut count, mut inside, mut quote, mut escaped) = (0, false, None, false);
    for letter in line.chars() {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if quote == Some(letter) {
            quote = None;
        } else if quote.is_none() && (letter == '"' || letter == '\'') {
            quote = Some(letter);
        } else if quote.is_none() && letter == ' ' {
            inside = false;
            continue;
        }
        if !inside {
            (count, inside) = (count + 1, true);
        }
    }
    assert!(quote.is_none() && !escaped, "an open quote: {line}");
    count
}

/// Maps by their keys, lists by their length, scalars by their type.
fn keys(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => format!("[{}]", items.iter().map(keys).collect::<Vec<_>>().join(", ")),
        Value::Object(items) => {
            let items: Vec<_> = items.iter().map(|(key, value)| format!("{key}: {}", keys(value))).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

/// sh: every word is a word, single quotes and backslashes hide whatever they hold; operators stay.
fn shell(text: &str) -> String {
    let mut found = String::new();
    for line in text.lines() {
        let code = line.trim();
        if code.starts_with('#') {
            continue;
        }
        let mut letters = code.chars();
        let (mut word, mut assigned) = (false, false);
        while let Some(letter) = letters.next() {
            match letter {
                // Only the first one in a word assigns.
                '=' if std::mem::replace(&mut assigned, true) => word = true,
                '\'' => {
                    assert!(letters.any(|letter| letter == '\''), "an open quote: {line}");
                    word = true;
                }
                '\\' => {
                    letters.next();
                    word = true;
                }
                ' ' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '"' | '`' | '$' | '=' => {
                    if std::mem::take(&mut word) {
                        found.push('w');
                    }
                    found.push(letter);
                    assigned &= letter == '=';
                }
                _ => word = true,
            }
        }
        if word {
            found.push('w');
        }
        found.push('\n');
    }
    found
}

/// Anything else: its lines, each by its first word and how many there are.
fn plain(text: &str) -> String {
    let mut found = String::new();
    for line in text.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        writeln!(found, "{} {}", words.first().unwrap_or(&""), words.len()).unwrap();
    }
    found
}

#[test]
fn a_skeleton_sees_structure_and_no_values() {
    let site = "/etc/nginx/x";
    assert_eq!(skeleton(site, "a b; c { d \"e; f\"; }"), skeleton(site, "a 'x y'; c {\n # z;\nd e\\ f; }"));
    assert_ne!(skeleton(site, "a b;"), skeleton(site, "a b c;"));
    assert_ne!(skeleton(site, "a b;"), skeleton(site, "a b; c d;"));
    assert_ne!(skeleton(site, "a b;"), skeleton(site, "b b;"));
    let unit = "/etc/systemd/x";
    assert_eq!(
        skeleton(unit, "[A]\nExecStart=a b\nB=c d\n"),
        skeleton(unit, "[A]\nExecStart=a \"b c\"\nB=c\n")
    );
    assert_ne!(skeleton(unit, "[A]\nExecStart=a b\n"), skeleton(unit, "[A]\nExecStart=a b c\n"));
    assert_ne!(skeleton(unit, "[A]\nB=c\n"), skeleton(unit, "[A]\nB=c\nD=e\n"));
    let yaml = "/x.yaml";
    assert_eq!(skeleton(yaml, "a: b\n"), skeleton(yaml, "a: 'c: d'\n"));
    assert_ne!(skeleton(yaml, "a: b\n"), skeleton(yaml, "a: 1\n"));
    assert_ne!(skeleton(yaml, "a: b\n"), skeleton(yaml, "a: {b: c}\n"));
    let sh = "/x-env";
    assert_eq!(skeleton(sh, "a=b\n"), skeleton(sh, "a='c; $d'\n"));
    assert_ne!(skeleton(sh, "a=b\n"), skeleton(sh, "a=c;d\n"));
    assert_ne!(skeleton(sh, "a=b\n"), skeleton(sh, "a=$b\n"));
}
