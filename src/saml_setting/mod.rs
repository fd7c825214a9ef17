//! The settings of a SAML response: what an add-on and the calls of Actions may say of it (semantics 4.2 and 4.3).
//!
//! [`table`] has a line for each setting: its member in the add-on, its setter, and the [`kind`] of its values. A kind
//! knows how the add-on spells a value and which values there are; what the arguments of a call must be is said
//! beside the calls (`command`). From the table are made [`SamlSetting`], what one call sets; [`SamlSettings`], what
//! an add-on sets, read once, with an error in the place of a value that cannot be had; and [`Effective`], both
//! together: each setting as it was made last, and by whom.

mod choices;
mod effective;
mod error;
mod halves;
pub(crate) mod kind;
mod of_addon;
mod of_call;
mod spelt;
mod table;

pub use choices::{NameIdSource, ValueType};
pub use effective::{Effective, OfAttributes, Set, SetBy};
pub use error::{UnusableSetting, ValueError};
pub use halves::{EncryptionMismatch, Half, Halves};
pub(crate) use of_addon::IsSetting;
pub use of_addon::SamlSettings;
pub use of_call::SamlSetting;
pub(crate) use spelt::is_blank;
pub use spelt::{OneOrMany, SessionEnd};
pub(crate) use table::saml_settings;

#[cfg(test)]
mod tests;
