//! What is remembered for a while: consents, used ids, failed attempts, the cache of Actions.

use super::error::Stored;
use super::id::Hashed;
use crate::command::Cache;
use crate::flow::Use;
use crate::time::Moment;
use chrono::TimeDelta;

/// What a used id was used for: the same text may be an id of several kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdUse {
    /// `jti` of an assertion with which a client authenticated (RFC 7523 section 3).
    ClientAssertion,
    /// The ID of a SAML request that was answered: the login for it came to its end.
    SamlAnswer,
    /// The ID of a SAML request that was signed, and came.
    SamlRequest,
}

/// An id that is used, and by whom it was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedId {
    /// What it is used for.
    pub used_for: IdUse,
    /// Who drew it.
    pub issuer: String,
    /// The id.
    pub id: String,
    /// Until when it has to be remembered.
    pub until: Moment,
}

/// What an application gets with a user's consent. The userinfo endpoint is the empty audience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentPlace<'a> {
    /// Who consents.
    pub user_id: &'a str,
    /// The application.
    pub client_id: &'a str,
    /// The API.
    pub audience: &'a str,
}

/// Questions about what is remembered.
pub trait Memory {
    /// The scopes that the user has consented to, which may be none; nothing where the user has not consented.
    ///
    /// # Errors
    /// The store does not answer.
    fn consented(&self, place: &ConsentPlace<'_>) -> Stored<Option<Vec<String>>>;

    /// Adds scopes to those that the user has consented to.
    ///
    /// # Errors
    /// The store does not answer.
    fn consent(&self, place: &ConsentPlace<'_>, scopes: &[String], now: Moment) -> Stored<()>;

    /// Notes that an id of `issuer` was used, and until when that has to be remembered. Of several that note the same one
    /// at once, one is the first.
    ///
    /// # Errors
    /// The store does not answer.
    fn use_id(&self, used_for: IdUse, issuer: &str, id: &str, until: Moment, now: Moment) -> Stored<Use>;

    /// What noting this id would find.
    ///
    /// # Errors
    /// The store does not answer.
    fn id_use(&self, used_for: IdUse, issuer: &str, id: &str, now: Moment) -> Stored<Use>;

    /// Counts a failed attempt, and says how many there have been since the first of this row of them. A row ends when
    /// nothing fails for `window`.
    ///
    /// # Errors
    /// The store does not answer.
    fn count_failure(&self, of: &Hashed, window: TimeDelta, now: Moment) -> Stored<u32>;

    /// Adds `debt` to what is owed, which is paid off as time goes by, and says from when nothing is owed any more.
    ///
    /// # Errors
    /// The store does not answer.
    fn owe(&self, of: &Hashed, debt: TimeDelta, now: Moment) -> Stored<Moment>;

    /// How many attempts have failed in a row, and until when they count, or something is owed.
    ///
    /// # Errors
    /// The store does not answer.
    fn failures(&self, of: &Hashed, now: Moment) -> Stored<Option<Failures>>;

    /// Forgets failed attempts.
    ///
    /// # Errors
    /// The store does not answer.
    fn forget_failures(&self, of: &Hashed) -> Stored<()>;

    /// The cache that the Actions share.
    ///
    /// # Errors
    /// The store does not answer.
    fn action_cache(&self, now: Moment) -> Stored<Cache>;
}

/// Attempts that failed in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// Until when they count.
    pub until: Moment,
}
