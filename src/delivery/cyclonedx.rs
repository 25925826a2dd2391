//! What a bundle installs, as a `CycloneDX` 1.6 document: programs, images and packages with license and digest.
//!
//! It has no time and no serial number, so that the same parameters give the same document.

use serde_json::{Value, json};

use crate::components::{ContainerImage, Download};
use crate::facts::target::{PackageManager, Target};
use crate::facts::upstream::{UPSTREAM, split};
use crate::host::SharedConfig;
use crate::plan::Plan;

/// The text of the whole document.
pub fn text(shared: &SharedConfig, plan: &Plan) -> String {
    let document = document(shared, plan);
    serde_json::to_string_pretty(&document).expect("text, numbers and maps always serialize") + "\n"
}

/// The whole document.
pub fn document(shared: &SharedConfig, plan: &Plan) -> Value {
    let target = shared.target;
    let mut components = vec![json!({
        "type": "operating-system",
        "bom-ref": format!("target/{}", target.name),
        "name": target.title,
    })];
    let resources = || plan.resources.iter().map(|(_, resources)| resources);
    components.extend(resources().flat_map(|resources| &resources.downloads).map(program));
    components.extend(
        resources().flat_map(|resources| &resources.images).map(|one| image(one, shared.arch.as_str())),
    );
    let mut packages: Vec<&str> =
        resources().flat_map(|resources| &resources.packages).map(String::as_str).collect();
    packages.extend(target.package_manager.fetch());
    packages.sort_unstable();
    packages.dedup();
    components.extend(packages.into_iter().map(|name| package(name, target)));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": { "components": [{
                "type": "application",
                "name": "panelgen",
                "version": env!("CARGO_PKG_VERSION"),
            }] },
            "component": { "type": "application", "bom-ref": "panel", "name": "panel" },
        },
        "components": components,
    })
}

fn program(download: &Download) -> Value {
    let mut component = json!({
        "type": "application",
        "bom-ref": format!("download/{}", download.name),
        "name": download.name,
        "licenses": [license(download.license)],
        "externalReferences": [{ "type": "distribution", "url": download.url }],
    });
    if let Some(version) = &download.version {
        component["version"] = json!(version);
    }
    if let Some(sum) = &download.sha256 {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    component
}

fn image(image: &ContainerImage, arch: &str) -> Value {
    let (name, tag) = split(&image.reference);
    let mut component = json!({
        "type": "container",
        "bom-ref": format!("image/{}", image.reference),
        "name": name,
        "version": tag,
    });
    let known = UPSTREAM.image(&image.reference);
    if let Some(known) = known {
        component["licenses"] = json!([license(known.license_terms())]);
    }
    let known =
        known.and_then(|known| if arch == "arm64" { known.arm64.as_deref() } else { known.amd64.as_deref() });
    if let Some(digest) = image.digest().or(known).and_then(|digest| digest.strip_prefix("sha256:")) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
    }
    component
}

/// A package of the distribution. Its version is what the distribution has on the day of the installation.
fn package(name: &str, target: &Target) -> Value {
    let kind = match target.package_manager {
        PackageManager::Apt => "deb",
        PackageManager::Dnf => "rpm",
    };
    let vendor = target.name.split('-').next().unwrap_or(target.name);
    json!({
        "type": "application",
        "bom-ref": format!("package/{name}"),
        "name": name,
        "purl": format!("pkg:{kind}/{vendor}/{name}?distro={}", target.name),
    })
}

/// A license by its SPDX name, or in words.
fn license(name: &str) -> Value {
    let is_spdx = !name.contains(' ');
    json!({ "license": { (if is_spdx { "id" } else { "name" }): name } })
}
