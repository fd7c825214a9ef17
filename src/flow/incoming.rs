//! A received SAML request: the values that the login takes from it, whether it is accepted or not.

use crate::event::{AuthnBinding, AuthnOrigin, Dict, SamlRequest};
use crate::login::{Refusal, RequestFault};
use crate::saml::inbound::{
    Answer, BindingError, Carrier, Occurrence, Once, Received, Recipient, RefusedRequest, binding, document,
};
use crate::time::Moment;
use crate::trace::{Origin, Warning};
use url::form_urlencoded;

/// A SAML request as it was received.
pub struct GivenRequest {
    /// What could be decoded.
    pub received: Result<Received, RefusedRequest>,
    /// How it came.
    pub binding: AuthnBinding,
    /// The parameters that the request came with.
    pub parameters: Dict,
}

/// A RelayState beside a text that brings its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondRelayState;

impl GivenRequest {
    /// The request in any form in which people and programs have one: XML, base64, or a URL, query string or form body
    /// with its signature. `relay_state` goes with the first two.
    ///
    /// # Errors
    /// The text has a RelayState, and `relay_state` is another.
    pub fn of_text(text: &str, relay_state: Option<&str>) -> Result<Self, SecondRelayState> {
        let text = document(text).trim_end();
        if is_query(text) {
            return Self::of_query(text, relay_state);
        }
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

    fn of_query(text: &str, relay_state: Option<&str>) -> Result<Self, SecondRelayState> {
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        let mut received = binding::read(query, Carrier::Request).map_err(|error| undecodable(&error));
        if let (Ok(received), Some(relay_state)) = (&mut received, relay_state)
            && received.relay_state.replace(relay_state.to_owned()).is_some()
        {
            return Err(SecondRelayState);
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

/// A SAML request that was received, accepted or not.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The values that the login takes from the request; few if the request was refused.
    pub origin: AuthnOrigin,
    /// What goes back with the answer.
    pub relay_state: Option<String>,
    /// What is legal but unwise.
    pub warnings: Vec<Warning>,
    /// Why the request is not answered with an assertion.
    pub refusal: Option<RefusedLogin>,
    /// What a signed request is remembered by as soon as it comes, so that it counts once. Anybody can send another one, under
    /// any id, so of those it is remembered only that they were answered.
    pub once: Option<Once>,
}

/// Why a SAML request is not answered with an assertion, and where the answer goes: nowhere if only the user may see
/// the refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedLogin {
    /// Why.
    pub refusal: Refusal,
    /// What is answered; without an ACS URL nothing is.
    pub answered: SamlRequest,
}

impl Incoming {
    /// Accepts or refuses a request that was sent to `recipient`. `occurrence` says whether it was received before.
    pub fn received(
        given: GivenRequest,
        occurrence: Occurrence,
        recipient: &Recipient<'_>,
        now: Moment,
    ) -> Self {
        let relay_state = given
            .received
            .as_ref()
            .ok()
            .and_then(|received| received.relay_state.clone());
        let accepted = given.received.and_then(|received| {
            let unseen = recipient.accept(received, now)?;
            let once = unseen.once().cloned();
            Ok((unseen.proceed(occurrence)?, once))
        });
        match accepted {
            Ok((accepted, once)) => Self {
                origin: AuthnOrigin {
                    binding: given.binding,
                    parameters: given.parameters,
                    ..accepted.origin
                },
                relay_state: accepted.relay_state,
                warnings: accepted
                    .warnings
                    .into_iter()
                    .map(|(code, message)| Warning {
                        code: code.to_owned(),
                        message,
                        origin: Origin::default(),
                    })
                    .collect(),
                refusal: None,
                once,
            },
            Err(refused) => Self {
                origin: AuthnOrigin::default(),
                relay_state: relay_state.clone(),
                warnings: Vec::new(),
                refusal: Some(RefusedLogin::of(refused, relay_state)),
                once: None,
            },
        }
    }

    /// The request of a kept login, checked again: the application of today may refuse the request.
    pub(super) fn again(
        kept: &AuthnOrigin,
        relay_state: Option<String>,
        recipient: &Recipient<'_>,
        at: Moment,
    ) -> Option<Self> {
        let message = kept.message.clone()?;
        let given = GivenRequest {
            received: Ok(Received {
                xml: message.xml,
                relay_state,
                signature: message.signature,
            }),
            binding: kept.binding,
            parameters: kept.parameters.clone(),
        };
        // Whether the request was received before was checked when the login began.
        Some(Self::received(given, Occurrence::First, recipient, at))
    }
}

impl RefusedLogin {
    fn of(refused: RefusedRequest, relay_state: Option<String>) -> Self {
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
        Self {
            refusal: Refusal::SamlRequest {
                fault: refused.fault,
                description: refused.description,
            },
            answered,
        }
    }
}
