//! Names of SAML, XML Signature and XML Encryption.

pub(in crate::inspect) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
pub(in crate::inspect) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
pub(in crate::inspect) const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
pub(in crate::inspect) const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(in crate::inspect) const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
pub(in crate::inspect) const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
pub(in crate::inspect) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
