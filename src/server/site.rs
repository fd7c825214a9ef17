//! Everything that answers requests: the tenant, its keys, its workers, its store.

use super::admission::Admission;
use super::authority::Authority;
use super::clock::WatchedClock;
use super::cookies::Cookies;
use super::demo::{self, Demo};
use super::hash_pool::HashPool;
use super::known_tokens::KnownTokens;
use super::metrics::Metrics;
use super::passwords::Passwords;
use super::published::Publications;
use super::seals::Seals;
use super::tls::Tls;
use super::turns::Turns;
use super::views::{BadTemplate, Templates};
use crate::action::{Limits, Load as WorkerLoad, Pool};
use crate::egress::{Line, Terms};
use crate::event::{EventConnection, EventError};
use crate::flow::{Organizations, Profiles, Unavailable};
use crate::keys::KeyRing;
use crate::login::Refusal;
use crate::oauth;
use crate::runner::{self, BoundActions, Reach, ReachSettings, ReadyActions, Workers, network_terms};
use crate::store::{Hidden, Load, Loaded, NewUser, Store, StoreError};
use crate::tenant::{Organization, Profile, Tenant};
use crate::time::Moment;
use ipnet::IpNet;
use std::sync::Arc;

/// A tenant that is served, as its folder was at one moment. What outlives a reload is shared with the site before and the
/// one after.
#[derive(Clone)]
pub struct Site {
    pub(super) tenant: Arc<Tenant>,
    pub(super) keys: Arc<KeyRing>,
    pool: Arc<Pool>,
    ready: Arc<ReadyActions>,
    limits: Limits,
    network: Terms,
    /// With what https is spoken; a proxy does where there is nothing.
    pub(super) tls: Option<Tls>,
    pub(super) store: Arc<dyn Store>,
    pub(super) seals: Seals,
    pub(super) passwords: Passwords,
    pub(super) admission: Arc<Admission>,
    pub(super) templates: Arc<Templates>,
    pub(super) metrics: Arc<Metrics>,
    /// It outlives a reload, too.
    clock: Arc<WatchedClock>,
    /// The public URL, with a slash at its end.
    pub(super) url: String,
    pub(super) authority: Arc<Authority>,
    pub(super) cookies: Cookies,
    pub(super) publications: Arc<Publications>,
    pub(super) known_tokens: Arc<KnownTokens>,
    pub(super) turns: Arc<Turns>,
    /// The networks of proxies that are believed.
    pub(super) trusted_proxies: Vec<IpNet>,
    /// What a demo remembers.
    pub(super) demo: Option<Arc<Demo>>,
}

/// What a folder holds, and the workers for its Actions.
pub struct Served {
    /// The tenant.
    pub tenant: Tenant,
    /// Its signing keys.
    pub keys: KeyRing,
    /// Its workers.
    pub pool: Pool,
    /// With what https is spoken, where no proxy does.
    pub tls: Option<Tls>,
}

/// What outlives a reload.
struct Lasting {
    admission: Arc<Admission>,
    clock: Arc<WatchedClock>,
    hash_pool: Arc<HashPool>,
    store: Arc<dyn Store>,
    seals: Seals,
    metrics: Arc<Metrics>,
    demo: Option<Arc<Demo>>,
}

