use super::*;
use crate::algorithm::SignatureMethod;
use crate::saml::error::{SamlError, SamlErrorKind};
use crate::saml::tests::fixture::*;
use crate::saml_setting::SamlSetting;
use openssl::pkey::PKey;
use serde_json::json;
use std::time::{Duration, Instant};

fn error(mut login: Login) -> SamlError {
    let error = login.respond().unwrap_err();
    assert_eq!(error.kind, SamlErrorKind::Config);
    assert!(!error.description.contains("PRIVATE KEY-"), "{error}");
    error
}

fn encrypting(certificate_pem: &str, public_pem: &str) -> Login {
    Login::new().addon(json!({
        "encryptionCert": certificate_pem, "encryptionPublicKey": public_pem, "encryptionAlgorithm": "aes256-gcm"
    }))
}

fn encrypting_for(pair: &Pair) -> Login {
    encrypting(&pair.certificate_pem, &pair.public_pem)
}

#[test]
fn defaults() {
    let mut login = Login::new();
    let answer = login.respond().unwrap();
    assert_eq!(answer.acs_url, "https://sp.example/acs");
    assert_eq!(answer.relay_state, "state");
    for part in [
        "Destination=\"https://sp.example/acs\"",
        ">urn:tenant.us.example</saml:Issuer>",
        "Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\"",
        "InResponseTo=\"_request\" NotOnOrAfter=\"2026-03-04T06:06:07.089Z\" Recipient=\"https://sp.example/acs\"",
        "<saml:Audience>urn:sp</saml:Audience>",
        "NotOnOrAfter=\"2026-03-04T06:06:07.089Z\"",
        ">urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified<",
    ] {
        assert!(answer.xml.contains(part), "{part} in {}", answer.xml);
    }
    assert_eq!(login.warnings(), [""; 0]);
}

#[test]
fn the_addon_overrides_defaults_and_actions_override_the_addon_each_setting_by_itself() {
    let answer = Login::new()
        .addon(json!({
            "audience": ["urn:a1", "urn:a2"], "issuer": "urn:addon", "recipient": "https://r/addon",
            "destination": "https://d/addon", "lifetimeInSeconds": 60, "relayState": "addon",
            "nameIdentifierFormat": "format:addon", "authnContextClassRef": "context:addon",
            "typedAttributes": false, "includeAttributeNameFormat": false
        }))
        .set(SamlSetting::Issuer("urn:action<&>\"".to_owned()))
        .set(SamlSetting::Destination("javascript:alert(1)".to_owned()))
        .set(SamlSetting::LifetimeInSeconds(61))
        .set(SamlSetting::RelayState(String::new()))
        .respond()
        .unwrap();
    for part in [
        "Destination=\"javascript:alert(1)\"",
        ">urn:action&lt;&amp;&gt;\"</saml:Issuer>",
        "<saml:Audience>urn:a1</saml:Audience><saml:Audience>urn:a2</saml:Audience>",
        "Recipient=\"https://r/addon\"",
        "NotOnOrAfter=\"2026-03-04T05:07:08.089Z\"",
        "<saml:NameID Format=\"format:addon\">",
        ">context:addon<",
        "xsi:type=\"xs:anyType\"",
    ] {
        assert!(answer.xml.contains(part), "{part} in {}", answer.xml);
    }
    assert!(!answer.xml.contains("NameFormat") && !answer.xml.contains("xs:string"));
    assert_eq!(
        (&*answer.relay_state, &*answer.acs_url),
        ("", "https://sp.example/acs")
    );
}

#[test]
fn empty_texts_are_the_defaults() {
    let plain = Login::new().respond().unwrap();
    let empty = Login::new()
        .addon(
            json!({"audience": "", "issuer": "", "recipient": "", "destination": "", "cert": "",
            "key": "", "encryptionCert": "", "encryptionPublicKey": "", "signatureAlgorithm": ""}),
        )
        .respond()
        .unwrap();
    assert_eq!(plain, empty);
}

