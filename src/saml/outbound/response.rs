//! The response around the assertion, or around nothing when the login was refused (SAML core 3.3.3,
//! semantics 4.12 and 4.15).

use super::attribute::canonical;
use super::settings::Envelope;
use super::signature::Signing;
use crate::login::{Refusal, RequestFault};
use crate::saml::error::SamlError;
use crate::saml::id::Id;
use crate::xml::{ASSERTION, PROTOCOL, Writer};
use std::ops::Range;

/// What stands before the assertion.
#[derive(Debug)]
pub(super) struct Response<'a> {
    pub id: Id,
    pub in_response_to: Option<&'a str>,
    /// As it is written.
    pub issued: &'a str,
    pub status: Status<'a>,
}

/// The outcome that the service provider gets (SAML core 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status<'a> {
    /// Whose fault it is, with a second-level code where one fits.
    Refused {
        code: &'static str,
        detail: Option<&'static str>,
        message: &'a str,
    },
    Success,
}

impl Response<'_> {
    /// The whole element: `content` writes what follows the status. Signed after the issuer if there
    /// is something to sign with.
    ///
    /// # Errors
    /// The errors of `content`; a text holds a character that XML cannot hold; signing fails.
    pub fn write<T>(
        &self,
        envelope: &Envelope<'_>,
        signing: Option<&Signing<'_>>,
        content: impl FnOnce(&mut Writer) -> Result<T, SamlError>,
    ) -> Result<Written<T>, SamlError> {
        let mut writer = Writer::new();
        let mut attributes = Vec::with_capacity(5);
        attributes.extend([("Destination", envelope.destination), ("ID", self.id.as_str())]);
        attributes.extend(self.in_response_to.map(|id| ("InResponseTo", id)));
        attributes.extend([("IssueInstant", self.issued), ("Version", "2.0")]);
        writer.open("samlp:Response", &[PROTOCOL], &attributes);
        writer.open("saml:Issuer", &[ASSERTION], &[]);
        writer.text(&envelope.issuer);
        writer.close();
        let signature_place = writer.position();
        self.status.write(&mut writer);
        let start = writer.position();
        let content = content(&mut writer)?;
        let mut place = start..writer.position();
        writer.close();
        if let Some(signing) = signing {
            let signature = signing.sign(&self.id, &canonical(writer.written(0)?))?;
            writer.insert(signature_place, &signature);
            place = place.start + signature.len()..place.end + signature.len();
        }
        Ok(Written {
            xml: writer.finish()?,
            place,
            content,
        })
    }
}

/// A response that was written.
#[derive(Debug)]
pub(super) struct Written<T> {
    pub xml: String,
    /// The bytes of what follows the status.
    pub place: Range<usize>,
    /// The value that the writer of the content returned.
    pub content: T,
}

impl Status<'_> {
    /// The refusal with the codes that fit it: who may not log in, by the decision of an Action or by a rule of the tenant,
    /// is `RequestDenied`, a page that may not be shown is `NoPassive`, errors have no second-level code; a request that
    /// cannot be served is the requester's fault (SAML core 3.2.2.2, semantics 4.13, 4.15 and 10).
    pub fn refused<'a>(refusal: &Refusal, message: &'a str) -> Status<'a> {
        let (code, detail) = match refusal {
            Refusal::Blocked
            | Refusal::Deny { .. }
            | Refusal::Mfa { .. }
            | Refusal::MfaRequired
            | Refusal::NoUser { .. }
            | Refusal::NotAdmitted { .. }
            | Refusal::Revoke { .. }
            | Refusal::UserGone { .. }
            | Refusal::Validation { .. } => (RESPONDER, Some(REQUEST_DENIED)),
            Refusal::LoginRequired | Refusal::NoPage { .. } => (RESPONDER, Some(NO_PASSIVE)),
            Refusal::SamlRequest { fault, .. } => of_fault(*fault),
            Refusal::ActionChanged { .. }
            | Refusal::ActionFailed { .. }
            | Refusal::NameId { .. }
            | Refusal::PrimaryUser
            | Refusal::SamlConfig { .. }
            | Refusal::Strict { .. }
            | Refusal::TokenConfig { .. }
            | Refusal::TooManyRedirects { .. } => (RESPONDER, None),
        };
        Status::Refused {
            code,
            detail,
            message,
        }
    }

    fn write(self, writer: &mut Writer) {
        writer.open("samlp:Status", &[], &[]);
        match self {
            Self::Success => writer.element(
                "samlp:StatusCode",
                &[("Value", "urn:oasis:names:tc:SAML:2.0:status:Success")],
                "",
            ),
            Self::Refused {
                code,
                detail,
                message,
            } => {
                writer.open("samlp:StatusCode", &[], &[("Value", code)]);
                if let Some(detail) = detail {
                    writer.element("samlp:StatusCode", &[("Value", detail)], "");
                }
                writer.close();
                writer.element("samlp:StatusMessage", &[], message);
            }
        }
        writer.close();
    }
}

