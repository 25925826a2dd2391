//! The registry, and the path in it, that images are taken from.

use super::host_port::HostPort;
use super::image_ref::is_name;
use super::{FromText, ParseError, parse_with_suggestion, sanitize};

/// `registry[:port]` or `registry[:port]/path`, without a scheme and without a trailing slash. The path of an image is
/// appended to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImagePrefix(String);

display_as_str!(ImagePrefix);

impl ImagePrefix {
    /// The reference of the same image below this prefix: its own registry is replaced, and its path is kept.
    pub fn of(&self, reference: &str) -> String {
        let path = reference.split_once('/').map_or(reference, |(_, path)| path);
        format!("{}/{path}", self.0)
    }
}

impl FromText for ImagePrefix {
    const TYPE_NAME: &'static str = "an image prefix";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/');
            Some(text.trim().to_ascii_lowercase())
        })
    }
}

fn read(text: &str) -> Result<ImagePrefix, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| Err(ParseError::new(format!("invalid image prefix `{shown}`: {why}")));
    if text.contains("://") {
        return invalid("it has a scheme, and registries are asked over https");
    }
    let (registry, path) = match text.split_once('/') {
        Some((registry, path)) => (registry, Some(path)),
        None => (text, None),
    };
    // Without one of these it would be a name at Docker's registry.
    if !registry.contains(['.', ':']) && registry != "localhost" {
        return invalid("it does not begin with the name of a registry");
    }
    let registry = match HostPort::read(registry) {
        Ok(registry) => registry,
        Err(error) => return invalid(&error.message),
    };
    if let Some(part) = path.and_then(|path| path.split('/').find(|part| !is_name(part))) {
        let part = sanitize(part);
        return invalid(&format!(
            "`{part}` is not made of lower-case letters and digits with single separators"
        ));
    }
    let prefix = path.map_or_else(|| registry.to_string(), |path| format!("{registry}/{path}"));
    // The longest path of an image that is appended has less than 55 characters.
    if prefix.len() > 200 {
        return invalid("it is longer than 200 characters");
    }
    Ok(ImagePrefix(prefix))
}

#[cfg(test)]
mod tests {
    use super::super::ImageRef;
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn image_prefix_replaces_the_registry_and_keeps_the_path() {
        for (prefix, image, copy) in [
            (
                "registry.example:5000",
                "ghcr.io/openfaas/gateway:0.27.14",
                "registry.example:5000/openfaas/gateway:0.27.14",
            ),
            (
                "Registry.Example/copies/hub",
                "docker.io/library/nats:2",
                "registry.example/copies/hub/library/nats:2",
            ),
            ("localhost", "docker.io/prom/prometheus:v3.7.3", "localhost/prom/prometheus:v3.7.3"),
        ] {
            let reference = ImagePrefix::parse(prefix).unwrap().of(image);
            assert_eq!(reference, copy);
            assert_eq!(ImageRef::parse(&reference).unwrap().to_string(), copy);
        }
        assert_eq!(canonical::<ImagePrefix>("registry.example/a-b/c"), "registry.example/a-b/c");
    }

    #[test]
    fn image_prefix_suggests_a_form_without_scheme_and_trailing_slash() {
        for text in
            ["https://registry.example/copies/", "registry.example/Copies", " registry.example/copies\n"]
        {
            assert_eq!(suggestion::<ImagePrefix>(text), "registry.example/copies");
        }
    }

    #[test]
    fn image_prefix_rejects_other_texts() {
        for text in [
            "",
            "copies",
            "copies/hub",
            "registry.example/a b",
            "registry.example//a",
            "registry.example/a:1",
            "registry.example/a@b",
            "u:hunter2@registry.example",
            "registry.example:0/a",
            "registry.example/$x",
        ] {
            let (why, hint) = parse_error::<ImagePrefix>(text);
            assert!(!why.contains("hunter2") && !hint.contains("hunter2"), "{why}; {hint}");
        }
        parse_error::<ImagePrefix>(&format!("registry.example/{}", "a".repeat(200)));
    }

    #[test]
    fn any_text_is_an_image_prefix_or_a_clear_error() {
        properties::check::<ImagePrefix>("([a-z0-9.-]{1,6}(:[0-9]{1,5})?)(/[a-zA-Z0-9._-]{1,5}){0,2}/?");
    }
}
