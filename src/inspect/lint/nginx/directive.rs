//! Each directive by itself: whether nginx has it, there, in the target's version, with these words.

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
        text.split('.').map(|number| number.parse().expect("the table says versions as numbers"));
    let mut number = || numbers.next().unwrap_or_default();
    (number(), number(), number())
}

/// Whether nginx has a directive of that name.
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

/// The first nginx that has a directive of that name, where a target is older than that.
pub(super) fn since(name: &str) -> Option<Version> {
    DIRECTIVES.get(name)?.iter().map(|row| row.since).min().flatten()
}

/// Blocks whose lines are no directives.
const DATA: &[&str] = &["map", "geo", "split_clients", "types", "charset_map"];

/// Where a block's directives stand, as the table's letter.
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
        'h' => "outside of every server",
        's' => "in `server`",
        'l' => "in `location`",
        'u' => "in `upstream`",
        'i' | 'I' => "in `if`",
        _ => "in `limit_except`",
    }
}

pub(super) fn lint(file: &NginxFile, target: Option<&'static Target>, found: &mut Findings) {
    // A snippet is included where a server wants it; nginx.conf is the distribution's.
    let context = if file.host.starts_with("/etc/nginx/conf.d/") { 'h' } else { 's' };
    block(&file.directives, context, target, found);
}

