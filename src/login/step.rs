//! What a login needs next.

use super::primary_user::LoadingUser;
use super::running::Running;
use super::settle::Finished;
use super::suspended::Suspended;

/// What the login needs next.
#[derive(Debug)]
pub enum Step {
    /// Look this user up and hand the profile to [`LoadingUser::found`].
    LoadUser(LoadingUser),
    /// Run this Action and hand its report to [`Running::report`].
    Run(Running),
    /// The user is away; keep this ([`Suspended::to_kept`]) until the answer comes.
    Suspend(Box<Suspended>),
    /// The login is over.
    Finish(Box<Finished>),
}
