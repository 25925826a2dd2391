//! The fleet's `MANIFEST.json`: which directories are ours, and what each host is. Each host is one line, so
//! that the file diffs well. It is read back as a stream.

use std::cell::RefCell;
use std::fmt;
use std::io::{Read, Write};

use camino::Utf8PathBuf;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};

use super::host_index::HostIndex;
use super::host_record::{HostDirectory, HostRecord};
use super::labels::Labels;
use crate::bundle::manifest::Generator;
use crate::values::{Domain, FromText as _, ParseError};

/// The files besides hosts that a previous run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreviousManifest {
    /// The shared files, relative to the fleet's directory.
    pub meta_files: Vec<Utf8PathBuf>,
}

#[derive(Serialize)]
struct Line<'a> {
    domain: &'a str,
    target: &'a str,
    panel: &'a str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: &'a Labels,
}

impl<'a> From<HostRecord<'a>> for Line<'a> {
    fn from(HostRecord { domain, target, panel, labels }: HostRecord<'a>) -> Self {
        Self { domain, target, panel, labels }
    }
}

impl<'a> From<&'a HostDirectory> for Line<'a> {
    fn from(HostDirectory { domain, target, panel, labels }: &'a HostDirectory) -> Self {
        Self { domain, target, panel, labels }
    }
}

/// Writes the manifest. `removed` are hosts that are about to be removed; they are listed until they are
/// gone. `meta_files` are the shared files.
pub(super) fn write(
    index: &HostIndex,
    removed: &[HostDirectory],
    meta_files: &[Utf8PathBuf],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let generator = serde_json::to_string(&Generator::this())?;
    let shared = serde_json::to_string(meta_files)?;
    write!(out, "{{\n  \"generator\": {generator},\n  \"meta_files\": {shared},\n  \"hosts\": [")?;
    let staying = index.records().map(Line::from);
    for (at, line) in staying.chain(removed.iter().map(Line::from)).enumerate() {
        out.write_all(if at == 0 { b"\n    " } else { b",\n    " })?;
        serde_json::to_writer(&mut *out, &line)?;
    }
    out.write_all(b"\n  ]\n}\n")
}

impl PreviousManifest {
    /// Parses a manifest and calls `each` with every host. A document of another program is an error, and so
    /// is a host that is not a valid directory name.
    pub fn read(stream: impl Read, each: &mut dyn FnMut(HostDirectory)) -> Result<Self, ParseError> {
        let mut reader = serde_json::Deserializer::from_reader(stream);
        let document = Document(RefCell::new(each));
        let previous = document.deserialize(&mut reader).and_then(|previous| reader.end().map(|()| previous));
        previous.map_err(|error| ParseError::new(format!("invalid fleet manifest: {error}")))
    }
}

struct Document<'a>(RefCell<&'a mut dyn FnMut(HostDirectory)>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = PreviousManifest;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PreviousManifest, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = PreviousManifest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PreviousManifest, A::Error> {
        let mut previous = PreviousManifest::default();
        let (mut ours, mut hosts) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "generator" => ours = map.next_value::<Generator>()?.is_ours(),
                "meta_files" => {
                    previous.meta_files = map.next_value()?;
                    // These paths are removed, so none may be outside the fleet's directory.
                    let known = |path: &Utf8PathBuf| crate::bundle::manifest::is_below(path);
                    if !previous.meta_files.iter().all(known) {
                        return Err(A::Error::custom("a path is outside the fleet's directory"));
                    }
                }
                // The generator must be known before hosts are accepted.
                "hosts" if ours => {
                    map.next_value_seed(Hosts(&self.0))?;
                    hosts = true;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if ours && hosts {
            Ok(previous)
        } else {
            Err(A::Error::custom("it is from another generator, or has no hosts"))
        }
    }
}

struct Hosts<'a, 'b>(&'b RefCell<&'a mut dyn FnMut(HostDirectory)>);

impl<'de> DeserializeSeed<'de> for Hosts<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Hosts<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of hosts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut hosts: A) -> Result<(), A::Error> {
        while let Some(listed) = hosts.next_element::<HostDirectory>()? {
            if !Domain::parse(&listed.domain).is_ok_and(|domain| domain.as_str() == listed.domain) {
                return Err(A::Error::custom("a host is not a valid domain"));
            }
            (self.0.borrow_mut())(listed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::{Diagnostics, Location};

    fn read(json: &str) -> Result<(PreviousManifest, Vec<HostDirectory>), ParseError> {
        let mut hosts = Vec::new();
        let previous = PreviousManifest::read(json.as_bytes(), &mut |listed| hosts.push(listed))?;
        Ok((previous, hosts))
    }

    #[test]
    fn manifest_parses_back() {
        let mut index = HostIndex::default();
        let place = Location::Flag("x".to_owned());
        for (name, label) in [("b.org", None), ("a.org", Some("eu \"1\""))] {
            let labels: Labels =
                label.map(|label| ("region".to_owned(), label.to_owned())).into_iter().collect();
            index.insert(
                &[(name, &place)],
                ["debian-12", "pai"],
                (labels, None),
                (&place, true),
                &mut Diagnostics::default(),
            );
        }
        let gone = HostDirectory {
            domain: "z.org".into(),
            target: "t".into(),
            panel: "p".into(),
            labels: Labels::new(),
        };
        let mut json = Vec::new();
        write(&index, std::slice::from_ref(&gone), &["ansible/site.yml".into()], &mut json).unwrap();
        let (previous, hosts) = read(str::from_utf8(&json).unwrap()).unwrap();
        assert!(previous.meta_files.contains(&"ansible/site.yml".into()));
        assert_eq!(
            hosts.iter().map(|host| host.domain.as_str()).collect::<Vec<_>>(),
            ["a.org", "b.org", "z.org"]
        );
        assert_eq!(hosts[0].labels["region"], "eu \"1\"");
        assert_eq!(hosts[2], gone);
    }

    #[test]
    fn manifest_rejects_other_generators_and_paths_outside() {
        let ours = r#""generator":{"name":"panelgen"}"#;
        for json in [
            "{}".to_owned(),
            "[]".to_owned(),
            format!("{{{ours}}}"),
            format!("{{{ours},\"entries\":[]}}"),
            r#"{"generator":{"name":"other"},"hosts":[]}"#.to_owned(),
            r#"{"hosts":[{"domain":"a.org"}],"generator":{"name":"panelgen"}}"#.to_owned(),
            format!("{{{ours},\"hosts\":[{{\"domain\":\"../a\"}}]}}"),
            format!("{{{ours},\"hosts\":[{{\"domain\":\"A.org\"}}]}}"),
            format!("{{{ours},\"meta_files\":[\"../x\"],\"hosts\":[]}}"),
            format!("{{{ours},\"hosts\":[]}} x"),
        ] {
            assert!(read(&json).is_err(), "{json}");
        }
        assert!(read(&format!("{{{ours},\"new\":1,\"hosts\":[{{\"domain\":\"a.org\",\"x\":1}}]}}")).is_ok());
    }
}
