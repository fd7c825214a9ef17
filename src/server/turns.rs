//! Turns at signing: few threads for each processor sign at the same time.
//!
//! A signature takes a processor and waits for nothing, and each thread that runs gets the same share of a processor. The
//! thread that reads requests, and tells clients that the server is busy, needs a fifth of it when three times too much is
//! asked: with eight turns its share is less, and a refusal took up to 185 ms; with three it takes up to 18 ms. With one turn
//! nearly every signature would have to wait for its thread to be woken, which costs a twentieth of what the server bears.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// The turns, and who waits for one: first come, first served.
#[derive(Debug)]
pub(super) struct Turns(Mutex<State>);

#[derive(Debug)]
struct State {
    free: usize,
    waiting: VecDeque<SyncSender<()>>,
}

/// A turn; given to the next one when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    /// Those of this machine.
    pub fn of_machine() -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        Self::new(processors * TURNS_OF_A_PROCESSOR)
    }

    fn new(turns: usize) -> Self {
        Self(Mutex::new(State {
            free: turns,
            waiting: VecDeque::new(),
        }))
    }

    /// Waits for a turn.
    pub fn take(&self) -> Turn<'_> {
        let mut state = self.state();
        if let Some(left) = state.free.checked_sub(1) {
            state.free = left;
        } else {
            let (give, given) = sync_channel(1);
            state.waiting.push_back(give);
            drop(state);
            // Whoever has a turn gives it on.
            let _ = given.recv();
        }
        Turn(self)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        match state.waiting.pop_front() {
            // There is room for the one message, and the other end waits.
            Some(give) => drop(give.send(())),
            None => state.free += 1,
        }
    }
}

const TURNS_OF_A_PROCESSOR: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn no_more_threads_have_a_turn_than_there_are_turns() {
        let (turns, now, most) = (Turns::new(2), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _turn = turns.take();
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(most.into_inner() <= 2);
        assert_eq!(turns.state().free, 2);
    }

    #[test]
    fn a_turn_is_given_back_by_a_thread_that_panics() {
        let turns = Turns::new(1);
        let panicked = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _turn = turns.take();
                    panic!("while it signs");
                })
                .join()
        });
        assert!(panicked.is_err());
        drop(turns.take());
    }
}
