//! The rules of tokens, one test each. Tokens are verified by another library than the one that signs.

mod algorithms;
mod claims;
mod encryption;
mod tokens;

use super::*;
use crate::command::{Call, Command, Recorded};
use crate::endpoints::Endpoints;
use crate::event::{EventOrganization, EventSession, Protocol};
use crate::keys::{KeyRing, ring_for_tests as ring};
use crate::random::SeededRandom;
use crate::trace::Status;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::{self, ES256, EdDSA, HS256, JwsVerifier, PS256, RS256, RS384, RS512};
use serde_json::{Map, Value, json};

const NOW: i64 = 1_790_000_000;
const DOMAIN: &str = "tenant.example";
const API: &str = "https://api.example.com";
const SECRET: &str = "0123456789abcdef0123456789abcdef-client";

/// One login whose parts a test changes before it issues.
struct Login {
    grant: Grant,
    client: Client,
    api: Option<ResourceServer>,
    names: OrganizationNames,
}

/// What came out.
struct Issued {
    tokens: Tokens,
    trace: Trace,
}

fn login() -> Login {
    let mut grant = Grant {
        event: crate::event::Event::default(),
        profile: crate::tenant::Profile::default(),
        request: crate::event::LoginRequest::default(),
        scopes: Vec::new(),
        recorded: [].into(),
        mfa: false,
    };
    grant.event.transaction.protocol = Some(Protocol::OidcBasicProfile);
    grant.event.user = serde_json::from_value(json!({
        "user_id": "auth0|1", "name": "Eve", "nickname": "eve", "email": "eve@example.org",
        "email_verified": true, "picture": "https://example.org/eve.png", "locale": "de",
        "updated_at": "2026-01-01T00:00:00.000Z", "phone_number": "+4930123", "phone_verified": true,
    }))
    .unwrap();
    grant.request.audience = Some(API.to_owned());
    Login {
        grant,
        client: Client {
            name: "web".to_owned(),
            client_id: "client-1".to_owned(),
            client_secret: Some(SECRET.to_owned().into()),
            ..Client::default()
        },
        api: Some(ResourceServer {
            identifier: API.to_owned(),
            ..ResourceServer::default()
        }),
        names: OrganizationNames::Omit,
    }
    .scopes("openid profile email read:x")
}

impl Login {
    fn scopes(mut self, scopes: &str) -> Self {
        let scopes: Vec<String> = scopes.split_whitespace().map(str::to_owned).collect();
        self.grant.event.transaction.requested_scopes.clone_from(&scopes);
        self.grant.request.granted_scopes.clone_from(&scopes);
        self.grant.scopes = scopes;
        self
    }

    fn call(mut self, method: &str, args: Value) -> Self {
        let call = Call {
            origin: Origin::default(),
            method: method.to_owned(),
            args: serde_json::from_value(args).unwrap(),
            index: None,
            handler: None,
        };
        let recorded = Recorded {
            origin: Origin {
                action: Some("test".to_owned()),
                line: Some(u32::try_from(self.grant.recorded.len()).unwrap() + 1),
                ..Origin::default()
            },
            action: 0,
            command: Command::parse(&call).unwrap(),
            call,
        };
        let before = self.grant.recorded.iter().cloned();
        self.grant.recorded = before.chain([recorded]).collect();
        self
    }

    /// The same claim on both tokens.
    fn claim(self, name: &str, value: Value) -> Self {
        let args = Value::from(vec![Value::from(name), value]);
        self.call("idToken.setCustomClaim", args.clone())
            .call("accessToken.setCustomClaim", args)
    }

    fn protocol(self, protocol: Protocol) -> Self {
        self.with(|login| login.grant.event.transaction.protocol = Some(protocol))
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn api(self, change: impl FnOnce(&mut ResourceServer)) -> Self {
        self.with(|login| change(login.api.as_mut().unwrap()))
    }

    fn try_issue(&self) -> Result<Issued, TokenError> {
        self.try_issue_with(&mut SeededRandom::new("login"))
    }

    fn try_issue_with(&self, random: &mut dyn Random) -> Result<Issued, TokenError> {
        self.try_issue_as(None, random)
    }

    fn try_issue_as(&self, jti: Option<&str>, random: &mut dyn Random) -> Result<Issued, TokenError> {
        let issuer = Issuer {
            endpoints: Endpoints::of(DOMAIN),
            keys: ring(),
            jti,
        };
        let mut trace = Trace::default();
        let tokens = issue(
            &self.grant,
            &self.client,
            self.api.as_ref(),
            &issuer,
            self.names,
            Moment::from_timestamp(NOW, 0).unwrap(),
            random,
            &mut trace,
        )?;
        Ok(Issued { tokens, trace })
    }

    fn issue(&self) -> Issued {
        self.try_issue().unwrap()
    }

    fn issue_with(&self, random: &mut dyn Random) -> Issued {
        self.try_issue_with(random).unwrap()
    }

    fn refused(&self) -> String {
        match self.try_issue() {
            Ok(_) => panic!("must be refused"),
            Err(error) => error.to_string(),
        }
    }
}

impl Issued {
    fn id(&self) -> &Map<String, Value> {
        &self.tokens.id_token.as_ref().expect("an ID token").claims
    }

    fn access(&self) -> &Map<String, Value> {
        self.tokens
            .access_token
            .as_ref()
            .and_then(AccessToken::claims)
            .expect("a JWT")
    }

    fn reasons(&self, target: &str) -> Vec<(Status, Option<&str>)> {
        let entries = self.trace.entries.iter().filter(|entry| entry.target == target);
        entries
            .map(|entry| (entry.status, entry.reason.as_deref()))
            .collect()
    }
}

/// Header and payload of a token, verified with the key that the JWKS lists under its `kid`.
fn verify(jwt: &str) -> (Value, Value) {
    let header: Value = decode(jwt.split('.').next().unwrap());
    let keys = jwks(ring());
    let entry = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"]);
    let entry = entry.expect("the kid is published");
    assert_eq!(entry["alg"], header["alg"]);
    let jwk = Jwk::from_map(entry.as_object().unwrap().clone()).unwrap();
    let verifier: Box<dyn JwsVerifier> = match header["alg"].as_str().unwrap() {
        "EdDSA" => Box::new(EdDSA.verifier_from_jwk(&jwk).unwrap()),
        "ES256" => Box::new(ES256.verifier_from_jwk(&jwk).unwrap()),
        "PS256" => Box::new(PS256.verifier_from_jwk(&jwk).unwrap()),
        "RS256" => Box::new(RS256.verifier_from_jwk(&jwk).unwrap()),
        "RS384" => Box::new(RS384.verifier_from_jwk(&jwk).unwrap()),
        "RS512" => Box::new(RS512.verifier_from_jwk(&jwk).unwrap()),
        other => panic!("{other}"),
    };
    let (payload, _) = jws::deserialize_compact(jwt, verifier.as_ref()).expect("the signature is right");
    (header, serde_json::from_slice(&payload).unwrap())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
