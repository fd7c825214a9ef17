//! Refresh families: all refresh tokens that one login led to, as one row.
//!
//! A family is rotated by one conditional write on the generation that was presented. Whoever comes second with the same
//! token within the leeway gets the same successor, so a lost reply or two tabs log nobody out, and a family never forks.

use super::error::Stored;
use super::id::{FamilyId, SessionId};
use super::refresh_token::Generation;
use super::server_key::KeyNumber;
use super::session::Session;
use crate::event::Device;
use crate::tenant::Profile;
use crate::time::{Moment, later};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A refresh family.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// Its id, which is public.
    pub id: FamilyId,
    /// The server's secret that it was born with.
    pub key: KeyNumber,
    /// The generation of the token that counts.
    pub generation: Generation,
    /// When its token was last exchanged, or a new one was given.
    pub turned_at: Moment,
    /// When it was born.
    pub created_at: Moment,
    /// Until when its token has to be used.
    pub idle_until: Option<Moment>,
    /// When it ends whatever happens.
    pub ends_at: Option<Moment>,
    /// Why it was ended before its time.
    pub ended: Option<FamilyEnd>,
    /// Whether each exchange gives a new token.
    pub rotation: Rotation,
    /// The application that it was given to.
    pub client_id: String,
    /// Whose it is.
    pub user_id: String,
    /// The session that it was born in.
    pub session: FamilySession,
    /// What its tokens may be exchanged for.
    pub grant: FamilyGrant,
    /// `event.refresh_token.metadata`
    pub metadata: Map<String, Value>,
    /// Where it was first and last used.
    pub device: Device,
}

/// What the tokens of a family may be exchanged for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FamilyGrant {
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// The identifier of the API, where the access token was for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The id of the organization that the user logged in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The connection that the user came over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// How the user proved who they are: `event.authentication.methods` of the login.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Value>,
    /// When, in epoch seconds; absent where the login had no session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticated_at: Option<i64>,
}

/// The session of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilySession {
    /// This one, as long as it is there.
    In(SessionId),
    /// It was born in no session: by a password grant, or at the API.
    None,
    /// The session ended, and the family was to stay.
    Outlived(SessionId),
}

impl FamilySession {
    /// The id of the session that it was born in.
    pub fn id(&self) -> Option<SessionId> {
        match self {
            Self::In(id) | Self::Outlived(id) => Some(*id),
            Self::None => None,
        }
    }
}

/// Whether each exchange gives a new token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// The first token stays.
    Fixed,
    /// Each exchange gives a new one, and the one before counts no more.
    Rotating,
}

/// Why a family was ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FamilyEnd {
    /// The code that it came from was presented a second time.
    CodeReused,
    /// Its user got another password.
    PasswordChanged,
    /// A token came again after its successor had been used.
    Reused,
    /// An Action, the application or an administrator revoked it.
    Revoked,
    /// Its session was ended.
    SessionEnded,
    /// Its user was blocked.
    UserBlocked,
    /// Its user was deleted.
    UserDeleted,
}

/// A family that is born.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFamily {
    /// Its id, whose bucket is that of `ends_at`.
    pub id: FamilyId,
    /// The server's secret that its tokens are sealed with.
    pub key: KeyNumber,
    /// Until when its token has to be used.
    pub idle_until: Option<Moment>,
    /// When it ends whatever happens.
    pub ends_at: Option<Moment>,
    /// Whether each exchange gives a new token.
    pub rotation: Rotation,
    /// The application that it is given to.
    pub client_id: String,
    /// Whose it is.
    pub user_id: String,
    /// The session that it is born in.
    pub session: Option<SessionId>,
    /// What its tokens may be exchanged for.
    pub grant: FamilyGrant,
    /// What Actions set at its birth.
    pub metadata: Map<String, Value>,
    /// Where it is born.
    pub device: Device,
}

/// Everything that an exchange has to know, read at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Refreshing {
    /// The family.
    pub family: Family,
    /// Its session, where that is still there and has not ended.
    pub session: Option<Session>,
    /// Its user, where that is still there; `blocked` is in the profile.
    pub user: Option<Profile>,
}

