//! On which terms a run reaches the network.

use super::answers::Answers;
use super::limits::Limits;
use super::network::Network;
use super::policy::Policy;
use std::sync::Arc;

/// On which terms one run reaches the network. A clone shares everything.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Whom it may reach.
    pub policy: Arc<Policy>,
    /// How much it may use.
    pub limits: Limits,
    /// What is asked before the network.
    pub answers: Option<Arc<dyn Answers>>,
    /// What is kept of its requests.
    pub keeping: Keeping,
    /// By which way its connections go.
    pub network: Arc<Network>,
}

/// What is kept of requests and answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Headers and bodies, for a record.
    Messages,
    /// What the result lists.
    #[default]
    Nothing,
}
