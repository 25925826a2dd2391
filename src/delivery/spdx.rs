//! What a bundle installs, as an SPDX 2.3 document: the components of the `CycloneDX` document as packages.
//!
//! SPDX demands a time of creation and a unique address. The time is that of archives, and the address has the checksum of
//! the document, so that the same parameters give the same document.

use serde_json::{Value, json};

use crate::bundle::{hex, sha256};
use crate::delivery::cyclonedx;
use crate::host::SharedConfig;
use crate::plan::Plan;
use crate::values::Date;

/// The whole document, created at this second after the beginning of 1970.
pub fn text(shared: &SharedConfig, plan: &Plan, created: u64) -> String {
    let document = cyclonedx::document(shared, plan);
    let components = document["components"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut licenses = Vec::new();
    let packages: Vec<Value> = components.iter().map(|one| package(one, &mut licenses)).collect();
    let describes: Vec<Value> = packages
        .iter()
        .map(|package| {
            json!({
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": package["SPDXID"],
            })
        })
        .collect();
    let checksum = hex(&sha256(document.to_string().as_bytes()));
    let mut spdx = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "panel",
        "documentNamespace": format!("{}/spdx/{checksum}", env!("CARGO_PKG_REPOSITORY")),
        "creationInfo": {
            "created": time(created),
            "creators": [format!("Tool: panelgen-{}", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": describes,
    });
    if !licenses.is_empty() {
        let extracted = licenses
            .iter()
            .enumerate()
            .map(|(at, name)| json!({ "licenseId": license_ref(at), "name": name, "extractedText": name }));
        spdx["hasExtractedLicensingInfos"] = extracted.collect();
    }
    serde_json::to_string_pretty(&spdx).expect("text, numbers and maps always serialize") + "\n"
}

/// A package. `licenses` collects those that are not in SPDX's list.
fn package(component: &Value, licenses: &mut Vec<String>) -> Value {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let license = &component["licenses"][0]["license"];
    let declared = text(&license["id"]).or_else(|| {
        let name = text(&license["name"])?;
        let at = licenses.iter().position(|known| *known == name).unwrap_or_else(|| {
            licenses.push(name);
            licenses.len() - 1
        });
        Some(license_ref(at))
    });
    let none = || "NOASSERTION".to_owned();
    let purpose = match component["type"].as_str() {
        Some("container") => "CONTAINER",
        Some("operating-system") => "OPERATING-SYSTEM",
        _ => "APPLICATION",
    };
    let mut package = json!({
        "SPDXID": format!("SPDXRef-{}", identifier(component["bom-ref"].as_str().unwrap_or_default())),
        "name": component["name"],
        "downloadLocation": text(&component["externalReferences"][0]["url"]).unwrap_or_else(none),
        "filesAnalyzed": false,
        "licenseConcluded": none(),
        "licenseDeclared": declared.unwrap_or_else(none),
        "copyrightText": none(),
        "primaryPackagePurpose": purpose,
    });
    if let Some(version) = text(&component["version"]) {
        package["versionInfo"] = version.into();
    }
    if let Some(sum) = text(&component["hashes"][0]["content"]) {
        package["checksums"] = json!([{ "algorithm": "SHA256", "checksumValue": sum }]);
    }
    if let Some(purl) = text(&component["purl"]) {
        package["externalRefs"] = json!([{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl,
        }]);
    }
    package
}

fn license_ref(at: usize) -> String {
    format!("LicenseRef-{}", at + 1)
}

/// A name of letters, digits, dots and dashes.
fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect()
}

/// A time of SPDX, which has years of four digits.
fn time(seconds: u64) -> String {
    let seconds = seconds.min(253_402_300_799);
    let second = seconds % 86_400;
    format!("{}T{:02}:{:02}:{:02}Z", Date::from_unix(seconds), second / 3600, second / 60 % 60, second % 60)
}
