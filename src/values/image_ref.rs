//! A container image, by name and tag or digest. containerd needs the registry that Docker adds by default,
//! so the canonical form includes it: `nats:2.10` is `docker.io/library/nats:2.10`.

use super::host_port::HostPort;
use super::{FromText, ParseError, Sha256, parse_with_suggestion, sanitize};

/// An OCI reference: `registry[:port]/name:tag`, `registry/name@sha256:…`, or with both a tag and a digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageRef(String);

display_as_str!(ImageRef);

impl ImageRef {
    /// The tag.
    pub fn tag(&self) -> Option<&str> {
        split(&self.0).1
    }

    /// The digest, including `sha256:`.
    pub fn digest(&self) -> Option<&str> {
        split(&self.0).2
    }
}

/// Splits off the tag and the digest. A colon before the last slash belongs to a port.
fn split(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (text, digest) = match text.split_once('@') {
        Some((text, digest)) => (text, Some(digest)),
        None => (text, None),
    };
    let name_at = text.rfind('/').map_or(0, |at| at + 1);
    match text[name_at..].find(':') {
        Some(at) => (&text[..name_at + at], Some(&text[name_at + at + 1..]), digest),
        None => (text, None, digest),
    }
}

impl FromText for ImageRef {
    const TYPE_NAME: &'static str = "an image reference";

    fn parse(text: &str) -> Result<Self, ParseError> {
        parse_with_suggestion(text, read, |text| {
            let text = text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/');
            let (repository, tag, digest) = split(text);
            let tag = tag.map_or(String::new(), |tag| format!(":{tag}"));
            let digest = digest.map_or(String::new(), |digest| format!("@{}", digest.to_ascii_lowercase()));
            Some(format!("{}{tag}{digest}", repository.to_ascii_lowercase()))
        })
    }
}

fn read(text: &str) -> Result<ImageRef, ParseError> {
    let shown = sanitize(text);
    let invalid = |why: &str| Err(ParseError::new(format!("invalid image reference `{shown}`: {why}")));
    let (repository, tag, digest) = split(text);
    let (registry, name) = match repository.split_once('/') {
        Some((first, name)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), name),
        _ => (None, repository),
    };
    let registry = match registry.map(HostPort::read).transpose() {
        Ok(registry) => registry,
        Err(error) => return invalid(&error.message),
    };
    if let Some(part) = name.split('/').find(|part| !is_name(part)) {
        let part = sanitize(part);
        return invalid(&format!(
            "`{part}` is not made of lower-case letters and digits with single separators"
        ));
    }
    if tag.is_none() && digest.is_none() {
        return Err(ParseError::new(format!(
            "invalid image reference `{shown}`: it has neither a tag nor a digest"
        ))
        .with_help("append the release's tag or digest, for example `:1.2.3`"));
    }
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return invalid("a tag consists of 1 to 128 letters, digits, `_`, `.` and `-`");
    }
    let is_digest = |digest: &str| {
        digest
            .strip_prefix("sha256:")
            .is_some_and(|sum| Sha256::parse(sum).is_ok_and(|read| read.as_str() == sum))
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return invalid("a digest is `sha256:` followed by 64 lower-case hexadecimal digits");
    }
    let repository = match registry {
        Some(registry) => format!("{registry}/{name}"),
        None if name.contains('/') => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    };
    if repository.len() > 255 {
        return invalid("its name is longer than 255 characters");
    }
    Ok(ImageRef(format!("{repository}{}", &text[split(text).0.len()..])))
}

/// Lower-case letters and digits, with one of `.`, `_`, `__` or hyphens between them.
pub(super) fn is_name(part: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(is_letter)
        && part.ends_with(is_letter)
        && part
            .split(is_letter)
            .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    (1..=128).contains(&tag.len())
        && !tag.starts_with(['.', '-'])
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::super::properties::{self, canonical, parse_error, suggestion};
    use super::*;

    #[test]
    fn image_ref_includes_the_default_registry() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        for (text, image) in [
            ("ghcr.io/openfaas/gateway:0.27.2", "ghcr.io/openfaas/gateway:0.27.2"),
            ("nats:2.10", "docker.io/library/nats:2.10"),
            ("prom/prometheus:v2.14.0", "docker.io/prom/prometheus:v2.14.0"),
            ("localhost:5000/a/b__c-d.e:X_1", "localhost:5000/a/b__c-d.e:X_1"),
            ("localhost/a:1", "localhost/a:1"),
        ] {
            assert_eq!(canonical::<ImageRef>(text), image);
        }
        for text in [format!("ghcr.io/a/b@{digest}"), format!("ghcr.io/a/b:1@{digest}")] {
            assert_eq!(canonical::<ImageRef>(&text), text);
        }
        let image = ImageRef::parse(&format!("reg.example:5000/a:1@{digest}")).unwrap();
        assert_eq!((image.tag(), image.digest()), (Some("1"), Some(digest.as_str())));
    }

    #[test]
    fn image_ref_suggests_a_valid_form_for_other_spellings() {
        assert_eq!(suggestion::<ImageRef>("docker://ghcr.io/a/b:1"), "ghcr.io/a/b:1");
        assert_eq!(
            suggestion::<ImageRef>("ghcr.io/OpenFaaS/gateway:0.27.2"),
            "ghcr.io/openfaas/gateway:0.27.2"
        );
        assert_eq!(suggestion::<ImageRef>(" nats:2.10\n"), "docker.io/library/nats:2.10");
    }

    #[test]
    fn image_ref_rejects_invalid_references() {
        for text in [
            "",
            ":1",
            "a:",
            "a:-1",
            "a b:1",
            "a//b:1",
            "/a:1",
            "a_:1",
            "a..b:1",
            "a___b:1",
            "é:1",
            "a@sha256:12",
            "a@md5:1",
            "a:1$x",
            "a:1:2",
            "ghcr.io:0/a:1",
            "ghcr.io/:1",
            "u@ghcr.io/a:1",
        ] {
            parse_error::<ImageRef>(text);
        }
        parse_error::<ImageRef>(&format!("a:{}", "1".repeat(129)));
        assert_eq!(
            parse_error::<ImageRef>("ghcr.io/a/b").0,
            "invalid image reference `ghcr.io/a/b`: it has neither a tag nor a digest"
        );
    }

    #[test]
    fn any_text_is_an_image_ref_or_a_clear_error() {
        properties::check::<ImageRef>(
            "([a-z0-9.-]{1,6}(:[0-9]{1,5})?/)?([a-zA-Z0-9._-]{1,5}/){0,2}[a-z0-9_]{1,4}(:[a-zA-Z0-9._-]{1,5})?",
        );
    }
}
