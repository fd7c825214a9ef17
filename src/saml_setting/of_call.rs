//! What one call of an Action sets.

use super::choices::{NameIdSource, ValueType};
use super::spelt::SessionEnd;
use super::table::saml_settings;
use crate::algorithm::{ContentCipher, Digest, KeyEncryption, SignatureMethod};
use crate::keys::{Certificate, PrivateKey, PublicKey};

macro_rules! made {
    (
        settings { $($(#[$meta:meta])* $name:ident: $variant:ident($value:ty) = $kind:expr, $member:literal,
            $setter:literal($($parameter:literal: $js:ident),*);)* }
        of_attributes { $($(#[$of_meta:meta])* $of_name:ident: $of_variant:ident($of_value:ty) = $of_kind:expr,
            $of_member:literal, $of_setter:literal($($of_parameter:literal: $of_js:ident),*);)* }
        of_addon $of_addon:tt
    ) => {
        /// What a call of `samlResponse` sets; one slot for each setting, and of settings of attributes one for each
        /// attribute.
        #[derive(Clone, Debug)]
        pub enum SamlSetting {
            $($(#[$meta])* $variant($value),)*
            $($(#[$of_meta])* $of_variant {
                /// The attribute's name.
                attribute: String,
                /// What is said of it.
                value: $of_value,
            },)*
        }

        impl SamlSetting {
            /// The setter's name after `samlResponse.`, such as `setAudience`.
            pub const fn setter(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $setter,)*
                    $(Self::$of_variant { .. } => $of_setter,)*
                }
            }

            /// The attribute that the setting is for, in settings of attributes.
            pub fn attribute(&self) -> Option<&str> {
                match self {
                    $(Self::$variant(_) => None,)*
                    $(Self::$of_variant { attribute, .. } => Some(attribute),)*
                }
            }
        }
    };
}

saml_settings!(made);
