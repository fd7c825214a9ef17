//! A server from its first connection to its end.

use super::front::{Ending, Front, places};
use super::listen::{Connections, END_LIMIT, Listening, ServeError, accept, connections};
use super::log::Entry;
use super::reload::{Source, reload_when_told};
use super::router::{admin_router, router};
use super::switch::Switch;
use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// How long before the last moment what still runs is cut off, so that its answers arrive.
const CUT_OFF_BEFORE: Duration = Duration::from_millis(700);
/// Threads that wait for sockets.
const MAX_THREADS: usize = 4;

/// Serves the site of `switch` until the process is told to end (SIGTERM, SIGINT). `ready` is called once connections are
/// accepted. What `source` holds is read again on SIGHUP, and when it changes.
///
/// # Errors
/// The system gives no threads or sockets.
pub fn serve(
    switch: Arc<Switch>,
    listening: Listening,
    source: Box<dyn Source>,
    ready: impl FnOnce(),
) -> Result<(), ServeError> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.min(MAX_THREADS))
        .max_blocking_threads(places())
        .enable_all()
        .build()?;
    let (told, tells) = mpsc::channel();
    let reloaded = Arc::clone(&switch);
    thread::Builder::new()
        .name("postlogin reload".to_owned())
        .spawn(move || reload_when_told(&reloaded, source.as_ref(), &tells))?;
    let served = runtime.block_on(async move {
        let public = TcpListener::from_std(listening.public)?;
        let admin = TcpListener::from_std(listening.admin)?;
        let (end, ending) = watch::channel(Ending::No);
        let front = Arc::new(Front::new(Arc::clone(&switch), ending.clone()));
        let places = connections();
        let public = tokio::spawn(accept(
            public,
            Connections {
                router: router(Arc::clone(&front)),
                tls_of: Some(switch),
                places,
                ending: ending.clone(),
            },
            Ending::Draining,
        ));
        // Whoever runs the server sees to its end that it ends.
        let admin = tokio::spawn(accept(
            admin,
            Connections {
                router: admin_router(front),
                tls_of: None,
                places: ADMIN_CONNECTIONS,
                ending,
            },
            Ending::Over,
        ));
        let mut reload = signal(SignalKind::hangup())?;
        let (mut terminated, mut interrupted) =
            (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        ready();
        loop {
            tokio::select! {
                _ = terminated.recv() => break,
                _ = interrupted.recv() => break,
                _ = reload.recv() => {
                    // The thread that reloads ends with the process.
                    let _ = told.send(());
                }
            }
        }
        Entry::alone("stopping").write();
        end.send_replace(Ending::Draining);
        let cut_off = async {
            tokio::time::sleep(END_LIMIT.saturating_sub(CUT_OFF_BEFORE)).await;
            end.send_replace(Ending::CutOff);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = public => {}
            () = cut_off => {}
        }
        end.send_replace(Ending::Over);
        admin.abort();
        Ok::<_, io::Error>(())
    });
    // What was cut off is not waited for.
    runtime.shutdown_background();
    served.map_err(ServeError::from)
}

/// Connections of whoever runs the server.
const ADMIN_CONNECTIONS: usize = 64;
