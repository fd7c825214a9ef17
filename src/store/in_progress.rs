//! Logins in progress: what a browser comes back for, under the hash of a random id.
//!
//! What they hold is hidden ([`Hidden`]), because a login that waits has its state and its code in it.

use super::error::Stored;
use super::id::Hashed;
use super::server_key::Hidden;
use super::user::UserChange;
use crate::time::Moment;

/// A login that begins, or waits.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLogin {
    /// The hash of its id, or of the `state` that its answer brings back.
    pub id: Hashed,
    /// Who may go on with it.
    pub bound_to: Bound,
    /// What it is, hidden.
    pub content: Hidden,
    /// From when nobody goes on with it.
    pub expires_at: Moment,
}

/// Who may go on with a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The browser whose login cookie has this hash.
    Browser(Hashed),
    /// The machine client with this id.
    Machine(String),
}

/// A login in progress.
#[derive(Clone, Debug, PartialEq)]
pub struct LoginInProgress {
    /// Who may go on with it.
    pub bound_to: Bound,
    /// What it is, hidden.
    pub content: Hidden,
    /// How often it was changed, so that of two that change it at once one does.
    pub version: u32,
    /// From when nobody goes on with it.
    pub expires_at: Moment,
}

/// Questions about logins in progress.
pub trait Logins {
    /// Keeps a login.
    ///
    /// # Errors
    /// The store does not answer.
    fn add_login(&self, login: NewLogin) -> Stored<()>;

    /// Keeps a login whose user leaves, and what the profile must show before that, together.
    ///
    /// # Errors
    /// The store does not answer.
    fn suspend_login(&self, login: NewLogin, user: (String, UserChange), now: Moment) -> Stored<()>;

    /// The login with this id. Whether the one who asks may go on with it is for the caller to compare.
    ///
    /// # Errors
    /// The store does not answer.
    fn login(&self, id: &Hashed, now: Moment) -> Stored<Option<LoginInProgress>>;

    /// Puts other content in the place of what was read as `version`.
    ///
    /// # Errors
    /// The store does not answer.
    fn change_login(&self, id: &Hashed, version: u32, content: Hidden) -> Stored<Taken>;

    /// Takes a login away, so that its answer is used: of several that take it at once one does.
    ///
    /// # Errors
    /// The store does not answer.
    fn take_login(&self, id: &Hashed, now: Moment) -> Stored<Taken>;
}

/// Who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The one who asks.
    Now,
    /// Somebody else, or nobody: it is not there.
    Before,
}
