//! The result of a logout, for the log.

use serde::{Deserialize, Serialize};

/// The result for all participants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Participants that may still have a session; none if the logout is complete.
    pub failures: Vec<Failure>,
    /// Warnings about messages that were accepted: code and text.
    pub warnings: Vec<(String, String)>,
}

/// A participant that may still have a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The application of the participant.
    pub client_id: String,
    /// The reason.
    pub shortfall: Shortfall,
}

/// Why a participant may still have a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Shortfall {
    /// The LogoutResponse of the participant is not valid.
    #[error("its LogoutResponse does not count: {0}")]
    Answer(String),
    /// No LogoutResponse came.
    #[error("it did not answer")]
    NoAnswer,
    /// The participant has no logout URL.
    #[error("it has no logout URL; set logout.callback of its add-on")]
    NoEndpoint,
    /// The LogoutRequest could not be made.
    #[error("the LogoutRequest could not be made: {0}")]
    NotSent(String),
    /// The LogoutResponse has another status than Success.
    #[error("it answered with the status {0}")]
    Status(String),
    /// No LogoutRequest is sent, because `slo_enabled` is false.
    #[error("no LogoutRequest is sent to it, because slo_enabled of its add-on is false")]
    NotNotified,
}
