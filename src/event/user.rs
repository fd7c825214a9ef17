//! What of a profile an Action may see.

use super::User;
use crate::command::factor_spelling;
use crate::json::lenient;
use crate::tenant::Profile;
use serde_json::{Map, Value, json};

/// `event.user` of a profile (semantics 5.3): identities without the provider's tokens, metadata always
/// objects, factors as the two lists that Actions know, and every further root property but the internal
/// ones.
pub fn user_of(profile: &Profile) -> User {
    let mut members = profile.0.clone();
    let factors = factors(members.get("mfa_factors"));
    for name in INTERNAL {
        members.shift_remove(*name);
    }
    for metadata in ["user_metadata", "app_metadata"] {
        if !members.get(metadata).is_some_and(Value::is_object) {
            members.insert(metadata.to_owned(), json!({}));
        }
    }
    hide_tokens(&mut members);
    if !factors.iter().all(|factor| factor == "email") {
        members
            .entry("multifactor")
            .or_insert_with(|| json!(["guardian"]));
    }
    let enrolled = factors.iter().map(|factor| json!({"type": factor})).collect();
    members.entry("enrolledFactors").or_insert(Value::Array(enrolled));
    // What has the wrong type was reported when the profile was read.
    let (user, _) = lenient(Value::Object(members));
    user.unwrap_or_default()
}

/// Takes the tokens that providers gave out of the identities.
pub(super) fn hide_tokens(user: &mut Map<String, Value>) {
    let identities = user.get_mut("identities").and_then(Value::as_array_mut);
    for identity in identities.into_iter().flatten().filter_map(Value::as_object_mut) {
        for token in TOKENS {
            identity.shift_remove(*token);
        }
    }
}

/// Puts the tokens of `known` back into the identities of `profile` that are the same accounts.
pub(super) fn restore_tokens(profile: &mut Profile, known: &Profile) {
    let account = |identity: &Value| {
        (
            identity.get("provider").cloned(),
            identity.get("user_id").cloned(),
        )
    };
    let known: Vec<&Value> = known
        .0
        .get("identities")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .collect();
    let identities = profile.0.get_mut("identities").and_then(Value::as_array_mut);
    for identity in identities.into_iter().flatten() {
        let Some(same) = known.iter().find(|known| account(known) == account(identity)) else {
            continue;
        };
        let Some(identity) = identity.as_object_mut() else {
            continue;
        };
        for token in TOKENS {
            if let Some(value) = same.get(*token) {
                identity.entry(*token).or_insert_with(|| value.clone());
            }
        }
    }
}

/// Factor types of `mfa_factors`: `{"totp": {...}}` as the import form has it, `{"type": "otp"}`, or the
/// bare name.
fn factors(mfa_factors: Option<&Value>) -> Vec<String> {
    let kind = |factor: &Value| {
        let name = match factor {
            Value::String(name) => name.as_str(),
            Value::Object(members) => match members.get("type") {
                Some(kind) => kind.as_str()?,
                None => members.keys().next()?.as_str(),
            },
            _ => return None,
        };
        Some(factor_spelling(name).to_owned())
    };
    let factors = mfa_factors.and_then(Value::as_array).into_iter().flatten();
    factors.filter_map(kind).collect()
}

/// Root properties of an exported user that no Action sees.
const INTERNAL: &[&str] = &[
    "_id",
    "blocked",
    "blocked_for",
    "custom_password_hash",
    "last_ip",
    "last_login",
    "logins_count",
    "mfa_factors",
    "organizations",
    "password",
    "passwordHash",
    "password_hash",
    "roles",
];

const TOKENS: &[&str] = &[
    "access_token",
    "access_token_secret",
    "refresh_token",
    "expires_in",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(value: Value) -> Profile {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_action_sees_no_tokens_passwords_or_internal_members() {
        let user = user_of(&profile(json!({
            "user_id": "auth0|1",
            "password_hash": "x", "blocked": false, "logins_count": 3, "roles": ["a"],
            "upn": "ada@corp", "groups": ["g"],
            "user_metadata": null,
            "identities": [{"provider": "oidc", "user_id": 7, "access_token": "t", "refresh_token": "r", "isSocial": true}]
        })));
        let shown = serde_json::to_value(&user).unwrap();
        assert_eq!(
            shown,
            json!({
                "user_id": "auth0|1",
                "email_verified": false,
                "user_metadata": {},
                "app_metadata": {},
                "identities": [{"provider": "oidc", "user_id": 7, "isSocial": true}],
                "enrolledFactors": [],
                "upn": "ada@corp",
                "groups": ["g"]
            })
        );
    }

    #[test]
    fn factors_become_the_two_lists() {
        let user = user_of(&profile(json!({
            "user_id": "auth0|1",
            "mfa_factors": [{"totp": {}}, {"phone": {"value": "+15550100"}}, {"type": "webauthn-roaming"}, "email"]
        })));
        let kinds: Vec<_> = user
            .enrolled_factors
            .unwrap()
            .into_iter()
            .map(|factor| factor.kind)
            .collect();
        assert_eq!(kinds, ["otp", "phone", "webauthn-roaming", "email"]);
        assert_eq!(user.multifactor.unwrap(), ["guardian"]);
        let only_email = user_of(&profile(json!({"user_id": "1", "mfa_factors": ["email"]})));
        assert_eq!(only_email.multifactor, None);
    }

    #[test]
    fn tokens_are_put_back_into_the_same_account_only() {
        let known =
            profile(json!({"identities": [{"provider": "oidc", "user_id": "1", "access_token": "t"}]}));
        let mut merged = profile(
            json!({"identities": [{"provider": "oidc", "user_id": "2"}, {"provider": "oidc", "user_id": "1"}]}),
        );
        restore_tokens(&mut merged, &known);
        assert_eq!(merged.0["identities"][0].get("access_token"), None);
        assert_eq!(merged.0["identities"][1]["access_token"], "t");
    }
}
