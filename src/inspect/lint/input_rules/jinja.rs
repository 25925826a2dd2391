//! Jinja expressions, parsed without evaluating them: the functions and filters that they use.

use crate::values::sanitize;

/// Filters that only compute.
#[rustfmt::skip]
const FILTERS: &[&str] = &[
    "b64decode", "b64encode", "basename", "batch", "bool", "capitalize", "combine", "count", "d", "default", "dict2items",
    "difference", "dirname", "first", "flatten", "float", "from_json", "groupby", "hash", "int", "intersect", "items",
    "items2dict", "join", "last", "length", "list", "lower", "map", "max", "min", "product", "quote", "regex_escape",
    "regex_findall", "regex_replace", "regex_search", "reject", "rejectattr", "replace", "reverse", "round", "select",
    "selectattr", "sha1", "sort", "split", "string", "subelements", "sum", "symmetric_difference", "ternary", "title",
    "to_json", "to_nice_json", "to_nice_yaml", "to_yaml", "trim", "union", "unique", "upper", "zip",
];

/// Methods that only compute.
#[rustfmt::skip]
const METHODS: &[&str] = &[
    "append", "count", "endswith", "extend", "get", "index", "items", "join", "keys", "lower", "lstrip", "replace",
    "rstrip", "split", "splitlines", "startswith", "strip", "title", "update", "upper", "values",
];

/// Functions that start programs or open files, under any name.
pub(super) const LOOKUPS: &[&str] = &["lookup", "q", "query"];

/// Filters with an argument that names an attribute, and the position of that argument.
const ATTRIBUTES: &[(&str, usize)] = &[
    ("groupby", 0),
    ("join", 1),
    ("max", 1),
    ("min", 1),
    ("rejectattr", 0),
    ("selectattr", 0),
    ("sort", 2),
    ("subelements", 0),
    ("sum", 0),
    ("unique", 1),
];

/// Filters with an argument that names a filter or a test, and the position of that argument.
const FUNCTIONALS: &[(&str, usize)] =
    &[("map", 0), ("reject", 0), ("rejectattr", 1), ("select", 0), ("selectattr", 1)];

/// Keywords that look like function calls before parentheses, and like lists before brackets.
const KEYWORDS: &[&str] = &["and", "else", "elif", "if", "in", "is", "not", "or", "for", "recursive"];

/// Statements.
const STATEMENTS: &[&str] =
    &["if", "elif", "else", "endif", "for", "endfor", "set", "endset", "continue", "break"];

/// The most tokens of an index, and of the arguments of a filter that may not be computed.
const MAX_INDEX: usize = 8;
const MAX_ARGUMENTS: usize = 200;

/// The only allowed lookup: a file of the bundle, read when the role runs.
const LOOKUP: &[&str] = &["ansible.builtin.file", "file"];

/// A token of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Sign(char),
}

/// Returns why the expressions of a text are not allowed. `None` if they only compute. `is_expression`: the
/// whole text is one.
pub(super) fn reason(text: &str, is_expression: bool) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut place = 0;
    while place < letters.len() {
        let opens = |second: char| letters[place] == '{' && letters.get(place + 1) == Some(&second);
        if opens('{') || opens('%') {
            let is_statement = opens('%');
            let (tokens, end) = tokens(&letters, place + 2, Some(if is_statement { '%' } else { '}' }));
            if let Some(why) = rejection(&tokens, is_statement) {
                return Some(why);
            }
            place = end;
        } else if opens('#') {
            place += 2;
            while place < letters.len() && !(letters[place] == '#' && letters.get(place + 1) == Some(&'}')) {
                place += 1;
            }
            place += 2;
        } else {
            place += 1;
        }
    }
    if text.trim_start().starts_with("#jinja2:") {
        return Some("`#jinja2:` changes how templates are read".to_owned());
    }
    // A condition is evaluated as a whole, even if it contains a template.
    if is_expression { rejection(&tokens(&letters, 0, None).0, false) } else { None }
}

