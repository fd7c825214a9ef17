//! What is read of a service provider, rule by rule.

use super::*;
use crate::time::Moment;

fn now() -> Moment {
    "2026-03-04T05:06:07Z".parse().unwrap()
}

/// An entity with attributes of its own and of its role, and what the role holds.
fn entity(attributes: &str, role_attributes: &str, inside: &str) -> String {
    format!(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\" urn:sp \" {attributes}>\
         <SPSSODescriptor protocolSupportEnumeration=\"{}\" {role_attributes}>{inside}</SPSSODescriptor>\
         </EntityDescriptor>",
        super::super::names::SAML_2
    )
}

fn acs(index: u16, more: &str) -> String {
    format!(
        "<AssertionConsumerService Binding=\"{HTTP_POST}\" Location=\"https://sp.example/{index}\" \
         index=\"{index}\" {more}/>"
    )
}

fn read(text: &str) -> Result<ServiceProvider, MetadataError> {
    service_provider(text, None, &[], now())
}

fn indexes(inside: &str) -> Vec<u16> {
    let provider = read(&entity("", "", inside)).unwrap();
    provider.endpoints.iter().map(|endpoint| endpoint.index).collect()
}

#[test]
fn the_default_is_the_one_that_says_so_else_the_first_that_does_not_deny_it_else_the_first() {
    let no = "isDefault=\"false\"";
    let one = |index| acs(index, "");
    assert_eq!(
        indexes(&(one(3) + &one(2) + &acs(1, "isDefault=\"1\""))),
        [1, 2, 3]
    );
    assert_eq!(indexes(&(acs(1, no) + &one(3) + &one(2))), [3, 1, 2]);
    assert_eq!(indexes(&(acs(9, no) + &acs(1, no))), [9, 1]);
    let redirect = one(0)
        .replace("HTTP-POST", "HTTP-Redirect")
        .replace("/>", " isDefault=\"true\"/>");
    assert_eq!(indexes(&(redirect + &one(5))), [5]);
}

#[test]
fn valid_until_counts_wherever_it_stands_and_an_odd_one_is_refused() {
    let past = "validUntil=\"2026-03-04T05:06:07Z\"";
    let future = "validUntil=\"2026-03-04T05:06:08\"";
    for (of_entity, of_role) in [(past, ""), ("", past), (future, past), (past, future)] {
        let error = read(&entity(of_entity, of_role, &acs(0, ""))).unwrap_err();
        assert!(matches!(error, MetadataError::Expired { .. }), "{error}");
    }
    let provider = read(&entity(
        future,
        "validUntil=\"2027-01-01T00:00:00+02:00\"",
        &acs(0, ""),
    ))
    .unwrap();
    assert!(provider.left[0].reason.contains("2026-03-04T05:06:08.000Z"));
    let odd = read(&entity("validUntil=\"soon\"", "", &acs(0, ""))).unwrap_err();
    assert!(
        odd.to_string()
            .contains("validUntil of EntityDescriptor is no time"),
        "{odd}"
    );
}

#[test]
fn a_role_of_another_protocol_is_passed_over() {
    let older = "<SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\">\
                 <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:1.0:profiles:browser-post\" \
                 Location=\"https://old.example/\" index=\"0\"/></SPSSODescriptor>";
    let text =
        entity("", "", &acs(4, "")).replacen("<SPSSODescriptor", &format!("{older}<SPSSODescriptor"), 1);
    let provider = read(&text).unwrap();
    assert_eq!(provider.entity_id, "urn:sp");
    assert_eq!(provider.endpoints[0].url, "https://sp.example/4");
}

#[test]
fn the_name_for_people_is_english_where_there_is_a_choice() {
    let name =
        |language: &str, text: &str| format!("<ServiceName xml:lang=\"{language}\">{text}</ServiceName>");
    let service = |names: &str| {
        format!(
            "<AttributeConsumingService index=\"0\">{names}<RequestedAttribute Name=\"mail\"/>\
             </AttributeConsumingService>"
        )
    };
    let both = service(&(name("fr", "Portail") + &name("en-GB", "Portal")));
    let display_name = |inside: &str| {
        read(&entity("", "", &(acs(0, "") + inside)))
            .unwrap()
            .display_name
    };
    assert_eq!(display_name(&both).as_deref(), Some("Portal"));
    assert_eq!(
        display_name(&service(&name("fr", " Portail "))).as_deref(),
        Some("Portail")
    );
    assert_eq!(display_name(""), None);
    assert_eq!(display_name(&service(&name("en", &"x".repeat(101)))), None);
}

#[test]
fn a_key_without_certificate_is_left_and_the_first_certificate_of_several_counts() {
    let certificate = crate::saml::tests::fixture::other().certificate();
    let x509 = format!("<X509Certificate>{}</X509Certificate>", certificate.base64());
    let key = |attributes: &str, data: &str| {
        format!(
            "<KeyDescriptor {attributes}><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\">{data}</KeyInfo>\
             </KeyDescriptor>"
        )
    };
    let named = key("use=\"signing\"", "<KeyName>k</KeyName>");
    let issuer = "<X509Certificate>an issuer, not read</X509Certificate>";
    let both = key("", &format!("<X509Data>{x509}{issuer}</X509Data>"));
    let again = key("use=\"encryption\"", &format!("<X509Data>{x509}</X509Data>"));
    let provider = read(&entity("", "", &(named + &both + &again + &acs(0, "")))).unwrap();
    assert_eq!((provider.signing.len(), provider.encryption.len()), (1, 1));
    assert_eq!(provider.signing[0].base64(), certificate.base64());
    let left: Vec<_> = provider.left.iter().map(|left| left.what.as_str()).collect();
    assert_eq!(left[0], "KeyDescriptor for signing");
    assert!(left[1].starts_with("further certificates"), "{left:?}");

    let odd = read(&entity("", "", &(key("use=\"both\"", "") + &acs(0, "")))).unwrap_err();
    assert!(
        odd.to_string().contains("use of KeyDescriptor is neither"),
        "{odd}"
    );
}

#[test]
fn an_attribute_without_a_name_is_left_and_the_others_are_read() {
    let asked = "<AttributeConsumingService index=\"1\"><ServiceName xml:lang=\"en\">x</ServiceName>\
        <RequestedAttribute FriendlyName=\"mail\"/><RequestedAttribute Name=\"\"/>\
        <RequestedAttribute Name=\"role\"/></AttributeConsumingService>";
    let provider = read(&entity("", "", &(acs(0, "") + asked))).unwrap();
    let names: Vec<_> = provider.attribute_services[0]
        .attributes
        .iter()
        .map(|attribute| &*attribute.name)
        .collect();
    assert_eq!(names, ["role"]);
    let left: Vec<_> = provider.left.iter().map(|left| &*left.what).collect();
    assert!(left.contains(&"RequestedAttribute \"mail\""), "{left:?}");
    assert!(left.contains(&"RequestedAttribute"), "{left:?}");
}

#[test]
fn an_index_is_needed_and_is_told_apart_across_bindings() {
    let without = acs(0, "").replace("index=\"0\"", "");
    let error = read(&entity("", "", &without)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("index of AssertionConsumerService is missing"),
        "{error}"
    );
    let artifact = acs(0, "").replace("HTTP-POST", "HTTP-Artifact");
    let error = read(&entity("", "", &(acs(0, "") + &artifact))).unwrap_err();
    assert!(
        matches!(error, MetadataError::DuplicateIndex { index: 0, .. }),
        "{error}"
    );
}
