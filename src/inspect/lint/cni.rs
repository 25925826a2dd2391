//! Checks the CNI list: the network of the containers.

use std::net::Ipv4Addr;

use super::document::{Document, expect_type, items, keys, pairs, text, text_at, type_error};
use super::{BundleView, Findings};
use crate::config::value::Spanned;
use crate::diagnostics::Code;
use crate::values::sanitize;

/// The directory of the lists.
const DIRECTORY: &str = "root/etc/cni/net.d/";

/// The versions of the specification that the plugins support.
const VERSIONS: &[&str] = &["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"];

/// The plugins of the reference set, with the keys that each reads.
const PLUGINS: &[(&str, &[&str])] = &[
    (
        "bridge",
        &[
            "bridge",
            "isGateway",
            "isDefaultGateway",
            "forceAddress",
            "ipMasq",
            "mtu",
            "hairpinMode",
            "ipam",
            "promiscMode",
            "vlan",
            "preserveDefaultVlan",
            "macspoofchk",
            "disableContainerInterface",
            "portIsolation",
            "ipMasqBackend",
            "dns",
        ],
    ),
    ("firewall", &["backend", "iptablesAdminChainName", "firewalldZone", "ingressPolicy"]),
    (
        "portmap",
        &[
            "snat",
            "conditionsV4",
            "conditionsV6",
            "markMasqBit",
            "externalSetMarkChain",
            "masqAll",
            "backend",
        ],
    ),
    ("bandwidth", &["ingressRate", "ingressBurst", "egressRate", "egressBurst"]),
    ("loopback", &[]),
    ("tuning", &["sysctl", "mac", "mtu", "promisc"]),
];

/// Returns the bridge of a list with its location.
pub(super) fn bridge<'s>(subject: &'s BundleView<'_>) -> Option<&'s Spanned> {
    lists(subject).find_map(|list| plugins(list).iter().find_map(|plugin| plugin.get("bridge")))
}

/// Returns the name of the network with its location.
pub(super) fn network<'s>(subject: &'s BundleView<'_>) -> Option<&'s Spanned> {
    lists(subject).find_map(|list| list.top.get("name"))
}

/// Returns the subnet with its location.
pub(super) fn subnet<'s>(subject: &'s BundleView<'_>) -> Option<&'s Spanned> {
    lists(subject).find_map(|list| plugins(list).iter().find_map(|plugin| plugin.get("ipam.subnet")))
}

fn lists<'s>(subject: &'s BundleView<'_>) -> impl Iterator<Item = &'s Document> {
    subject.documents.iter().filter(|document| document.path.as_str().starts_with(DIRECTORY))
}

fn plugins(list: &Document) -> &[Spanned] {
    list.top.get("plugins").map(items).unwrap_or_default()
}

pub(super) fn lint(subject: &BundleView<'_>, found: &mut Findings) {
    for list in lists(subject) {
        self::list(list, found);
    }
}

fn list(list: &Document, found: &mut Findings) {
    let top = &list.top;
    keys(
        top,
        &[
            "cniVersion",
            "cniVersions",
            "name",
            "disableCheck",
            "disableGC",
            "loadOnlyInlinedPlugins",
            "plugins",
        ],
        "a CNI list",
        found,
    );
    match top.get("cniVersion") {
        Some(version) if VERSIONS.contains(&text(version)) => {}
        Some(version) => {
            let why = format!("`{}` is not a version of CNI", sanitize(text(version)));
            found.push(type_error(version, Code::CniInvalid, why, "0.4.0"));
        }
        None => found.push(type_error(
            top,
            Code::CniInvalid,
            "`cniVersion` is missing",
            "add `\"cniVersion\": \"0.4.0\"`",
        )),
    }
    if top.get("name").is_none() {
        found.push(type_error(
            top,
            Code::CniInvalid,
            "`name` is missing",
            "add `\"name\": \"openfaas-cni-bridge\"`",
        ));
    }
    let Some(all) = top.get("plugins") else {
        found.push(type_error(top, Code::CniInvalid, "`plugins` is missing", "render the bundle again"));
        return;
    };
    if !expect_type(all, "a list", "`plugins`", found) {
        return;
    }
    if !items(all).iter().any(|plugin| text_at(plugin, "type") == "bridge") {
        found.push(type_error(
            all,
            Code::CniInvalid,
            "no plugin creates a bridge: containers have no network",
            "render the bundle again",
        ));
    }
    for plugin in items(all) {
        let kind = text_at(plugin, "type");
        let Some((_, known)) = PLUGINS.iter().find(|(name, _)| *name == kind) else {
            let place = plugin.get("type").unwrap_or(plugin);
            let why = format!("unknown plugin `{}`", sanitize(kind));
            found.push(type_error(
                place,
                Code::CniInvalid,
                why,
                "use a plugin of the reference set, such as `bridge` or `firewall`",
            ));
            continue;
        };
        let common = ["type", "capabilities", "args", "runtimeConfig"];
        let known: Vec<&str> = known.iter().copied().chain(common).collect();
        keys(plugin, &known, &format!("the plugin `{kind}`"), found);
        for pair in pairs(plugin)
            .iter()
            .filter(|pair| ["isGateway", "ipMasq", "hairpinMode"].contains(&pair.key.as_str()))
        {
            if !["true", "false"].contains(&text(&pair.value)) {
                let why = format!("`{}` must be true or false", pair.key);
                found.push(type_error(&pair.value, Code::CniInvalid, why, "write it without quotes"));
            }
        }
        if kind == "bridge" {
            bridge_plugin(plugin, found);
        }
    }
}

