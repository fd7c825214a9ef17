//! What one run has used of the network, and the requests that it made.

use super::limits::Reached;
use super::refusal::Refusal;
use super::terms::{Keeping, Terms};
use crate::command::{AnsweredBy, Exchange, KeptExchange};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// One run, shared by its connections.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) terms: Terms,
    /// When the run's time is over.
    deadline: Instant,
    received: AtomicU64,
    sent: AtomicU64,
    connections: AtomicUsize,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    phase: Phase,
    entries: Vec<Entry>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Going,
    Over,
}

#[derive(Debug)]
struct Entry {
    exchange: Exchange,
    began: Instant,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

impl Run {
    pub(super) fn new(terms: Terms, deadline: std::time::Instant) -> Self {
        Self {
            terms,
            deadline: deadline.into(),
            received: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            connections: AtomicUsize::new(0),
            list: Mutex::default(),
        }
    }

    /// Counts a connection.
    pub(super) fn connect(&self) -> Result<(), Refusal> {
        let limit = self.terms.limits.connections;
        if self.connections.fetch_add(1, Ordering::Relaxed) < limit {
            Ok(())
        } else {
            Err(Refusal::Limit(Reached::Connections(limit)))
        }
    }

    /// Counts bytes that came from the network.
    pub(super) fn receive(&self, bytes: usize) -> Result<(), Refusal> {
        let limit = self.terms.limits.bytes_in;
        spend(&self.received, bytes, limit, Reached::BytesIn(limit))
    }

    /// Counts bytes that go to the network.
    pub(super) fn send(&self, bytes: usize) -> Result<(), Refusal> {
        let limit = self.terms.limits.bytes_out;
        spend(&self.sent, bytes, limit, Reached::BytesOut(limit))
    }

    /// When what begins now has to be over.
    pub(super) fn time_limit(&self) -> Instant {
        (Instant::now() + self.terms.limits.request_timeout).min(self.deadline)
    }

    /// Whether the run asked for more connections than it may.
    pub(super) fn ran_out(&self) -> bool {
        self.connections.load(Ordering::Relaxed) > self.terms.limits.connections
    }

    /// Lists a request that began at this moment.
    ///
    /// # Errors
    /// The run is over.
    pub(super) fn list(
        self: &Arc<Self>,
        method: &str,
        url: String,
        began: Instant,
    ) -> Result<Listing, Refusal> {
        let mut list = self.locked();
        if list.phase == Phase::Over {
            return Err(Refusal::RunOver);
        }
        let kept = match self.terms.keeping {
            Keeping::Messages if method != CONNECT => Some(Box::new(KeptExchange {
                request_headers: Vec::new(),
                request_body: Vec::new(),
                headers: Vec::new(),
                body: Vec::new(),
            })),
            _ => None,
        };
        list.entries.push(Entry {
            exchange: Exchange {
                method: method.to_owned(),
                url,
                status: None,
                error: None,
                elapsed: Duration::ZERO,
                bytes: 0,
                by: AnsweredBy::Network,
                kept,
            },
            began,
            state: State::Open,
        });
        Ok(Listing {
            run: Arc::clone(self),
            index: list.entries.len() - 1,
        })
    }

    /// Ends the run: nothing is listed any more. Its requests in the order in which they were sent, and how many of them
    /// were not done.
    pub(super) fn close(&self) -> (Vec<Exchange>, usize) {
        let mut list = self.locked();
        list.phase = Phase::Over;
        let mut open = 0;
        for entry in &mut list.entries {
            if entry.state == State::Open {
                open += 1;
                // That a tunnel is open at the end is nothing wrong.
                entry.end((entry.exchange.method != CONNECT).then_some(&Refusal::RunOver));
            }
        }
        let exchanges = std::mem::take(&mut list.entries);
        (exchanges.into_iter().map(|entry| entry.exchange).collect(), open)
    }

    fn locked(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spend(spent: &AtomicU64, bytes: usize, limit: u64, reached: Reached) -> Result<(), Refusal> {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    let before = spent.fetch_add(bytes, Ordering::Relaxed);
    if before.saturating_add(bytes) <= limit {
        Ok(())
    } else {
        Err(Refusal::Limit(reached))
    }
}

impl Entry {
    fn end(&mut self, why: Option<&Refusal>) {
        self.state = State::Done;
        self.exchange.elapsed = self.began.elapsed();
        self.exchange.error = why.map(Refusal::for_record);
    }
}

/// One request in the list of its run. What is dropped before it is done was given up by the script.
#[derive(Debug)]
pub(super) struct Listing {
    run: Arc<Run>,
    index: usize,
}

impl Listing {
    /// Changes what is listed, as long as the request is not done.
    pub(super) fn note(&self, change: impl FnOnce(&mut Exchange)) {
        self.with(|entry| change(&mut entry.exchange));
    }

    /// Changes what is kept, where anything is.
    pub(super) fn keep(&self, change: impl FnOnce(&mut KeptExchange)) {
        self.with(|entry| {
            if let Some(kept) = &mut entry.exchange.kept {
                change(kept);
            }
        });
    }

    /// The request is done.
    pub(super) fn done(&self) {
        self.with(|entry| entry.end(None));
    }

    /// The request failed.
    pub(super) fn failed(&self, why: &Refusal) {
        self.with(|entry| entry.end(Some(why)));
    }

    fn with(&self, change: impl FnOnce(&mut Entry)) {
        let mut list = self.run.locked();
        if let Some(entry) = list
            .entries
            .get_mut(self.index)
            .filter(|entry| entry.state == State::Open)
        {
            change(entry);
        }
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.failed(&Refusal::GivenUp);
    }
}

/// The method of what is no HTTP request: a tunnel, and a connection that was refused.
pub(super) const CONNECT: &str = "CONNECT";
