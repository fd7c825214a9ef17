//! What is in each token, and which tokens there are.

use super::*;
use crate::endpoints::Endpoints;
use crate::tenant::Setting;

#[test]
fn both_tokens_verify_and_carry_registered_profile_and_custom_claims_in_this_order() {
    let issued = login()
        .claim("https://example.com/b", json!(1))
        .claim("a", json!([true]))
        .issue();
    let id_token = issued.tokens.id_token.as_ref().unwrap();
    let (header, payload) = verify(&id_token.jwt);
    assert_eq!(
        header,
        json!({"alg": "RS256", "typ": "JWT", "kid": ring().current.kid()})
    );
    assert_eq!(payload, Value::from(id_token.claims.clone()));
    assert_eq!(
        payload.to_string(),
        json!({
            "iss": "https://tenant.example/", "sub": "auth0|1", "aud": "client-1",
            "iat": NOW, "exp": NOW + 36_000,
            "name": "Eve", "nickname": "eve", "picture": "https://example.org/eve.png", "locale": "de",
            "updated_at": "2026-01-01T00:00:00.000Z", "email": "eve@example.org", "email_verified": true,
            "https://example.com/b": 1, "a": [true],
        })
        .to_string()
    );
    let (header, payload) = verify(issued.tokens.access_token.as_ref().unwrap().as_str());
    assert_eq!(
        header,
        json!({"alg": "RS256", "typ": "JWT", "kid": ring().current.kid()})
    );
    assert_eq!(
        payload.to_string(),
        json!({
            "iss": "https://tenant.example/", "sub": "auth0|1",
            "aud": [API, "https://tenant.example/userinfo"],
            "iat": NOW, "exp": NOW + 86_400, "scope": "openid profile email read:x", "azp": "client-1",
            "https://example.com/b": 1, "a": [true],
        })
        .to_string()
    );
    assert_eq!(
        (issued.tokens.token_type, issued.tokens.expires_in),
        ("Bearer", 86_400)
    );
    assert_eq!(issued.tokens.scope, None);
    assert!(issued.tokens.refresh_token.is_none());
}

#[test]
fn profiles_of_access_tokens_differ_as_in_the_table() {
    let cases = [
        (None, "JWT", "azp", "permissions"),
        (Some("access_token"), "JWT", "azp", "permissions"),
        (Some("access_token_authz"), "JWT", "azp", ""),
        (Some("rfc9068_profile"), "at+jwt", "client_id", "permissions"),
        (Some("rfc9068_profile_authz"), "at+jwt", "client_id", ""),
    ];
    for (dialect, typ, client, absent) in cases {
        let issued = login()
            .api(|api| api.token_dialect = dialect.map(Into::into))
            .with(|login| {
                login.grant.request.permissions = vec!["read:x".to_owned()];
                login.grant.event.transaction.protocol = Some(Protocol::Oauth2Password);
            })
            .issue();
        let (header, payload) = verify(issued.tokens.access_token.as_ref().unwrap().as_str());
        assert_eq!(header["typ"], typ, "{dialect:?}");
        assert_eq!(payload[client], "client-1", "{dialect:?}");
        let other = if client == "azp" { "client_id" } else { "azp" };
        assert_eq!(payload.get(other), None, "{dialect:?}");
        assert_eq!(payload.get("jti").is_some(), typ == "at+jwt", "{dialect:?}");
        assert_eq!(payload.get("gty").is_some(), typ == "JWT", "{dialect:?}");
        assert_eq!(
            payload.get("permissions").is_some(),
            absent.is_empty(),
            "{dialect:?}"
        );
        assert_eq!(payload.get("nbf"), None);
    }
    let unknown = login().api(|api| api.token_dialect = Some("jwt".into()));
    assert!(
        unknown
            .refused()
            .contains("'token_dialect' of the API 'https://api.example.com' is 'jwt'")
    );
}

#[test]
fn the_grant_is_named_for_password_and_refresh_alone() {
    let cases = [
        (Protocol::OidcBasicProfile, None),
        (Protocol::Oauth2Password, Some("password")),
        (Protocol::Oauth2RefreshToken, Some("refresh_token")),
        (Protocol::Oauth2TokenExchange, None),
    ];
    for (protocol, gty) in cases {
        let issued = login().protocol(protocol).issue();
        assert_eq!(
            issued.access().get("gty").and_then(Value::as_str),
            gty,
            "{protocol:?}"
        );
    }
}

