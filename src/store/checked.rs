//! What a look through the whole store finds.

use indexmap::IndexMap;

/// What a look through the whole store found (`postlogin store check`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many rows there are of each kind, by a name that stays.
    pub counts: IndexMap<&'static str, u32>,
    /// What does not hold.
    pub faults: Vec<Fault>,
}

/// Something that has to hold in every store, and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A name that stays.
    pub code: &'static str,
    /// What is wrong, and where; never a value that is secret.
    pub what: String,
}
