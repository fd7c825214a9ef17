use super::super::message::LogoutRequest;
use super::super::tests::{client, name_id, participant};
use super::*;
use crate::saml::tests::fixture::{Login, now, other, tenant};
use serde_json::json;

/// The request that means the login of `b`, changed.
fn request(change: impl FnOnce(&mut LogoutRequest)) -> LogoutRequest {
    let mut request = LogoutRequest {
        id: "_1".to_owned(),
        issuer: "urn:b".to_owned(),
        issue_instant: now(),
        destination: None,
        not_on_or_after: None,
        name_id: name_id("ada@b"),
        session_indexes: vec!["_session-b".to_owned()],
    };
    change(&mut request);
    request
}

fn means_b(change: impl FnOnce(&mut LogoutRequest)) -> bool {
    participant("b").is_meant_by(&request(change))
}

#[test]
fn issuer_name_and_session_must_all_be_those_of_the_login() {
    assert!(means_b(|_| ()));
    assert!(!means_b(|request| request.issuer = "urn:a".to_owned()));
    assert!(!means_b(|request| request.name_id = name_id("ada@a")));
    assert!(!means_b(
        |request| request.session_indexes[0] = "_session-a".to_owned()
    ));
}

#[test]
fn the_login_that_an_answer_ended_is_meant_by_the_request_for_its_name_and_session() {
    let mut login = Login::new();
    let answer = login.respond().unwrap();
    let subject = answer.subject().unwrap();
    let participant = Participant::of(&answer, &client("a")).unwrap().unwrap();
    assert_eq!(participant.application.client_id, client("a").client_id);
    let meant = request(|request| {
        request.issuer = subject.service_provider.clone().unwrap();
        request.name_id = subject.name_id.clone();
        request.session_indexes = subject.session_index.iter().cloned().collect();
    });
    assert!(participant.is_meant_by(&meant));
    assert!(!participant.is_meant_by(&request(|_| ())));

    login.grant.event.session = None;
    let without_session = login.respond().unwrap();
    assert!(Participant::of(&without_session, &client("a")).unwrap().is_none());
}

#[test]
fn the_name_of_a_service_provider_that_asked_for_nothing_is_the_one_that_is_configured() {
    let mut login = Login::new();
    login.grant.request.saml = None;
    let answer = login.addon(json!({"audience": "urn:a"})).respond().unwrap();
    let mut configured = client("a");
    configured.addons.samlp.as_mut().unwrap().entity_id = Some("urn:configured".to_owned());
    let issuer = |client: &Client| Participant::of(&answer, client).unwrap().unwrap().issuer;
    assert_eq!(issuer(&configured), Some("urn:configured".to_owned()));
    assert_eq!(issuer(&client("a")), None);
}

#[test]
fn an_issuer_that_is_not_known_is_not_compared() {
    let mut login = participant("b");
    login.issuer = None;
    assert!(login.is_meant_by(&request(|request| request.issuer = "urn:x".to_owned())));
}

#[test]
fn any_session_index_of_the_request_will_do() {
    assert!(means_b(|request| request
        .session_indexes
        .insert(0, "_x".to_owned())));
}

#[test]
fn every_session_is_meant_by_no_index_where_requests_are_signed() {
    assert!(!means_b(|request| request.session_indexes.clear()));
    let mut signing = participant("b");
    signing.application.certificates = vec![other().certificate()];
    assert!(signing.is_meant_by(&request(|request| request.session_indexes.clear())));
}

#[test]
fn qualifiers_count_where_both_sides_have_them() {
    let mut login = participant("b");
    login.name_id.sp_name_qualifier = Some("urn:b".to_owned());
    let qualified = |qualifier: Option<&str>| {
        request(|request| request.name_id.sp_name_qualifier = qualifier.map(str::to_owned))
    };
    assert!(login.is_meant_by(&qualified(None)));
    assert!(login.is_meant_by(&qualified(Some("urn:b"))));
    assert!(!login.is_meant_by(&qualified(Some("urn:c"))));
    assert!(means_b(
        |request| request.name_id.format = Some("urn:another".to_owned())
    ));
    login.name_id = name_id(" ada@b\n");
    assert!(login.is_meant_by(&qualified(None)), "readers trim");
}

#[test]
fn no_browser_is_sent_to_a_script_or_a_relative_url() {
    for url in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//sp.example/slo",
        "/slo",
        "",
        "https://sp.example/s lo",
        "https://sp.example/slo\n",
        "https://sp.example/slo#x",
        "https://",
    ] {
        let error = Endpoint::new(url, Binding::Post).unwrap_err();
        assert_eq!(error.url, url);
        let good = Endpoint::new("https://sp.example/slo", Binding::Post).unwrap();
        assert!(good.with_response_url(url).is_err(), "{url}");
    }
    assert!(Endpoint::new("http://localhost:8080/slo?x=y", Binding::Post).is_ok());
}

