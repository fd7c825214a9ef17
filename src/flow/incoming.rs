//! A received SAML request: the values that the login takes from it, whether it is accepted or not.

use crate::event::{AuthnBinding, AuthnOrigin, Dict, SamlRequest};
use crate::login::Refusal;
use crate::saml::inbound::{Answer, Occurrence, Received, Recipient, RefusedRequest};
use crate::time::Moment;
use crate::trace::{Origin, Warning};

/// A SAML request as it was received.
pub struct GivenRequest {
    /// What could be decoded.
    pub received: Result<Received, RefusedRequest>,
    /// How it came.
    pub binding: AuthnBinding,
    /// The parameters that the request came with.
    pub parameters: Dict,
}

/// A SAML request that was received, accepted or not.
pub struct Incoming {
    /// The values that the login takes from the request; few if the request was refused.
    pub origin: AuthnOrigin,
    /// What goes back with the answer.
    pub relay_state: Option<String>,
    /// What is legal but unwise.
    pub warnings: Vec<Warning>,
    /// Why the request is not answered with an assertion.
    pub refusal: Option<RefusedLogin>,
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
        let accepted = given
            .received
            .and_then(|received| recipient.accept(received, now)?.proceed(occurrence));
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
                    .map(|(code, message)| Warning {
                        code: code.to_owned(),
                        message,
                        origin: Origin::default(),
                    })
                    .collect(),
                refusal: None,
            },
            Err(refused) => Self {
                origin: AuthnOrigin::default(),
                relay_state: relay_state.clone(),
                warnings: Vec::new(),
                refusal: Some(RefusedLogin::of(refused, relay_state)),
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
