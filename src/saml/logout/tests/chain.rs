//! Whole logouts.

use super::*;
use crate::saml::inbound::SignatureError;

fn failures(server: &Server) -> Vec<(&str, &Shortfall)> {
    let failures = server.outcome().report.failures.iter();
    failures
        .map(|failure| (&*failure.client_id, &failure.shortfall))
        .collect()
}

/// `a` asks; what `b`, the next one, gets.
fn asked_by_a(server: &mut Server) -> Arrived {
    let request = posted(&signed(&logout_request("a", "_ask", ""), other()), "state of a");
    server.request("a", &request).unwrap().unwrap()
}

fn answer_to_a(server: &Server) -> &Arrived {
    let answer = server.outcome().answer.as_ref().unwrap();
    assert_eq!(
        (&*answer.url, answer.relay_state.as_deref()),
        ("https://a.example/slo", Some("state of a"))
    );
    assert!(answer.xml.contains(" InResponseTo=\"_ask\" "));
    answer
}

#[test]
fn each_other_participant_is_told_and_waited_for_and_who_asked_is_answered_last() {
    let mut server = Server::with(&["a", "b", "c"]);
    let at_b = asked_by_a(&mut server);
    assert_eq!(server.sessions_ended, 1, "before anybody is told");
    assert_eq!(at_b.url, "https://b.example/slo?tenant=1");
    assert!(
        at_b.xml
            .contains(">ada@b</saml:NameID><samlp:SessionIndex>_session-b</samlp:SessionIndex>")
    );
    assert!(at_b.xml.contains(">urn:as-b-knows-us</saml:Issuer>"));
    assert!(server.finished.is_empty());

    let at_c = server.response(&answer("b", &at_b, "Success")).unwrap().unwrap();
    assert_eq!(at_c.url, "https://c.example/slo");
    assert!(at_c.xml.contains(">ada@c</saml:NameID>"));
    assert_ne!(at_b.relay_state, at_c.relay_state, "a state is used once");
    assert!(server.finished.is_empty());

    assert!(server.response(&answer("c", &at_c, "Success")).unwrap().is_none());
    assert_eq!(status(&answer_to_a(&server).xml), ["Success"]);
    assert_eq!(failures(&server), []);
    assert!(server.waiting.is_empty());
    assert_eq!(server.sessions_ended, 1);
}

#[test]
fn a_response_goes_to_the_url_for_responses() {
    let mut server = Server::with(&["c"]);
    let request = redirected(&logout_request("c", "_1", ""), Carrier::Request, "s", other());
    server.request("c", &request).unwrap();
    assert_eq!(
        server.outcome().answer.as_ref().unwrap().url,
        "https://c.example/slo/done"
    );
}