#[test]
fn the_user_profile_is_an_audience_beside_the_api_with_openid_and_rs256() {
    let both = json!([API, "https://tenant.example/userinfo"]);
    let cases = [
        ("openid read:x", "RS256", both),
        ("read:x", "RS256", json!(API)),
        ("openid", "PS256", json!(API)),
        ("openid", "ES256", json!(API)),
    ];
    for (scopes, alg, audience) in cases {
        let issued = login()
            .scopes(scopes)
            .api(|api| api.signing_alg = Some(alg.into()))
            .issue();
        assert_eq!(issued.access()["aud"], audience, "{scopes} {alg}");
    }
}

#[test]
fn the_access_token_is_opaque_without_an_api() {
    for audience in [None, Some("https://tenant.example/userinfo")] {
        let issued = login()
            .with(|login| {
                login.api = None;
                login.grant.request.audience = audience.map(str::to_owned);
            })
            .issue();
        let Some(AccessToken::Opaque(token)) = &issued.tokens.access_token else {
            panic!("{audience:?}");
        };
        assert_eq!(URL_SAFE_NO_PAD.decode(token).unwrap().len(), 32);
        assert_eq!(issued.tokens.expires_in, 86_400);
    }
    let implicit = login().protocol(Protocol::OidcImplicitProfile).with(|login| {
        login.api = None;
        login.grant.request.audience = None;
    });
    assert_eq!(implicit.issue().tokens.expires_in, 7_200);
}

#[test]
fn an_audience_that_is_no_api_is_refused() {
    let text = login().with(|login| login.api = None).refused();
    assert!(
        text.contains("'https://api.example.com' is not an API of this tenant"),
        "{text}"
    );
}

#[test]
fn lifetimes_come_from_client_and_api_and_stay_in_range() {
    let issued = login()
        .with(|login| login.client.jwt_configuration.lifetime_in_seconds = Some(Setting::new(60)))
        .api(|api| api.token_lifetime = Some(Setting::new(120)))
        .issue();
    assert_eq!(issued.id()["exp"], NOW + 60);
    assert_eq!(
        (&issued.access()["exp"], issued.tokens.expires_in),
        (&json!(NOW + 120), 120)
    );
    for (configured, used) in [(0, 1), (2_592_000, 2_592_000), (u32::MAX, 2_592_000)] {
        let issued = login()
            .api(|api| api.token_lifetime = Some(Setting::new(configured)))
            .issue();
        assert_eq!(issued.tokens.expires_in, used, "{configured}");
        assert_eq!(
            issued.trace.warnings.len(),
            usize::from(configured != used),
            "{configured}"
        );
    }
    for protocol in [Protocol::OidcImplicitProfile, Protocol::OidcHybridProfile] {
        assert_eq!(
            login().protocol(protocol).issue().tokens.expires_in,
            7_200,
            "{protocol:?}"
        );
    }
}

#[test]
fn the_response_type_of_an_implicit_login_says_which_tokens_there_are() {
    let cases = [
        (None, true, true),
        (Some("id_token token"), true, true),
        (Some("id_token"), true, false),
    ];
    for (response_type, id_token, access_token) in cases.into_iter().chain([(Some("token"), false, true)]) {
        let issued = login()
            .protocol(Protocol::OidcImplicitProfile)
            .scopes("openid offline_access")
            .api(|api| api.allow_offline_access = Some(true))
            .with(|login| {
                let parts = response_type.map(|parts| parts.split(' ').map(str::to_owned).collect());
                login.grant.event.transaction.response_type = parts;
            })
            .issue();
        assert_eq!(issued.tokens.id_token.is_some(), id_token, "{response_type:?}");
        assert_eq!(
            issued.tokens.access_token.is_some(),
            access_token,
            "{response_type:?}"
        );
        assert_eq!(issued.tokens.refresh_token, None, "never in the front channel");
    }
}

#[test]
fn there_is_no_id_token_without_openid() {
    let issued = login().scopes("profile email").issue();
    assert!(issued.tokens.id_token.is_none());
    // Removing it afterwards changes nothing (semantics 2.2).
    let removed = login().with(|login| login.grant.scopes.retain(|scope| scope != "openid"));
    assert!(removed.issue().tokens.id_token.is_some());
}