/// Whose fault it is that a request is not served, and how.
fn of_fault(fault: RequestFault) -> (&'static str, Option<&'static str>) {
    match fault {
        RequestFault::AuthnContext => (RESPONDER, Some(NO_AUTHN_CONTEXT)),
        RequestFault::NameIdPolicy => (REQUESTER, Some(INVALID_NAME_ID_POLICY)),
        RequestFault::NoPassive => (RESPONDER, Some(NO_PASSIVE)),
        RequestFault::Signature => (RESPONDER, None),
        RequestFault::Subject => (RESPONDER, Some(UNKNOWN_PRINCIPAL)),
        RequestFault::Version => (VERSION_MISMATCH, None),
        RequestFault::AcsMissing
        | RequestFault::AcsNotAllowed
        | RequestFault::Destination
        | RequestFault::Encoding
        | RequestFault::IssueInstant
        | RequestFault::IssuerMissing
        | RequestFault::IssuerUnknown
        | RequestFault::MessageType
        | RequestFault::Replay
        | RequestFault::SigningCert(_)
        | RequestFault::Unreadable
        | RequestFault::Xml => (REQUESTER, None),
    }
}

const INVALID_NAME_ID_POLICY: &str = "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy";
const NO_AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext";
const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
const REQUEST_DENIED: &str = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const UNKNOWN_PRINCIPAL: &str = "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal";
const VERSION_MISMATCH: &str = "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch";

#[cfg(test)]
mod tests {
    use super::super::refuse;
    use crate::command::FailureKind;
    use crate::login::{Page, Refusal};
    use crate::random::SeededRandom;
    use crate::saml::tests::fixture::*;
    use crate::saml::{SamlAnswer, SamlError};
    use crate::trace::Origin;
    use serde_json::json;

    fn denied(login: &Login, description: &str) -> Result<SamlAnswer, SamlError> {
        refused(login, &deny(description))
    }

    fn deny(reason: &str) -> Refusal {
        Refusal::Deny {
            reason: reason.to_owned(),
            origin: Origin::default(),
        }
    }

    fn refused(login: &Login, refusal: &Refusal) -> Result<SamlAnswer, SamlError> {
        let request = login.grant.request.saml.as_ref().unwrap();
        let mut random = SeededRandom::new("refuse");
        refuse(
            refusal,
            request,
            &login.client,
            &identity_provider(&login.config),
            now(),
            &mut random,
        )
    }

