//! Which claims of Actions are in, and why the others are not.

use super::*;
use proptest::prelude::*;

const APPLIED: (Status, Option<&str>) = (Status::Applied, None);

#[test]
fn no_restricted_name_changes_either_token() {
    let plain = login().issue();
    for name in RESTRICTED {
        let issued = login()
            .claim(name, json!("hostile"))
            .claim(name, json!(null))
            .issue();
        assert_eq!(issued.id(), plain.id(), "{name}");
        assert_eq!(issued.access(), plain.access(), "{name}");
        for token in ["id_token", "access_token"] {
            let dropped = (Status::Dropped, Some("restricted_claim"));
            assert_eq!(issued.reasons(&format!("{token}/{name}")), [dropped, dropped]);
        }
        assert_eq!(issued.trace.warnings.len(), 4);
    }
}

#[test]
fn removing_a_restricted_claim_does_not_remove_it() {
    let plain = login().issue();
    for name in RESTRICTED {
        let issued = login()
            .call("idToken.setCustomClaim", json!([name]))
            .call("accessToken.setCustomClaim", json!([name]))
            .issue();
        assert_eq!(
            (issued.id(), issued.access()),
            (plain.id(), plain.access()),
            "{name}"
        );
    }
}

#[test]
fn the_message_says_what_to_do() {
    let issued = login()
        .call("idToken.setCustomClaim", json!(["roles", ["admin"]]))
        .issue();
    let warning = &issued.trace.warnings[0];
    assert_eq!(warning.code, "restricted_claim");
    assert_eq!(
        warning.message,
        "'roles' is a restricted claim name and is left out of the ID token; use a namespaced name such as \
         https://<your domain>/roles"
    );
    assert_eq!(warning.origin.line, Some(1));
}

#[test]
fn a_standard_claim_needs_its_scope_on_both_tokens() {
    for (name, scope) in STANDARD {
        let without = login().scopes("openid").claim(name, json!("set")).issue();
        let with = login()
            .scopes(&format!("openid {scope}"))
            .claim(name, json!("set"))
            .issue();
        for token in ["id_token", "access_token"] {
            let target = format!("{token}/{name}");
            let dropped = (Status::Dropped, Some("scope_not_granted"));
            assert_eq!(without.reasons(&target), [dropped], "{target}");
            assert_eq!(with.reasons(&target), [APPLIED], "{target}");
        }
        assert!(
            !without.id().contains_key(name) && !without.access().contains_key(name),
            "{name}"
        );
        assert_eq!(
            (&with.id()[name], &with.access()[name]),
            (&json!("set"), &json!("set")),
            "{name}"
        );
    }
}

#[test]
fn scopes_that_actions_change_do_not_select_claims() {
    let issued = login()
        .scopes("openid email")
        .call("accessToken.addScope", json!(["profile"]))
        .call("accessToken.removeScope", json!(["email"]))
        .with(|login| login.grant.scopes = vec!["openid".to_owned(), "profile".to_owned()])
        .claim("name", json!("set"))
        .claim("email", json!("set@example.org"))
        .issue();
    assert!(!issued.id().contains_key("name"));
    assert_eq!(issued.id()["email"], "set@example.org");
    assert_eq!(
        issued.reasons("id_token/name"),
        [(Status::Dropped, Some("scope_not_granted"))]
    );
}

#[test]
fn profile_claims_follow_the_scopes() {
    let cases = [
        ("openid", vec![]),
        ("openid email", vec!["email", "email_verified"]),
        ("openid phone", vec!["phone_number", "phone_number_verified"]),
        (
            "openid profile",
            vec!["name", "nickname", "picture", "locale", "updated_at"],
        ),
    ];
    for (scopes, expected) in cases {
        let issued = login().scopes(scopes).issue();
        let found: Vec<&str> = issued.id().keys().map(String::as_str).skip(5).collect();
        assert_eq!(found, expected, "{scopes}");
    }
}

