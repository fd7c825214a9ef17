pub(in crate::saml::inbound) mod bomb;

use self::bomb::bomb;
use super::*;
use crate::random::{Random as _, SeededRandom};

const XML: &str = "<samlp:AuthnRequest ID=\"_1\">\u{e9} &amp;</samlp:AuthnRequest>";

fn request(text: &str) -> Result<Received, BindingError> {
    read(text, Carrier::Request)
}

fn redirect(relay_state: &str) -> String {
    query(XML, Carrier::Request, relay_state, None)
}

#[test]
fn the_content_decides_whether_it_is_deflated() {
    let plain = format!("SAMLRequest={}", escaped(&STANDARD.encode(XML)));
    for text in [plain, redirect("")] {
        let received = request(&text).unwrap();
        assert_eq!((&*received.xml, received.relay_state), (XML, None));
    }
    let lines = STANDARD
        .encode(XML)
        .as_bytes()
        .chunks(20)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect::<Vec<_>>()
        .join("\r\n");
    assert_eq!(decode(&lines, Carrier::Request).unwrap(), XML);
}

#[test]
fn marks_and_white_space_before_the_document_are_no_part_of_it() {
    for before in ["\u{feff}", "\r\n", "\u{feff}\r\n", " \t\n"] {
        let text = format!("{before}{XML}");
        let plain = format!("SAMLRequest={}", escaped(&STANDARD.encode(&text)));
        let deflated = query(&text, Carrier::Request, "", None);
        for text in [plain, deflated] {
            assert_eq!(request(&text).unwrap().xml, XML, "{before:?}");
        }
    }
}

#[test]
fn text_in_another_encoding_is_named_and_never_called_damaged() {
    let utf_16: Vec<u8> = XML.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin_1: Vec<u8> = XML
        .chars()
        .map(|character| u8::try_from(character).unwrap())
        .collect();
    let marked = [b"\xff\xfe".as_slice(), &utf_16].concat();
    let blank = [b"\r\n".as_slice(), &latin_1].concat();
    for (bytes, encoding) in [
        (&utf_16, "UTF-16"),
        (&marked, "UTF-16"),
        (&latin_1, "an encoding that is not UTF-8"),
        (&blank, "an encoding that is not UTF-8"),
    ] {
        for bytes in [bytes.clone(), deflate(bytes)] {
            let error = decode(&STANDARD.encode(bytes), Carrier::Request).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "SAMLRequest holds text in {encoding}; messages are read in UTF-8 alone, so let the sender \
                     write UTF-8"
                )
            );
        }
    }
}

/// SR-30
#[test]
fn relay_state_is_taken_as_it_is() {
    let state = "\"><script>alert(1)</script>&amp;'+ \u{e9}%";
    assert_eq!(
        request(&redirect(state)).unwrap().relay_state.as_deref(),
        Some(state)
    );
    assert_eq!(
        request(&format!("{}&RelayState=", redirect("")))
            .unwrap()
            .relay_state
            .as_deref(),
        Some("")
    );
    assert_eq!(
        request(&format!("{}&RelayState=a+b", redirect("")))
            .unwrap()
            .relay_state
            .as_deref(),
        Some("a b")
    );
}

/// SR-22
#[test]
fn what_was_signed_is_the_text_as_it_came_in_the_order_of_the_standard() {
    let message = redirect("");
    let lower = message.replace("%2B", "%2b").replace("%3D", "%3d");
    let received = request(&format!(
        "Signature=AQ%3d%3D&SigAlg=urn%3aalg&x=y&RelayState=a%2fb&{lower}"
    ))
    .unwrap();
    let signature = received.signature.unwrap();
    assert_eq!(
        signature.octets,
        format!("{lower}&RelayState=a%2fb&SigAlg=urn%3aalg")
    );
    assert_eq!((&*signature.algorithm, &*signature.value), ("urn:alg", &[1][..]));
}

#[test]
fn what_is_written_is_read_again() {
    let unsigned = query(XML, Carrier::Response, "a b&", Some("urn:alg"));
    let received = read(&signed_query(&unsigned, &[1, 2, 255]), Carrier::Response).unwrap();
    assert_eq!(
        received.signature.unwrap(),
        QuerySignature {
            algorithm: "urn:alg".to_owned(),
            octets: unsigned,
            value: vec![1, 2, 255]
        }
    );
    assert_eq!(received.relay_state.as_deref(), Some("a b&"));
}

