//! What an add-on sets.

use super::choices::{NameIdSource, ValueType};
use super::error::{UnusableSetting, ValueError};
use super::kind::{self, Kind};
use super::spelt::{OneOrMany, SessionEnd};
use super::table::saml_settings;
use crate::algorithm::{ContentCipher, Digest, KeyEncryption, SignatureMethod};
use crate::keys::{Certificate, PrivateKey, PublicKey};
use indexmap::IndexMap;
use serde::de::MapAccess;

/// A value, or why there is none; absent where nothing is set.
type Read<T> = Option<Result<T, ValueError>>;

/// The same for each attribute, by its name.
type ReadOfAttributes<T> = IndexMap<String, Result<T, ValueError>>;

macro_rules! made {
    (
        settings { $($(#[$meta:meta])* $name:ident: $variant:ident($value:ty) = $kind:expr, $member:literal,
            $setter:literal($($parameter:literal: $js:ident),*);)* }
        of_attributes { $($(#[$of_meta:meta])* $of_name:ident: $of_variant:ident($of_value:ty) = $of_kind:expr,
            $of_member:literal, $of_setter:literal($($of_parameter:literal: $of_js:ident),*);)* }
        of_addon { $($(#[$own_meta:meta])* $own_name:ident: $own_value:ty = $own_kind:expr, $own_member:literal;)* }
    ) => {
        /// Every setting of an add-on, with an error in the place of a value that cannot be had. What is not set is
        /// absent; so is an empty text, as on the platform.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct SamlSettings {
            $($(#[$meta])* pub $name: Read<$value>,)*
            $($(#[$of_meta])* pub $of_name: ReadOfAttributes<$of_value>,)*
            $($(#[$own_meta])* pub $own_name: Read<$own_value>,)*
            /// Members with an empty value, which count as not set.
            pub(crate) blank: Vec<&'static str>,
        }

        impl SamlSettings {
            /// The members of an add-on that are settings.
            pub(crate) const MEMBERS: &[&str] = &[$($member,)* $($of_member,)* $($own_member,)*];

            /// Reads the value of `member`, whose turn it is in `members`, if that is a setting.
            ///
            /// # Errors
            /// Another type than the setting's.
            pub(crate) fn read<'de, A: MapAccess<'de>>(
                &mut self,
                member: &str,
                members: &mut A,
            ) -> Result<IsSetting, A::Error> {
                match member {
                    $($member => self.$name = one($member, &$kind, members, &mut self.blank)?,)*
                    $($of_member => self.$of_name = of_attributes(&$of_kind, members)?,)*
                    $($own_member => self.$own_name = one($own_member, &$own_kind, members, &mut self.blank)?,)*
                    _ => return Ok(IsSetting::No),
                }
                Ok(IsSetting::Yes)
            }

            /// Those that cannot be had, in the order of the table.
            pub fn unusable(&self) -> Vec<UnusableSetting<'_>> {
                let mut list = Vec::new();
                let mut note = |member, attribute, error| {
                    list.push(UnusableSetting { member, attribute, error });
                };
                $(if let Some(Err(error)) = &self.$name {
                    note($member, None, error);
                })*
                $(for (attribute, value) in &self.$of_name {
                    if let Err(error) = value {
                        note($of_member, Some(attribute.as_str()), error);
                    }
                })*
                $(if let Some(Err(error)) = &self.$own_name {
                    note($own_member, None, error);
                })*
                list
            }
        }
    };
}

saml_settings!(made);

/// Whether a member of an add-on is a setting of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IsSetting {
    No,
    Yes,
}

fn one<'de, K: Kind, A: MapAccess<'de>>(
    member: &'static str,
    kind: &K,
    members: &mut A,
    blank: &mut Vec<&'static str>,
) -> Result<Read<K::Value>, A::Error> {
    let spelt: Option<K::Spelt> = members.next_value()?;
    if spelt.as_ref().is_some_and(|spelt| kind.is_absent(spelt)) {
        blank.push(member);
        return Ok(None);
    }
    Ok(spelt.map(|spelt| kind.read(spelt)))
}

fn of_attributes<'de, K: Kind, A: MapAccess<'de>>(
    kind: &K,
    members: &mut A,
) -> Result<ReadOfAttributes<K::Value>, A::Error> {
    let spelt: Option<IndexMap<String, K::Spelt>> = members.next_value()?;
    let spelt = spelt.into_iter().flatten();
    Ok(spelt
        .map(|(attribute, spelt)| (attribute, kind.read(spelt)))
        .collect())
}
