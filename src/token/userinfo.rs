//! What the userinfo endpoint says of a user (OIDC Core 5.3).

use super::names::{ClaimName, STANDARD};
use crate::tenant::Profile;
use serde_json::{Map, Value};

/// The subject and the standard claims that `scopes` select, as far as the profile has them.
pub fn userinfo(profile: &Profile, scopes: &[String]) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), profile.user_id().into());
    let has = |scope: &str| scopes.iter().any(|granted| granted == scope);
    for (name, scope) in STANDARD {
        let property = match name {
            "phone_number_verified" => "phone_verified",
            name => name,
        };
        let value = profile.0.get(property).or_else(|| profile.0.get(name));
        if let Some(value) = value.filter(|value| has(scope) && !value.is_null()) {
            claims.insert(name.to_owned(), value.clone());
        }
    }
    if claims.contains_key("email") {
        claims.entry("email_verified").or_insert(Value::Bool(false));
    }
    claims
}

/// The claims of an ID token that Actions set beyond the standard ones: the userinfo endpoint says them, too (semantics
/// 2.3).
pub fn set_by_actions(id_token: &Map<String, Value>) -> Map<String, Value> {
    let is_custom = |name: &str| matches!(ClaimName::of(name), ClaimName::Namespaced | ClaimName::Private);
    let custom = id_token.iter().filter(|(name, _)| is_custom(name));
    custom
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn custom_claims_are_those_that_neither_issuer_nor_standard_defines() {
        let id_token = json!({
            "iss": "https://id.example/", "sub": "auth0|1", "sid": "s", "name": "Ada", "email": "a@b.example",
            "https://x.example/team": ["a"], "urn:x:level": 3, "plan": "gold",
        });
        let said = set_by_actions(id_token.as_object().unwrap());
        assert_eq!(
            Value::Object(said),
            json!({"https://x.example/team": ["a"], "urn:x:level": 3, "plan": "gold"})
        );
    }

    #[test]
    fn scopes_select_what_is_said() {
        let profile = json!({
            "user_id": "auth0|1", "email": "ada@example.org", "name": "Ada", "picture": null, "phone_number": "+49 1",
            "phone_verified": true, "app_metadata": {"secret": 1},
        });
        let profile: Profile = serde_json::from_value(profile).unwrap();
        let said = |scopes: &[&str]| {
            let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            Value::Object(userinfo(&profile, &scopes))
        };
        assert_eq!(said(&["openid"]), json!({"sub": "auth0|1"}));
        assert_eq!(
            said(&["openid", "email"]),
            json!({"sub": "auth0|1", "email": "ada@example.org", "email_verified": false})
        );
        assert_eq!(said(&["profile"]), json!({"sub": "auth0|1", "name": "Ada"}));
        assert_eq!(
            said(&["phone"]),
            json!({"sub": "auth0|1", "phone_number": "+49 1", "phone_number_verified": true})
        );
    }
}
