//! Whom Actions may reach, entry by entry, as `[actions.egress]` has them.

use super::setting::{SettingError, SettingKind};
use crate::egress::{Destination, Rule};
use std::str::FromStr;

/// An entry of `allow` or `deny`: a host, a network or all public addresses, with a port or without.
#[derive(Clone, Copy, Debug)]
pub enum Reachable {}

/// An entry of `tunnel`: a host and a port.
#[derive(Clone, Copy, Debug)]
pub enum TunnelEnd {}

impl SettingKind for Reachable {
    type Written = String;
    type Value = Rule;

    fn read(written: &String) -> Result<Rule, SettingError> {
        parsed(written)
    }
}

impl SettingKind for TunnelEnd {
    type Written = String;
    type Value = Destination;

    fn read(written: &String) -> Result<Destination, SettingError> {
        parsed(written)
    }
}

/// What is wrong, and behind a semicolon what to write.
fn parsed<T: FromStr<Err = String>>(written: &str) -> Result<T, SettingError> {
    written.trim().parse().map_err(|wrong: String| {
        let (what, help) = wrong
            .split_once("; ")
            .unwrap_or((&wrong, "write HOST:PORT, such as db.example:5432"));
        SettingError::new(what, help)
    })
}
