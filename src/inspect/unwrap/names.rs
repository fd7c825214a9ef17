//! The names under which messages and tokens travel.

/// As parameters, in the order in which they are listed.
pub(super) const PARAMETERS: [&str; 9] = [
    "SAMLResponse",
    "SAMLRequest",
    "id_token",
    "logout_token",
    "access_token",
    "wresult",
    "id_token_hint",
    "client_assertion",
    "assertion",
];

/// What was looked for, for whoever has nothing of it.
pub(super) const LOOKED_FOR: &str = "looked for: SAML messages and metadata (XML, base64, DEFLATE), the parameters and \
                                     members SAMLResponse, SAMLRequest, wresult, id_token, logout_token and \
                                     access_token, and tokens (eyJ...)";

/// The parameter that a member, a form field or a header is named after, however the name is spelt.
pub(super) fn parameter(name: &str) -> Option<&'static str> {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|character| !"_-. ".contains(*character));
        letters.flat_map(char::to_lowercase).collect()
    };
    if name.len() > 40 {
        return None;
    }
    let spelt = letters(name);
    PARAMETERS.into_iter().find(|known| letters(known) == spelt)
}

/// Whether a value of this name is a token.
pub(super) fn is_token(parameter: &str) -> bool {
    !matches!(
        parameter,
        "SAMLResponse" | "SAMLRequest" | "wresult" | "assertion"
    )
}

/// The beginning of every namespace of SAML.
pub(super) const SAML: &str = "urn:oasis:names:tc:SAML:";
