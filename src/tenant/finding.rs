//! What a login would say of a setting.

use crate::json::JsonPath;

/// What a login would say of a setting, found without a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where the setting stands in its object, such as `addons.samlp.cert`.
    pub path: JsonPath,
    /// The code that the login would give.
    pub code: String,
    /// The text that the login would give.
    pub message: String,
    /// What becomes of the login.
    pub effect: Effect,
}

/// What becomes of a login by what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It warns of something that works as it is set, and which a service provider may need so.
    Advises,
    /// It fails.
    Fails,
    /// It fails, and so it should, whatever else is set: no browser is sent to such a URL.
    Refuses,
    /// It warns.
    Warns,
}
