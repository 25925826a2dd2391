//! A bundle as JSON: a list of its paths, for programs without tar.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8Path;
use serde::Serialize;

use crate::bundle::manifest::octal;
use crate::bundle::{Bundle, hex};

/// One path of the bundle.
#[derive(Serialize)]
struct EntryJson<'a> {
    path: &'a Utf8Path,
    r#type: &'static str,
    mode: String,
    owner: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// The encoding of `content`, if it is not plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

/// The bundle as a sorted list of paths, parents before children.
pub fn write(bundle: &Bundle) -> Vec<u8> {
    let paths: Vec<_> = bundle
        .entries()
        .map(|(path, entry)| {
            let (encoding, content) = match entry.content().map(|content| (content, str::from_utf8(content)))
            {
                None => (None, None),
                Some((_, Ok(text))) => (None, Some(text.to_owned())),
                Some((bytes, Err(_))) => (Some("base64"), Some(STANDARD.encode(bytes))),
            };
            EntryJson {
                path,
                r#type: if content.is_some() { "file" } else { "directory" },
                mode: octal(entry.mode),
                owner: entry.owner.to_string(),
                sha256: entry.sha256().as_ref().map(hex),
                encoding,
                content,
            }
        })
        .collect();
    let mut json = serde_json::to_vec_pretty(&paths).expect("paths and texts are JSON");
    json.push(b'\n');
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Entry;
    use crate::components::file_spec::Owner;

    #[test]
    fn text_stays_text_and_other_bytes_are_base64() {
        let mut bundle = Bundle::default();
        bundle.insert("a/b".into(), Entry::file("é\n".as_bytes(), 0o644, Owner::root(), None));
        bundle.insert("c".into(), Entry::file(vec![0xff, 0x00], 0o600, Owner::root(), None));
        let json = write(&bundle);
        assert_eq!(json.last(), Some(&b'\n'));
        let paths: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(
            paths[0],
            serde_json::json!({"path":"a","type":"directory","mode":"0755","owner":"root:root"})
        );
        assert_eq!(paths[1]["content"], "é\n");
        assert_eq!(paths[1]["encoding"], serde_json::Value::Null);
        assert_eq!(paths[2]["encoding"], "base64");
        assert_eq!(paths[2]["content"], "/wA=");
        assert_eq!(paths[2]["mode"], "0600");
        assert_eq!(paths[2]["sha256"], hex(&crate::bundle::sha256(&[0xff, 0x00])));
    }
}
