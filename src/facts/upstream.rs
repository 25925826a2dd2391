//! What upstream publishes, read from `upstream.yaml`, which is compiled in.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::read;
use super::source::Source;
use crate::values::{Date, FromText, Version};

/// Everything in `upstream.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// The sources by name.
    pub sources: BTreeMap<String, Source>,
    /// The terms of licenses that are not free.
    pub licenses: Vec<License>,
    /// The releases of programs.
    pub releases: Vec<Release>,
    /// The ends of support.
    pub support: Vec<Support>,
    /// The known vulnerabilities.
    pub advisories: Vec<Advisory>,
    /// The images of the core services.
    pub images: Vec<Image>,
    /// The images that each faasd was published with.
    pub compose: Vec<Compose>,
}

/// The terms of a license that is not free.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// The name.
    pub name: String,
    /// The name with its terms.
    pub terms: String,
    /// The source.
    pub source: String,
}

/// A release of a program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: String,
    /// The day of the release.
    pub released: Date,
    /// The license, by its SPDX name if it has one.
    pub license: String,
    /// The source.
    pub source: String,
    /// The SHA-256 of the file for amd64.
    #[serde(default)]
    pub amd64: Option<String>,
    /// The SHA-256 of the file for arm64.
    #[serde(default)]
    pub arm64: Option<String>,
}

/// The end of support of a series of versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The program or image.
    pub name: String,
    /// The first numbers of its versions: `2.3`.
    pub series: String,
    /// The last day of support.
    pub until: Date,
    /// The source.
    pub source: String,
}

/// A known vulnerability.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisory {
    /// The program or image.
    pub name: String,
    /// Its identifier.
    pub id: String,
    /// The day on which it became public.
    pub published: Date,
    /// The first version of each series without it.
    pub fixed: Vec<String>,
    /// The source.
    pub source: String,
}

/// An image.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The name with its registry.
    pub name: String,
    /// The tag.
    pub tag: String,
    /// The day of the release, if known.
    #[serde(default)]
    pub released: Option<Date>,
    /// The license, by its SPDX name if it has one.
    pub license: String,
    /// The day on which it is known to be gone.
    #[serde(default)]
    pub removed: Option<Date>,
    /// The source.
    pub source: String,
    /// The digest for amd64.
    #[serde(default)]
    pub amd64: Option<String>,
    /// The digest for arm64.
    #[serde(default)]
    pub arm64: Option<String>,
}

/// The tags of the images that a faasd was published with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compose {
    /// The first faasd that has them.
    pub faasd: String,
    /// The gateway.
    pub gateway: String,
    /// The queue worker.
    pub queue_worker: String,
    /// NATS streaming.
    pub nats: String,
    /// Prometheus.
    pub prometheus: String,
    /// The source.
    pub source: String,
}

/// What this program knows about upstream.
pub static UPSTREAM: LazyLock<Upstream> = LazyLock::new(|| read(include_str!("upstream.yaml")));

impl Upstream {
    /// The release of a program.
    pub fn release(&self, program: &str, version: &Version) -> Option<&Release> {
        let version = version.to_string();
        self.releases.iter().find(|release| release.program == program && release.version == version)
    }

    /// The image with this reference, wherever it is copied to: another registry keeps the end of its name.
    pub fn image(&self, reference: &str) -> Option<&Image> {
        let (name, tag) = split(reference);
        self.images
            .iter()
            .find(|image| image.tag == tag && (image.name == name || is_copy(name, &image.name)))
    }

    /// The end of support of a version.
    pub fn support(&self, name: &str, version: &Version) -> Option<&Support> {
        let is_of = |support: &&Support| {
            let series = Version::parse(&support.series).expect("a series is a version, as a test proves");
            support.name == name && version.numbers().starts_with(&series.numbers())
        };
        self.support.iter().find(is_of)
    }

    /// The vulnerabilities of a version that are public on a day.
    pub fn advisories(&self, name: &str, version: &Version, as_of: Date) -> Vec<&Advisory> {
        let is_of = |advisory: &&Advisory| {
            advisory.name == name && advisory.published <= as_of && advisory.affects(version)
        };
        self.advisories.iter().filter(is_of).collect()
    }

    /// A license with its terms.
    pub fn license<'a>(&'a self, name: &'a str) -> &'a str {
        self.licenses.iter().find(|license| license.name == name).map_or(name, |license| &license.terms)
    }

    /// The day on which the newest of these facts was read.
    pub fn newest(&self) -> Date {
        self.sources.values().map(|source| source.read).max().expect("there are sources, as a test proves")
    }
}

