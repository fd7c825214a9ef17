use super::*;
use crate::algorithm::{Digest, SignatureMethod};
use crate::keys::ring_for_tests;
use crate::tenant::SamlAddon;
use crate::trace::Origin;
use serde_json::{Value, json};
use std::collections::HashSet;

macro_rules! names {
    (
        settings { $($(#[$meta:meta])* $name:ident: $variant:ident($value:ty) = $kind:expr, $member:literal,
            $setter:literal($($parameter:literal: $js:ident),*);)* }
        of_attributes { $($(#[$of_meta:meta])* $of_name:ident: $of_variant:ident($of_value:ty) = $of_kind:expr,
            $of_member:literal, $of_setter:literal($($of_parameter:literal: $of_js:ident),*);)* }
        of_addon { $($(#[$own_meta:meta])* $own_name:ident: $own_value:ty = $own_kind:expr, $own_member:literal;)* }
    ) => {
        const MEMBERS: &[&str] = &[$($member,)* $($of_member,)* $($own_member,)*];
        const SETTERS: &[&str] = &[$($setter,)* $($of_setter,)*];
    };
}

saml_settings!(names);

fn addon(json: Value) -> SamlSettings {
    *serde_json::from_value::<SamlAddon>(json).unwrap().settings
}

fn unusable(settings: &SamlSettings) -> Vec<(&'static str, String)> {
    let unusable = settings.unusable();
    unusable
        .iter()
        .map(|setting| (setting.code(), setting.to_string()))
        .collect()
}

#[test]
fn no_member_and_no_setter_is_in_the_table_twice() {
    assert_eq!(MEMBERS.iter().collect::<HashSet<_>>().len(), MEMBERS.len());
    assert_eq!(SETTERS.iter().collect::<HashSet<_>>().len(), SETTERS.len());
}

#[test]
fn every_member_of_the_table_is_read_as_a_setting_and_is_absent_where_it_is_null() {
    for member in MEMBERS {
        let read = serde_json::from_value::<SamlAddon>(json!({*member: null})).unwrap();
        assert_eq!(read, SamlAddon::default(), "{member}");
        let other_type = serde_json::from_value::<SamlAddon>(json!({*member: [{}]}));
        assert!(other_type.is_err(), "{member}");
    }
}

#[test]
fn a_value_that_cannot_be_had_is_an_error_in_its_place_and_the_rest_is_read() {
    let settings = addon(json!({
        "signatureAlgorithm": "rsa-md5", "digestAlgorithm": "sha384", "nameIdentifierSource": "email",
        "lifetimeInSeconds": 0, "notBeforeSkewSeconds": 1.5, "sessionNotOnOrAfter": 1e15,
        "cert": "CANARY", "signingCert": ["", "one", "two"],
        "attributeTypes": {"a": "xs:integer", "b": "", "c": "xs:hexBinary"}, "issuer": "urn:idp"
    }));
    let pem = "expected a PEM certificate, found no PEM block";
    let types = "xs:string, xs:boolean, xs:integer, xs:decimal, xs:double, xs:date, xs:dateTime, xs:anyURI, \
                 xs:base64Binary, xs:anyType";
    let expected = [
        ("saml_lifetime", "lifetimeInSeconds must be a whole number from 1 to 315360000, got 0"),
        ("saml_pem", &format!("signingCert: {pem}")),
        ("saml_pem", &format!("cert: {pem}")),
        (
            "saml_algorithm",
            "signatureAlgorithm: unknown algorithm 'rsa-md5'; known are rsa-sha256, rsa-sha1, rsa-sha384, rsa-sha512, \
             ecdsa-sha256, ecdsa-sha384, ecdsa-sha512",
        ),
        (
            "saml_algorithm",
            "nameIdentifierSource: unknown source 'email'; known are probes, pairwise, transient",
        ),
        ("saml_lifetime", "notBeforeSkewSeconds must be a whole number from 0 to 86400, got 1.5"),
        (
            "saml_lifetime",
            "sessionNotOnOrAfter must be a whole number from 1 to 315360000, got 1000000000000000",
        ),
        (
            "saml_attribute_type",
            &format!("attributeTypes: unknown type '' of 'b'; known are {types}"),
        ),
        (
            "saml_attribute_type",
            &format!("attributeTypes: unknown type 'xs:hexBinary' of 'c'; known are {types}"),
        ),
    ]
    .map(|(code, text)| (code, format!("add-on samlp.{text}")));
    assert_eq!(unusable(&settings), expected);
    let effective = Effective::of_addon(&settings);
    assert_eq!(effective.digest_algorithm.get(), Ok(Some(&Digest::Sha384)));
    assert_eq!(effective.issuer.get().unwrap().unwrap(), "urn:idp");
    assert_eq!(effective.attribute_types["a"], Ok(&ValueType::Integer));
    assert_eq!(
        effective.lifetime_in_seconds.get().unwrap_err().member,
        "lifetimeInSeconds"
    );
    let Some(Err(ValueError::Pem { others, .. })) = &settings.signing_cert else {
        panic!("{:?}", settings.signing_cert)
    };
    assert_eq!(
        others.len(),
        1,
        "each word of a list is checked, except the empty one"
    );
}

#[test]
fn an_empty_text_or_list_and_false_for_the_end_of_a_session_count_as_absent() {
    let mut settings = addon(json!({
        "audience": ["", " "], "issuer": "", "recipient": " ", "destination": "", "relayState": "", "signatureAlgorithm": "", "cert": "", "signingCert": "",
        "mappings": {}, "sessionNotOnOrAfter": false
    }));
    let blank = std::mem::take(&mut settings.blank);
    assert_eq!((blank.len(), blank[0]), (10, "audience"));
    assert_eq!(settings, SamlSettings::default());
    let settings = addon(json!({
        "audience": ["", "urn:a"], "nameIdentifierProbes": [], "signResponse": false, "sessionNotOnOrAfter": true,
        "friendlyNames": {"a": ""}
    }));
    let effective = Effective::of_addon(&settings);
    assert_eq!(effective.audience.usable().unwrap(), &["urn:a"]);
    assert_eq!(effective.name_identifier_probes.usable(), Some(&Vec::new()));
    assert_eq!(effective.sign_response.usable(), Some(&false));
    assert_eq!(
        effective.session_not_on_or_after.usable(),
        Some(&SessionEnd::WithSession)
    );
    assert_eq!(effective.friendly_names["a"].unwrap(), "");
}

#[test]
fn the_last_call_counts_and_stands_over_an_error_of_the_add_on() {
    let settings = addon(json!({
        "signatureAlgorithm": "rsa-md5", "issuer": "urn:addon", "relayState": "addon",
        "attributeTypes": {"a": "xs:own", "b": "xs:date"}
    }));
    let line = |line| Origin {
        line: Some(line),
        ..Origin::default()
    };
    let calls = [
        (SamlSetting::SignatureAlgorithm(SignatureMethod::RsaSha1), line(1)),
        (
            SamlSetting::SignatureAlgorithm(SignatureMethod::RsaSha256),
            line(2),
        ),
        (SamlSetting::Issuer("urn:call".to_owned()), line(3)),
        (SamlSetting::RelayState(String::new()), line(4)),
        (
            SamlSetting::AttributeType {
                attribute: "a".to_owned(),
                value: ValueType::Integer,
            },
            line(5),
        ),
    ];
    let mut effective = Effective::of_addon(&settings);
    for (setting, origin) in &calls {
        effective.set(setting, origin);
    }
    assert_eq!(
        effective.signature_algorithm.get(),
        Ok(Some(&SignatureMethod::RsaSha256))
    );
    assert_eq!(effective.signature_algorithm.by, SetBy::Call(&line(2)));
    assert_eq!(effective.issuer.get().unwrap().unwrap(), "urn:call");
    assert_eq!(effective.issuer.by, SetBy::Call(&line(3)));
    assert_eq!(
        effective.relay_state.get().unwrap().unwrap(),
        "",
        "which may be empty"
    );
    assert_eq!(effective.attribute_types["a"], Ok(&ValueType::Integer));
    assert_eq!(effective.attribute_types["b"], Ok(&ValueType::Date));
    assert_eq!(effective.destination.by, SetBy::Nobody);
}

#[test]
fn a_read_add_on_shows_no_key() {
    let key = ring_for_tests().current.key();
    let pem = String::from_utf8(key.pkey().private_key_to_pem_pkcs8().unwrap()).unwrap();
    let shown = format!("{:?}", addon(json!({"key": pem, "cert": pem})));
    assert!(shown.contains(&key.fingerprint()), "{shown}");
    assert!(
        !shown.contains(&pem[40..80]) && !shown.contains("BEGIN"),
        "{shown}"
    );
}
