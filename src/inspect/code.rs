//! The codes of findings: what each one is called, how grave it is and which check it fails. Codes are
//! stable; programs may go by them.

use serde::{Serialize, Serializer};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Against the standard or against what was expected: it is refused, or must be.
    Error,
    /// Taken by many, but weak, or refused by some.
    Warning,
    /// Worth knowing.
    Note,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CheckName {
    /// Which algorithms are used.
    Algorithms,
    /// How many assertions there are.
    Assertion,
    /// The attribute statement.
    Attributes,
    /// The audience of the message or token.
    Audience,
    /// How and when the user logged in.
    AuthnStatement,
    /// Bindings that are offered.
    Bindings,
    /// The certificate itself.
    Certificate,
    /// Claims of a token.
    Claims,
    /// The client that asked for an access token.
    Client,
    /// Where the message is sent.
    Destination,
    /// Decrypting.
    Encryption,
    /// Endpoints of metadata.
    Endpoints,
    /// The header of a token.
    Header,
    /// The ID of a message.
    Id,
    /// The request that a response answers.
    InResponseTo,
    /// How the message was wrapped.
    Input,
    /// When the message was issued.
    IssueInstant,
    /// The issuer of the message or token.
    Issuer,
    /// JSON.
    Json,
    /// Keys.
    Keys,
    /// The login request that an ID token answers.
    Nonce,
    /// Where the assertion may be presented.
    Recipient,
    /// What the schema says.
    Shape,
    /// Signatures.
    Signature,
    /// The status of a response.
    Status,
    /// The subject of the message or token.
    Subject,
    /// The time in which the message, token or certificate is valid.
    Validity,
    /// The version of SAML.
    Version,
    /// Well-formed XML, read strictly.
    Xml,
}

