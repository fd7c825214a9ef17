//! The parent's ends of the pairs of one process.

use super::network::Network;
use super::pair;
use super::refusal::{Refusal, Refused};
use super::run::Run;
use super::terms::Terms;
use crate::command::Exchange;
use rustix::event::{PollFd, PollFlags, Timespec};
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
use tokio::net::UnixStream as Pair;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

/// The parent's ends of the pairs that were handed to one process. One connection of a script takes one pair, for good.
///
/// Pairs are watched from the first [`Connections::begin`] on; what is said outside a run closes its pair.
#[derive(Debug)]
pub struct Connections {
    /// Those that nobody watches yet.
    fresh: Vec<UnixStream>,
    shared: Arc<Shared>,
    /// What drives the tasks of the pairs, from the first run on; it has to live as long as they do.
    network: Option<Arc<Network>>,
}

/// What was sent over the network in a run.
#[derive(Debug)]
pub struct Ended {
    /// Its requests, in the order in which they were sent.
    pub exchanges: Vec<Exchange>,
    /// How many pairs no connection has taken.
    pub unused_pairs: usize,
    /// How many requests and tunnels were not done. Idle connections do not count.
    pub was_open: usize,
    /// Whether the run asked for more connections than it may.
    pub ran_out: bool,
}

impl Connections {
    /// Over these pairs, in the order of the descriptors of their other ends.
    pub fn new(pairs: Vec<UnixStream>) -> Self {
        Self {
            fresh: pairs,
            shared: Arc::default(),
            network: None,
        }
    }

    /// Begins a run on these terms; one that was not ended is ended. Its requests have to be over by the deadline.
    pub fn begin(&mut self, terms: &Terms, deadline: Instant) {
        self.end();
        self.shared.locked().run = Some(Arc::new(Run::new(terms.clone(), deadline)));
        if self.network.is_none() {
            self.watch(&terms.network);
        }
    }

    /// Ends the run: closes its connections, without waiting for any of them.
    pub fn end(&mut self) -> Ended {
        let mut state = self.shared.locked();
        let run = state.run.take();
        let late = state.close_pairs();
        let unused_pairs = self.fresh.len() + state.unused().count();
        drop(state);
        let (exchanges, was_open) = run.as_ref().map(|run| run.close()).unwrap_or_default();
        Ended {
            exchanges,
            unused_pairs,
            was_open: was_open + late,
            ran_out: run.is_some_and(|run| run.ran_out()),
        }
    }

    /// Why a pair (0-based) was closed, or will be: what the script's error is to say. It is known before the pair closes.
    /// `None` where the other side of the connection closed it.
    pub fn why(&self, pair: usize) -> Option<Refused> {
        match self.shared.locked().pairs.get(pair)? {
            Slot::Taken { why, .. } => why.get().map(Refused::from),
            Slot::Unused { .. } => None,
        }
    }

    fn watch(&mut self, network: &Arc<Network>) {
        let fresh = std::mem::take(&mut self.fresh);
        let pairs = match network.driver() {
            Ok(driver) => fresh
                .into_iter()
                .enumerate()
                .map(|(index, pair)| self.shared.watch(index, pair, driver))
                .collect(),
            Err(why) => fresh.iter().map(|_| Slot::lost(why.clone())).collect(),
        };
        self.shared.locked().pairs = pairs;
        self.network = Some(Arc::clone(network));
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        for pair in &self.shared.locked().pairs {
            pair.task().inspect(|task| task.abort());
        }
    }
}

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    run: Option<Arc<Run>>,
    pairs: Vec<Slot>,
}

