//! What a thing is wrapped in, and what else is wrapped with it.

use super::search::MOST_MESSAGES;
use super::*;
use crate::saml::inbound::Carrier;
use crate::saml::inbound::binding;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

fn layers(text: &str) -> String {
    let unwrapped = unwrap(text.as_bytes(), None);
    let inside = match unwrapped.content {
        Content::Compact(_) => "compact".to_owned(),
        Content::Der(_) => "der".to_owned(),
        Content::Json(_) => "json".to_owned(),
        Content::Pem(_) => "pem".to_owned(),
        Content::Stuck { code, .. } => code.as_str().to_owned(),
        Content::Xml { text, .. } => text,
    };
    let mut all = unwrapped.layers;
    all.push(inside);
    all.join(" | ")
}

#[test]
fn every_wrapping_comes_off() {
    let query = binding::query("<a/>", Carrier::Request, "state", None);
    let base64 = STANDARD.encode("<a/>");
    for (given, expected) in [
        ("\u{feff} <a/>\n".to_owned(), "<a/>"),
        (base64.clone(), "base64 | <a/>"),
        (format!("{}\r\n{}", &base64[..4], &base64[4..]), "base64 | <a/>"),
        (
            "PGE%2BPC9hPg%3D%3D".to_owned(),
            "percent encoding | base64 | <a></a>",
        ),
        (
            format!("SAMLResponse={base64}&RelayState=x"),
            "parameters, SAMLResponse among them | base64 | <a/>",
        ),
        (
            format!("https://idp.example/samlp/x?{query}"),
            "URL, SAMLRequest in its query | base64 | raw DEFLATE | <a/>",
        ),
        (
            query.split('&').next().unwrap()["SAMLRequest=".len()..].to_owned(),
            "base64 | raw DEFLATE | <a/>",
        ),
        (
            "https://app.example/cb#id_token=eyJhIjoxfQ.e30.".to_owned(),
            "URL, id_token in its fragment | compact",
        ),
        ("Bearer eyJhIjoxfQ.e30.".to_owned(), "compact"),
        (
            r#"{"outcome": "issued", "id_token": "eyJhIjoxfQ.e30."}"#.to_owned(),
            "result of a login, id_token | compact",
        ),
        (r#"{"keys": []}"#.to_owned(), "json"),
        ("-----BEGIN X-----".to_owned(), "pem"),
        ("https://idp.example/samlp/x?y=z".to_owned(), "message_missing"),
        ("hello".to_owned(), "not_recognised"),
        (String::new(), "not_recognised"),
    ] {
        assert_eq!(layers(&given), expected, "{given}");
    }
}

#[test]
fn what_is_there_twice_is_refused_however_large_it_is() {
    let large = STANDARD.encode(format!("<a>{}</a>", "x".repeat(binding::MAX_TEXT_BYTES)));
    let one = format!("SAMLResponse={}&RelayState=r", large.replace('+', "%2B"));
    assert!(layers(&one).ends_with("x</a>"));
    for more in ["SAMLResponse=PGEvPg", "SAML%52esponse=PGEvPg", "RelayState=s"] {
        for twice in [format!("{one}&{more}"), format!("{more}&{one}")] {
            assert!(layers(&twice).ends_with("| repeated_parameter"), "{more}");
        }
    }
}

#[test]
fn messages_in_base64_are_told_apart_where_each_has_a_line() {
    let message = |id: &str| {
        let xml = format!(
            "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol' ID='{id}'>{}</p:Response>",
            "x".repeat(300)
        );
        STANDARD.encode(xml)
    };
    let (one, two) = (message("_1"), message("_2"));
    for between in ["\n", "\r\n\r\n"] {
        let unwrapped = unwrap(format!("{one}{between}{two}\n").as_bytes(), None);
        assert_eq!(unwrapped.layers, ["text, line 1", "base64"]);
        assert_eq!(unwrapped.passed_over.len(), 1);
    }
    // A line that is no base64 at all.
    let unwrapped = unwrap("𝕆=𞤊\n𝕆=𞤊".as_bytes(), None);
    assert!(unwrapped.layers.is_empty());
    let broken: Vec<_> = one
        .as_bytes()
        .chunks(76)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    let unwrapped = unwrap(broken.join("\n").as_bytes(), None);
    assert_eq!(unwrapped.layers, ["base64"]);
    assert!(unwrapped.passed_over.is_empty());
}

#[test]
fn what_comes_along_is_named() {
    let id_token = "eyJhIjoxfQ.e30.";
    for (given, passed_over) in [
        (format!("id_token={id_token}"), ""),
        (
            format!("id_token={id_token}&access_token=x&state=s"),
            "number 2 (access_token)",
        ),
        (
            format!("https://app.example/cb?SAMLResponse=PGEvPg==#access_token=x&id%5Ftoken={id_token}"),
            "number 2 (id_token), number 3 (access_token)",
        ),
        (
            format!(r#"{{"outcome": "issued", "id_token": "{id_token}"}}"#),
            "",
        ),
        (
            format!(
                r#"{{"outcome": "issued", "id_token": "{id_token}", "access_token": "x", "saml": {{"xml": "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol'/>"}}}}"#
            ),
            "number 2 (id_token), number 3 (access_token)",
        ),
    ] {
        let unwrapped = unwrap(given.as_bytes(), None);
        assert_eq!(listed(&unwrapped.passed_over), passed_over, "{given}");
    }
}

#[test]
fn bytes_that_are_no_text_are_der_or_nothing() {
    assert!(matches!(
        unwrap(&[0x30, 0x82, 0xff, 0xff], None).content,
        Content::Der(_)
    ));
    let stuck = unwrap(&[0xff, 0xfe], None).content;
    assert!(matches!(
        stuck,
        Content::Stuck {
            code: Code::NotUtf8,
            ..
        }
    ));
}

proptest! {
    #[test]
    fn whatever_the_container_is_it_comes_apart(parts in proptest::collection::vec(part(), 0..12)) {
        let unwrapped = unwrap(parts.concat().as_bytes(), None);
        prop_assert!(unwrapped.passed_over.len() <= MOST_MESSAGES);
    }

    #[test]
    fn a_response_is_found_whatever_stands_around_it(before in "[ -~\n]{0,60}", after in "[ -~\n]{0,60}", quote in "[\"'`]") {
        let xml = format!("<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol'>{}</p:Response>", "x".repeat(60));
        let base64 = STANDARD.encode(&xml);
        let text = format!("{before}\nSAMLResponse: {quote}{base64}{quote}\n{after}");
        // What begins like something else is taken for that.
        prop_assume!(!before.trim_start().starts_with(['<', '>', '{', '[', '"', '-']) && !text.contains("-----BEGIN "));
        prop_assume!(!after.contains('>') && !before.contains('>'));
        prop_assert!(layers(&text).ends_with(&xml), "{}", layers(&text));
    }
}

/// What containers are made of.
fn part() -> impl Strategy<Value = String> {
    const PIECES: [&str; 28] = [
        "<html>",
        "<form>",
        "<input name=\"SAMLResponse\" value=\"",
        "<textarea name=SAMLRequest>",
        "</form>",
        "<!--",
        "<![CDATA[",
        "<s:Envelope xmlns:s='urn:s'>",
        "<p:Response xmlns:p='urn:oasis:names:tc:SAML:2.0:protocol'",
        "</p:Response>",
        "&lt;",
        "&#x2b;",
        "{\"log\": {\"entries\": [",
        "\"SAMLResponse\": \"",
        "\\u003d",
        "\\",
        "%25",
        "SAMLResponse=",
        "SAMLRequest: ",
        "id_token",
        "\r\n> ",
        "eyJhIjoxfQ.e30.",
        "PHA6UmVzcG9uc2U",
        "=3D=\n",
        "\u{201d}",
        "https://a.test/?",
        "]}",
        "^%",
    ];
    prop_oneof![
        proptest::sample::select(&PIECES[..]).prop_map(str::to_owned),
        "[A-Za-z0-9+/=]{0,60}",
        "\\PC{0,8}",
    ]
}
