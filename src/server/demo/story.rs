//! A login as it was, noted step by step where it comes to rest.

use super::memory::Demo;
use crate::command::{Call, Recorded};
use crate::flow::ActionLog;
use crate::issue::{Artefact, Ended};
use crate::login::{Away, Decision, Effects, Refusal, UserEffects};
use crate::oauth::Parameters;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::saml::SamlAnswer;
use crate::server::login::{Noted, OVERTAKEN, Rested};
use crate::server::site::Site;
use crate::server::wish::Wish;
use crate::store::Session;
use crate::tenant::Profile;
use crate::time::Moment;
use crate::trace::{Origin, Trace};
use serde_json::{Map, Value};

/// A login as it was.
pub(super) struct Story {
    /// Where it is told: `/demo/stories/{id}`.
    pub id: String,
    pub began: Moment,
    pub client_id: String,
    /// What the application asked for.
    pub wish: Wish,
    /// What the application gets back with its answer.
    pub state: Option<String>,
    /// The id of the transaction, once the login is decided.
    pub transaction: Option<String>,
    pub person: Profile,
    pub session: Session,
    /// The runs of Actions, and where the user went in between.
    pub legs: Vec<Leg>,
    pub asked: Vec<Asked>,
    pub trace: Trace,
    pub effects: Effects,
    pub end: End,
    /// What the application did then, in order.
    pub afterwards: Vec<Afterwards>,
}

/// What the application did once it had its tokens.
pub(super) struct Afterwards {
    pub at: Moment,
    pub what: &'static str,
    pub why: &'static str,
    /// What the server answered.
    pub said: Value,
    /// What its tokens are from now on, where they are others.
    pub tokens: Option<Map<String, Value>>,
}

/// What happened between two moments at which the user was at this server.
pub(super) struct Leg {
    pub actions: Vec<ActionLog>,
    /// Where the user went then, in words.
    pub away: Option<String>,
}

/// One call of an Action.
pub(super) struct Asked {
    /// With secrets as handles.
    pub call: Call,
    /// What the trace calls it.
    pub target: String,
}

/// How far it came.
pub(super) enum End {
    /// Its user is away.
    Away,
    /// The application has a code, and nothing else yet.
    Code,
    /// The members of the answer with the tokens.
    Tokens(Map<String, Value>),
    /// What was posted to the service provider.
    Saml(Box<SamlAnswer>),
    /// Nothing is issued.
    Refused(Refused),
}

/// Why nothing is issued.
pub(super) struct Refused {
    pub code: String,
    pub description: String,
    pub origin: Origin,
    /// What the service provider gets.
    pub answer: Option<Box<SamlAnswer>>,
}

impl Demo {
    /// Remembers who is about to log in, as the Actions find them.
    pub(in crate::server) fn meet(&self, session: &Session, person: &Profile) {
        self.memory().meet(session.id, person.clone());
    }

    /// Remembers what a login came to. `session` is that of the browser as it was before.
    pub(in crate::server) fn note(&self, site: &Site, wish: &Wish, session: &Session, noted: &Noted<'_>) {
        let state = wish_state(wish);
        let mut memory = self.memory();
        let goes_on = |story: &Story| {
            matches!(story.end, End::Away) && story.state == state && story.session.id == session.id
        };
        if let Some(story) = memory.find(goes_on) {
            story.rest(noted);
            return;
        }
        let Some(person) = memory.met(session.id) else {
            return;
        };
        let mut story = Story {
            id: SystemRandom.text(ALPHANUMERIC, ID),
            began: site.now(),
            client_id: noted.client.client_id.clone(),
            wish: wish.clone(),
            state,
            transaction: None,
            person,
            session: session.clone(),
            legs: Vec::new(),
            asked: Vec::new(),
            trace: Trace::default(),
            effects: Effects::default(),
            end: End::Away,
            afterwards: Vec::new(),
        };
        story.rest(noted);
        memory.add(story);
    }

    fn issued(&self, transaction: Option<&str>, trace: &Trace, answer: &Map<String, Value>) {
        let mut memory = self.memory();
        let is_it = |story: &Story| transaction.is_some() && story.transaction.as_deref() == transaction;
        let Some(story) = memory.find(is_it) else {
            return;
        };
        story.trace.join(trace);
        story.end = End::Tokens(answer.clone());
    }
}

impl Site {
    /// Lets a demo remember what was issued for the login of this transaction: what became of the calls then, and the
    /// members of the answer.
    pub(in crate::server) fn tell_demo(
        &self,
        transaction: Option<&str>,
        trace: &Trace,
        answer: &Map<String, Value>,
    ) {
        if let Some(demo) = &self.demo {
            demo.issued(transaction, trace, answer);
        }
    }
}

