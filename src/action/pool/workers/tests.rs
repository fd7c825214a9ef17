#![expect(clippy::disallowed_methods, reason = "tests wait")]

use super::*;
use crate::action::pool::death::Death;
use crate::action::pool::run::Job;
use crate::command::Report;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// An engine whose processes are numbers, counted from 1.
#[derive(Debug, Default)]
struct Numbers {
    started: AtomicUsize,
    /// From this one on none can be started.
    end: Option<usize>,
}

impl Engine for Numbers {
    type Process = usize;

    const GRACE: Duration = Duration::ZERO;

    fn start(&self) -> Result<usize, Lost> {
        let number = self.started.fetch_add(1, Ordering::Relaxed) + 1;
        match self.end {
            Some(end) if number >= end => Err(Death::PipeClosed.into()),
            _ => Ok(number),
        }
    }

    fn may_serve(&self, process: &usize, _: &Job<'_>) -> bool {
        *process != 99
    }

    fn is_spoilt(&self, _: &usize, _: &Report) -> bool {
        false
    }

    fn starts_ahead(&self, _: &Job<'_>) -> bool {
        true
    }

    fn ready(&self, process: &mut usize, _: Instant) -> Result<(), Lost> {
        match process {
            0 => Err(Death::PipeClosed.into()),
            _ => Ok(()),
        }
    }

    fn carry_out(&self, _: &mut usize, _: &Job<'_>, _: Instant) -> Result<Report, Lost> {
        Ok(Report::default())
    }
}

fn workers(count: usize, queue: usize, wait: Duration) -> Workers<Numbers> {
    let workers = NonZeroUsize::new(count).unwrap();
    Workers::new(Numbers::default(), Capacity { workers, queue, wait })
}

const LONG: Duration = Duration::from_mins(1);

fn process(turn: &mut Turn<'_, Numbers>) -> usize {
    *turn.process(Instant::now()).unwrap()
}

#[track_caller]
fn until_waiting(workers: &Workers<Numbers>, count: usize) {
    let deadline = Instant::now() + LONG / 2;
    while workers.load().waiting != count {
        assert!(Instant::now() < deadline, "{:?}", workers.load());
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_process_that_has_worked_last_works_next() {
    let workers = workers(3, 0, LONG);
    let (mut one, mut two) = (workers.turn().unwrap(), workers.turn().unwrap());
    assert_eq!((process(&mut one), process(&mut two)), (1, 2));
    drop(two);
    drop(one);
    assert_eq!(process(&mut workers.turn().unwrap()), 1);
    assert_eq!(workers.idle(|number| *number), [2, 1]);
}

#[test]
fn who_came_first_is_served_first() {
    let workers = workers(1, 10, LONG);
    let served = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let turn = workers.turn().unwrap();
        for number in 0..10 {
            let (workers, served) = (&workers, &served);
            scope.spawn(move || {
                let _turn = workers.turn().unwrap();
                served.lock().unwrap().push(number);
            });
            until_waiting(workers, number + 1);
        }
        drop(turn);
    });
    assert!(served.into_inner().unwrap().into_iter().eq(0..10));
    let load = workers.load();
    assert_eq!((load.busy, load.waiting), (0, 0));
}

#[test]
fn a_full_queue_refuses_at_once() {
    let workers = workers(1, 1, LONG);
    thread::scope(|scope| {
        let turn = workers.turn().unwrap();
        let waiting = scope.spawn(|| workers.turn().map(|_| ()));
        until_waiting(&workers, 1);
        assert_eq!(workers.turn().map(|_| ()), Err(Busy::QueueIsFull));
        drop(turn);
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
}

#[test]
fn a_long_wait_ends() {
    let workers = workers(1, 1, Duration::from_millis(20));
    let _turn = workers.turn().unwrap();
    assert_eq!(workers.turn().map(|_| ()), Err(Busy::WaitedTooLong));
    assert_eq!(workers.load().waiting, 0);
}

/// Waits end while places are given back: none is lost, none is given twice.
#[test]
fn places_are_neither_lost_nor_given_twice_where_waits_end_meanwhile() {
    let workers = workers(2, 100, Duration::from_micros(300));
    let at_work = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for round in 0..300 {
                    let Ok(mut turn) = workers.turn() else {
                        continue;
                    };
                    assert!(at_work.fetch_add(1, Ordering::SeqCst) < 2);
                    process(&mut turn);
                    if round % 7 == 0 {
                        turn.replace();
                    }
                    thread::sleep(Duration::from_micros(100));
                    at_work.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
    let Load { busy, idle, waiting } = workers.load();
    assert_eq!((busy, waiting), (0, 0));
    assert!((1..=2).contains(&idle), "{idle}");
    let (one, two) = (workers.turn(), workers.turn());
    assert!(one.is_ok() && two.is_ok());
}

#[test]
fn a_process_that_is_lost_or_worn_out_makes_room_for_a_new_one() {
    let workers = workers(1, 0, LONG);
    for useless in [0, 99] {
        let mut turn = workers.turn().unwrap();
        *turn.process(Instant::now()).unwrap() = useless;
        drop(turn);
        let mut turn = workers.turn().unwrap();
        turn.keep_if(|process| *process != 99);
        assert!((1..99).contains(&process(&mut turn)));
    }
}

#[test]
fn a_panic_takes_its_process_along_and_gives_the_place_back() {
    let workers = workers(1, 0, LONG);
    let panicked = thread::scope(|scope| {
        let panics = scope.spawn(|| {
            let mut turn = workers.turn().unwrap();
            process(&mut turn);
            panic!("by intent");
        });
        panics.join().is_err()
    });
    assert!(panicked);
    assert_eq!(workers.load(), Load::default());
    assert_eq!(process(&mut workers.turn().unwrap()), 2);
}

#[test]
fn where_none_can_be_started_the_place_is_given_back() {
    let engine = Numbers {
        end: Some(1),
        ..Numbers::default()
    };
    let workers = Workers::new(engine, Capacity::of(NonZeroUsize::MIN));
    for _ in 0..3 {
        assert!(workers.turn().unwrap().process(Instant::now()).is_err());
    }
    assert!(workers.warm_up().is_err());
    assert_eq!(workers.load(), Load::default());
}

#[test]
fn a_process_that_waits_too_long_is_ended() {
    let workers = workers(2, 0, LONG);
    let mut turn = workers.turn().unwrap();
    process(&mut turn);
    drop(turn);
    workers.end_idle(LONG);
    assert_eq!(workers.load().idle, 1);
    workers.end_idle(Duration::ZERO);
    assert_eq!(workers.load().idle, 0);
}