/// Returns the tokens up to the end of a region, and its end: `}}` or `%}` outside of brackets and quotes.
fn tokens(letters: &[char], mut place: usize, closes: Option<char>) -> (Vec<Token>, usize) {
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    while let Some(letter) = letters.get(place).copied() {
        if depth == 0 && closes == Some(letter) && letters.get(place + 1) == Some(&'}') {
            return (tokens, place + 2);
        }
        match letter {
            '\'' | '"' => {
                let mut content = String::new();
                place += 1;
                while let Some(inside) = letters.get(place).copied().filter(|inside| *inside != letter) {
                    place += 1;
                    content.push(inside);
                    if inside == '\\' {
                        let escaped = letters.get(place).copied().unwrap_or_default();
                        content.push(escaped);
                        // It can be any letter or none, so it counts as one that is not allowed.
                        if escaped.is_ascii_digit() || "xuUN\n\r".contains(escaped) {
                            content.push_str("__");
                        }
                        place += 1;
                    }
                }
                tokens.push(Token::Text(content));
            }
            _ if letter.is_alphanumeric() || letter == '_' => {
                let begin = place;
                while letters.get(place).is_some_and(|c| c.is_alphanumeric() || *c == '_') {
                    place += 1;
                }
                tokens.push(Token::Name(letters[begin..place].iter().collect()));
                continue;
            }
            _ if letter.is_whitespace() => {}
            _ => {
                match letter {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                tokens.push(Token::Sign(letter));
            }
        }
        place += 1;
    }
    (tokens, place)
}

fn rejection(tokens: &[Token], is_statement: bool) -> Option<String> {
    let mut begin = 0;
    while matches!(tokens.get(begin), Some(Token::Sign('-' | '+'))) {
        begin += 1;
    }
    if is_statement {
        match tokens.get(begin) {
            Some(Token::Name(name)) if STATEMENTS.contains(&name.as_str()) => {}
            Some(Token::Name(name)) => {
                return Some(format!("the statement `{}` is not allowed", sanitize(name)));
            }
            _ => return Some("a statement without a name is not allowed".to_owned()),
        }
    }
    (0..tokens.len()).find_map(|place| token_rejection(tokens, place))
}

/// Returns why a token is not allowed at its place.
fn token_rejection(tokens: &[Token], place: usize) -> Option<String> {
    let next = tokens.get(place + 1);
    let before = place.checked_sub(1).and_then(|place| tokens.get(place));
    let denied = |what: &str, name: &str| Some(format!("{what} `{}` is not allowed", sanitize(name)));
    match &tokens[place] {
        // Jinja can use these names to bypass every list.
        Token::Name(name) if name != "_" && (name.starts_with('_') || name.ends_with("__")) => {
            denied("the name", name)
        }
        Token::Text(text) if text.contains("__") => denied("the text", text),
        Token::Name(name) if before == Some(&Token::Sign('|')) => {
            let (name, last) = qualified(tokens, place, name);
            let name = name.trim_start_matches("ansible.builtin.");
            if !FILTERS.contains(&name) {
                return denied("the filter", name);
            }
            has_computed_argument(name, tokens, last + 1)
                .then(|| format!("`{name}` with a computed name is not allowed"))
        }
        Token::Name(name) if is_test(tokens, place) => {
            let (name, _) = qualified(tokens, place, name);
            let name = name.trim_start_matches("ansible.builtin.");
            if is_plain_test(name) { None } else { denied("the test", name) }
        }
        Token::Name(name) if next == Some(&Token::Sign('(')) && !ends_qualified(tokens, place) => {
            let is_allowed = if before == Some(&Token::Sign('.')) {
                METHODS.contains(&name.as_str())
            } else {
                KEYWORDS.contains(&name.as_str()) || (name == "lookup" && is_file_lookup(&tokens[place..]))
            };
            if is_allowed { None } else { denied("calling", name) }
        }
        Token::Name(name) if LOOKUPS.contains(&name.as_str()) && before != Some(&Token::Sign('.')) => {
            Some(format!("`{name}` is a lookup"))
        }
        // A call can also follow brackets.
        Token::Sign(']' | ')' | '}') | Token::Text(_) if next == Some(&Token::Sign('(')) => {
            Some("calling the result of an expression is not allowed".to_owned())
        }
        Token::Sign('*') if matches!(before, Some(Token::Sign('(' | ','))) => {
            Some("arguments from a list are not allowed".to_owned())
        }
        // An index can also be the name of an attribute.
        Token::Sign('[') if is_index(tokens, place) && !is_plain_index(&tokens[place + 1..]) => {
            Some("a computed index is not allowed".to_owned())
        }
        _ => None,
    }
}

/// Whether a call of `lookup` names a file of the bundle: the first argument is one text.
fn is_file_lookup(call: &[Token]) -> bool {
    matches!(call, [_, _, Token::Text(plugin), Token::Sign(','), ..] if LOOKUP.contains(&plugin.as_str()))
}

/// Whether a name is one of a test: it follows `is` or `is not`.
fn is_test(tokens: &[Token], place: usize) -> bool {
    let name = |back: usize| match place.checked_sub(back).map(|place| &tokens[place]) {
        Some(Token::Name(name)) => name.as_str(),
        _ => "",
    };
    name(0) != "not" && (name(1) == "is" || (name(1) == "not" && name(2) == "is"))
}

/// Whether a bracket follows a value, and so is no list.
fn is_index(tokens: &[Token], place: usize) -> bool {
    let before = |back: usize| place.checked_sub(back).map(|place| &tokens[place]);
    match before(1) {
        Some(Token::Name(name)) => {
            before(2) == Some(&Token::Sign('.'))
                || !(KEYWORDS.contains(&name.as_str()) || STATEMENTS.contains(&name.as_str()))
        }
        Some(Token::Text(_) | Token::Sign(')' | ']' | '}')) => true,
        _ => false,
    }
}

/// Whether an index is one text, or numbers.
fn is_plain_index(inside: &[Token]) -> bool {
    let Some(end) = inside.iter().take(MAX_INDEX).position(|token| *token == Token::Sign(']')) else {
        return false;
    };
    match &inside[..end] {
        [Token::Text(text)] => is_plain_attribute(text),
        inside => inside.iter().all(|token| match token {
            Token::Name(name) => name.chars().all(|c| c.is_ascii_digit()),
            token => matches!(token, Token::Sign(':' | '-')),
        }),
    }
}

/// Whether a dotted name has no part that begins with an underscore.
fn is_plain_attribute(text: &str) -> bool {
    !text.split('.').any(|part| part.trim_start().starts_with('_'))
}

/// Returns the arguments of a call that opens at this token, none if nothing does. `None` if they are too long.
fn arguments(tokens: &[Token], open: usize) -> Option<Vec<&[Token]>> {
    let mut found = Vec::new();
    if tokens.get(open) != Some(&Token::Sign('(')) {
        return Some(found);
    }
    let (mut depth, mut begin) = (0_usize, open + 1);
    for (place, token) in tokens.iter().enumerate().skip(open).take(MAX_ARGUMENTS) {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && *token == Token::Sign(',')) {
            found.push(&tokens[begin..place]);
            begin = place + 1;
        }
        if depth == 0 {
            return Some(found);
        }
    }
    None
}

