//! Addresses of the clouds' metadata services: whoever reaches one gets the credentials of the host.
//!
//! From the documentation of the clouds, 2026-11: `AWS`, `Google`, `Azure`, `Alibaba`, `Oracle`, `DigitalOcean`, `Hetzner`,
//! `OpenStack`, `Scaleway` and `Tencent`.

use std::net::IpAddr;

/// The names that resolve to such an address.
pub const METADATA_NAMES: &[&str] =
    &["metadata.google.internal", "metadata.goog", "instance-data", "metadata.tencentyun.com", "metadata"];

/// Whether an address belongs to a metadata service. The firewall's template closes the same ones.
pub fn is_metadata(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            four.is_link_local()
                || [[168, 63, 129, 16], [100, 100, 100, 200], [192, 0, 0, 192]].contains(&four.octets())
        }
        IpAddr::V6(six) => match six.segments() {
            // An IPv4 address in disguise.
            [0, 0, 0, 0, 0, 0xffff, ..] => six.to_ipv4_mapped().is_some_and(|four| is_metadata(four.into())),
            [0xfd00, 0x0ec2, ..]
            | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254]
            | [0xfd00, 0x00c1, 0, 0, 0, 0, 0xa9fe, 0xa9fe]
            | [0xfd00, 0x0042, 0, 0, 0, 0, 0, 0x0042]
            | [0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe] => true,
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_addresses_are_known() {
        for text in [
            "169.254.169.254",
            "169.254.170.2",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
            "fe80::a9fe:a9fe",
            "::ffff:169.254.169.254",
        ] {
            assert!(is_metadata(text.parse().unwrap()), "{text}");
        }
        for text in ["127.0.0.1", "10.0.0.1", "168.63.129.17", "::1", "fe80::1", "fd00::1"] {
            assert!(!is_metadata(text.parse().unwrap()), "{text}");
        }
    }
}
