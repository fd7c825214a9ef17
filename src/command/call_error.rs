//! Why a call is refused.

/// Why a call is refused. The text is what the script's `Error` says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", self.prefix())]
pub struct CallError {
    /// The path after `api.`; empty where the text is the platform's own.
    pub method: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl CallError {
    /// A refusal of `method`; what it quotes of the script's own text is bounded and without controls.
    pub(crate) fn new(method: &str, reason: impl Into<String>) -> Self {
        const MAX_BYTES: usize = 1024;
        let reason: String = reason.into();
        let bounded = &reason[..reason.floor_char_boundary(MAX_BYTES)];
        Self {
            method: method.to_owned(),
            reason: bounded
                .chars()
                .filter(|character| !character.is_control())
                .collect(),
        }
    }

    fn prefix(&self) -> String {
        if self.method.is_empty() {
            String::new()
        } else {
            format!("api.{}: ", self.method)
        }
    }
}
