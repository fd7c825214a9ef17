//! A login whose user is away: kept, and taken up once, by whoever began it.

use crate::flow::{Seen, Suspensions, Unavailable, Use};
use crate::keys::secret_handle;
use crate::login::{Kept, StateHash, Suspended};
use crate::server::site::Site;
use crate::store::{Bound, Brought, BroughtUser, Hashed, NewLogin, Taken, UserChange};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;

/// A login that waits for its user. It is kept encrypted.
#[derive(Serialize, Deserialize)]
struct Waiting<C> {
    carried: C,
    kept: String,
    /// The secrets of the calls so far, which `kept` has as handles: an Action may have got one that the tenant does not
    /// name, or does not name any more when the user comes back.
    secrets: Vec<String>,
    /// How many of the calls so far the user's profile has.
    written: usize,
}

const WAITING: &[u8] = b"waiting login";

/// A login that waits, for which somebody has come back.
pub(in crate::server) struct Waited<C> {
    /// What was kept with the login.
    pub carried: C,
    pub resumed: Resumed,
}

/// A login that is taken up.
pub(in crate::server) struct Resumed {
    /// The id under which it was kept.
    id: Hashed,
    /// Its text.
    kept: String,
    /// The secrets of its calls.
    secrets: Vec<String>,
    /// How many of its calls the user's profile has.
    written: usize,
}

impl<C: DeserializeOwned> Waited<C> {
    /// The login that waits under `state`; nothing where it is not bound to `bound_to`.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn find(site: &Site, state: &str, bound_to: &Bound) -> Result<Option<Self>, Unavailable> {
        let id = Hashed::of(state);
        let found = site.store.login(&id, site.now())?;
        let found = found.filter(|found| found.bound_to == *bound_to);
        let content = found.and_then(|found| site.seals.server_keys.show(WAITING, &found.content));
        let waiting: Option<Waiting<C>> =
            content.and_then(|content| serde_json::from_slice(content.reveal()).ok());
        Ok(waiting.map(|waiting| Self {
            carried: waiting.carried,
            resumed: Resumed {
                id,
                kept: waiting.kept,
                secrets: waiting.secrets,
                written: waiting.written,
            },
        }))
    }
}

impl Resumed {
    /// The login as it was kept.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub fn suspended(&self, site: &Site) -> Result<Suspended, Unavailable> {
        let find = |handle: &Value| {
            let mut secrets = self.secrets.iter();
            secrets.find(|secret| secret_handle(secret) == *handle).cloned()
        };
        let mut kept = Kept::open(&self.kept, Some(&site.seals.state_key), site.now())
            .map_err(|error| unkept(&error.to_string()))?;
        for call in kept.calls_mut() {
            call.restore(&find).map_err(|error| unkept(&error.to_string()))?;
        }
        kept.into_suspended().map_err(|error| unkept(&error.to_string()))
    }
}

/// Where a login waits, and that its answer counts once.
pub(super) struct Waits<'a, C> {
    pub site: &'a Site,
    /// What is kept with it.
    pub carried: &'a C,
    /// Whom the login is bound to.
    pub bound_to: &'a Bound,
    /// The user who was brought along with the login.
    pub brought: Option<&'a BroughtUser>,
    /// The login that is taken up; none where it begins.
    pub resumed: Option<&'a Resumed>,
}

impl<C: Serialize> Suspensions for Waits<'_, C> {
    /// The metadata that Actions asked for is written to the profile before the user leaves (semantics 1.2).
    fn keep(&self, suspended: &Suspended) -> Result<(), Unavailable> {
        let site = self.site;
        let written = self.resumed.map_or(0, |resumed| resumed.written);
        let waiting = Waiting {
            written: suspended.written_calls(written),
            carried: self.carried,
            kept: suspended
                .to_kept(Some(&site.seals.state_key))
                .map_err(|error| unkept(&error.to_string()))?,
            secrets: suspended
                .recorded()
                .iter()
                .filter_map(|recorded| recorded.call.secret().map(str::to_owned))
                .collect(),
        };
        let content = serde_json::to_vec(&waiting).map_err(|error| unkept(&error.to_string()))?;
        let login = NewLogin {
            id: Hashed::of(suspended.state()),
            bound_to: self.bound_to.clone(),
            content: site.hide(WAITING, &content),
            expires_at: suspended.expires_at(),
        };
        let effects = suspended.unwritten_user_effects(written);
        let change = UserChange {
            user_metadata: effects.user_metadata,
            app_metadata: effects.app_metadata,
            login: None,
        };
        if let Some(brought) = self.brought
            && site.store.bring_user(brought.clone(), site.now())? != Brought::There
        {
            // Blocked or deleted meanwhile, or somebody else's by now: the same call is refused for that when it comes again.
            return Err(unkept("the user is another one than when the login began"));
        }
        let user_id = suspended.event().user.user_id.clone();
        site.store.suspend_login(login, (user_id, change), site.now())?;
        Ok(())
    }

    fn take_up(&self) -> Result<Suspended, Unavailable> {
        self.resumed
            .ok_or_else(|| unkept("there is none"))?
            .suspended(self.site)
    }
}

impl<C> Seen for Waits<'_, C> {
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
    Unavailable::new(
        format!("the login that waits cannot be kept or taken up: {why}"),
        "begin again at the application",
    )
}
