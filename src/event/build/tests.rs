use super::*;
use crate::event::{EventOptions, GivenEvent};
use crate::folder::{Sources, read};
use crate::random::SeededRandom;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

fn acme() -> Tenant {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tenants/acme");
    let sources = Sources {
        environment: &|_| None,
        variables: &BTreeMap::new(),
    };
    read(&root, &sources).tenant
}

fn open(
    client: &str,
    user: &str,
    options: EventOptions<'_>,
    given: Option<&Value>,
) -> Result<Opening, EventError> {
    let tenant = acme();
    let (client, user) = (tenant.client(client).unwrap(), tenant.user(user).unwrap());
    let given = given.cloned().map(GivenEvent::try_from).transpose()?;
    let options = EventOptions {
        given: given.as_ref(),
        ..options
    };
    let now = "2025-11-25T10:00:00Z".parse().unwrap();
    let random = &mut SeededRandom::new("event");
    match &given {
        None => {
            let happened = Circumstances::made_up(&tenant, client, user, &options, now, random)?;
            build(&tenant, client, user, &happened)
        }
        Some(given) => {
            let who = given.user(Some(user))?;
            let happened = Circumstances::made_up(&tenant, client, &who, &options, now, random)?;
            given.build(&tenant, client, Some(user), &happened)
        }
    }
}

#[test]
fn a_plain_login_has_every_member_of_a_real_one() {
    let opening = open("web", "ada@example.org", EventOptions::default(), None).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&opening.event).unwrap());
}

fn refusal(client: &str, options: EventOptions<'_>, given: Option<&Value>) -> String {
    open(client, "ada@example.org", options, given)
        .unwrap_err()
        .to_string()
}

#[expect(clippy::unnecessary_wraps, reason = "what options hold")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_service_provider_gets_a_saml_login_to_its_callback() {
    let options = EventOptions {
        relay_state: text("back-to-work"),
        ..EventOptions::default()
    };
    let opening = open("payroll", "ada@example.org", options, None).unwrap();
    let transaction = &opening.event.transaction;
    assert_eq!(transaction.protocol, Some(Protocol::Samlp));
    assert_eq!(transaction.requested_scopes, [""; 0]);
    assert_eq!(transaction.response_type, None);
    assert_eq!(
        Value::Object(opening.event.request.query),
        json!({"RelayState": "back-to-work"})
    );
    assert_eq!(
        opening.request.saml,
        Some(SamlRequest {
            id: None,
            issuer: None,
            acs_url: "https://payroll.example/saml/acs".to_owned(),
            relay_state: text("back-to-work"),
            message: None,
            name_id_policy: None,
            ..SamlRequest::default()
        })
    );
    assert!(opening.facts.can_redirect);
}

#[test]
fn an_authn_request_is_answered_where_it_asks() {
    let acs = "https://payroll.example/saml/acs";
    let options = EventOptions {
        authn_request: Some(crate::event::AuthnOrigin {
            id: text("_1"),
            issuer: text("urn:payroll"),
            acs_url: text(acs),
            login_hint: text("ada"),
            acr_values: vec!["urn:mfa".to_owned()],
            ..crate::event::AuthnOrigin::default()
        }),
        ..EventOptions::default()
    };
    let Opening { event, request, .. } = open("payroll", "ada@example.org", options, None).unwrap();
    assert_eq!(event.transaction.login_hint.as_deref(), Some("ada"));
    assert_eq!(event.transaction.acr_values, ["urn:mfa"]);
    assert_eq!(
        request.saml,
        Some(SamlRequest {
            id: text("_1"),
            issuer: text("urn:payroll"),
            acs_url: acs.to_owned(),
            relay_state: None,
            message: None,
            name_id_policy: None,
            ..SamlRequest::default()
        })
    );
}

#[test]
fn scopes_of_an_api_are_granted_as_far_as_roles_permit() {
    let options = EventOptions {
        scope: text("openid read:expenses approve:expenses fly"),
        audience: text("https://expenses.acme.example"),
        nonce: text("n-1"),
        ..EventOptions::default()
    };
    let ada = open("web", "ada@example.org", options.clone(), None).unwrap();
    assert_eq!(
        ada.request.granted_scopes,
        ["openid", "read:expenses", "approve:expenses"]
    );
    assert_eq!(ada.request.nonce.as_deref(), Some("n-1"));
    assert_eq!(
        ada.request.permissions,
        ["read:expenses", "write:expenses", "approve:expenses"]
    );
    let grace = open("web", "grace@example.org", options, None).unwrap();
    assert_eq!(grace.request.granted_scopes, ["openid", "read:expenses"]);
    assert_eq!(grace.event.transaction.requested_scopes.len(), 4);
}

