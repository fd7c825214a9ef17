//! Everything that answers requests: the tenant, its keys, its workers, its store.

use super::cookies::Cookies;
use crate::action::Pool;
use crate::egress::{Line, Terms};
use crate::flow::{Clock, Profiles, SystemClock, Unavailable};
use crate::keys::{KeyRing, StateKey};
use crate::login::{Kept, KeptError, Suspended};
use crate::runner::{BoundActions, Reach, ReachSettings, network_terms};
use crate::secret::Secret;
use crate::store::{Hidden, KeyNumber, Load, Loaded, NewUser, ServerKeys, Store, StoreError};
use crate::tenant::{Profile, Tenant};
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A tenant that is served.
pub struct Site {
    pub(super) tenant: Tenant,
    pub(super) keys: KeyRing,
    pool: Pool,
    network: Terms,
    pub(super) store: Box<dyn Store>,
    pub(super) server_keys: ServerKeys,
    pub(super) state_key: StateKey,
    clock: SystemClock,
    /// The public URL, with a slash at its end.
    pub(super) url: String,
    pub(super) cookies: Cookies,
}

/// A tenant that cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A setting cannot be had, or a file that it names.
    #[error("{}; {}", .0.what, .0.help)]
    Setting(Unavailable),
    /// A profile of `users.json` has no id.
    #[error("a user of users.json has no user_id, so nobody could log in as that user; add it")]
    UserWithoutId,
}

impl From<Unavailable> for SiteError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Setting(unavailable)
    }
}

impl Site {
    /// Serves `tenant` at the URL of its `[server] url`. Keys of the server are made of `state_key`; the users of the
    /// tenant are loaded as far as the store has never had them.
    ///
    /// # Errors
    /// The store does not answer, or a user has no id.
    pub fn new(
        tenant: Tenant,
        keys: KeyRing,
        pool: Pool,
        store: Box<dyn Store>,
        state_key: StateKey,
    ) -> Result<(Self, Loaded), SiteError> {
        let secret = URL_SAFE_NO_PAD
            .decode(state_key.mac(b"postlogin server secret"))
            .expect("what was encoded is decoded");
        let server_keys = ServerKeys::new(KeyNumber(1), &Secret::new(secret)).expect("a MAC has 32 bytes");
        let users = tenant.users.profiles().map(|profile| {
            let credentials = tenant
                .credentials
                .get(profile.user_id())
                .cloned()
                .unwrap_or_default();
            if profile.user_id().is_empty() {
                return Err(SiteError::UserWithoutId);
            }
            Ok(NewUser { profile, credentials })
        });
        let users = users.collect::<Result<_, _>>()?;
        let loaded = store.load_users(users, Load::New, SystemClock.now())?;
        let network = network_terms(
            &tenant,
            Reach {
                settings: ReachSettings::Count,
                allow: Vec::new(),
                line: Line::Open,
            },
        )?;
        let url = tenant.config.endpoints().issuer();
        let site = Self {
            clock: SystemClock,
            cookies: Cookies::of(&url),
            tenant,
            keys,
            pool,
            network,
            store,
            server_keys,
            state_key,
            url,
        };
        Ok((site, loaded))
    }

    /// The URL at which it is served, with a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The Actions that are bound now.
    ///
    /// # Errors
    /// A limit in `postlogin.toml` is none.
    pub(super) fn actions(&self) -> Result<BoundActions<'_>, Unavailable> {
        BoundActions::reaching(&self.tenant, &self.pool, Some(&self.network))
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// A connection, where the tenant defines it; any other one is that of the user's identity.
    pub(super) fn defined(&self, connection: Option<&String>) -> Option<String> {
        connection
            .filter(|name| self.tenant.connection(name).is_some())
            .cloned()
    }

    /// A login that waits, as it is kept.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn kept(&self, suspended: &Suspended) -> Result<String, KeptError> {
        suspended.to_kept(Some(&self.state_key))
    }

    /// A login that was kept.
    ///
    /// # Errors
    /// It was changed, is expired, or is of another form.
    pub(super) fn taken_up(&self, text: &str) -> Result<Suspended, KeptError> {
        Kept::open(text, Some(&self.state_key), self.now())?.into_suspended()
    }

    /// Encrypts what only this server reads again.
    pub(super) fn hide(&self, what: &[u8], content: &[u8]) -> Hidden {
        self.server_keys
            .hide(what, content, &mut crate::random::SystemRandom)
    }
}

/// The users of the store.
impl Profiles for Site {
    fn user(&self, user_id: &str) -> Result<Option<Profile>, Unavailable> {
        let user = self.store.stored_user(user_id)?;
        Ok(user.map(|user| user.profile))
    }
}
