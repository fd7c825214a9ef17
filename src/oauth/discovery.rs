//! The discovery document (OpenID Connect Discovery 1.0 section 3, RFC 8414): what this issuer can do.

use super::client_assertion::ALGORITHMS;
use super::grant_type::GrantType;
use super::response::{ResponseMode, ResponseType};
use crate::endpoints::Endpoints;
use crate::keys::KeyRing;
use crate::token::jwks;
use serde_json::{Value, json};

/// The metadata of the issuer at `endpoints`, which signs with `keys`.
pub fn provider_metadata(endpoints: Endpoints<'_>, keys: &KeyRing) -> Value {
    let mut signing: Vec<Value> = Vec::new();
    let listed = jwks(keys);
    for key in listed["keys"].as_array().into_iter().flatten() {
        if !signing.contains(&key["alg"]) {
            signing.push(key["alg"].clone());
        }
    }
    signing.push("HS256".into());
    let response_types: Vec<String> = ResponseType::ALL
        .iter()
        .map(|kind| kind.words().join(" "))
        .collect();
    let mut grants: Vec<&str> = GrantType::ALL.iter().map(|grant| grant.as_str()).collect();
    grants.insert(1, "implicit");
    let methods = [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    ];
    json!({
        "issuer": endpoints.issuer(),
        "authorization_endpoint": endpoints.authorize(),
        "token_endpoint": endpoints.token(),
        "userinfo_endpoint": endpoints.userinfo(),
        "revocation_endpoint": endpoints.revocation(),
        "introspection_endpoint": endpoints.introspection(),
        "end_session_endpoint": endpoints.end_session(),
        "jwks_uri": endpoints.jwks(),
        "scopes_supported": ["openid", "profile", "email", "address", "phone", "offline_access"],
        "response_types_supported": response_types,
        "response_modes_supported": ResponseMode::ALL.map(ResponseMode::as_str),
        "grant_types_supported": grants,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": signing,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": methods[..3],
        "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page", "popup", "touch", "wap"],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "aud", "auth_time", "created_at", "email", "email_verified", "exp", "family_name", "given_name", "iat",
            "iss", "name", "nickname", "nonce", "picture", "sid", "sub", "updated_at",
        ],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "claims_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
    })
}
