//! A pair, from its first line on.

use super::connection::Connection;
use super::http::{self, Upstream};
use super::line::{self, Asked, Layer};
use super::refusal::{Refusal, Refused};
use super::run::{CONNECT, Listing, Run};
use super::wire::{Counted, Script};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::UnixStream;
use tokio::time::Instant;

/// Serves a pair until either side closes it. Why it was closed is known before it closes.
pub(super) async fn serve(mut pair: UnixStream, run: Arc<Run>, why: Arc<OnceLock<Refusal>>) {
    let Ok((line, early)) = first_line(&mut pair).await else {
        return;
    };
    let begun = match Asked::parse(&line) {
        Ok(asked) => begin(Connection::new(run, asked, Arc::clone(&why))).await,
        Err(refusal) => Err(refusal),
    };
    let pair = match begun {
        Ok((answer, way)) => match pair.write_all(answer).await {
            Ok(()) => way.go(Script::new(pair, early)).await.into_pair(),
            Err(_) => return,
        },
        Err(refusal) => {
            let refused = Refused::from(why.get_or_init(|| refusal));
            // The other side may be gone.
            let _ = pair.write_all(&line::refused(&refused)).await;
            pair
        }
    };
    part(pair).await;
}

/// Closes a pair so that the script's side reads its end. Were it closed while bytes of the script lie unread, the
/// script's side would read a reset, and not ask why.
async fn part(mut pair: UnixStream) {
    let mut ignored = vec![0; IGNORED_AT_ONCE];
    if pair.shutdown().await.is_ok() {
        for _ in 0..IGNORED_TIMES {
            match pair.read(&mut ignored).await {
                Ok(1..) => {}
                _ => break,
            }
        }
    }
}

/// Reads up to the end of the first line; what came behind it comes back too.
async fn first_line(pair: &mut UnixStream) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut line = Vec::with_capacity(line::LONGEST);
    loop {
        let heard = pair.read_buf(&mut line).await?;
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            let early = line.split_off(end + 1);
            line.truncate(end);
            return Ok((line, early));
        }
        if heard == 0 || line.len() >= line::LONGEST {
            return Ok((line, Vec::new()));
        }
    }
}

/// What a pair becomes.
enum Way {
    /// HTTP/1.1, with a server that is connected to already, or once a request needs it.
    Http(Connection, Option<Upstream>),
    /// Bytes that pass through untouched.
    Tunnel(Connection, Counted, Arc<Listing>),
}

/// Connects, unless answers are asked first. With the way goes what the script's side is told.
async fn begin(connection: Connection) -> Result<(&'static [u8], Way), Refusal> {
    let (run, asked) = (&connection.run, &connection.asked);
    let began = Instant::now();
    let tunnels = run.terms.policy.tunnels(&asked.destination);
    if let Err(refusal) = run.connect() {
        run.list(CONNECT, asked.url("/"), began)?.failed(&refusal);
        return Err(refusal);
    }
    if tunnels {
        let listing = Arc::new(run.list(CONNECT, format!("tcp://{}", asked.destination), began)?);
        let connected = connection.connect(Layer::Plain).await;
        let server = connected.inspect_err(|refusal| listing.failed(refusal))?;
        let server = server.listed(Arc::clone(&listing));
        let answer = match asked.layer {
            Layer::Plain => line::OK,
            Layer::Tls => line::TUNNEL,
        };
        return Ok((answer, Way::Tunnel(connection, server, listing)));
    }
    if run.terms.answers.is_some() {
        return Ok((line::OK, Way::Http(connection, None)));
    }
    match Upstream::connect(&connection).await {
        Ok(upstream) => Ok((line::OK, Way::Http(connection, Some(upstream)))),
        Err(refusal) => {
            run.list(CONNECT, asked.url("/"), began)?.failed(&refusal);
            Err(refusal)
        }
    }
}

impl Way {
    /// Goes it to its end. The script's side comes back.
    async fn go(self, mut script: Script) -> Script {
        match self {
            Self::Http(connection, upstream) => http::serve(script, connection, upstream).await,
            Self::Tunnel(connection, mut server, listing) => {
                let copied = copy_bidirectional(&mut script, &mut server).await;
                match (connection.why.get(), copied) {
                    (Some(refusal), _) => listing.failed(refusal),
                    (None, Ok(_)) => listing.done(),
                    (None, Err(error)) => {
                        listing.failed(&Refusal::broken(&connection.asked.destination, &error));
                    }
                }
                script
            }
        }
    }
}

/// How much of what a script still sends is read and ignored when its pair is closed: 4 MiB.
const IGNORED_TIMES: usize = 256;
const IGNORED_AT_ONCE: usize = 16 << 10;
