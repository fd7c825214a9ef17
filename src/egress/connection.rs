//! One connection of a script to one destination.

use super::line::{Asked, Layer};
use super::reach::reach;
use super::refusal::Refusal;
use super::run::Run;
use super::wire::{Counted, Stream};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use tokio::time::timeout_at;

/// One connection of a script to one destination.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) run: Arc<Run>,
    pub(super) asked: Asked,
    /// Why it is closed; set before it is.
    pub(super) why: Arc<OnceLock<Refusal>>,
    /// The server closed its connection.
    pub(super) left: Arc<Notify>,
}

impl Connection {
    pub(super) fn new(run: Arc<Run>, asked: Asked, why: Arc<OnceLock<Refusal>>) -> Self {
        Self {
            run,
            asked,
            why,
            left: Arc::default(),
        }
    }

    /// Connects, with TLS where that is the layer, in the time of a request.
    pub(super) async fn connect(&self, layer: Layer) -> Result<Counted, Refusal> {
        let terms = &self.run.terms;
        let connecting = async {
            let destination = &self.asked.destination;
            let stream = reach(destination, &terms.policy, &terms.network).await?;
            let stream: Box<dyn Stream> = match layer {
                Layer::Plain => Box::new(stream),
                Layer::Tls => Box::new(terms.network.trust().secure(stream, &destination.host).await?),
            };
            Ok(Counted::new(stream, Arc::clone(&self.run), Arc::clone(&self.why)))
        };
        timeout_at(self.run.time_limit(), connecting)
            .await
            .unwrap_or_else(|_| Err(self.late("a connection")))
    }

    /// What took too long.
    pub(super) fn late(&self, what: &'static str) -> Refusal {
        Refusal::TimedOut {
            what,
            to: self.asked.destination.clone(),
            after: self.run.terms.limits.request_timeout,
        }
    }

    /// Says why the connection will be closed. What was said first stands, and comes back.
    pub(super) fn stop(&self, refusal: Refusal) -> Refusal {
        self.why.get_or_init(|| refusal).clone()
    }
}
