//! Which LogoutRequests are carried out.

use super::*;
use crate::endpoints::Endpoints;
use crate::saml::inbound::SignatureError;
use crate::saml::tests::fixture::other;
use crate::tenant::SamlConfig;

fn refused(server: &mut Server, name: &str, received: &Received) -> RefusedLogout {
    let Err(refused) = server.request(name, received) else {
        panic!("the request was carried out");
    };
    assert!(server.is_untouched(), "nothing ends");
    assert_eq!(server.session.len(), 1);
    refused
}

/// The refusal of a request of `b`, which need not sign.
fn refused_plain(xml: &str) -> RefusedLogout {
    refused(&mut Server::with(&["b"]), "b", &posted(xml, "state"))
}

/// The status that the service provider is told, with the URL.
fn answer(refused: &RefusedLogout) -> (String, Vec<String>) {
    let arrived = Arrived::of(&seal(refused.answer.as_ref().unwrap()), Carrier::Response);
    (arrived.url.clone(), status(&arrived.xml))
}

#[test]
fn a_signed_request_is_carried_out_by_both_bindings() {
    let xml = logout_request(
        "a",
        "_1",
        "Destination=\"https://tenant.us.example/samlp/a/logout\"",
    );
    for received in [
        posted(&signed(&xml, other()), "state"),
        redirected(&xml, Carrier::Request, "state", other()),
    ] {
        let mut server = Server::with(&["a"]);
        assert!(server.request("a", &received).unwrap().is_none());
        assert_eq!(server.sessions_ended, 1);
        let answer = server.outcome().answer.as_ref().unwrap();
        assert_eq!(answer.url, "https://a.example/slo");
        assert_eq!(answer.relay_state.as_deref(), Some("state"));
        assert_eq!(status(&answer.xml), ["Success"]);
        assert!(answer.xml.contains(" InResponseTo=\"_1\" "));
        assert_eq!(server.outcome().report, Report::default());
    }
}

#[test]
fn where_a_certificate_is_known_the_request_must_be_signed() {
    let refused = refused(
        &mut Server::with(&["a"]),
        "a",
        &posted(&logout_request("a", "_1", ""), "state"),
    );
    assert_eq!(refused.code, "saml_request_signature");
    assert_eq!(
        refused.to_string(),
        format!("the LogoutRequest: {}", SignatureError::Unsigned)
    );
    assert_eq!(refused.answer, None, "a page; nothing is sent");
}

#[test]
fn the_certificate_of_the_login_counts_at_whatever_endpoint_the_request_comes() {
    let unsigned = posted(&logout_request("a", "_1", ""), "state");
    let refused = refused(&mut Server::with(&["a"]), "b", &unsigned);
    assert_eq!(refused.code, "saml_request_signature");
}

#[test]
fn another_key_or_a_changed_message_is_refused() {
    let xml = logout_request("a", "_1", "");
    let good = signed(&xml, other());
    let mut of_stranger = redirected(&xml, Carrier::Request, "state", stranger());
    for received in [
        posted(&signed(&xml, stranger()), "state"),
        posted(&good.replace("_session-a", "_session-a "), "state"),
        of_stranger.clone(),
        {
            let signature = of_stranger.signature.as_mut().unwrap();
            signature.algorithm = "http://www.w3.org/2000/09/xmldsig#hmac-sha1".to_owned();
            of_stranger
        },
    ] {
        let refused = refused(&mut Server::with(&["a"]), "a", &received);
        assert_eq!((refused.code, refused.answer), ("saml_request_signature", None));
    }
}

#[test]
fn a_redirect_whose_relay_state_was_changed_after_signing_is_refused() {
    let xml = logout_request("a", "_1", "");
    let mut received = redirected(&xml, Carrier::Request, "state", other());
    let signature = received.signature.as_mut().unwrap();
    for octets in [
        signature.octets.replace("RelayState=state", "RelayState=other"),
        signature.octets.replace("&RelayState=state", ""),
    ] {
        signature.octets = octets;
        let received = Received {
            signature: Some(signature.clone()),
            ..posted(&xml, "other")
        };
        let refused = refused(&mut Server::with(&["a"]), "a", &received);
        assert_eq!(refused.code, "saml_request_signature");
    }
}

#[test]
fn a_signed_request_inside_the_signature_of_another_root_is_refused() {
    // Wrapping, shape 1: the signature is moved to a root of the attacker's, and holds what it covers.
    let original = signed(&logout_request("a", "_1", ""), other());
    let (head, rest) = original.split_once("<Signature ").unwrap();
    let (signature, tail) = rest.split_once("</Signature>").unwrap();
    let bare = format!("{head}{tail}");
    let evil = logout_request("a", "_evil", "");
    for (place, wrapped) in [
        (
            "in the signature",
            format!("<Signature {signature}<Object>{bare}</Object></Signature>"),
        ),
        (
            "in Extensions",
            format!("<Signature {signature}</Signature><samlp:Extensions>{bare}</samlp:Extensions>"),
        ),
        (
            "whole, in Extensions",
            format!("<samlp:Extensions>{original}</samlp:Extensions>"),
        ),
    ] {
        let xml = evil.replacen("</saml:Issuer>", &format!("</saml:Issuer>{wrapped}"), 1);
        let refused = refused(&mut Server::with(&["a"]), "a", &posted(&xml, "state"));
        assert_eq!(
            (refused.code, refused.answer),
            ("saml_request_signature", None),
            "{place}"
        );
    }
    // The other way round: the attacker's root around the whole signed message is of no known kind.
    let around = format!("<evil>{original}</evil>");
    let refused = refused(&mut Server::with(&["a"]), "a", &posted(&around, "state"));
    assert_eq!(refused.code, "saml_message_type");
}

