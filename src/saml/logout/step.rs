//! What the logout needs next.

use super::dispatch::Dispatch;
use super::report::Report;
use super::state::{Ending, Unseen, Waiting};

/// What the logout needs next.
#[derive(Debug)]
pub enum Step {
    /// The request is signed, so it must not come twice: note its ID and hand the occurrence to
    /// [`Unseen::proceed`].
    NoteId(Box<Unseen>),
    /// End the user's session, then go on with [`Ending::ended`].
    EndSession(Box<Ending>),
    /// Keep the [`Waiting`], then send the browser there with the message. The answer goes to
    /// [`Waiting::receive`].
    Send(Box<Dispatch>, Box<Waiting>),
    /// Send the browser back to who asked; the logout is over.
    Answer(Box<Dispatch>, Report),
    /// Nobody asked, so nobody is answered: a plain page with status 200. The logout is over.
    Finish(Report),
}
