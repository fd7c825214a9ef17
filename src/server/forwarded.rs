//! Who is at the other end, where proxies stand in between (server 1).

use ipnet::IpNet;
use std::net::IpAddr;

/// The client of a connection from `peer`, of which proxies say what `forwarded_for` holds: the fields `X-Forwarded-For` in
/// the order in which they came.
///
/// A proxy adds whom it speaks with at the right, so only what a trusted one added counts: the rightmost address that is
/// no trusted proxy's. What stands left of that address anybody may have written.
pub(super) fn client<'a>(
    peer: IpAddr,
    forwarded_for: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    for entry in forwarded_for.flat_map(|field| field.split(',')).rev() {
        if !is_trusted(&client) {
            break;
        }
        match address(entry.trim()) {
            Some(address) => client = address,
            // The proxy does not say whom it speaks with, so nothing is known beyond it.
            None => break,
        }
    }
    client
}

/// An address as proxies write it: alone, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>().ok();
    let address = address.or_else(|| {
        text.parse::<std::net::SocketAddr>()
            .ok()
            .map(|with_port| with_port.ip())
    });
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, fields: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client(peer.parse().unwrap(), fields.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(seen("192.0.2.9", &["198.51.100.1"], &proxies), "192.0.2.9");
        assert_eq!(seen("192.0.2.9", &["198.51.100.1"], &[]), "192.0.2.9");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"], &proxies), "198.51.100.1");
        assert_eq!(
            seen("::ffff:10.0.0.1", &["198.51.100.1"], &proxies),
            "198.51.100.1"
        );
        assert_eq!(seen("fd00::1", &["2001:db8::7"], &proxies), "2001:db8::7");
        assert_eq!(seen("10.0.0.1", &[], &proxies), "10.0.0.1");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts_and_what_a_client_wrote_does_not() {
        let proxies = ["10.0.0.0/8"];
        let forged = "127.0.0.1, 198.51.100.1, 10.0.0.2";
        assert_eq!(seen("10.0.0.1", &[forged], &proxies), "198.51.100.1");
        assert_eq!(
            seen("10.0.0.1", &["127.0.0.1", "198.51.100.1"], &proxies),
            "198.51.100.1"
        );
        assert_eq!(seen("10.0.0.1", &["10.0.0.3, 10.0.0.2"], &proxies), "10.0.0.3");
    }

    #[test]
    fn ports_are_left_out_and_what_is_no_address_ends_the_search() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(seen("10.0.0.1", &["198.51.100.1:4711"], &proxies), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::7]:4711"], &proxies), "2001:db8::7");
        assert_eq!(seen("10.0.0.1", &["[2001:db8::7]"], &proxies), "2001:db8::7");
        for field in ["unknown", "", "198.51.100.1, _hidden", "198.51.100.1,", "1.2.3"] {
            assert_eq!(seen("10.0.0.1", &[field], &proxies), "10.0.0.1", "{field}");
        }
    }
}
