use super::*;
use crate::xml::{self, ASSERTION, Limits, PROTOCOL, SIGNATURE};

const HEAD: &str = "ID='_1' Version='2.0' IssueInstant='2026-01-15T12:00:00Z'";
const INNER: &str = "ID='_2' Version='2.0' IssueInstant='2026-01-15T12:00:00Z'";
const STATUS: &str = "<p:Status><p:StatusCode Value='x'/></p:Status>";

fn told(source: &str) -> Vec<(FaultKind, String)> {
    let document = xml::read(source, Limits::MESSAGE).unwrap();
    faults(document.root())
        .map(|fault| (fault.kind, fault.text))
        .collect()
}

fn response(content: &str) -> Vec<(FaultKind, String)> {
    told(&format!(
        "<p:Response xmlns:p='{}' xmlns='{}' xmlns:d='{}' {HEAD}>{content}</p:Response>",
        PROTOCOL.uri, ASSERTION.uri, SIGNATURE.uri
    ))
}

fn role(content: &str) -> Vec<(FaultKind, String)> {
    told(&format!(
        "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='urn:a'>\
         <SPSSODescriptor protocolSupportEnumeration='x'>{content}</SPSSODescriptor></EntityDescriptor>"
    ))
}

#[test]
fn order_number_names_and_values_are_those_of_the_schema() {
    assert_eq!(response(STATUS), []);
    for (content, kind, text) in [
        (String::new(), FaultKind::Missing, "Response has no Status"),
        (
            format!("{STATUS}<Issuer/>"),
            FaultKind::Order,
            "Issuer stands too late in Response; the order is Issuer, Signature, Extensions, Status, Assertion or \
             EncryptedAssertion",
        ),
        (
            format!("<Issuer/><Issuer/>{STATUS}"),
            FaultKind::Count,
            "Response has 2 of Issuer, the schema allows 1",
        ),
        (
            format!("{STATUS}<Advice/>"),
            FaultKind::Unknown,
            "Response holds Advice",
        ),
        (
            "<p:Status><p:StatusCode/></p:Status>".to_owned(),
            FaultKind::Missing,
            "StatusCode has no attribute Value",
        ),
        (
            format!("{STATUS}hello"),
            FaultKind::Unknown,
            "Response holds text, where the schema has elements",
        ),
        (
            format!("<Issuer format='x'/>{STATUS}"),
            FaultKind::Unknown,
            "Issuer has the attribute format",
        ),
        (
            format!("{STATUS}<Assertion {INNER}><Issuer/><Subject/></Assertion>"),
            FaultKind::Missing,
            "Subject has no BaseID or NameID or EncryptedID or SubjectConfirmation",
        ),
        (
            format!("{STATUS}<Assertion {INNER}><Issuer/><Conditions NotBefore='now'/></Assertion>"),
            FaultKind::Value,
            "NotBefore of Conditions is no time",
        ),
    ] {
        let found = response(&content);
        assert!(
            found.len() == 1 && found[0].0 == kind && found[0].1.starts_with(text),
            "{content}: {found:?}"
        );
    }
}

#[test]
fn the_signature_is_blamed_for_its_own_place_and_its_neighbours_are_not() {
    let signature = "<d:Signature><d:SignedInfo><d:CanonicalizationMethod Algorithm='x'/><d:SignatureMethod \
                     Algorithm='x'/><d:Reference><d:DigestMethod Algorithm='x'/><d:DigestValue/></d:Reference>\
                     </d:SignedInfo><d:SignatureValue/></d:Signature>";
    assert_eq!(response(&format!("<Issuer/>{signature}{STATUS}")), []);
    for content in [
        format!("{signature}<Issuer/>{STATUS}"),
        format!("<Issuer/>{STATUS}{signature}"),
    ] {
        let found = response(&content);
        assert!(
            found.len() == 1 && found[0].1.starts_with("Signature stands too"),
            "{found:?}"
        );
    }
}

#[test]
fn metadata_have_their_order_too_and_as_little_as_possible_is_blamed() {
    let keys = "<KeyDescriptor><d:KeyInfo xmlns:d='http://www.w3.org/2000/09/xmldsig#'><d:KeyName>a</d:KeyName>\
                </d:KeyInfo></KeyDescriptor>";
    let logout = "<SingleLogoutService Binding='b' Location='l'/>";
    let consumer = "<AssertionConsumerService index='0' Binding='b' Location='l'/>";
    assert_eq!(role(&format!("{keys}{logout}{consumer}")), []);
    for (content, text) in [
        (
            format!("{logout}{consumer}{keys}"),
            "KeyDescriptor stands too late",
        ),
        (
            format!("{keys}{consumer}{logout}"),
            "SingleLogoutService stands too late",
        ),
        (
            format!("{logout}{keys}{keys}{consumer}"),
            "SingleLogoutService stands too early",
        ),
        (
            format!("{consumer}<Extensions><a xmlns='urn:a'/></Extensions>"),
            "Extensions stands too late",
        ),
        (format!("{consumer}<Extensions/>"), "Extensions stands too late"),
    ] {
        let found = role(&content);
        assert!(found[0].1.starts_with(text), "{content}: {found:?}");
        assert!(
            found[0]
                .1
                .contains("in SPSSODescriptor; the order is Signature, Extensions, KeyDescriptor")
        );
    }
}

#[test]
fn foreign_elements_stand_where_the_schema_lets_them() {
    let value =
        "<Attribute Name='a'><AttributeValue><x xmlns='urn:x' y='1'>z</x></AttributeValue></Attribute>";
    let assertion = |content: &str| format!("{STATUS}<Assertion {INNER}><Issuer/>{content}</Assertion>");
    assert_eq!(
        response(&assertion(&format!(
            "<AttributeStatement>{value}</AttributeStatement>"
        ))),
        []
    );
    assert_eq!(
        response(&format!(
            "<p:Extensions><x xmlns='urn:x'/></p:Extensions>{STATUS}"
        )),
        []
    );
    assert_eq!(response(&assertion("<Advice><x xmlns='urn:x'/></Advice>")), []);
    // What an extension holds of SAML is held to the schema as well.
    let inside = "<p:Extensions><x xmlns='urn:x'><SubjectLocality xmlns='urn:oasis:names:tc:SAML:2.0:assertion' \
                  a='b'/></x></p:Extensions>";
    assert_eq!(response(&format!("{inside}{STATUS}")).len(), 1);
    assert_eq!(
        response(&assertion("<x xmlns='urn:x'/>"))[0].0,
        FaultKind::Unknown
    );
}
