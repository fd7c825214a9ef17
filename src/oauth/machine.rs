//! Machine clients that call the server's own API, and what each of them may do (server 2, 5).

use super::client_credentials::may_have;
use crate::tenant::{BROUGHT_OVER, Client, OWN_API, Tenant};
use crate::time::Moment;
use serde_json::{Map, Value};

/// What a call of the server's own API wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiScope {
    /// Go on with a login that waits.
    AnswerLogin,
    /// End sessions and refresh tokens.
    DeleteSessions,
    /// Log somebody in.
    IssueLogin,
    /// List sessions and refresh tokens.
    ReadSessions,
}

impl ApiScope {
    /// The scope's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AnswerLogin => "answer:login",
            Self::DeleteSessions => "delete:sessions",
            Self::IssueLogin => "issue:login",
            Self::ReadSessions => "read:sessions",
        }
    }
}

/// A machine client that may make a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its client id.
    pub client_id: String,
}

/// Why a call is not for the one who makes it (RFC 6750 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MachineFault {
    /// The token is no access token of a machine client for this API.
    #[error("{0}")]
    Token(&'static str),
    /// The token, or the grant of today, does not have the scope.
    #[error("the call needs the scope {}, which the access token or today's grant does not have", .0.as_str())]
    Scope(ApiScope),
}

