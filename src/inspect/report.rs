//! What an inspection found: what the thing is, how it was wrapped, every check and every finding.

use super::code::{CheckName, Code, Severity};
use super::peers::{self, ServiceProvider};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The result of [`super::inspect`].
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What it is.
    pub kind: Kind,
    /// How it was wrapped, outermost first.
    pub layers: Vec<String>,
    /// The decoded thing: XML with one element a line, or JSON. Holds no private key.
    pub document: Value,
    /// The assertion that was encrypted, the token inside, or every NameID and attribute that was encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decrypted: Option<String>,
    /// What was found, in the order in which it was met.
    pub findings: Vec<Finding>,
    /// What was checked, and what could not be.
    pub checks: Vec<Check>,
    /// Checks that could not be made because of an error that a finding tells.
    #[serde(skip)]
    moot: Vec<CheckName>,
    #[serde(skip)]
    reading: Reading,
}

/// How far the thing was read.
#[derive(Clone, Debug)]
enum Reading {
    /// As far as it goes.
    Whole,
    /// Up to what is encrypted and stays closed, and why it does.
    UntilClosed(String),
    /// Up to an error.
    UntilError(Code),
}

/// What was inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// JSON that is not a key set.
    AccessToken,
    /// SAML core 3.4.1.
    AuthnRequest,
    /// SAML core 2.3.3, alone.
    Assertion,
    /// X.509.
    Certificate,
    /// SAML core 2.3.4, alone and closed.
    EncryptedAssertion,
    /// SAML core 2.7.3.2, alone.
    EncryptedAttribute,
    /// SAML core 2.2.4, alone.
    EncryptedId,
    /// OIDC Core 2.
    IdToken,
    /// SAML metadata of an identity provider.
    IdpMetadata,
    /// RFC 7516.
    Jwe,
    /// RFC 7517.
    Jwks,
    /// RFC 7515, of no known type.
    Jwt,
    /// SAML core 3.7.1.
    LogoutRequest,
    /// SAML core 3.7.2.
    LogoutResponse,
    /// OIDC Back-Channel Logout 2.4.
    LogoutToken,
    /// SAML core 3.6.1.
    ManageNameIdRequest,
    /// SAML metadata of several entities.
    Metadata,
    /// Recognised and not shown.
    PrivateKey,
    /// A public key without a certificate.
    PublicKey,
    /// SAML core 3.3.3.
    Response,
    /// A SAML message that could not be read so far that its type is known.
    SamlMessage,
    /// SAML metadata of a service provider.
    SpMetadata,
    /// Nothing known.
    Unknown,
    /// XML that is not SAML.
    Xml,
}

impl Kind {
    /// As programs read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::AuthnRequest => "saml_authn_request",
            Self::Assertion => "saml_assertion",
            Self::Certificate => "certificate",
            Self::EncryptedAssertion => "saml_encrypted_assertion",
            Self::EncryptedAttribute => "saml_encrypted_attribute",
            Self::EncryptedId => "saml_encrypted_id",
            Self::IdToken => "id_token",
            Self::IdpMetadata => "saml_idp_metadata",
            Self::Jwe => "jwe",
            Self::Jwks => "jwks",
            Self::Jwt => "jwt",
            Self::LogoutRequest => "saml_logout_request",
            Self::LogoutResponse => "saml_logout_response",
            Self::LogoutToken => "logout_token",
            Self::ManageNameIdRequest => "saml_manage_name_id_request",
            Self::Metadata => "saml_metadata",
            Self::PrivateKey => "private_key",
            Self::PublicKey => "public_key",
            Self::Response => "saml_response",
            Self::SamlMessage => "saml_message",
            Self::SpMetadata => "saml_sp_metadata",
            Self::Unknown => "unknown",
            Self::Xml => "xml",
        }
    }

    /// As people read it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AccessToken => "JWT access token",
            Self::AuthnRequest => "SAML AuthnRequest",
            Self::Assertion => "SAML assertion",
            Self::Certificate => "X.509 certificate",
            Self::EncryptedAssertion => "encrypted assertion of SAML 2.0",
            Self::EncryptedAttribute => "encrypted attribute of SAML 2.0",
            Self::EncryptedId => "encrypted NameID of SAML 2.0",
            Self::IdToken => "OpenID Connect ID token",
            Self::IdpMetadata => "SAML metadata of an identity provider",
            Self::Jwe => "encrypted token (JWE)",
            Self::Jwks => "JSON Web Key Set",
            Self::Jwt => "JSON Web Token",
            Self::LogoutRequest => "SAML LogoutRequest",
            Self::LogoutResponse => "SAML LogoutResponse",
            Self::LogoutToken => "OpenID Connect logout token",
            Self::ManageNameIdRequest => "SAML ManageNameIDRequest",
            Self::Metadata => "SAML metadata",
            Self::PrivateKey => "private key, not shown",
            Self::PublicKey => "public key",
            Self::Response => "SAML response",
            Self::SamlMessage => "SAML message that cannot be read",
            Self::SpMetadata => "SAML metadata of a service provider",
            Self::Unknown => "not recognised",
            Self::Xml => "XML, not SAML 2.0",
        }
    }
}