/// A tenant that cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// Parts of the folder are broken that were not before.
    #[error("{0}")]
    Broken(String),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no thread to be had.
    #[error("a thread for passwords cannot be started: {0}")]
    Threads(std::io::Error),
    /// A setting cannot be had, or a file that it names.
    #[error("{}; {}", .0.what, .0.help)]
    Setting(Unavailable),
    /// A template of the folder `pages/` cannot be read.
    #[error("pages/{0}; correct the template, or remove it")]
    Page(#[from] BadTemplate),
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
    /// Serves a tenant at the URL of its `[server] url`. The users of the tenant are loaded as far as the store has never had
    /// them.
    ///
    /// # Errors
    /// The store does not answer, a user has no id, or a setting cannot be had.
    pub fn new(
        served: Served,
        store: Arc<dyn Store>,
        seals: Seals,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, Loaded), SiteError> {
        Self::begun(served, store, seals, metrics, None)
    }

    /// The same as a demo: with an example application and an example service provider, and a login page that asks for no
    /// password. For a loopback address alone.
    ///
    /// # Errors
    /// As those of [`Site::new`].
    pub fn demo(
        served: Served,
        store: Arc<dyn Store>,
        seals: Seals,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, Loaded), SiteError> {
        Self::begun(served, store, seals, metrics, Some(Arc::default()))
    }

    fn begun(
        served: Served,
        store: Arc<dyn Store>,
        seals: Seals,
        metrics: Arc<Metrics>,
        demo: Option<Arc<Demo>>,
    ) -> Result<(Self, Loaded), SiteError> {
        let lasting = Lasting {
            admission: Arc::default(),
            clock: Arc::new(WatchedClock::of(&*store)?),
            hash_pool: Arc::new(HashPool::of_machine().map_err(SiteError::Threads)?),
            store,
            seals,
            metrics,
            demo,
        };
        Self::with(served, lasting)
    }

    /// The same server with what its folder holds now.
    ///
    /// # Errors
    /// As those of [`Site::new`], errors of the folder that it had not before, and Actions that cannot be compiled; this
    /// site is as it was.
    pub fn reloaded(&self, served: Served) -> Result<(Self, Loaded), SiteError> {
        let before = &self.tenant.faults;
        let new = served
            .tenant
            .faults
            .iter()
            .filter(|fault| !before.contains(fault));
        let mut broken: Vec<String> = new.map(|fault| format!("{fault}; {}", fault.help)).collect();
        broken.extend(ReadyActions::of_tenant(&served.tenant, None).syntax_errors(&served.pool));
        if !broken.is_empty() {
            return Err(SiteError::Broken(broken.join(" | ")));
        }
        let lasting = Lasting {
            admission: Arc::clone(&self.admission),
            clock: Arc::clone(&self.clock),
            hash_pool: Arc::clone(&self.passwords.pool),
            store: Arc::clone(&self.store),
            seals: self.seals.clone(),
            metrics: Arc::clone(&self.metrics),
            demo: self.demo.clone(),
        };
        Self::with(served, lasting)
    }

    /// Why bound Actions cannot be compiled, one sentence each: with such a one every login fails.
    pub fn syntax_errors(&self) -> Vec<String> {
        self.ready.syntax_errors(&self.pool)
    }

    /// The same site with other signing keys.
    #[must_use]
    pub fn rekeyed(&self, keys: KeyRing) -> Self {
        let endpoints = self.tenant.config.endpoints();
        Self {
            publications: Arc::new(Publications::of(endpoints, &keys)),
            known_tokens: Arc::default(),
            keys: Arc::new(keys),
            ..self.clone()
        }
    }

    /// What it serves, as its folder was.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    fn with(served: Served, lasting: Lasting) -> Result<(Self, Loaded), SiteError> {
        let Served {
            mut tenant,
            keys,
            pool,
            tls,
        } = served;
        let Lasting {
            admission,
            clock,
            hash_pool,
            store,
            seals,
            metrics,
            demo,
        } = lasting;
        let url = tenant.config.endpoints().issuer();
        if demo.is_some() {
            demo::prepare(&mut tenant, &url, keys.current.certificate());
        }
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
        let users = users.collect::<Result<Vec<_>, _>>()?;
        let limits = runner::limits(&tenant)?;
        let network = network_terms(
            &tenant,
            Reach {
                settings: ReachSettings::Count,
                allow: Vec::new(),
                line: Line::Open,
            },
        )?;
        let loaded = store.load_users(users, Load::New, clock.now(&*store))?;
        let templates = Arc::new(Templates::of(&tenant.pages)?);
        let passwords = Passwords::of(&tenant, hash_pool);
        let site = Self {
            clock,
            cookies: Cookies::of(&url),
            publications: Arc::new(Publications::of(tenant.config.endpoints(), &keys)),
            known_tokens: Arc::default(),
            turns: Arc::new(Turns::of_machine()),
            ready: Arc::new(ReadyActions::of_tenant(&tenant, None)),
            trusted_proxies: tenant.config.server.proxies(),
            authority: Arc::new(Authority::of(&url)),
            tenant: Arc::new(tenant),
            keys: Arc::new(keys),
            pool: Arc::new(pool),
            limits,
            network,
            tls,
            metrics,
            store,
            seals,
            passwords,
            admission,
            templates,
            url,
            demo,
        };
        Ok((site, loaded))
    }

    /// The URL at which it is served, with a slash at its end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The Actions that are bound, in the workers of this site.
    pub(super) fn actions(&self) -> BoundActions<'_> {
        let workers = Workers::new(&self.pool, self.limits).reaching(Some(&self.network));
        BoundActions::of(Arc::clone(&self.ready), workers)
    }

    /// How many passwords wait to be hashed or are hashed now: `postlogin_hash_queue`.
    pub fn hash_queue(&self) -> usize {
        self.passwords.pool.taken()
    }

    /// What its workers do.
    pub(super) fn load(&self) -> WorkerLoad {
        self.pool.load()
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now(&*self.store)
    }

    /// Whether a token that counts from `begin` until `end` is over, or was before the clock was set back.
    pub(super) fn is_over(&self, begin: Moment, end: Moment) -> bool {
        self.clock.is_over(&*self.store, begin, end)
    }

    /// A connection, where the tenant defines it; any other one is that of the user's identity.
    pub(super) fn defined(&self, connection: Option<&String>) -> Option<String> {
        connection
            .filter(|name| self.tenant.connection(name).is_some())
            .cloned()
    }

    /// Encrypts what only this server reads again.
    pub(super) fn hide(&self, what: &[u8], content: &[u8]) -> Hidden {
        self.seals
            .server_keys
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

/// Organizations let nobody in of whom it is not said that they may.
impl Organizations for Site {
    fn turned_away(
        &self,
        user: &Profile,
        organization: &Organization,
        connection: &EventConnection,
    ) -> Result<Option<Refusal>, EventError> {
        Ok(oauth::turned_away(user, organization, connection))
    }
}
