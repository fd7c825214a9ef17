//! What is wrong with a SAML request.

/// Why a SAML request is not answered with an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFault {
    /// The application has no URL that a response could be posted to.
    AcsMissing,
    /// The response is to go to a URL that is not the application's.
    AcsNotAllowed,
    /// The login did not reach the authentication context that the request asks for.
    AuthnContext,
    /// The request was sent to another endpoint.
    Destination,
    /// The request cannot be decoded.
    Encoding,
    /// The request is too old, or from the future.
    IssueInstant,
    /// The request names no issuer, and no signature or setting stands for one.
    IssuerMissing,
    /// The issuer of the request is not the service provider.
    IssuerUnknown,
    /// The message is not an `AuthnRequest`.
    MessageType,
    /// The `NameIDPolicy` of the request cannot be met.
    NameIdPolicy,
    /// The request wants the user to log in anew, and no page to be shown.
    NoPassive,
    /// The request was received before.
    Replay,
    /// The signature of the request is missing or wrong.
    Signature,
    /// The certificates to verify the request with cannot be used: the code of that setting.
    SigningCert(&'static str),
    /// The request is about somebody else than the user who logged in.
    Subject,
    /// An element or attribute of the request is missing or wrong.
    Unreadable,
    /// The request is of another version of SAML.
    Version,
    /// The request is not XML, or XML of a kind that is not read.
    Xml,
}

impl RequestFault {
    /// Stable, such as `saml_acs_not_allowed`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::AcsMissing => "saml_acs_missing",
            Self::AcsNotAllowed => "saml_acs_not_allowed",
            Self::AuthnContext => "saml_authn_context",
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
            Self::Subject => "saml_subject",
            Self::Unreadable => "saml_request",
            Self::Version => "saml_version",
            Self::Xml => "saml_xml",
        }
    }
}
