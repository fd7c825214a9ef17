//! `POST /api/issue`: a login that happened elsewhere, without a browser in between.

mod comes;

use super::fault::ApiFault;
use super::machine_login::{Carried, Explain, MachineLogin, answer, answered_before, refused};
use crate::event::{
    self, Authentication, AuthenticationMethod, Circumstances, EventRequest, Protocol, Transaction,
};
use crate::flow::{GivenRequest, Incoming, Login, Outcome, Rest, SecondRelayState, Use};
use crate::login::Refusal;
use crate::oauth::{ApiScope, BodyFault, IssueRequest, Machine, device_of};
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::result::{LoginResult, Timing};
use crate::saml::inbound::Occurrence;
use crate::server::answer::Answer;
use crate::server::log::Entry;
use crate::server::login::login_refused;
use crate::server::received::Received;
use crate::server::session::{self, MachineSession};
use crate::server::site::Site;
use crate::server::wish::of_service_provider;
use crate::store::{Holder, IdUse, NewSession, Session, SessionChange, SessionUser, StoredUser};
use crate::tenant::{Client, Profile};
use crate::time::{Moment, iso};
use axum::http::Method;
use comes::Comes;
use serde_json::{Value, json};

/// Logs a user in on the word of a machine client.
pub(in crate::server) fn issue(site: &Site, received: &Received) -> Answer {
    if received.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    let machine = match site.machine(received, ApiScope::IssueLogin) {
        Ok(machine) => machine,
        Err(answer) => return answer,
    };
    issued(site, received, &machine).unwrap_or_else(|fault| {
        let entry = Entry::of("issue_refused", received).with("caller", &*machine.client_id);
        entry.with("reason", fault.reason()).write();
        fault.answer()
    })
}

fn issued(site: &Site, received: &Received, machine: &Machine) -> Result<Answer, ApiFault> {
    let given = IssueRequest::read(received.json()?)?;
    let client = application(site, &given, machine)?;
    let issue = Issue {
        site,
        received,
        machine,
        client,
        methods: given.methods(site.now())?,
        asked: Asked::of(site, &given, client)?,
        request: given.request.shown(received.ip, site.host()),
        given: &given,
    };
    let comes = match issue.user()? {
        Ok(comes) => comes,
        Err(refusal) => return Ok(issue.turned_away(refusal)),
    };
    let connection = issue.connection(&comes.profile)?;
    if comes.profile.is_blocked() {
        return Ok(issue.turned_away(Refusal::Blocked));
    }
    issue.log_in(comes, connection.as_deref())
}

/// The application that the machine client may log users in to.
fn application<'a>(site: &'a Site, given: &IssueRequest, machine: &Machine) -> Result<&'a Client, ApiFault> {
    let mut clients = site.tenant.clients.iter();
    let client = clients
        .find(|client| client.client_id == given.client_id)
        .ok_or_else(|| BodyFault::of("client_id", "there is no application with this id"))?;
    if !machine.may_log_in_to(client, &site.tenant) {
        return Err(ApiFault::Forbidden(BodyFault::of(
            "client_id",
            "this machine client may not log users in to this application; see [api.<client_id>] clients",
        )));
    }
    if let Some(url) = &given.redirect_uri
        && !client.has_callback(url)
    {
        return Err(BodyFault::of("redirect_uri", "it is not among the callbacks of the application").into());
    }
    Ok(client)
}

/// What the application asked for.
enum Asked {
    Tokens,
    /// A SAML response, on a request or without one.
    Response(Option<Box<Incoming>>),
}

impl Asked {
    /// A request that only a person may be told of is unusable; another one that is refused is answered.
    fn of(site: &Site, given: &IssueRequest, client: &Client) -> Result<Self, BodyFault> {
        let is_service_provider = client.addons.samlp.is_some();
        let Some(text) = &given.saml_request else {
            return Ok(if given.is_saml(is_service_provider) {
                Self::Response(None)
            } else {
                Self::Tokens
            });
        };
        let unfit = |what: &str| BodyFault::of("saml_request", what);
        if !is_service_provider {
            return Err(unfit(
                "the application is no service provider: it has no samlp add-on",
            ));
        }
        let request =
            GivenRequest::of_text(text, given.relay_state.as_deref()).map_err(|SecondRelayState| {
                BodyFault::of(
                    "relay_state",
                    "saml_request brings another one; leave relay_state out",
                )
            })?;
        let recipient = site.recipient(client);
        let now = site.now();
        let incoming = Incoming::received(request, Occurrence::First, &recipient, now);
        match &incoming.refusal {
            Some(refused) if refused.answered.acs_url.is_empty() => {
                Err(unfit(&refused.refusal.description()))
            }
            _ => Ok(Self::Response(Some(Box::new(incoming)))),
        }
    }
}

