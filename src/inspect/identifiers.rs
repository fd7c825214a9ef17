//! Identifiers of SAML 2.0 that a document uses: formats, bindings, classes, status codes. A name that looks like one of
//! the standard's and is none is mostly a slip; a private name is worth knowing, because the other side must know it.

use super::code::Code;
use super::indent::place;
use super::names::{ASSERTION, METADATA, PROTOCOL};
use super::report::Report;
use crate::saml::name_id::FORMATS;
use crate::xml::Element;
use std::collections::HashSet;

/// Looks at the element and all below it; each identifier is told once.
pub(super) fn check(root: Element<'_>, report: &mut Report) {
    let mut told = HashSet::new();
    for element in root.descendants() {
        for (family, value) in uses(element) {
            if report.is_full() {
                return;
            }
            let value = value.trim();
            if !value.is_empty() && !family.is_known(value) && told.insert(value) {
                tell(family, value, element, report);
            }
        }
    }
}

fn tell(family: &Family, value: &str, element: Element<'_>, report: &mut Report) {
    let what = family.what;
    if !value.starts_with(OASIS) {
        if family.private {
            report.find(
                Code::IdentifierPrivate,
                place(element),
                format!("{value} is no {what} of the standard; it works where both sides agreed on it"),
            );
        }
        return;
    }
    let tail = value.rsplit(':').next().unwrap_or_default();
    let near = family.known.iter().find(|known| {
        known
            .rsplit(':')
            .next()
            .is_some_and(|known| known.eq_ignore_ascii_case(tail))
    });
    let near = near.map_or_else(String::new, |near| format!("; {near} is meant, perhaps"));
    report.find(
        Code::IdentifierUnknown,
        place(element),
        format!("{value} is no {what}, although it looks like one of the standard's{near}"),
    );
}

/// The identifiers that an element holds.
fn uses(element: Element<'_>) -> impl Iterator<Item = (&'static Family, &str)> {
    let attribute = |name| element.attribute(name);
    let text = || element.value();
    let used: Option<(&'static Family, &str)> = match (element.namespace(), element.local()) {
        (ASSERTION, "NameID" | "Issuer") | (PROTOCOL, "NameIDPolicy") => {
            let format = attribute("Format").filter(|format| *format != ENCRYPTED);
            format.map(|value| (&NAME_ID_FORMATS, value))
        }
        (METADATA, "NameIDFormat") => text().map(|value| (&NAME_ID_FORMATS, value)),
        (ASSERTION, "Attribute") | (METADATA, "RequestedAttribute") => {
            attribute("NameFormat").map(|value| (&NAME_FORMATS, value))
        }
        (ASSERTION, "AuthnContextClassRef") => text().map(|value| (&CLASSES, value)),
        (ASSERTION, "SubjectConfirmation") => attribute("Method").map(|value| (&METHODS, value)),
        (PROTOCOL, "StatusCode") => attribute("Value").map(|value| (&STATUS, value)),
        (PROTOCOL, "AuthnRequest") => attribute("ProtocolBinding").map(|value| (&BINDINGS, value)),
        (METADATA, _) => attribute("Binding").map(|value| (&BINDINGS, value)),
        _ => None,
    };
    used.into_iter()
}

/// Identifiers of one kind.
struct Family {
    what: &'static str,
    known: &'static [&'static str],
    /// Whether a name of somebody else's is worth telling.
    private: bool,
}

impl Family {
    fn is_known(&self, value: &str) -> bool {
        self.known.contains(&value)
    }
}

const OASIS: &str = "urn:oasis:names:tc:SAML:";

/// For requests alone (SAML core 3.4.1.1).
const ENCRYPTED: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted";

/// SAML core 8.3.
static NAME_ID_FORMATS: Family = Family {
    what: "NameID format",
    known: &FORMATS,
    private: true,
};

/// SAML core 8.2.
static NAME_FORMATS: Family = Family {
    what: "NameFormat of an attribute",
    known: &[
        "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
        "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
    ],
    private: true,
};

/// SAML bindings 3, and those of later OASIS documents.
static BINDINGS: Family = Family {
    what: "binding",
    known: &[
        "urn:oasis:names:tc:SAML:2.0:bindings:SOAP",
        "urn:oasis:names:tc:SAML:2.0:bindings:PAOS",
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST-SimpleSign",
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact",
        "urn:oasis:names:tc:SAML:2.0:bindings:URI",
        "urn:oasis:names:tc:SAML:1.0:bindings:SOAP-binding",
        "urn:oasis:names:tc:SAML:1.0:profiles:browser-post",
        "urn:oasis:names:tc:SAML:1.0:profiles:artifact-01",
        "urn:oasis:names:tc:SAML:2.0:profiles:holder-of-key:SSO:browser",
    ],
    private: true,
};

/// SAML profiles 3.
static METHODS: Family = Family {
    what: "confirmation method",
    known: &[
        "urn:oasis:names:tc:SAML:2.0:cm:bearer",
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
    ],
    private: true,
};

/// SAML core 3.2.2.2. Second-level codes of one's own are foreseen there.
static STATUS: Family = Family {
    what: "status code",
    known: &[
        "urn:oasis:names:tc:SAML:2.0:status:Success",
        "urn:oasis:names:tc:SAML:2.0:status:Requester",
        "urn:oasis:names:tc:SAML:2.0:status:Responder",
        "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch",
        "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed",
        "urn:oasis:names:tc:SAML:2.0:status:InvalidAttrNameOrValue",
        "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy",
        "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext",
        "urn:oasis:names:tc:SAML:2.0:status:NoAvailableIDP",
        "urn:oasis:names:tc:SAML:2.0:status:NoPassive",
        "urn:oasis:names:tc:SAML:2.0:status:NoSupportedIDP",
        "urn:oasis:names:tc:SAML:2.0:status:PartialLogout",
        "urn:oasis:names:tc:SAML:2.0:status:ProxyCountExceeded",
        "urn:oasis:names:tc:SAML:2.0:status:RequestDenied",
        "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported",
        "urn:oasis:names:tc:SAML:2.0:status:RequestVersionDeprecated",
        "urn:oasis:names:tc:SAML:2.0:status:RequestVersionTooHigh",
        "urn:oasis:names:tc:SAML:2.0:status:RequestVersionTooLow",
        "urn:oasis:names:tc:SAML:2.0:status:ResourceNotRecognized",
        "urn:oasis:names:tc:SAML:2.0:status:TooManyResponses",
        "urn:oasis:names:tc:SAML:2.0:status:UnknownAttrProfile",
        "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal",
        "urn:oasis:names:tc:SAML:2.0:status:UnsupportedBinding",
    ],
    private: false,
};

/// SAML authentication context 3.4. Classes of others, such as those for several factors, are common.
static CLASSES: Family = Family {
    what: "authentication context class",
    known: &[
        "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocol",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorUnregistered",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileOneFactorContract",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:X509",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PGP",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SPKI",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:XMLDSig",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SoftwarePKI",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:Telephony",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:NomadTelephony",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PersonalTelephony",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:AuthenticatedTelephony",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SecureRemotePassword",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
    ],
    private: false,
};
