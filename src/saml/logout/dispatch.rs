//! Messages on their way out: LogoutRequest and LogoutResponse, written and signed for the binding that
//! takes them (SAML core 3.7, bindings 3.4 and 3.5, semantics 4.17).

use super::message::SUCCESS;
use super::participant::Binding;
use crate::random::Random;
use crate::saml::error::SamlError;
use crate::saml::id::Id;
use crate::saml::inbound::Carrier;
use crate::saml::inbound::binding::{query, signed_query};
use crate::saml::name_id::NameId;
use crate::saml::outbound::Sender;
use crate::saml::post_page::PostForm;
use crate::time::{Moment, iso};
use crate::xml::{ASSERTION, PROTOCOL, Writer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A message and where it goes; [`Self::seal`] writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    client_id: String,
    url: String,
    binding: Binding,
    /// Empty for none.
    relay_state: String,
    id: Id,
    issued: Moment,
    message: Message,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    Request {
        name_id: NameId,
        session_index: String,
    },
    Response {
        in_response_to: Option<String>,
        verdict: Verdict,
    },
}

/// What a LogoutResponse tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Everybody is logged out.
    Success,
    /// The session is over, but not every participant's. SAML core 3.7.3.2 has it as a second-level code.
    Partial,
    /// Nothing was done.
    Refused {
        /// Whose fault it is.
        code: &'static str,
        detail: Option<&'static str>,
        message: String,
    },
}

/// Where a message goes, before it is known what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address<'a> {
    pub client_id: &'a str,
    pub url: &'a str,
    pub binding: Binding,
    pub relay_state: &'a str,
}

/// A message as the browser carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The document, for people; a redirect is signed beside it.
    pub xml: String,
    /// How it is sent.
    pub delivery: Delivery,
}

/// How a message is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// A form that is posted.
    Form {
        /// Its action.
        url: String,
        /// The field with the message.
        carrier: Carrier,
        /// The message in base64 without line breaks.
        message: String,
        /// The field `RelayState`; left out if there is none.
        relay_state: Option<String>,
    },
    /// A redirect.
    Redirect {
        /// The whole URL, signed.
        url: String,
    },
}

impl Delivery {
    /// What the browser posts; `None` for a redirect.
    pub fn form(&self) -> Option<PostForm<'_>> {
        match self {
            Self::Form {
                url,
                carrier,
                message,
                relay_state,
            } => Some(PostForm {
                url,
                carrier: *carrier,
                message,
                relay_state: relay_state.as_deref(),
            }),
            Self::Redirect { .. } => None,
        }
    }
}

impl Dispatch {
    pub(super) fn request(
        to: &Address<'_>,
        name_id: NameId,
        session_index: String,
        now: Moment,
        random: &mut dyn Random,
    ) -> Self {
        let message = Message::Request {
            name_id,
            session_index,
        };
        Self::new(to, message, now, random)
    }

    pub(super) fn response(
        to: &Address<'_>,
        in_response_to: Option<String>,
        verdict: Verdict,
        now: Moment,
        random: &mut dyn Random,
    ) -> Self {
        let message = Message::Response {
            in_response_to,
            verdict,
        };
        Self::new(to, message, now, random)
    }

    fn new(to: &Address<'_>, message: Message, now: Moment, random: &mut dyn Random) -> Self {
        Self {
            client_id: to.client_id.to_owned(),
            url: to.url.to_owned(),
            binding: to.binding,
            relay_state: to.relay_state.to_owned(),
            id: Id::of_message(random),
            issued: now,
            message,
        }
    }