macro_rules! codes {
    ($($variant:ident = $text:literal, $severity:ident, $check:ident;)*) => {
        /// The code of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each says what it stands for; the text of a finding says the rest")]
        #[non_exhaustive]
        pub enum Code { $($variant,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it is printed.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// How grave it is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// The check that it belongs to.
            pub const fn check(self) -> CheckName {
                match self { $(Self::$variant => CheckName::$check,)* }
            }
        }
    };
}

codes! {
    AcsRedirect = "acs_redirect", Warning, Bindings;
    AlgNone = "alg_none", Error, Algorithms;
    AlgNotOfKeys = "alg_not_of_keys", Error, Signature;
    AlgUnknown = "alg_unknown", Error, Algorithms;
    AssertionMissing = "assertion_missing", Error, Assertion;
    AssertionNotDecrypted = "assertion_not_decrypted", Warning, Encryption;
    AssertionSeveral = "assertion_several", Error, Assertion;
    AttributeRepeated = "attribute_repeated", Error, Attributes;
    AttributeRequiredMissing = "attribute_required_missing", Warning, Attributes;
    AttributeStatementMissing = "attribute_statement_missing", Note, Attributes;
    AttributesNotRequested = "attributes_not_requested", Warning, Attributes;
    AudienceNotFirst = "audience_not_first", Warning, Audience;
    AudienceOther = "audience_other", Error, Audience;
    AudienceRestrictionMissing = "audience_restriction_missing", Error, Audience;
    AuthnStatementMissing = "authn_statement_missing", Error, AuthnStatement;
    AzpMissing = "azp_missing", Warning, Claims;
    AzpOther = "azp_other", Error, Audience;
    Base64Spelling = "base64_spelling", Warning, Input;
    CarriageReturn = "carriage_return", Warning, Attributes;
    CertificateExpired = "certificate_expired", Error, Certificate;
    CertificateNotYetValid = "certificate_not_yet_valid", Error, Certificate;
    CertificateSha1 = "certificate_sha1", Warning, Certificate;
    CertificateUnreadable = "certificate_unreadable", Error, Certificate;
    ClaimMissing = "claim_missing", Error, Claims;
    ClaimType = "claim_type", Error, Claims;
    ClientOther = "client_other", Error, Client;
    CommentInValue = "comment_in_value", Error, Xml;
    ConditionUnknown = "condition_unknown", Error, Validity;
    ConditionsMissing = "conditions_missing", Error, Validity;
    ConfirmationEndMissing = "confirmation_end_missing", Error, Subject;
    ConfirmationMethod = "confirmation_method", Error, Subject;
    ConfirmationMissing = "confirmation_missing", Error, Subject;
    ConfirmationNotBefore = "confirmation_not_before", Warning, Subject;
    ConfirmationSeveral = "confirmation_several", Warning, Subject;
    CritUnknown = "crit_unknown", Error, Header;
    DecryptionFailed = "decryption_failed", Error, Encryption;
    DeflateDamaged = "deflate_damaged", Error, Input;
    DeflateHeader = "deflate_header", Error, Input;
    DestinationMissing = "destination_missing", Warning, Destination;
    DestinationMissingSigned = "destination_missing_signed", Error, Destination;
    DestinationOther = "destination_other", Error, Destination;
    Dtd = "dtd", Error, Xml;
    DuplicateId = "duplicate_id", Error, Xml;
    EmbeddedKey = "embedded_key", Warning, Header;
    EncodedTwice = "encoded_twice", Warning, Input;
    EncryptionAlgorithm = "encryption_algorithm", Error, Encryption;
    EncryptionCbc = "encryption_cbc", Warning, Encryption;
    EncryptionKeyTransportRare = "encryption_key_transport_rare", Warning, Encryption;
    EncryptionRsa15 = "encryption_rsa_1_5", Warning, Encryption;
    EndpointHttp = "endpoint_http", Warning, Endpoints;
    EndpointIndexRepeated = "endpoint_index_repeated", Error, Endpoints;
    EndpointUrl = "endpoint_url", Error, Endpoints;
    EntityId = "entity_id", Error, Shape;
    Expired = "expired", Error, Validity;
    Exponent = "exponent", Error, Keys;
    ExponentThree = "exponent_three", Warning, Keys;
    IdentifierPrivate = "identifier_private", Note, Shape;
    IdentifierUnknown = "identifier_unknown", Warning, Shape;
    IdInvalid = "id_invalid", Error, Id;
    InResponseToDiffers = "in_response_to_differs", Error, InResponseTo;
    InResponseToMissing = "in_response_to_missing", Error, InResponseTo;
    InResponseToOther = "in_response_to_other", Error, InResponseTo;
    InflatesTooFar = "inflates_too_far", Error, Input;
    IssuedInFuture = "issued_in_future", Error, IssueInstant;
    IssuerDiffers = "issuer_differs", Error, Issuer;
    IssuerMissing = "issuer_missing", Warning, Issuer;
    IssuerOther = "issuer_other", Error, Issuer;
    JsonInvalid = "json_invalid", Error, Json;
    JsonRepeatedMember = "json_repeated_member", Error, Json;
    JweNotDecrypted = "jwe_not_decrypted", Warning, Encryption;
    JweZip = "jwe_zip", Error, Encryption;
    JwkPrivate = "jwk_private", Error, Keys;
    JwkUnreadable = "jwk_unreadable", Error, Keys;
    JwtMalformed = "jwt_malformed", Error, Input;
    JwtSignature = "jwt_signature", Error, Signature;
    KeyInfoOther = "key_info_other", Warning, Signature;
    KeyLong = "key_long", Error, Keys;
    KeyShort = "key_short", Error, Keys;
    KidRepeated = "kid_repeated", Error, Keys;
    KidUnknown = "kid_unknown", Error, Signature;
    LogoutEvents = "logout_events", Error, Claims;
    LogoutNonce = "logout_nonce", Error, Claims;
    MessageMissing = "message_missing", Error, Input;
    MessagePassedOver = "message_passed_over", Warning, Input;
    MessageUnknown = "message_unknown", Error, Shape;
    MetadataCertificateNotYetValid = "metadata_certificate_not_yet_valid", Note, Keys;
    MetadataCertificateExpired = "metadata_certificate_expired", Warning, Keys;
    MetadataExpired = "metadata_expired", Error, Validity;
    MetadataNoAcs = "metadata_no_acs", Error, Bindings;
    MetadataNoCertificate = "metadata_no_certificate", Error, Keys;
    MetadataNoRole = "metadata_no_role", Error, Shape;
    MetadataNoSso = "metadata_no_sso", Error, Bindings;
    MetadataProtocol = "metadata_protocol", Error, Shape;
    NameIdMissing = "name_id_missing", Error, Subject;
    NonceOther = "nonce_other", Error, Nonce;
    NothingToCompare = "nothing_to_compare", Error, Input;
    NotBase64 = "not_base64", Error, Input;
    NotRecognised = "not_recognised", Error, Input;
    NotUtf8 = "not_utf8", Error, Input;
    NotYetValid = "not_yet_valid", Error, Validity;
    OnlyOneSigned = "only_one_signed", Note, Signature;
    PemUnreadable = "pem_unreadable", Error, Input;
    PrivateKey = "private_key", Warning, Input;
    ProcessingInstruction = "processing_instruction", Error, Xml;
    RecipientMissing = "recipient_missing", Error, Recipient;
    RecipientOther = "recipient_other", Error, Recipient;
    RedirectSignature = "redirect_signature", Error, Signature;
    RedirectSignatureEmbedded = "redirect_signature_embedded", Warning, Signature;
    RedirectSignatureIncomplete = "redirect_signature_incomplete", Error, Signature;
    RelayStateLong = "relay_state_long", Warning, Input;
    RepeatedParameter = "repeated_parameter", Error, Input;
    RequestOld = "request_old", Warning, IssueInstant;
    ResponseMissing = "response_missing", Note, Input;
    Saml1 = "saml_1", Error, Version;
    SessionExpired = "session_expired", Error, Validity;
    SessionIndexMissing = "session_index_missing", Note, AuthnStatement;
    ShapeCount = "shape_count", Error, Shape;
    ShapeMissing = "shape_missing", Error, Shape;
    ShapeOrder = "shape_order", Error, Shape;
    ShapeUnknown = "shape_unknown", Error, Shape;
    ShapeValue = "shape_value", Error, Shape;
    SignatureAlgorithm = "signature_algorithm", Error, Signature;
    SignatureAlgorithmRare = "signature_algorithm_rare", Note, Algorithms;
    SignatureDamaged = "signature_damaged", Error, Signature;
    SignatureDigest = "signature_digest", Error, Signature;
    SignatureForm = "signature_form", Error, Signature;
    SignaturePlace = "signature_place", Error, Signature;
    SignatureReference = "signature_reference", Error, Signature;
    SignatureSha1 = "signature_sha1", Warning, Algorithms;
    SignatureSha1Refused = "signature_sha1_refused", Error, Algorithms;
    SignatureUntrusted = "signature_untrusted", Error, Signature;
    SigningCertificateExpired = "signing_certificate_expired", Warning, Certificate;
    SigningCertificateNotYetValid = "signing_certificate_not_yet_valid", Warning, Certificate;
    SpNameQualifierOther = "sp_name_qualifier_other", Warning, Subject;
    SpNameQualifierUnused = "sp_name_qualifier_unused", Note, Subject;
    StatusNotSuccess = "status_not_success", Error, Status;
    TimeFormat = "time_format", Error, IssueInstant;
    TooLarge = "too_large", Error, Input;
    TrustNoSigner = "trust_no_signer", Error, Signature;
    UnencodedPayload = "unencoded_payload", Error, Header;
    SubjectIdMissing = "subject_id_missing", Warning, Attributes;
    Unsigned = "unsigned", Error, Signature;
    Version = "version", Error, Version;
    XmlCharacter = "xml_character", Error, Xml;
    XmlEncoding = "xml_encoding", Error, Xml;
    XmlEntity = "xml_entity", Error, Xml;
    XmlNotWellFormed = "xml_not_well_formed", Error, Xml;
    XmlTooLarge = "xml_too_large", Error, Xml;
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_code_has_a_name_of_its_own() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
