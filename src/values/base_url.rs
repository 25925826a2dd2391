//! The base URL of a mirror, which keeps every file under its upstream name.

use std::fmt;

use super::url::{self, Url};
use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// The URL of a mirror, `http` or `https`, without a trailing slash. File names are appended to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The mirror's URL. Its path is at least `/`.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

impl FromText for BaseUrl {
    const TYPE_NAME: &'static str = "a mirror URL";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let mut url = url::suggest(text)?;
            url.set_query(None);
            Some(url.to_string())
        })
    }
}

fn read(text: &str) -> Result<BaseUrl, ParseError> {
    let url = url::read(text)?;
    if url.query().is_some() {
        return Err(ParseError::new(format!(
            "invalid mirror URL `{}`: it has a query (`?`), but file names are appended to it",
            sanitize(text)
        )));
    }
    Ok(BaseUrl(url.without_final_slash()))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn base_url_is_written_without_a_trailing_slash() {
        for (text, origin) in [
            ("https://mirror.example", "https://mirror.example"),
            ("https://mirror.example/", "https://mirror.example"),
            ("https://Mirror.example/panel/", "https://mirror.example/panel"),
            ("http://10.0.0.1:8081/a/b", "http://10.0.0.1:8081/a/b"),
        ] {
            assert_eq!(canonical::<BaseUrl>(text), origin);
        }
    }

    #[test]
    fn base_url_suggests_a_form_without_query_and_fragment() {
        for text in
            ["https://mirror.example/panel?x", "https://mirror.example/panel#x", "mirror.example/panel/"]
        {
            assert_eq!(suggestion::<BaseUrl>(text), "https://mirror.example/panel");
        }
        let origin = |text| BaseUrl::parse(text).unwrap();
        assert_eq!(origin("https://mirror.example/panel/"), origin("https://mirror.example/panel"));
        parse_error::<BaseUrl>("/srv/mirror$");
        parse_error::<BaseUrl>("");
    }

    #[test]
    fn any_text_is_a_base_url_or_a_clear_error() {
        properties::check::<BaseUrl>("https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z0-9.~]{0,4}){0,3}[?]?");
    }
}
