//! The fleet's `MANIFEST.json`: which directories are ours, and what each host is. One host is one line, so that two of
//! them compare well; it is read back as a stream.

use std::cell::RefCell;
use std::fmt;
use std::io::{Read, Write};

use camino::Utf8PathBuf;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::host_index::{HostIndex, HostRecord};
use super::labels::Labels;
use super::shared_files::shared_files;
use crate::bundle::manifest::Generator;
use crate::values::{Domain, FromText as _, ParseError};

/// Where the manifest stands in the fleet's directory.
pub const PATH: &str = "MANIFEST.json";

/// A host that a former run wrote.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HostDirectory {
    /// Its first domain, the name of its directory.
    pub domain: String,
    /// Its target.
    #[serde(default)]
    pub target: String,
    /// What it is for.
    #[serde(default, rename = "panel")]
    pub host: String,
    /// Its labels.
    #[serde(default)]
    pub labels: Labels,
}

/// What a former run wrote besides hosts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreviousManifest {
    /// The papers, relative to the fleet's directory.
    pub papers: Vec<Utf8PathBuf>,
}

#[derive(Serialize)]
struct Line<'a> {
    domain: &'a str,
    target: &'a str,
    #[serde(rename = "panel")]
    host: &'a str,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    labels: &'a Labels,
}

impl<'a> From<HostRecord<'a>> for Line<'a> {
    fn from(HostRecord { domain, target, host, labels }: HostRecord<'a>) -> Self {
        Self { domain, target, host, labels }
    }
}

impl<'a> From<&'a HostDirectory> for Line<'a> {
    fn from(HostDirectory { domain, target, host, labels }: &'a HostDirectory) -> Self {
        Self { domain, target, host, labels }
    }
}

/// Writes the manifest. `leaving` are hosts that are about to be removed: they are ours until they are gone.
pub(super) fn write(roll: &HostIndex, leaving: &[HostDirectory], out: &mut dyn Write) -> std::io::Result<()> {
    let paths: Vec<_> = shared_files().into_iter().map(|paper| paper.path).collect();
    let generator = serde_json::to_string(&Generator::this())?;
    let shared = serde_json::to_string(&paths)?;
    write!(out, "{{\n  \"generator\": {generator},\n  \"papers\": {shared},\n  \"hosts\": [")?;
    let staying = roll.records().map(Line::from);
    for (at, line) in staying.chain(leaving.iter().map(Line::from)).enumerate() {
        out.write_all(if at == 0 { b"\n    " } else { b",\n    " })?;
        serde_json::to_writer(&mut *out, &line)?;
    }
    out.write_all(b"\n  ]\n}\n")
}

impl PreviousManifest {
    /// Reads a manifest back and tells every host of it. A document of somebody else is refused, and so is one that
    /// names what is not the directory of a host.
    pub fn read(stream: impl Read, each: &mut dyn FnMut(HostDirectory)) -> Result<Self, ParseError> {
        let mut reader = serde_json::Deserializer::from_reader(stream);
        let document = Document(RefCell::new(each));
        let former = document.deserialize(&mut reader).and_then(|former| reader.end().map(|()| former));
        former.map_err(|error| ParseError::new(format!("is not a fleet's manifest: {error}")))
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
        let mut former = PreviousManifest::default();
        let (mut ours, mut hosts) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "generator" => ours = map.next_value::<Generator>()?.is_ours(),
                "papers" => {
                    former.papers = map.next_value()?;
                    // A paper is removed by its name: no name of a paper leads elsewhere.
                    let known = |path: &Utf8PathBuf| crate::bundle::manifest::is_below(path);
                    if !former.papers.iter().all(known) {
                        return Err(A::Error::custom("a paper lies elsewhere"));
                    }
                }
                // Whose hosts these are must be known before they are told.
                "hosts" if ours => {
                    map.next_value_seed(Hosts(&self.0))?;
                    hosts = true;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if ours && hosts { Ok(former) } else { Err(A::Error::custom("another generator, or no hosts")) }
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
                return Err(A::Error::custom("a host that is no domain"));
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
        let former = PreviousManifest::read(json.as_bytes(), &mut |listed| hosts.push(listed))?;
        Ok((former, hosts))
    }

    #[test]
    fn a_manifest_comes_back() {
        let mut roll = HostIndex::default();
        let place = Location::Flag("x".to_owned());
        for (name, label) in [("b.org", None), ("a.org", Some("eu \"1\""))] {
            let labels: Labels =
                label.map(|label| ("region".to_owned(), label.to_owned())).into_iter().collect();
            roll.insert(
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
            host: "p".into(),
            labels: Labels::new(),
        };
        let mut json = Vec::new();
        write(&roll, std::slice::from_ref(&gone), &mut json).unwrap();
        let (former, hosts) = read(str::from_utf8(&json).unwrap()).unwrap();
        assert!(former.papers.contains(&"ansible/site.yml".into()));
        assert_eq!(
            hosts.iter().map(|host| host.domain.as_str()).collect::<Vec<_>>(),
            ["a.org", "b.org", "z.org"]
        );
        assert_eq!(hosts[0].labels["region"], "eu \"1\"");
        assert_eq!(hosts[2], gone);
    }

    #[test]
    fn what_is_not_ours_or_leads_elsewhere_is_refused() {
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
            format!("{{{ours},\"papers\":[\"../x\"],\"hosts\":[]}}"),
            format!("{{{ours},\"hosts\":[]}} x"),
        ] {
            assert!(read(&json).is_err(), "{json}");
        }
        assert!(read(&format!("{{{ours},\"new\":1,\"hosts\":[{{\"domain\":\"a.org\",\"x\":1}}]}}")).is_ok());
    }
}
