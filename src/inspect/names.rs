//! Names of SAML, XML Signature and XML Encryption.

pub(super) const ASSERTION: &str = crate::xml::ASSERTION.uri;
pub(super) const PROTOCOL: &str = crate::xml::PROTOCOL.uri;
pub(super) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(super) const SIGNATURE: &str = crate::xml::SIGNATURE.uri;
pub(super) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(super) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(super) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
pub(super) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
