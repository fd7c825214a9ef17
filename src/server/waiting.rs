//! A login whose user is away: kept, and taken up once, in the browser that began it.

use super::received::Received;
use super::site::Site;
use super::wish::Wish;
use crate::flow::{Seen, Suspensions, Unavailable, Use};
use crate::login::{StateHash, Suspended};
use crate::store::{Bound, Hashed, NewLogin, Session, Taken, UserChange};
use crate::time::later;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::io;

/// A login that waits for its user. It is kept encrypted.
#[derive(Serialize, Deserialize)]
struct Waiting {
    wish: Wish,
    kept: String,
}

const WAITING: &[u8] = b"waiting login";
/// How long an answer from another site may take (semantics 6).
const AWAY: TimeDelta = TimeDelta::hours(1);

/// A login that waits, and the browser that has come back for it.
pub(super) struct Waited {
    pub wish: Wish,
    pub session: Session,
    pub browser: Hashed,
    pub resumed: Resumed,
}

/// A login that is taken up.
pub(super) struct Resumed {
    /// The id under which it was kept.
    id: Hashed,
    /// Its text.
    kept: String,
}

/// The login that waits under `state`; nothing where this browser did not begin it, or its session has ended.
///
/// # Errors
/// The store does not answer.
pub(super) fn waited(site: &Site, received: &Received, state: &str) -> Result<Option<Waited>, Unavailable> {
    let id = Hashed::of(state);
    let found = site.store.login(&id, site.now())?;
    let (Some(found), Some(browser)) = (found, site.cookies.browser(received)) else {
        return Ok(None);
    };
    let session = site.session_of(received)?;
    let Some(session) = session.filter(|_| found.bound_to == Bound::Browser(browser)) else {
        return Ok(None);
    };
    let content = site.server_keys.show(WAITING, &found.content);
    let waiting: Option<Waiting> = content.and_then(|content| serde_json::from_slice(content.reveal()).ok());
    Ok(waiting.map(|Waiting { wish, kept }| Waited {
        wish,
        session,
        browser,
        resumed: Resumed { id, kept },
    }))
}

/// Where a login waits, and that its answer counts once.
pub(super) struct Waits<'a> {
    pub site: &'a Site,
    pub wish: &'a Wish,
    pub user_id: &'a str,
    /// Whom the login is bound to.
    pub browser: Hashed,
    /// The login that is taken up; none where it begins.
    pub resumed: Option<&'a Resumed>,
}

impl Suspensions for Waits<'_> {
    fn keep(&self, suspended: &Suspended) -> Result<(), Unavailable> {
        let site = self.site;
        let now = site.now();
        let effects = suspended.pending_user_effects();
        if !effects.user_metadata.is_empty() || !effects.app_metadata.is_empty() {
            let change = UserChange {
                user_metadata: effects.user_metadata,
                app_metadata: effects.app_metadata,
                login: None,
            };
            site.store.change_user(self.user_id, change, now)?;
        }
        let waiting = Waiting {
            wish: self.wish.clone(),
            kept: site.kept(suspended).map_err(|error| unkept(&error.to_string()))?,
        };
        let content = serde_json::to_vec(&waiting).map_err(|error| unkept(&error.to_string()))?;
        site.store.add_login(NewLogin {
            id: Hashed::of(suspended.state()),
            bound_to: Bound::Browser(self.browser),
            content: site.hide(WAITING, &content),
            expires_at: later(now, AWAY),
        })?;
        Ok(())
    }

    fn take_up(&self) -> Result<Suspended, Unavailable> {
        let Resumed { kept, .. } = self.resumed.ok_or_else(|| unkept("there is none"))?;
        self.site
            .taken_up(kept)
            .map_err(|error| unkept(&error.to_string()))
    }
}

impl Seen for Waits<'_> {
    fn note(&self, _: &StateHash) -> io::Result<Use> {
        let Some(Resumed { id, .. }) = self.resumed else {
            return Ok(Use::First);
        };
        match self.site.store.take_login(id, self.site.now()) {
            Ok(Taken::Now) => Ok(Use::First),
            Ok(Taken::Before) => Ok(Use::Again),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

fn unkept(why: &str) -> Unavailable {
    Unavailable {
        what: format!("the login that waits cannot be kept or taken up: {why}"),
        help: "begin again at the application".to_owned(),
    }
}
