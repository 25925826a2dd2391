//! Where downloads come from: a mirror with every file in upstream's names below it.

use std::fmt;

use super::url::{self, Url};
use super::{Refusal, Word, read_or_mend, shown};

/// The address of a mirror, `http` or `https`, without a final slash: a file's name is put behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(Url);

impl Origin {
    /// The mirror as a URL, whose path is at least `/`.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_end_matches('/'))
    }
}

impl Word for Origin {
    const WHAT: &'static str = "a mirror's address";

    fn parse(text: &str) -> Result<Self, Refusal> {
        read_or_mend(text, read, |text| {
            let mut url = url::mend(text)?;
            url.set_query(None);
            Some(url.to_string())
        })
    }
}

fn read(text: &str) -> Result<Origin, Refusal> {
    let url = url::read(text)?;
    if url.query().is_some() {
        return Err(Refusal::new(format!(
            "`{}` has a query (`?`), and file names are put behind a mirror",
            shown(text)
        )));
    }
    Ok(Origin(url.without_final_slash()))
}

#[cfg(test)]
mod tests {
    use super::super::claims::{self, canonical, mended, refused};
    use super::*;

    #[test]
    fn a_mirror_is_written_without_a_final_slash() {
        for (text, origin) in [
            ("https://mirror.example", "https://mirror.example"),
            ("https://mirror.example/", "https://mirror.example"),
            ("https://Mirror.example/panel/", "https://mirror.example/panel"),
            ("http://10.0.0.1:8081/a/b", "http://10.0.0.1:8081/a/b"),
        ] {
            assert_eq!(canonical::<Origin>(text), origin);
        }
    }

    #[test]
    fn what_a_file_name_cannot_follow_is_mended() {
        for text in
            ["https://mirror.example/panel?x", "https://mirror.example/panel#x", "mirror.example/panel/"]
        {
            assert_eq!(mended::<Origin>(text), "https://mirror.example/panel");
        }
        let origin = |text| Origin::parse(text).unwrap();
        assert_eq!(origin("https://mirror.example/panel/"), origin("https://mirror.example/panel"));
        refused::<Origin>("/srv/mirror$");
        refused::<Origin>("");
    }

    #[test]
    fn any_text_is_an_origin_or_well_refused() {
        claims::hold::<Origin>("https?://[a-z0-9.]{1,9}(:[0-9]{1,5})?(/[a-z0-9.~]{0,4}){0,3}[?]?");
    }
}
