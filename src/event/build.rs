//! Making the event of a login from tenant, client, user and request, with a given event laid over it.

use super::draft::Draft;
use super::grant;
use super::overlay::overlay;
use super::user::{hide_tokens, restore_tokens};
use super::{Event, EventError, EventOptions, LoginRequest, Protocol, SamlRequest};
use crate::command::Facts;
use crate::random::Random;
use crate::tenant::{Client, JsonPath, Profile, SamlAddon, Tenant, stable_id};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Everything that a login starts with.
#[derive(Clone, Debug)]
pub struct Opening {
    /// What Actions see.
    pub event: Event,
    /// The profile behind `event.user`, with what identities hold beyond it.
    pub profile: Profile,
    /// What the application asked for.
    pub request: LoginRequest,
    /// What queries are answered from.
    pub facts: Facts,
    /// Whether the user is blocked, so that no Action may run and nothing be issued.
    pub blocked: bool,
}

/// Makes the event of a login that starts `now`.
///
/// `given`, the content of an event file, wins member by member; alone, with a client made by
/// [`client_of`], it is enough.
///
/// # Errors
/// Nobody logs in, the request is one that the platform refuses before any Action runs, or `given` has
/// a member of the wrong type, or secrets.
pub fn build(
    tenant: &Tenant,
    client: &Client,
    options: &EventOptions,
    given: Option<&Value>,
    now: DateTime<Utc>,
    random: &mut dyn Random,
) -> Result<Opening, EventError> {
    if given.is_some_and(|given| !given.is_object()) {
        return Err(EventError::NotAnObject);
    }
    if given.is_some_and(|given| given.get("secrets").is_some()) {
        return Err(EventError::Secrets);
    }
    let profile = merged_profile(options, given)?;
    let draft = Draft {
        tenant,
        client,
        options,
        given,
        profile: &profile,
        now,
    };
    let event = merged_event(&draft.event(random)?, given)?;
    let request = request(&event, tenant, client, options)?;
    let facts = Facts {
        hostname: event.request.hostname.clone().unwrap_or_default(),
        ip: event.request.ip.clone(),
        user_id: event.user.user_id.clone(),
        query: event.request.query.clone(),
        body: event.request.body.clone(),
        state: None,
        can_redirect: event.has_browser() && !event.is_silent(),
        rules_executed: Vec::new(),
        groups: grant::groups(&profile),
        roles: grant::roles(role_names(&event), tenant),
    };
    Ok(Opening {
        blocked: profile.0.get("blocked") == Some(&Value::Bool(true)),
        event,
        profile,
        request,
        facts,
    })
}

