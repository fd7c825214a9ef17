//! The users of a tenant: there may be a hundred thousand, and a login needs one.

use super::profile::Profile;
use std::fmt;
use std::sync::OnceLock;

/// The users of a tenant, in order. Each is kept as the text of its JSON, and becomes a [`Profile`] when it is asked
/// for.
#[derive(Clone, Default)]
pub struct Users(Vec<User>);

#[derive(Clone)]
struct User {
    id: Box<str>,
    address: Option<Box<str>>,
    json: Box<str>,
    profile: OnceLock<Box<Profile>>,
}

impl Users {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a user behind the others.
    pub fn push(&mut self, profile: &Profile) {
        self.0.push(User {
            id: profile.user_id().into(),
            address: profile.text("email").map(Into::into),
            json: serde_json::to_string(profile).unwrap_or_default().into(),
            profile: OnceLock::new(),
        });
    }

    /// The user with this id.
    pub fn by_id(&self, id: &str) -> Option<&Profile> {
        self.0.iter().find(|user| *user.id == *id).map(User::profile)
    }

    /// Everybody with this address, whatever its case.
    pub fn by_address(&self, address: &str) -> Vec<&Profile> {
        let asked = address.to_lowercase();
        let has_address = |user: &&User| {
            let address = user.address.as_deref();
            address.is_some_and(|address| address.to_lowercase() == asked)
        };
        self.0.iter().filter(has_address).map(User::profile).collect()
    }

    /// The address of each user, or the id where there is none.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .map(|user| user.address.as_deref().unwrap_or(&user.id))
    }

    /// Everybody, one after the other; none is kept.
    pub fn profiles(&self) -> impl Iterator<Item = Profile> {
        self.0.iter().map(User::read)
    }
}

impl User {
    fn profile(&self) -> &Profile {
        self.profile.get_or_init(|| Box::new(self.read()))
    }

    fn read(&self) -> Profile {
        // It was written from a profile.
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

impl FromIterator<Profile> for Users {
    fn from_iter<I: IntoIterator<Item = Profile>>(profiles: I) -> Self {
        let mut users = Self::default();
        profiles.into_iter().for_each(|profile| users.push(&profile));
        users
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.0.iter().map(|user| &user.id);
        formatter.debug_list().entries(ids).finish()
    }
}
