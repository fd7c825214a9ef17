//! A store as the login that is driven needs it: it finds the users, keeps the login while its user is away, and sees to
//! it that one answer gives one login.

use super::error::StoreError;
use super::id::Hashed;
use super::in_progress::{Bound, NewLogin, Taken};
use super::server_key::ServerKeys;
use super::user::UserChange;
use super::whole::Store;
use crate::command::Call;
use crate::flow::{Clock, Profiles, Seen, Suspensions, Unavailable, Use};
use crate::login::{Kept, KeptError, StateHash, Suspended};
use crate::random::Random;
use crate::tenant::Profile;
use std::cell::RefCell;
use std::io;

/// The store for one login. It is [`Profiles`], [`Suspensions`] and [`Seen`] of a [`Flow`](crate::flow::Flow).
pub struct Driven<'a> {
    /// The store.
    pub store: &'a dyn Store,
    /// What hides a login that waits.
    pub keys: &'a ServerKeys,
    /// Who may go on with the login.
    pub bound_to: Bound,
    /// The `state` that came back; absent where a login begins.
    pub state: Option<&'a str>,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// For initialisation vectors.
    pub random: RefCell<&'a mut dyn Random>,
    /// Puts secrets back into calls that were kept with handles ([`Call::restore`]).
    pub restore: &'a dyn Fn(&mut [Call]) -> Result<(), Unavailable>,
}

impl Profiles for Driven<'_> {
    fn user(&self, user_id: &str) -> Result<Option<Profile>, Unavailable> {
        let user = self.store.stored_user(user_id).map_err(|error| away(&error))?;
        Ok(user.map(|user| user.profile))
    }
}

impl Suspensions for Driven<'_> {
    /// The metadata that Actions asked for is written to the profile before the user leaves (semantics 1.2).
    fn keep(&self, suspended: &Suspended) -> Result<(), Unavailable> {
        let id = Hashed::of(suspended.state());
        let text = suspended.to_kept(None).map_err(|error| unusable(&error))?;
        let mut random = self.random.borrow_mut();
        let login = NewLogin {
            id,
            bound_to: self.bound_to.clone(),
            content: self.keys.hide(id.as_bytes(), text.as_bytes(), &mut **random),
            expires_at: suspended.expires_at(),
        };
        let pending = suspended.pending_user_effects();
        let change = UserChange {
            user_metadata: pending.user_metadata,
            app_metadata: pending.app_metadata,
            login: None,
        };
        let user_id = suspended.event().user.user_id.clone();
        self.store
            .suspend_login(login, (user_id, change), self.clock.now())
            .map_err(|error| away(&error))?;
        Ok(())
    }

    fn take_up(&self) -> Result<Suspended, Unavailable> {
        let now = self.clock.now();
        let id = Hashed::of(self.state.unwrap_or_default());
        let login = self.store.login(&id, now).map_err(|error| away(&error))?;
        // Somebody else's login is as good as none, and stays for its own browser.
        let login = login
            .filter(|login| login.bound_to == self.bound_to)
            .ok_or_else(unknown)?;
        let text = self
            .keys
            .show(id.as_bytes(), &login.content)
            .ok_or_else(unknown)?;
        let text = str::from_utf8(text.reveal()).map_err(|_| unknown())?;
        let mut kept = Kept::open(text, None, now).map_err(|error| unusable(&error))?;
        (self.restore)(kept.calls_mut())?;
        kept.into_suspended().map_err(|error| unusable(&error))
    }
}

impl Seen for Driven<'_> {
    fn note(&self, state: &StateHash) -> io::Result<Use> {
        let id = Hashed::from(state);
        match self.store.take_login(&id, self.clock.now()) {
            Ok(Taken::Now) => Ok(Use::First),
            Ok(Taken::Before) => Ok(Use::Again),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

fn away(error: &StoreError) -> Unavailable {
    Unavailable {
        what: error.to_string(),
        help: error.help().to_owned(),
    }
}

fn unknown() -> Unavailable {
    Unavailable {
        what: "the login cannot be resumed (invalid_request): its state is unknown, was used before, or belongs to another \
               browser"
            .to_owned(),
        help: BEGIN_AGAIN.to_owned(),
    }
}

fn unusable(error: &KeptError) -> Unavailable {
    Unavailable {
        what: error.to_string(),
        help: BEGIN_AGAIN.to_owned(),
    }
}

const BEGIN_AGAIN: &str = "start the login again from the application";
