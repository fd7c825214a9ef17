//! A page as it is sent.

use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};

/// A page, and who may frame it.
#[derive(Debug)]
pub struct Page {
    pub html: String,
    /// Of the style and the script that stand in the page.
    pub nonce: String,
    /// An origin; nobody, where there is none.
    pub framed_by: Option<String>,
}

/// A new nonce for a page.
pub fn nonce() -> String {
    SystemRandom.text(ALPHANUMERIC, 22)
}
