//! How an object of a tenant is declared: one line for each setting, with its type and what it is.

/// Declares an exported object: defaults for what is absent, unknown members kept in `extra`, and a walk over its
/// settings. A member that is a setting is spelt as its field is. `together` names a function that adds the faults of
/// several members that do not go together.
macro_rules! exported {
    ($(#[$meta:meta])* $name:ident $(, together: $together:path)? { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Members that postlogin does not read; named by `--strict`.
            #[serde(flatten)]
            pub extra: $crate::tenant::Unread,
        }

        impl $crate::tenant::Walk for $name {
            fn walk(&self, path: &$crate::json::JsonPath, found: &mut Vec<$crate::tenant::Fault>) {
                $($crate::tenant::Walk::walk(&self.$field, &path.key(stringify!($field)), found);)*
                $($together(self, path, found);)?
            }
        }
    };
}
pub(crate) use exported;

/// Declares a section of `postlogin.toml`: a default for each setting, and a walk over them.
macro_rules! configured {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                }
            }
        }

        impl $crate::tenant::Walk for $name {
            fn walk(&self, path: &$crate::json::JsonPath, found: &mut Vec<$crate::tenant::Fault>) {
                $($crate::tenant::Walk::walk(&self.$field, &path.key(stringify!($field)), found);)*
            }
        }
    };
}
pub(super) use configured;