#[test]
fn a_signed_request_counts_once() {
    let received = posted(&signed(&logout_request("a", "_1", ""), other()), "state");
    let mut server = Server::with(&["a"]);
    server.request("a", &received).unwrap();
    server.session = vec![participant("a")];
    let Err(refused) = server.request("a", &received) else {
        panic!("a replay was carried out");
    };
    assert_eq!((refused.code, refused.answer), ("saml_replay", None));
    assert_eq!((server.sessions_ended, server.session.len()), (1, 1));
    let fresh = posted(&signed(&logout_request("a", "_2", ""), other()), "state");
    server.request("a", &fresh).unwrap();
    assert_eq!(server.sessions_ended, 2);
}

#[test]
fn a_signed_request_is_remembered_for_as_long_as_it_is_accepted() {
    let xml = signed(&logout_request("a", "_1", ""), other());
    let at = |time: &str| {
        requested(
            &posted(&xml, ""),
            &participant("a").application,
            &host(),
            vec![participant("a")],
            time.parse().unwrap(),
            &mut SeededRandom::new("x"),
        )
    };
    // Issued at 05:06:00; three minutes are accepted to either side.
    for time in ["2026-03-04T05:03:00Z", "2026-03-04T05:09:00Z"] {
        let Ok(Step::NoteId(unseen)) = at(time) else {
            panic!("{time} is accepted");
        };
        assert!(unseen.once().until > time.parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    }
    for (time, text) in [
        (
            "2026-03-04T05:02:59Z",
            "the signed LogoutRequest was issued 3 minutes ahead; at most 3 are accepted, compare the clocks",
        ),
        (
            "2026-03-05T05:06:00Z",
            "the signed LogoutRequest was issued 1440 minutes ago; at most 3 are accepted, compare the clocks",
        ),
    ] {
        let refused = at(time).unwrap_err();
        assert_eq!(
            (refused.code, &*refused.description),
            ("saml_issue_instant", text)
        );
        assert_eq!(answer(&refused).1, ["Requester"]);
    }
}

#[test]
fn a_request_whose_time_is_over_is_refused() {
    let at = |end: &str| logout_request("b", "_1", &format!("NotOnOrAfter=\"{end}\""));
    let refused = refused_plain(&at("2026-03-04T05:03:07.089Z"));
    assert_eq!(refused.code, "saml_expired");
    assert_eq!(
        refused.to_string(),
        "the LogoutRequest's NotOnOrAfter was 3 minutes ago; send a new request, and compare the clocks"
    );
    assert_eq!(answer(&refused).1, ["Requester"]);
    let mut server = Server::with(&["b"]);
    server
        .request("b", &posted(&at("2026-03-04T05:03:08Z"), ""))
        .unwrap();
    assert_eq!(server.sessions_ended, 1);
    assert_eq!(refused_plain(&at("tomorrow")).code, "saml_request");
}

#[test]
fn a_destination_elsewhere_is_refused_and_the_sign_on_endpoint_is_not_elsewhere() {
    for url in [
        "https://evil.example/samlp/b/logout",
        "https://tenant.us.example/samlp/a/logout",
        "https://tenant.us.example/samlp/bb",
        "https://tenant.us.example/samlp/b/logout/",
        "http://tenant.us.example/samlp/b/logout",
    ] {
        let refused = refused_plain(&logout_request("b", "_1", &format!("Destination=\"{url}\"")));
        assert_eq!(refused.code, "saml_destination", "{url}");
        assert!(refused.description.contains(url));
        let (to, codes) = answer(&refused);
        assert_eq!(
            (&*to, &codes[..]),
            ("https://b.example/slo?tenant=1", &["Requester".to_owned()][..])
        );
    }
    for url in [
        "https://tenant.us.example/samlp/b",
        "https://tenant.us.example/samlp/b/logout",
        "https://tenant.us.example/samlp/b/logout?connection=x",
        "",
    ] {
        let mut server = Server::with(&["b"]);
        let xml = logout_request("b", "_1", &format!("Destination=\"{url}\""));
        server.request("b", &posted(&xml, "")).unwrap();
        assert_eq!(server.sessions_ended, 1, "{url}");
    }
}

#[test]
fn another_version_is_told_as_a_mismatch() {
    let refused = refused_plain(&logout_request("b", "_1", "").replace("\"2.0\"", "\"1.1\""));
    assert_eq!(refused.code, "saml_version");
    assert_eq!(answer(&refused).1, ["VersionMismatch"]);
}

#[test]
fn an_encrypted_identifier_is_refused_in_words() {
    let xml = logout_request("b", "_1", "").replace(
        "<saml:NameID>ada@b</saml:NameID>",
        "<saml:EncryptedID><x/></saml:EncryptedID>",
    );
    let refused = refused_plain(&xml);
    assert_eq!(
        (refused.code, &*refused.description),
        (
            "saml_request",
            "the LogoutRequest: EncryptedID instead of NameID is not supported; send the plain NameID of the \
             assertion"
        )
    );
    assert_eq!(answer(&refused).1, ["Requester"]);
}

#[test]
fn what_is_no_logout_request_is_for_a_page() {
    let request = logout_request("b", "_1", "");
    for (xml, code) in [
        (
            request.replace("LogoutRequest", "AuthnRequest"),
            "saml_message_type",
        ),
        (logout_response("b", "_1", "Success"), "saml_message_type"),
        (
            request.replace("SAML:2.0:protocol", "SAML:1.1:protocol"),
            "saml_message_type",
        ),
        (request.replace("</samlp:LogoutRequest>", ""), "saml_xml"),
        (format!("<!DOCTYPE x>{request}"), "saml_xml"),
        (request.replace("ada@b", "ada@<!-- -->b"), "saml_xml"),
        (request.replace(" ID=\"_1\"", " ID=\"\""), "saml_request"),
    ] {
        let refused = refused_plain(&xml);
        assert_eq!((refused.code, refused.answer), (code, None), "{xml}");
    }
}

#[test]
fn a_request_that_means_nobody_here_ends_nothing() {
    let request = logout_request("b", "_1", "");
    for xml in [
        request.replace("ada@b", "eve@b"),
        request.replace("_session-b", "_session-of-somebody-else"),
        request.replace("urn:b", "urn:a"),
        request.replace("<samlp:SessionIndex>_session-b</samlp:SessionIndex>", ""),
    ] {
        let refused = refused_plain(&xml);
        assert_eq!(refused.code, "saml_logout_unknown");
        let (to, codes) = answer(&refused);
        assert_eq!(to, "https://b.example/slo?tenant=1");
        assert_eq!(codes, ["Requester", "UnknownPrincipal"]);
    }
}

#[test]
fn without_a_match_and_without_a_callback_there_is_only_an_error() {
    let application = Application {
        endpoint: None,
        ..participant("b").application
    };
    let refused = requested(
        &posted(&logout_request("b", "_1", ""), ""),
        &application,
        &host(),
        Vec::new(),
        now(),
        &mut SeededRandom::new("x"),
    )
    .unwrap_err();
    assert_eq!((refused.code, refused.answer), ("saml_logout_unknown", None));
}

#[test]
fn who_cannot_be_answered_cannot_ask() {
    let mut nowhere = participant("b");
    nowhere.application.endpoint = None;
    let ask = |application: &Application| {
        requested(
            &posted(&logout_request("b", "_1", ""), ""),
            application,
            &host(),
            vec![nowhere.clone()],
            now(),
            &mut SeededRandom::new("x"),
        )
    };
    let refused = ask(&nowhere.application).unwrap_err();
    assert_eq!(
        (refused.code, &*refused.description, refused.answer),
        (
            "saml_logout_no_callback",
            "the application 'b' has no URL that a LogoutResponse could go to; set logout.callback of its add-on",
            None
        )
    );
    // A callback that was configured after the login will do.
    assert!(matches!(
        ask(&participant("b").application),
        Ok(Step::EndSession(_))
    ));
}

#[test]
fn sha1_and_a_long_relay_state_are_warned_about() {
    let long = "x".repeat(81);
    let xml = logout_request("a", "_1", "");
    let document = read(&xml, Limits::MESSAGE).unwrap();
    let signing = Signing::new(
        Cow::Owned(SigningPair::new(other().key(), other().certificate()).unwrap()),
        SignatureMethod::RsaSha1,
        Digest::Sha256,
    )
    .unwrap();
    let signature = signing
        .sign(&Id::written("_1"), &exclusive(document.root(), None, &[]))
        .unwrap();
    let xml = xml.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1);
    let mut server = Server::with(&["a"]);
    server.request("a", &posted(&xml, &long)).unwrap();
    let finished = server.outcome();
    let codes: Vec<_> = finished.report.warnings.iter().map(|(code, _)| &**code).collect();
    assert_eq!(codes, ["sha1_deprecated", "relay_state_long"]);
    assert_eq!(
        finished.answer.as_ref().unwrap().relay_state.as_deref(),
        Some(&*long),
        "returned as it came"
    );

    let strict = SamlConfig {
        reject_sha1: true,
        ..SamlConfig::default()
    };
    let refused = requested(
        &posted(&xml, ""),
        &participant("a").application,
        &Host {
            endpoints: Endpoints::of("tenant.us.example"),
            config: &strict,
        },
        vec![participant("a")],
        now(),
        &mut SeededRandom::new("x"),
    )
    .unwrap_err();
    assert_eq!(refused.code, "saml_request_signature");
}
