//! A bounded set of processes of one engine, and the queue of those who wait for one.
//!
//! ```text
//!  turn ──► one that waits for work │ room for another │ the queue: first come, first served
//!    ▲                                                        │
//!    └── given back: to the first of the queue, else kept ◄───┘
//! ```
//!
//! While somebody waits every place is taken, so nobody overtakes: what is given back goes to the first of the queue.

#![expect(
    clippy::disallowed_methods,
    reason = "how long a process waits for work is measured here"
)]

use super::engine::Engine;
use super::lost::Lost;
use crate::action::limits::Capacity;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The processes of one engine.
#[derive(Debug)]
pub(super) struct Workers<E: Engine> {
    engine: E,
    capacity: Capacity,
    state: Mutex<State<E::Process>>,
}

#[derive(Debug)]
struct State<P> {
    /// Processes that wait for work, and since when, the one that has worked last at the end.
    idle: Vec<(P, Instant)>,
    /// Places that are taken: at most as many as there may be processes, those that wait for work left out.
    busy: usize,
    queue: VecDeque<Waiting<P>>,
    /// The number of the next one who waits.
    next: u64,
}

#[derive(Debug)]
struct Waiting<P> {
    number: u64,
    place: SyncSender<Place<P>>,
}

/// A place among the processes; one without a process is to be filled with a new one.
type Place<P> = Option<P>;

/// Why a run got no worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Busy {
    /// As many wait as may wait.
    QueueIsFull,
    /// None was free in time.
    WaitedTooLong,
}

/// How many workers there are, and how many runs wait for one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Workers that carry out a run.
    pub busy: usize,
    /// Workers that wait for work.
    pub idle: usize,
    /// Runs that wait for a worker.
    pub waiting: usize,
}

/// One's turn: a place, given back when this is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a, E: Engine> {
    workers: &'a Workers<E>,
    place: Place<E::Process>,
}

impl<E: Engine> Workers<E> {
    /// No process is started yet.
    pub fn new(engine: E, capacity: Capacity) -> Self {
        Self {
            engine,
            capacity,
            state: Mutex::new(State {
                idle: Vec::new(),
                busy: 0,
                queue: VecDeque::new(),
                next: 0,
            }),
        }
    }

    pub fn engine(&self) -> &E {
        &self.engine
    }

    pub fn capacity(&self) -> &Capacity {
        &self.capacity
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// There is none in time.
    pub fn turn(&self) -> Result<Turn<'_, E>, Busy> {
        let taken = self.state().take(&self.capacity)?;
        let place = match taken {
            Taken::Place(place) => place,
            Taken::Ticket(number, given) => self.wait(number, &given)?,
        };
        Ok(Turn { workers: self, place })
    }

    fn wait(&self, number: u64, given: &Receiver<Place<E::Process>>) -> Result<Place<E::Process>, Busy> {
        given.recv_timeout(self.capacity.wait).or_else(|_| {
            let mut state = self.state();
            state.queue.retain(|waiting| waiting.number != number);
            // Given between the end of the wait and now; nothing can come later.
            given.try_recv().map_err(|_| Busy::WaitedTooLong)
        })
    }

    /// Starts a process where there is none, so that the first run need not wait for it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn warm_up(&self) -> Result<(), Lost> {
        let load = self.load();
        if load.busy + load.idle > 0 {
            return Ok(());
        }
        let Ok(mut turn) = self.turn() else {
            return Ok(());
        };
        if turn.place.is_none() {
            turn.place = Some(self.engine.start()?);
        }
        Ok(())
    }

    pub fn load(&self) -> Load {
        let state = self.state();
        Load {
            busy: state.busy,
            idle: state.idle.len(),
            waiting: state.queue.len(),
        }
    }

    /// What `view` sees of each process that waits for work, the one that has worked last at the end.
    pub fn idle<T>(&self, view: impl Fn(&E::Process) -> T) -> Vec<T> {
        self.state()
            .idle
            .iter()
            .map(|(process, _)| view(process))
            .collect()
    }

    /// Ends the processes that have waited for work for so long.
    pub fn end_idle(&self, longest: Duration) {
        let now = Instant::now();
        let mut state = self.state();
        let idle = std::mem::take(&mut state.idle).into_iter();
        let (ended, kept) = idle.partition(|(_, since)| now.saturating_duration_since(*since) >= longest);
        state.idle = kept;
        drop(state);
        // Nobody waits for their end.
        let ended: Vec<_> = ended;
        drop(ended);
    }

    /// Nothing in here panics half-way.
    fn state(&self) -> MutexGuard<'_, State<E::Process>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is got at once.
enum Taken<P> {
    Place(Place<P>),
    /// A number in the queue, and where the place will come from.
    Ticket(u64, Receiver<Place<P>>),
}

impl<P> State<P> {
    fn take(&mut self, capacity: &Capacity) -> Result<Taken<P>, Busy> {
        if self.busy < capacity.workers.get() {
            self.busy += 1;
            return Ok(Taken::Place(self.idle.pop().map(|(process, _)| process)));
        }
        if self.queue.len() >= capacity.queue {
            return Err(Busy::QueueIsFull);
        }
        let number = self.next;
        self.next += 1;
        let (place, given) = sync_channel(1);
        self.queue.push_back(Waiting { number, place });
        Ok(Taken::Ticket(number, given))
    }

    fn give_back(&mut self, mut place: Place<P>) {
        while let Some(waiting) = self.queue.pop_front() {
            match waiting.place.send(place) {
                Ok(()) => return,
                // Whoever waited is gone.
                Err(unsent) => place = unsent.0,
            }
        }
        self.busy -= 1;
        self.idle.extend(place.map(|process| (process, Instant::now())));
    }
}

impl<E: Engine> Turn<'_, E> {
    /// A process that is ready: the one of this place, or a new one where that is of no use any more.
    ///
    /// # Errors
    /// There is no process that could serve.
    pub fn process(&mut self, deadline: Instant) -> Result<&mut E::Process, Lost> {
        let engine = &self.workers.engine;
        let kept = self.place.take();
        if let Some(mut kept) = kept
            && engine.ready(&mut kept, deadline).is_ok()
        {
            return Ok(self.place.insert(kept));
        }
        let mut new = engine.start()?;
        engine.ready(&mut new, deadline)?;
        Ok(self.place.insert(new))
    }

    /// Ends the process of this place if it may not serve.
    pub fn keep_if(&mut self, may_serve: impl FnOnce(&E::Process) -> bool) {
        self.place = self.place.take().filter(may_serve);
    }

    /// Ends the process of this place and starts another one for whoever comes next.
    pub fn replace(&mut self) {
        self.place = None;
        self.place = self.workers.engine.start().ok();
    }
}

impl<E: Engine> Drop for Turn<'_, E> {
    fn drop(&mut self) {
        // Whoever panics leaves a process in the middle of its work.
        let place = self.place.take().filter(|_| !thread::panicking());
        self.workers.state().give_back(place);
    }
}

#[cfg(test)]
mod tests;
