//! postlogin: the place where a login becomes tokens.
//!
//! ```no_run
#![doc = include_str!("../examples/issue_tokens.rs")]
//! ```
//!
//! A login goes through the rooms of this crate in order: [`folder`] reads a [`tenant`]; with what really happened it
//! makes an [`event`]; [`action`] runs the customer's JavaScript in a worker process and returns what it asked for as
//! [`command`]s; [`login`] decides; [`issue`] has [`token`] and [`saml`] build the real artefacts with [`keys`];
//! [`trace`] tells what became of every request. [`flow`] drives all of that, for the command line and for everybody
//! else. Everything but the pool of workers, the readers of folders and keys and the command line is pure: time,
//! randomness and keys are arguments.

#![cfg_attr(
    test,
    expect(
        clippy::disallowed_methods,
        reason = "tests read fixtures and make keys; the same code is checked without them"
    )
)]

pub mod action;
pub mod algorithm;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
pub mod command;
mod disk;
pub mod egress;
mod encoding;
pub mod endpoints;
pub mod escape;
pub mod event;
pub mod flow;
pub mod folder;
pub mod inspect;
pub mod issue;
pub mod json;
pub mod keys;
pub mod login;
pub mod oauth;
pub mod password;
pub mod random;
pub mod result;
pub mod runner;
pub mod saml;
pub mod saml_setting;
pub mod secret;
#[cfg(feature = "server")]
pub mod server;
#[cfg(feature = "server")]
pub mod store;
pub mod tenant;
#[cfg(test)]
mod tests;
pub mod time;
pub mod token;
pub mod trace;
pub mod web_url;
pub mod xml;
