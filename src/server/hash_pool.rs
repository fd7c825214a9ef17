//! Threads that hash passwords, and nothing else does: however many people log in at once, a few cores are busy with that,
//! and whoever finds no place in the queue is told so at once (LD-09).

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

/// The threads and their queue. They end with this.
#[derive(Debug)]
pub(super) struct HashPool {
    jobs: mpsc::Sender<Job>,
    /// How many hashes wait or are computed.
    taken: Arc<AtomicUsize>,
    places: usize,
}

type Job = Box<dyn FnOnce() + Send>;

/// A place in the queue.
#[derive(Debug)]
pub(super) struct Place<'a>(&'a HashPool);

/// There is no place: too many people log in at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl HashPool {
    /// A pool for this machine: half of its cores, so that the other half signs and answers.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn of_machine() -> std::io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads = (cores / 2).clamp(1, MOST_THREADS);
        Self::new(threads, threads * PLACES_OF_A_THREAD)
    }

    fn new(threads: usize, places: usize) -> std::io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name("passwords".to_owned())
                .spawn(move || work(&waiting))?;
        }
        Ok(Self {
            jobs,
            taken: Arc::default(),
            places,
        })
    }

    /// How many hashes wait or are computed: `postlogin_hash_queue`.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// A place in the queue.
    ///
    /// # Errors
    /// There is none.
    pub fn place(&self) -> Result<Place<'_>, Full> {
        let more = |taken| (taken < self.places).then_some(taken + 1);
        match self
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
        {
            Ok(_) => Ok(Place(self)),
            Err(_) => Err(Full),
        }
    }
}

impl Place<'_> {
    /// What `job` computes, when its turn has come. Nothing where it panicked.
    pub fn run<T: Send + 'static>(self, job: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (done, result) = mpsc::sync_channel(1);
        let job = move || {
            // Nobody is left to be told where the request has been given up.
            let _ = done.send(job());
        };
        self.0.jobs.send(Box::new(job)).ok()?;
        result.recv().ok()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

fn work(waiting: &Mutex<mpsc::Receiver<Job>>) {
    // What signs and answers goes first. Where the system forbids that, hashing is as urgent as the rest.
    let _ = rustix::process::nice(NICENESS);
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else {
            return;
        };
        // A job that panics answers nothing; the thread goes on with the next.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

/// More passwords at once are not hashed.
const MOST_THREADS: usize = 8;
/// A hash of the default kind takes about 20 ms.
const PLACES_OF_A_THREAD: usize = 16;
const NICENESS: i32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_is_full_says_so_at_once() {
        let pool = HashPool::new(1, 2).unwrap();
        let (first, second) = (pool.place().unwrap(), pool.place().unwrap());
        assert_eq!((pool.place().unwrap_err(), pool.taken()), (Full, 2));
        assert_eq!(first.run(|| 1), Some(1));
        drop(second);
        assert_eq!(pool.taken(), 0);
        assert!(pool.place().is_ok());
    }

    #[test]
    fn a_job_that_panics_ends_nothing_but_itself() {
        let pool = HashPool::new(1, 2).unwrap();
        assert_eq!(pool.place().unwrap().run(|| -> u8 { panic!("of a test") }), None);
        assert_eq!(pool.place().unwrap().run(|| 2), Some(2));
    }
}