#[test]
fn roles_and_factors_of_the_user_are_known() {
    let opening = open("web", "grace@example.org", EventOptions::default(), None).unwrap();
    assert_eq!(opening.facts.roles[0].name, "employee");
    assert!(opening.facts.roles[0].id.starts_with("rol_"));
    assert_eq!(opening.event.user.enrolled_factors.unwrap()[0].kind, "otp");
    assert_eq!(opening.event.connection.strategy, "oidc");
    assert_eq!(opening.event.authentication.unwrap().methods[0].name, "federated");
}

#[test]
fn what_a_client_is_not_registered_for_is_refused_with_what_it_is() {
    let elsewhere = EventOptions {
        redirect_uri: text("https://evil.example/cb"),
        ..EventOptions::default()
    };
    assert_eq!(
        refusal("web", elsewhere, None),
        "https://evil.example/cb is not a callback of the client \"web\"; use one of: \
         https://web.acme.example/callback"
    );
    let acs = EventOptions {
        authn_request: Some(crate::event::AuthnOrigin {
            acs_url: text("https://evil.example/acs"),
            ..Default::default()
        }),
        ..EventOptions::default()
    };
    assert!(refusal("payroll", acs, None).starts_with("https://evil.example/acs is not a callback"));
    let api = EventOptions {
        audience: text("https://api.example"),
        ..EventOptions::default()
    };
    assert_eq!(
        refusal("web", api, None),
        "https://api.example is not an API of this tenant; use one of: https://expenses.acme.example"
    );
    let given = json!({"transaction": {"redirect_uri": "https://evil.example/cb"}});
    assert!(refusal("web", EventOptions::default(), Some(&given)).contains("is not a callback"));
}

#[test]
fn only_a_request_that_names_no_api_gets_a_default_that_is_not_there() {
    let mut tenant = acme();
    tenant.settings.default_audience = text("https://gone.example");
    let api = |client: &str, audience: Option<&str>| {
        let (client, user) = (
            tenant.client(client).unwrap(),
            tenant.user("ada@example.org").unwrap(),
        );
        let options = EventOptions {
            protocol: client.addons.samlp.is_some().then_some(Protocol::Samlp),
            audience: audience.map(str::to_owned),
            ..EventOptions::default()
        };
        let random = &mut SeededRandom::new("event");
        let happened =
            Circumstances::made_up(&tenant, client, user, &options, DateTime::UNIX_EPOCH, random).unwrap();
        build(&tenant, client, user, &happened)
            .map(|opening| opening.request.audience)
            .map_err(|error| error.to_string())
    };
    let gone = "https://gone.example is not an API of this tenant; use one of: https://expenses.acme.example";
    assert_eq!(api("web", None), Ok(text("https://gone.example")));
    assert_eq!(api("web", Some("https://gone.example")), Err(gone.to_owned()));
    assert_eq!(api("payroll", Some("https://gone.example")), Err(gone.to_owned()));
    assert_eq!(api("payroll", None), Ok(None));
    assert_eq!(api("web", Some("https://acme.example/userinfo")), Ok(None));
}

#[test]
fn a_given_event_wins_member_by_member() {
    let given = json!({
        "user": {"app_metadata": {"department": "looms"}, "email": "other@example.org", "shoe_size": 38},
        "session": null,
        "request": {"ip": "203.0.113.9", "query": {"nonce": "given"}, "geoip": {"countryCode": "GB"}},
        "authorization": {"roles": ["guest"]},
        "new_member": {"any": [1, null]},
    });
    let opening = open("web", "ada@example.org", EventOptions::default(), Some(&given)).unwrap();
    let Opening {
        event,
        profile,
        request,
        facts,
        blocked: _,
    } = opening;
    assert_eq!(event.user.app_metadata["employee_number"], 1815);
    assert_eq!(event.user.app_metadata["department"], "looms");
    assert_eq!(event.user.extra["shoe_size"], 38);
    assert_eq!(profile.text("email"), Some("other@example.org"));
    assert_eq!(event.session, None);
    assert_eq!(request.authenticated_at, None);
    assert_eq!(request.nonce.as_deref(), Some("given"));
    assert_eq!(facts.ip, "203.0.113.9");
    assert_eq!(facts.roles[0].name, "guest");
    assert_eq!(event.extra["new_member"], json!({"any": [1, null]}));
}

