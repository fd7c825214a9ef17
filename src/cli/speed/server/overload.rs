//! More than the server can bear: what it still answers, and how soon the rest knows.

use super::callers::load;
use super::child::Server;
use super::client::{Connection, Place};
use super::house::API;
use super::measured::percentile;
use super::works::{client_credentials, machine_token};
use crate::cli::trouble::Trouble;
use hyper::StatusCode;
use hyper::header::RETRY_AFTER;
use serde::Serialize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// What came of asking for three times as much as the server can bear.
#[derive(Debug, Serialize)]
pub(super) struct Overload {
    /// What it bears: answers a second where nobody asks before the last answer came.
    pub borne_per_second: f64,
    /// Requests a second that were sent.
    pub asked_per_second: f64,
    /// Answers with status 200 a second.
    pub answered_per_second: f64,
    /// What was answered, to what it bears.
    pub kept: f64,
    /// Right after it was too much: answers a second to what it bears.
    pub recovered: f64,
    /// Answers with status 503.
    pub refused: usize,
    pub refused_p50_ms: f64,
    pub refused_p99_ms: f64,
    /// Answers with status 503 that do not say when to come back.
    pub without_retry_after: usize,
    /// Other answers, and connections that broke.
    pub other: usize,
}

/// Connections over which too much is asked.
const CONNECTIONS: usize = 384;
const TIMES: f64 = 3.0;
/// What is borne shows in this time.
const LONG_ENOUGH: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Seen {
    answered: usize,
    refused: Vec<Duration>,
    without_retry_after: usize,
    other: usize,
}

/// Asks for the tokens of a machine, as fast as they come, then three times as fast, and again as fast as they come.
///
/// # Errors
/// The server answers otherwise than it should while it bears what is asked.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
pub(super) fn overload(server: &Server, runtime: &Runtime, span: Duration) -> Result<Overload, Trouble> {
    runtime.block_on(async {
        let mut work = client_credentials(server).await?;
        let short = span.min(LONG_ENOUGH);
        load(&mut work.callers, short / 4).await?;
        let begun = Instant::now();
        let borne = load(&mut work.callers, short).await?.len();
        let borne_per_second = count(borne) / begun.elapsed().as_secs_f64();

        let permits = Arc::new(Semaphore::new(0));
        let mut callers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            callers.spawn(ask_when_told(Place::of(server), Arc::clone(&permits)));
        }
        let begun = Instant::now();
        let mut sent = 0;
        while begun.elapsed() < span {
            tokio::time::sleep(Duration::from_millis(1)).await;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a small number of requests"
            )]
            let due = (begun.elapsed().as_secs_f64() * borne_per_second * TIMES) as usize;
            permits.add_permits(due - sent);
            sent = due;
        }
        // What nobody was free to ask is not asked any more.
        let unasked = permits.available_permits();
        permits.close();
        let took = begun.elapsed().as_secs_f64();
        let mut all = Seen::default();
        while let Some(seen) = callers.join_next().await {
            let seen =
                seen.map_err(|error| Trouble::new(format!("a caller fails: {error}"), "please report this"))?;
            all.answered += seen.answered;
            all.refused.extend(seen.refused);
            all.without_retry_after += seen.without_retry_after;
            all.other += seen.other;
        }
        let answered_per_second = count(all.answered) / took;
        let begun = Instant::now();
        let after = load(&mut work.callers, short / 4).await?.len();
        let after_per_second = count(after) / begun.elapsed().as_secs_f64();
        Ok(Overload {
            borne_per_second,
            asked_per_second: count(sent - unasked) / took,
            answered_per_second,
            kept: answered_per_second / borne_per_second,
            recovered: after_per_second / borne_per_second,
            refused: all.refused.len(),
            refused_p50_ms: percentile(&mut all.refused, 50),
            refused_p99_ms: percentile(&mut all.refused, 99),
            without_retry_after: all.without_retry_after,
            other: all.other,
        })
    })
}

/// Asks once for each permit, until there will be none any more.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
async fn ask_when_told(place: Place, permits: Arc<Semaphore>) -> Seen {
    let asked = machine_token(API);
    let mut seen = Seen::default();
    let mut connection = Connection::open(&place).await.ok();
    while let Ok(permit) = permits.acquire().await {
        permit.forget();
        let begun = Instant::now();
        let open = match connection.take() {
            Some(open) => Some(open),
            None => Connection::open(&place).await.ok(),
        };
        let Some(mut open) = open else {
            seen.other += 1;
            continue;
        };
        match open.ask(&asked).await {
            Ok(heard) if heard.status == StatusCode::OK => seen.answered += 1,
            Ok(heard) if heard.status == StatusCode::SERVICE_UNAVAILABLE => {
                seen.refused.push(begun.elapsed());
                seen.without_retry_after += usize::from(!heard.headers.contains_key(RETRY_AFTER));
            }
            Ok(_) => seen.other += 1,
            // A server that closes a connection it has answered over is right to.
            Err(_) => {
                seen.other += 1;
                continue;
            }
        }
        connection = Some(open);
    }
    seen
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
fn count(count: usize) -> f64 {
    count as f64
}
