//! A login at the token endpoint: there is no browser, so nobody can be sent anywhere or asked for anything.

use super::{Fault, refused};
use crate::flow::{ActionLog, End, FlowError, Login};
use crate::login::Finished;
use crate::oauth::{ErrorCode, OAuthError};
use crate::server::log;
use crate::server::login::decided_at_once;
use crate::server::site::Site;

/// Drives a login to its decision. `of_event` is the error of a login that the tenant does not let begin.
///
/// # Errors
/// The login cannot begin or go on; the client is not told what a tenant's administrator has to mend.
pub(super) fn decided(
    site: &Site,
    login: Login<'_>,
    of_event: ErrorCode,
) -> Result<(Finished, Vec<ActionLog>), Fault> {
    let decided = decided_at_once(site, login).map_err(|error| match error {
        FlowError::Event(error) => OAuthError::new(of_event, error.to_string()).into(),
        FlowError::Unavailable(unavailable) => Fault::Unavailable(unavailable),
        other => {
            log::line(&format!(
                "a login at the token endpoint cannot be carried out: {other}"
            ));
            refused(ErrorCode::ServerError, "the login cannot be carried out")
        }
    })?;
    match decided.end {
        End::Finished(finished) => Ok((*finished, decided.actions)),
        // The login itself sees to it that no login without a browser waits.
        End::Suspended(_) => Err(refused(
            ErrorCode::InteractionRequired,
            "the login asks for something that needs a browser",
        )),
    }
}