/// Characters of a story's id.
const ID: usize = 22;

impl Story {
    fn rest(&mut self, noted: &Noted<'_>) {
        let mut away = None;
        match noted.rested {
            Rested::Away(suspended) => {
                self.know(
                    suspended.recorded(),
                    suspended.trace(),
                    &Effects::of_user(suspended.pending_user_effects()),
                );
                away = Some(where_to(suspended.away()));
                self.end = End::Away;
            }
            Rested::Asked => {
                away = Some("the question whether the application may have what it asks for".to_owned());
                self.end = End::Away;
            }
            Rested::Decided(finished) => {
                self.know(&finished.recorded, &finished.trace, &finished.effects);
                self.end = match &finished.decision {
                    Decision::Issue(grant) => {
                        self.transaction.clone_from(&grant.event.transaction.id);
                        End::Code
                    }
                    Decision::Refuse(refusal) => End::Refused(Refused::of(refusal, None)),
                };
            }
            Rested::Over(conclusion) => {
                self.know(&conclusion.recorded, &conclusion.trace, &conclusion.effects);
                self.end = match &conclusion.ended {
                    Ended::Issued(Artefact::Saml(answer)) => End::Saml(answer.clone()),
                    // Tokens are noted where they are given.
                    Ended::Issued(Artefact::Tokens(_)) => End::Code,
                    Ended::Refused(refusal, answer) => End::Refused(Refused::of(refusal, answer.clone())),
                };
            }
            Rested::Answered => {
                let why = "the request of the service provider was answered before";
                self.end = End::Refused(Refused::told("invalid_request", why));
            }
            Rested::Overtaken => self.end = End::Refused(Refused::told("access_denied", OVERTAKEN)),
            Rested::Unfit(why) => self.end = End::Refused(Refused::told("invalid_request", why)),
            Rested::Unwilling => {
                self.end = End::Refused(Refused::told("access_denied", "the person did not consent"));
            }
            Rested::Unconsented => {
                let why = "the person has not consented, and may not be asked";
                self.end = End::Refused(Refused::told("consent_required", why));
            }
        }
        self.legs.push(Leg {
            actions: noted.actions.to_vec(),
            away,
        });
    }

    fn know(&mut self, recorded: &[Recorded], trace: &Trace, effects: &Effects) {
        let asked = recorded.iter().map(|recorded| Asked {
            call: recorded.call.redacted(),
            target: recorded.command.target(),
        });
        self.asked = asked.collect();
        self.trace = trace.clone();
        self.effects = effects.clone();
    }

    /// Whether its user was not asked who they are.
    pub fn is_single_sign_on(&self) -> bool {
        !self.session.clients.is_empty()
    }
}

/// Where the user went, or what was asked of the user.
fn where_to(away: &Away) -> String {
    match away {
        Away::Form { id, .. } => format!("the form {id}"),
        Away::Mfa(step) => format!("a second factor ({})", step.command),
        Away::Redirect { url } => url.clone(),
    }
}

impl Refused {
    /// With what the application was told.
    pub fn told(code: &str, description: &str) -> Self {
        Self {
            code: code.to_owned(),
            description: description.to_owned(),
            origin: Origin::default(),
            answer: None,
        }
    }

    fn of(refusal: &Refusal, answer: Option<Box<SamlAnswer>>) -> Self {
        Self {
            code: refusal.code().to_owned(),
            description: refusal.description().into_owned(),
            origin: refusal.origin(),
            answer,
        }
    }
}

impl Effects {
    fn of_user(user: UserEffects) -> Self {
        Self {
            user,
            ..Self::default()
        }
    }
}

impl Trace {
    /// Adds what was traced later; `later` may begin with what is there already.
    fn join(&mut self, later: &Self) {
        let entries = later.entries.strip_prefix(&*self.entries);
        self.entries.extend_from_slice(entries.unwrap_or(&later.entries));
        let warnings = later.warnings.strip_prefix(&*self.warnings);
        self.warnings
            .extend_from_slice(warnings.unwrap_or(&later.warnings));
    }
}

/// What the application gave to be sent back.
fn wish_state(wish: &Wish) -> Option<String> {
    match wish {
        Wish::Oidc(request) => request.delivery.state.clone(),
        Wish::Saml(wish) => wish.relay_state.clone().or_else(|| {
            let parameters = Parameters::of_form(wish.message.as_ref()?.text.as_bytes()).ok()?;
            parameters.get("RelayState").ok()?.map(str::to_owned)
        }),
    }
}
