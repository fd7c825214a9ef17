//! What was ended before its time: access tokens, and what they were given with.

use super::error::Stored;
use super::given_with::GivenWith;
use super::id::TokenId;
use crate::time::Moment;
use chrono::TimeDelta;

/// How long the end of a refresh family or of a session is remembered: as long as an access token may live at most, and a
/// day for logins that were under way.
pub const REMEMBERED: TimeDelta = TimeDelta::days(31);

/// Questions about access tokens that count no more though their time is not over.
pub trait Endings {
    /// Ends an access token before its time, which is `until`.
    ///
    /// # Errors
    /// The store does not answer.
    fn end_token(&self, token: &TokenId, until: Moment) -> Stored<()>;

    /// Whether somebody ended an access token, or what it was given with.
    ///
    /// # Errors
    /// The store does not answer.
    fn is_ended(&self, token: &TokenId, given_with: &GivenWith) -> Stored<bool>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::MAX_TOKEN_LIFETIME;

    #[test]
    fn an_end_is_remembered_longer_than_any_access_token_lives() {
        let most = TimeDelta::seconds(MAX_TOKEN_LIFETIME.into());
        assert_eq!(REMEMBERED, most + TimeDelta::days(1));
    }
}
