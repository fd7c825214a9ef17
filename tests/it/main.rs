//! Integration tests: the program and its parts as others use them.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod action;
mod canary;
mod cli;
mod fuzz;
mod hostile;
mod import_sp;
mod inspect;
mod metadata;
mod post_page;
mod rotation;
mod terminal;
mod xmlsec;
