//! SAML metadata both ways: what service providers read about us, and what we read about them.
//!
//! [`identity_provider`] writes the document that a service provider configures itself from, with every
//! certificate that a response may be signed with until it reads the document again.
//! [`service_provider`] reads theirs, and [`import`] puts it into the settings of a client. [`signers`] reads no more
//! than whose keys sign.

mod entity;
mod idp;
mod import;
mod import_attributes;
mod import_encryption;
mod problem;
mod signers;
mod sp;
mod sp_keys;
mod sp_reader;

pub use idp::{Publisher, Signed, Terms, identity_provider};
pub use import::{Before, Import, Taken, import};
pub use problem::MetadataError;
pub use signers::{Signers, signers};
pub use sp::{
    Assertions, EncryptionKey, EncryptionMethod, Endpoint, Left, LogoutEndpoint, Need, RequestedAttribute,
    Requests, ServiceProvider, Trust,
};
pub use sp_reader::service_provider;

use crate::xml::Namespace;

/// `EntityDescriptor` and what is in it.
const METADATA: Namespace = Namespace {
    prefix: "",
    uri: "urn:oasis:names:tc:SAML:2.0:metadata",
};

/// `protocolSupportEnumeration` of a role that speaks SAML 2.0 (SAML metadata 2.4.1).
const SAML_2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
