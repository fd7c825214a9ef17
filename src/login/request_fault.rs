//! What is wrong with a SAML request.

/// What is wrong with a SAML request, so that it is not answered with an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFault {
    /// The application has no URL that a response could be posted to.
    AcsMissing,
    /// The response is to go to a URL that is not the application's.
    AcsNotAllowed,
    /// It was sent to another endpoint.
    Destination,
    /// It cannot be decoded.
    Encoding,
    /// It is too old, or from the future.
    IssueInstant,
    /// It names no issuer, and nothing stands for one.
    IssuerMissing,
    /// Its issuer is not the service provider.
    IssuerUnknown,
    /// It is another message than an `AuthnRequest`.
    MessageType,
    /// Its `NameIDPolicy` cannot be met.
    NameIdPolicy,
    /// It wants the user to log in anew, and no page to be shown.
    NoPassive,
    /// It came before.
    Replay,
    /// Its signature is missing or wrong.
    Signature,
    /// The certificates that it would be verified with cannot be used: the code of that setting.
    SigningCert(&'static str),
    /// A member of it is missing or wrong.
    Unreadable,
    /// It is of another version of SAML.
    Version,
    /// It is not XML, or of a kind that is not read.
    Xml,
}

impl RequestFault {
    /// Stable, such as `saml_acs_not_allowed`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AcsMissing => "saml_acs_missing",
            Self::AcsNotAllowed => "saml_acs_not_allowed",
            Self::Destination => "saml_destination",
            Self::Encoding => "saml_encoding",
            Self::IssueInstant => "saml_issue_instant",
            Self::IssuerMissing => "saml_issuer_missing",
            Self::IssuerUnknown => "saml_issuer_unknown",
            Self::MessageType => "saml_message_type",
            Self::NameIdPolicy => "saml_name_id_policy",
            Self::NoPassive => "interaction_required",
            Self::Replay => "saml_replay",
            Self::Signature => "saml_request_signature",
            Self::SigningCert(code) => code,
            Self::Unreadable => "saml_request",
            Self::Version => "saml_version",
            Self::Xml => "saml_xml",
        }
    }
}
