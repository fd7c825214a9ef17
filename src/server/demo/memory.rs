//! What the demo remembers, until the server ends: the last logins, and what the example application began.

use super::story::Story;
use crate::secret::Secret;
use crate::store::SessionId;
use crate::tenant::Profile;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the demo remembers.
#[derive(Default)]
pub(in crate::server) struct Demo(Mutex<Memory>);

#[derive(Default)]
pub(super) struct Memory {
    stories: VecDeque<Story>,
    begun: VecDeque<Begun>,
    met: VecDeque<(SessionId, Profile)>,
}

/// A login that the example application or service provider began, and has no answer to yet.
pub(super) struct Begun {
    /// `state`, or `RelayState`.
    pub state: String,
    /// The value of the cookie of the browser in which it began.
    pub browser: String,
    pub client_id: String,
    /// The PKCE verifier, for OpenID Connect.
    pub verifier: Option<Secret<String>>,
}

/// How many stories are remembered.
const STORIES: usize = 50;
/// How many logins may be under way.
const BEGUN: usize = 200;

impl Demo {
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// The stories, the last one first.
    pub fn stories(&self) -> impl Iterator<Item = &Story> {
        self.stories.iter()
    }

    /// The last story that fits.
    pub fn find(&mut self, fits: impl Fn(&Story) -> bool) -> Option<&mut Story> {
        self.stories.iter_mut().find(|story| fits(story))
    }

    /// Remembers a story, in the place of the oldest one where there are many.
    pub fn add(&mut self, story: Story) {
        self.stories.truncate(STORIES - 1);
        self.stories.push_front(story);
    }

    /// Who the user of a session was before the Actions ran.
    pub fn meet(&mut self, session: SessionId, person: Profile) {
        self.met.truncate(STORIES - 1);
        self.met.push_front((session, person));
    }

    pub fn met(&self, session: SessionId) -> Option<Profile> {
        let found = self.met.iter().find(|(met, _)| *met == session);
        found.map(|(_, person)| person.clone())
    }

    pub fn begin(&mut self, begun: Begun) {
        self.begun.truncate(BEGUN - 1);
        self.begun.push_front(begun);
    }

    /// The login that this browser began with this state; it counts once.
    pub fn take_begun(&mut self, state: &str, browser: Option<&str>) -> Option<Begun> {
        let is_it = |begun: &Begun| begun.state == state && browser == Some(&*begun.browser);
        let place = self.begun.iter().position(is_it)?;
        self.begun.remove(place)
    }
}
