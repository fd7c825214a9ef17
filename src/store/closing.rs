//! The one transaction that ends a login or an exchange.

use super::code::NewCode;
use super::error::Stored;
use super::id::SessionId;
use super::memory::UsedId;
use super::refresh::{FamilyEnd, NewFamily, Turn, Turned};
use super::session::{EndedSession, Families, NewSession, SessionChange, SessionParticipant};
use super::user::{BroughtUser, UserChange};
use crate::command::CacheRecord;
use crate::time::Moment;
use indexmap::IndexMap;

/// All that a login or an exchange leaves behind, kept whole or not at all. It is made after the last Action has run, and
/// before anything is signed: a crash in between is a lost reply.
#[derive(Clone, Debug)]
pub struct Closing {
    /// When it is made.
    pub now: Moment,
    /// An exchange: it decides first whether the rest is kept.
    pub turn: Option<Turn>,
    /// What becomes of the family of an exchange that an Action refused by `refreshToken.revoke`.
    pub end_family: Option<(super::id::FamilyId, FamilyEnd)>,
    /// The user whom a machine client brought along with the login: added, or changed, before anything else is kept.
    pub brought: Option<BroughtUser>,
    /// The request that is answered: one that was answered before is not answered again.
    pub answers: Option<UsedId>,
    /// The session that began with the login, and when.
    pub begun: Option<(NewSession, Moment)>,
    /// The session of the login, and what becomes of it.
    pub session: Option<(SessionId, SessionClosing)>,
    /// The user who logged in, and what becomes of the profile.
    pub user: Option<(String, UserChange)>,
    /// Records of the Actions' cache that were set, or deleted (`None`).
    pub cache: IndexMap<String, Option<CacheRecord>>,
    /// The code that the application gets.
    pub code: Option<NewCode>,
    /// The refresh family that is born without a code.
    pub family: Option<NewFamily>,
}

/// What a login does to its session.
#[derive(Clone, Debug)]
pub enum SessionClosing {
    /// It goes on, changed.
    Change {
        /// How.
        change: Box<SessionChange>,
        /// The application that logged in.
        participant: Option<SessionParticipant>,
    },
    /// It ends.
    End(Families),
}

impl Closing {
    /// One that leaves nothing behind.
    pub fn at(now: Moment) -> Self {
        Self {
            now,
            turn: None,
            end_family: None,
            brought: None,
            answers: None,
            begun: None,
            session: None,
            user: None,
            cache: IndexMap::new(),
            code: None,
            family: None,
        }
    }
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum Closed {
    /// The request was answered meanwhile: nothing was kept, and nothing may be issued.
    Answered,
    /// All of it was kept.
    Kept {
        /// The exchange, where it was one.
        turned: Option<Turned>,
        /// The session that was ended.
        ended: Option<EndedSession>,
    },
    /// Somebody else was first, or the token counts no more: nothing else was kept.
    Lost(Turned),
    /// The session or the user is not there any more, or the user is blocked: nothing was kept, and nothing may be issued.
    Overtaken(Overtaken),
}

/// What happened while the Actions ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overtaken {
    /// The session ended, or is another user's.
    SessionEnded,
    /// The user was blocked.
    UserBlocked,
    /// The user was deleted.
    UserGone,
}

/// The question with which a login or an exchange ends.
pub trait Closings {
    /// Keeps what a login or an exchange leaves behind: the exchange first, then the session, then the user.
    ///
    /// # Errors
    /// The store does not answer: nothing was kept, and nothing may be issued.
    fn close(&self, closing: Closing) -> Stored<Closed>;
}
