//! SAML 2.0, inbound: messages of service providers, from the bytes that came to what was verified.

pub(crate) mod binding;
