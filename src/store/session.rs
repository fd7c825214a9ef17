//! Sessions of browsers, and of machines that log people in by `POST /api/issue`.
//!
//! The id is public and stays. The cookie is drawn anew at each login, factor and change of user, and only its hash is
//! kept.

use super::bucket::Bucket;
use super::error::Stored;
use super::id::{Hashed, SessionId};
use super::refresh::Change;
use crate::command::CookieMode;
use crate::event::Device;
use crate::random::Random;
use crate::saml::logout::Participant;
use crate::secret::Secret;
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Map, Value};

/// A session that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Its id, which is public.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: String,
    /// Who holds it.
    pub holder: Holder,
    /// When it began.
    pub created_at: Moment,
    /// When the user last proved who they are.
    pub authenticated_at: Moment,
    /// When it was last used, as far as that is written down: not more often than [`SEEN_AT_LEAST_EVERY`].
    pub last_seen: Moment,
    /// When it ends unless it is used.
    pub idle_until: Moment,
    /// When it ends whatever happens.
    pub ends_at: Moment,
    /// How the browser keeps the cookie.
    pub cookie_mode: CookieMode,
    /// `event.authentication.methods`: `{name, timestamp}`.
    pub methods: Vec<Value>,
    /// `event.session.metadata`
    pub metadata: Map<String, Value>,
    /// Where it was first and last used.
    pub device: Device,
    /// The connection that the user came over.
    pub connection: Option<String>,
    /// The applications that it logged in to, in the order of their first login.
    pub clients: Vec<String>,
}

/// Who holds a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A browser, by its cookie.
    Browser,
    /// The machine client with this id, by the session's id.
    Machine(String),
}

/// A session that begins.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSession {
    /// Its id, whose bucket is that of `ends_at`.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: String,
    /// Who holds it.
    pub held_by: NewHolder,
    /// When it ends unless it is used.
    pub idle_until: Moment,
    /// When it ends whatever happens.
    pub ends_at: Moment,
    /// How the browser keeps the cookie.
    pub cookie_mode: CookieMode,
    /// How the user proved who they are.
    pub methods: Vec<Value>,
    /// Where it begins.
    pub device: Device,
    /// The connection that the user came over.
    pub connection: Option<String>,
}

impl NewSession {
    /// The session that it is from `now` on.
    pub fn begun(&self, now: Moment) -> Session {
        Session {
            id: self.id,
            user_id: self.user_id.clone(),
            holder: match &self.held_by {
                NewHolder::Browser(_) => Holder::Browser,
                NewHolder::Machine(client) => Holder::Machine(client.clone()),
            },
            created_at: now,
            authenticated_at: now,
            last_seen: now,
            idle_until: self.idle_until,
            ends_at: self.ends_at,
            cookie_mode: self.cookie_mode,
            methods: self.methods.clone(),
            metadata: Map::new(),
            device: self.device.clone(),
            connection: self.connection.clone(),
            clients: Vec::new(),
        }
    }
}

/// Who holds a session that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewHolder {
    /// A browser, with the cookie of this hash.
    Browser(Hashed),
    /// The machine client with this id.
    Machine(String),
}

/// What becomes of the refresh families of a session that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Families {
    /// They end with it, and so do its codes that were not used yet.
    End,
    /// They outlive it.
    Stay,
}

/// An application that a session logged in to.
#[derive(Clone, Debug)]
pub enum SessionParticipant {
    /// An application that got tokens.
    Client(String),
    /// A service provider, with the NameID and SessionIndex of its assertion.
    ServiceProvider(Box<Participant>),
}

impl SessionParticipant {
    /// The id of the application.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Client(id) => id,
            Self::ServiceProvider(participant) => &participant.application.client_id,
        }
    }
}

/// A session that was ended, with all that has to be told of it.
#[derive(Clone, Debug)]
pub struct EndedSession {
    /// Its id.
    pub id: SessionId,
    /// Whose it was.
    pub user_id: String,
    /// Who took part.
    pub participants: Vec<SessionParticipant>,
}

/// Who logged in within a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// Who proved who they are.
    pub authenticated: String,
    /// Whose session it is from now on, where `setPrimaryUser` named another user.
    pub primary: Option<String>,
}

impl SessionUser {
    /// Whose the session is from now on.
    pub fn owner(&self) -> &str {
        self.primary.as_deref().unwrap_or(&self.authenticated)
    }

    /// Whether a session of this user is one in which the login may end. Meanwhile it may have become another user's.
    pub fn may_end_in_session_of(&self, user_id: &str) -> bool {
        user_id == self.authenticated || user_id == self.owner()
    }
}

