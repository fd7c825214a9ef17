//! The tables against the standard library and another library's networks.

use super::*;
use ipnet::IpNet;
use proptest::prelude::*;

fn is_public(text: &str) -> bool {
    special(text.parse().unwrap()).is_none()
}

#[test]
fn public_addresses_are_public() {
    for public in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.31.196.1",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00:1450::1",
        "3ffe::1",
        "3fff:1000::1",
        "::ffff:8.8.8.8",
    ] {
        assert!(is_public(public), "{public}");
    }
}

#[test]
fn every_special_address_is_told_apart_with_its_reason() {
    for (address, what) in [
        ("0.0.0.0", "this machine"),
        ("0.1.2.3", "this machine"),
        ("10.0.0.1", "private"),
        ("100.64.0.1", "CGNAT"),
        ("100.127.255.255", "CGNAT"),
        ("100.100.100.200", "metadata"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.255", "loopback"),
        ("168.63.129.16", "metadata"),
        ("169.254.1.1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.1", "reserved"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "reserved"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarks"),
        ("198.19.255.255", "benchmarks"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "this machine"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.1.1.1", "private"),
        ("::127.0.0.1", "inside IPv6"),
        ("64:ff9b::7f00:1", "inside IPv6"),
        ("64:ff9b::808:808", "inside IPv6"),
        ("64:ff9b:1::1", "inside IPv6"),
        ("2002:7f00:1::", "inside IPv6"),
        ("2001:0:4136:e378::", "inside IPv6"),
        ("2001:2::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("3fff::1", "documentation"),
        ("100::1", "not a global"),
        ("5f00::1", "not a global"),
        ("4000::1", "not a global"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "metadata"),
        ("fd12:3456::1", "private"),
        ("fe80::1", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("::ffff:0:127.0.0.1", "not a global"),
    ] {
        let told = special(address.parse().unwrap());
        assert!(
            told.is_some_and(|told| told.contains(what)),
            "{address}: {told:?}"
        );
    }
}

proptest! {
    #[test]
    fn what_the_standard_library_calls_special_is_never_public(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let known = address.is_loopback() || address.is_private() || address.is_link_local() || address.is_multicast()
            || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
        prop_assert!(!known || special(address.into()).is_some(), "{address}");
        prop_assert_eq!(special(address.into()), special(address.to_ipv6_mapped().into()));
    }

    #[test]
    fn addresses_inside_each_network_of_the_tables_are_special(row in 0..V4.len() + V6.len(), bits: u128) {
        let network: IpNet = match V4.get(row) {
            Some((network, prefix, _)) => IpNet::new(IpAddr::from(*network), *prefix).unwrap(),
            None => IpNet::new(IpAddr::from(V6[row - V4.len()].0), V6[row - V4.len()].1).unwrap(),
        };
        let address: IpAddr = match network {
            IpNet::V4(network) => {
                Ipv4Addr::from_bits(network.network().to_bits() | u32::try_from(bits & 0xffff_ffff).unwrap() & network.hostmask().to_bits()).into()
            }
            IpNet::V6(network) => Ipv6Addr::from_bits(network.network().to_bits() | bits & network.hostmask().to_bits()).into(),
        };
        prop_assert!(network.contains(&address));
        prop_assert!(special(address).is_some(), "{address} of {network}");
    }

    #[test]
    fn a_public_address_lies_in_no_network_of_the_tables(bits: u32) {
        let address = Ipv4Addr::from_bits(bits);
        let listed = V4.iter().any(|(network, prefix, _)| {
            IpNet::new(IpAddr::from(*network), *prefix).unwrap().contains(&IpAddr::from(address))
        });
        prop_assert_eq!(listed, special(address.into()).is_some());
    }

    #[test]
    fn a_public_address_of_ipv6_is_global_unicast(bits: u128) {
        let address = Ipv6Addr::from_bits(bits);
        let global: IpNet = "2000::/3".parse().unwrap();
        if special(address.into()).is_none() && address.to_ipv4_mapped().is_none() {
            prop_assert!(global.contains(&IpAddr::from(address)), "{address}");
        }
        prop_assert!(!address.is_unique_local() || special(address.into()).is_some());
        prop_assert!(!address.is_unicast_link_local() || special(address.into()).is_some());
    }
}
