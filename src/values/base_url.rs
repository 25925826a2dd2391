//! Where downloads come from: a mirror with every file in upstream's names below it.

use std::fmt;

use super::url::{self, Url};
use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// The address of a mirror, `http` or `https`, without a final slash: a file's name is put behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// The mirror as a URL, whose path is at least `/`.
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
    const TYPE_NAME: &'static str = "a mirror's address";

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
            "`{}` has a query (`?`), and file names are put behind a mirror",
            sanitize(text)
        )));
    }
    Ok(BaseUrl(url.without_final_slash()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, refused, suggestion};
    use super::*;

    #[test]
    fn a_mirror_is_written_without_a_final_slash() {
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
    fn what_a_file_name_cannot_follow_is_mended() {
        for text in
            ["https://mirror.example/panel?x", "https://mirror.example/panel#x", "mirror.example/panel/"]
        {
            assert_eq!(suggestion::<BaseUrl>(text), "https://mirror.example/panel");
        }
        let origin = |text| BaseUrl::parse(text).unwrap();
        assert_eq!(origin("https://mirror.example/panel/"), origin("https://mirror.example/panel"));
        refused::<BaseUrl>("/srv/mirror$");
        refused::<BaseUrl>("");
    }

    #[test]
    fn any_text_is_an_origin_or_well_refused() {
        claims::hold::<BaseUrl>("https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z0-9.~]{0,4}){0,3}[?]?");
    }
}
