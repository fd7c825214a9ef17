use super::*;
use serde_json::json;

fn read_issue(body: &Value) -> Result<IssueRequest, BodyFault> {
    IssueRequest::read(body.to_string().as_bytes())
}

fn now() -> Moment {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

#[test]
fn what_is_wrong_is_named_by_its_member() {
    for (body, member) in [
        (json!({"user_id": "1"}), ""),
        (json!({"client_id": 1, "user_id": "1"}), "client_id"),
        (json!({"client_id": "web"}), "user_id"),
        (json!({"client_id": "web", "user_id": "1", "user": {}}), "user"),
        (
            json!({"client_id": "web", "user_id": "1", "explain": "yes"}),
            "explain",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "request": {"ip": "x"}}),
            "request.ip",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "request": {"method": "PUT"}}),
            "request.method",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "request": {"cookies": {}}}),
            "request.cookies",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "scopes": []}),
            "scopes",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "nonce": "n".repeat(5000)}),
            "nonce",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "saml_request": "x", "redirect_uri": "y"}),
            "redirect_uri",
        ),
        (json!([]), ""),
        (json!(["web", "1"]), ""),
        (
            json!({"client_id": "web", "user_id": "1", "request": ["192.0.2.1"]}),
            "request",
        ),
        (
            json!({"client_id": "web", "user_id": "1", "request": "x"}),
            "request",
        ),
    ] {
        let fault = read_issue(&body).unwrap_err();
        assert_eq!(fault.member, member, "{body}: {fault}");
        assert!(fault.description.contains(member), "{fault}");
        assert!(!fault.description.contains("struct"), "{fault}");
    }
    let twice = br#"{"client_id": "web", "user_id": "1", "request": {"query": {"a": 1, "a": 2}}}"#;
    assert!(
        IssueRequest::read(twice)
            .unwrap_err()
            .description
            .contains("request.query.a")
    );
    assert_eq!(IssueRequest::read(b"{} {}").unwrap_err().member, "");
    assert_eq!(IssueRequest::read(b"{").unwrap_err().member, "");
    assert_eq!(IssueRequest::read(b"\xff").unwrap_err().member, "");
}

#[test]
fn a_member_that_is_null_is_left_out() {
    let mut body = json!({"client_id": "web", "user_id": "1"});
    for member in [
        "user",
        "connection",
        "authentication",
        "request",
        "scope",
        "audience",
        "nonce",
        "redirect_uri",
        "organization",
        "saml_request",
        "relay_state",
        "session_id",
        "explain",
    ] {
        body[member] = Value::Null;
    }
    let request = read_issue(&body).unwrap();
    assert!(request.scope.is_none() && !request.explain && request.request.ip.is_none());
    body["request"] =
        json!({"ip": null, "method": null, "query": null, "body": null, "geoip": null, "language": null});
    assert_eq!(read_issue(&body).unwrap().request.method, GivenHttpMethod::Get);
}

#[test]
fn a_user_may_be_brought_along_with_properties_of_the_connection() {
    let user =
        json!({"user_id": "x|1", "upn": "a@b.example", "department": ["r", "d"], "level": 3, "staff": true});
    let request = read_issue(&json!({"client_id": "web", "user": user})).unwrap();
    assert!(request.brought().unwrap().is_some());
    for unfit in [json!({"deep": 1}), json!([[1]]), json!("n".repeat(5000))] {
        let body = json!({"client_id": "web", "user": {"user_id": "x|1", "department": unfit}});
        let fault = read_issue(&body).unwrap().brought().unwrap_err();
        assert_eq!(fault.member, "user.department");
    }
}

#[test]
fn a_user_who_is_brought_along_has_profile_members_only() {
    let brought = |user: Value| {
        let request = read_issue(&json!({"client_id": "web", "user": user})).unwrap();
        request
            .brought()
            .map(|found| found.map(|found| found.user_id.to_owned()))
    };
    assert_eq!(
        brought(json!({"user_id": "x|1", "email": "a@b.example", "user_metadata": {"a": 1}})),
        Ok(Some("x|1".to_owned()))
    );
    for (unfit, value) in [
        ("app_metadata", json!({})),
        ("identities", json!([])),
        ("roles", json!([])),
        ("blocked", json!(false)),
        ("mfa_factors", json!([])),
        ("password_hash", json!("x")),
        ("custom_password_hash", json!({})),
        ("organizations", json!([])),
        ("groups", json!([])),
        ("logins_count", json!(1)),
        ("email", json!(["a"])),
        ("email_verified", json!("yes")),
        ("name", json!("n".repeat(5000))),
    ] {
        let fault = brought(json!({"user_id": "x|1", unfit: value})).unwrap_err();
        assert_eq!(fault.member, format!("user.{unfit}"));
    }
    for id in [
        json!(null),
        json!(""),
        json!(1),
        json!("a\nb"),
        json!("job@clients"),
        json!("x".repeat(256)),
    ] {
        assert_eq!(
            brought(json!({"user_id": id})).unwrap_err().member,
            "user.user_id"
        );
    }
}

#[test]
fn a_method_without_a_time_happened_now_and_none_happens_later() {
    let methods = |methods: Value| {
        let body = json!({"client_id": "web", "user_id": "1", "authentication": {"methods": methods}});
        read_issue(&body).unwrap().methods(now())
    };
    assert_eq!(
        methods(json!([{"name": "pwd"}])).unwrap()[0].timestamp,
        iso(now())
    );
    let given = methods(json!([{"name": "mfa", "type": "otp", "timestamp": "2026-01-31T12:00:00+02:00"}]));
    assert_eq!(given.unwrap()[0].timestamp, "2026-01-31T10:00:00.000Z");
    for unfit in [
        json!([{"name": ""}]),
        json!([{"name": "pwd", "timestamp": "yesterday"}]),
        json!([{"name": "pwd", "timestamp": "2100-01-01T00:00:00Z"}]),
    ] {
        let fault = methods(unfit).unwrap_err();
        assert!(fault.member.starts_with("authentication.methods[0]."), "{fault}");
    }
}
