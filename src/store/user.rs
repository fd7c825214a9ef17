//! Users: their profiles, what proves who they are, and the names by which they log in.

use super::error::Stored;
use super::id::Hashed;
use super::refresh::Change;
use super::session::EndedSession;
use crate::secret::Secret;
use crate::tenant::{Credentials, Profile};
use crate::time::{Moment, iso};
use serde_json::{Map, Value, json};

/// A user who is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewUser {
    /// The profile.
    pub profile: Profile,
    /// What proves who the user is.
    pub credentials: Credentials,
}

impl NewUser {
    /// The hash of the user as loaded, by which a later load says whether its file has changed.
    pub fn origin(&self) -> Hashed {
        let text = |members: &Map<String, Value>| serde_json::to_string(members).unwrap_or_default();
        let credentials = Secret::new(text(&self.credentials.0));
        Hashed::of_parts(&[&text(&self.profile.0), credentials.reveal()])
    }
}

/// What is done with users who are in the store, or were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// They stay as they are; one who was deleted stays deleted.
    New,
    /// They are replaced, and one who was deleted is there again. Statistics stay. Sessions and refresh families of one whose
    /// password is another one end: whoever knew the old one may have begun them.
    Replace,
}

/// What a load did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Users who are new.
    pub added: usize,
    /// Users who were replaced.
    pub replaced: usize,
    /// Users who stayed as they are, though their file is another than the one they were loaded from.
    pub differ: usize,
    /// Users who were deleted before, and stay so.
    pub deleted: usize,
}

/// A user in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredUser {
    /// The profile with `blocked`, `logins_count`, `last_login` and `last_ip` as they are now.
    pub profile: Profile,
    /// What proves who the user is.
    pub credentials: Credentials,
}

/// Changes of a user, made onto the row of that moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserChange {
    /// By top-level key; `null` deletes.
    pub user_metadata: Map<String, Value>,
    /// By top-level key; `null` deletes.
    pub app_metadata: Map<String, Value>,
    /// The login that is counted.
    pub login: Option<CountedLogin>,
}

/// A login that counts in the statistics of its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedLogin {
    /// The address that it came from.
    pub ip: String,
}

/// A user whom a machine client brings along with a login.
#[derive(Clone, Debug, PartialEq)]
pub struct BroughtUser {
    /// The user's id.
    pub user_id: String,
    /// Members of the profile; `null` takes one out, `user_metadata` is laid over by key.
    pub members: Map<String, Value>,
    /// The connection that the user comes over.
    pub connection: String,
    /// The provider of the identity of a user who is new.
    pub provider: String,
}

impl BroughtUser {
    /// The profile as it is once the user is in the store, and whether something is written for that. `known` is the profile
    /// that the store has.
    pub fn laid_over(&self, known: Option<Profile>, now: Moment) -> (Profile, Change) {
        let Some(mut profile) = known else {
            let mut profile = self.new_profile(now);
            profile.0.insert("logins_count".to_owned(), 0.into());
            return (profile, Change::Made);
        };
        let change = self.lay_over(&mut profile);
        if change == Change::Made {
            profile.0.insert("updated_at".to_owned(), iso(now).into());
        }
        (profile, change)
    }

    /// The profile of a user who is new.
    pub(super) fn new_profile(&self, now: Moment) -> Profile {
        let mut members = self.members.clone();
        members.retain(|_, value| !value.is_null());
        let id = self.user_id.split_once('|').map_or(&*self.user_id, |(_, id)| id);
        members.insert("user_id".to_owned(), self.user_id.as_str().into());
        members.insert("created_at".to_owned(), iso(now).into());
        members.insert("updated_at".to_owned(), iso(now).into());
        let identity = json!({
            "connection": self.connection, "provider": self.provider, "user_id": id, "isSocial": false,
        });
        members.insert("identities".to_owned(), Value::Array(vec![identity]));
        Profile(members)
    }

    /// Lays the members over a profile, and says whether that changes anything.
    pub(super) fn lay_over(&self, profile: &mut Profile) -> Change {
        let mut change = Change::Kept;
        for (name, value) in &self.members {
            let value = match (name.as_str(), value, profile.0.get(name)) {
                ("user_metadata", Value::Object(given), Some(Value::Object(known))) => {
                    let mut all = known.clone();
                    patch(&mut all, given.clone());
                    Value::Object(all)
                }
                _ => value.clone(),
            };
            let is_known = match profile.0.get(name) {
                Some(known) => *known == value,
                None => value.is_null(),
            };
            if is_known {
                continue;
            }
            change = Change::Made;
            if value.is_null() {
                profile.0.shift_remove(name);
            } else {
                profile.0.insert(name.clone(), value);
            }
        }
        change
    }
}

/// What became of a user who was brought along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// The user is blocked; nothing was changed.
    Blocked,
    /// The user was deleted, and stays so.
    Deleted,
    /// The user is in the store as they were brought along.
    There,
    /// The user belongs to another connection; nothing was changed.
    OfOtherConnection,
}

/// What a change of a user did, and the sessions that it ended.
#[derive(Clone, Debug)]
pub struct UserEnded {
    /// Whether the user was there and is otherwise now.
    pub change: Change,
    /// The sessions that ended, each with what has to be told.
    pub sessions: Vec<EndedSession>,
    /// How many refresh families ended.
    pub families: usize,
}

/// Questions about users.
pub trait Users {
    /// The user with this id.
    ///
    /// # Errors
    /// The store does not answer.
    fn stored_user(&self, user_id: &str) -> Stored<Option<StoredUser>>;

