//! By which way connections go: the thread that drives them, who resolves names, whom TLS trusts.

use super::resolver::{Resolver, SystemResolver};
use super::trust::{Authorities, Trust};
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// By which way the connections of a tenant go. One thread drives them all; it starts with the first run that may reach
/// the network, and ends with this value.
///
/// Environment variables that name a proxy are not used, and no credentials but the script's own are sent.
pub struct Network {
    resolver: Arc<dyn Resolver>,
    trust: Trust,
    driver: OnceLock<Result<Driver, String>>,
}

impl Network {
    /// The system's resolver and roots, and these authorities besides.
    pub fn new(authorities: Authorities) -> Self {
        Self::with_resolver(authorities, Arc::new(SystemResolver))
    }

    /// The same with another resolver.
    pub fn with_resolver(authorities: Authorities, resolver: Arc<dyn Resolver>) -> Self {
        Self {
            resolver,
            trust: Trust::new(authorities),
            driver: OnceLock::new(),
        }
    }

    pub(super) fn resolver(&self) -> Arc<dyn Resolver> {
        Arc::clone(&self.resolver)
    }

    pub(super) fn trust(&self) -> &Trust {
        &self.trust
    }

    /// What tasks are started with; the thread starts with the first of them.
    ///
    /// # Errors
    /// It cannot be started: why, for people.
    pub(super) fn driver(&self) -> Result<&Handle, String> {
        self.driver
            .get_or_init(|| {
                Driver::start().map_err(|error| format!("the thread for the network cannot start: {error}"))
            })
            .as_ref()
            .map(|driver| &driver.handle)
            .map_err(Clone::clone)
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new(Authorities::default())
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Network")
            .field("resolver", &self.resolver)
            .finish_non_exhaustive()
    }
}

/// A thread that drives tasks until this value is dropped.
struct Driver {
    handle: Handle,
    /// The thread ends when this is gone.
    _lives: oneshot::Sender<()>,
}

impl Driver {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .max_blocking_threads(NAMES_AT_ONCE)
            .build()?;
        let handle = runtime.handle().clone();
        let (lives, ended) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name("egress".to_owned())
            .spawn(move || {
                // What comes is the end of the sender, never a value.
                let _ = runtime.block_on(ended);
                runtime.shutdown_background();
            })?;
        Ok(Self {
            handle,
            _lives: lives,
        })
    }
}

/// How many names are resolved at the same time; the system's resolver blocks a thread for each.
const NAMES_AT_ONCE: usize = 16;
