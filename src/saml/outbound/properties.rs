//! The profile as claims see it: the user's, with the custom claims that Actions set on the ID token in the place of
//! properties of the same name (semantics 15.3).

use super::attribute::{AttributeValue, AttributeValues};
use crate::tenant::Profile;
use crate::token::{Joins, ProfileClaim};
use foldhash::quality::RandomState;
use indexmap::IndexMap;
use serde_json::Value;
use smallvec::{SmallVec, smallvec};

/// The profile as claims see it.
#[derive(Clone, Debug)]
pub(super) struct Properties<'a> {
    profile: &'a Profile,
    client_id: &'a str,
    claims: IndexMap<&'a str, &'a Value, RandomState>,
}

impl<'a> Properties<'a> {
    /// The properties of `profile` and those of `claims` that join it.
    pub fn new(profile: &'a Profile, client_id: &'a str, claims: &[ProfileClaim<'a>]) -> Self {
        let joining = claims.iter().filter(|claim| claim.joins == Joins::Yes);
        Self {
            profile,
            client_id,
            claims: joining
                .filter_map(|claim| Some((claim.name, claim.value?)))
                .collect(),
        }
    }

    /// The names, none twice.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        let own = self.profile.0.keys().map(String::as_str);
        let added = self.claims.keys().copied();
        let added = added.filter(|name| !self.profile.0.contains_key(*name));
        let client_id = self.value(CLIENT_ID).is_none().then_some(CLIENT_ID);
        own.chain(added).chain(client_id)
    }

    /// Whether the property is there and not null.
    pub fn has(&self, path: &str) -> bool {
        self.value(path).is_some_and(|value| !value.is_null())
    }

    /// Whether the property is there and null.
    pub fn is_null(&self, path: &str) -> bool {
        self.value(path).is_some_and(Value::is_null)
    }

    /// The values of a top-level property, else of a dotted path.
    pub fn values(&self, path: &str) -> AttributeValues<'a> {
        match self.value(path) {
            Some(value) => AttributeValue::from_profile(path, value),
            None if path == CLIENT_ID => smallvec![AttributeValue::from_text(self.client_id)],
            None => SmallVec::new(),
        }
    }

    /// The claim that the property, or the dotted path, reads.
    pub fn claim_of(&self, path: &str) -> Option<&'a str> {
        let claim = |name: &str| self.claims.get_key_value(name).map(|(name, _)| *name);
        if let Some(name) = claim(path) {
            return Some(name);
        }
        if self.profile.0.contains_key(path) {
            return None;
        }
        claim(path.split_once('.')?.0)
    }

    /// The first identity of the user's own profile: no claim says how the user logged in.
    pub fn default_identity(&self) -> Option<&'a Value> {
        self.profile.0.get("identities")?.get(0)
    }

    fn value(&self, path: &str) -> Option<&'a Value> {
        let property = |name: &str| {
            let claim = self.claims.get(name).copied();
            claim.or_else(|| self.profile.0.get(name))
        };
        if let Some(value) = property(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(property(first)?, Value::get)
    }
}

/// Profile property of the application's id; the platform keeps it in the profile of a login.
pub(super) const CLIENT_ID: &str = "clientID";
