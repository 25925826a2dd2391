//! Checks each directive by itself: whether nginx has it, in this context, in the version of the target, with
//! these arguments.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::Findings;
use super::forbidden::is_forbidden;
use super::{Directive, NginxFile};
use crate::diagnostics::{Code, Diagnostic};
use crate::facts::target::Target;
use crate::values::sanitize;

type Version = (u16, u16, u16);

/// A row of the table.
#[derive(Debug, Clone)]
struct Row {
    contexts: &'static str,
    arguments: &'static str,
    since: Option<Version>,
    until: Option<Version>,
    many: bool,
}

static DIRECTIVES: LazyLock<BTreeMap<&'static str, Vec<Row>>> = LazyLock::new(|| {
    let mut rows: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for line in include_str!("directives.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let (name, contexts, arguments) = (word(), word(), word());
        let mut row = Row { contexts, arguments, since: None, until: None, many: false };
        for word in words {
            match (word.strip_prefix(">="), word.strip_prefix('<')) {
                (Some(since), _) => row.since = Some(version(since)),
                (_, Some(until)) => row.until = Some(version(until)),
                _ => row.many = word == "many",
            }
        }
        rows.entry(name).or_default().push(row);
    }
    rows
});

fn version(text: &str) -> Version {
    let mut numbers =
        text.split('.').map(|number| number.parse().expect("versions in the table are numbers"));
    let mut number = || numbers.next().unwrap_or_default();
    (number(), number(), number())
}

/// Whether nginx has a directive with this name.
pub(super) fn is_known(name: &str) -> bool {
    DIRECTIVES.contains_key(name)
}

/// Whether nginx has every one of these directives, and those in their blocks.
pub(super) fn is_known_whole(directives: &[Directive]) -> bool {
    directives.iter().all(|directive| {
        let below = directive.block.as_deref().unwrap_or_default();
        is_known(&directive.name) && (DATA.contains(&directive.name.as_str()) || is_known_whole(below))
    })
}

/// Returns the first nginx that has a directive, if the target is older.
pub(super) fn since(name: &str) -> Option<Version> {
    DIRECTIVES.get(name)?.iter().map(|row| row.since).min().flatten()
}

/// Blocks whose lines are not directives.
const DATA: &[&str] = &["map", "geo", "split_clients", "types", "charset_map"];

/// Returns the context of the directives in a block, as a letter of the table.
fn inside(name: &str, outside: char) -> Option<char> {
    Some(match (name, outside) {
        ("server", _) => 's',
        ("location", _) => 'l',
        ("upstream", _) => 'u',
        ("if", 's') => 'i',
        ("if", _) => 'I',
        ("limit_except", _) => 'x',
        _ => return None,
    })
}

fn describe_context(context: char) -> &'static str {
    match context {
        'h' => "outside of a server",
        's' => "in `server`",
        'l' => "in `location`",
        'u' => "in `upstream`",
        'i' | 'I' => "in `if`",
        _ => "in `limit_except`",
    }
}

pub(super) fn lint(file: &NginxFile, target: Option<&'static Target>, found: &mut Findings) {
    // A snippet is included in a server; nginx.conf belongs to the distribution.
    let context = if file.host.starts_with("/etc/nginx/conf.d/") { 'h' } else { 's' };
    block(&file.directives, context, target, found);
}

fn block(directives: &[Directive], context: char, target: Option<&'static Target>, found: &mut Findings) {
    let mut first_of: BTreeMap<&str, &Directive> = BTreeMap::new();
    for directive in directives {
        let name = directive.name.as_str();
        let Some(rows) = DIRECTIVES.get(name) else {
            // The rule for what nginx is given reports the others.
            if !is_forbidden(name) {
                found.push(unknown(directive));
            }
            continue;
        };
        if let Some(semicolon) = missing_semicolon(directive) {
            found.push(semicolon);
            continue;
        }
        let Some(row) = rows.iter().find(|row| row.contexts.contains(context)) else {
            found.push(
                Diagnostic::new(
                    Code::NginxContext,
                    format!("`{name}` is not allowed {}", describe_context(context)),
                )
                .with_location(directive.place.clone())
                .with_hint("move it to a block where nginx allows it, or remove it"),
            );
            continue;
        };
        check_version(directive, row, target, found);
        arguments(directive, row, found);
        if !row.many
            && let Some(first) = first_of.insert(name, directive)
        {
            found.push(
                Diagnostic::new(
                    Code::NginxDuplicate,
                    format!("`{name}` is set twice in one block: nginx rejects the file"),
                )
                .with_location(directive.place.clone())
                .with_location(first.place.clone())
                .with_hint("keep one of the two"),
            );
        }
        if let Some(below) = &directive.block
            && !DATA.contains(&name)
        {
            block(below, inside(name, context).unwrap_or(context), target, found);
        }
        if DATA.contains(&name) {
            data(directive, found);
        }
    }
}

