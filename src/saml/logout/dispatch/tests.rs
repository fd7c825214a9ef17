use super::super::tests::{Arrived, client, config, name_id, seal};
use super::*;
use crate::random::SeededRandom;
use crate::saml::inbound::binding::read as read_binding;
use crate::saml::tests::fixture::{identity_provider, now, other, tenant};
use crate::trace::Trace;
use crate::xml::{Limits, exclusive, read};
use proptest::prelude::*;
use serde_json::json;

fn address<'a>(client_id: &'a str, binding: Binding, relay_state: &'a str) -> Address<'a> {
    Address {
        client_id,
        url: "https://sp.example/slo?a=1&b=<2>",
        binding,
        relay_state,
    }
}

fn request(binding: Binding, relay_state: &str, name_id: NameId) -> Dispatch {
    Dispatch::request(
        &address("a", binding, relay_state),
        name_id,
        "_index".to_owned(),
        now(),
        &mut SeededRandom::new("dispatch"),
    )
}

fn response(binding: Binding, verdict: Verdict) -> Dispatch {
    Dispatch::response(
        &address("a", binding, ""),
        Some("_request".to_owned()),
        verdict,
        now(),
        &mut SeededRandom::new("dispatch"),
    )
}

#[test]
fn a_request_has_the_layout_of_the_platform() {
    let name_id = NameId {
        format: Some("urn:format".to_owned()),
        ..name_id("ada & <co>")
    };
    let dispatch = request(Binding::Redirect, "state", name_id);
    let id = dispatch.id().to_owned();
    assert!(id.len() == 21 && id[1..].bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(
        seal(&dispatch).xml,
        format!(
            "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             Consent=\"urn:oasis:names:tc:SAML:2.0:consent:unspecified\" \
             Destination=\"https://sp.example/slo?a=1&amp;b=&lt;2>\" ID=\"{id}\" \
             IssueInstant=\"2026-03-04T05:06:07.089Z\" Version=\"2.0\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:tenant.us.example</saml:Issuer>\
             <saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" Format=\"urn:format\">\
             ada &amp; &lt;co&gt;</saml:NameID><samlp:SessionIndex>_index</samlp:SessionIndex>\
             </samlp:LogoutRequest>"
        )
    );
}

#[test]
fn a_response_tells_the_request_it_answers_and_the_status() {
    let xml = seal(&response(Binding::Redirect, Verdict::Success)).xml;
    let (head, rest) = xml.split_once(" InResponseTo").unwrap();
    assert!(head.starts_with(
        "<samlp:LogoutResponse xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             Destination=\"https://sp.example/slo?a=1&amp;b=&lt;2>\" ID=\"_"
    ));
    assert_eq!(
        rest,
        "=\"_request\" IssueInstant=\"2026-03-04T05:06:07.089Z\" Version=\"2.0\">\
         <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:tenant.us.example</saml:Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode>\
         </samlp:Status></samlp:LogoutResponse>"
    );
    let status = |verdict| {
        let xml = seal(&response(Binding::Redirect, verdict)).xml;
        xml.split_once("<samlp:Status>").unwrap().1.to_owned()
    };
    assert_eq!(
        status(Verdict::Partial),
        "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
         <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:PartialLogout\"></samlp:StatusCode>\
         </samlp:StatusCode></samlp:Status></samlp:LogoutResponse>"
    );
    let refused = Verdict::Refused {
        code: "urn:oasis:names:tc:SAML:2.0:status:Requester",
        detail: None,
        message: "no".to_owned(),
    };
    assert_eq!(
        status(refused),
        "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"></samlp:StatusCode>\
         <samlp:StatusMessage>no</samlp:StatusMessage></samlp:Status></samlp:LogoutResponse>"
    );
}

#[test]
fn a_posted_message_is_signed_after_its_issuer() {
    let outgoing = seal(&request(Binding::Post, "state", name_id("ada")));
    assert!(outgoing.xml.contains("</saml:Issuer><Signature "));
    assert!(outgoing.xml.contains("</Signature><saml:NameID "));
    let arrived = Arrived::of(&outgoing, Carrier::Request);
    assert_eq!(arrived.relay_state.as_deref(), Some("state"));
    assert_eq!(arrived.url, "https://sp.example/slo?a=1&b=<2>");
    let answer = seal(&response(Binding::Post, Verdict::Partial));
    assert!(answer.xml.contains("</saml:Issuer><Signature "));
    assert_eq!(Arrived::of(&answer, Carrier::Response).relay_state, None);
}

#[test]
fn a_posted_message_has_a_page_with_its_fields_and_a_redirect_has_none() {
    let page = |dispatch: &Dispatch| {
        let outgoing = seal(dispatch);
        let form = outgoing.delivery.form()?;
        let page = form.page(&mut SeededRandom::new("page")).unwrap();
        let message = STANDARD.encode(&outgoing.xml);
        Some(page.html.replace(&message, "message"))
    };
    let form = "action=\"https://sp.example/slo?a=1&amp;b=%3C2%3E\">\n";
    let html = page(&request(Binding::Post, "<state>", name_id("ada"))).unwrap();
    assert!(
        html.contains(&format!(
            "{form}<input type=\"hidden\" name=\"SAMLRequest\" value=\"message\">\n\
             <input type=\"hidden\" name=\"RelayState\" value=\"&lt;state&gt;\">\n<noscript>"
        )),
        "{html}"
    );
    let html = page(&response(Binding::Post, Verdict::Success)).unwrap();
    assert!(
        html.contains(&format!(
            "{form}<input type=\"hidden\" name=\"SAMLResponse\" value=\"message\">\n<noscript>"
        )),
        "{html}"
    );
    assert_eq!(page(&request(Binding::Redirect, "state", name_id("ada"))), None);
}

#[test]
fn a_redirect_is_signed_over_its_parameters_in_their_order() {
    let url = |dispatch: &Dispatch| match seal(dispatch).delivery {
        Delivery::Redirect { url } => url,
        Delivery::Form { .. } => panic!("a redirect"),
    };
    let with_state = url(&request(Binding::Redirect, "a b", name_id("ada")));
    let query = with_state
        .strip_prefix("https://sp.example/slo?a=1&b=<2>&")
        .unwrap();
    let names: Vec<_> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap().0)
        .collect();
    assert_eq!(names, ["SAMLRequest", "RelayState", "SigAlg", "Signature"]);
    let received = read_binding(query, Carrier::Request).unwrap();
    let signature = received.signature.unwrap();
    assert_eq!(
        signature.octets,
        query.split_once("&Signature=").unwrap().0,
        "what is signed is what is sent"
    );
    assert_eq!(
        signature.algorithm,
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    );
    assert!(!received.xml.contains("<Signature"), "once is enough");

    let without = url(&response(Binding::Redirect, Verdict::Success));
    assert!(without.contains("&SAMLResponse=") && !without.contains("RelayState"));
    let plain = Dispatch {
        url: "https://sp.example/slo".to_owned(),
        ..response(Binding::Redirect, Verdict::Success)
    };
    assert!(url(&plain).starts_with("https://sp.example/slo?SAMLResponse="));
}