    #[test]
    fn a_response_declares_its_namespaces_and_orders_its_attributes() {
        let xml = Login::new().respond().unwrap().xml;
        let (head, rest) = xml.split_once(" ID=\"").unwrap();
        assert_eq!(
            head,
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             Destination=\"https://sp.example/acs\""
        );
        let (id, rest) = rest.split_once('"').unwrap();
        assert!(
            id.len() == 21 && id.starts_with('_') && id[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
        );
        assert!(
            rest.starts_with(
                " InResponseTo=\"_request\" IssueInstant=\"2026-03-04T05:06:07.089Z\" Version=\"2.0\">\
                 <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:tenant.us.example\
                 </saml:Issuer><samlp:Status>\
                 <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode>\
                 </samlp:Status><saml:Assertion "
            ),
            "{rest}"
        );
        assert!(xml.ends_with("</saml:Assertion></samlp:Response>"));
    }

    #[test]
    fn a_refusal_tells_the_status_and_nothing_about_the_user() {
        let mut login = Login::new();
        login = login.attribute("secret", &[text("secret")]);
        let answer = denied(&login, "not <you>").unwrap();
        assert!(answer.xml.ends_with(
            "</saml:Issuer><samlp:Status>\
             <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\">\
             <samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestDenied\"></samlp:StatusCode>\
             </samlp:StatusCode><samlp:StatusMessage>not &lt;you&gt;</samlp:StatusMessage></samlp:Status>\
             </samlp:Response>"
        ));
        assert!(answer.xml.contains("InResponseTo=\"_request\""));
        assert!(!answer.xml.contains("Assertion>") && !answer.xml.contains("NameID"));
        assert!(!answer.xml.contains("secret") && !answer.xml.contains("<Signature "));
        assert_eq!(answer.assertion_xml(), None);
        assert_eq!(
            (&*answer.acs_url, &*answer.relay_state),
            ("https://sp.example/acs", "state")
        );
    }

    #[test]
    fn the_second_level_code_tells_a_decision_from_an_error() {
        let login = Login::new();
        let codes = |refusal: &Refusal| {
            let xml = refused(&login, refusal).unwrap().xml;
            (
                xml.contains("status:RequestDenied"),
                xml.contains("status:NoPassive"),
            )
        };
        let revoke = Refusal::Revoke {
            reason: "x".to_owned(),
            origin: Origin::default(),
        };
        let factor = Refusal::Mfa {
            description: "x".to_owned(),
        };
        let gone = Refusal::UserGone {
            user_id: "x".to_owned(),
        };
        let not_admitted = Refusal::NotAdmitted {
            description: "x".to_owned(),
        };
        for decision in [deny("x"), revoke, Refusal::Blocked, factor, gone, not_admitted] {
            assert_eq!(codes(&decision), (true, false), "{decision:?}");
        }
        for page in [Refusal::LoginRequired, Refusal::NoPage { page: Page::Redirect }] {
            assert_eq!(codes(&page), (false, true), "{page:?}");
        }
        let failed = Refusal::ActionFailed {
            failure: FailureKind::Exception,
            message: "x".to_owned(),
            origin: Origin::default(),
        };
        let no_name_id = Refusal::NameId {
            description: "x".to_owned(),
        };
        for error in [failed, no_name_id] {
            assert_eq!(codes(&error), (false, false), "{error:?}");
        }
    }

    #[test]
    fn a_refusal_follows_the_addon_but_not_the_actions() {
        let login = Login::new()
            .set(crate::saml_setting::SamlSetting::Issuer("urn:action".to_owned()))
            .set(crate::saml_setting::SamlSetting::RelayState("action".to_owned()))
            .addon(json!({"issuer": "urn:addon", "relayState": "addon", "signResponse": true}));
        let answer = denied(&login, "no\u{1}").unwrap();
        assert!(
            answer.xml.contains(">urn:addon</saml:Issuer><Signature "),
            "{}",
            answer.xml
        );
        assert!(
            answer
                .xml
                .contains("<samlp:StatusMessage>no</samlp:StatusMessage>")
        );
        assert_eq!(answer.relay_state, "addon");
    }

    #[test]
    fn a_refusal_meets_only_the_settings_that_it_needs() {
        let broken = json!({"cert": "x", "lifetimeInSeconds": -1, "encryptionCert": "x"});
        let mut login = Login::new().addon(broken);
        assert!(denied(&login, "no").is_ok());
        login.client.addons.samlp.as_mut().unwrap().settings.sign_response = Some(Ok(true));
        assert_eq!(denied(&login, "no").unwrap_err().code, "saml_signing_incomplete");
    }
}
