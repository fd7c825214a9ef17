//! Which addresses are not public, and why each of them is not.
//!
//! The tables follow the IANA registries of special addresses (RFC 6890); of IPv6 what is not global unicast is refused
//! whole. Forms that carry an IPv4 address inside reach it by a translator, so they are no public addresses either.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, where it is not public: words that follow "is".
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(address) => V4
            .iter()
            .find(|(network, prefix, _)| {
                lies_in(
                    address.to_bits().into(),
                    u32::from_be_bytes(*network).into(),
                    *prefix,
                    32,
                )
            })
            .map(|(_, _, what)| *what),
        IpAddr::V6(address) => V6
            .iter()
            .find(|(network, prefix, _)| {
                lies_in(
                    address.to_bits(),
                    Ipv6Addr::from(*network).to_bits(),
                    *prefix,
                    128,
                )
            })
            .map(|(_, _, what)| *what)
            .or_else(|| (address.segments()[0] >> 13 != 1).then_some("not a global address")),
    }
}

/// The IPv4 address that an IPv6 address carries inside and leads to: NAT64, 6to4, IPv4-compatible. (Mapped addresses are
/// IPv4 addresses; what Teredo carries is the address of a relay.)
pub(super) fn carried(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address.to_canonical() else {
        return None;
    };
    let bytes = address.octets();
    let at = |start: usize| Ipv4Addr::new(bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]);
    match address.segments() {
        [0x64, 0xff9b, 0 | 1, ..] | [0, 0, 0, 0, 0, 0, _, _] => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        _ => None,
    }
}

/// Whether both numbers have the same first `prefix` (at least 1) of `width` bits.
fn lies_in(address: u128, network: u128, prefix: u8, width: u8) -> bool {
    address >> (width - prefix) == network >> (width - prefix)
}

const LOOPBACK: &str = "a loopback address";
const PRIVATE: &str = "a private address";
const LINK_LOCAL: &str = "a link-local address";
const METADATA: &str = "where a cloud tells machines their secrets (metadata)";
const DOCUMENTATION: &str = "an address of documentation";
const RESERVED: &str = "a reserved address";
const MULTICAST: &str = "a multicast address";
const TRANSLATED: &str = "an IPv4 address inside IPv6";

/// Network, length of its prefix, what it is; the narrower first.
const V4: &[([u8; 4], u8, &str)] = &[
    ([169, 254, 169, 254], 32, METADATA),
    ([168, 63, 129, 16], 32, METADATA),
    ([100, 100, 100, 200], 32, METADATA),
    ([192, 0, 0, 192], 32, METADATA),
    ([0, 0, 0, 0], 8, "an address of this machine"),
    ([10, 0, 0, 0], 8, PRIVATE),
    (
        [100, 64, 0, 0],
        10,
        "an address of a carrier's own network (CGNAT)",
    ),
    ([127, 0, 0, 0], 8, LOOPBACK),
    ([169, 254, 0, 0], 16, LINK_LOCAL),
    ([172, 16, 0, 0], 12, PRIVATE),
    ([192, 0, 0, 0], 24, RESERVED),
    ([192, 0, 2, 0], 24, DOCUMENTATION),
    ([192, 88, 99, 0], 24, RESERVED),
    ([192, 168, 0, 0], 16, PRIVATE),
    ([198, 18, 0, 0], 15, "an address of benchmarks"),
    ([198, 51, 100, 0], 24, DOCUMENTATION),
    ([203, 0, 113, 0], 24, DOCUMENTATION),
    ([224, 0, 0, 0], 4, MULTICAST),
    ([255, 255, 255, 255], 32, "the broadcast address"),
    ([240, 0, 0, 0], 4, RESERVED),
];

/// The same for IPv6.
const V6: &[([u16; 8], u8, &str)] = &[
    ([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128, METADATA),
    ([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128, METADATA),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, LOOPBACK),
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "an address of this machine"),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, TRANSLATED),
    ([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, TRANSLATED),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, TRANSLATED),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, TRANSLATED),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, TRANSLATED),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, RESERVED),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, DOCUMENTATION),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, DOCUMENTATION),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, PRIVATE),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, LINK_LOCAL),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, PRIVATE),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, MULTICAST),
];

#[cfg(test)]
mod tests;