#[test]
fn name_spaces_of_the_platform_are_dropped_and_others_kept() {
    let (reserved, own) = ("https://x.auth0.com/y", "https://example.com/roles");
    let issued = login()
        .claim(reserved, json!(1))
        .claim("urn:auth0:x", json!(1))
        .claim(own, json!(1))
        .claim("urn:example:x", json!(1))
        .claim("department", json!(1))
        .issue();
    for token in ["id_token", "access_token"] {
        for name in [reserved, "urn:auth0:x"] {
            let dropped = (Status::Dropped, Some("reserved_namespace"));
            assert_eq!(
                issued.reasons(&format!("{token}/{name}")),
                [dropped],
                "{token} {name}"
            );
        }
        for name in [own, "urn:example:x", "department"] {
            assert_eq!(
                issued.reasons(&format!("{token}/{name}")),
                [APPLIED],
                "{token} {name}"
            );
        }
    }
}

#[test]
fn the_platforms_own_apis_take_no_claims() {
    let flagged = || login().api(|api| api.is_system = Some(true));
    let at = |path: &str| login().api(|api| api.identifier = format!("https://tenant.example/{path}"));
    let at_paths = ["api/v2/", "mfa/", "me/"].into_iter().map(at);
    for system in at_paths.chain([flagged()]) {
        let names = [
            "department",
            "urn:example:x",
            "https://example.com/roles",
            "nickname",
            "iss",
        ];
        let issued = names
            .iter()
            .fold(system, |login, name| login.claim(name, json!("set")))
            .issue();
        for name in names {
            let dropped = (Status::Dropped, Some("private_claim_on_system_api"));
            assert_eq!(
                issued.reasons(&format!("access_token/{name}")),
                [dropped],
                "{name}"
            );
        }
        assert!(!issued.access().values().any(|value| value == "set"));
        assert_eq!(issued.id()["https://example.com/roles"], "set");
    }
    let own = at("api/v2/orders").claim("department", json!("set")).issue();
    assert_eq!(own.access()["department"], "set");
}

#[test]
fn no_action_sets_the_address_on_an_access_token_of_a_password_grant() {
    for protocol in [Protocol::Oauth2Password, Protocol::Oauth2ResourceOwner] {
        let issued = login()
            .scopes("openid email")
            .protocol(protocol)
            .claim("email", json!("set@example.org"))
            .claim("https://example.com/email", json!("set@example.org"))
            .claim("email_verified", json!(true))
            .issue();
        assert_eq!(
            issued.reasons("access_token/email"),
            [(Status::Dropped, Some("email_by_password_grant"))]
        );
        assert!(!issued.access().contains_key("email"));
        assert_eq!(issued.access()["https://example.com/email"], "set@example.org");
        assert_eq!(issued.access()["email_verified"], true);
        assert_eq!(issued.id()["email"], "set@example.org");
    }
    for protocol in [Protocol::OidcBasicProfile, Protocol::Oauth2RefreshToken] {
        let issued = login()
            .scopes("openid email")
            .protocol(protocol)
            .claim("email", json!("set@example.org"))
            .issue();
        assert_eq!(issued.access()["email"], "set@example.org");
    }
}

#[test]
fn the_last_call_for_a_name_wins_and_undefined_removes() {
    let set = |login: Login, args| login.call("idToken.setCustomClaim", args);
    let issued = set(
        set(set(login(), json!(["a", 1])), json!(["b", 1])),
        json!(["a", 2]),
    )
    .issue();
    assert_eq!((&issued.id()["a"], &issued.id()["b"]), (&json!(2), &json!(1)));
    assert_eq!(
        issued.reasons("id_token/a"),
        [(Status::Overridden, None), APPLIED]
    );
    let order: Vec<&str> = issued.id().keys().map(String::as_str).rev().take(2).collect();
    assert_eq!(order, ["a", "b"]);

    let removed = set(set(login(), json!(["a", 1])), json!(["a"])).issue();
    assert!(!removed.id().contains_key("a"));
    assert_eq!(
        removed.reasons("id_token/a"),
        [(Status::Overridden, None), APPLIED]
    );

    let null = set(login(), json!(["a", null])).issue();
    assert_eq!(null.id()["a"], Value::Null);
}

#[test]
fn a_custom_claim_replaces_the_profiles() {
    let issued = login().claim("nickname", json!("set")).issue();
    assert_eq!(issued.id()["nickname"], "set");
    assert_eq!(issued.id()["name"], "Eve");
}

