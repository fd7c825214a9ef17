//! The users of a tenant: there may be a hundred thousand, and a login needs one.

use super::profile::Profile;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

/// The users of a tenant, in order. Each is kept as the text of its JSON, and becomes a [`Profile`] when it is asked
/// for.
#[derive(Clone, Default)]
pub struct Users {
    /// The id, the address and the JSON of each user, one behind the other: many small texts of their own would leave
    /// the memory in pieces.
    text: String,
    all: Vec<User>,
}

#[derive(Clone)]
struct User {
    id: Range<usize>,
    address: Option<Range<usize>>,
    json: Range<usize>,
    profile: OnceLock<Box<Profile>>,
}

impl Users {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a user behind the others.
    pub fn push(&mut self, profile: &Profile) {
        let user = User {
            id: self.keep(profile.user_id()),
            address: profile.text("email").map(|address| self.keep(address)),
            json: self.keep(&serde_json::to_string(profile).unwrap_or_default()),
            profile: OnceLock::new(),
        };
        self.all.push(user);
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    /// The user with this id.
    pub fn by_id(&self, id: &str) -> Option<&Profile> {
        let user = self.all.iter().find(|user| self.text[user.id.clone()] == *id)?;
        Some(self.profile(user))
    }

    /// Everybody with this address, whatever its case.
    pub fn by_address(&self, address: &str) -> Vec<&Profile> {
        let asked = address.to_lowercase();
        let has_address = |user: &&User| {
            let address = user.address.clone();
            address.is_some_and(|address| self.text[address].to_lowercase() == asked)
        };
        let theirs = self.all.iter().filter(has_address);
        theirs.map(|user| self.profile(user)).collect()
    }

    /// The address of each user, or the id where there is none.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let name = |user: &User| user.address.clone().unwrap_or_else(|| user.id.clone());
        self.all.iter().map(move |user| &self.text[name(user)])
    }

    /// Everybody, one after the other; none is kept.
    pub fn profiles(&self) -> impl Iterator<Item = Profile> {
        self.all.iter().map(|user| self.read(user))
    }

    fn profile<'u>(&self, user: &'u User) -> &'u Profile {
        user.profile.get_or_init(|| Box::new(self.read(user)))
    }

    fn read(&self, user: &User) -> Profile {
        // It was written from a profile.
        serde_json::from_str(&self.text[user.json.clone()]).unwrap_or_default()
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
        let ids = self.all.iter().map(|user| &self.text[user.id.clone()]);
        formatter.debug_list().entries(ids).finish()
    }
}
