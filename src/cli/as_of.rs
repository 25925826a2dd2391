//! `--as-of`: the day that facts are compared with.

use crate::values::{Date, FromText};

/// Parses a day, or `today`.
pub(super) fn parse(text: &str) -> Result<Date, String> {
    if text == "today" {
        return Ok(today());
    }
    Date::parse(text).map_err(|error| format!("{}; or use `today`", error.message))
}

fn today() -> Date {
    #[expect(
        clippy::disallowed_methods,
        reason = "`--as-of today` asks for it; no rendered byte depends on it"
    )]
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |passed| passed.as_secs());
    Date::from_unix(seconds)
}
