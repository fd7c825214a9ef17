//! Connections: accepted, bounded in number and time, and let go at the end.

use super::router::{Peer, admin_router, router};
use super::switch::Switch;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Sockets that listen already, so that whoever starts the server knows their ports.
#[derive(Debug)]
pub struct Listening {
    public: std::net::TcpListener,
    admin: std::net::TcpListener,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened at.
    #[error("{address} cannot be listened at: {source}")]
    Address {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The system gives no threads or sockets.
    #[error("the server cannot run: {0}")]
    System(#[from] io::Error),
}

impl Listening {
    /// Listens at both addresses; port 0 takes a free one.
    ///
    /// # Errors
    /// An address cannot be listened at.
    #[expect(clippy::disallowed_methods, reason = "the edge: here the server is reached")]
    pub fn at(public: SocketAddr, admin: SocketAddr) -> Result<Self, ServeError> {
        let bound = |address: SocketAddr| {
            std::net::TcpListener::bind(address)
                .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
                .map_err(|source| ServeError::Address { address, source })
        };
        Ok(Self {
            public: bound(public)?,
            admin: bound(admin)?,
        })
    }

    /// The addresses: of the server, and for whoever runs it.
    ///
    /// # Errors
    /// The system does not know them.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.public.local_addr()?, self.admin.local_addr()?))
    }
}

/// Connections at the same time.
const MAX_CONNECTIONS: usize = 1_000;
/// How long a client may take to send the head of a request.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// How long running requests have at the end.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Serves the site of `switch` until the process is told to end (SIGTERM, SIGINT). `ready` is called once connections are accepted.
///
/// # Errors
/// The system gives no threads or sockets.
pub fn serve(switch: Arc<Switch>, listening: Listening, ready: impl FnOnce()) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let public = TcpListener::from_std(listening.public)?;
        let admin = TcpListener::from_std(listening.admin)?;
        let (stop, stopped) = tokio::sync::watch::channel(());
        let ends = |mut stopped: tokio::sync::watch::Receiver<()>| async move {
            let _ = stopped.changed().await;
        };
        let public = tokio::spawn(accept(public, router(switch), ends(stopped.clone())));
        let admin = tokio::spawn(accept(admin, admin_router(), ends(stopped)));
        ready();
        told_to_end().await?;
        drop(stop);
        let _ = tokio::join!(public, admin);
        Ok(())
    })
}

async fn told_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminated, mut interrupted) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    Ok(())
}

async fn accept(listener: TcpListener, router: Router, ends: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let running = GracefulShutdown::new();
    let mut ends = pin!(ends);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            break;
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut ends => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let service = TowerToHyperService::new(
                    router.clone().layer(Extension(Peer(address.ip().to_canonical()))),
                );
                let connection = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_LIMIT)
                    .serve_connection(TokioIo::new(stream), service);
                let connection = running.watch(connection);
                tokio::spawn(async move {
                    // What a client breaks off concerns nobody else.
                    let _ = connection.await;
                    drop(place);
                });
            }
            // No descriptor is free: some will be.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(END_LIMIT, running.shutdown()).await;
}
