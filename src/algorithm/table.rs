//! The form of a list of algorithms: one line for each.

/// Who may choose an algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChosenBy {
    /// Actions and the tenant's settings: the platform has it (semantics 4.2).
    Anybody,
    /// The tenant's settings alone: ours.
    Settings,
}

/// An algorithm of a list, for code that reads any of the lists.
pub trait Listed: Copy + 'static {
    /// All of the list, in the order in which messages give them.
    const LIST: &'static [Self];

    /// What settings call it.
    fn setting_name(self) -> &'static str;

    /// Whether an Action may choose it.
    fn is_for_actions(self) -> bool;

    /// The algorithm that an Action calls `name`, if it may choose it.
    fn from_action(name: &str) -> Option<Self> {
        Self::for_actions().find(|known| known.setting_name() == name)
    }

    /// Those that an Action may choose.
    fn for_actions() -> impl Iterator<Item = Self> {
        Self::LIST.iter().copied().filter(|known| known.is_for_actions())
    }
}

/// Declares an enum of algorithms. A line is a variant, what settings call it, what messages call it (a URI, or the
/// `alg` of a token), and who may choose it. The order is that in which messages list them.
macro_rules! algorithms {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $setting:literal, $uri:literal, $by:ident;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// All of them, in the order in which messages list them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// What settings call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $setting,)*
                }
            }

            /// What messages call it.
            pub const fn uri(self) -> &'static str {
                match self {
                    $(Self::$variant => $uri,)*
                }
            }

            /// Who may choose it.
            pub const fn chosen_by(self) -> $crate::algorithm::ChosenBy {
                match self {
                    $(Self::$variant => $crate::algorithm::ChosenBy::$by,)*
                }
            }

            /// The algorithm that settings call `name`.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == name)
            }

            /// The algorithm that messages call `uri`.
            pub fn from_uri(uri: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.uri() == uri)
            }
        }

        impl $crate::algorithm::Listed for $name {
            const LIST: &'static [Self] = Self::ALL;

            fn setting_name(self) -> &'static str {
                self.name()
            }

            fn is_for_actions(self) -> bool {
                self.chosen_by() == $crate::algorithm::ChosenBy::Anybody
            }
        }
    };
}
pub(super) use algorithms;
