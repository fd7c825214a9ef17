use super::*;
use crate::saml::tests::fixture::*;
use crate::tenant::SamlConfig;
use openssl::pkey::PKey;
use serde_json::{Value, json};

/// What is found of an add-on that names its audience: member, code, effect.
fn found(mut addon: Value) -> Vec<(String, String, Effect)> {
    addon["audience"] = json!("urn:sp");
    found_as_written(addon)
}

fn found_as_written(addon: Value) -> Vec<(String, String, Effect)> {
    let login = Login::new().addon(addon);
    let findings = examine(&login.client, &identity_provider(&login.config), now());
    let findings = findings.into_iter();
    findings
        .map(|found| {
            let member = found.path.last_key().unwrap_or_default();
            (member.to_owned(), found.code, found.effect)
        })
        .collect()
}

#[test]
fn an_add_on_without_audience_is_found_with_the_code_of_the_login_that_no_request_starts() {
    for addon in [json!({}), json!({"audience": ""}), json!({"audience": [" "]})] {
        let mut login = Login::new().addon(addon.clone());
        login.grant.request.saml.as_mut().unwrap().issuer = None;
        let code = login.respond().unwrap_err().code;
        let expected = ("audience".to_owned(), code.to_owned(), Effect::Warns);
        assert_eq!(found_as_written(addon), [expected]);
    }
}

#[test]
fn a_url_that_no_browser_takes_is_found_with_the_code_of_the_login() {
    for member in ["destination", "recipient"] {
        for url in [
            "javascript:alert(1)",
            "/acs",
            "https://u:p@sp.example/",
            "https://sp.example/#a",
        ] {
            let addon = json!({member: url});
            let error = Login::new().addon(addon.clone()).respond().unwrap_err();
            assert_eq!(error.code, "saml_url", "{url}");
            assert!(error.description.contains(url), "{error}");
            let expected = (member.to_owned(), "saml_url".to_owned(), Effect::Refuses);
            assert_eq!(found(addon), [expected]);
        }
    }
}

#[test]
fn a_setting_that_every_login_fails_with_is_found_with_the_code_of_the_login() {
    let short = Pair::rsa(1024);
    let ec = {
        let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
        Pair::new(PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap())
    };
    for (member, addon) in [
        ("signAssertion", json!({"signAssertion": false})),
        (
            "signatureAlgorithm",
            json!({"signatureAlgorithm": "ecdsa-sha256"}),
        ),
        ("signatureAlgorithm", json!({"signatureAlgorithm": "sha256"})),
        ("digestAlgorithm", json!({"digestAlgorithm": "md5"})),
        (
            "cert",
            json!({"cert": short.certificate_pem, "key": short.key_pem}),
        ),
        ("cert", json!({"cert": ec.certificate_pem, "key": ec.key_pem})),
        (
            "encryptionCert",
            json!({"encryptionCert": short.certificate_pem, "encryptionPublicKey": short.public_pem}),
        ),
        (
            "encryptionCert",
            json!({"encryptionCert": ec.certificate_pem, "encryptionPublicKey": ec.public_pem}),
        ),
        ("lifetimeInSeconds", json!({"lifetimeInSeconds": 1.5})),
        ("notBeforeSkewSeconds", json!({"notBeforeSkewSeconds": -1})),
        ("sessionNotOnOrAfter", json!({"sessionNotOnOrAfter": 0})),
        ("attributeTypes", json!({"attributeTypes": {"a": "xs:own"}})),
        (
            "nameIdentifierSource",
            json!({"nameIdentifierSource": "pairwise"}),
        ),
        ("issuer", json!({"issuer": "urn:\u{1}"})),
    ] {
        let error = Login::new().addon(addon.clone()).respond().unwrap_err();
        let expected = (member.to_owned(), error.code.to_owned(), Effect::Fails);
        assert_eq!(found(addon), [expected], "{error}");
    }
    let signed = json!({"signingCert": short.certificate_pem});
    let expected = (
        "signingCert".to_owned(),
        "saml_signing_cert".to_owned(),
        Effect::Fails,
    );
    assert_eq!(found(signed), [expected]);
}

#[test]
fn each_setting_that_cannot_be_had_is_found_and_what_does_not_go_together_too() {
    let addon = json!({"lifetimeInSeconds": 0, "signatureAlgorithm": "sha256", "digestAlgorithm": "md5",
        "signAssertion": false, "cert": "garbage", "key": other().key_pem});
    let expected = [
        ("lifetimeInSeconds", "saml_lifetime"),
        ("cert", "saml_pem"),
        ("signatureAlgorithm", "saml_algorithm"),
        ("digestAlgorithm", "saml_algorithm"),
        ("signAssertion", "saml_unsigned"),
    ];
    assert_eq!(
        found(addon),
        expected.map(|(member, code)| (member.to_owned(), code.to_owned(), Effect::Fails))
    );
}

#[test]
fn what_every_login_warns_of_is_found_with_the_code_of_the_login() {
    let pair = other();
    let ended = pem(&certificate(
        &pair.pkey,
        &pair.pkey,
        "20200101000000Z",
        "20260101000000Z",
    ));
    let ends = pem(&certificate(
        &pair.pkey,
        &pair.pkey,
        "20200101000000Z",
        "20260401000000Z",
    ));
    for (member, addon) in [
        ("cert", json!({"cert": ended, "key": pair.key_pem})),
        ("cert", json!({"cert": ends, "key": pair.key_pem})),
        ("signatureAlgorithm", json!({"signatureAlgorithm": "rsa-sha1"})),
        ("digestAlgorithm", json!({"digestAlgorithm": "sha1"})),
        ("relayState", json!({"relayState": "a\nb"})),
        (
            "encryptionAlgorithm",
            json!({"encryptionAlgorithm": "aes256-gcm"}),
        ),
        (
            "encryptionCert",
            json!({"encryptionCert": ended, "encryptionPublicKey": pair.public_pem,
                "encryptionAlgorithm": "aes256-gcm"}),
        ),
        (
            "encryptionAlgorithm",
            json!({"encryptionCert": pair.certificate_pem, "encryptionPublicKey": pair.public_pem,
                "encryptionAlgorithm": "aes128-cbc"}),
        ),
    ] {
        let mut login = Login::new().addon(addon.clone());
        login.respond().unwrap();
        let [code] = login.warnings()[..] else {
            panic!("{:?}", login.trace.warnings)
        };
        let effect = if code.ends_with("_deprecated") {
            Effect::Advises
        } else {
            Effect::Warns
        };
        assert_eq!(found(addon), [(member.to_owned(), code.to_owned(), effect)]);
    }
    let expected = [("signingCert".to_owned(), "cert_expired".to_owned(), Effect::Warns)];
    assert_eq!(found(json!({"signingCert": ended})), expected);
}

#[test]
fn nothing_is_found_of_settings_that_serve_and_the_tenants_own_time_is_not_the_clients() {
    assert_eq!(found(json!({})), []);
    assert_eq!(
        found(json!({"signatureAlgorithm": "rsa-sha512", "lifetimeInSeconds": 60})),
        []
    );
    let login = Login::new().addon(json!({"audience": "urn:sp"}));
    let config = SamlConfig {
        reject_expired_certs: true,
        ..SamlConfig::default()
    };
    let later = "2150-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(examine(&login.client, &identity_provider(&config), later), []);
}
