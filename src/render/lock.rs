//! assets.lock: everything that the installer downloads, and how it is verified.

use serde::Serialize;

use crate::components::file_spec::OnChange;
use crate::facts::releases::DIGESTS;
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
    /// The checksum, or a text that describes how the file is verified instead.
    sha256: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_url: Option<&'a str>,
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
}

/// The whole file.
pub(super) fn text(plan: &Plan) -> String {
    let downloads = plan.resources.iter().flat_map(|(component, resources)| {
        resources.downloads.iter().map(|download| {
            let checksum_url = download.checksum_url.as_deref().filter(|_| download.sha256.is_none());
            let in_words = match checksum_url {
                Some(_) => "verify against the release's own checksum",
                None => "unknown: set its sha256, the installer rejects what it cannot verify",
            };
            Asset {
                name: &download.name,
                component,
                version: download.version.as_deref(),
                arch: download.arch,
                url: &download.url,
                sha256: download.sha256.as_deref().unwrap_or(in_words),
                sha256_url: checksum_url,
                license: download.license,
                on_change: match download.restarts {
                    [] => OnChange::Nothing.to_string(),
                    units => OnChange::Restart(units.to_vec()).to_string(),
                },
            }
        })
    });
    let images = plan.resources.iter().flat_map(|(component, resources)| {
        resources.images.iter().map(|image| Image {
            name: &image.reference,
            component,
            digest_amd64: DIGESTS
                .iter()
                .find(|(name, _)| *name == image.reference)
                .map(|(_, digest)| *digest),
        })
    });
    let lock = Lock { downloads: downloads.collect(), images: images.collect() };
    serde_json::to_string_pretty(&lock).expect("strings always serialize") + "\n"
}
