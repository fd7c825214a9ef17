//! Names that metadata is written and read with (SAML metadata 2).

use crate::xml::Namespace;

/// `EntityDescriptor` and what is in it.
pub(super) const METADATA: Namespace = Namespace {
    prefix: "",
    uri: "urn:oasis:names:tc:SAML:2.0:metadata",
};

/// `protocolSupportEnumeration` of a role that speaks SAML 2.0 (SAML metadata 2.4.1).
pub(super) const SAML_2: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

pub(super) const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
pub(super) const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
