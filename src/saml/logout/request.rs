//! Whether a service provider's LogoutRequest is carried out (SAML core 3.7.3, profiles 4.4.4.1, semantics
//! 4.17).
//!
//! Nothing ends because of a request that names no login of the session, or that is unsigned where the
//! service provider's certificate is known.

use super::dispatch::{Address, Dispatch, Verdict};
use super::host::Host;
use super::message::{LogoutRequest, MessageError};
use super::participant::{Application, Endpoint, Participant};
use super::report::Report;
use super::state::{Asker, Ending, Originator, State, Unseen};
use super::step::Step;
use super::vouched::{Readable, Signed};
use crate::random::Random;
use crate::saml::inbound::{Once, RECOMMENDED_RELAY_STATE_BYTES, ReadError, Received};
use crate::time::{CLOCK_SKEW, Moment};
use crate::xml::{self, Element, Limits, PROTOCOL, is_ncname};
use chrono::TimeDelta;

/// A LogoutRequest that is not carried out: the session stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct RefusedLogout {
    /// Stable, such as `saml_logout_unknown`.
    pub code: &'static str,
    /// What is wrong and what to do. Quotes no more of the request than URLs.
    pub description: String,
    /// A LogoutResponse that tells the service provider, at the URL it is configured with. Without one the
    /// user sees a page with status 400, and nothing is sent.
    pub answer: Option<Box<Dispatch>>,
}

/// `application` asks, through the user's browser, to end the session that `session` takes part in.
///
/// # Errors
/// Not a LogoutRequest, a signature that is wanted and missing or wrong, a member that cannot be served, a
/// request that is too old, or one that means nobody in `session`.
pub fn requested(
    received: &Received,
    application: &Application,
    host: &Host<'_>,
    session: Vec<Participant>,
    now: Moment,
    random: &mut dyn Random,
) -> Result<Step, RefusedLogout> {
    let occurrence = Occurrence {
        received,
        application,
        host,
        now,
    };
    occurrence
        .accept(session)
        .map_err(|refusal| occurrence.refuse(refusal, random))
}

/// A request that came.
struct Occurrence<'a> {
    received: &'a Received,
    application: &'a Application,
    host: &'a Host<'a>,
    now: Moment,
}

struct Refusal {
    code: &'static str,
    description: String,
    reply: Reply,
}

/// Who learns of a refusal.
enum Reply {
    /// The user.
    Page,
    /// The service provider, if it has a logout URL.
    Response {
        status: &'static str,
        detail: Option<&'static str>,
        in_response_to: Option<String>,
    },
}