#[test]
fn front_channel_id_tokens_are_bound_to_code_and_access_token() {
    let code = crate::secret::Secret::new("code-4711".to_owned());
    let login = login()
        .protocol(Protocol::OidcHybridProfile)
        .with(|login| login.grant.request.code = Some(code.clone()));
    let issued = login.issue();
    let half = |text: &str| URL_SAFE_NO_PAD.encode(&openssl::sha::sha256(text.as_bytes())[..16]);
    let access_token = issued.tokens.access_token.as_ref().unwrap().as_str();
    assert_eq!(issued.id()["at_hash"], half(access_token));
    assert_eq!(issued.id()["c_hash"], half("code-4711"));
    assert!(!format!("{:?}", login.grant.request).contains("4711"));
    let code_flow = login.protocol(Protocol::OidcBasicProfile).issue();
    assert!(!code_flow.id().contains_key("at_hash") && !code_flow.id().contains_key("c_hash"));
}

#[test]
fn the_answer_of_a_hybrid_login_holds_what_its_response_type_names_and_its_code_gives_all() {
    for (response_type, id_token, access_token) in [
        ("code id_token", true, false),
        ("code token", false, true),
        ("code id_token token", true, true),
    ] {
        let login = |code: Option<&str>| {
            let issued = login()
                .protocol(Protocol::OidcHybridProfile)
                .with(|login| {
                    let parts = response_type.split(' ').map(str::to_owned).collect();
                    login.grant.event.transaction.response_type = Some(parts);
                    login.grant.request.code = code.map(|code| crate::secret::Secret::new(code.to_owned()));
                })
                .issue();
            (
                issued.tokens.id_token.is_some(),
                issued.tokens.access_token.is_some(),
            )
        };
        assert_eq!(
            login(Some("code-4711")),
            (id_token, access_token),
            "{response_type}"
        );
        assert_eq!(login(None), (true, true), "{response_type}");
    }
}

#[test]
fn session_nonce_mfa_and_organization_are_told() {
    let login = login().with(|login| {
        login.grant.mfa = true;
        login.grant.request.nonce = Some("n-1".to_owned());
        login.grant.request.authenticated_at = Some(NOW - 5);
        login.grant.event.session = Some(EventSession {
            id: "session-1".to_owned(),
            ..EventSession::default()
        });
        login.grant.event.organization = Some(EventOrganization {
            id: "org_1".to_owned(),
            name: "acme".to_owned(),
            ..EventOrganization::default()
        });
    });
    let issued = login.issue();
    let id_token = issued.id();
    assert_eq!(id_token["sid"], "session-1");
    assert_eq!(id_token["nonce"], "n-1");
    assert_eq!(id_token["auth_time"], NOW - 5);
    assert_eq!(id_token["amr"], json!(["mfa"]));
    assert!(id_token["acr"].as_str().unwrap().ends_with("multi-factor"));
    for claims in [id_token, issued.access()] {
        assert_eq!(claims["org_id"], "org_1");
        assert!(!claims.contains_key("org_name"));
    }
    let named = login
        .with(|login| login.names = OrganizationNames::Include)
        .issue();
    assert_eq!(named.id()["org_name"], "acme");
    assert_eq!(named.access()["org_name"], "acme");
}

#[test]
fn the_time_of_authentication_is_told_with_a_session_or_when_max_age_was_sent() {
    let bare = login().with(|login| login.grant.request.authenticated_at = Some(NOW - 5));
    assert!(!bare.issue().id().contains_key("auth_time"));
    let asked = bare.with(|login| {
        login
            .grant
            .event
            .request
            .query
            .insert("max_age".to_owned(), json!("60"));
    });
    assert_eq!(asked.issue().id()["auth_time"], NOW - 5);
    let fresh = asked.with(|login| login.grant.request.authenticated_at = None);
    assert_eq!(fresh.issue().id()["auth_time"], NOW);
    let session = login().with(|login| {
        login.grant.event.session = Some(EventSession {
            id: "s".to_owned(),
            authenticated_at: Some("2026-01-01T00:00:00.500Z".to_owned()),
            ..EventSession::default()
        });
    });
    assert_eq!(session.issue().id()["auth_time"], 1_767_225_600);
}

