//! XML as SAML needs it: a [`Writer`] whose output is hashed as it stands.

mod writer;

pub use writer::{
    ASSERTION, INSTANCE, IllegalCharacter, Namespace, PROTOCOL, SCHEMA, SIGNATURE, Writer, illegal_character,
    is_illegal,
};