#[test]
fn no_assertion_leaves_without_audience_unless_the_tenant_says_so() {
    let without = |issuer: Option<&str>| {
        let mut login = Login::new();
        login.grant.request.saml.as_mut().unwrap().issuer = issuer.map(str::to_owned);
        login
    };
    for issuer in [None, Some(""), Some(" ")] {
        let mut login = without(issuer);
        assert_eq!(error(without(issuer)).code, "audience_missing");
        login.config.no_audience = NoAudience::Omit;
        let answer = login.respond().unwrap();
        assert!(!answer.xml.contains("AudienceRestriction"));
        assert_eq!(login.warnings()[0], "audience_missing");
    }
}

#[test]
fn nothing_is_posted_where_no_browser_is_sent() {
    for url in [
        "javascript:alert(1)",
        "com.example.app:/cb",
        "https://u:p@sp.example/acs",
    ] {
        let mut login = Login::new();
        login.grant.request.saml.as_mut().unwrap().acs_url = url.to_owned();
        assert_eq!(
            login.respond().unwrap_err().kind,
            SamlErrorKind::Request(RequestFault::AcsNotAllowed),
            "{url}"
        );
    }
}

#[test]
fn an_unsolicited_response_answers_nothing_and_goes_to_the_first_callback() {
    let mut login = Login::new().addon(json!({"audience": "urn:sp"}));
    login.grant.request.saml = None;
    let answer = login.respond().unwrap();
    assert_eq!(answer.acs_url, "https://sp.example/first");
    assert_eq!(answer.relay_state, "");
    assert!(
        !answer.xml.contains("InResponseTo") && answer.xml.contains("<saml:Audience>urn:sp</saml:Audience>")
    );
    assert!(answer.xml.contains("Recipient=\"https://sp.example/first\""));
    assert_eq!(login.warnings(), [""; 0]);

    login.client.callbacks.clear();
    assert_eq!(
        login.respond().unwrap_err().kind,
        SamlErrorKind::Request(RequestFault::AcsMissing)
    );
}

#[test]
fn settings_of_the_addon_that_do_not_exist_are_refused() {
    for (addon, code) in [
        (json!({"signatureAlgorithm": "rsa-md5"}), "saml_algorithm"),
        (json!({"digestAlgorithm": "SHA256"}), "saml_algorithm"),
        (json!({"lifetimeInSeconds": 0}), "saml_lifetime"),
        (json!({"lifetimeInSeconds": -1}), "saml_lifetime"),
        (json!({"lifetimeInSeconds": 0.5}), "saml_lifetime"),
        (json!({"lifetimeInSeconds": 1e15}), "saml_lifetime"),
        (json!({"audience": "a\u{1}"}), "xml_character"),
    ] {
        assert_eq!(error(Login::new().addon(addon.clone())).code, code, "{addon}");
    }
    let bad_cipher = json!({"encryptionCert": other().certificate_pem,
        "encryptionPublicKey": other().public_pem, "encryptionAlgorithm": "tripledes-cbc"});
    assert_eq!(error(Login::new().addon(bad_cipher)).code, "saml_algorithm");
}

/// EN-01
#[test]
fn half_an_encryption_is_refused() {
    let half = Login::new().set(SamlSetting::EncryptionCert(other().certificate()));
    assert_eq!(error(half).code, "saml_encryption_incomplete");
    let half = Login::new().set(SamlSetting::EncryptionPublicKey(other().public_key()));
    assert_eq!(error(half).code, "saml_encryption_incomplete");
    let across = Login::new()
        .addon(json!({"encryptionCert": other().certificate_pem}))
        .set(SamlSetting::EncryptionPublicKey(other().public_key()));
    assert!(
        { across }.respond().is_ok(),
        "the halves may come from both layers"
    );
}

