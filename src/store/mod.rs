//! What a server keeps: users, sessions, refresh families, codes, logins in progress, and what it has to remember.
//!
//! A [`Store`] answers questions of the domain, each a trait method: [`RefreshFamilies`], [`Sessions`], [`Users`],
//! [`Codes`], [`Endings`], [`Logins`], [`Memory`], [`Moments`], and [`Closings`], the one transaction that ends a login. Rules
//! stand in the types and are pure; [`Sqlite`] is the first implementation, and `tests` holds the questions that any implementation has to
//! answer in the same way.
//!
//! Nothing that is kept can be presented. Codes, states and cookies are kept as hashes ([`Hashed`]); a refresh token is
//! made of its family, a generation and a seal ([`RefreshToken`]), and is kept nowhere; a login in progress is hidden
//! ([`ServerKeys::hide`]). Ids of sessions and families are public and open nothing.
//!
//! Every question brings its own moment, so a test says what time it is.

mod bucket;
mod checked;
mod closing;
mod code;
mod endings;
mod error;
mod given_with;
mod id;
mod in_progress;
mod memory;
mod moments;
mod refresh;
mod refresh_token;
mod server_key;
mod session;
mod sqlite;
mod user;
mod whole;

#[cfg(test)]
mod tests;

pub use bucket::Bucket;
pub use checked::{Checked, Fault};
pub use closing::{Closed, Closing, Closings, Overtaken, SessionClosing};
pub use code::{CODE_LIFETIME, Code, Codes, NewCode, Redeemed, Redemption};
pub use endings::{Endings, REMEMBERED};
pub use error::{StoreError, Stored};
pub use given_with::GivenWith;
pub use id::{FamilyId, Hashed, NoId, SessionId, TokenId};
pub use in_progress::{Bound, LoginInProgress, Logins, NewLogin, Taken};
pub use memory::{ConsentPlace, Failures, IdUse, Memory, UsedId};
pub use moments::{Moments, SetBack};
pub use refresh::{
    Change, Family, FamilyEnd, FamilyGrant, FamilySession, NewFamily, RefreshFamilies, Refreshing, Rotation,
    Stale, Standing, Turn, Turned,
};
pub use refresh_token::{Generation, RefreshToken};
pub use server_key::{Hidden, KeyNumber, ServerKeys, ShortSecret, derived_key};
pub use session::{
    EndedSession, Families, Holder, NewHolder, NewSession, PresentedCookie, Session, SessionChange,
    SessionParticipant, SessionUser, Sessions, seen_at_least_every,
};
pub use sqlite::Sqlite;
pub use user::{
    Brought, BroughtUser, CountedLogin, Load, Loaded, NewUser, StoredUser, UserChange, UserEnded, Users,
};
pub use whole::Store;