#[test]
fn names_of_javascripts_own_members_are_plain_claims() {
    for name in ["__proto__", "constructor", "hasOwnProperty", "toString"] {
        let issued = login().claim(name, json!({"admin": true})).issue();
        let (_, payload) = verify(&issued.tokens.id_token.as_ref().unwrap().jwt);
        assert_eq!(payload[name], json!({"admin": true}));
        assert_eq!(payload.as_object().unwrap().len(), login().issue().id().len() + 1);
    }
}

#[test]
fn claims_for_a_token_that_is_not_there_are_told() {
    let no_id_token = login().scopes("read:x").claim("a", json!(1)).issue();
    assert_eq!(
        no_id_token.reasons("id_token/a"),
        [(Status::Dropped, Some("no_id_token"))]
    );
    assert_eq!(no_id_token.reasons("access_token/a"), [APPLIED]);

    let opaque = login()
        .claim("a", json!(1))
        .call("accessToken.addScope", json!(["b"]))
        .with(|login| {
            login.api = None;
            login.grant.request.audience = None;
        })
        .issue();
    let dropped = (Status::Dropped, Some("opaque_access_token"));
    assert_eq!(opaque.reasons("access_token/a"), [dropped]);
    assert_eq!(opaque.reasons("access_token/scope:b"), [APPLIED]);

    let none = login()
        .protocol(Protocol::OidcImplicitProfile)
        .claim("a", json!(1))
        .call("accessToken.addScope", json!(["b"]))
        .with(|login| login.grant.event.transaction.response_type = Some(vec!["id_token".to_owned()]))
        .issue();
    let dropped = (Status::Dropped, Some("no_access_token"));
    assert_eq!(none.reasons("access_token/a"), [dropped]);
    assert_eq!(none.reasons("access_token/scope:b"), [dropped]);

    let mut trace = Trace::default();
    trace_without_tokens(&login().claim("a", json!(1)).grant, &mut trace);
    assert_eq!(trace.entries.len(), 1);
    assert!(trace.entries.iter().all(|entry| entry.status == Status::Dropped));
}

#[test]
fn the_last_change_of_a_scope_decides() {
    let issued = login()
        .call("accessToken.addScope", json!(["a"]))
        .call("accessToken.removeScope", json!(["a"]))
        .call("accessToken.addScope", json!(["b"]))
        .issue();
    assert_eq!(
        issued.reasons("access_token/scope:a"),
        [(Status::Overridden, None), APPLIED]
    );
    assert_eq!(issued.reasons("access_token/scope:b"), [APPLIED]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_list_of_claims_changes_what_the_issuer_says(
        claims in proptest::collection::vec((claim_name(), proptest::option::of("[a-z]{0,8}")), 0..24)
    ) {
        let plain = login().issue();
        let count = claims.len();
        let login = claims.into_iter().fold(login(), |login, (name, value)| match value {
            Some(value) => login.claim(&name, json!(value)),
            None => login
                .call("idToken.setCustomClaim", json!([name]))
                .call("accessToken.setCustomClaim", json!([name])),
        });
        let issued = login.issue();
        for (before, after) in [(plain.id(), issued.id()), (plain.access(), issued.access())] {
            for (name, value) in before {
                let standard = STANDARD.iter().any(|(standard, _)| standard == name);
                prop_assert!(standard || after.get(name) == Some(value), "{}", name);
            }
            let restricted = |name: &&String| RESTRICTED.contains(&name.as_str());
            let names = |claims: &Map<String, Value>| claims.keys().filter(restricted).count();
            prop_assert_eq!(names(before), names(after));
        }
        prop_assert_eq!(issued.trace.entries.len(), 2 * count);
    }
}

fn claim_name() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(RESTRICTED.to_vec()).prop_map(str::to_owned),
        proptest::sample::select(STANDARD.to_vec()).prop_map(|(name, _)| name.to_owned()),
        "[a-c]",
        "https?://[a-z.]{1,12}/[a-z]{0,3}",
        "\\PC{1,12}",
    ]
}
