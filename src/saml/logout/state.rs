//! The logout between two steps: which participants still get a LogoutRequest, and to whom the LogoutResponse goes.

use super::dispatch::{Address, Dispatch, Verdict};
use super::host::Host;
use super::message::{LogoutResponse, Outcome};
use super::participant::{Endpoint, Notification, Participant};
use super::report::{Failure, Report, Shortfall};
use super::request::RefusedLogout;
use super::step::Step;
use super::vouched::Readable;
use crate::random::{ALPHANUMERIC, Random};
use crate::saml::inbound::{Occurrence, Once, Received};
use crate::time::Moment;
use crate::xml::{self, Element, Limits, PROTOCOL, XmlError};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// The tenant itself ends the session that `session` takes part in; nobody is answered in the end.
pub fn begin(session: Vec<Participant>) -> Step {
    let state = State {
        asker: Asker::Nobody,
        queue: session.into(),
        report: Report::default(),
    };
    Step::EndSession(Box::new(Ending { state }))
}

/// The state that every step keeps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    pub asker: Asker,
    /// Participants that still get a LogoutRequest; the originator is not among them.
    pub queue: VecDeque<Participant>,
    pub report: Report,
}

/// To whom the LogoutResponse goes in the end.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Asker {
    Nobody,
    ServiceProvider(Originator),
}

/// The service provider whose request it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Originator {
    pub client_id: String,
    pub endpoint: Endpoint,
    pub request_id: String,
    /// Empty for none.
    pub relay_state: String,
}

/// A signed request of which it is not known yet whether it came before.
#[derive(Clone, Debug)]
pub struct Unseen {
    pub(super) once: Once,
    pub(super) state: State,
}

/// A logout whose session is still to be ended.
#[derive(Clone, Debug)]
pub struct Ending {
    pub(super) state: State,
}

/// A logout whose user is at a participant; serialise it, and go on when the answer comes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Waiting {
    state: State,
    participant: Participant,
    /// ID of the LogoutRequest that is out.
    request_id: String,
    /// What the answer must bring back as RelayState; single use.
    token: String,
}

/// What came is not the answer that is waited for; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAnAnswer {
    /// It answers another request.
    #[error(
        "the LogoutResponse answers another LogoutRequest than the one that waits for an answer: its \
         InResponseTo differs"
    )]
    InResponseTo,
    /// Something else.
    #[error("unexpected message type: SAMLResponse holds no samlp:LogoutResponse of SAML 2.0")]
    MessageType,
    /// Unknown, used already, or none.
    #[error("the RelayState is unknown or was used already; return it as it was sent")]
    RelayState,
    /// Not XML, or not such as is read.
    #[error("SAMLResponse is not XML that is accepted, {0}")]
    Xml(XmlError),
}

impl Unseen {
    /// What the request is to be remembered by.
    pub fn once(&self) -> &Once {
        &self.once
    }

    /// Goes on if the request came for the first time.
    ///
    /// # Errors
    /// The request was received before.
    pub fn proceed(self, occurrence: Occurrence) -> Result<Step, RefusedLogout> {
        match occurrence {
            Occurrence::First => Ok(Step::EndSession(Box::new(Ending { state: self.state }))),
            Occurrence::Repeated => Err(RefusedLogout {
                code: "saml_replay",
                description: "the signed LogoutRequest was used already; send a new one with another ID"
                    .to_owned(),
                answer: None,
            }),
        }
    }
}

impl Ending {
    /// The session is over here.
    pub fn ended(self, now: Moment, random: &mut dyn Random) -> Step {
        self.state.next(now, random)
    }
}

impl Waiting {
    /// The RelayState that the answer must bring back: what this is kept under.
    pub fn relay_state(&self) -> &str {
        &self.token
    }

    /// The application that is to answer, whose [`super::Sender`] seals the request that is out.
    pub fn client_id(&self) -> &str {
        &self.participant.application.client_id
    }

    /// A message came in `SAMLResponse`. Once it answers the request that is out, it decides: what is wrong
    /// with it counts as a failure of the participant, and the logout goes on.
    ///
    /// # Errors
    /// It does not answer that request; the logout still waits. (It comes back in the error's place.)
    pub fn receive(
        self: Box<Self>,
        received: &Received,
        host: &Host<'_>,
        now: Moment,
        random: &mut dyn Random,
    ) -> Result<Step, (Box<Self>, NotAnAnswer)> {
        let verdict = match self.answered(received) {
            Ok(document) => self.check(document.root(), received, host, now),
            Err(error) => return Err((self, error)),
        };
        let Self {
            mut state,
            participant,
            ..
        } = *self;
        match verdict {
            Ok(warning) => state.report.warnings.extend(warning),
            Err(shortfall) => state.failed(participant, shortfall),
        }
        Ok(state.next(now, random))
    }

