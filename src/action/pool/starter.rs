//! Starts workers from a thread that never ends.
//!
//! A worker asks the kernel to be killed when its parent ends (`sandbox`), and to the kernel the parent is the
//! thread that started it. Were that the thread that happened to serve a login, the worker would end with
//! it, though its pool lives on.

use std::io;
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Starts `command` as a child that lives as long as this process may.
///
/// # Errors
/// The command or the thread cannot be started.
pub(super) fn start(command: Command) -> io::Result<Child> {
    let (answer, answered) = channel();
    order(Order { command, answer })?;
    answered.recv().map_err(|_| gone())?
}

struct Order {
    command: Command,
    answer: Sender<io::Result<Child>>,
}

/// One for the whole process: threads are dearer than the wait for another worker's start.
static STARTER: Mutex<Option<Sender<Order>>> = Mutex::new(None);

fn order(order: Order) -> io::Result<()> {
    let mut starter = STARTER.lock().unwrap_or_else(PoisonError::into_inner);
    let sender = match starter.take() {
        Some(sender) => sender,
        None => thread_of_orders()?,
    };
    let sent = sender.send(order).map_err(|_| gone());
    if sent.is_ok() {
        *starter = Some(sender);
    }
    sent
}

fn thread_of_orders() -> io::Result<Sender<Order>> {
    let (sender, orders) = channel::<Order>();
    thread::Builder::new()
        .name("worker starter".to_owned())
        .spawn(move || {
            for Order { mut command, answer } in orders {
                // Whoever gave the order waits for the answer.
                let _ = answer.send(command.spawn());
            }
        })?;
    Ok(sender)
}

fn gone() -> io::Error {
    io::Error::other("the thread that starts workers has ended")
}