/// EN-02
#[test]
fn a_public_key_of_another_certificate_is_refused_with_both_fingerprints() {
    let error = error(encrypting(&other().certificate_pem, &tenant().public_pem));
    assert_eq!(error.code, "saml_encryption_mismatch");
    for key in [tenant().public_key(), other().public_key()] {
        assert!(error.description.contains(&key.fingerprint()), "{error}");
    }
}

/// EN-12
#[test]
fn half_a_signing_pair_or_two_halves_of_different_ones_are_refused() {
    let half = Login::new().set(SamlSetting::Cert(other().certificate()));
    assert_eq!(error(half).code, "saml_signing_incomplete");
    let half = Login::new().set(SamlSetting::Key(other().key()));
    assert_eq!(error(half).code, "saml_signing_incomplete");
    let mixed = Login::new()
        .set(SamlSetting::Key(other().key()))
        .set(SamlSetting::Cert(tenant().certificate()));
    assert_eq!(error(mixed).code, "saml_signing_mismatch");
}

/// EN-04
#[test]
fn a_private_key_in_place_of_a_certificate_is_refused_and_not_shown() {
    let pair = other();
    let error = error(encrypting(&pair.key_pem, &pair.public_pem));
    assert_eq!(error.code, "saml_pem");
    assert_eq!(
        error.description,
        "add-on samlp.encryptionCert: expected a PEM certificate, found a PRIVATE KEY"
    );
}

/// EN-06
#[test]
fn short_rsa_keys_are_refused_and_1024_bits_need_the_option() {
    for bits in [512, 768] {
        let pair = Pair::rsa(bits);
        for allow in [false, true] {
            let mut login = encrypting_for(&pair);
            login.config.allow_rsa1024 = allow;
            let error = error(login);
            assert_eq!(error.code, "saml_encryption_key");
            assert!(error.description.contains(&format!("{bits} bits")), "{error}");
        }
    }
    let pair = Pair::rsa(1024);
    assert_eq!(error(encrypting_for(&pair)).code, "saml_encryption_key");
    let mut login = encrypting_for(&pair);
    login.config.allow_rsa1024 = true;
    assert!(login.respond().is_ok());
    let own = json!({"cert": pair.certificate_pem, "key": pair.key_pem});
    assert_eq!(error(Login::new().addon(own)).code, "saml_signing_key");
}

/// EN-07, EN-08
#[test]
fn keys_that_are_not_rsa_are_refused_by_name() {
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let ec = PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap();
    let dsa = PKey::from_dsa(openssl::dsa::Dsa::generate(1024).unwrap()).unwrap();
    for (pkey, name) in [
        (ec, "EC"),
        (PKey::generate_ed25519().unwrap(), "Ed25519"),
        (dsa, "DSA"),
    ] {
        let pair = Pair::new(pkey);
        assert_eq!(
            error(encrypting_for(&pair)).description,
            format!(
                "RSA key required for key transport, encryptionCert holds a{} {name} key",
                if name == "DSA" { "" } else { "n" }
            )
        );
        let own = json!({"cert": pair.certificate_pem, "key": pair.key_pem});
        assert_eq!(error(Login::new().addon(own)).code, "saml_signing_key");
    }
}

fn with_public_numbers(modulus: &openssl::bn::BigNumRef, exponent: u32) -> Login {
    let exponent = openssl::bn::BigNum::from_u32(exponent).unwrap();
    let rsa = openssl::rsa::Rsa::from_public_components(modulus.to_owned().unwrap(), exponent).unwrap();
    let public = PKey::from_rsa(rsa).unwrap();
    let certificate = certificate(&public, &tenant().pkey, "20200101000000Z", "20400101000000Z");
    let public = String::from_utf8(public.public_key_to_pem().unwrap()).unwrap();
    encrypting(&pem(&certificate), &public)
}