    /// Whether there was a user with this id, who was deleted.
    ///
    /// # Errors
    /// The store does not answer.
    fn was_deleted(&self, user_id: &str) -> Stored<bool>;

    /// The users whose e-mail address, user name, telephone number or id is `identifier`, whatever its case: in this
    /// connection, or in any.
    ///
    /// # Errors
    /// The store does not answer.
    fn users_named(&self, identifier: &str, connection: Option<&str>) -> Stored<Vec<StoredUser>>;

    /// Users in the order of their ids: up to `limit` of those after `after`.
    ///
    /// # Errors
    /// The store does not answer.
    fn users_after(&self, after: Option<&str>, limit: usize) -> Stored<Vec<StoredUser>>;

    /// Loads users, all or none.
    ///
    /// # Errors
    /// The store does not answer.
    fn load_users(&self, users: Vec<NewUser>, load: Load, now: Moment) -> Stored<Loaded>;

    /// Replaces what proves who the user is, if it is still `before`: a hash that was written anew must not undo a
    /// change of the password.
    ///
    /// # Errors
    /// The store does not answer.
    fn change_credentials(&self, user_id: &str, before: &Credentials, after: Credentials) -> Stored<Change>;

    /// Adds a user whom a machine client brings along, or lays the members over the profile of that moment.
    ///
    /// # Errors
    /// The store does not answer.
    fn bring_user(&self, user: BroughtUser, now: Moment) -> Stored<Brought>;

    /// Changes a user's metadata outside a closing: before the user leaves for another site.
    ///
    /// # Errors
    /// The store does not answer.
    fn change_user(&self, user_id: &str, change: UserChange, now: Moment) -> Stored<Change>;

    /// Blocks a user, and ends sessions and refresh families.
    ///
    /// # Errors
    /// The store does not answer.
    fn block_user(&self, user_id: &str, now: Moment) -> Stored<UserEnded>;

    /// Lets a user log in again.
    ///
    /// # Errors
    /// The store does not answer.
    fn unblock_user(&self, user_id: &str, now: Moment) -> Stored<Change>;

    /// Deletes a user, and ends sessions and refresh families. The id is not given to anybody again.
    ///
    /// # Errors
    /// The store does not answer.
    fn delete_user(&self, user_id: &str, now: Moment) -> Stored<UserEnded>;
}

/// A name by which a user logs in over one connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identifier {
    pub connection: String,
    /// In lower case.
    pub name: String,
}

/// The names by which this user logs in, each once: those of the profile over the first identity, those that a provider
/// gave over each other one, and the user's id over any.
pub(super) fn identifiers(profile: &Profile) -> Vec<Identifier> {
    let mut all = Vec::new();
    let identities = profile.0.get("identities").and_then(Value::as_array);
    for (place, identity) in identities.into_iter().flatten().enumerate() {
        let connection = identity
            .get("connection")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let given = identity.get("profileData").and_then(Value::as_object);
        let names = if place == 0 { Some(&profile.0) } else { given };
        for property in ["email", "username", "phone_number"] {
            let name = names
                .and_then(|names| names.get(property))
                .and_then(Value::as_str);
            all.extend(name.filter(|name| !name.is_empty()).map(|name| Identifier {
                connection: connection.to_owned(),
                name: name.to_lowercase(),
            }));
        }
        all.push(Identifier {
            connection: connection.to_owned(),
            name: profile.user_id().to_lowercase(),
        });
    }
    all.sort();
    all.dedup();
    all
}

/// `patch` laid over `map`, by top-level key; `null` deletes.
pub(super) fn patch(map: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (key, value) in patch {
        if value.is_null() {
            map.shift_remove(&key);
        } else {
            map.insert(key, value);
        }
    }
}

/// What a change makes of a profile.
pub(super) fn changed(profile: &mut Profile, change: &UserChange) {
    for (property, wished) in [
        ("user_metadata", &change.user_metadata),
        ("app_metadata", &change.app_metadata),
    ] {
        if wished.is_empty() {
            continue;
        }
        let place = profile
            .0
            .entry(property)
            .or_insert_with(|| Value::Object(Map::new()));
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        if let Value::Object(map) = place {
            patch(map, wished.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(json: Value) -> Profile {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_user_has_the_names_of_each_identity() {
        let profile = profile(json!({
            "user_id": "auth0|1", "email": "Ada@Example.org", "username": "ada",
            "identities": [
                {"connection": "db", "provider": "auth0", "user_id": "1"},
                {"connection": "partner", "provider": "samlp", "user_id": "a", "profileData": {"email": "ada@partner.example"}},
            ],
        }));
        let names: Vec<_> = identifiers(&profile)
            .into_iter()
            .map(|identifier| format!("{}:{}", identifier.connection, identifier.name))
            .collect();
        assert_eq!(
            names,
            [
                "db:ada",
                "db:ada@example.org",
                "db:auth0|1",
                "partner:ada@partner.example",
                "partner:auth0|1"
            ]
        );
    }

    #[test]
    fn a_change_replaces_the_keys_that_it_names_and_no_other() {
        let mut before = profile(json!({
            "user_id": "1", "app_metadata": {"a": {"deep": 1}, "b": 2}, "user_metadata": null,
        }));
        let change = UserChange {
            app_metadata: json!({"a": {"other": 1}, "b": null, "c": 3})
                .as_object()
                .unwrap()
                .clone(),
            user_metadata: json!({"x": 1}).as_object().unwrap().clone(),
            login: None,
        };
        changed(&mut before, &change);
        assert_eq!(before.0["app_metadata"], json!({"a": {"other": 1}, "c": 3}));
        assert_eq!(before.0["user_metadata"], json!({"x": 1}));
    }
}