impl Machine {
    /// The machine client of an access token whose signature was verified. An ID token never passes, nor does an access
    /// token that was issued for a user: neither names a client as its subject by client credentials.
    ///
    /// # Errors
    /// The token is not for this API, is over, or is for something else; or the client may not do this today.
    pub fn of_claims(
        claims: &Map<String, Value>,
        scope: ApiScope,
        tenant: &Tenant,
        now: Moment,
    ) -> Result<Self, MachineFault> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let seconds = |name: &str| claims.get(name).map(Value::as_i64);
        if text("iss") != Some(&tenant.config.endpoints().issuer()) {
            return Err(MachineFault::Token("the access token is of another issuer"));
        }
        let is_for_us = match claims.get("aud") {
            Some(Value::String(audience)) => audience == OWN_API,
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience == OWN_API),
            _ => false,
        };
        if !is_for_us {
            return Err(MachineFault::Token(
                "the access token is for another API; its audience must be urn:postlogin:api",
            ));
        }
        let now = now.timestamp();
        if seconds("exp").flatten().is_none_or(|end| now >= end)
            || seconds("nbf").is_some_and(|begin| begin.is_none_or(|begin| now < begin))
        {
            return Err(MachineFault::Token(
                "the access token is expired, or not valid yet",
            ));
        }
        // The platform's profile names the client by `azp` and the grant by `gty`, RFC 9068 the client alone.
        let client_id = match (text("azp"), text("client_id")) {
            (Some(azp), None) if text("gty") == Some("client-credentials") => Some(azp),
            (None, Some(client_id)) if text("gty").is_none() => Some(client_id),
            _ => None,
        };
        let client_id = client_id
            .filter(|id| text("sub") == Some(&format!("{id}@clients")) && !claims.contains_key("sid"));
        let Some(client_id) = client_id else {
            return Err(MachineFault::Token(
                "the token is not an access token that a client got by client credentials",
            ));
        };
        let mut clients = tenant.clients.iter();
        let client = clients
            .find(|client| client.client_id == client_id && client.has_grant("client_credentials"))
            .ok_or(MachineFault::Token(
                "the client of the access token is no longer there, or has no client credentials grant any more",
            ))?;
        let today = may_have(tenant, client, OWN_API).unwrap_or_default();
        let is_granted = today.iter().any(|given| *given == scope.as_str());
        let has_scope = |mut scopes: std::str::Split<'_, char>| scopes.any(|given| given == scope.as_str());
        if !text("scope").is_some_and(|scopes| has_scope(scopes.split(' '))) || !is_granted {
            return Err(MachineFault::Scope(scope));
        }
        Ok(Self {
            client_id: client_id.to_owned(),
        })
    }

    /// Whether it may log users in to this application: to any, where `[api.<client_id>] clients` is absent.
    pub fn may_log_in_to(&self, client: &Client, tenant: &Tenant) -> bool {
        let bounds = tenant.config.api.get(&self.client_id);
        bounds
            .and_then(|bounds| bounds.clients.as_ref())
            .is_none_or(|clients| {
                clients
                    .iter()
                    .any(|known| *known == client.client_id || *known == client.name)
            })
    }

    /// Whether it may log in users of this connection as the store has them: of any, where `[api.<client_id>] connections`
    /// is absent.
    pub fn may_take_users_of(&self, connection: &str, tenant: &Tenant) -> bool {
        self.connections(tenant)
            .is_none_or(|known| known.iter().any(|known| known == connection))
    }

    /// Whether it may bring users of this connection along: of [`BROUGHT_OVER`] alone, where
    /// `[api.<client_id>] connections` is absent.
    pub fn may_bring_users_of(&self, connection: &str, tenant: &Tenant) -> bool {
        match self.connections(tenant) {
            Some(known) => known.iter().any(|known| known == connection),
            None => connection == BROUGHT_OVER,
        }
    }

    fn connections<'a>(&self, tenant: &'a Tenant) -> Option<&'a Vec<String>> {
        tenant.config.api.get(&self.client_id)?.connections.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::{ApiClientConfig, ClientGrant};
    use chrono::DateTime;
    use serde_json::json;

    fn tenant() -> Tenant {
        let mut tenant = Tenant::default();
        for id in ["job", "other"] {
            tenant.clients.push(Client {
                client_id: id.to_owned(),
                name: format!("The {id}"),
                grant_types: vec!["client_credentials".to_owned()],
                ..Client::default()
            });
        }
        tenant.client_grants.push(ClientGrant {
            client_id: "The job".to_owned(),
            audience: OWN_API.to_owned(),
            scope: vec!["issue:login".to_owned()],
            ..ClientGrant::default()
        });
        tenant
    }

    fn now() -> Moment {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn judged(change: &Value) -> Result<Machine, MachineFault> {
        let tenant = tenant();
        let mut claims = json!({
            "iss": tenant.config.endpoints().issuer(), "sub": "job@clients", "aud": OWN_API, "azp": "job",
            "gty": "client-credentials", "exp": 1_800_000_001, "scope": "issue:login read:sessions",
        });
        for (name, value) in change.as_object().unwrap() {
            let claims = claims.as_object_mut().unwrap();
            match value {
                Value::Null => claims.shift_remove(name),
                value => claims.insert(name.clone(), value.clone()),
            };
        }
        Machine::of_claims(claims.as_object().unwrap(), ApiScope::IssueLogin, &tenant, now())
    }

    #[test]
    fn a_machine_client_passes_with_its_own_token() {
        let job = || {
            Ok(Machine {
                client_id: "job".to_owned(),
            })
        };
        assert_eq!(judged(&json!({})), job());
        assert_eq!(judged(&json!({"aud": ["x", OWN_API]})), job());
        assert_eq!(
            judged(&json!({"azp": null, "gty": null, "client_id": "job"})),
            job()
        );
    }

    #[test]
    fn a_token_for_somebody_or_something_else_does_not_pass() {
        for change in [
            json!({"iss": "https://other.example/"}),
            json!({"aud": "https://api.example/"}),
            json!({"aud": "job"}),
            json!({"aud": null}),
            json!({"exp": 1_800_000_000}),
            json!({"exp": "1800000001"}),
            json!({"exp": null}),
            json!({"nbf": 1_800_000_001}),
            // An access token of a user, and an ID token.
            json!({"sub": "auth0|1"}),
            json!({"gty": null}),
            json!({"gty": "password"}),
            json!({"azp": null, "gty": null}),
            json!({"client_id": "other"}),
            json!({"sid": "1"}),
            // A client that is gone.
            json!({"azp": "gone", "sub": "gone@clients"}),
        ] {
            let judged = judged(&change);
            assert!(
                matches!(judged, Err(MachineFault::Token(_))),
                "{change}: {judged:?}"
            );
        }
    }

    #[test]
    fn the_scope_must_be_in_the_token_and_in_the_grant_of_today() {
        let fault = Err(MachineFault::Scope(ApiScope::IssueLogin));
        assert_eq!(judged(&json!({"scope": "read:sessions"})), fault);
        assert_eq!(judged(&json!({"scope": null})), fault);
        assert_eq!(judged(&json!({"scope": "issue:logins"})), fault);
        assert_eq!(judged(&json!({"azp": "other", "sub": "other@clients"})), fault);
    }

    #[test]
    fn bounds_hold_for_applications_and_connections() {
        let mut tenant = tenant();
        let machine = Machine {
            client_id: "job".to_owned(),
        };
        let other = tenant.clients[1].clone();
        assert!(machine.may_log_in_to(&other, &tenant));
        assert!(machine.may_take_users_of("db", &tenant) && !machine.may_bring_users_of("db", &tenant));
        assert!(machine.may_bring_users_of(BROUGHT_OVER, &tenant));
        let bounds = ApiClientConfig {
            clients: Some(vec!["The job".to_owned()]),
            connections: Some(vec!["partner".to_owned()]),
        };
        tenant.config.api.insert("job".to_owned(), bounds);
        assert!(
            !machine.may_log_in_to(&other, &tenant) && machine.may_log_in_to(&tenant.clients[0], &tenant)
        );
        assert!(
            machine.may_bring_users_of("partner", &tenant) && machine.may_take_users_of("partner", &tenant)
        );
        assert!(
            !machine.may_bring_users_of(BROUGHT_OVER, &tenant) && !machine.may_take_users_of("db", &tenant)
        );
    }
}
