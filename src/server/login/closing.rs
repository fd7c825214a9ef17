//! What a login leaves behind in the store, closed in one transaction.

use crate::event::Device;
use crate::issue::{Artefact, Ended};
use crate::login::Effects;
use crate::server::session;
use crate::server::site::Site;
use crate::store::{
    Closing, CountedLogin, Families, IdUse, Session, SessionChange, SessionClosing, SessionParticipant,
    SessionUser, UsedId, UserChange,
};
use crate::tenant::Client;
use crate::time::{Moment, at_ms, later};
use chrono::TimeDelta;

/// Whose login it is, and from where it came.
pub(in crate::server) struct Left<'a> {
    pub site: &'a Site,
    pub session: &'a Session,
    /// Who proved who they are.
    pub authenticated: &'a str,
    pub device: &'a Device,
}

impl Left<'_> {
    /// The closing of a login with these effects. `participant` is the application, where it gets something. A code or a
    /// refresh family is for the caller to add.
    pub fn closing(&self, effects: &Effects, participant: Option<SessionParticipant>) -> Closing {
        let login = participant.is_some().then(|| CountedLogin {
            ip: self.device.last_ip.clone().unwrap_or_default(),
        });
        Closing {
            user: Some(of_user(effects, self.authenticated, login)),
            session: Some((self.session.id, self.of_session(effects, participant))),
            cache: effects.cache.clone(),
            ..Closing::at(self.site.now())
        }
    }

    fn of_session(&self, effects: &Effects, participant: Option<SessionParticipant>) -> SessionClosing {
        let primary = effects.user.primary_user.clone();
        let effects = &effects.session;
        if effects.revoked {
            return SessionClosing::End(if effects.preserve_refresh_tokens {
                Families::Stay
            } else {
                Families::End
            });
        }
        let (idle, _) = session::lifetimes(&self.site.tenant);
        let idle_until = effects
            .idle_expires_at
            .map_or_else(|| later(self.site.now(), idle), at_ms);
        SessionClosing::Change {
            change: Box::new(SessionChange {
                user: Some(SessionUser {
                    authenticated: self.authenticated.to_owned(),
                    primary,
                }),
                idle_until: Some(idle_until),
                ends_at: effects.expires_at.map(at_ms),
                cookie_mode: effects.cookie_mode,
                methods: effects.methods.clone(),
                metadata: effects.metadata.clone(),
                device: self.device.clone(),
                ..SessionChange::default()
            }),
            participant,
        }
    }
}

/// The request that the end of a login answers, by which it is seen that it is answered once. An id counts as used where the
/// login for it comes to its end: until then a page may be loaded again, and whoever has not logged in uses none up.
pub(in crate::server) fn answered(client: &Client, ended: &Ended, now: Moment) -> Option<UsedId> {
    match ended {
        Ended::Issued(Artefact::Saml(answer)) | Ended::Refused(_, Some(answer)) => {
            let id = answer.in_response_to.as_deref()?;
            Some(answered_request(client, id, now))
        }
        Ended::Issued(Artefact::Tokens(_)) | Ended::Refused(_, None) => None,
    }
}

/// A request of this service provider that is answered.
pub(in crate::server) fn answered_request(client: &Client, id: &str, now: Moment) -> UsedId {
    UsedId {
        used_for: IdUse::SamlAnswer,
        issuer: client.client_id.clone(),
        id: id.to_owned(),
        until: later(now, ANSWERED_FOR),
    }
}

/// How long it is remembered that a request was answered: longer than any login for it can wait.
const ANSWERED_FOR: TimeDelta = TimeDelta::hours(24);

/// Whose profile a login changes, and how: that of the user whom `setPrimaryUser` named, or of the one who proved who they
/// are. What was written before the user left is not written again.
pub(in crate::server) fn of_user(
    effects: &Effects,
    authenticated: &str,
    login: Option<CountedLogin>,
) -> (String, UserChange) {
    let primary = effects.user.primary_user.clone();
    let change = UserChange {
        user_metadata: effects.unwritten.user_metadata.clone(),
        app_metadata: effects.unwritten.app_metadata.clone(),
        login,
    };
    (primary.unwrap_or_else(|| authenticated.to_owned()), change)
}
