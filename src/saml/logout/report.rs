//! What a logout came to, for the log.

use serde::{Deserialize, Serialize};

/// What became of the participants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Participants that may still have a session; none if the logout is complete.
    pub failures: Vec<Failure>,
    /// What was accepted though it is unwise: code and text.
    pub warnings: Vec<(String, String)>,
}

/// A participant that may still have a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its application.
    pub client_id: String,
    /// Why.
    pub shortfall: Shortfall,
}

/// Why a participant may still have a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shortfall {
    /// Its answer cannot count.
    #[error("its LogoutResponse does not count: {0}")]
    Answer(String),
    /// It never answered.
    #[error("it did not answer")]
    NoAnswer,
    /// It has no logout URL.
    #[error("it has no logout URL; set logout.callback of its add-on")]
    NoEndpoint,
    /// The LogoutRequest could not be made.
    #[error("the LogoutRequest could not be made: {0}")]
    NotSent(String),
    /// It says so itself.
    #[error("it answered with the status {0}")]
    Status(String),
    /// It is not to be told.
    #[error("no LogoutRequest is sent to it, because slo_enabled of its add-on is false")]
    NotNotified,
}