/// SR-18
#[test]
fn half_a_signature_is_refused() {
    let message = redirect("");
    assert_eq!(
        request(&format!("{message}&Signature=AA%3D%3D"))
            .unwrap_err()
            .to_string(),
        "Signature is there without SigAlg; a signed query string has both"
    );
    assert_eq!(
        request(&format!("{message}&SigAlg=x")).unwrap_err(),
        BindingError::HalfSigned {
            given: "SigAlg",
            missing: "Signature"
        }
    );
}

/// SR-21
#[test]
fn a_parameter_twice_is_refused_however_it_is_spelt() {
    let message = redirect("");
    for (text, name) in [
        (format!("{message}&{message}"), "SAMLRequest"),
        (format!("{message}&%53AMLRequest=x"), "SAMLRequest"),
        (format!("{message}&RelayState=a&RelayState=a"), "RelayState"),
        (
            format!("{message}&SigAlg=a&SigAlg=a&Signature=AA%3D%3D"),
            "SigAlg",
        ),
        (
            format!("{message}&SigAlg=a&Signature=AA%3D%3D&Signature=AA%3D%3D"),
            "Signature",
        ),
    ] {
        assert_eq!(request(&text).unwrap_err(), BindingError::Repeated(name));
    }
}

/// SR-01
#[test]
fn no_message_is_told_by_the_parameters_name() {
    for text in ["", "RelayState=x", "SAMLResponse=x"] {
        assert_eq!(
            request(text).unwrap_err().to_string(),
            "the parameter SAMLRequest is missing"
        );
    }
}

/// SR-02
#[test]
fn what_is_not_base64_is_refused() {
    for text in [
        "SAMLRequest=%25%25%25not-base64",
        "SAMLRequest=PGE",
        "SAMLRequest=PGE%2BPC 9hPg",
    ] {
        assert_eq!(
            request(text).unwrap_err().to_string(),
            "SAMLRequest is not valid base64"
        );
    }
    for text in ["SAMLRequest=%", "SAMLRequest=%zz", "SAMLRequest=%ff"] {
        assert!(
            matches!(request(text).unwrap_err(), BindingError::Escape { .. }),
            "{text}"
        );
    }
}

/// SR-03
#[test]
fn random_bytes_are_refused_with_the_same_text() {
    let mut random = SeededRandom::new("not a message");
    for _ in 0..1000 {
        let mut bytes = [0; 300];
        random.fill(&mut bytes);
        if bytes[0] == b'<' {
            bytes[0] = b'>';
        }
        let error = decode(&STANDARD.encode(bytes), Carrier::Request).unwrap_err();
        assert_eq!(
            error.to_string(),
            "SAMLRequest cannot be decoded: it is neither XML nor a complete raw DEFLATE stream of it"
        );
    }
}

/// SR-04
#[test]
fn a_stream_cut_anywhere_is_refused() {
    let stream = deflate(XML.repeat(20).as_bytes());
    for length in 0..stream.len() {
        let error = decode(&STANDARD.encode(&stream[..length]), Carrier::Request).unwrap_err();
        assert!(
            matches!(error, BindingError::Compression { .. }),
            "{length}: {error}"
        );
    }
    let longer = [&stream[..], b"x"].concat();
    assert!(decode(&STANDARD.encode(longer), Carrier::Request).is_err());
}

/// SR-32
#[test]
fn inflation_stops_at_the_limit() {
    let (strongest, inflated) = bomb(MAX_ENCODED_BYTES / 4 * 3);
    assert!(inflated > 48 * 1024 * 1024);
    assert_eq!(
        decode(&STANDARD.encode(strongest), Carrier::Request)
            .unwrap_err()
            .to_string(),
        "the inflated message is longer than 262144 bytes"
    );
    let fits = "<".repeat(MAX_INFLATED_BYTES);
    assert_eq!(
        decode(&STANDARD.encode(deflate(fits.as_bytes())), Carrier::Request)
            .unwrap()
            .len(),
        MAX_INFLATED_BYTES
    );
    let over = "<".repeat(MAX_INFLATED_BYTES + 1);
    assert!(decode(&STANDARD.encode(deflate(over.as_bytes())), Carrier::Request).is_err());
}

/// SR-31
#[test]
fn what_is_too_long_is_refused_undecoded() {
    assert!(matches!(
        decode(&"A".repeat(MAX_ENCODED_BYTES + 1), Carrier::Request).unwrap_err(),
        BindingError::TooLong {
            what: "SAMLRequest",
            ..
        }
    ));
    let long = "x".repeat(64 * 1024);
    assert!(matches!(
        request(&redirect(&long)).unwrap_err(),
        BindingError::TooLong {
            what: "RelayState",
            ..
        }
    ));
    assert!(request(&redirect(&"x".repeat(1024))).is_ok());
}
