//! Settings that are one of a few words.

use super::nearest::nearest;
use super::setting::{SettingError, SettingKind};
use crate::algorithm::JwsAlgorithm;
use crate::json::quoted;

/// Declares a setting that is one of a few words, and whether another word is reported when the tenant is read. A line
/// is a variant and its word; the order is that in which messages list them.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident, reported: $reported:literal { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $name {
            /// All of them, in the order in which messages list them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl $crate::tenant::SettingKind for $name {
            type Written = String;
            type Value = Self;

            fn read(written: &String) -> Result<Self, $crate::tenant::SettingError> {
                $crate::tenant::words::word(written, Self::ALL, Self::name)
            }

            fn is_reported(written: &String) -> bool {
                $reported && !written.is_empty()
            }
        }
    };
}
pub(super) use words;

/// The value whose word is `text`.
pub(super) fn word<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, SettingError> {
    let found = all.iter().copied().find(|value| name(*value) == text);
    found.ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|value| name(*value)).collect();
        unknown_word(text, &known)
    })
}

/// Why `text` is none of the words of a setting.
pub(super) fn unknown_word(text: &str, known: &[&str]) -> SettingError {
    let list = known.join(", ");
    let help = match nearest(text, known.iter().copied()).first() {
        Some(near) => format!("did you mean {near}? Allowed values: {list}"),
        None => format!("allowed values: {list}"),
    };
    SettingError::new(format!("{} is not an allowed value", quoted(text)), help)
}

impl SettingKind for JwsAlgorithm {
    type Written = String;
    type Value = Self;

    fn read(written: &String) -> Result<Self, SettingError> {
        word(written, Self::ALL, Self::name)
    }

    fn is_reported(written: &String) -> bool {
        !written.is_empty()
    }
}