impl Kind {
    pub(super) const fn is_token(self) -> bool {
        matches!(
            self,
            Self::AccessToken | Self::IdToken | Self::Jwe | Self::Jwt | Self::LogoutToken
        )
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something worth telling.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Stable.
    pub code: Code,
    /// That of the code.
    pub severity: Severity,
    /// What is wrong, and what to do.
    pub message: String,
    /// Element or member, with line and column where there are some.
    #[serde(rename = "where")]
    pub place: String,
    /// Known service providers that refuse this, as measured.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub refused_by: &'static [ServiceProvider],
}

/// One check and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What is checked.
    pub check: CheckName,
    /// How it ended.
    pub result: Outcome,
    /// What was seen, or why it was not checked.
    pub message: String,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one finding is an error.
    Fail,
    /// Something that it takes is not there.
    NotChecked,
    /// Nothing is wrong.
    Pass,
}

impl Report {
    pub(super) fn new(layers: Vec<String>) -> Self {
        Self {
            kind: Kind::Unknown,
            layers,
            document: Value::Null,
            decrypted: None,
            findings: Vec::new(),
            checks: Vec::new(),
            moot: Vec::new(),
            reading: Reading::Whole,
        }
    }

    /// Whether no check failed.
    pub fn is_good(&self) -> bool {
        !self.checks.iter().any(|check| check.result == Outcome::Fail)
    }

    /// How many findings are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.severity == severity).count()
    }

    pub(super) fn find(&mut self, code: Code, place: impl Into<String>, message: impl Into<String>) {
        let message = message.into();
        if code.severity() == Severity::Error {
            self.check(code.check(), Outcome::Fail, message.clone());
        }
        self.tell(code, place, message);
    }

    /// Reports a finding that makes it impossible to read on: every check that was asked for and not made by then
    /// fails.
    pub(super) fn give_up(&mut self, code: Code, place: impl Into<String>, message: impl Into<String>) {
        self.find(code, place, message);
        self.stopped_by(code);
    }

    /// What a finding of this code tells makes it impossible to read on.
    pub(super) fn stopped_by(&mut self, code: Code) {
        self.reading = Reading::UntilError(code);
    }

    /// What is inside stays closed, so nothing of it is known.
    pub(super) fn stays_closed(&mut self, why: impl Into<String>) {
        self.reading = Reading::UntilClosed(why.into());
    }

    /// Shows one more thing that was encrypted.
    pub(super) fn show_decrypted(&mut self, text: &str) {
        self.decrypted.get_or_insert_default().push_str(text);
    }

    /// A finding whose check stands in the list already.
    pub(super) fn tell(&mut self, code: Code, place: impl Into<String>, message: impl Into<String>) {
        self.findings.push(Finding {
            code,
            severity: code.severity(),
            message: message.into(),
            place: place.into(),
            refused_by: match self.kind {
                // Nothing else was shown to them.
                Kind::Response => peers::refused_by(code),
                _ => &[],
            },
        });
    }

    /// Why a check was not made; `None` if it was.
    pub(super) fn open(&self, check: CheckName) -> Option<Open> {
        let mut of_check = self.checks.iter().filter(|made| made.check == check);
        if of_check.clone().any(|made| made.result != Outcome::NotChecked) {
            return None;
        }
        let said = of_check.next().map(|made| made.message.clone());
        let is_moot = self.moot.contains(&check);
        Some(match (&self.reading, said) {
            (_, Some(said)) if is_moot => Open::Explained(said),
            (Reading::UntilError(code), said) => {
                Open::Explained(said.unwrap_or_else(|| format!("not made, because of {}", code.as_str())))
            }
            (Reading::UntilClosed(why), _) => Open::Unexplained(Some(why.clone())),
            (Reading::Whole, said) => Open::Unexplained(said),
        })
    }

    pub(super) fn has_passed(&self, check: CheckName) -> bool {
        let mut passed = self.checks.iter().filter(|made| made.result == Outcome::Pass);
        passed.any(|made| made.check == check)
    }

    /// Fails a check in place of what says that it was not made. The finding is made apart.
    pub(super) fn fail_open(&mut self, check: CheckName, message: impl Into<String>) {
        let failed = Check {
            check,
            result: Outcome::Fail,
            message: message.into(),
        };
        self.checks
            .retain(|made| made.check != check || made.result != Outcome::NotChecked);
        if !self.checks.contains(&failed) {
            self.checks.push(failed);
        }
    }

    /// Whether so much was found that looking on is of no use to anybody.
    pub(super) fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }

    pub(super) fn pass(&mut self, check: CheckName, message: impl Into<String>) {
        self.check(check, Outcome::Pass, message);
    }

    /// Not checked, and why.
    pub(super) fn skip(&mut self, check: CheckName, why: impl Into<String>) {
        self.check(check, Outcome::NotChecked, why);
    }

    /// Not checked, because of an error that a finding tells already.
    pub(super) fn moot(&mut self, check: CheckName, why: impl Into<String>) {
        self.moot.push(check);
        self.skip(check, why);
    }

    fn check(&mut self, check: CheckName, result: Outcome, message: impl Into<String>) {
        self.checks.push(Check {
            check,
            result,
            message: message.into(),
        });
    }
}

/// Why a check was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// Because of an error that a finding tells.
    Explained(String),
    /// For what was said when it was passed over, if anything was.
    Unexplained(Option<String>),
}

const MAX_FINDINGS: usize = 200;
