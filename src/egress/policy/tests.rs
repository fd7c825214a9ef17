//! Rules, and what a policy says of destinations and addresses.

use super::*;
use proptest::prelude::*;

fn policy(allow: &[&str], deny: &[&str], tunnel: &[&str]) -> Policy {
    let rules = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    Policy {
        allow: rules(allow),
        deny: rules(deny),
        tunnel: tunnel.iter().map(|text| text.parse().unwrap()).collect(),
        line: Line::Open,
    }
}

fn allows(policy: &Policy, destination: &str, address: &str) -> bool {
    policy
        .judge(&destination.parse().unwrap(), address.parse().unwrap())
        .is_ok()
}

#[test]
fn a_rule_is_written_as_it_is_read() {
    for text in [
        "api.example",
        "api.example:443",
        "*.example",
        "*.example:8080",
        "10.0.0.0/8",
        "10.0.0.0/8:443",
        "127.0.0.1:80",
        "::1",
        "fd00::/8",
        "[fd00::/8]:443",
        "[::1]:80",
        "public",
        "public:443",
    ] {
        assert_eq!(
            text.parse::<Rule>().map(|rule| rule.to_string()),
            Ok(text.to_owned())
        );
    }
}

#[test]
fn what_is_no_rule_is_refused_with_what_may_be_written() {
    for wrong in [
        "",
        "*",
        "a*b",
        "10.0.0.0/33",
        "host:0",
        "host:http",
        "[::1",
        "[::1]80",
        "*.10.0.0.1",
        "a b",
        "http://x",
    ] {
        let told = wrong.parse::<Rule>().unwrap_err();
        assert!(told.contains("write"), "{wrong}: {told}");
    }
}

#[test]
fn public_addresses_are_what_run_allows() {
    let policy = Policy::public();
    assert!(allows(&policy, "api.example:443", "8.8.8.8"));
    for private in [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
    ] {
        assert!(!allows(&policy, "api.example:443", private), "{private}");
    }
}

#[test]
fn nobody_is_reached_in_a_test_and_no_name_server_asked() {
    let told = Policy::nobody().foresee(&"api.example:443".parse().unwrap());
    assert!(matches!(told, Err(NotAllowed::Unlisted(_))), "{told:?}");
}

#[test]
fn a_host_that_is_named_is_reached_at_a_private_address_and_only_on_its_port() {
    let policy = policy(
        &["public", "db.internal:5432", "127.0.0.1:8080", "10.1.0.0/16"],
        &[],
        &[],
    );
    assert!(allows(&policy, "db.internal:5432", "10.9.9.9"));
    assert!(!allows(&policy, "db.internal:5433", "10.9.9.9"));
    assert!(allows(&policy, "any.example:8080", "127.0.0.1"));
    assert!(!allows(&policy, "127.0.0.1:8081", "127.0.0.1"));
    assert!(allows(&policy, "any.example:1", "10.1.2.3"));
    assert!(allows(&policy, "any.example:1", "::ffff:10.1.2.3"));
    assert!(!allows(&policy, "any.example:1", "10.2.2.3"));
}

#[test]
fn a_star_names_hosts_below_and_no_private_address() {
    let policy = policy(&["*.partner.example"], &[], &[]);
    assert!(allows(&policy, "a.b.partner.example:443", "8.8.8.8"));
    assert!(!allows(&policy, "partner.example:443", "8.8.8.8"));
    assert!(!allows(&policy, "xpartner.example:443", "8.8.8.8"));
    assert!(!allows(&policy, "a.partner.example:443", "10.0.0.1"));
    assert!(!allows(&policy, "other.example:443", "8.8.8.8"));
}

#[test]
fn what_is_denied_is_denied_whatever_allows_it() {
    let policy = policy(
        &["public", "bad.example", "10.0.0.0/8", "64:ff9b::/96"],
        &[
            "bad.example",
            "*.worse.example",
            "8.8.4.0/24",
            "10.6.6.6",
            "public:25",
        ],
        &["bad.example:5432", "tunnel.example:25"],
    );
    assert!(!allows(&policy, "bad.example:5432", "8.8.8.8"));
    assert!(!allows(&policy, "BAD.example.:443", "8.8.8.8"));
    assert!(!allows(&policy, "x.worse.example:443", "8.8.8.8"));
    assert!(!allows(&policy, "good.example:443", "8.8.4.4"));
    assert!(!allows(&policy, "good.example:443", "::ffff:8.8.4.4"));
    assert!(
        !allows(&policy, "good.example:443", "64:ff9b::8.8.4.4"),
        "the address inside counts"
    );
    assert!(!allows(&policy, "good.example:443", "10.6.6.6"));
    assert!(!allows(&policy, "good.example:25", "8.8.8.8"));
    assert!(!allows(&policy, "tunnel.example:25", "8.8.8.8"));
    assert!(allows(&policy, "good.example:443", "64:ff9b::8.8.8.8"));
    assert!(allows(&policy, "good.example:443", "8.8.8.8"));
}

#[test]
fn a_tunnel_names_host_and_port() {
    let policy = policy(&[], &[], &["db.internal:5432"]);
    assert!(allows(&policy, "db.internal:5432", "10.0.0.1"));
    assert!(!allows(&policy, "db.internal:5433", "10.0.0.1"));
    assert!(policy.tunnels(&"DB.internal.:5432".parse().unwrap()));
}

#[test]
fn nothing_is_reached_offline() {
    let policy = Policy {
        line: Line::Cut,
        ..policy(&["public", "127.0.0.1"], &[], &["db.internal:5432"])
    };
    assert!(!allows(&policy, "api.example:443", "8.8.8.8"));
    assert!(!allows(&policy, "127.0.0.1:80", "127.0.0.1"));
    assert!(policy.foresee(&"db.internal:5432".parse().unwrap()).is_err());
}

#[test]
fn a_refusal_names_the_address_and_the_way_out() {
    let told = Policy::public()
        .judge(
            &"intra.example:8080".parse().unwrap(),
            "10.0.0.7".parse().unwrap(),
        )
        .unwrap_err()
        .to_string();
    assert_eq!(
        told,
        "address not allowed: intra.example:8080 is at 10.0.0.7, which is a private address; where scripts may reach it, \
         name it: --allow intra.example:8080, or in allow of [actions.egress]"
    );
}

proptest! {
    #[test]
    fn a_network_allows_what_another_library_says_lies_in_it(network: u32, prefix in 1_u8..=32, address: u32) {
        let network = IpNet::new(IpAddr::from(network.to_be_bytes()), prefix).unwrap();
        let address = IpAddr::from(address.to_be_bytes());
        let policy = policy(&[&network.to_string()], &[], &[]);
        prop_assert_eq!(allows(&policy, "a.example:1", &address.to_string()), network.contains(&address));
    }

    #[test]
    fn a_text_is_a_rule_or_refused(text in "\\PC{0,40}") {
        if let Ok(rule) = text.parse::<Rule>() {
            prop_assert_eq!(rule.to_string().parse::<Rule>(), Ok(rule));
        }
    }

    #[test]
    fn what_is_foreseen_as_refused_is_refused_at_every_address(address: u32, port in 1_u16..100) {
        let policy = policy(&["public:80", "named.example", "10.0.0.0/8:50"], &["10.1.0.0/16", "public:81"], &["t.example:60"]);
        let address = IpAddr::from(address.to_be_bytes());
        for host in ["named.example", "t.example", "other.example"] {
            let destination: Destination = format!("{host}:{port}").parse().unwrap();
            if policy.foresee(&destination).is_err() {
                prop_assert!(policy.judge(&destination, address).is_err());
            }
        }
    }
}