#[test]
fn a_refresh_token_needs_scope_api_and_client() {
    let offline = || {
        login()
            .scopes("openid offline_access")
            .api(|api| api.allow_offline_access = Some(true))
    };
    let exchange = |rotation: &str| {
        let policy = json!({"rotation_type": rotation});
        offline()
            .protocol(Protocol::Oauth2RefreshToken)
            .with(|login| login.client.refresh_token = serde_json::from_value(policy).unwrap())
    };
    let granted = |grants: &[&str]| {
        let grants = grants.iter().map(|grant| (*grant).to_owned()).collect();
        offline().with(|login| login.client.grant_types = grants)
    };
    let cases = vec![
        (offline(), true, 0),
        (granted(&["authorization_code", "refresh_token"]), true, 0),
        (
            offline().with(|login| {
                login.api = None;
                login.grant.request.audience = None;
            }),
            true,
            0,
        ),
        (exchange("rotating"), true, 0),
        (exchange("non-rotating"), false, 0),
        (login(), false, 0),
        (granted(&["authorization_code"]), false, 1),
        (offline().api(|api| api.allow_offline_access = None), false, 1),
    ];
    for (index, (login, issued, warnings)) in cases.into_iter().enumerate() {
        let Issued { tokens, trace } = login.issue();
        assert_eq!(tokens.refresh_token.is_some(), issued, "{index}");
        assert_eq!(trace.warnings.len(), warnings, "{index}");
        if let Some(token) = tokens.refresh_token {
            assert_eq!(URL_SAFE_NO_PAD.decode(token).unwrap().len(), 32);
        }
    }
}

#[test]
fn the_response_names_scopes_only_when_they_changed() {
    let reordered = login().with(|login| login.grant.scopes.reverse());
    assert_eq!(reordered.issue().tokens.scope, None);
    let added = login().with(|login| login.grant.scopes.push("write:x".to_owned()));
    let issued = added.issue();
    assert_eq!(
        issued.tokens.scope.as_deref(),
        Some("openid profile email read:x write:x")
    );
    assert_eq!(issued.access()["scope"], "openid profile email read:x write:x");
    let none = login().with(|login| login.grant.scopes.clear()).issue();
    assert_eq!(none.tokens.scope.as_deref(), Some(""));
    assert!(!none.access().contains_key("scope"));
}

#[test]
fn a_seed_repeats_every_byte_and_tokens_have_ids_of_their_own() {
    let algorithms = ["RS256", "RS384", "RS512", "PS256", "ES256", "EdDSA"];
    for alg in algorithms {
        let login = login().scopes("openid offline_access").api(|api| {
            api.signing_alg = Some(alg.into());
            api.token_dialect = Some("rfc9068_profile".into());
            api.allow_offline_access = Some(true);
        });
        let (first, second) = (login.issue().tokens, login.issue().tokens);
        assert_eq!(
            first.access_token.unwrap().as_str(),
            second.access_token.unwrap().as_str(),
            "{alg}"
        );
        assert_eq!(first.refresh_token, second.refresh_token, "{alg}");
    }
    let issuer = Issuer {
        endpoints: Endpoints::of(DOMAIN),
        keys: ring(),
        jti: None,
    };
    let login = login().api(|api| api.token_dialect = Some("rfc9068_profile".into()));
    let mut random = SeededRandom::new("one stream");
    let now = Moment::from_timestamp(NOW, 0).unwrap();
    let ids: HashSet<String> = (0..20)
        .map(|_| {
            let (grant, client, api) = (&login.grant, &login.client, login.api.as_ref());
            let mut trace = Trace::default();
            let tokens = issue(
                grant,
                client,
                api,
                &issuer,
                login.names,
                now,
                &mut random,
                &mut trace,
            );
            tokens.unwrap().access_token.unwrap().claims().unwrap()["jti"].to_string()
        })
        .collect();
    assert_eq!(ids.len(), 20);
}

/// RFC 9068 section 2.2; the platform's profile has none (semantics 3.7).
#[test]
fn a_jti_that_is_given_is_that_of_the_profile_which_has_one() {
    for (dialect, expected) in [("rfc9068_profile", Some("given")), ("access_token", None)] {
        let login = login().api(|api| api.token_dialect = Some(dialect.into()));
        let random = &mut SeededRandom::new("jti");
        let tokens = login.try_issue_as(Some("given"), random).unwrap().tokens;
        let claims = tokens
            .access_token
            .as_ref()
            .and_then(AccessToken::claims)
            .unwrap();
        assert_eq!(claims.get("jti").and_then(Value::as_str), expected, "{dialect}");
        assert_eq!(tokens.id_token.unwrap().claims.get("jti"), None);
    }
}