/// Changes of a session, all of which are made onto the row of that moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionChange {
    /// Who logged in, where the change is what a login leaves behind.
    pub user: Option<SessionUser>,
    /// A new cookie in the place of the one before.
    pub cookie: Option<Hashed>,
    /// When the user proved who they are.
    pub authenticated_at: Option<Moment>,
    /// From now on the session ends at this moment unless it is used.
    pub idle_until: Option<Moment>,
    /// An earlier end than the one it had.
    pub ends_at: Option<Moment>,
    /// How the browser keeps the cookie.
    pub cookie_mode: Option<CookieMode>,
    /// Methods to be added; one of the same name is replaced.
    pub methods: Vec<Value>,
    /// By key; `null` deletes.
    pub metadata: Map<String, Value>,
    /// Address and user agent of the last use.
    pub device: Device,
}

/// Questions about sessions. What a login does to its session is closed by [`Closings`](super::Closings).
pub trait Sessions {
    /// The session of this cookie, if it has not ended.
    ///
    /// # Errors
    /// The store does not answer.
    fn session_of(&self, cookie: &PresentedCookie, now: Moment) -> Stored<Option<Session>>;

    /// The session with this id, if it has not ended.
    ///
    /// # Errors
    /// The store does not answer.
    fn session(&self, id: &SessionId, now: Moment) -> Stored<Option<Session>>;

    /// The sessions of a user that have not ended, oldest first.
    ///
    /// # Errors
    /// The store does not answer.
    fn sessions_of_user(&self, user_id: &str, now: Moment) -> Stored<Vec<Session>>;

    /// Who takes part in a session, in the order of their first login.
    ///
    /// # Errors
    /// The store does not answer.
    fn participants(&self, id: &SessionId) -> Stored<Vec<SessionParticipant>>;

    /// Begins a session. Where `after` is the session of another user in the same browser, that one ends first, and is
    /// given back.
    ///
    /// # Errors
    /// The store does not answer.
    fn begin_session(
        &self,
        session: NewSession,
        after: Option<&SessionId>,
        now: Moment,
    ) -> Stored<Option<EndedSession>>;

    /// Changes a session, which says whether it was still there.
    ///
    /// # Errors
    /// The store does not answer.
    fn change_session(&self, id: &SessionId, change: SessionChange, now: Moment) -> Stored<Change>;

    /// Ends a session with its access tokens, with or without its refresh families.
    ///
    /// # Errors
    /// The store does not answer.
    fn end_session(&self, id: &SessionId, families: Families, now: Moment) -> Stored<Option<EndedSession>>;

    /// Ends all sessions of a user at once, with or without their refresh families.
    ///
    /// # Errors
    /// The store does not answer.
    fn end_sessions_of_user(
        &self,
        user_id: &str,
        families: Families,
        now: Moment,
    ) -> Stored<Vec<EndedSession>>;
}

/// How late `last_seen` and the idle end may be: what is fresher is not written again.
pub fn seen_at_least_every(idle: TimeDelta) -> TimeDelta {
    (idle / 100).max(SEEN_AT_LEAST_EVERY)
}

/// The shortest time after which a use of a session is written down.
pub const SEEN_AT_LEAST_EVERY: TimeDelta = TimeDelta::seconds(60);

/// A session's cookie as the browser brings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PresentedCookie {
    /// The bucket of its session.
    pub bucket: Bucket,
    /// The hash of the whole cookie.
    pub hash: Hashed,
}

impl PresentedCookie {
    /// The cookie with this value; nothing where no server of ours could have set it.
    pub fn read(value: &str) -> Option<Self> {
        let bytes: [u8; COOKIE_BYTES] = URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()?;
        let (bucket, _) = bytes.split_first_chunk()?;
        Some(Self {
            bucket: Bucket::from_bytes(*bucket),
            hash: Hashed::of(bytes),
        })
    }

    /// A new cookie for a session of this bucket, and its value for the browser.
    pub fn draw(bucket: Bucket, random: &mut dyn Random) -> (Self, Secret<String>) {
        let mut bytes = [0; COOKIE_BYTES];
        bytes[..4].copy_from_slice(&bucket.to_bytes());
        random.fill(&mut bytes[4..]);
        let cookie = Self {
            bucket,
            hash: Hashed::of(bytes),
        };
        (cookie, Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }
}

/// The bucket and 256 random bits.
const COOKIE_BYTES: usize = 4 + 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_cookie_is_read_as_it_was_drawn_and_a_changed_one_is_another() {
        let (cookie, value) = PresentedCookie::draw(Bucket::NEVER, &mut SeededRandom::new("cookie"));
        assert_eq!(PresentedCookie::read(value.reveal()), Some(cookie));
        let mut changed = value.reveal().clone();
        changed.replace_range(..1, "B");
        assert_ne!(PresentedCookie::read(&changed), Some(cookie));
        for wrong in [
            "",
            "x",
            &value.reveal()[1..],
            &format!("{}A", value.reveal()),
            "\u{0}",
        ] {
            assert_eq!(PresentedCookie::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_use_is_written_down_at_most_once_a_minute() {
        assert_eq!(seen_at_least_every(TimeDelta::minutes(10)), TimeDelta::minutes(1));
        assert_eq!(
            seen_at_least_every(TimeDelta::days(3)),
            TimeDelta::minutes(43) + TimeDelta::seconds(12)
        );
    }
}