impl Image {
    /// The name with its tag.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }

    /// The license with its terms.
    pub fn license_terms(&self) -> &str {
        UPSTREAM.license(&self.license)
    }

    /// The terms, if the license is not free.
    pub fn terms(&self) -> Option<&'static str> {
        UPSTREAM
            .licenses
            .iter()
            .find(|license| license.name == self.license)
            .map(|license| license.terms.as_str())
    }
}

impl Advisory {
    /// Whether a version has the vulnerability.
    fn affects(&self, version: &Version) -> bool {
        let fixed: Vec<Version> = self
            .fixed
            .iter()
            .map(|fixed| Version::parse(fixed).expect("a fixed version is a version, as a test proves"))
            .collect();
        let series = |version: &Version| version.numbers().into_iter().take(2).collect::<Vec<_>>();
        let own = fixed.iter().find(|fixed| series(fixed) == series(version));
        let highest = fixed.iter().max_by(|one, other| {
            if one < other { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }
        });
        own.or(highest).is_some_and(|fixed| version < fixed)
    }
}

/// The name and the tag of a reference without its digest.
pub fn split(reference: &str) -> (&str, &str) {
    let reference = reference.split('@').next().unwrap_or(reference);
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

/// Whether `name` is `known` on another registry.
fn is_copy(name: &str, known: &str) -> bool {
    let path = known.split_once('/').map_or(known, |(_, path)| path);
    name.strip_suffix(path).is_some_and(|before| before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_source_and_valid_values() {
        let facts = &*UPSTREAM;
        let rows = facts.releases.iter().map(|row| (row.version.clone(), &row.source));
        let rows = rows
            .chain(facts.licenses.iter().map(|row| (row.name.clone(), &row.source)))
            .chain(facts.support.iter().map(|row| (row.series.clone(), &row.source)))
            .chain(facts.advisories.iter().map(|row| (row.id.clone(), &row.source)))
            .chain(facts.images.iter().map(|row| (row.tag.clone(), &row.source)))
            .chain(facts.compose.iter().map(|row| (row.faasd.clone(), &row.source)));
        let mut count = 0;
        for (row, source) in rows {
            assert!(facts.sources.contains_key(source), "{row} has the unknown source {source}");
            count += 1;
        }
        assert!(count > 80, "{count}");
        assert!(facts.sources.values().all(|source| source.url.starts_with("https://")));
        let versions = facts.releases.iter().map(|row| row.version.clone());
        let versions = versions
            .chain(facts.support.iter().map(|row| row.series.clone()))
            .chain(facts.advisories.iter().flat_map(|row| row.fixed.clone()));
        versions.for_each(|version| assert!(Version::parse(&version).is_ok(), "{version}"));
        let is_hex = |sum: &str| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit());
        for row in &facts.releases {
            assert!(
                row.amd64.iter().chain(&row.arm64).all(|sum| is_hex(sum)),
                "{} {}",
                row.program,
                row.version
            );
        }
        for row in &facts.images {
            let digests = row.amd64.iter().chain(&row.arm64);
            assert!(
                digests.map(|digest| digest.strip_prefix("sha256:").unwrap()).all(is_hex),
                "{}",
                row.name
            );
        }
        let unused: Vec<_> = facts
            .sources
            .keys()
            .filter(|name| !include_str!("upstream.yaml").contains(&format!("\"source\": \"{name}\"")))
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn advisory_affects_versions_before_the_fix_of_their_series() {
        let affected = |version: &str| {
            let version = Version::parse(version).unwrap();
            UPSTREAM.advisories("runc", &version, Date::parse("2026-11-28").unwrap()).len()
        };
        for (version, count) in
            [("1.4.3", 0), ("1.4.2", 1), ("1.2.9", 1), ("1.5.1", 0), ("1.1.12", 4), ("1.0.3", 5)]
        {
            assert_eq!(affected(version), count, "{version}");
        }
    }

    #[test]
    fn image_is_known_on_another_registry_too() {
        let found = |reference: &str| UPSTREAM.image(reference).map(|image| image.name.as_str());
        assert_eq!(found("ghcr.io/openfaas/gateway:0.27.14"), Some("ghcr.io/openfaas/gateway"));
        assert_eq!(
            found("reg.example:5000/copies/openfaas/gateway:0.27.14@sha256:0"),
            Some("ghcr.io/openfaas/gateway")
        );
        assert_eq!(found("reg.example/myopenfaas/gateway:0.27.14"), None);
        assert_eq!(found("ghcr.io/openfaas/gateway:0.27.99"), None);
    }
}