#[derive(Debug)]
enum Slot {
    /// Watched; nothing was said.
    Unused { pair: Arc<Pair>, task: AbortHandle },
    /// A connection took it, open or closed.
    Taken {
        why: Arc<OnceLock<Refusal>>,
        task: Option<AbortHandle>,
    },
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(self: &Arc<Self>, index: usize, pair: UnixStream, driver: &Handle) -> Slot {
        let _inside = driver.enter();
        match pair.set_nonblocking(true).and_then(|()| Pair::from_std(pair)) {
            Ok(pair) => {
                let pair = Arc::new(pair);
                let task = driver.spawn(wait(index, Arc::clone(&pair), Arc::clone(self)));
                Slot::Unused {
                    pair,
                    task: task.abort_handle(),
                }
            }
            Err(error) => Slot::lost(format!("a connection cannot be watched: {error}")),
        }
    }

    /// Takes a pair for a connection of the run that is going on. The caller's is then the only hold of it.
    fn take(&self, index: usize) -> Option<(Arc<Run>, Arc<OnceLock<Refusal>>)> {
        let mut state = self.locked();
        let run = state.run.clone();
        let slot = state.pairs.get_mut(index)?;
        let Slot::Unused { task, .. } = slot else {
            return None;
        };
        let why = Arc::new(OnceLock::new());
        *slot = Slot::Taken {
            why: Arc::clone(&why),
            task: Some(task.clone()),
        };
        Some((run?, why))
    }
}

impl State {
    fn unused(&self) -> impl Iterator<Item = &Arc<Pair>> {
        self.pairs.iter().filter_map(|slot| match slot {
            Slot::Unused { pair, .. } => Some(pair),
            Slot::Taken { .. } => None,
        })
    }

    /// Closes what is open, and every unused pair on which something was said that nobody has read yet: it belongs to the
    /// run that ends, never to the next. How many of the latter there were.
    fn close_pairs(&mut self) -> usize {
        let late = self.spoken_to();
        for (index, slot) in self.pairs.iter_mut().enumerate() {
            match slot {
                Slot::Taken { task, .. } => {
                    if let Some(task) = task.take() {
                        task.abort();
                    }
                }
                Slot::Unused { task, .. } if late.contains(&index) => {
                    task.abort();
                    *slot = Slot::Taken {
                        why: Arc::new(OnceLock::from(Refusal::RunOver)),
                        task: None,
                    };
                }
                Slot::Unused { .. } => {}
            }
        }
        late.len()
    }

    /// Which unused pairs have something to be read, their end included.
    fn spoken_to(&self) -> Vec<usize> {
        let (places, pairs): (Vec<usize>, Vec<&Arc<Pair>>) = self
            .pairs
            .iter()
            .enumerate()
            .filter_map(|(index, slot)| match slot {
                Slot::Unused { pair, .. } => Some((index, pair)),
                Slot::Taken { .. } => None,
            })
            .unzip();
        let mut polled: Vec<PollFd<'_>> = pairs
            .iter()
            .map(|pair| PollFd::new(&***pair, PollFlags::IN))
            .collect();
        match rustix::event::poll(&mut polled, Some(&Timespec::default())) {
            Ok(0) => Vec::new(),
            Ok(_) => places
                .into_iter()
                .zip(&polled)
                .filter(|(_, polled)| !polled.revents().is_empty())
                .map(|(index, _)| index)
                .collect(),
            // What cannot be asked is closed.
            Err(_) => places,
        }
    }
}

impl Slot {
    fn lost(why: String) -> Self {
        Self::Taken {
            why: Arc::new(OnceLock::from(Refusal::Failed {
                code: "ENETDOWN".to_owned(),
                message: why,
            })),
            task: None,
        }
    }

    fn task(&self) -> Option<&AbortHandle> {
        match self {
            Self::Unused { task, .. } => Some(task),
            Self::Taken { task, .. } => task.as_ref(),
        }
    }
}

/// Waits until something is said on a pair, and serves it.
async fn wait(index: usize, pair: Arc<Pair>, shared: Arc<Shared>) -> io::Result<()> {
    pair.readable().await?;
    if let Some((run, why)) = shared.take(index)
        && let Some(pair) = Arc::into_inner(pair)
    {
        pair::serve(pair, run, why).await;
    }
    Ok(())
}