fn unknown(directive: &Directive) -> Diagnostic {
    let name = sanitize(&directive.name);
    let finding = Diagnostic::new(Code::NginxDirectiveUnknown, format!("unknown nginx directive `{name}`"))
        .with_location(directive.place.clone());
    finding.with_suggestion(
        &directive.name,
        DIRECTIVES.keys().copied(),
        "remove it: nginx rejects the whole file",
    )
}

/// Finds a missing `;`: the arguments continue on the next line, where another directive begins.
fn missing_semicolon(directive: &Directive) -> Option<Diagnostic> {
    let next = directive.arguments.iter().find(|argument| argument.leads && is_known(&argument.text))?;
    Some(
        Diagnostic::new(
            Code::NginxSyntax,
            format!("missing `;` after `{}`: `{}` becomes part of it", directive.name, next.text),
        )
        .with_location(directive.place.clone())
        .with_location(next.place.clone())
        .with_hint("end the directive with `;`"),
    )
}

/// Checks lines of a `map` and similar blocks: two words, in braces.
fn data(directive: &Directive, found: &mut Findings) {
    for line in directive.block.iter().flatten() {
        let alone = ["hostnames", "volatile", "ranges", "proxy_recursive"].contains(&line.name.as_str());
        if line.block.is_some() || (line.arguments.len() != 1 && !alone && directive.name != "types") {
            found.push(
                Diagnostic::new(
                    Code::NginxArguments,
                    format!("a line of `{}` must be a value and a result", directive.name),
                )
                .with_location(line.place.clone())
                .with_hint("write two words and a `;`"),
            );
        }
    }
}

fn check_version(directive: &Directive, row: &Row, target: Option<&'static Target>, found: &mut Findings) {
    let Some(target) = target else { return };
    let version = |(major, minor, patch): Version| format!("{major}.{minor}.{patch}");
    let have = version(target.nginx);
    let newer = row.since.filter(|since| *since > target.nginx);
    let gone = row.until.filter(|until| *until <= target.nginx);
    if let Some(since) = newer {
        found.push(
            Diagnostic::new(
                Code::NginxDirectiveNewer,
                format!(
                    "`{}` requires nginx {}, but {} has {have}",
                    directive.name,
                    version(since),
                    target.title
                ),
            )
            .with_location(directive.place.clone())
            .with_hint("remove it, or choose a newer target"),
        );
    }
    if let Some(until) = gone {
        found.push(
            Diagnostic::new(
                Code::NginxDirectiveGone,
                format!(
                    "`{}` was removed in nginx {}, but {} has {have}",
                    directive.name,
                    version(until),
                    target.title
                ),
            )
            .with_location(directive.place.clone())
            .with_hint("remove it"),
        );
    }
}

/// The values of a flag.
const FLAGS: [&str; 2] = ["on", "off"];

fn arguments(directive: &Directive, row: &Row, found: &mut Findings) {
    let name = directive.name.as_str();
    let count = directive.arguments.len();
    let opens = row.arguments.ends_with('{');
    let wanted = row.arguments.trim_end_matches('{');
    let mut report = |why: String, hint: &str| {
        found.push(
            Diagnostic::new(Code::NginxArguments, why).with_location(directive.place.clone()).with_hint(hint),
        );
    };
    if opens != directive.block.is_some() {
        if opens {
            report(format!("`{name}` requires a block in braces"), "add `{ … }`");
        } else {
            report(format!("`{name}` does not accept a block"), "end it with `;`");
        }
        return;
    }
    let fits = match wanted {
        "flag" => count == 1,
        "0+" => true,
        "1+" => count >= 1,
        "2+" => count >= 2,
        digits => digits.chars().any(|digit| digit.to_digit(10).is_some_and(|digit| digit as usize == count)),
    };
    if !fits {
        report(
            format!("`{name}` does not accept {count} arguments"),
            "check for a missing `;`: nginx rejects the whole file",
        );
        return;
    }
    let first = directive.first();
    if wanted == "flag" && !FLAGS.contains(&first) {
        report(format!("`{name}` must be `on` or `off`, not `{}`", sanitize(first)), "write `on` or `off`");
    }
    if let Some(why) = validate_value(name, directive) {
        found.push(
            Diagnostic::new(Code::NginxValueInvalid, why)
                .with_location(
                    directive.arguments.last().map_or(&directive.place, |argument| &argument.place).clone(),
                )
                .with_hint("fix the value: nginx rejects the whole file"),
        );
    }
}

