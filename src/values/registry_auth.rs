//! The credentials of registries, as docker's config.json has them.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::Value;

use super::{FromText, ParseError, sanitize};

/// The credentials by registry. Everything else that docker keeps in the file is dropped, and passwords and tokens are
/// written in one form, so that the host's programs need only that. `Debug` and `Display` never show the value.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistryAuth(String);

#[derive(Serialize)]
struct Document<'a> {
    auths: BTreeMap<&'a str, Login>,
}

#[derive(Serialize)]
struct Login {
    #[serde(skip_serializing_if = "Option::is_none")]
    auth: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identitytoken: Option<String>,
}

/// The largest document.
const MAX_SIZE: usize = 64 << 10;

impl RegistryAuth {
    /// The document, on one line.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromText for RegistryAuth {
    const TYPE_NAME: &'static str = "the text of docker's config.json";

    fn parse(text: &str) -> Result<Self, ParseError> {
        const EXAMPLE: &str =
            "write it as docker does: `{\"auths\": {\"registry.example\": {\"auth\": \"…\"}}}`";
        let invalid = |why: &str| ParseError::new(format!("the credentials of the registry {why}"));
        if text.len() > MAX_SIZE {
            return Err(invalid("have more than 64 KiB").with_help("leave out everything but `auths`"));
        }
        // The message of the parser can contain a part of the text.
        let document: Value = serde_json::from_str(text).map_err(|error| {
            invalid(&format!("are not JSON: line {}, column {}", error.line(), error.column()))
                .with_help(EXAMPLE)
        })?;
        let auths = document.get("auths").and_then(Value::as_object).filter(|auths| !auths.is_empty());
        let auths = auths.ok_or_else(|| invalid("have no map `auths`").with_help(EXAMPLE))?;
        let mut logins = BTreeMap::new();
        for (registry, login) in auths {
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:/[]".contains(c);
            if registry.is_empty() || !registry.chars().all(is_name) {
                return Err(invalid(&format!(
                    "name the registry `{}`, which is invalid",
                    sanitize(registry)
                ))
                .with_help("write its host, with the port if it has one"));
            }
            let login = read(login).map_err(|(why, hint)| {
                invalid(&format!("have {why} for `{}`", sanitize(registry))).with_help(hint)
            })?;
            logins.insert(registry.as_str(), login);
        }
        let text = serde_json::to_string(&Document { auths: logins }).expect("strings always serialize");
        Ok(Self(text))
    }
}

/// One login: a user with a password, or a token.
fn read(login: &Value) -> Result<Login, (&'static str, &'static str)> {
    let text = |key: &str| login.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let has_user = |auth: &&str| {
        STANDARD.decode(auth).is_ok_and(|bytes| {
            let user = bytes.split(|byte| *byte == b':').next().unwrap_or_default();
            !user.is_empty() && user.len() + 1 < bytes.len() && !bytes.iter().any(u8::is_ascii_control)
        })
    };
    let auth = match (text("auth"), text("username"), text("password")) {
        (Some(auth), ..) => Some(Some(auth).filter(has_user).map(str::to_owned).ok_or((
            "no user and password in `auth`",
            "write `USER:PASSWORD` in Base64, as `docker login` does",
        ))?),
        (None, Some(user), Some(password)) => {
            let auth = STANDARD.encode(format!("{user}:{password}"));
            Some(Some(auth).filter(|auth| has_user(&auth.as_str())).ok_or((
                "an invalid user or password",
                "a user has no colon, and neither has control characters",
            ))?)
        }
        (None, ..) => None,
    };
    let token = text("identitytoken").filter(|token| token.chars().all(|c| c.is_ascii_graphic()));
    if auth.is_none() && token.is_none() {
        return Err((
            "no credentials",
            "log in with `docker --config DIR login` where docker has no credential store, and use DIR/config.json",
        ));
    }
    Ok(Login { auth, identitytoken: token.map(str::to_owned) })
}

impl fmt::Debug for RegistryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistryAuth(…)")
    }
}

impl fmt::Display for RegistryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::super::properties::parse_error;
    use super::*;

    #[test]
    fn registry_auth_keeps_only_logins_in_one_form() {
        // `user:hunter2` in Base64.
        const AUTH: &str = "dXNlcjpodW50ZXIy";
        let one = format!("{{\"auths\":{{\"ghcr.io\":{{\"auth\":\"{AUTH}\"}}}}}}");
        for text in [
            format!(
                "{{\n\t\"auths\": {{\n\t\t\"ghcr.io\": {{\n\t\t\t\"auth\": \"{AUTH}\"\n\t\t}}\n\t}}\n}}\n"
            ),
            format!(
                "{{\"auths\":{{\"ghcr.io\":{{\"auth\":\"{AUTH}\"}}}},\"credsStore\":\"\",\"HttpHeaders\":{{}}}}"
            ),
            "{\"auths\":{\"ghcr.io\":{\"username\":\"user\",\"password\":\"hunter2\"}}}".to_owned(),
        ] {
            assert_eq!(RegistryAuth::parse(&text).unwrap().expose(), one);
        }
        let token = "{\"auths\":{\"https://index.docker.io/v1/\":{\"identitytoken\":\"a.b-c\"}}}";
        assert_eq!(RegistryAuth::parse(token).unwrap().expose(), token);
    }

    #[test]
    fn registry_auth_is_never_shown() {
        let auth =
            RegistryAuth::parse("{\"auths\":{\"ghcr.io\":{\"username\":\"u\",\"password\":\"hunter2\"}}}");
        let auth = auth.unwrap();
        assert_eq!(format!("{auth} {auth:?}"), "(secret) RegistryAuth(…)");
        for text in [
            "",
            "hunter2",
            "{}",
            "{\"auths\":{}}",
            "{\"auths\":[\"hunter2\"]}",
            "{\"auths\":{\"ghcr.io\":\"hunter2\"}}",
            "{\"auths\":{\"ghcr.io\":{}},\"credsStore\":\"desktop\"}",
            "{\"auths\":{\"ghcr.io\":{\"auth\":\"hunter2\"}}}",
            "{\"auths\":{\"ghcr.io\":{\"auth\":\"aHVudGVyMg==\"}}}",
            "{\"auths\":{\"ghcr.io\":{\"username\":\"\",\"password\":\"hunter2\"}}}",
            "{\"auths\":{\"ghcr.io\":{\"username\":\"u\",\"password\":\"hunter2\\n\"}}}",
            "{\"auths\":{\"a b\":{\"username\":\"u\",\"password\":\"hunter2\"}}}",
            "{\"auths\":{\"ghcr.io\":{\"username\":\"u\",\"password\":hunter2}}}",
        ] {
            let (why, hint) = parse_error::<RegistryAuth>(text);
            assert!(!why.contains("hunter") && !hint.contains("hunter"), "{why}; {hint}");
        }
        parse_error::<RegistryAuth>(&format!("{{\"auths\":{{\"{}\":{{}}}}}}", "a".repeat(MAX_SIZE)));
    }
}
