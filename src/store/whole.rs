//! A store as a whole.

use super::checked::Checked;
use super::closing::Closings;
use super::code::Codes;
use super::endings::Endings;
use super::error::Stored;
use super::in_progress::Logins;
use super::memory::Memory;
use super::moments::Moments;
use super::refresh::RefreshFamilies;
use super::session::Sessions;
use super::user::Users;
use crate::time::Moment;

/// Everything that a server keeps.
pub trait Store:
    Closings + Codes + Endings + Logins + Memory + Moments + RefreshFamilies + Sessions + Users + Send + Sync
{
    /// Whether what belongs together is there, and how much there is.
    ///
    /// # Errors
    /// The store does not answer.
    fn check(&self, now: Moment) -> Stored<Checked>;

    /// Whether people can log in with what is there: it is opened as if for the first time, written (the latest moment), and
    /// what was written is found in it.
    ///
    /// # Errors
    /// Why not.
    fn is_ready(&self, now: Moment) -> Stored<()>;
}
