//! Settings whose values are a few words that name no algorithm.

use crate::algorithm::Listed;

/// Declares a setting whose values are words: a line is a value and its word. The order is that in which messages
/// list them.
macro_rules! choices {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl Listed for $name {
            const LIST: &'static [Self] = &[$(Self::$variant),*];

            fn setting_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            fn is_for_actions(self) -> bool {
                true
            }
        }
    };
}

choices! {
    /// Where the NameID comes from; ours.
    NameIdSource {
        /// The first probe with a value, as on the platform.
        Probes = "probes";
        /// A keyed hash of user and service provider: always the same, and another one elsewhere.
        Pairwise = "pairwise";
        /// A new one for each login.
        Transient = "transient";
    }
}

impl Default for NameIdSource {
    /// That of the platform (semantics 4.6).
    fn default() -> Self {
        Self::Probes
    }
}

choices! {
    /// What the values of an attribute are said to be (XML Schema part 2); ours.
    ValueType {
        /// Any text.
        String = "xs:string";
        /// `true`, `false`, `1` or `0`.
        Boolean = "xs:boolean";
        /// A whole number.
        Integer = "xs:integer";
        /// A decimal number.
        Decimal = "xs:decimal";
        /// A floating-point number.
        Double = "xs:double";
        /// `2026-01-31`
        Date = "xs:date";
        /// `2026-01-31T12:00:00Z`
        DateTime = "xs:dateTime";
        /// A URI.
        AnyUri = "xs:anyURI";
        /// Base64.
        Base64Binary = "xs:base64Binary";
        /// Anything.
        AnyType = "xs:anyType";
    }
}