#[test]
fn the_addon_says_who_speaks_and_with_which_key() {
    let mut own = client("a");
    own.addons.samlp = Some(
        serde_json::from_value(json!({
            "issuer": "urn:own", "cert": other().certificate_pem, "key": other().key_pem,
            "signatureAlgorithm": "rsa-sha1"
        }))
        .unwrap(),
    );
    let mut trace = Trace::default();
    let sender = Sender::new(&own, &identity_provider(config()), now(), &mut trace).unwrap();
    assert_eq!(trace.warnings[0].code, "sha1_deprecated");
    for binding in [Binding::Post, Binding::Redirect] {
        let outgoing = request(binding, "", name_id("ada")).seal(&sender).unwrap();
        assert!(outgoing.xml.contains(">urn:own</saml:Issuer>"));
        match outgoing.delivery {
            Delivery::Form { .. } => {
                assert!(outgoing.xml.contains(other().certificate().base64()));
                assert!(outgoing.xml.contains("xmldsig#rsa-sha1\""));
            }
            Delivery::Redirect { url } => {
                assert!(url.contains("&SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1&"));
            }
        }
    }
    own.addons.samlp.as_mut().unwrap().settings.key = None;
    let error = Sender::new(&own, &identity_provider(config()), now(), &mut trace).unwrap_err();
    assert_eq!(error.code, "saml_signing_incomplete");
}

#[test]
fn what_xml_cannot_hold_is_refused_with_its_place() {
    for binding in [Binding::Post, Binding::Redirect] {
        let client = client("a");
        let idp = identity_provider(config());
        let sender = Sender::new(&client, &idp, now(), &mut Trace::default()).unwrap();
        let error = request(binding, "", name_id("a\u{1}")).seal(&sender).unwrap_err();
        assert_eq!(
            error.description,
            "the text of saml:NameID holds U+0001, a character that XML cannot hold; take the character out"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn whatever_the_texts_the_signature_verifies_and_the_texts_are_read_back(
        name in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{1,12}",
        qualifier in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{0,12}",
        relay_state in "\\PC{0,12}",
    ) {
        let name_id = NameId { sp_name_qualifier: Some(qualifier.clone()), ..name_id(&name) };
        for binding in [Binding::Post, Binding::Redirect] {
            let outgoing = seal(&request(binding, &relay_state, name_id.clone()));
            let arrived = Arrived::of(&outgoing, Carrier::Request);
            prop_assert_eq!(arrived.relay_state.unwrap_or_default(), relay_state.clone());
            let document = read(&outgoing.xml, Limits::MESSAGE).unwrap();
            let element = document.root().child(ASSERTION.uri, "NameID").unwrap();
            prop_assert_eq!(element.value().unwrap(), &name);
            prop_assert_eq!(element.attribute("SPNameQualifier"), Some(&*qualifier));
        }
    }
}

#[test]
fn the_signature_covers_the_whole_message_and_shows_the_tenants_certificate() {
    let xml = seal(&request(Binding::Post, "", name_id("ada"))).xml;
    assert!(xml.contains(tenant().certificate().base64()));
    let document = read(&xml, Limits::MESSAGE).unwrap();
    let signature = document.root().children().nth(1).unwrap();
    let whole = exclusive(document.root(), Some(signature), &[]);
    assert!(whole.contains("_index</samlp:SessionIndex>") && whole.contains(">ada</saml:NameID>"));
}