fn endpoint_of(addon: &Value) -> Result<Option<Endpoint>, SettingsError> {
    let client = json!({"client_id": "sp", "name": "SP", "addons": {"samlp": addon}});
    Application::of(&serde_json::from_value(client).unwrap()).map(|application| application.endpoint)
}

#[test]
fn the_addon_says_where_messages_go() {
    let slo = "https://sp.example/slo";
    let post = Endpoint::new(slo, Binding::Post).unwrap();
    let redirect = Endpoint::new(slo, Binding::Redirect).unwrap();
    for (addon, expected) in [
        (json!({"logout": {"callback": slo}}), Some(post.clone())),
        (
            json!({"logout": {"callback": slo, "slo_enabled": false}}),
            Some(post.clone().with_notification(Notification::Omitted)),
        ),
        (
            json!({"logout": {"callback": slo, "response_callback": "https://sp.example/done"}}),
            Some(post.clone().with_response_url("https://sp.example/done").unwrap()),
        ),
        (
            json!({"logout": {"callback": slo}, "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"}),
            Some(redirect),
        ),
        (
            json!({"logout": {"callback": slo, "binding": "HTTP-POST"}, "binding": "HTTP-Redirect"}),
            Some(post),
        ),
        (json!({}), None),
        (json!({"logout": {}}), None),
        (json!({"logout": {"callback": ""}}), None),
        (json!({"logout": null, "binding": "nonsense"}), None),
    ] {
        assert_eq!(endpoint_of(&addon).unwrap(), expected, "{addon}");
    }
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let slo = "https://sp.example/slo";
    for (addon, text) in [
        (
            json!({"logout": slo}),
            "add-on samlp.logout must be an object such as {\"callback\": \"https://sp.example/slo\"}",
        ),
        (
            json!({"logout": {"callback": 1}}),
            "add-on samlp.logout.callback must be a string",
        ),
        (
            json!({"logout": {"callback": slo, "slo_enabled": "no"}}),
            "add-on samlp.logout.slo_enabled must be true or false",
        ),
        (
            json!({"logout": {"callback": "slo"}}),
            "add-on samlp.logout.callback: 'slo' is not a URL for logout messages: it is no absolute URL; write an \
             absolute http or https URL",
        ),
        (
            json!({"logout": {"callback": slo, "response_callback": "ftp://x/"}}),
            "add-on samlp.logout.response_callback: 'ftp://x/' is not a URL for logout messages: it has the scheme 'ftp', \
             to which no browser is sent; write an absolute http or https URL",
        ),
        (
            json!({"logout": {"callback": slo}, "binding": "SOAP"}),
            "add-on samlp.binding: SOAP is not a binding; write HTTP-POST or HTTP-Redirect",
        ),
        (
            json!({"signingCert": "x"}),
            "add-on samlp.signingCert: expected a PEM certificate, found no PEM block",
        ),
        (
            json!({"logout": {"callback": slo, "signingCert": "x"}}),
            "add-on samlp.logout.signingCert: expected a PEM certificate, found no PEM block",
        ),
        (
            json!({"logout": {"callback": slo, "signingCert": 1}}),
            "add-on samlp.logout.signingCert must be a certificate in PEM, or a list of them",
        ),
    ] {
        assert_eq!(endpoint_of(&addon).unwrap_err().to_string(), text);
    }
}

#[test]
fn certificates_for_logout_messages_alone_come_before_those_of_requests() {
    let (own, requests) = (other().certificate_pem.clone(), tenant().certificate_pem.clone());
    for (addon, expected) in [
        (json!({"signingCert": requests}), vec![&requests]),
        (
            json!({"signingCert": requests, "logout": {"signingCert": own}}),
            vec![&own],
        ),
        (
            json!({"signingCert": requests, "logout": {"signingCert": null}}),
            vec![&requests],
        ),
        (
            json!({"logout": {"signingCert": [own, requests]}}),
            vec![&own, &requests],
        ),
    ] {
        let mut client = Client::default();
        client.addons.samlp = Some(serde_json::from_value(addon).unwrap());
        let application = Application::of(&client).unwrap();
        let found = application
            .certificates
            .iter()
            .map(|certificate| certificate.base64().to_owned());
        let expected = expected
            .into_iter()
            .map(|pem| Certificate::from_pem(pem).unwrap().base64().to_owned());
        assert!(found.eq(expected));
    }
}

#[test]
fn a_participant_is_kept_with_its_certificates() {
    let kept = serde_json::to_string(&participant("c")).unwrap();
    let read: Participant = serde_json::from_str(&kept).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), kept);
    assert_eq!(
        read.application.certificates[0].base64(),
        other().certificate().base64()
    );
    let broken = kept.replace(other().certificate().base64(), "AAAA");
    assert!(serde_json::from_str::<Participant>(&broken).is_err());
}

#[test]
fn an_application_without_addon_has_no_endpoint_and_no_certificate() {
    let mut client = client("a");
    client.addons.samlp = None;
    let application = Application::of(&client).unwrap();
    assert_eq!((application.endpoint, application.certificates.len()), (None, 0));
}
