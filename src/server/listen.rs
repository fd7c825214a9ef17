//! Connections: accepted, bounded in number and time, and let go at the end.

use super::front::{Ending, Peer};
use super::paced::{PATIENCE, Paced};
use super::switch::Switch;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use openssl::ssl::Ssl;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::timeout;
use tokio_openssl::SslStream;

/// Sockets that listen already, so that whoever starts the server knows their ports.
#[derive(Debug)]
pub struct Listening {
    pub(super) public: std::net::TcpListener,
    pub(super) admin: std::net::TcpListener,
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
            let listen = || {
                let listener = std::net::TcpListener::bind(address)?;
                // The standard library lets only few connections wait to be accepted.
                rustix::net::listen(&listener, BACKLOG)?;
                listener.set_nonblocking(true)?;
                Ok(listener)
            };
            listen().map_err(|source| ServeError::Address { address, source })
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

/// Connections that wait to be accepted.
const BACKLOG: i32 = 4_096;
/// Connections at the same time, where the system allows as many open files.
const MAX_CONNECTIONS: u64 = 20_000;
/// Open files that are for everything but connections.
const OTHER_FILES: u64 = 500;
/// Bytes of the head of a request.
const MAX_HEAD: usize = 64 << 10;
/// How long running requests have at the end.
pub(super) const END_LIMIT: Duration = Duration::from_secs(10);
/// How long a connection without a request is kept at the end for one that is on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(300);

/// As many connections as this process may have open files; the system is asked for as many as it gives.
pub(super) fn connections() -> usize {
    let mut files = getrlimit(Resource::Nofile);
    let wanted = MAX_CONNECTIONS + OTHER_FILES;
    let given = files.maximum.map_or(wanted, |most| most.min(wanted));
    if files.current.is_some_and(|current| current < given) {
        files.current = Some(given);
        // With fewer files there are fewer connections.
        let _ = setrlimit(Resource::Nofile, files);
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    let connections = files.saturating_sub(OTHER_FILES).clamp(16, MAX_CONNECTIONS);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

/// What one listener's connections are served with.
#[derive(Clone)]
pub(super) struct Connections {
    pub router: Router,
    /// Whose certificate is shown; none for a listener that speaks http whatever the site does.
    pub tls_of: Option<Arc<Switch>>,
    pub places: usize,
    pub ending: watch::Receiver<Ending>,
}

/// Accepts connections until the server has come to `last`, and then lets those that run come to their end. A request that
/// is on its way at that moment is answered: its client cannot know of the end.
pub(super) async fn accept(listener: TcpListener, connections: Connections, last: Ending) {
    let places = Arc::new(Semaphore::new(connections.places));
    let running = GracefulShutdown::new();
    let mut ending = connections.ending.clone();
    let serve = |(stream, address): (TcpStream, SocketAddr), place: OwnedSemaphorePermit| {
        let (connections, watcher) = (connections.clone(), running.watcher());
        tokio::spawn(async move {
            connections
                .serve(stream, address.ip().to_canonical(), watcher)
                .await;
            drop(place);
        });
    };
    let mut ends = pin!(ending.wait_for(|ending| *ending >= last));
    loop {
        let accepted = tokio::select! {
            _ = &mut ends => break,
            accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            } => accepted,
        };
        let (Ok(place), accepted) = accepted else { break };
        match accepted {
            Ok(accepted) => serve(accepted, place),
            // No descriptor is free: some will be.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    if let Ok(listener) = listener.into_std() {
        // Those that wait would be reset when the listener closes.
        while let Ok((stream, address)) = listener.accept()
            && let Ok(place) = Arc::clone(&places).try_acquire_owned()
            && stream.set_nonblocking(true).is_ok()
            && let Ok(stream) = TcpStream::from_std(stream)
        {
            serve((stream, address), place);
        }
    }
    let all = u32::try_from(connections.places).unwrap_or(u32::MAX);
    let _ = timeout(ON_ITS_WAY, places.acquire_many(all)).await;
    let _ = timeout(END_LIMIT.saturating_sub(ON_ITS_WAY), running.shutdown()).await;
}

impl Connections {
    /// What a client breaks off, or does not come to an end with, concerns nobody else.
    async fn serve(self, stream: TcpStream, peer: IpAddr, watcher: Watcher) {
        // An answer is written at once; where this fails it comes a little later.
        let _ = stream.set_nodelay(true);
        let tls = self.tls_of.as_ref().and_then(|switch| switch.site().tls.clone());
        match tls {
            None => self.speak(stream, peer, watcher).await,
            Some(tls) => {
                let stream = Ssl::new(tls.acceptor.context()).and_then(|ssl| SslStream::new(ssl, stream));
                let Ok(mut stream) = stream else { return };
                if let Ok(Ok(())) = timeout(PATIENCE.head, Pin::new(&mut stream).accept()).await {
                    self.speak(stream, peer, watcher).await;
                }
            }
        }
    }

    async fn speak(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        watcher: Watcher,
    ) {
        let (stream, turn) = Paced::new(stream, PATIENCE);
        let router = TowerToHyperService::new(self.router);
        let service = service_fn(move |request: Request<Incoming>| {
            turn.begin();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let (answer, turn, ending) = (router.call(request), turn.clone(), self.ending.clone());
            async move {
                let mut answer = answer.await;
                if let Ok(answer) = &mut answer
                    && *ending.borrow() >= Ending::Draining
                {
                    let close = HeaderValue::from_static("close");
                    answer.headers_mut().insert(header::CONNECTION, close);
                }
                turn.end();
                answer
            }
        });
        let connection = http1::Builder::new()
            .header_read_timeout(None)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let _ = watcher.watch(connection).await;
    }
}