/// Whether an argument of a filter that names an attribute, a filter or a test is not one text, or not an allowed one.
fn has_computed_argument(filter: &str, tokens: &[Token], open: usize) -> bool {
    let at =
        |table: &[(&str, usize)]| table.iter().find(|(name, _)| *name == filter).map(|(_, place)| *place);
    let (attribute, function) = (at(ATTRIBUTES), at(FUNCTIONALS));
    if attribute.or(function).is_none() {
        return false;
    }
    let Some(arguments) = arguments(tokens, open) else { return true };
    arguments.iter().enumerate().any(|(place, argument)| match argument {
        [Token::Name(name), Token::Sign('='), value @ ..] if value.first() != Some(&Token::Sign('=')) => {
            let is_plain = matches!(value, [Token::Text(text)] if is_plain_attribute(text));
            name == "attribute" && !is_plain
        }
        [] => false,
        [Token::Text(text)] if attribute == Some(place) => !is_plain_attribute(text),
        [Token::Text(text)] if function == Some(place) => {
            !(is_plain_test(text) || (filter == "map" && FILTERS.contains(&text.as_str())))
        }
        [Token::Name(name)] if attribute == Some(place) => {
            !(name.chars().all(|c| c.is_ascii_digit()) || ["none", "None"].contains(&name.as_str()))
        }
        _ => attribute == Some(place) || function == Some(place),
    })
}

/// Whether a name is the last part of the name of a filter or a test.
fn ends_qualified(tokens: &[Token], mut place: usize) -> bool {
    while place >= 2 && tokens[place - 1] == Token::Sign('.') && matches!(tokens[place - 2], Token::Name(_)) {
        place -= 2;
    }
    (place >= 1 && tokens[place - 1] == Token::Sign('|')) || is_test(tokens, place)
}

/// Returns `ansible.builtin.default` of `| ansible.builtin.default`, and the place of its last part.
fn qualified(tokens: &[Token], place: usize, first: &str) -> (String, usize) {
    let (mut name, mut last) = (first.to_owned(), place);
    let mut rest = tokens[place + 1..].chunks_exact(2);
    while let Some([Token::Sign('.'), Token::Name(part)]) = rest.next() {
        name.push('.');
        name.push_str(part);
        last += 2;
    }
    (name, last)
}

