//! What makes a reader work, look elsewhere or repeat: refused in bounded time and memory, with nothing quoted.

use super::*;
use crate::saml::inbound::BindingError;
use crate::saml::inbound::binding::tests::bomb::bomb;
use crate::saml::inbound::binding::{MAX_ENCODED_BYTES, MAX_INFLATED_BYTES};
use allocation_counter::measure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{ErrorKind, Write as _};
use std::net::TcpListener;
use std::time::{Duration, Instant};

const KIB: u64 = 1024;

/// What it takes to run `work`: the best of three times, so that a busy machine counts once, and the most memory
/// that is held at once.
fn cost(work: impl Fn()) -> (Duration, u64) {
    (0..3)
        .map(|_| {
            let begun = Instant::now();
            let memory = measure(&work).bytes_max;
            (begun.elapsed(), memory)
        })
        .min()
        .unwrap()
}

/// SR-05
#[test]
fn what_is_malformed_is_refused_with_its_place_and_without_an_echo() {
    for (xml, place) in [
        ("<canary>", "line 1, column "),
        ("<canary>\n<b></canary>", "line 2, column "),
        ("<canary/>\n<canary/>", "line 2, column "),
        ("<canary>\n\n&canary;</canary>", "line 3, column "),
        ("<canary>&#xD800;</canary>", "line 1, column "),
        ("<canary a='1' a='2'/>", "line 1, column "),
        ("<canary a=canary/>", "line 1, column "),
        ("<canary:x/>", "line 1, column "),
        ("\u{feff}\u{feff}<canary/>", "line 1, column "),
    ] {
        let refused = refused(xml);
        assert_eq!(
            (refused.code(), refused.answer),
            ("saml_xml", Answer::Page),
            "{xml}"
        );
        assert!(
            refused.description.contains(place),
            "{xml}: {}",
            refused.description
        );
        assert!(!refused.description.contains("canary"), "{}", refused.description);
    }
}

/// SR-07
#[test]
fn nested_entities_cost_nothing() {
    let levels = (1..10).fold(String::new(), |levels, level| {
        let ten = format!("&x{};", level - 1).repeat(10);
        levels + &format!("<!ENTITY x{level} \"{ten}\">")
    });
    let bomb = format!("<!DOCTYPE a [<!ENTITY x0 \"lol\">{levels}]><a>&x9;</a>");
    let refuse = || {
        let refused = refused(&bomb);
        assert!(refused.description.contains("DTD not allowed"));
        assert_eq!((refused.code(), refused.answer), ("saml_xml", Answer::Page));
    };
    let (time, memory) = cost(refuse);
    assert!(time < Duration::from_millis(50), "{time:?}");
    assert!(memory < 2 * KIB * KIB, "{memory} bytes");
}

/// SR-08
#[test]
fn an_external_entity_is_looked_for_nowhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"canary").unwrap();
    let url = format!("http://{}/x.dtd", listener.local_addr().unwrap());
    let path = format!("file://{}", file.path().display());
    // As if it did not exist, whether it does or not.
    let texts = [&url, &path, "file:///nowhere"].map(|place| {
        [
            format!("<!DOCTYPE a SYSTEM \"{place}\"><a/>"),
            format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"{place}\">]><a>&x;</a>"),
            format!("<!DOCTYPE a [<!ENTITY % x SYSTEM \"{place}\"> %x;]><a/>"),
        ]
        .map(|xml| {
            let refused = refused(&xml);
            assert_eq!((refused.code(), refused.answer), ("saml_xml", Answer::Page));
            assert!(refused.description.contains("DTD not allowed"));
            refused.description
        })
    });
    assert_eq!(texts[0], texts[2]);
    assert_eq!(texts[1], texts[2]);
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// SR-32
#[test]
fn a_bomb_costs_no_more_than_the_limit_whatever_its_strength() {
    const MADE: &str = include_str!("../../../../../fixtures/cases/authn-request/deflate-bomb/request.txt");
    let query = |stream: &[u8]| format!("SAMLRequest={}", STANDARD.encode(stream).replace('+', "%2B"));
    // The longest stream that is decoded, at the rate that no stream is above, is 48 MiB; it takes 64 KiB for 64 MiB.
    let (longest, inflated) = bomb(MAX_ENCODED_BYTES / 4 * 3);
    let (longer, inflated_longer) = bomb(64 * 1024);
    assert!(inflated > 48 << 20 && inflated_longer > 64 << 20);
    let given_up = ("the inflated message", MAX_INFLATED_BYTES);
    let undecoded = ("SAMLRequest", MAX_ENCODED_BYTES);
    for (text, (what, limit)) in [
        (MADE.trim(), given_up),
        (&*query(&longest), given_up),
        (&*query(&longer), undecoded),
    ] {
        let refuse = || {
            let error = read(text, Carrier::Request).unwrap_err();
            assert_eq!(error, BindingError::TooLong { what, limit });
        };
        let (time, memory) = cost(refuse);
        assert!(time < Duration::from_millis(100), "{time:?}");
        assert!(memory < KIB * KIB, "{memory} bytes");
    }
}

/// Rule A.5
#[test]
fn a_query_string_of_any_length_is_refused_in_bounds() {
    let relay_state = format!(
        "SAMLRequest=PGE%2BPC9hPg%3D%3D&RelayState={}",
        "%41".repeat(120_000)
    );
    for text in [
        "A".repeat(4 << 20),
        "%41".repeat(1 << 20),
        format!("SAMLRequest={}", "A".repeat(4 << 20)),
        format!("SAMLRequest={}", "%41".repeat(90_000)),
        relay_state,
        "SAMLReques=&".repeat(24_000),
    ] {
        let (time, memory) = cost(|| assert!(read(&text, Carrier::Request).is_err()));
        assert!(time < Duration::from_millis(300), "{time:?}");
        assert!(memory < KIB * KIB, "{memory} bytes: {}", &text[..20]);
    }
}