fn block(directives: &[Directive], context: char, target: Option<&'static Target>, found: &mut Findings) {
    let mut seen: BTreeMap<&str, &Directive> = BTreeMap::new();
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
                    format!("`{name}` cannot stand {}", describe_context(context)),
                )
                .with_location(directive.place.clone())
                .with_hint("move it where nginx takes it, or remove it"),
            );
            continue;
        };
        check_version(directive, row, target, found);
        arguments(directive, row, found);
        if !row.many
            && let Some(first) = seen.insert(name, directive)
        {
            found.push(
                Diagnostic::new(
                    Code::NginxDuplicate,
                    format!("`{name}` is said twice in one block: nginx refuses it"),
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
    let finding = Diagnostic::new(Code::NginxDirectiveUnknown, format!("nginx has no directive `{name}`"))
        .with_location(directive.place.clone());
    finding.with_suggestion(
        &directive.name,
        DIRECTIVES.keys().copied(),
        "remove it: nginx refuses the whole file",
    )
}

/// A directive whose words go on into the next line, where another directive begins: a `;` is missing.
fn missing_semicolon(directive: &Directive) -> Option<Diagnostic> {
    let next = directive.arguments.iter().find(|argument| argument.leads && is_known(&argument.text))?;
    Some(
        Diagnostic::new(
            Code::NginxSyntax,
            format!("`{}` has no `;` behind it, and swallows `{}`", directive.name, next.text),
        )
        .with_location(directive.place.clone())
        .with_location(next.place.clone())
        .with_hint("end the directive with `;`"),
    )
}

/// Lines of a `map` and its kin: two words, in braces.
fn data(directive: &Directive, found: &mut Findings) {
    for line in directive.block.iter().flatten() {
        let alone = ["hostnames", "volatile", "ranges", "proxy_recursive"].contains(&line.name.as_str());
        if line.block.is_some() || (line.arguments.len() != 1 && !alone && directive.name != "types") {
            found.push(
                Diagnostic::new(
                    Code::NginxArguments,
                    format!("a line of `{}` is a value and what becomes of it", directive.name),
                )
                .with_location(line.place.clone())
                .with_hint("write two words and a `;`"),
            );
        }
    }
}

fn check_version(directive: &Directive, row: &Row, target: Option<&'static Target>, found: &mut Findings) {
    let Some(target) = target else { return };
    let told = |(major, minor, patch): Version| format!("{major}.{minor}.{patch}");
    let have = told(target.nginx);
    let newer = row.since.filter(|since| *since > target.nginx);
    let gone = row.until.filter(|until| *until <= target.nginx);
    if let Some(since) = newer {
        found.push(
            Diagnostic::new(
                Code::NginxDirectiveNewer,
                format!(
                    "`{}` came with nginx {}, and {} has {have}",
                    directive.name,
                    told(since),
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
                    "`{}` is gone since nginx {}, and {} has {have}",
                    directive.name,
                    told(until),
                    target.title
                ),
            )
            .with_location(directive.place.clone())
            .with_hint("remove it"),
        );
    }
}

/// Words that a flag's value may be.
const FLAGS: [&str; 2] = ["on", "off"];

fn arguments(directive: &Directive, row: &Row, found: &mut Findings) {
    let name = directive.name.as_str();
    let count = directive.arguments.len();
    let opens = row.arguments.ends_with('{');
    let wanted = row.arguments.trim_end_matches('{');
    let mut refuse = |why: String, hint: &str| {
        found.push(
            Diagnostic::new(Code::NginxArguments, why).with_location(directive.place.clone()).with_hint(hint),
        );
    };
    if opens != directive.block.is_some() {
        if opens {
            refuse(format!("`{name}` wants a block in braces"), "write `{ … }` behind it");
        } else {
            refuse(format!("`{name}` has no block"), "end it with `;`");
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
        refuse(
            format!("`{name}` does not take {count} words"),
            "nginx refuses the whole file; is a `;` missing?",
        );
        return;
    }
    let first = directive.first();
    if wanted == "flag" && !FLAGS.contains(&first) {
        refuse(format!("`{name}` is `on` or `off`, not `{}`", sanitize(first)), "write `on` or `off`");
    }
    if let Some(why) = validate_value(name, directive) {
        found.push(
            Diagnostic::new(Code::NginxValueInvalid, why)
                .with_location(
                    directive.arguments.last().map_or(&directive.place, |argument| &argument.place).clone(),
                )
                .with_hint("nginx refuses the whole file"),
        );
    }
}

/// Directives that take one size.
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

/// Why the value of a directive is none that it takes.
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
        return Some(format!("`{}` is no size: digits and one of k, m, g", sanitize(first)));
    }
    if is_time && name != "expires" && !is_span(first) {
        return Some(format!("`{}` is no span of time: digits and one of ms, s, m, h, d", sanitize(first)));
    }
    match name {
        "return" | "error_page" => {
            let code = first.parse::<u16>().ok();
            let url = first.starts_with("http://") || first.starts_with("https://");
            match code {
                Some(code) if code <= 999 => None,
                None if url && name == "return" => None,
                _ => Some(format!("`{}` is no status code", sanitize(first))),
            }
        }
        "proxy_http_version" if !["1.0", "1.1", "2"].contains(&first) => {
            Some(format!("`{}` is no version of HTTP that a proxy speaks", sanitize(first)))
        }
        "server_tokens" if !["on", "off", "build"].contains(&first) => {
            Some(format!("`server_tokens` is `on`, `off` or `build`, not `{}`", sanitize(first)))
        }
        "proxy_pass" if !(first.starts_with("http://") || first.starts_with("https://")) => {
            Some(format!("`{}` is no upstream: it begins with `http://` or `https://`", sanitize(first)))
        }
        "add_header" if directive.arguments.len() == 3 && directive.arguments[2].text != "always" => {
            Some(format!(
                "the third word of `add_header` is `always`, not `{}`",
                sanitize(&directive.arguments[2].text)
            ))
        }
        _ => None,
    }
}

/// `1d`, `70s`, `1h30m`, `500ms`, a bare number of seconds.
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
    fn the_table_is_in_order_and_says_what_it_may() {
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
    fn spans_are_what_nginx_reads() {
        assert!(["70s", "1d", "1h30m", "500ms", "0", "60"].into_iter().all(is_span));
        assert!(!["", "s", "1 d", "1x", "-1s", "soon"].into_iter().any(is_span));
    }
}
