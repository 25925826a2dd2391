//! The second grammar inside a compose file: `$` in its values.

use std::borrow::Cow;

/// `text` as a value that compose reads back as itself: it expands variables in every value, and knows
/// `$$` for a dollar sign.
pub fn literal(text: &str) -> Cow<'_, str> {
    if text.contains('$') { text.replace('$', "$$").into() } else { text.into() }
}
