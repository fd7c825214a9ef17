//! The access token of a machine, which no user has logged in for (RFC 6749 section 4.4).

use super::access_token::{self, Permissions, Profile};
use super::context::Flow;
use super::error::TokenError;
use super::issuer::Issuer;
use super::tokens::{AccessToken, opaque};
use crate::random::Random;
use crate::tenant::{Client, ResourceServer};
use crate::time::Moment;
use crate::trace::Trace;
use serde_json::{Map, Value, json};

/// What a machine gets.
#[derive(Clone, Copy, Debug)]
pub struct MachineGrant<'a> {
    /// The machine.
    pub client: &'a Client,
    /// Whom the token is for.
    pub api: &'a ResourceServer,
    /// Scopes of the token.
    pub scopes: &'a [String],
}

/// Signs the access token of a machine, and gives its lifetime in seconds. Its subject is no user: the platform's form of
/// it, `<client_id>@clients`, is no user id.
///
/// # Errors
/// A setting of the API that cannot be carried out; the text names it.
pub fn machine_token(
    grant: MachineGrant<'_>,
    issuer: &Issuer<'_>,
    now: Moment,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<(AccessToken, u32), TokenError> {
    let MachineGrant { client, api, scopes } = grant;
    let (profile, permissions) = access_token::dialect(api)?;
    let expires_in = access_token::lifetime(Flow::Code, api, trace);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("iss", Value::from(issuer.url()));
    put("sub", Value::from(format!("{}@clients", client.client_id)));
    put("aud", Value::from(api.identifier.as_str()));
    put("iat", Value::from(now.timestamp()));
    put("exp", Value::from(now.timestamp() + i64::from(expires_in)));
    if !scopes.is_empty() {
        put("scope", Value::from(scopes.join(" ")));
    }
    match profile {
        Profile::Platform => {
            put("azp", Value::from(client.client_id.as_str()));
            put("gty", Value::from("client-credentials"));
        }
        Profile::Rfc9068 => {
            put("client_id", Value::from(client.client_id.as_str()));
            put("jti", Value::from(opaque(random)));
        }
    }
    if permissions == Permissions::Included {
        put("permissions", json!(scopes));
    }
    let token = access_token::signed(api, issuer, claims, random, trace)?;
    Ok((token, expires_in))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;
    use crate::keys::ring_for_tests;
    use crate::random::SeededRandom;
    use crate::time::at_ms;

    fn claims(api: &Value) -> Value {
        let client: Client = serde_json::from_value(json!({"name": "a", "client_id": "a"})).unwrap();
        let api: ResourceServer = serde_json::from_value(api.clone()).unwrap();
        let issuer = Issuer {
            endpoints: Endpoints::at_url("https://id.example/"),
            keys: ring_for_tests(),
            jti: None,
        };
        let grant = MachineGrant {
            client: &client,
            api: &api,
            scopes: &["read:x".to_owned()],
        };
        let random = &mut SeededRandom::new("machine");
        let made = machine_token(grant, &issuer, at_ms(1_000), random, &mut Trace::default());
        let (token, expires_in) = made.unwrap();
        assert_eq!(expires_in, 60);
        Value::Object(token.claims().unwrap().clone())
    }

    #[test]
    fn the_subject_is_the_machine_in_both_profiles() {
        let mut api = json!({"identifier": "https://api.example", "token_lifetime": 60});
        let expected = json!({
            "iss": "https://id.example/", "sub": "a@clients", "aud": "https://api.example", "iat": 1, "exp": 61,
            "scope": "read:x", "azp": "a", "gty": "client-credentials",
        });
        assert_eq!(claims(&api), expected);
        api["token_dialect"] = "rfc9068_profile_authz".into();
        let claims = claims(&api);
        assert_eq!(
            (&claims["client_id"], &claims["permissions"]),
            (&"a".into(), &json!(["read:x"]))
        );
        assert!(claims["jti"].is_string() && claims.get("azp").is_none() && claims.get("gty").is_none());
    }
}
