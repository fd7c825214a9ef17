//! Access tokens of ours that come back: what they say, and whether they are ours at all.

use crate::keys::KeyRing;
use crate::tenant::Tenant;
use crate::time::{Moment, at_ms};
use crate::token::{unverified, verified, verified_with_secret};
use serde_json::{Map, Value};

/// What an access token for an API says, once its signature is known to be ours.
#[derive(Clone, Debug, PartialEq)]
pub struct AccessTokenClaims {
    /// Whom it was given to.
    pub client_id: String,
    /// A user, or a machine.
    pub subject: String,
    /// Identifiers of APIs; the userinfo endpoint may be one of them.
    pub audiences: Vec<String>,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// When it was given, in whole seconds; at the beginning of time where it does not say.
    pub issued_at: Moment,
    /// When it expires.
    pub expires_at: Moment,
    /// All claims.
    pub all: Map<String, Value>,
}

impl AccessTokenClaims {
    /// The claims of a JWT that `issuer` signed for an API; nothing where it did not, or the time of the token is over. An
    /// ID token is none: it names no client that it was given to (RFC 9068 section 5).
    pub fn of(token: &str, tenant: &Tenant, keys: &KeyRing, issuer: &str, now: Moment) -> Option<Self> {
        let all = verified(token, keys).or_else(|| of_secret(token, tenant))?;
        let text = |name: &str| all.get(name).and_then(Value::as_str);
        let moment = |name: &str| Some(at_ms(all.get(name)?.as_i64()?.checked_mul(1_000)?));
        let expires_at = moment("exp")?;
        if text("iss") != Some(issuer) || expires_at <= now {
            return None;
        }
        Some(Self {
            client_id: text("client_id").or_else(|| text("azp"))?.to_owned(),
            subject: text("sub")?.to_owned(),
            audiences: audiences(&all),
            scopes: words(text("scope")),
            issued_at: moment("iat").unwrap_or_default(),
            expires_at,
            all,
        })
    }
}

/// The claims of a token that an API's secret signed: HS256 is what that API is set to. The API has the secret, too, so
/// such a token counts for that API alone, and says nothing to userinfo (semantics 3.6).
fn of_secret(token: &str, tenant: &Tenant) -> Option<Map<String, Value>> {
    let claims = unverified(token)?;
    let api = tenant.resource_server(claims.get("aud")?.as_str()?)?;
    let secret = api.hmac_secret().filter(|_| api.is_signed_with_secret())?;
    verified_with_secret(token, secret.as_bytes())
}

fn audiences(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.clone()],
        Some(Value::Array(audiences)) => {
            let texts = audiences.iter().filter_map(Value::as_str);
            texts.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

fn words(text: Option<&str>) -> Vec<String> {
    let words = text.unwrap_or_default().split(' ');
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;
    use crate::keys::ring_for_tests;
    use crate::random::SeededRandom;
    use crate::tenant::{Client, ResourceServer};
    use crate::token::{Issuer, MachineGrant, machine_token};
    use crate::trace::Trace;
    use josekit::jws::{HS256, JwsHeader};
    use josekit::jwt::{JwtPayload, encode_with_signer};
    use serde_json::json;

    const URL: &str = "https://id.example/";

    fn token(api: &Value) -> (String, Tenant) {
        let client: Client = serde_json::from_value(json!({"name": "a", "client_id": "a"})).unwrap();
        let api: ResourceServer = serde_json::from_value(api.clone()).unwrap();
        let issuer = Issuer {
            endpoints: Endpoints::at_url(URL),
            keys: ring_for_tests(),
            jti: None,
        };
        let grant = MachineGrant {
            client: &client,
            api: &api,
            scopes: &["read:x".to_owned()],
        };
        let random = &mut SeededRandom::new("token");
        let made = machine_token(grant, &issuer, at_ms(0), random, &mut Trace::default()).unwrap();
        let tenant = Tenant {
            resource_servers: vec![api],
            ..Tenant::default()
        };
        (made.0.as_str().to_owned(), tenant)
    }

    fn read(token: &str, tenant: &Tenant, seconds: i64) -> Option<AccessTokenClaims> {
        AccessTokenClaims::of(token, tenant, ring_for_tests(), URL, at_ms(seconds * 1_000))
    }

    #[test]
    fn a_token_of_ours_is_read_until_it_expires() {
        for api in [
            json!({"identifier": "x", "token_lifetime": 60}),
            json!({"identifier": "x", "token_lifetime": 60, "token_dialect": "rfc9068_profile"}),
            json!({"identifier": "x", "token_lifetime": 60, "signing_alg": "HS256",
                "signing_secret": "a secret of an API, which has 32 bytes"}),
        ] {
            let (token, tenant) = token(&api);
            let claims = read(&token, &tenant, 59).unwrap();
            assert_eq!(
                (&*claims.client_id, &*claims.subject),
                ("a", "a@clients"),
                "{api}"
            );
            assert_eq!(
                (&*claims.audiences, &*claims.scopes),
                (&["x".to_owned()][..], &["read:x".to_owned()][..])
            );
            assert_eq!(read(&token, &tenant, 60), None, "{api}");
            assert_eq!(read(&token[..token.len() - 2], &tenant, 1), None);
            let elsewhere =
                AccessTokenClaims::of(&token, &tenant, ring_for_tests(), "https://o.example/", at_ms(0));
            assert_eq!(elsewhere, None);
        }
    }

    /// Whoever has the secret of an API can sign whatever they like with it: it counts for that API alone.
    #[test]
    fn the_secret_of_an_api_opens_neither_userinfo_nor_another_api() {
        let secret = "a secret of an API, which has 32 bytes";
        let api = json!({"identifier": "x", "signing_alg": "HS256", "signing_secret": secret});
        let tenant = Tenant {
            resource_servers: vec![serde_json::from_value(api).unwrap()],
            ..Tenant::default()
        };
        let signed = |audience: Value| {
            let claims = json!({"iss": URL, "sub": "auth0|ada", "azp": "a", "aud": audience, "exp": 60});
            let payload = JwtPayload::from_map(claims.as_object().unwrap().clone()).unwrap();
            let signer = HS256.signer_from_bytes(secret).unwrap();
            encode_with_signer(&payload, &JwsHeader::new(), &signer).unwrap()
        };
        assert!(read(&signed(json!("x")), &tenant, 1).is_some());
        for audience in [
            json!(["x", "https://id.example/userinfo"]),
            json!(["y", "x"]),
            json!(["x"]),
            json!("https://id.example/userinfo"),
        ] {
            assert_eq!(read(&signed(audience.clone()), &tenant, 1), None, "{audience}");
        }
    }

    #[test]
    fn the_secret_of_an_api_signs_nothing_for_another_one() {
        let hmac = json!({"identifier": "x", "signing_alg": "HS256",
            "signing_secret": "a secret of an API, which has 32 bytes"});
        let (token, _) = token(&hmac);
        for api in [
            json!({"identifier": "x", "signing_secret": "a secret of an API, which has 32 bytes"}),
            json!({"identifier": "y", "signing_alg": "HS256", "signing_secret": "a secret of an API, which has 32 bytes"}),
            json!({"identifier": "x", "signing_alg": "HS256", "signing_secret": "another secret, which has 32 bytes, too"}),
        ] {
            let tenant = Tenant {
                resource_servers: vec![serde_json::from_value(api.clone()).unwrap()],
                ..Tenant::default()
            };
            assert_eq!(read(&token, &tenant, 1), None, "{api}");
        }
    }
}