    /// No answer comes, or the request could not be sent: the logout goes on.
    pub fn give_up(self, shortfall: Shortfall, now: Moment, random: &mut dyn Random) -> Step {
        let Self {
            mut state,
            participant,
            ..
        } = self;
        state.failed(participant, shortfall);
        state.next(now, random)
    }

    /// The document, if it answers the request that is out.
    fn answered<'r>(&self, received: &'r Received) -> Result<xml::Document<'r>, NotAnAnswer> {
        if received.relay_state.as_ref() != Some(&self.token) {
            return Err(NotAnAnswer::RelayState);
        }
        let document = xml::read(&received.xml, Limits::MESSAGE).map_err(NotAnAnswer::Xml)?;
        let root = document.root();
        if !root.is(PROTOCOL.uri, "LogoutResponse") {
            return Err(NotAnAnswer::MessageType);
        }
        if root.attribute("InResponseTo") != Some(&self.request_id) {
            return Err(NotAnAnswer::InResponseTo);
        }
        Ok(document)
    }

    /// Whether the participant is logged out, with a warning about how it says so.
    fn check(
        &self,
        root: Element<'_>,
        received: &Received,
        host: &Host<'_>,
        now: Moment,
    ) -> Result<Option<(String, String)>, Shortfall> {
        let answer = |problem: &str| Shortfall::Answer(problem.to_owned());
        let application = &self.participant.application;
        let readable = Readable::of(root, received, &application.certificates, host, now)
            .map_err(|error| Shortfall::Answer(error.to_string()))?;
        if readable.element.attribute("Version") != Some("2.0") {
            return Err(answer("its Version is not 2.0"));
        }
        let response =
            LogoutResponse::read(readable.element).map_err(|error| Shortfall::Answer(error.to_string()))?;
        if response.in_response_to.as_ref() != Some(&self.request_id) {
            return Err(answer("its InResponseTo differs"));
        }
        if self.participant.issuer.is_some() && response.issuer != self.participant.issuer {
            return Err(answer("its Issuer is not that of the participant"));
        }
        if let Some(destination) = &response.destination
            && !host.is_reached_by(destination, &application.client_id)
        {
            return Err(answer("its Destination is another endpoint"));
        }
        match response.outcome {
            Outcome::Success => Ok(readable.warning("the LogoutResponse")),
            Outcome::Other(status) => Err(Shortfall::Status(status)),
        }
    }
}

impl State {
    /// The LogoutRequest for the next participant that takes one, or the end.
    fn next(mut self, now: Moment, random: &mut dyn Random) -> Step {
        while let Some(participant) = self.queue.pop_front() {
            let endpoint = match &participant.application.endpoint {
                Some(endpoint) if endpoint.notification() == Notification::Sent => endpoint,
                Some(_) => {
                    self.failed(participant, Shortfall::NotNotified);
                    continue;
                }
                None => {
                    self.failed(participant, Shortfall::NoEndpoint);
                    continue;
                }
            };
            let token = random.text(ALPHANUMERIC, TOKEN_LENGTH);
            let to = Address {
                client_id: &participant.application.client_id,
                url: endpoint.url(),
                binding: endpoint.binding(),
                relay_state: &token,
            };
            let request = Dispatch::request(
                &to,
                participant.name_id.clone(),
                participant.session_index.clone(),
                now,
                random,
            );
            let waiting = Waiting {
                state: self,
                request_id: request.id().to_owned(),
                participant,
                token,
            };
            return Step::Send(Box::new(request), Box::new(waiting));
        }
        let Asker::ServiceProvider(originator) = self.asker else {
            return Step::Finish(self.report);
        };
        let to = Address {
            client_id: &originator.client_id,
            url: originator.endpoint.response_url(),
            binding: originator.endpoint.binding(),
            relay_state: &originator.relay_state,
        };
        let verdict = if self.report.failures.is_empty() {
            Verdict::Success
        } else {
            Verdict::Partial
        };
        let response = Dispatch::response(&to, Some(originator.request_id), verdict, now, random);
        Step::Answer(Box::new(response), self.report)
    }

    fn failed(&mut self, participant: Participant, shortfall: Shortfall) {
        self.report.failures.push(Failure {
            client_id: participant.application.client_id,
            shortfall,
        });
    }
}

/// 256 bits, and within the 80 bytes of SAML bindings 3.4.3.
const TOKEN_LENGTH: usize = 43;