    /// The application it goes to, whose [`Sender`] seals it.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    pub(super) fn id(&self) -> &str {
        self.id.as_str()
    }

    /// Writes and signs the message: in the document for HTTP-POST, over the query for HTTP-Redirect.
    ///
    /// # Errors
    /// A text holds a character that XML cannot hold, or signing fails.
    pub fn seal(&self, sender: &Sender<'_>) -> Result<Outgoing, SamlError> {
        let carrier = match self.message {
            Message::Request { .. } => Carrier::Request,
            Message::Response { .. } => Carrier::Response,
        };
        match self.binding {
            Binding::Post => {
                let xml = self.signed(sender)?;
                let delivery = Delivery::Form {
                    url: self.url.clone(),
                    carrier,
                    message: STANDARD.encode(&xml),
                    relay_state: Some(self.relay_state.clone()).filter(|state| !state.is_empty()),
                };
                Ok(Outgoing { xml, delivery })
            }
            Binding::Redirect => {
                let mut writer = Writer::new();
                self.write(&sender.issuer, &mut writer);
                let xml = writer.finish()?;
                let method = sender.signing.method;
                let query = query(&xml, carrier, &self.relay_state, Some(method.uri()));
                let value = method
                    .sign(query.as_bytes(), sender.signing.pair.key())
                    .map_err(|error| {
                        let text = format!("the signature of the query could not be made: {error}");
                        SamlError::config("saml_signing_failed", text)
                    })?;
                let joint = if self.url.contains('?') { '&' } else { '?' };
                let url = format!("{}{joint}{}", self.url, signed_query(&query, &value));
                let delivery = Delivery::Redirect { url };
                Ok(Outgoing { xml, delivery })
            }
        }
    }

    /// The document with its signature after the issuer.
    fn signed(&self, sender: &Sender<'_>) -> Result<String, SamlError> {
        let mut writer = Writer::new();
        let signature_place = self.write(&sender.issuer, &mut writer);
        let signature = sender.signing.sign(&self.id, writer.written(0)?)?;
        writer.insert(signature_place, &signature);
        Ok(writer.finish()?)
    }

    /// Writes the document and tells where a signature belongs.
    fn write(&self, issuer: &str, writer: &mut Writer) -> usize {
        let issue_instant = iso(self.issued);
        let (name, consent, in_response_to) = match &self.message {
            Message::Request { .. } => {
                let consent = "urn:oasis:names:tc:SAML:2.0:consent:unspecified";
                ("samlp:LogoutRequest", Some(consent), None)
            }
            Message::Response { in_response_to, .. } => {
                ("samlp:LogoutResponse", None, in_response_to.as_deref())
            }
        };
        let attributes: Vec<(&'static str, &str)> = [
            ("Consent", consent),
            ("Destination", Some(self.url.as_str())),
            ("ID", Some(self.id.as_str())),
            ("InResponseTo", in_response_to),
            ("IssueInstant", Some(issue_instant.as_str())),
            ("Version", Some("2.0")),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        writer.open(name, &[PROTOCOL], &attributes);
        writer.open("saml:Issuer", &[ASSERTION], &[]);
        writer.text(issuer);
        writer.close();
        let signature_place = writer.position();
        match &self.message {
            Message::Request {
                name_id,
                session_index,
            } => {
                name_id.write(writer);
                writer.element("samlp:SessionIndex", &[], session_index);
            }
            Message::Response { verdict, .. } => verdict.write(writer),
        }
        writer.close();
        signature_place
    }
}

impl NameId {
    fn write(&self, writer: &mut Writer) {
        let attributes: Vec<(&'static str, &str)> = [
            ("Format", &self.format),
            ("NameQualifier", &self.name_qualifier),
            ("SPNameQualifier", &self.sp_name_qualifier),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect();
        writer.open("saml:NameID", &[ASSERTION], &attributes);
        writer.text(&self.value);
        writer.close();
    }
}

impl Verdict {
    fn write(&self, writer: &mut Writer) {
        let (code, detail, message) = match self {
            Self::Success => (SUCCESS, None, None),
            Self::Partial => (RESPONDER, Some(PARTIAL_LOGOUT), None),
            Self::Refused {
                code,
                detail,
                message,
            } => (*code, *detail, Some(message)),
        };
        writer.open("samlp:Status", &[], &[]);
        writer.open("samlp:StatusCode", &[], &[("Value", code)]);
        if let Some(detail) = detail {
            writer.element("samlp:StatusCode", &[("Value", detail)], "");
        }
        writer.close();
        if let Some(message) = message {
            writer.element("samlp:StatusMessage", &[], message);
        }
        writer.close();
    }
}

const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PARTIAL_LOGOUT: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

#[cfg(test)]
mod tests;
