//! What is said of a SAML request that a login answers.

use crate::terminal::{Done, postlogin};
use std::fs;
use std::path::PathBuf;

const LOGIN: &str = "run fixtures/cases/authn-request/quiet --client saml-defaults --user ada@example.org \
                     --now 2026-01-15T12:00:00Z --seed s --action fixtures/cases/actions/does-nothing.js";

/// A request that asks for more than the answer has, in many words.
const DEMANDING: &str = r#"<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"
    xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="2026-01-15T11:59:30Z"
    AssertionConsumerServiceIndex="3" AttributeConsumingServiceIndex="1" ForceAuthn=" true "
    ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact">
  <Issuer>https://a-service-provider-with-a-long-name.departments.example/shibboleth/metadata</Issuer>
  <p:Extensions><x:RequestedAttributes xmlns:x="urn:x"/></p:Extensions>
  <Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">Ada@example.org</NameID></Subject>
  <p:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent" SPNameQualifier="urn:group"/>
  <Conditions NotOnOrAfter="2026-01-15T12:01:00Z"><OneTimeUse/></Conditions>
  <p:RequestedAuthnContext Comparison="minimum">
    <AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</AuthnContextClassRef>
    <AuthnContextClassRef>https://refeds.org/profile/mfa</AuthnContextClassRef>
  </p:RequestedAuthnContext>
  <p:Scoping ProxyCount="0"><p:IDPList><p:IDPEntry ProviderID="urn:another"/></p:IDPList></p:Scoping>
</p:AuthnRequest>
"#;

/// The login that answers a file with these bytes.
fn answer(bytes: &[u8], options: &str) -> Done {
    let (_folder, file) = file(bytes);
    postlogin(LOGIN)
        .words(options)
        .word("--authn-request")
        .word(file)
        .run()
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("request.xml");
    fs::write(&file, bytes).unwrap();
    (folder, file)
}

#[test]
fn a_request_may_come_through_standard_input_or_a_descriptor() {
    let as_file = answer(DEMANDING.as_bytes(), "--format text").exits(0).out;
    for name in ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let line = postlogin(LOGIN).words("--format text --authn-request").word(name);
        assert_eq!(line.input(DEMANDING).run().exits(0).out, as_file, "{name}");
    }
}

#[test]
fn what_is_asked_for_stands_beside_what_it_gets_on_a_hundred_columns() {
    let done = answer(DEMANDING.as_bytes(), "--format text").exits(0);
    let table = done.out.split_once("SAML request\n").unwrap().1;
    let table = table.split_once("\n\n").unwrap().0;
    let long: Vec<_> = table.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(long.is_empty(), "{long:#?}");
    assert_eq!(
        table,
        "                          asked for by the service provider    what it gets
! endpoint                index 3                              https://saml-defaults.example/acs
! binding                 HTTP-Artifact                        HTTP-POST
  audience                https://                             https://
                          a-service-provider-with-a-long-name  a-service-provider-with-a-long-name.d
                          .departments.example/shibboleth/     epartments.example/shibboleth/
                          metadata                             metadata
! NameID format           persistent                           unspecified
! authentication context  PasswordProtectedTransport or        unspecified
                          https://refeds.org/profile/mfa
                          (minimum)
! attributes              index 1                              10 attributes
! SPNameQualifier         urn:group                            none
  user                    Ada@example.org                      auth0|ada
! conditions              until 2026-01-15T12:01:00.000Z,      valid from 2026-01-15T12:00:00.000Z
                          OneTimeUse                           until 2026-01-15T13:00:00.000Z for
                                                               https://
                                                               a-service-provider-with-a-long-name.d
                                                               epartments.example/shibboleth/
                                                               metadata
  login                   a new one (ForceAuthn)               one of 2026-01-15T12:00:00.000Z
! identity provider       urn:another                          urn:tenant.example
  proxies at most         0                                    0
! extensions              RequestedAttributes                  none"
    );
}

#[test]
fn every_warning_about_a_request_has_a_code_of_its_own_and_counts_with_strict() {
    let result = answer(DEMANDING.as_bytes(), "").exits(0).json();
    let codes: Vec<_> = result["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "saml_endpoint_index_unknown",
            "saml_binding_unmet",
            "saml_name_id_policy_unmet",
            "saml_authn_context_unmet",
            "saml_attribute_index_unknown",
            "saml_name_id_policy_unmet",
            "saml_conditions_unmet",
            "saml_scoping_unmet",
            "saml_extensions_unmet",
        ]
    );
    let strict = answer(DEMANDING.as_bytes(), "--strict").exits(3).json();
    assert_eq!(strict["error"]["kind"], "strict");
    assert_eq!(strict.get("saml"), None);
}

#[test]
fn a_file_in_another_encoding_is_told_so_and_a_mark_is_no_part_of_it() {
    let little: Vec<u8> = format!("\u{feff}{DEMANDING}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let big: Vec<u8> = DEMANDING.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        answer(&bytes, "")
            .exits(1)
            .warns("request.xml is text in UTF-16")
            .warns("save the request in UTF-8");
    }
    answer(b"<a>\xe4</a>", "")
        .exits(1)
        .warns("an encoding that is not UTF-8");
    answer(format!("\u{feff}\r\n{DEMANDING}").as_bytes(), "").exits(0);
}

#[test]
fn what_holds_no_request_is_an_error_that_names_the_file() {
    for content in [r#"{"SAMLRequest": "PHNhbWxwOg=="}"#, "[]", "\"PHNhbWxwOg==\""] {
        answer(content.as_bytes(), "")
            .exits(1)
            .warns("request.xml holds JSON, where a SAML request is expected");
    }
}
