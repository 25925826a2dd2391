//! When a timer elapses, in the syntax of systemd's `OnCalendar=`. Only the characters and the order of the
//! parts are checked here, so that nothing else can be injected; `systemd-analyze calendar` does the full
//! check.

use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// A calendar expression: `daily`, `*-*-* 03:00:00`, `Mon..Fri 09:30 Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarSpec(String);

display_as_str!(CalendarSpec);

/// systemd's names for common intervals.
const SHORTHANDS: &[&str] = &[
    "minutely",
    "hourly",
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "semiannually",
    "semi-annually",
    "biannually",
    "bi-annually",
    "yearly",
    "annually",
    "anually",
];

const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl FromText for CalendarSpec {
    const TYPE_NAME: &'static str = "a calendar expression";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, suggest)
    }
}

/// The parts of an expression, in their required order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Shorthand,
    Weekdays,
    Date,
    Time,
    Zone,
}

fn read(text: &str) -> Result<CalendarSpec, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| {
        Err(ParseError::new(format!("invalid calendar expression `{shown}`: {why}"))
            .with_help("use the syntax of systemd timers, for example `daily` or `*-*-* 03:00:00`"))
    };
    if text.len() > 256 {
        return invalid("it is longer than 256 characters");
    }
    if text.split(' ').any(str::is_empty) || text.contains(|c: char| c.is_whitespace() && c != ' ') {
        return invalid("its parts must be separated by single spaces");
    }
    let mut before: Option<Part> = None;
    for word in text.split(' ') {
        let Some(part) = part(word) else {
            return invalid(&format!("`{}` is not a date, time, weekday or time zone", sanitize(word)));
        };
        let is_misplaced = match before {
            None => part == Part::Zone,
            Some(Part::Shorthand) => part != Part::Zone,
            Some(before) => part <= before,
        };
        if is_misplaced {
            return invalid(&format!("`{}` is in the wrong position", sanitize(word)));
        }
        before = Some(part);
    }
    Ok(CalendarSpec(text.to_owned()))
}

fn part(word: &str) -> Option<Part> {
    let lower = word.to_ascii_lowercase();
    if SHORTHANDS.contains(&lower.as_str()) {
        return Some(Part::Shorthand);
    }
    if lower.split(',').all(is_weekdays) {
        return Some(Part::Weekdays);
    }
    if word.bytes().all(|b| b.is_ascii_digit() || b"*-:,/.~".contains(&b)) {
        return match (word.contains(':'), word.contains(['-', '~'])) {
            (true, false) => Some(Part::Time),
            (false, true) => Some(Part::Date),
            _ => None,
        };
    }
    let is_zone = word == "UTC"
        || (word.contains('/')
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.split('/').all(|area| {
                !area.is_empty() && area.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
            }));
    is_zone.then_some(Part::Zone)
}

/// Whether the text is one weekday or a range of two.
fn is_weekdays(days: &str) -> bool {
    let is_weekday = |day: &str| WEEKDAYS.iter().any(|name| day == *name || day == &name[..3]);
    match days.split_once("..").or_else(|| days.split_once('-')) {
        Some((first, last)) => is_weekday(first) && is_weekday(last),
        None => is_weekday(days),
    }
}

/// Collapses spaces, and converts the simplest cron expressions, such as `30 3 * * *`.
fn suggest(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, "*", "*", "*"] = parts[..] else {
        return Some(parts.join(" ").trim_start_matches('@').to_owned());
    };
    let number = |text: &str, below: u8| text.parse::<u8>().ok().filter(|number| *number < below);
    Some(format!("*-*-* {:02}:{:02}:00", number(hour, 24)?, number(minute, 60)?))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn calendar_spec_accepts_systemd_expressions() {
        for text in [
            "daily",
            "hourly",
            "weekly UTC",
            "*-*-* 03:00:00",
            "*-*-* 00,12:00:00",
            "Mon..Fri 09:30",
            "Sat,Sun *-*-* 1:00",
            "Mon *-*~7/1",
            "*:0/15",
            "2026-12-24",
            "05:40 Europe/Berlin",
            "Fri",
            "mon-fri 12:00",
            "10-15",
            "*-*-* 06:00:00.5",
            "Monday 04:00 Etc/GMT+2",
        ] {
            assert_eq!(canonical::<CalendarSpec>(text), text);
        }
    }

    #[test]
    fn calendar_spec_suggests_a_valid_form_for_other_spellings() {
        assert_eq!(suggestion::<CalendarSpec>("30 3 * * *"), "*-*-* 03:30:00");
        assert_eq!(suggestion::<CalendarSpec>("@daily"), "daily");
        assert_eq!(suggestion::<CalendarSpec>(" *-*-*  03:00 "), "*-*-* 03:00");
    }

    #[test]
    fn calendar_spec_rejects_other_texts() {
        for text in [
            "",
            " ",
            "sometimes",
            "3am",
            "*",
            "12",
            "0 3 * * 1",
            "03:00 Mon",
            "daily 03:00",
            "UTC",
            "*-*-* 03:00 04:00",
            "*-*-*;x",
            "%i",
            "daily\nExecStart=/bin/sh",
            "Mon..Foo",
            "Mon,.Fri",
            "03:00 $TZ",
            "-x/Y",
        ] {
            parse_error::<CalendarSpec>(text);
        }
    }

    #[test]
    fn any_text_is_a_calendar_spec_or_a_clear_error() {
        properties::check::<CalendarSpec>(
            "((Mon|sat)(..|,)?(Fri)? ?)?([0-9*]{1,4}-[0-9*]{1,2})? ?([0-9*]{1,2}:[0-9*]{1,2})?( UTC)?",
        );
    }
}
