//! The `$` syntax in the values of a compose file.

use std::borrow::Cow;

/// Escapes `text` so that compose reads it literally. Compose expands variables in every value, and reads
/// `$$` as a dollar sign.
pub fn literal(text: &str) -> Cow<'_, str> {
    if text.contains('$') { text.replace('$', "$$").into() } else { text.into() }
}
