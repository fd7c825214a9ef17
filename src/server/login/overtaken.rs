//! What becomes of a login whose session or user ended while it went on: nothing was kept, and nothing is issued.

use crate::login::Refusal;
use crate::store::Overtaken;
use crate::trace::Origin;

/// Why nothing is issued where session or user ended meanwhile.
pub(in crate::server) const OVERTAKEN: &str = "the session or the user ended while the login went on";

/// Why a login of this user does not go on.
pub(in crate::server) fn overtaken(overtaken: Overtaken, user_id: &str) -> Refusal {
    match overtaken {
        Overtaken::SessionEnded => session_ended(),
        Overtaken::UserBlocked => Refusal::Blocked,
        Overtaken::UserGone => Refusal::UserGone {
            user_id: user_id.to_owned(),
        },
    }
}

/// Why a login does not go on whose session has ended.
pub(in crate::server) fn session_ended() -> Refusal {
    Refusal::Revoke {
        reason: OVERTAKEN.to_owned(),
        origin: Origin::default(),
    }
}