/// A client that fits a given event, for an event without a tenant.
pub fn client_of(given: &Value) -> Client {
    let text = |pointer: &str| {
        let value = given.pointer(pointer).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let name = text("/client/name").or_else(|| text("/client/client_id"));
    let name = name.unwrap_or_else(|| "client".to_owned());
    let mut client = Client {
        client_id: text("/client/client_id").unwrap_or_else(|| stable_id("", &name, 32)),
        name,
        callbacks: text("/transaction/redirect_uri").into_iter().collect(),
        ..Client::default()
    };
    if text("/transaction/protocol").as_deref() == Some("samlp") {
        client.addons.samlp = Some(SamlAddon::default());
    }
    client
}

/// The user's profile with the given user laid over it.
fn merged_profile(options: &EventOptions, given: Option<&Value>) -> Result<Profile, EventError> {
    let known = options.user.cloned().unwrap_or_default();
    let mut merged = Value::Object(known.0.clone());
    if let Some(user) = given.and_then(|given| given.get("user")) {
        overlay(&mut merged, user);
    }
    let Value::Object(merged) = merged else {
        return Err(EventError::Shape {
            path: "user".to_owned(),
            message: "expected an object".to_owned(),
        });
    };
    let mut profile = Profile(merged);
    restore_tokens(&mut profile, &known);
    if profile.user_id().is_empty() {
        return Err(EventError::NoUser);
    }
    Ok(profile)
}

/// The made event with the given one laid over it.
fn merged_event(made: &Event, given: Option<&Value>) -> Result<Event, EventError> {
    let mut merged =
        serde_json::to_value(made).map_err(|error| EventError::shape(&JsonPath::default(), &error))?;
    if let Some(given) = given {
        overlay(&mut merged, given);
    }
    if let Some(Value::Object(user)) = merged.get_mut("user") {
        hide_tokens(user);
    }
    serde_path_to_error::deserialize(merged)
        .map_err(|error| EventError::shape(&JsonPath::from(error.path()), error.inner()))
}

fn role_names(event: &Event) -> &[String] {
    event
        .authorization
        .as_ref()
        .map_or(&[], |authorization| &authorization.roles)
}

/// What the application asked for, once the given event has had its say.
fn request(
    event: &Event,
    tenant: &Tenant,
    client: &Client,
    options: &EventOptions,
) -> Result<LoginRequest, EventError> {
    let transaction = &event.transaction;
    let is_saml = transaction.protocol == Some(Protocol::Samlp);
    if let Some(url) = &transaction.redirect_uri
        && (is_saml || !client.callbacks.is_empty())
    {
        grant::check_callback(client, url)?;
    }
    let audience = event
        .resource_server
        .as_ref()
        .map(|server| server.identifier.clone());
    let saml = if is_saml {
        let origin = options.authn_request.clone().unwrap_or_default();
        let acs_url = transaction.redirect_uri.clone();
        Some(SamlRequest {
            id: origin.id,
            issuer: origin.issuer,
            acs_url: acs_url.ok_or_else(|| EventError::NoAcsUrl {
                client: client.name.clone(),
            })?,
            relay_state: transaction.state.clone(),
            name_id_policy: origin.name_id_policy,
            message: origin.message,
        })
    } else {
        None
    };
    let nonce = event.request.query.get("nonce").and_then(Value::as_str);
    let authenticated_at = event
        .session
        .as_ref()
        .and_then(|session| DateTime::parse_from_rfc3339(session.authenticated_at.as_deref()?).ok());
    Ok(LoginRequest {
        granted_scopes: grant::granted(
            &transaction.requested_scopes,
            audience.as_deref(),
            role_names(event),
            tenant,
        ),
        permissions: audience
            .as_deref()
            .map(|audience| grant::permissions(audience, role_names(event), tenant))
            .unwrap_or_default(),
        audience,
        code: None,
        nonce: nonce.map(str::to_owned),
        authenticated_at: authenticated_at.map(|time| time.timestamp()),
        saml,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::tenant::{Sources, read};
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
        options: EventOptions,
        given: Option<&Value>,
    ) -> Result<Opening, EventError> {
        let tenant = acme();
        let options = EventOptions {
            user: Some(tenant.user(user).unwrap()),
            ..options
        };
        let now = "2025-11-25T10:00:00Z".parse().unwrap();
        build(
            &tenant,
            tenant.client(client).unwrap(),
            &options,
            given,
            now,
            &mut SeededRandom::new("event"),
        )
    }

    #[test]
    fn a_plain_login_has_every_member_of_a_real_one() {
        let opening = open("web", "ada@example.org", EventOptions::default(), None).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&opening.event).unwrap());
    }

    fn refusal(client: &str, options: EventOptions, given: Option<&Value>) -> String {
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
            "https://evil.example/cb is no callback of the client \"web\"; use one of: \
             https://web.acme.example/callback"
        );
        let acs = EventOptions {
            authn_request: Some(crate::event::AuthnOrigin {
                acs_url: text("https://evil.example/acs"),
                ..Default::default()
            }),
            ..EventOptions::default()
        };
        assert!(refusal("payroll", acs, None).starts_with("https://evil.example/acs is no callback"));
        let api = EventOptions {
            audience: text("https://api.example"),
            ..EventOptions::default()
        };
        assert_eq!(
            refusal("web", api, None),
            "https://api.example is no API of this tenant; use one of: https://expenses.acme.example"
        );
        let given = json!({"transaction": {"redirect_uri": "https://evil.example/cb"}});
        assert!(refusal("web", EventOptions::default(), Some(&given)).contains("is no callback"));
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
        let client = client_of(&given);
        let opening = build(
            &Tenant::default(),
            &client,
            &EventOptions::default(),
            Some(&given),
            DateTime::UNIX_EPOCH,
            &mut SeededRandom::new("event"),
        )
        .unwrap();
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
}
