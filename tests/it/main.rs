//! Integration tests: the program and its parts as others use them.

#![allow(clippy::unwrap_used, reason = "a test may")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write files and measure time"
)]

mod action;
mod canary;
mod cli;
mod examples;
mod fuzz;
mod hostile;
mod import_sp;
mod import_wishes;
mod inspect;
mod metadata;
mod node_cage;
mod post_page;
mod rotation;
mod schema;
#[cfg(feature = "server")]
mod serve;
mod terminal;
mod xmlsec;