/// Tests that only compare. Others read files.
fn is_plain_test(name: &str) -> bool {
    [
        "changed",
        "contains",
        "defined",
        "divisibleby",
        "eq",
        "equalto",
        "failed",
        "ge",
        "gt",
        "in",
        "le",
        "lt",
        "match",
        "ne",
        "none",
        "search",
        "skipped",
        "string",
        "subset",
        "succeeded",
        "success",
        "superset",
        "truthy",
        "undefined",
        "version",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_that_only_compute_are_allowed() {
        for text in [
            "no expression at all; $(id) | sh (x)",
            "{{ a | default('x') }} and {{ b.split(':')[0] }}",
            "{{ rows | selectattr('c', 'in', d) | map(attribute='path') | list }} (the rest | sh)",
            "{% set s = lookup('ansible.builtin.file', root ~ row.path, rstrip=false) | hash('sha256') if a else b %}",
            "{%- for row in rows -%}{{ {'a': {'b': 1}} }}{%- endfor -%}",
            "{# lookup('pipe', 'id') #}",
            "{% set _ = found.extend(x.split()) %}",
        ] {
            assert_eq!(reason(text, false), None, "{text}");
        }
        assert_eq!(reason("{{ a | ansible.builtin.default('x') | join(',') }}", false), None);
        assert_eq!(reason("{{ a | regex_replace('(x)', '\\\\1') }}", false), None);
        assert_eq!(reason("a is changed and (b or c.rc not in [0, 1])", true), None);
        assert_eq!(reason("x is not search('a(b)')", true), None);
        assert_eq!(
            reason("{{ a[0][1:-1] + b['c'] + [d] | sort(attribute='e.f') | join(tab) }}", false),
            None
        );
    }

    #[test]
    fn expressions_that_read_or_run_are_rejected() {
        for text in [
            "{{ lookup('pipe', 'id') }}",
            "{{ lookup ('pipe', 'id') }}",
            "{{ lookup(name, 'id') }}",
            "{{ query('file', '/etc/passwd') }}",
            "{{ q('env', 'TOKEN') }}",
            "{{ '}}' ~ lookup('pipe', 'id') }}",
            "{{ {'a': '}'}}} {{ lookup('pipe', 'id') }}",
            "{{ ''.__class__ }}",
            "{{ ''['__class__'] }}",
            "{{ ''['\\x5f\\x5fclass\\x5f\\x5f'] }}",
            "{{ ''['\\137\\137class'] }}",
            "{% set get = lookup %}{{ get('pipe', 'id') }}",
            "{% set range = q %}{{ range('pipe', 'id') }}",
            "{% set range = x %}{{ range('pipe', 'id') }}",
            "{{ lookup('file' | replace('file', 'pipe'), 'id') }}",
            "{{ lookup('file' 'x') }}",
            "{{ ''['_' ~ '_class_' ~ '_'] }}",
            "{{ ''['_' '_class_' '_'] }}",
            "{{ ''['_\\\n_class'] }}",
            "{{ x[name] }}",
            "{{ x.in[name] }}",
            "{{ x['_loader'] }}",
            "{{ hostvars._loader }}",
            "{{ [x] | map(attribute='_' ~ '_class_' ~ '_') }}",
            "{{ [x] | map(attribute=name) }}",
            "{{ [x] | map('trim' | replace('trim', 'fileglob')) }}",
            "{{ [x] | selectattr(name) }}",
            "{{ [x] | selectattr('a._b') }}",
            "{{ [x] | selectattr('a', 'exists') }}",
            "{{ [x] | rejectattr(*names) }}",
            "{{ [x] | ansible.builtin.map('fileglob') }}",
            "{{ [x] | groupby(name) }}",
            "{{ [x] | join(',', name) }}",
            "{{ '/etc/passwd' is file }}",
            "{{ '/etc/passwd' is not ansible.builtin.exists }}",
            "{{ x | string.popen('id') }}",
            "{{ x.popen('id') }}",
            "{{ x | attr('y') }}",
            "{{ '/etc/*' | fileglob }}",
            "{{ ['/etc/*'] | map('fileglob') }}",
            "{{ ['a'] | map(name) }}",
            "{{ x['lookup']('pipe', 'id') }}",
            "{{ (lookup)('pipe', 'id') }}",
            "{% include '/etc/passwd' %}",
            "{%- import 'x' as y -%}",
            "{{ lookup('pipe', 'id')",
            "#jinja2: variable_start_string: '[%'",
        ] {
            assert!(reason(text, false).is_some(), "{text}");
        }
        for text in ["lookup('pipe', 'id')", "lookup('pipe', 'id') and '{{ a }}'", "'/x' is exists"] {
            assert!(reason(text, true).is_some(), "{text}");
        }
    }
}