#[test]
fn secrets_in_an_event_are_refused_without_being_repeated() {
    let given = json!({"user": {"name": "Ada"}, "secrets": {"API_KEY": "CANARY"}});
    let text = refusal("web", EventOptions::default(), Some(&given));
    assert!(text.contains("--secret NAME=VALUE"), "{text}");
    assert!(!text.contains("CANARY"), "{text}");
}

#[test]
fn an_event_can_block_its_user() {
    let blocked = |given: Value| {
        let opening = open("web", "ada@example.org", EventOptions::default(), Some(&given));
        opening.unwrap().blocked
    };
    assert!(blocked(json!({"user": {"blocked": true}})));
    assert!(!blocked(json!({"user": {"blocked": false}})));
    assert!(!blocked(json!({})));
}

#[test]
fn a_given_event_alone_is_enough() {
    let given = json!({
        "user": {"user_id": "auth0|9"},
        "client": {"client_id": "c1", "name": "lonely"},
        "transaction": {"protocol": "samlp", "redirect_uri": "https://sp.example/acs", "state": "rs"},
    });
    let given = GivenEvent::try_from(given).unwrap();
    let (tenant, client) = (Tenant::default(), given.client());
    let options = EventOptions {
        given: Some(&given),
        ..EventOptions::default()
    };
    let random = &mut SeededRandom::new("event");
    let user = given.user(None).unwrap();
    let happened =
        Circumstances::made_up(&tenant, &client, &user, &options, DateTime::UNIX_EPOCH, random).unwrap();
    let opening = given.build(&tenant, &client, None, &happened).unwrap();
    assert_eq!(opening.event.client.client_id, "c1");
    let saml = opening.request.saml.unwrap();
    assert_eq!(
        (saml.acs_url.as_str(), saml.relay_state.as_deref()),
        ("https://sp.example/acs", Some("rs"))
    );
    assert_eq!(opening.event.user.user_id, "auth0|9");
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    let given = json!({"client": {"metadata": []}});
    assert_eq!(
        refusal("web", EventOptions::default(), Some(&given)),
        "the event's member client.metadata: expected an object, found an array"
    );
    let given = json!({"transaction": {"protocol": "smoke-signals"}});
    assert!(
        refusal("web", EventOptions::default(), Some(&given))
            .starts_with("the event's member transaction.protocol: unknown variant `smoke-signals`")
    );
}

#[test]
fn a_secret_of_the_wrong_type_is_not_repeated() {
    let given = json!({"user": {"identities": "CANARY"}});
    let text = refusal("web", EventOptions::default(), Some(&given));
    assert_eq!(
        text,
        "the event's member user.identities: expected an array, found something else"
    );
}

#[test]
fn exchanges_and_passwords_have_no_session() {
    let with = |protocol| {
        let options = EventOptions {
            protocol: Some(protocol),
            ..EventOptions::default()
        };
        open("web", "ada@example.org", options, None).unwrap().event
    };
    let refresh = with(Protocol::Oauth2RefreshToken);
    assert_eq!((refresh.session, refresh.transaction.id), (None, None));
    let token = refresh.refresh_token.unwrap();
    assert_eq!(token.rotating, Some(true));
    assert_eq!(token.expires_at.as_deref(), Some("2025-12-25T10:00:00.000Z"));
    let password = with(Protocol::Oauth2Password);
    assert_eq!((password.session, password.refresh_token), (None, None));
    assert_eq!(password.request.method, "POST");
    assert_eq!(password.request.body["grant_type"], "password");
    assert!(password.request.query.is_empty());
}

#[test]
fn an_organization_is_for_its_members() {
    let options = EventOptions {
        organization: text("acme-labs"),
        ..EventOptions::default()
    };
    let grace = open("web", "grace@example.org", options, None).unwrap();
    let organization = grace.event.organization.unwrap();
    assert_eq!(organization.display_name, "Acme Labs");
    assert_eq!(organization.metadata["cost_center"], "4711");
    let unknown = EventOptions {
        organization: text("acme-lab"),
        ..EventOptions::default()
    };
    assert!(refusal("web", unknown, None).contains("did you mean \"acme-labs\""));
}
