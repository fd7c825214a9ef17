//! How an exported object is declared.

/// Declares an exported object: defaults for what is absent, unknown members kept in `extra`.
macro_rules! exported {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, Default, PartialEq, Deserialize)]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Members that postlogin does not read; named by `--strict`.
            #[serde(flatten)]
            pub extra: Map<String, Value>,
        }
    };
}

pub(crate) use exported;
