//! Where a login comes to rest it is told here, once: to the log, and to whoever else wants to know.

use super::overtaken::OVERTAKEN;
use crate::event::Protocol;
use crate::flow::ActionLog;
use crate::issue::{Conclusion, Ended};
use crate::login::{Away, Decision, Finished, Suspended};
use crate::server::log::{self, Entry};
use crate::server::received::Received;
use crate::server::site::Site;
use crate::tenant::Client;
use crate::trace::Trace;

/// A login that came to rest.
pub(in crate::server) struct Noted<'a> {
    pub site: &'a Site,
    pub protocol: Protocol,
    /// The request that brought it here.
    pub received: &'a Received,
    /// The machine client on whose word the user is logged in.
    pub caller: Option<&'a str>,
    pub client: &'a Client,
    /// Who logged in, whoever the tokens are for.
    pub user_id: &'a str,
    /// The runs of Actions since the request came, in order.
    pub actions: &'a [ActionLog],
    pub rested: Rested<'a>,
}

/// Where it rests.
#[derive(Clone, Copy)]
pub(in crate::server) enum Rested<'a> {
    /// The request was answered meanwhile: nothing was kept, and nothing is issued.
    Answered,
    /// Its user is asked whether the application may have what it gets; nothing is kept yet.
    Asked,
    /// Its user does not consent: nothing was kept, and nothing is issued.
    Unwilling,
    /// Its user is away.
    Away(&'a Suspended),
    /// It is decided, and nothing is issued yet: the application gets a code.
    Decided(&'a Finished),
    /// It is over, and this is what the application gets.
    Over(&'a Conclusion),
    /// Session or user ended while the Actions ran: nothing was kept, and nothing is issued.
    Overtaken,
    /// Its user has not consented, and may not be asked: nothing was kept, and nothing is issued.
    Unconsented,
    /// It cannot be carried out, for this reason: nothing was kept, and nothing is issued.
    Unfit(&'a str),
}

impl<'a> Rested<'a> {
    /// The name of the event in the log, and what there is to say of it.
    fn event(self) -> (&'static str, String) {
        let issued = || ("login_issued", "issued".to_owned());
        let refused = |refusal: &crate::login::Refusal| ("login_refused", refusal.description().into_owned());
        match self {
            Self::Answered => ("login_refused", "request_answered".to_owned()),
            Self::Asked => ("login_suspended", "consent".to_owned()),
            Self::Away(suspended) => {
                let where_to = match suspended.away() {
                    Away::Form { .. } => "form",
                    Away::Mfa(_) => "mfa",
                    Away::Redirect { .. } => "redirect",
                };
                ("login_suspended", where_to.to_owned())
            }
            Self::Decided(finished) => match &finished.decision {
                Decision::Issue(_) => issued(),
                Decision::Refuse(refusal) => refused(refusal),
            },
            Self::Over(conclusion) => match &conclusion.ended {
                Ended::Issued(_) => issued(),
                Ended::Refused(refusal, _) => refused(refusal),
            },
            Self::Overtaken => ("login_refused", OVERTAKEN.to_owned()),
            Self::Unconsented => ("login_refused", "consent_required".to_owned()),
            Self::Unwilling => ("login_refused", "consent_denied".to_owned()),
            Self::Unfit(why) => ("login_refused", why.to_owned()),
        }
    }

    /// What became of what its Actions asked for, as far as that is decided.
    fn trace(self) -> Option<&'a Trace> {
        match self {
            Self::Decided(finished) => Some(&finished.trace),
            Self::Over(conclusion) => Some(&conclusion.trace),
            Self::Answered
            | Self::Asked
            | Self::Away(_)
            | Self::Overtaken
            | Self::Unconsented
            | Self::Unfit(_)
            | Self::Unwilling => None,
        }
    }

    /// Whether an Action ended the session.
    fn is_revoked(self) -> bool {
        match self {
            Self::Decided(finished) => finished.effects.session.revoked,
            Self::Over(conclusion) => conclusion.effects.session.revoked,
            Self::Answered
            | Self::Asked
            | Self::Away(_)
            | Self::Overtaken
            | Self::Unconsented
            | Self::Unfit(_)
            | Self::Unwilling => false,
        }
    }
}

/// A login that came to nothing before anything was asked of Actions: counted, and with what is known of it so far.
pub(in crate::server) fn login_refused(
    site: &Site,
    received: &Received,
    protocol: Protocol,
    client_id: &str,
    outcome: &str,
) -> Entry {
    site.metrics.login(protocol.as_str(), "refused");
    Entry::of("login_refused", received)
        .client(client_id)
        .with("protocol", protocol.as_str())
        .with("outcome", outcome)
}

/// Tells of a login, once the store has kept what it leaves behind.
pub(in crate::server) fn noted(login: &Noted<'_>) {
    log::actions(login.site, login.actions, login.received);
    let (event, outcome) = login.rested.event();
    let word = event.strip_prefix("login_").unwrap_or(event);
    login.site.metrics.login(login.protocol.as_str(), word);
    let mut entry = Entry::of(event, login.received)
        .client(&login.client.client_id)
        .user(login.user_id)
        .with("protocol", login.protocol.as_str())
        .with("outcome", outcome)
        .actions(login.actions);
    if let Some(trace) = login.rested.trace() {
        entry = entry.trace(trace);
    }
    if let Some(caller) = login.caller {
        entry = entry.with("caller", caller);
    }
    entry.write();
    if login.rested.is_revoked() {
        Entry::of("session_ended", login.received)
            .client(&login.client.client_id)
            .user(login.user_id)
            .with("outcome", "session_revoked")
            .write();
    }
}
