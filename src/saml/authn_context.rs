//! Classes of authentication (SAML authentication context 2.0).

use crate::tenant::nearest;

/// What is wrong with the name of a class, in words: neither a class of the standard nor a URI that two sides may have
/// agreed on.
pub fn class_problem(class: &str) -> Option<String> {
    let near = |class: &str| {
        let near = nearest(class, CLASSES.into_iter()).into_iter().next();
        near.map_or_else(String::new, |near| format!("; did you mean {PREFIX}{near}?"))
    };
    match class.strip_prefix(PREFIX) {
        Some(name) if CLASSES.contains(&name) => None,
        Some(name) => Some(format!(
            "the standard has no authentication context class {class}{}",
            near(name)
        )),
        None if url::Url::parse(class).is_ok() => None,
        None => Some(format!(
            "{class} is no URI, as the name of an authentication context class is{}",
            near(class)
        )),
    }
}

const PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:";

/// The classes of the standard, without the prefix.
const CLASSES: [&str; 25] = [
    "AuthenticatedTelephony",
    "InternetProtocol",
    "InternetProtocolPassword",
    "Kerberos",
    "MobileOneFactorContract",
    "MobileOneFactorUnregistered",
    "MobileTwoFactorContract",
    "MobileTwoFactorUnregistered",
    "NomadTelephony",
    "PGP",
    "Password",
    "PasswordProtectedTransport",
    "PersonalTelephony",
    "PreviousSession",
    "SPKI",
    "SecureRemotePassword",
    "Smartcard",
    "SmartcardPKI",
    "SoftwarePKI",
    "TLSClient",
    "Telephony",
    "TimeSyncToken",
    "X509",
    "XMLDSig",
    "unspecified",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_of_the_standard_or_a_uri_of_ones_own() {
        for class in [
            "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            "https://refeds.org/profile/mfa",
            "urn:example:loa:2",
        ] {
            assert_eq!(class_problem(class), None, "{class}");
        }
        let typo = class_problem("urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncTokens").unwrap();
        assert!(
            typo.contains("did you mean urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken?"),
            "{typo}"
        );
        assert!(class_problem("TimeSyncToken").unwrap().contains("is no URI"));
    }
}
