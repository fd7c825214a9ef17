//! A user: the profile, and apart from it what proves who the user is.

use super::exported::exported;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A user's profile as the import/export form holds it: every root property, identities with what the
/// provider gave. Passwords and the secrets of factors are kept apart, in [`Credentials`]; tokens of providers are in it,
/// so `Debug` shows the id and the names of the other properties.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Profile(pub Map<String, Value>);

impl fmt::Debug for Profile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.keys().collect();
        formatter
            .debug_struct("Profile")
            .field("user_id", &self.user_id())
            .field("properties", &names)
            .finish()
    }
}

impl Profile {
    /// `user_id`; empty where there is none.
    pub fn user_id(&self) -> &str {
        self.text("user_id").unwrap_or_default()
    }

    /// Whether the user is blocked, so that nothing may be issued for them.
    pub fn is_blocked(&self) -> bool {
        self.0.get("blocked") == Some(&Value::Bool(true))
    }

    /// The identity past the first that logs in as `user_id` (semantics 2.4): the accounts are linked.
    pub fn secondary_identity(&self, user_id: &str) -> Option<&Value> {
        let identities = self.0.get("identities").and_then(Value::as_array);
        identities.into_iter().flatten().skip(1).find(|identity| {
            let provider = identity
                .get("provider")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let id = match identity.get("user_id") {
                Some(Value::String(id)) => id.clone(),
                Some(Value::Number(id)) => id.to_string(),
                _ => return false,
            };
            user_id == format!("{provider}|{id}")
        })
    }

    /// One profile that has every property that any of `users` has, with the first value that is more than nothing.
    pub fn of_all(users: impl Iterator<Item = Self>) -> Self {
        let mut all = Map::new();
        for user in users {
            add(&mut all, &user.0);
        }
        Self(all)
    }

    /// A root property that is text.
    pub fn text(&self, property: &str) -> Option<&str> {
        self.0.get(property)?.as_str()
    }

    /// Name of the connection that the user belongs to: that of the first identity.
    pub fn connection(&self) -> Option<&str> {
        let identities = self.0.get("identities")?;
        identities.get(0)?.get("connection")?.as_str()
    }

    /// The strings of a root property that is an array.
    pub fn list(&self, property: &str) -> impl Iterator<Item = &str> {
        let items = self.0.get(property).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str)
    }
}

fn add(all: &mut Map<String, Value>, members: &Map<String, Value>) {
    for (name, value) in members {
        match (all.get_mut(name), value) {
            (None, value) => {
                all.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(inner)), Value::Object(more)) => add(inner, more),
            (Some(known), value) if !says_something(known) && says_something(value) => *known = value.clone(),
            _ => {}
        }
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// What proves who a user is. Never shown: `Debug` prints the members' names only.
#[derive(Clone, Default, PartialEq)]
pub struct Credentials(pub Map<String, Value>);

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

exported! {
    #[derive(Serialize)]
    /// One linked account.
    Identity {
        /// Connection name.
        #[serde(skip_serializing_if = "Option::is_none")]
        connection: Option<String>,
        /// Provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The user's id at the provider, text or number.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<Value>,
        /// Whether the provider is a social one.
        #[serde(rename = "isSocial", skip_serializing_if = "Option::is_none")]
        is_social: Option<bool>,
        /// The provider's profile.
        #[serde(rename = "profileData", skip_serializing_if = "Option::is_none")]
        profile_data: Option<Map<String, Value>>,
    }
}