#[test]
fn one_that_refuses_makes_the_logout_partial_and_the_others_are_told_all_the_same() {
    let mut server = Server::with(&["a", "b", "c"]);
    let at_b = asked_by_a(&mut server);
    let at_c = server
        .response(&answer("b", &at_b, "Responder"))
        .unwrap()
        .unwrap();
    server.response(&answer("c", &at_c, "Success")).unwrap();
    assert_eq!(
        status(&answer_to_a(&server).xml),
        ["Responder", "PartialLogout"],
        "PartialLogout is a second-level code"
    );
    let refused = Shortfall::Status("urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned());
    assert_eq!(failures(&server), [("b", &refused)]);
    assert_eq!(server.sessions_ended, 1);
}

#[test]
fn one_that_says_partial_logout_is_not_logged_out() {
    let mut server = Server::with(&["a", "b"]);
    let at_b = asked_by_a(&mut server);
    let nested = logout_response("b", &at_b.id(), "Success").replace(
        "Success\"/>",
        "Success\"><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:PartialLogout\"/></samlp:StatusCode>",
    );
    server
        .response(&posted(&nested, at_b.relay_state.as_deref().unwrap()))
        .unwrap();
    assert_eq!(status(&answer_to_a(&server).xml), ["Responder", "PartialLogout"]);
}

#[test]
fn one_that_never_answers_or_cannot_be_told_makes_the_logout_partial() {
    let mut server = Server::with(&["a", "b", "c"]);
    asked_by_a(&mut server);
    assert_eq!(server.sessions_ended, 1, "gone though nobody answers");
    let at_c = server.give_up(Shortfall::NoAnswer).unwrap();
    assert_eq!(at_c.url, "https://c.example/slo");
    let not_sent = Shortfall::NotSent("cert is set without key".to_owned());
    assert!(server.give_up(not_sent.clone()).is_none());
    assert_eq!(status(&answer_to_a(&server).xml), ["Responder", "PartialLogout"]);
    assert_eq!(failures(&server), [("b", &Shortfall::NoAnswer), ("c", &not_sent)]);
}

#[test]
fn one_without_a_logout_url_or_not_to_be_told_is_passed_over() {
    let mut server = Server::with(&["a", "b", "c"]);
    server.session[1].application.endpoint = None;
    let endpoint = server.session[2].application.endpoint.take().unwrap();
    server.session[2].application.endpoint = Some(endpoint.with_notification(Notification::Omitted));
    let request = posted(&signed(&logout_request("a", "_ask", ""), other()), "state of a");
    assert!(server.request("a", &request).unwrap().is_none());
    assert_eq!(status(&answer_to_a(&server).xml), ["Responder", "PartialLogout"]);
    assert_eq!(
        failures(&server),
        [("b", &Shortfall::NoEndpoint), ("c", &Shortfall::NotNotified)]
    );
}

#[test]
fn a_logout_that_the_tenant_begins_answers_nobody() {
    let mut server = Server::with(&["a", "b"]);
    let at_a = server.begin().unwrap();
    assert_eq!(server.sessions_ended, 1);
    let at_b = server.response(&answer("a", &at_a, "Success")).unwrap().unwrap();
    server.response(&answer("b", &at_b, "Requester")).unwrap();
    assert!(server.outcome().answer.is_none());
    assert_eq!(failures(&server).len(), 1);

    let mut alone = Server::with(&[]);
    assert!(alone.begin().is_none());
    assert_eq!(
        (alone.sessions_ended, alone.outcome().report.clone()),
        (1, Report::default())
    );
}

#[test]
fn an_answer_with_another_relay_state_changes_nothing() {
    let mut server = Server::with(&["a", "b"]);
    let at_b = asked_by_a(&mut server);
    let xml = logout_response("b", &at_b.id(), "Success");
    for state in ["", "wrong", "state of a"] {
        let error = server.response(&posted(&xml, state)).err().unwrap();
        assert_eq!(
            error.to_string(),
            "the RelayState is unknown or was used already; return it as it was sent"
        );
    }
    assert!(server.finished.is_empty());
    // The machine sees it as well, whatever it was kept under.
    let kept = server.waiting.values().next().unwrap();
    let waiting: Box<Waiting> = serde_json::from_str(kept).unwrap();
    let received = Received {
        relay_state: None,
        ..posted(&xml, "")
    };
    let (_, error) = waiting
        .receive(&received, &host(), now(), &mut SeededRandom::new("x"))
        .unwrap_err();
    assert_eq!(error, NotAnAnswer::RelayState);
    server.response(&answer("b", &at_b, "Success")).unwrap();
    assert_eq!(status(&answer_to_a(&server).xml), ["Success"]);
}

#[test]
fn an_answer_counts_once() {
    let mut server = Server::with(&["a", "b", "c"]);
    let at_b = asked_by_a(&mut server);
    let at_c = server.response(&answer("b", &at_b, "Success")).unwrap().unwrap();
    assert_eq!(
        server.response(&answer("b", &at_b, "Success")).err().unwrap(),
        NotAnAnswer::RelayState
    );
    server.response(&answer("c", &at_c, "Success")).unwrap();
    assert_eq!(status(&answer_to_a(&server).xml), ["Success"]);
    assert!(server.response(&answer("c", &at_c, "Success")).is_err());
    assert_eq!(server.finished.len(), 1);
}

#[test]
fn what_answers_another_request_or_none_is_no_answer() {
    let mut server = Server::with(&["a", "b"]);
    let at_b = asked_by_a(&mut server);
    let state = at_b.relay_state.clone().unwrap();
    let good = logout_response("b", &at_b.id(), "Success");
    for (xml, error) in [
        (
            logout_response("b", "_other", "Success"),
            NotAnAnswer::InResponseTo,
        ),
        (good.replace("InResponseTo", "Consent"), NotAnAnswer::InResponseTo),
        (
            good.replace("LogoutResponse", "Response"),
            NotAnAnswer::MessageType,
        ),
        (logout_request("b", "_1", ""), NotAnAnswer::MessageType),
    ] {
        assert_eq!(
            server.response(&posted(&xml, &state)).err().unwrap(),
            error,
            "{xml}"
        );
    }
    assert!(matches!(
        server.response(&posted("<x", &state)).err().unwrap(),
        NotAnAnswer::Xml(_)
    ));
    assert_eq!(
        (server.waiting.len(), server.finished.len()),
        (1, 0),
        "still waiting"
    );
    server.response(&posted(&good, &state)).unwrap();
    assert_eq!(status(&answer_to_a(&server).xml), ["Success"]);
}

/// `b` asks, and `a`, whose certificate is known, answers so.
fn answered_by_a(answer: impl FnOnce(&Arrived) -> Received) -> Server {
    let mut server = Server::with(&["b", "a"]);
    let request = posted(&logout_request("b", "_ask", ""), "");
    let at_a = server.request("b", &request).unwrap().unwrap();
    assert!(server.response(&answer(&at_a)).unwrap().is_none());
    let answer = server.outcome().answer.as_ref().unwrap();
    assert_eq!(answer.relay_state, None, "none came, none goes");
    assert_eq!(status(&answer.xml), ["Responder", "PartialLogout"]);
    server
}

#[test]
fn an_answer_that_is_not_proven_counts_as_a_failure() {
    let state = |got: &Arrived| got.relay_state.clone().unwrap();
    let good = |got: &Arrived| logout_response("a", &got.id(), "Success");
    let counted = |server: &Server, text: &str| {
        let expected = Shortfall::Answer(text.to_owned());
        assert_eq!(failures(server), [("a", &expected)]);
    };

    let unsigned = answered_by_a(|got| posted(&good(got), &state(got)));
    counted(&unsigned, &SignatureError::Unsigned.to_string());

    let forged = answered_by_a(|got| posted(&signed(&good(got), stranger()), &state(got)));
    let [(_, Shortfall::Answer(text))] = &failures(&forged)[..] else {
        panic!("it failed by its answer");
    };
    assert!(text.starts_with("it is signed by another key than "), "{text}");

    let changed = answered_by_a(|got| {
        let refused = signed(&logout_response("a", &got.id(), "Responder"), other());
        posted(&refused.replace(":Responder", ":Success"), &state(got))
    });
    counted(&changed, &SignatureError::Digest.to_string());

    let of_another = answered_by_a(|got| {
        let xml = logout_response("c", &got.id(), "Success");
        posted(&signed(&xml, other()), &state(got))
    });
    counted(&of_another, "its Issuer is not that of the participant");

    let elsewhere = answered_by_a(|got| {
        let elsewhere = "Version=\"2.0\" Destination=\"https://evil.example/\"";
        posted(
            &signed(&good(got).replace("Version=\"2.0\"", elsewhere), other()),
            &state(got),
        )
    });
    counted(&elsewhere, "its Destination is another endpoint");

    let old = answered_by_a(|got| {
        posted(
            &signed(&good(got).replace("2.0\" I", "1.1\" I"), other()),
            &state(got),
        )
    });
    counted(&old, "its Version is not 2.0");
}

#[test]
fn an_answer_that_names_no_issuer_counts_where_none_is_known() {
    for (known, expected) in [(Some("urn:b".to_owned()), 2), (None, 1)] {
        let mut server = Server::with(&["a", "b"]);
        server.session[1].issuer = known;
        let at_b = asked_by_a(&mut server);
        let xml = logout_response("b", &at_b.id(), "Success");
        let anonymous = xml.replace("<saml:Issuer>urn:b</saml:Issuer>", "");
        let state = at_b.relay_state.unwrap();
        server.response(&posted(&anonymous, &state)).unwrap();
        assert_eq!(status(&answer_to_a(&server).xml).len(), expected);
    }
}

#[test]
fn a_wrapped_answer_does_not_count() {
    let server = answered_by_a(|got| {
        let refusal = signed(&logout_response("a", &got.id(), "Responder"), other());
        let (head, rest) = refusal.split_once("<Signature ").unwrap();
        let (signature, tail) = rest.split_once("</Signature>").unwrap();
        let wrapped =
            format!("</saml:Issuer><Signature {signature}<Object>{head}{tail}</Object></Signature>");
        let evil = logout_response("a", &got.id(), "Success").replace("_answer-", "_evil-");
        posted(
            &evil.replacen("</saml:Issuer>", &wrapped, 1),
            got.relay_state.as_deref().unwrap(),
        )
    });
    assert_eq!(failures(&server).len(), 1);
}

#[test]
fn what_is_kept_is_checked_when_it_is_read_again() {
    let mut server = Server::with(&["a", "b"]);
    asked_by_a(&mut server);
    let kept = server.waiting.values().next().unwrap();
    assert!(serde_json::from_str::<Waiting>(kept).is_ok());
    for (from, to) in [
        ("https://a.example/slo", "javascript:alert(1)"),
        ("https://b.example/slo?tenant=1", "b.example"),
    ] {
        assert!(kept.contains(from));
        let error = serde_json::from_str::<Waiting>(&kept.replace(from, to)).unwrap_err();
        assert!(
            error.to_string().contains("is not a URL for logout messages"),
            "{error}"
        );
    }
}