/// EN-09
#[test]
fn exponent_1_is_refused_and_3_is_warned_about() {
    let rsa = tenant().pkey.rsa().unwrap();
    for exponent in [1, 2, 65536] {
        let error = error(with_public_numbers(rsa.n(), exponent));
        assert!(error.description.contains("exponent"), "{error}");
    }
    let mut login = with_public_numbers(rsa.n(), 3);
    assert!(login.respond().is_ok());
    assert_eq!(login.warnings(), ["rsa_exponent_3"]);
}

/// EN-10
#[test]
fn more_than_8192_bits_are_refused_at_once() {
    for bits in [8193, 16_384, 131_072] {
        let mut modulus = openssl::bn::BigNum::new().unwrap();
        modulus.set_bit(bits - 1).unwrap();
        modulus.add_word(1).unwrap();
        let login = with_public_numbers(&modulus, 65537);
        let began = Instant::now();
        let error = error(login);
        assert!(began.elapsed() < Duration::from_millis(200), "{bits} bits");
        assert_eq!(error.code, "saml_encryption_key");
        let text = format!("{bits} bits, at most 8192");
        assert!(error.description.contains(&text), "{error}");
    }
}

/// EN-03, EN-13, EN-19, of settings in the add-on
#[test]
fn pems_of_the_addon_that_are_not_one_readable_thing_are_refused_by_name() {
    let pair = other();
    let locked = pair
        .pkey
        .private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"x");
    let locked = String::from_utf8(locked.unwrap()).unwrap();
    let twice = format!("{0}{0}", pair.certificate_pem);
    let with_key = format!("{}{}", pair.certificate_pem, pair.key_pem);
    let cut = &pair.certificate_pem[..400];
    let hollow = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----";
    for (setting, beside, value, text) in [
        (
            "encryptionCert",
            "encryptionPublicKey",
            twice.as_str(),
            "exactly one certificate expected",
        ),
        (
            "encryptionCert",
            "encryptionPublicKey",
            &with_key,
            "exactly one certificate expected",
        ),
        (
            "encryptionCert",
            "encryptionPublicKey",
            "garbage",
            "expected a PEM certificate",
        ),
        (
            "encryptionCert",
            "encryptionPublicKey",
            cut,
            "expected a PEM certificate",
        ),
        (
            "encryptionCert",
            "encryptionPublicKey",
            hollow,
            "the PEM certificate cannot be read",
        ),
        (
            "encryptionPublicKey",
            "encryptionCert",
            &pair.key_pem,
            "expected a PEM public key",
        ),
        ("cert", "key", &twice, "exactly one certificate expected"),
        ("cert", "key", &with_key, "exactly one certificate expected"),
        ("key", "cert", &locked, "encrypted key not supported"),
    ] {
        let whole = match beside {
            "encryptionPublicKey" => &pair.public_pem,
            "key" => &pair.key_pem,
            _ => &pair.certificate_pem,
        };
        let error = error(Login::new().addon(json!({setting: value, beside: whole})));
        assert_eq!(error.code, "saml_pem");
        let expected = format!("add-on samlp.{setting}: {text}");
        assert!(error.description.starts_with(&expected), "{error}");
    }
}

/// EN-05
#[test]
fn an_expired_certificate_is_warned_about_or_refused_as_configured() {
    let pair = other();
    for (from, until) in [
        ("20200101000000Z", "20260101000000Z"),
        ("20260401000000Z", "20400101000000Z"),
    ] {
        let certificate = pem(&certificate(&pair.pkey, &pair.pkey, from, until));
        let mut login = encrypting(&certificate, &pair.public_pem);
        assert!(login.respond().is_ok());
        assert_eq!(login.warnings(), ["cert_expired"]);
        login.config.reject_expired_certs = true;
        assert_eq!(error(login).code, "saml_cert_expired");
    }
}

