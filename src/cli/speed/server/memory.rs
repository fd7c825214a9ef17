//! Memory of a server that has nothing to do, and what open sessions add.

use super::child::{Memory, Server};
use super::client::{Connection, Place};
use super::house::House;
use super::{sessions, works};
use crate::cli::trouble::Trouble;
use crate::secret::hex_sha256;
use hyper::StatusCode;
use serde::Serialize;
use std::thread;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Memory, and what it comes from.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    /// Of a server that has nothing to do, with all of its workers.
    pub idle: Memory,
    /// Sessions that were opened, each of which was used once.
    pub sessions: usize,
    /// Resident memory that the sessions added.
    pub sessions_added_mib: f64,
}

/// Sessions that are opened where there is time for them.
pub(super) const SESSIONS: usize = 10_000;

/// Measures an idle server whose workers have all run an Action, then opens sessions and uses each.
///
/// # Errors
/// The server answers otherwise than it should.
pub(super) fn held(server: &Server, house: &House, runtime: &Runtime, count: usize) -> Result<Held, Trouble> {
    // Every worker runs, and all is there that a login needs.
    let mut work = runtime.block_on(works::refreshes(server, house))?;
    runtime.block_on(super::callers::load(
        &mut work.callers,
        Duration::from_millis(300),
    ))?;
    drop(work);
    log_in(server, house, runtime, count.min(SESSIONS / 10))?;
    thread::sleep(SETTLED);
    let idle = server.memory();
    log_in(server, house, runtime, count)?;
    thread::sleep(SETTLED);
    let after = server.memory();
    let of = |memory: Memory| memory.pss_mib.unwrap_or(memory.rss_mib);
    Ok(Held {
        idle,
        sessions: count,
        sessions_added_mib: of(after) - of(idle),
    })
}

/// Opens sessions, and logs in to the service provider with each.
fn log_in(server: &Server, house: &House, runtime: &Runtime, count: usize) -> Result<(), Trouble> {
    let cookies = sessions::open(house, count)?;
    runtime.block_on(async {
        let mut connection = Connection::open(&Place::of(server)).await?;
        for cookie in cookies {
            // The cookie is this session's alone, so the id is another one for each.
            let id = format!("_{}", hex_sha256(cookie.as_bytes()));
            let heard = connection
                .ask(&works::saml_login(&server.url, &id, cookie))
                .await?;
            if heard.status != StatusCode::OK {
                return Err(heard.unexpected("a response for the service provider"));
            }
        }
        Ok(())
    })
}

/// How long a server is left alone before it is measured.
const SETTLED: Duration = Duration::from_millis(1_500);