/// Directives that accept one size.
const SIZES: &[&str] = &[
    "client_max_body_size",
    "client_body_buffer_size",
    "client_header_buffer_size",
    "proxy_buffer_size",
    "proxy_busy_buffers_size",
    "proxy_max_temp_file_size",
    "limit_rate",
    "limit_rate_after",
    "send_lowat",
    "types_hash_max_size",
    "ssl_buffer_size",
];

/// Returns why the value of a directive is invalid.
fn validate_value(name: &str, directive: &Directive) -> Option<String> {
    let first = directive.first();
    if first.contains('$') {
        return None;
    }
    let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let is_time = name.ends_with("_timeout")
        || ["keepalive_time", "expires", "resolver_timeout", "lingering_time", "proxy_cache_lock_age"]
            .contains(&name);
    if SIZES.contains(&name) && !is_number(first.trim_end_matches(['k', 'K', 'm', 'M', 'g', 'G'])) {
        return Some(format!("invalid size `{}`: expected digits followed by k, m or g", sanitize(first)));
    }
    if is_time && name != "expires" && !is_span(first) {
        return Some(format!(
            "invalid duration `{}`: expected digits followed by ms, s, m, h or d",
            sanitize(first)
        ));
    }
    match name {
        "return" | "error_page" => {
            let code = first.parse::<u16>().ok();
            let url = first.starts_with("http://") || first.starts_with("https://");
            match code {
                Some(code) if code <= 999 => None,
                None if url && name == "return" => None,
                _ => Some(format!("`{}` is not a status code", sanitize(first))),
            }
        }
        "proxy_http_version" if !["1.0", "1.1", "2"].contains(&first) => {
            Some(format!("`{}` is not an HTTP version that a proxy supports", sanitize(first)))
        }
        "server_tokens" if !["on", "off", "build"].contains(&first) => {
            Some(format!("`server_tokens` must be `on`, `off` or `build`, not `{}`", sanitize(first)))
        }
        "proxy_pass" if !(first.starts_with("http://") || first.starts_with("https://")) => {
            Some(format!("`{}` is not an upstream: expected `http://` or `https://`", sanitize(first)))
        }
        "add_header" if directive.arguments.len() == 3 && directive.arguments[2].text != "always" => {
            Some(format!(
                "the third argument of `add_header` must be `always`, not `{}`",
                sanitize(&directive.arguments[2].text)
            ))
        }
        _ => None,
    }
}

/// Parses `1d`, `70s`, `1h30m`, `500ms`, or a bare number of seconds.
fn is_span(text: &str) -> bool {
    let mut rest = text;
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = &rest[digits..];
        let letters = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        if digits == 0 || !["", "ms", "s", "m", "h", "d", "w", "M", "y"].contains(&&unit[..letters]) {
            return false;
        }
        rest = &unit[letters..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_uses_known_values() {
        let mut last = "";
        for line in include_str!("directives.txt").lines().filter(|line| !line.starts_with('#')) {
            let name = line.split(' ').next().unwrap();
            assert!(last <= name, "{last} {name}");
            last = name;
        }
        for (name, rows) in DIRECTIVES.iter() {
            for row in rows {
                assert!(row.contexts.chars().all(|c| "hsluiIx".contains(c)), "{name}");
            }
        }
        assert_eq!(version("1.25.1"), (1, 25, 1));
    }

    #[test]
    fn durations_match_nginx() {
        assert!(["70s", "1d", "1h30m", "500ms", "0", "60"].into_iter().all(is_span));
        assert!(!["", "s", "1 d", "1x", "-1s", "soon"].into_iter().any(is_span));
    }
}
