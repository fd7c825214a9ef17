//! The plain surroundings: the users of the tenant folder, the system's clock, no place to keep a login.

use super::error::Unavailable;
use super::surroundings::{Clock, Profiles, Seen, Suspensions, Use};
use crate::login::{StateHash, Suspended};
use crate::tenant::{Profile, Tenant};
use crate::time::Moment;
use chrono::Utc;
use std::io;

/// The users of `users.json`.
impl Profiles for Tenant {
    fn user(&self, user_id: &str) -> Result<Option<Profile>, Unavailable> {
        Ok(self.user_by_id(user_id).cloned())
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        #[expect(
            clippy::disallowed_methods,
            reason = "the edge: here the clock becomes an argument"
        )]
        Utc::now()
    }
}

/// A clock that stands still.
impl Clock for Moment {
    fn now(&self) -> Moment {
        *self
    }
}

/// Keeps nothing: a suspended login is in the outcome alone, and no login can be resumed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Suspensions for Nowhere {
    fn keep(&self, _: &Suspended) -> Result<(), Unavailable> {
        Ok(())
    }

    fn take_up(&self) -> Result<Suspended, Unavailable> {
        Err(Unavailable::new(
            "no kept login can be read: the program keeps none",
            "start the login from the application",
        ))
    }
}

impl Seen for Nowhere {
    fn note(&self, _: &StateHash) -> io::Result<Use> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
