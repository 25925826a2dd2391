//! assets.lock: everything that the installer downloads, and how it is verified.

use serde::Serialize;

use crate::components::file_spec::OnChange;
use crate::facts::releases::Arch;
use crate::facts::upstream::{Image as KnownImage, UPSTREAM};
use crate::host::SharedConfig;
use crate::plan::Plan;

#[derive(Serialize)]
struct Lock<'a> {
    downloads: Vec<Asset<'a>>,
    images: Vec<Image<'a>>,
}

#[derive(Serialize)]
struct Asset<'a> {
    name: &'a str,
    component: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    arch: &'a str,
    url: &'a str,
    /// The checksum. `null` is unknown: the installer then uses the one at `sha256_url`, or rejects the file.
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_url: Option<&'a str>,
    /// Where the checksum was read. A checksum of the operator has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_source: Option<&'a str>,
    #[serde(rename = "licence")]
    license: &'a str,
    /// The action after a change, as in the manifest.
    on_change: String,
}

#[derive(Serialize)]
struct Image<'a> {
    name: &'a str,
    component: &'a str,
    /// The digest for amd64, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_amd64: Option<&'a str>,
    /// The digest for arm64, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_arm64: Option<&'a str>,
    /// Where the image was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(rename = "licence", skip_serializing_if = "Option::is_none")]
    license: Option<&'a str>,
}

/// The whole file.
pub(super) fn text<'a>(shared: &SharedConfig, plan: &'a Plan) -> String {
    let downloads = plan.resources.iter().flat_map(|(component, resources)| {
        resources.downloads.iter().map(|download| {
            let checksum_url = download.checksum_url.as_deref().filter(|_| download.sha256.is_none());
            Asset {
                name: &download.name,
                component,
                version: download.version.as_deref(),
                arch: download.arch,
                url: &download.url,
                sha256: download.sha256.as_deref(),
                sha256_url: checksum_url,
                sha256_source: download.sha256.as_deref().and_then(source),
                license: download.license,
                on_change: match download.restarts {
                    [] => OnChange::Nothing.to_string(),
                    units => OnChange::Restart(units.to_vec()).to_string(),
                },
            }
        })
    });
    let images = plan.resources.iter().flat_map(|(component, resources)| {
        resources.images.iter().map(|image| {
            let known = UPSTREAM.image(&image.reference);
            let own = image.digest();
            let digest = |arch: Arch, known: Option<&'a str>| own.filter(|_| arch == shared.arch).or(known);
            Image {
                name: &image.reference,
                component,
                digest_amd64: digest(Arch::Amd64, known.and_then(|known| known.amd64.as_deref())),
                digest_arm64: digest(Arch::Arm64, known.and_then(|known| known.arm64.as_deref())),
                source: known.map(|known| UPSTREAM.sources[&known.source].url.as_str()),
                license: known.map(KnownImage::license_terms),
            }
        })
    });
    let lock = Lock { downloads: downloads.collect(), images: images.collect() };
    serde_json::to_string_pretty(&lock).expect("strings always serialize") + "\n"
}

/// The address where a built-in checksum was read.
fn source(sum: &str) -> Option<&'static str> {
    let has = |known: &Option<String>| known.as_deref() == Some(sum);
    let release = UPSTREAM.releases.iter().find(|release| has(&release.amd64) || has(&release.arm64))?;
    Some(&UPSTREAM.sources[&release.source].url)
}
