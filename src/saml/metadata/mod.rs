//! SAML metadata both ways: what service providers read about us, and what we read about them.
//!
//! [`identity_provider`] writes the document that a service provider configures itself from, with every
//! certificate that a response may be signed with until it reads the document again.
//! [`service_provider`] reads theirs, and [`import`] puts it into the settings of a client. [`signers`] reads no more
//! than whose keys sign.

mod entity;
mod idp;
mod import;
mod import_algorithms;
mod import_attributes;
mod import_encryption;
mod import_name_id;
mod names;
mod problem;
mod signers;
mod sp;
mod sp_extensions;
mod sp_keys;
mod sp_reader;

pub use idp::{Publisher, Signed, Terms, identity_provider};
pub use import::{Before, Import, ImportTerms, Release, Taken, import};
pub use problem::MetadataError;
pub use signers::{Signers, signers};
pub use sp::{
    Algorithms, Assertions, EncryptionKey, EncryptionMethod, Endpoint, Left, LogoutEndpoint, Requests,
    ServiceProvider, SigningMethod, Trust,
};
pub use sp_reader::service_provider;
