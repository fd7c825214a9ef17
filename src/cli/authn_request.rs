//! `--authn-request`: a SAML request as somebody has it, from a file to what the login is to know of it.

use super::files;
use super::options::LoginOptions;
use super::trouble::Trouble;
use crate::event::{AuthnBinding, AuthnOrigin, Dict, Protocol, SamlRequest};
use crate::login::{Refusal, RequestFault};
use crate::saml::inbound::{
    Answer, BindingError, Carrier, Occurrence, Received, Recipient, RefusedRequest, binding,
};
use crate::trace::{Origin, Warning};
use chrono::{DateTime, Utc};
use std::path::Path;
use url::form_urlencoded;

/// A request that was received, accepted or not.
pub(super) struct Incoming {
    /// What the login is to know of it; little if it was refused.
    pub origin: AuthnOrigin,
    pub relay_state: Option<String>,
    pub warnings: Vec<Warning>,
    /// Why it is not answered with an assertion, and what the answer goes to.
    pub refusal: Option<(Refusal, SamlRequest)>,
}

impl Incoming {
    /// The request of `--authn-request`, if there is one.
    ///
    /// # Errors
    /// The file cannot be read, or options contradict it. A request that is refused is no error.
    pub fn of(
        options: &LoginOptions,
        recipient: &Recipient<'_>,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Trouble> {
        let Some(path) = &options.authn_request else {
            return Ok(None);
        };
        if options
            .protocol
            .is_some_and(|protocol| protocol != Protocol::Samlp)
        {
            return Err(Trouble::usage(
                "--authn-request is for a SAML login, and --protocol names another",
                "leave --protocol out",
            ));
        }
        if options.redirect_uri.is_some() {
            return Err(Trouble::usage(
                "--redirect-uri and --authn-request both say where the answer goes",
                "leave --redirect-uri out; the request names its ACS URL, or the first callback is taken",
            ));
        }
        let given = GivenRequest::read(path, options.relay_state.as_deref())?;
        Ok(Some(Self::judged(given, recipient, now)))
    }

    /// The request of a login that was kept, judged again: what its application is today may refuse it.
    pub fn again(
        kept: &AuthnOrigin,
        relay_state: Option<String>,
        recipient: &Recipient<'_>,
        at: DateTime<Utc>,
    ) -> Option<Self> {
        let message = kept.message.clone()?;
        let received = Received {
            xml: message.xml,
            relay_state,
            signature: message.signature,
        };
        let given = GivenRequest {
            received: Ok(received),
            binding: kept.binding,
            parameters: kept.parameters.clone(),
        };
        Some(Self::judged(given, recipient, at))
    }

    fn judged(given: GivenRequest, recipient: &Recipient<'_>, now: DateTime<Utc>) -> Self {
        let relay_state = given
            .received
            .as_ref()
            .ok()
            .and_then(|received| received.relay_state.clone());
        // A command sees one request, so none came before it.
        let accepted = given
            .received
            .and_then(|received| recipient.accept(received, now)?.proceed(Occurrence::First));
        match accepted {
            Ok(accepted) => Self {
                origin: AuthnOrigin {
                    binding: given.binding,
                    parameters: given.parameters,
                    ..accepted.origin
                },
                relay_state: accepted.relay_state,
                warnings: accepted
                    .warnings
                    .into_iter()
                    .map(|(code, message)| warning(code, message))
                    .collect(),
                refusal: None,
            },
            Err(refused) => Self {
                origin: AuthnOrigin::default(),
                relay_state: relay_state.clone(),
                warnings: Vec::new(),
                refusal: Some(refusal(refused, relay_state)),
            },
        }
    }
}

/// The refused login, and where it is answered: nowhere if only the user may be told.
fn refusal(refused: RefusedRequest, relay_state: Option<String>) -> (Refusal, SamlRequest) {
    let answered = match refused.answer {
        Answer::Page => SamlRequest::default(),
        Answer::Response {
            acs_url,
            in_response_to,
        } => SamlRequest {
            id: in_response_to,
            acs_url,
            relay_state,
            ..SamlRequest::default()
        },
    };
    let refusal = Refusal::SamlRequest {
        fault: refused.fault,
        description: refused.description,
    };
    (refusal, answered)
}

fn warning(code: &str, message: String) -> Warning {
    Warning {
        code: code.to_owned(),
        message,
        origin: Origin::default(),
    }
}

/// A request and the parameters it came with.
struct GivenRequest {
    received: Result<Received, RefusedRequest>,
    binding: AuthnBinding,
    parameters: Dict,
}

impl GivenRequest {
    /// The request in a file: XML, base64, or a URL, query string or form body with its signature.
    fn read(path: &Path, relay_state: Option<&str>) -> Result<Self, Trouble> {
        let text = files::text(path)?;
        let text = text.trim();
        if is_query(text) {
            Self::of_query(text, path, relay_state)
        } else {
            let xml = if text.starts_with('<') {
                Ok(text.to_owned())
            } else {
                binding::decode(text, Carrier::Request)
            };
            let received = xml.map(|xml| Received {
                xml,
                relay_state: relay_state.map(str::to_owned),
                signature: None,
            });
            Ok(Self {
                received: received.map_err(|error| undecodable(&error)),
                binding: AuthnBinding::Post,
                parameters: Dict::new(),
            })
        }
    }

    fn of_query(text: &str, path: &Path, relay_state: Option<&str>) -> Result<Self, Trouble> {
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let mut received = binding::read(query, Carrier::Request).map_err(|error| undecodable(&error));
        if let (Ok(received), Some(relay_state)) = (&mut received, relay_state)
            && received.relay_state.replace(relay_state.to_owned()).is_some()
        {
            return Err(Trouble::usage(
                format!(
                    "{} has a RelayState, and --relay-state gives another",
                    path.display()
                ),
                "leave --relay-state out; what stands in a query string cannot be replaced",
            ));
        }
        let parameters = form_urlencoded::parse(query.as_bytes());
        Ok(Self {
            received,
            binding: AuthnBinding::Redirect,
            parameters: parameters
                .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
                .collect(),
        })
    }
}

/// Whether the text is a URL, a query string or a form body: it holds what base64 does not, or not there.
fn is_query(text: &str) -> bool {
    !text.starts_with('<') && text.trim_end_matches('=').contains(['=', '&', '?', '%', ':'])
}

fn undecodable(error: &BindingError) -> RefusedRequest {
    RefusedRequest {
        fault: RequestFault::Encoding,
        description: error.to_string(),
        answer: Answer::Page,
    }
}
