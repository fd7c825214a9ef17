//! `/api/logins/{id}`: how a login stands that a machine client began, and its user's answer.

use super::fault::{ApiFault, NO_LOGIN};
use super::machine_login::{Carried, Explain, MachineLogin, answer, refused, waiting};
use crate::event::{Dict, EventRequest, Protocol};
use crate::flow::{self, Outcome, Rest};
use crate::oauth::{ApiScope, GivenAnswer, GivenHttpMethod, Machine};
use crate::result::{LoginResult, Timing};
use crate::server::answer::Answer;
use crate::server::log::Entry;
use crate::server::login::{Waited, session_ended};
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::{Bound, Session};
use axum::http::Method;

/// Shows a login that waits (GET), or goes on with it (POST).
pub(in crate::server) fn login(site: &Site, received: &Received) -> Answer {
    let then = match received.method {
        Method::GET => read,
        Method::POST => answered,
        _ => return Answer::wrong_method("GET, POST"),
    };
    let machine = match site.machine(received, ApiScope::AnswerLogin) {
        Ok(machine) => machine,
        Err(answer) => return answer,
    };
    then(site, received, &machine).unwrap_or_else(|fault| {
        let entry = Entry::of("answer_refused", received).with("caller", &*machine.client_id);
        entry.with("reason", fault.reason()).write();
        fault.answer()
    })
}

/// The login with the id of the path, where this machine client began it.
fn find(site: &Site, received: &Received, machine: &Machine) -> Result<Waited<Carried>, ApiFault> {
    let bound_to = Bound::Machine(machine.client_id.clone());
    Waited::find(site, &received.segment, &bound_to)?.ok_or(ApiFault::NotFound(NO_LOGIN))
}

fn session_of(site: &Site, carried: &Carried) -> Result<Option<Session>, ApiFault> {
    let Ok(id) = carried.session_id.parse() else {
        return Ok(None);
    };
    Ok(site.store.session(&id, site.now())?)
}

fn read(site: &Site, received: &Received, machine: &Machine) -> Result<Answer, ApiFault> {
    let waited = find(site, received, machine)?;
    Ok(waiting(site, waited.resumed.suspended(site)?, &waited.carried))
}

fn answered(site: &Site, received: &Received, machine: &Machine) -> Result<Answer, ApiFault> {
    let given = GivenAnswer::read(received.json()?)?;
    let waited = find(site, received, machine)?;
    let carried = &waited.carried;
    let Some(session) = session_of(site, carried)? else {
        let outcome = Outcome {
            rest: Rest::Ended(Box::new(refused(session_ended()))),
            actions: Vec::new(),
            warnings: Vec::new(),
        };
        let result = LoginResult::of(outcome, Timing::Measured);
        return Ok(answer(site, result, Explain::No, None, None));
    };
    let suspended = waited.resumed.suspended(site)?;
    let authenticated = suspended.asked().user_id.as_deref();
    let login = MachineLogin {
        site,
        received,
        machine,
        carried,
        session: &session,
        authenticated: authenticated.unwrap_or(&session.user_id),
        protocol: suspended
            .event()
            .transaction
            .protocol
            .unwrap_or(Protocol::OidcBasicProfile),
        begins: None,
        brought: None,
    };
    let came = came(site, given, &received.segment, carried);
    let (decided, client) = login.driven().go_on(&waited.resumed, came)?;
    login.rested(decided, &client)
}

/// The answer as the login takes it. The id of the login is the `state` that a browser brings back: where the caller
/// passes on another one, the login refuses it; where the caller leaves it out, it is put back.
fn came(site: &Site, given: GivenAnswer, id: &str, carried: &Carried) -> flow::Answer {
    let request = |method: GivenHttpMethod, query: Dict, body: Dict| {
        let (mut query, mut body) = (query, body);
        if !query.contains_key("state") && !body.contains_key("state") {
            let sent = match method {
                GivenHttpMethod::Get => &mut query,
                GivenHttpMethod::Post => &mut body,
            };
            sent.insert("state".to_owned(), id.into());
        }
        flow::Answer::Continue(Box::new(EventRequest {
            method: method.as_str().to_owned(),
            query,
            body,
            hostname: site.host(),
            ip: carried.device.last_ip.clone().unwrap_or_default(),
            user_agent: carried.device.last_user_agent.clone(),
            ..EventRequest::default()
        }))
    };
    match given {
        GivenAnswer::Continue { method, query, body } => request(method, query, body),
        GivenAnswer::Form(fields) => request(GivenHttpMethod::Post, Dict::new(), fields),
        GivenAnswer::Passed(factor) => flow::Answer::Factor(factor),
        GivenAnswer::Failed => flow::Answer::FactorFailed,
    }
}