/// An exchange that comes to its end: the first thing that the closing transaction does.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The family.
    pub family: FamilyId,
    /// The generation of the token that was presented.
    pub presented: Generation,
    /// Whose the family is from now on, where `setPrimaryUser` named another user.
    pub primary_user: Option<String>,
    /// How long after a rotation the token before still gets the same successor.
    pub leeway: TimeDelta,
    /// Until when the family's token has to be used from now on.
    pub idle_until: Option<Moment>,
    /// An earlier end than the one it had.
    pub ends_at: Option<Moment>,
    /// Changes of the metadata; `null` deletes.
    pub metadata: Map<String, Value>,
    /// Address and user agent of this exchange.
    pub device: Device,
}

/// What became of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// The token that counts now has this generation, and what the Actions asked for was kept.
    Now(Generation),
    /// Somebody else exchanged the same token just before, and got the token of this generation: so does this exchange.
    /// What its Actions asked for was not kept.
    Already(Generation),
    /// The token counts no more.
    Refused(Stale),
}

/// Why a token of a family counts no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// The family has not come to this generation: an older copy of the store was put back.
    Ahead,
    /// The family was ended before its time.
    Ended(FamilyEnd),
    /// The family's time is over.
    Expired,
    /// The family is not there (any more).
    Gone,
    /// The token is older than the one before, while the last rotation is fresh: a late copy of an honest request. The
    /// family lives.
    Late,
    /// The token came again after its successor: the family has been ended.
    Reused,
}

/// What a presented generation is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the one that counts.
    Counts,
    /// It is the one before, within the leeway: its successor is given again.
    JustBefore(Generation),
    /// It is worth nothing.
    Stale(Stale),
}

impl Family {
    /// Whether it has neither ended nor expired.
    pub fn lives(&self, now: Moment) -> bool {
        self.ended.is_none() && !self.is_over(now)
    }

    /// When a token of it was exchanged last; nothing where none was.
    pub fn last_exchange(&self) -> Option<Moment> {
        (self.turned_at > self.created_at).then_some(self.turned_at)
    }

    /// What a token of generation `presented` is worth at `now`. [`Stale::Reused`] means that the family has to be ended.
    pub fn standing(&self, presented: Generation, leeway: TimeDelta, now: Moment) -> Standing {
        if let Some(end) = self.ended {
            return Standing::Stale(Stale::Ended(end));
        }
        if self.is_over(now) {
            return Standing::Stale(Stale::Expired);
        }
        let is_fresh = now < later(self.turned_at, leeway);
        if presented == self.generation {
            Standing::Counts
        } else if presented > self.generation {
            Standing::Stale(Stale::Ahead)
        } else if !is_fresh {
            Standing::Stale(Stale::Reused)
        } else if presented.next() == self.generation {
            Standing::JustBefore(self.generation)
        } else {
            Standing::Stale(Stale::Late)
        }
    }

    /// Whether its time is over at `now`.
    pub fn is_over(&self, now: Moment) -> bool {
        let over = |end: Option<Moment>| end.is_some_and(|end| end <= now);
        over(self.ends_at) || over(self.idle_until)
    }
}

/// Questions about refresh families. Exchanges are closed by [`Closings`](super::Closings).
pub trait RefreshFamilies {
    /// What an exchange has to know of the family, its session and its user.
    ///
    /// # Errors
    /// The store does not answer.
    fn refreshing(&self, family: &FamilyId, now: Moment) -> Stored<Option<Refreshing>>;

    /// The families of a user that have not ended.
    ///
    /// # Errors
    /// The store does not answer.
    fn families_of(&self, user_id: &str, now: Moment) -> Stored<Vec<Family>>;

    /// Keeps a family that is born outside a login: by a password grant.
    ///
    /// # Errors
    /// The store does not answer.
    fn add_family(&self, family: NewFamily, now: Moment) -> Stored<()>;

    /// Ends a family with its access tokens; nothing happens where it has ended before. Says whether it ended it now.
    ///
    /// # Errors
    /// The store does not answer.
    fn end_family(&self, family: &FamilyId, why: FamilyEnd, now: Moment) -> Stored<Change>;

    /// Ends all families of a user at once, with their access tokens, and tells those that had not ended.
    ///
    /// # Errors
    /// The store does not answer.
    fn end_families_of(&self, user_id: &str, why: FamilyEnd, now: Moment) -> Stored<Vec<Family>>;
}

/// Whether something was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is as it was.
    Kept,
    /// It was changed now.
    Made,
}

impl Change {
    /// Of a statement that changed so many rows.
    pub(super) fn of_rows(rows: usize) -> Self {
        if rows == 0 { Self::Kept } else { Self::Made }
    }
}