fn bridge_plugin(plugin: &Spanned, found: &mut Findings) {
    for (key, why) in [
        ("isGateway", "the bridge has no address: containers have no gateway"),
        ("ipMasq", "packets of containers leave with private addresses"),
    ] {
        if text_at(plugin, key) != "true" {
            found.push(type_error(
                plugin.get(key).unwrap_or(plugin),
                Code::CniInvalid,
                why,
                format!("write `\"{key}\": true`"),
            ));
        }
    }
    match plugin.get("bridge").map(text) {
        Some(name) if (1..=15).contains(&name.len()) && !name.contains(['/', ' ']) => {}
        name => {
            let why = format!("`{}` is not a valid bridge name", sanitize(name.unwrap_or_default()));
            found.push(type_error(
                plugin.get("bridge").unwrap_or(plugin),
                Code::CniInvalid,
                why,
                "use at most 15 letters",
            ));
        }
    }
    let Some(ipam) = plugin.get("ipam") else {
        found.push(type_error(
            plugin,
            Code::CniInvalid,
            "the bridge assigns no addresses: `ipam` is missing",
            "render the bundle again",
        ));
        return;
    };
    keys(
        ipam,
        &["type", "subnet", "gateway", "rangeStart", "rangeEnd", "ranges", "routes", "dataDir", "resolvConf"],
        "`ipam`",
        found,
    );
    if text_at(ipam, "type") != "host-local" {
        let why = format!("`{}` assigns no addresses here", sanitize(text_at(ipam, "type")));
        found.push(type_error(ipam.get("type").unwrap_or(ipam), Code::CniInvalid, why, "host-local"));
    }
    match ipam.get("subnet") {
        Some(subnet) => {
            if let Err(why) = network_of(text(subnet)) {
                found.push(type_error(
                    subnet,
                    Code::CniInvalid,
                    format!("`{}` {why}", sanitize(text(subnet))),
                    "10.62.0.0/16",
                ));
            }
        }
        None if ipam.get("ranges").is_none() => {
            found.push(type_error(
                ipam,
                Code::CniInvalid,
                "`subnet` is missing in `ipam`",
                "add `\"subnet\": \"10.62.0.0/16\"`",
            ));
        }
        None => {}
    }
    for route in ipam.get("routes").map(items).unwrap_or_default() {
        keys(route, &["dst", "gw", "mtu", "advmss", "priority", "table", "scope"], "a route", found);
        let dst = text_at(route, "dst");
        let (address, length) = dst.split_once('/').unwrap_or((dst, ""));
        if address.parse::<std::net::IpAddr>().is_err() || length.parse::<u8>().is_err() {
            let why = format!("`{}` is not a destination", sanitize(dst));
            found.push(type_error(route.get("dst").unwrap_or(route), Code::CniInvalid, why, "0.0.0.0/0"));
        }
    }
}

/// Parses the network of containers. Returns why a text is not one.
pub(super) fn network_of(text: &str) -> Result<(Ipv4Addr, u8), &'static str> {
    let (address, length) = text.split_once('/').ok_or("has no prefix length such as `/16`")?;
    let address: Ipv4Addr = address.parse().map_err(|_| "is not a network")?;
    let length: u8 = length.parse().map_err(|_| "is not a network")?;
    if !(8..=29).contains(&length) {
        return Err("is not a network for containers: use a length from /8 to /29");
    }
    let mask = u32::MAX << (32 - u32::from(length));
    if u32::from(address) & !mask != 0 {
        return Err("is an address in a network, not the network");
    }
    if !address.is_private() && address.octets()[0] != 100 {
        return Err("is a public network: use private addresses for containers");
    }
    Ok((address, length))
}
