//! Each setting as it was made last: the add-on's, with those of Actions on top (semantics 4.1).

use super::choices::{NameIdSource, ValueType};
use super::error::{UnusableSetting, ValueError};
use super::of_addon::SamlSettings;
use super::of_call::SamlSetting;
use super::spelt::{OneOrMany, SessionEnd};
use super::table::saml_settings;
use crate::algorithm::{ContentCipher, Digest, KeyEncryption, SignatureMethod};
use crate::keys::{Certificate, PrivateKey, PublicKey};
use crate::trace::Origin;
use indexmap::IndexMap;

/// One setting as it was made last.
#[derive(Debug)]
pub struct Set<'a, T> {
    /// Its member in the add-on.
    pub member: &'static str,
    /// The value, or why it cannot be had; absent where nothing is set, so that the default applies.
    pub value: Option<Result<&'a T, UnusableSetting<'a>>>,
    /// The source of the value.
    pub by: SetBy<'a>,
}

/// The source of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy<'a> {
    /// The add-on.
    AddOn,
    /// The call of an Action that was made there.
    Call(&'a Origin),
    /// Nothing: the value is the default.
    Nobody,
}

impl<'a, T> Set<'a, T> {
    /// The value, if one is set.
    ///
    /// # Errors
    /// The setting cannot be had.
    pub fn get(&self) -> Result<Option<&'a T>, UnusableSetting<'a>> {
        self.value.transpose()
    }

    /// The value, if one is set and can be had.
    pub fn usable(&self) -> Option<&'a T> {
        self.value.and_then(Result::ok)
    }

    const fn by_nobody(member: &'static str) -> Self {
        Self {
            member,
            value: None,
            by: SetBy::Nobody,
        }
    }

    fn by_addon(member: &'static str, read: Option<&'a Result<T, ValueError>>) -> Self {
        let Some(read) = read else {
            return Self::by_nobody(member);
        };
        let value = read.as_ref().map_err(|error| UnusableSetting {
            member,
            attribute: None,
            error,
        });
        Self {
            member,
            value: Some(value),
            by: SetBy::AddOn,
        }
    }
}

impl<'a> SetBy<'a> {
    /// Where the call was made, if a call made it.
    pub fn origin(self) -> Option<&'a Origin> {
        match self {
            Self::Call(origin) => Some(origin),
            Self::AddOn | Self::Nobody => None,
        }
    }
}

/// Settings of attributes by the attributes' names.
pub type OfAttributes<'a, T> = IndexMap<&'a str, Result<&'a T, UnusableSetting<'a>>>;

macro_rules! made {
    (
        settings { $($(#[$meta:meta])* $name:ident: $variant:ident($value:ty) = $kind:expr, $member:literal,
            $setter:literal($($parameter:literal: $js:ident),*);)* }
        of_attributes { $($(#[$of_meta:meta])* $of_name:ident: $of_variant:ident($of_value:ty) = $of_kind:expr,
            $of_member:literal, $of_setter:literal($($of_parameter:literal: $of_js:ident),*);)* }
        of_addon { $($(#[$own_meta:meta])* $own_name:ident: $own_value:ty = $own_kind:expr, $own_member:literal;)* }
    ) => {
        /// Every setting as it was made last.
        #[derive(Debug)]
        pub struct Effective<'a> {
            $($(#[$meta])* pub $name: Set<'a, $value>,)*
            $($(#[$of_meta])* pub $of_name: OfAttributes<'a, $of_value>,)*
            $($(#[$own_meta])* pub $own_name: Set<'a, $own_value>,)*
        }

        impl Default for Effective<'_> {
            /// Nothing is set.
            fn default() -> Self {
                Self {
                    $($name: Set::by_nobody($member),)*
                    $($of_name: IndexMap::new(),)*
                    $($own_name: Set::by_nobody($own_member),)*
                }
            }
        }

        impl<'a> Effective<'a> {
            /// What the add-on sets.
            pub fn of_addon(settings: &'a SamlSettings) -> Self {
                Self {
                    $($name: Set::by_addon($member, settings.$name.as_ref()),)*
                    $($of_name: by_attribute($of_member, &settings.$of_name),)*
                    $($own_name: Set::by_addon($own_member, settings.$own_name.as_ref()),)*
                }
            }

            /// Puts what a call sets, which was made at `origin`, in the place of what was set before.
            pub fn set(&mut self, setting: &'a SamlSetting, origin: &'a Origin) {
                match setting {
                    $(SamlSetting::$variant(value) => {
                        self.$name.value = Some(Ok(value));
                        self.$name.by = SetBy::Call(origin);
                    })*
                    $(SamlSetting::$of_variant { attribute, value } => {
                        self.$of_name.insert(attribute, Ok(value));
                    })*
                }
            }
        }
    };
}

saml_settings!(made);

fn by_attribute<'a, T>(
    member: &'static str,
    read: &'a IndexMap<String, Result<T, ValueError>>,
) -> OfAttributes<'a, T> {
    read.iter()
        .map(|(attribute, value)| {
            let value = value.as_ref().map_err(|error| UnusableSetting {
                member,
                attribute: Some(attribute),
                error,
            });
            (attribute.as_str(), value)
        })
        .collect()
}
