//! The plain surroundings: the users of the tenant folder, the system's clock, no place to keep a login.

use super::error::Unavailable;
use super::surroundings::{Clock, Organizations, Profiles, Seen, Suspensions, Use};
use crate::event::{EventConnection, EventError};
use crate::login::{Refusal, StateHash, Suspended};
use crate::tenant::{LetsIn, Organization, Profile, Tenant};
use crate::time::Moment;
use chrono::Utc;
use std::io;

/// The users of `users.json`.
impl Profiles for Tenant {
    fn user(&self, user_id: &str) -> Result<Option<Profile>, Unavailable> {
        Ok(self.user_by_id(user_id).cloned())
    }
}

/// As an export is tried out, which has no members: who names no organization is let in to any.
impl Organizations for Tenant {
    fn turned_away(
        &self,
        user: &Profile,
        organization: &Organization,
        connection: &EventConnection,
    ) -> Result<Option<Refusal>, EventError> {
        let is_of_some = user.list("organizations").next().is_some();
        let comes_in = organization.lets_in(&connection.name, Some(&connection.id)) == LetsIn::Everybody;
        if !is_of_some || comes_in || organization.has_member(user) {
            return Ok(None);
        }
        Err(EventError::NotAMember {
            user_id: user.user_id().to_owned(),
            organization: organization.name.clone(),
        })
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
