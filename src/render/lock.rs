//! assets.lock: everything the installer fetches, and how it is verified.

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
    /// The sum, or in words what verifies the file instead.
    sha256: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_url: Option<&'a str>,
    licence: &'a str,
    /// What must happen when it has changed, in the words of the manifest.
    on_change: String,
}

#[derive(Serialize)]
struct Image<'a> {
    name: &'a str,
    component: &'a str,
    /// The digest on amd64, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest_amd64: Option<&'a str>,
}

/// The whole file.
pub(super) fn text(plan: &Plan) -> String {
    let downloads = plan.resources.iter().flat_map(|(component, resources)| {
        resources.downloads.iter().map(|download| {
            let sum_url = download.sum_url.as_deref().filter(|_| download.sha256.is_none());
            let in_words = match sum_url {
                Some(_) => "verify against the release's own sum",
                None => "unknown: give its sha256, the installer refuses what it cannot verify",
            };
            Asset {
                name: &download.name,
                component,
                version: download.version.as_deref(),
                arch: download.arch,
                url: &download.url,
                sha256: download.sha256.as_deref().unwrap_or(in_words),
                sha256_url: sum_url,
                licence: download.licence,
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
    serde_json::to_string_pretty(&lock).expect("strings always serialise") + "\n"
}