impl Asked {
    /// Whether the request that is answered was signed, and so counts once.
    fn counts_once(&self) -> bool {
        matches!(self, Self::Response(Some(incoming)) if incoming.once.is_some())
    }

    fn protocol(&self) -> Protocol {
        match self {
            Self::Tokens => Protocol::OidcBasicProfile,
            Self::Response(_) => Protocol::Samlp,
        }
    }
}

/// One call.
struct Issue<'a> {
    site: &'a Site,
    received: &'a Received,
    machine: &'a Machine,
    given: &'a IssueRequest,
    client: &'a Client,
    asked: Asked,
    /// The request of the user's browser.
    request: EventRequest,
    methods: Vec<AuthenticationMethod>,
}

impl Issue<'_> {
    /// The connection that the user comes over: the one that is named, which must be one of the user's.
    fn connection(&self, profile: &Profile) -> Result<Option<String>, ApiFault> {
        let identities = profile.0.get("identities").and_then(Value::as_array);
        let mut own = identities
            .into_iter()
            .flatten()
            .filter_map(|identity| identity.get("connection")?.as_str());
        let connection = match self.given.connection.as_deref() {
            Some(named) if !own.any(|own| own == named) => {
                return Err(
                    BodyFault::of("connection", "the user has no identity of this connection").into(),
                );
            }
            Some(named) => Some(named),
            None => own.next(),
        };
        if !self
            .machine
            .may_take_users_of(connection.unwrap_or_default(), &self.site.tenant)
        {
            return Err(ApiFault::Forbidden(BodyFault::of(
                "connection",
                "this machine client may not log in users of this connection; see [api.<client_id>] connections",
            )));
        }
        Ok(connection.map(str::to_owned))
    }

    fn log_in(&self, comes: Comes, connection: Option<&str>) -> Result<Answer, ApiFault> {
        let site = self.site;
        let Comes { profile, brought } = comes;
        self.answered_once()?;
        let (session, begins) = if let Some(id) = &self.given.session_id {
            let session = self.earlier_session(id, profile.user_id())?;
            // What is not carried out leaves the session as it was.
            event::build(&site.tenant, self.client, &profile, &self.circumstances(&session))?;
            self.seen_once()?;
            (self.refreshed(session, profile.user_id())?, None)
        } else {
            let now = site.now();
            let new = self.new_session(profile.user_id(), connection, now);
            let session = new.begun(now);
            if self.asked.counts_once() {
                // Nor does it use the request up.
                event::build(&site.tenant, self.client, &profile, &self.circumstances(&session))?;
                self.seen_once()?;
            }
            (session, Some(new))
        };
        let (refused, warnings) = match &self.asked {
            Asked::Response(Some(incoming)) => (incoming.refusal.clone(), incoming.warnings.clone()),
            Asked::Response(None) | Asked::Tokens => (None, Vec::new()),
        };
        let login = Login {
            refused,
            warnings,
            ..Login::of(self.client, &profile, self.circumstances(&session))
        };
        let carried = Carried {
            session_id: session.id.to_string(),
            device: device_of(&self.request),
            explain: self.explain(),
        };
        let driven = MachineLogin {
            site,
            received: self.received,
            machine: self.machine,
            carried: &carried,
            session: &session,
            authenticated: profile.user_id(),
            protocol: self.asked.protocol(),
            begins,
            brought,
        };
        let decided = driven.driven().begin(login)?;
        driven.rested(decided, self.client)
    }

    /// A request that was signed is answered once.
    fn seen_once(&self) -> Result<(), ApiFault> {
        let Asked::Response(Some(incoming)) = &self.asked else {
            return Ok(());
        };
        let Some(once) = &incoming.once else {
            return Ok(());
        };
        let (store, now) = (&self.site.store, self.site.now());
        match store.use_id(
            IdUse::SamlRequest,
            &self.client.client_id,
            &once.id,
            once.until,
            now,
        )? {
            Use::First => Ok(()),
            Use::Again => Err(answered_before().into()),
        }
    }

    /// A request that was answered is not answered again, whoever brings it.
    fn answered_once(&self) -> Result<(), ApiFault> {
        let Asked::Response(Some(incoming)) = &self.asked else {
            return Ok(());
        };
        let (store, client_id) = (&self.site.store, &self.client.client_id);
        if let Some(id) = &incoming.origin.id
            && store.id_use(IdUse::SamlAnswer, client_id, id, self.site.now())? == Use::Again
        {
            return Err(answered_before().into());
        }
        Ok(())
    }

    /// The session that begins with this call.
    fn new_session(&self, user_id: &str, connection: Option<&str>, now: Moment) -> NewSession {
        let methods = if self.methods.is_empty() {
            vec![json!({"name": "federated", "timestamp": iso(now)})]
        } else {
            self.methods.iter().map(|method| json!(method)).collect()
        };
        let new = MachineSession {
            client_id: &self.machine.client_id,
            user_id,
            connection,
            methods,
            device: device_of(&self.request),
        };
        self.site.machine_session(new, now)
    }

    /// The session of an earlier call of this machine client.
    fn earlier_session(&self, id: &str, user_id: &str) -> Result<Session, ApiFault> {
        let site = self.site;
        let id = id.parse().map_err(|_| unknown_session())?;
        let held_by = Holder::Machine(self.machine.client_id.clone());
        let session = site.store.session(&id, site.now())?;
        let session = session
            .filter(|session| session.holder == held_by)
            .ok_or_else(unknown_session)?;
        // An Action made it the session of the primary user to whom this one belongs.
        if session.user_id != user_id {
            let primary = site.store.stored_user(&session.user_id)?;
            let is_linked = |user: &StoredUser| {
                !user.profile.is_blocked() && user.profile.secondary_identity(user_id).is_some()
            };
            primary.filter(is_linked).ok_or_else(unknown_session)?;
        }
        Ok(session)
    }

    /// The session with what this call says of it.
    fn refreshed(&self, session: Session, user_id: &str) -> Result<Session, ApiFault> {
        let (site, now) = (self.site, self.site.now());
        let is_of_user = session.user_id == user_id;
        if self.methods.is_empty() && is_of_user {
            return Ok(session);
        }
        let change = SessionChange {
            user: (!is_of_user).then(|| SessionUser {
                authenticated: user_id.to_owned(),
                primary: None,
            }),
            authenticated_at: (!self.methods.is_empty()).then_some(now),
            methods: self.methods.iter().map(|method| json!(method)).collect(),
            device: device_of(&self.request),
            ..SessionChange::default()
        };
        site.store.change_session(&session.id, change, now)?;
        Ok(site
            .store
            .session(&session.id, now)?
            .ok_or_else(unknown_session)?)
    }

    fn circumstances(&self, session: &Session) -> Circumstances {
        let given = self.given;
        let mut circumstances = match &self.asked {
            Asked::Tokens => Circumstances {
                transaction: Transaction {
                    protocol: Some(Protocol::OidcBasicProfile),
                    redirect_uri: given.redirect_uri.clone(),
                    requested_scopes: given
                        .scope
                        .as_deref()
                        .unwrap_or(DEFAULT_SCOPE)
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect(),
                    ..Transaction::default()
                },
                audience: given.audience.clone(),
                nonce: given.nonce.clone(),
                ..Circumstances::default()
            },
            Asked::Response(incoming) => {
                let incoming = incoming.as_deref();
                let relay_state = given.relay_state.as_deref();
                let mut circumstances = of_service_provider(Some(self.client), relay_state, incoming);
                if let Some(url) = &given.redirect_uri {
                    circumstances.transaction.redirect_uri = Some(url.clone());
                }
                circumstances
            }
        };
        circumstances.transaction.id = Some(SystemRandom.text(ALPHANUMERIC, 32));
        circumstances.transaction.locale = self.request.language.clone().unwrap_or_else(|| "en".to_owned());
        circumstances.request = self.request.clone();
        circumstances.authentication = Authentication {
            methods: session::methods(session),
            ..Authentication::default()
        };
        let shown = session::at_login(session, &self.client.client_id, &self.request);
        circumstances.session = Some(shown);
        circumstances.connection = self.site.defined(session.connection.as_ref());
        circumstances.organization.clone_from(&given.organization);
        circumstances
    }

    /// The answer where the user may not log in, whatever the Actions would say.
    fn turned_away(&self, refusal: Refusal) -> Answer {
        let (protocol, client_id) = (self.asked.protocol(), &self.client.client_id);
        login_refused(self.site, self.received, protocol, client_id, refusal.kind())
            .with("caller", &*self.machine.client_id)
            .write();
        let outcome = Outcome {
            rest: Rest::Ended(Box::new(refused(refusal))),
            actions: Vec::new(),
            warnings: Vec::new(),
        };
        let result = LoginResult::of(outcome, Timing::Measured);
        answer(self.site, result, self.explain(), None, None)
    }

    fn explain(&self) -> Explain {
        if self.given.explain {
            Explain::Yes
        } else {
            Explain::No
        }
    }
}

fn unknown_session() -> BodyFault {
    BodyFault::of(
        "session_id",
        "there is no session with this id that this machine client began for this user and that has not ended",
    )
}

/// As `postlogin run` asks for where nothing is asked for.
const DEFAULT_SCOPE: &str = "openid profile email";
