//! What an import does to a client, rule by rule.

use super::super::sp::{self, Endpoint, LogoutEndpoint};
use super::*;
use crate::saml::tests::fixture::{Pair, certificate, now, other, pem as pem_of, tenant};

/// One that asks for nothing.
pub fn plain_provider() -> ServiceProvider {
    ServiceProvider {
        entity_id: "urn:sp".to_owned(),
        display_name: None,
        endpoints: vec![Endpoint {
            index: 0,
            url: "https://sp.example/acs".to_owned(),
        }],
        signing: Vec::new(),
        encryption: Vec::new(),
        requests: Requests::Any,
        assertions: Assertions::Any,
        name_id_formats: Vec::new(),
        attribute_services: Vec::new(),
        subject_id: None,
        access: None,
        algorithms: sp::Algorithms::default(),
        logout: None,
        trust: sp::Trust::Unchecked,
        left: Vec::new(),
        warnings: Vec::new(),
    }
}

/// Those of a tenant without keys.
pub fn terms(config: &SamlConfig) -> ImportTerms<'_> {
    ImportTerms {
        config,
        signing_key: None,
        release: Release::Beside,
        now: now(),
    }
}

/// The add-on after an import, which starts as `addon`.
pub fn import_into(provider: &ServiceProvider, addon: Value) -> (Map<String, Value>, Import) {
    import_with(provider, addon, &SamlConfig::default())
}

pub fn import_with(
    provider: &ServiceProvider,
    addon: Value,
    config: &SamlConfig,
) -> (Map<String, Value>, Import) {
    let mut client = Map::new();
    let addons = Map::from_iter([("samlp".to_owned(), addon)]);
    client.insert("addons".to_owned(), Value::Object(addons));
    let import = import(provider, &mut client, &terms(config));
    let addon = client["addons"]["samlp"].as_object().unwrap().clone();
    (addon, import)
}

fn signed(certificates: &[Certificate]) -> ServiceProvider {
    ServiceProvider {
        signing: certificates.to_vec(),
        requests: Requests::Signed,
        ..plain_provider()
    }
}

#[test]
fn one_certificate_is_a_text_and_several_are_a_list() {
    let (addon, _) = import_into(&signed(&[tenant().certificate()]), json!({}));
    assert_eq!(addon["signingCert"], tenant().certificate_pem);
    let both = [tenant().certificate(), other().certificate()];
    let (addon, import) = import_into(&signed(&both), json!({"signingCert": tenant().certificate_pem}));
    assert_eq!(
        addon["signingCert"],
        json!([tenant().certificate_pem, other().certificate_pem])
    );
    let changed = import
        .taken
        .iter()
        .find(|taken| taken.member.ends_with("signingCert"));
    assert_eq!(
        changed.unwrap().before,
        Before::Other(json!(tenant().certificate_pem))
    );
}

#[test]
fn certificates_that_no_request_could_be_verified_with_are_left() {
    let short = Pair::rsa(1024).certificate();
    let (addon, import) = import_into(&signed(&[short.clone(), other().certificate()]), json!({}));
    assert_eq!(addon["signingCert"], other().certificate_pem);
    assert!(import.left[0].reason.contains("1024 bits"), "{:?}", import.left);
    let (addon, import) = import_into(&signed(&[short]), json!({}));
    assert_eq!(addon.get("signingCert"), None);
    assert!(import.warnings[0].contains("AuthnRequestsSigned is true, but there is no certificate"));

    let old = certificate(
        &tenant().pkey,
        &tenant().pkey,
        "20200101000000Z",
        "20210101000000Z",
    );
    let old = Certificate::from_pem(&pem_of(&old)).unwrap();
    let strict = SamlConfig {
        reject_expired_certs: true,
        ..SamlConfig::default()
    };
    let certificates = signed(&[old, other().certificate()]);
    let (addon, _) = import_with(&certificates, json!({}), &strict);
    assert_eq!(addon["signingCert"], other().certificate_pem);
    let (addon, _) = import_into(&certificates, json!({}));
    assert_eq!(addon["signingCert"].as_array().map(Vec::len), Some(2));
}

#[test]
fn who_signs_logout_messages_only_gives_certificates_for_logout_only() {
    let logout = LogoutEndpoint {
        url: "https://sp.example/slo".to_owned(),
        response_url: None,
        binding: "HTTP-POST",
    };
    let unsigned = ServiceProvider {
        requests: Requests::Any,
        logout: Some(logout.clone()),
        ..signed(&[other().certificate()])
    };
    let (addon, import) = import_into(&unsigned, json!({}));
    assert_eq!(addon.get("signingCert"), None);
    assert_eq!(addon["logout"]["signingCert"], other().certificate_pem);
    assert!(import.left.is_empty(), "{:?}", import.left);
    // Once requests are signed too, one member says it all.
    let signed = ServiceProvider {
        logout: Some(logout.clone()),
        ..signed(&[tenant().certificate()])
    };
    let (addon, _) = import_into(&signed, addon.into());
    assert_eq!(addon["signingCert"], tenant().certificate_pem);
    assert_eq!(addon["logout"].get("signingCert"), None);
    let without = ServiceProvider {
        logout: Some(logout),
        ..plain_provider()
    };
    let (_, import) = import_into(&without, json!({}));
    assert!(import.warnings[0].contains("there is a SingleLogoutService, but there is no certificate"));
}

#[test]
fn a_demand_for_signed_requests_is_neither_made_nor_dropped_without_the_metadata_saying_so() {
    let unsigned = ServiceProvider {
        requests: Requests::Any,
        ..signed(&[other().certificate()])
    };
    let (addon, import) = import_into(&unsigned, json!({}));
    assert_eq!(addon.get("signingCert"), None);
    assert_eq!(import.left.len(), 1);
    let (addon, import) = import_into(&unsigned, json!({"signingCert": tenant().certificate_pem}));
    assert_eq!(addon["signingCert"], tenant().certificate_pem);
    assert!(
        import.left[1].reason.contains("the setting is kept"),
        "{:?}",
        import.left
    );
}

#[test]
fn an_audience_among_others_and_members_of_another_type_are_dealt_with() {
    let (addon, _) = import_into(&plain_provider(), json!({"audience": ["urn:other", "urn:sp"]}));
    assert_eq!(addon["audience"], json!(["urn:other", "urn:sp"]));
    let mut client = Map::new();
    client.insert("addons".to_owned(), json!("odd"));
    client.insert("callbacks".to_owned(), Value::Null);
    import(&plain_provider(), &mut client, &terms(&SamlConfig::default()));
    assert_eq!(client["addons"]["samlp"]["audience"], "urn:sp");
    assert_eq!(client["callbacks"], json!(["https://sp.example/acs"]));
}

#[test]
fn a_place_for_logout_responses_goes_when_the_metadata_has_none_any_more() {
    let mut provider = plain_provider();
    provider.logout = Some(sp::LogoutEndpoint {
        binding: super::super::names::HTTP_POST,
        url: "https://sp.example/slo".to_owned(),
        response_url: None,
    });
    let before = json!({"logout": {"callback": "https://sp.example/old", "slo_enabled": false,
        "response_callback": "https://sp.example/old-response"}});
    let (addon, import) = import_into(&provider, before);
    assert_eq!(
        addon["logout"],
        json!({"callback": "https://sp.example/slo", "slo_enabled": false,
               "binding": super::super::names::HTTP_POST})
    );
    let removed = import.taken.iter().find(|taken| taken.value.is_null()).unwrap();
    assert_eq!(removed.member, "addons.samlp.logout.response_callback");
}