impl Occurrence<'_> {
    fn accept(&self, session: Vec<Participant>) -> Result<Step, Refusal> {
        let document = xml::read(&self.received.xml, Limits::MESSAGE).map_err(|error| {
            let description = format!("SAMLRequest is not XML that is accepted, {error}");
            Refusal::page("saml_xml", description)
        })?;
        let root = document.root();
        if !root.is(PROTOCOL.uri, "LogoutRequest") {
            return Err(Refusal::page(
                "saml_message_type",
                "unexpected message type: SAMLRequest holds no samlp:LogoutRequest of SAML 2.0",
            ));
        }
        let readable = self.readable(root, &session)?;
        let request = read(readable.element)?;
        self.check(&request, readable.signed)?;
        let (meant, others): (Vec<_>, Vec<_>) = session
            .into_iter()
            .partition(|participant| participant.is_meant_by(&request));
        let Some(asking) = meant.into_iter().next() else {
            return Err(Refusal::unknown(request));
        };
        let mut warnings: Vec<_> = readable.warning("the LogoutRequest").into_iter().collect();
        warnings.extend(self.long_relay_state());
        let state = State {
            asker: Asker::ServiceProvider(Originator {
                endpoint: self.endpoint(&asking)?,
                client_id: asking.application.client_id,
                request_id: request.id.clone(),
                relay_state: self.received.relay_state.clone().unwrap_or_default(),
            }),
            queue: others.into(),
            report: Report {
                warnings,
                ..Report::default()
            },
        };
        Ok(match readable.signed {
            Signed::No => Step::EndSession(Box::new(Ending { state })),
            Signed::Sha1 | Signed::Yes => {
                let once = Once {
                    id: request.id,
                    // A request is not too old yet in the moment that is CLOCK_SKEW after its issue.
                    until: request.issue_instant + CLOCK_SKEW + TimeDelta::seconds(1),
                };
                Step::NoteId(Box::new(Unseen { once, state }))
            }
        })
    }

    /// What may be read: verified by the certificates of the login that the request claims to mean, else by
    /// those of the application. What it claims decides about nothing else.
    fn readable<'d>(&self, root: Element<'d>, session: &[Participant]) -> Result<Readable<'d>, Refusal> {
        let claim = LogoutRequest::read(root).ok();
        let certificates = claim
            .iter()
            .flat_map(|claim| {
                session
                    .iter()
                    .filter(|participant| participant.is_meant_by(claim))
            })
            .map(|participant| &participant.application.certificates)
            .find(|certificates| !certificates.is_empty())
            .unwrap_or(&self.application.certificates);
        Readable::of(root, self.received, certificates, self.host, self.now)
            .map_err(|error| Refusal::page("saml_request_signature", format!("the LogoutRequest: {error}")))
    }

    fn check(&self, request: &LogoutRequest, signed: Signed) -> Result<(), Refusal> {
        let refuse = |code, description| {
            Err(Refusal {
                code,
                description,
                reply: Reply::response(REQUESTER, Some(&request.id)),
            })
        };
        let client_id = &self.application.client_id;
        if let Some(destination) = &request.destination
            && !self.host.is_reached_by(destination, client_id)
        {
            return refuse(
                "saml_destination",
                format!(
                    "the LogoutRequest's Destination is {destination}, this endpoint is {}",
                    self.host.endpoints.saml_logout(client_id)
                ),
            );
        }
        let age = self.now - request.issue_instant;
        if signed != Signed::No && age.abs() > CLOCK_SKEW {
            let when = if age > TimeDelta::zero() { "ago" } else { "ahead" };
            return refuse(
                "saml_issue_instant",
                format!(
                    "the signed LogoutRequest was issued {} minutes {when}; at most {} are accepted, \
                     compare the \
                     clocks",
                    age.abs().num_minutes(),
                    CLOCK_SKEW.num_minutes()
                ),
            );
        }
        if let Some(end) = request.not_on_or_after
            && self.now >= end + CLOCK_SKEW
        {
            return refuse(
                "saml_expired",
                format!(
                    "the LogoutRequest's NotOnOrAfter was {} minutes ago; send a new request, and compare \
                     the clocks",
                    (self.now - end).num_minutes()
                ),
            );
        }
        Ok(())
    }

    /// Where the originator is answered: as it was configured at its login, else as its application is now.
    fn endpoint(&self, asking: &Participant) -> Result<Endpoint, Refusal> {
        let endpoint = asking.application.endpoint.as_ref();
        let endpoint = endpoint.or(self.application.endpoint.as_ref());
        endpoint.cloned().ok_or_else(|| {
            Refusal::page(
                "saml_logout_no_callback",
                format!(
                    "the application '{}' has no URL that a LogoutResponse could go to; set logout.callback \
                     of its \
                     add-on",
                    asking.application.client_id
                ),
            )
        })
    }

    fn long_relay_state(&self) -> Option<(String, String)> {
        let bytes = self.received.relay_state.as_deref().map_or(0, str::len);
        (bytes > RECOMMENDED_RELAY_STATE_BYTES).then(|| {
            let text = format!(
                "RelayState has {bytes} bytes, more than the {RECOMMENDED_RELAY_STATE_BYTES} of SAML \
                 bindings 3.4.3; \
                 other identity providers may cut or refuse it"
            );
            ("relay_state_long".to_owned(), text)
        })
    }

    fn refuse(&self, refusal: Refusal, random: &mut dyn Random) -> RefusedLogout {
        let Refusal {
            code,
            description,
            reply,
        } = refusal;
        let answer = match (reply, &self.application.endpoint) {
            (
                Reply::Response {
                    status,
                    detail,
                    in_response_to,
                },
                Some(endpoint),
            ) => {
                let to = Address {
                    client_id: &self.application.client_id,
                    url: endpoint.response_url(),
                    binding: endpoint.binding(),
                    relay_state: self.received.relay_state.as_deref().unwrap_or_default(),
                };
                let verdict = Verdict::Refused {
                    code: status,
                    detail,
                    message: description.clone(),
                };
                let response = Dispatch::response(&to, in_response_to, verdict, self.now, random);
                Some(Box::new(response))
            }
            (Reply::Page, _) | (Reply::Response { .. }, None) => None,
        };
        RefusedLogout {
            code,
            description,
            answer,
        }
    }
}

/// The request in the element that may be read.
fn read(element: Element<'_>) -> Result<LogoutRequest, Refusal> {
    let id = element.attribute("ID").filter(|id| is_ncname(id));
    if element.attribute("Version") != Some("2.0") {
        return Err(Refusal {
            code: "saml_version",
            description: "the LogoutRequest's Version is not 2.0".to_owned(),
            reply: Reply::response(VERSION_MISMATCH, id),
        });
    }
    LogoutRequest::read(element).map_err(|error| Refusal {
        code: "saml_request",
        description: format!("the LogoutRequest: {error}"),
        reply: match error {
            MessageError::Member(ReadError::Id | ReadError::TooLong { .. }) => Reply::Page,
            _ => Reply::response(REQUESTER, id),
        },
    })
}

impl Refusal {
    /// The request means nobody here. The service provider learns it where it has a callback (semantics
    /// 4.17); nobody's session ends.
    fn unknown(request: LogoutRequest) -> Self {
        Self {
            code: "saml_logout_unknown",
            description:
                "the LogoutRequest means no login of this session: its Issuer, NameID and SessionIndex must \
                          be those of the assertion; the user may be logged out already"
                    .to_owned(),
            reply: Reply::Response {
                status: REQUESTER,
                detail: Some(UNKNOWN_PRINCIPAL),
                in_response_to: Some(request.id),
            },
        }
    }

    fn page(code: &'static str, description: impl Into<String>) -> Self {
        Self {
            code,
            description: description.into(),
            reply: Reply::Page,
        }
    }
}

impl Reply {
    fn response(status: &'static str, id: Option<&str>) -> Self {
        Self::Response {
            status,
            detail: None,
            in_response_to: id.map(str::to_owned),
        }
    }
}

const REQUESTER: &str = "urn:oasis:names:tc:SAML:2.0:status:Requester";
const UNKNOWN_PRINCIPAL: &str = "urn:oasis:names:tc:SAML:2.0:status:UnknownPrincipal";
const VERSION_MISMATCH: &str = "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch";
