//! Authorization codes: sixty seconds, one use, and a second use ends what the first gave.

use super::error::Stored;
use super::id::{FamilyId, Hashed, SessionId, TokenId};
use super::refresh::NewFamily;
use super::server_key::Hidden;
use crate::time::Moment;
use chrono::TimeDelta;

/// How long a code may be presented (RFC 9700 section 2.1.1 asks for a short time).
pub const CODE_LIFETIME: TimeDelta = TimeDelta::seconds(60);

/// A code that is given to an application.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCode {
    /// The hash of the code.
    pub hash: Hashed,
    /// The application that it is given to.
    pub client_id: String,
    /// Whose login it ends.
    pub user_id: String,
    /// The session of the login.
    pub session: Option<SessionId>,
    /// What it stands for, hidden.
    pub content: Hidden,
    /// From when it counts no more.
    pub expires_at: Moment,
}

/// A code that is presented.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The application that it was given to.
    pub client_id: String,
    /// Whose login it ended.
    pub user_id: String,
    /// The session of the login.
    pub session: Option<SessionId>,
    /// What it stands for, hidden.
    pub content: Hidden,
    /// From when it counts no more.
    pub expires_at: Moment,
}

/// What a code is exchanged for, so that a second use can end it.
#[derive(Clone, Debug, PartialEq)]
pub struct Redemption {
    /// The refresh family that is born, if one is.
    pub family: Option<NewFamily>,
    /// The access token, and until when it would be valid.
    pub token: Option<(TokenId, Moment)>,
}

/// What became of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was used before: what it gave then has been ended.
    Again {
        /// The family that was ended now.
        family: Option<FamilyId>,
    },
    /// It was used now, for the first time.
    First,
    /// There is no such code, its time is over, or its user is blocked or no longer there.
    Unknown,
}

/// Questions about authorization codes.
pub trait Codes {
    /// Keeps a code.
    ///
    /// # Errors
    /// The store does not answer.
    fn add_code(&self, code: NewCode) -> Stored<()>;

    /// The code with this hash, used or not. Whoever presents it is asked for more before it is used
    /// ([`Codes::redeem`]).
    ///
    /// # Errors
    /// The store does not answer.
    fn code(&self, hash: &Hashed, now: Moment) -> Stored<Option<Code>>;

    /// Uses a code. Of several that use it at once one is the first; any other ends what that one got.
    ///
    /// # Errors
    /// The store does not answer.
    fn redeem(&self, hash: &Hashed, redemption: Redemption, now: Moment) -> Stored<Redeemed>;
}