#[test]
fn what_is_broken_but_asked_for_is_warned_about() {
    let mut login = Login::new()
        .addon(
            json!({"digestAlgorithm": "sha1", "encryptionCert": other().certificate_pem,
            "encryptionPublicKey": other().public_pem}),
        )
        .set(SamlSetting::SignatureAlgorithm(SignatureMethod::RsaSha1));
    login.respond().unwrap();
    assert_eq!(
        login.warnings(),
        ["sha1_deprecated", "sha1_deprecated", "cbc_deprecated"]
    );
    assert_eq!(login.trace.warnings[0].origin.line, Some(1));
    assert_eq!(login.trace.warnings[1].origin.line, None);
}

#[test]
fn both_are_signed_only_where_both_are_asked_for() {
    let signatures = |addon: serde_json::Value| {
        let answer = Login::new().addon(addon).respond().unwrap();
        let inside = answer.assertion_xml().unwrap().matches("<Signature ").count();
        (answer.xml.matches("<Signature ").count() - inside, inside)
    };
    assert_eq!(signatures(json!({})), (0, 1));
    assert_eq!(signatures(json!({"signAssertion": true})), (0, 1));
    assert_eq!(signatures(json!({"signResponse": true})), (1, 0));
    assert_eq!(
        signatures(json!({"signResponse": true, "signAssertion": false})),
        (1, 0)
    );
    assert_eq!(
        signatures(json!({"signResponse": true, "signAssertion": true})),
        (1, 1)
    );
    assert_eq!(
        error(Login::new().addon(json!({"signAssertion": false}))).code,
        "saml_unsigned"
    );
    let action = Login::new()
        .set(SamlSetting::SignResponse(true))
        .set(SamlSetting::SignAssertion(true));
    assert_eq!(
        { action }.respond().unwrap().xml.matches("<Signature ").count(),
        2
    );
}

#[test]
fn times_can_be_widened_and_the_session_be_limited() {
    let answer = Login::new()
        .addon(json!({"notBeforeSkewSeconds": 90, "sessionNotOnOrAfter": 7200}))
        .respond()
        .unwrap();
    assert!(answer.xml.contains(
        "<saml:Conditions NotBefore=\"2026-03-04T05:04:37.089Z\" NotOnOrAfter=\"2026-03-04T06:06:07.089Z\">"
    ));
    assert!(
        answer
            .xml
            .contains(" SessionNotOnOrAfter=\"2026-03-04T07:06:07.089Z\">")
    );
    let mut login = Login::new().addon(json!({"sessionNotOnOrAfter": true}));
    assert!(!login.respond().unwrap().xml.contains("SessionNotOnOrAfter"));
    assert_eq!(login.warnings(), ["session_end_unknown"]);
    login.grant.event.session.as_mut().unwrap().expires_at = Some("2026-03-07T05:06:07Z".to_owned());
    assert!(
        login
            .respond()
            .unwrap()
            .xml
            .contains(" SessionNotOnOrAfter=\"2026-03-07T05:06:07.000Z\">")
    );
    for (addon, code) in [
        (json!({"notBeforeSkewSeconds": -1}), "saml_lifetime"),
        (json!({"notBeforeSkewSeconds": 86401}), "saml_lifetime"),
        (json!({"sessionNotOnOrAfter": 0}), "saml_lifetime"),
    ] {
        assert_eq!(error(Login::new().addon(addon)).code, code);
    }
}

#[test]
fn the_algorithm_must_fit_the_pair() {
    let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
    let pair = Pair::new(PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap());
    let own = |algorithm: &str| {
        Login::new().addon(
            json!({"cert": pair.certificate_pem, "key": pair.key_pem, "signatureAlgorithm": algorithm}),
        )
    };
    assert!(own("ecdsa-sha256").respond().is_ok());
    assert_eq!(error(own("rsa-sha256")).code, "saml_signing_key");
    let rsa = error(Login::new().addon(json!({"signatureAlgorithm": "ecdsa-sha256"})));
    assert_eq!(rsa.code, "saml_signing_key");
    assert!(rsa.description.contains("EC key required for ECDSA"), "{rsa}");
}
