//! Names of SAML, XML Signature and XML Encryption.

pub(in crate::inspect) const ASSERTION: &str = crate::xml::ASSERTION.uri;
pub(in crate::inspect) const PROTOCOL: &str = crate::xml::PROTOCOL.uri;
pub(in crate::inspect) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(in crate::inspect) const SIGNATURE: &str = crate::xml::SIGNATURE.uri;
pub(in crate::inspect) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(in crate::inspect) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(in crate::inspect) const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
pub(in crate::inspect) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
