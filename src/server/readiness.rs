//! Whether the store can be read and written, for whoever sends requests here. It is asked once for all who want to know at
//! the same time, and nobody waits for long.

use super::site::Site;
use crate::store::{StoreError, Stored};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// What is known of the store.
#[derive(Default)]
pub(super) struct Readiness(Mutex<Known>);

#[derive(Default)]
struct Known {
    last: Option<(Instant, Stored<()>)>,
    /// A question that is not answered yet.
    asked: Option<JoinHandle<Stored<()>>>,
}

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(1);
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

impl Readiness {
    /// Whether people can log in, as far as the store decides it.
    ///
    /// # Errors
    /// Why not, and what to do, in one sentence.
    pub async fn of(&self, site: &Arc<Site>) -> Result<(), String> {
        match timeout(PATIENCE, self.answer(site)).await {
            Ok(answer) => answer.map_err(|error| format!("{error}; {}", error.help())),
            Err(_) => Err(format!(
                "the store has not answered for {} seconds; look at its disk, and for another program that has the file open",
                PATIENCE.as_secs()
            )),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the edge: here durations are measured")]
    async fn answer(&self, site: &Arc<Site>) -> Stored<()> {
        let mut known = self.0.lock().await;
        if let Known {
            last: Some((when, answer)),
            asked: None,
        } = &*known
            && when.elapsed() < FRESH
        {
            return answer.clone();
        }
        let site = Arc::clone(site);
        let asked = known
            .asked
            .get_or_insert_with(|| spawn_blocking(move || site.store.is_ready(site.now())));
        // Whoever gives up waiting leaves the question to the next one.
        let answer = asked.await.unwrap_or_else(|error| {
            Err(StoreError::Failed {
                why: format!("it could not be asked: {error}"),
            })
        });
        *known = Known {
            last: Some((Instant::now(), answer.clone())),
            asked: None,
        };
        answer
    }
}
