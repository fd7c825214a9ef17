//! A login of somebody who is known: it is driven, closed in the store, and answered, in this order.

use super::answer::Answer;
use super::endpoints::TokenHolder;
use super::log;
use super::pages;
use super::received::Received;
use super::session::{self, Came};
use super::site::Site;
use super::waiting::{Resumed, Waits, waited};
use super::wish::Wish;
use crate::event::{Authentication, Circumstances};
use crate::flow::{self, Decided, End, Flow, FlowError, Login, Unavailable};
use crate::issue::{Artefact, Ended, Issuing, OnWarning, issue};
use crate::login::{Decision, Effects, Finished, Grant};
use crate::oauth::{AuthorizeRequest, CodeChallenge};
use crate::random::{Random, SystemRandom};
use crate::saml::SamlAnswer;
use crate::saml::logout::Participant;
use crate::secret::Secret;
use crate::store::{
    CODE_LIFETIME, Closed, Closing, CountedLogin, Families, Hashed, NewCode, Session, SessionChange,
    SessionClosing, SessionParticipant, UserChange,
};
use crate::tenant::Client;
use crate::time::{Moment, at_ms, later};
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an authorization code stands for. It is kept encrypted.
#[derive(Serialize, Deserialize)]
pub(super) struct CodeContent {
    pub grant: Grant,
    /// The redirect URI as the authorization request gave it.
    pub redirect_uri: Option<String>,
    pub challenge: Option<CodeChallenge>,
}

/// What the content of a code is encrypted as.
pub(super) const CODE: &[u8] = b"authorization code";

/// Logs the user of `session` in. A session that has just begun gives the browser its cookie, `begun`.
pub(super) fn sign_in(
    site: &Site,
    received: &Received,
    wish: &Wish,
    session: &Session,
    begun: Option<&Secret<String>>,
) -> Answer {
    let answer = site.cookies.bind(received, |browser| {
        let login = SignIn {
            site,
            received,
            wish,
            session,
            browser,
        };
        login.begin().unwrap_or_else(|error| pages::failed(&error))
    });
    match begun {
        Some(cookie) => site
            .cookies
            .set_session(answer, cookie, session.cookie_mode, site.cookie_lives()),
        None => answer,
    }
}

/// Goes on with the login that waits under `state`, where this browser began it.
pub(super) fn come_back(site: &Site, received: &Received, state: &str, answer: flow::Answer) -> Answer {
    let resumed = || {
        let Some(waited) = waited(site, received, state)? else {
            return Ok(pages::error(StatusCode::BAD_REQUEST, pages::STRANGE));
        };
        let login = SignIn {
            site,
            received,
            wish: &waited.wish,
            session: &waited.session,
            browser: waited.browser,
        };
        login.go_on(&waited.resumed, answer)
    };
    resumed().unwrap_or_else(|error| pages::failed(&error))
}

/// One login that is driven.
struct SignIn<'a> {
    site: &'a Site,
    received: &'a Received,
    wish: &'a Wish,
    session: &'a Session,
    browser: Hashed,
}

impl SignIn<'_> {
    fn begin(&self) -> Result<Answer, Unavailable> {
        let site = self.site;
        let Some(user) = site.store.stored_user(&self.session.user_id)? else {
            return Ok(pages::error(
                StatusCode::BAD_REQUEST,
                "This user is no longer there.",
            ));
        };
        let Some(client) = self.wish.client(site) else {
            return Ok(pages::error(
                StatusCode::BAD_REQUEST,
                "This application is no longer there.",
            ));
        };
        let (circumstances, refused, warnings) = match self.wish {
            Wish::Oidc(request) => (request.circumstances(), None, Vec::new()),
            Wish::Saml(wish) => {
                let incoming = wish.incoming(site);
                let circumstances = wish.circumstances(site, incoming.as_ref());
                let (refused, warnings) =
                    incoming.map_or_else(Default::default, |incoming| (incoming.refusal, incoming.warnings));
                (circumstances, refused, warnings)
            }
        };
        let login = Login {
            refused,
            warnings,
            ..Login::of(client, &user.profile, self.happened(circumstances))
        };
        let actions = site.actions()?;
        let waits = self.waits(None);
        let random: &mut dyn Random = &mut SystemRandom;
        let mut flow = Flow {
            profiles: site,
            suspensions: &waits,
            ..Flow::new(&site.tenant, &site.keys, &actions, random)
        };
        match flow.decide(login, &mut None::<flow::Answer>) {
            Ok(decided) => self.answered(decided, client),
            Err(error) => Ok(self.cannot(&error)),
        }
    }

    fn go_on(&self, resumed: &Resumed, answer: flow::Answer) -> Result<Answer, Unavailable> {
        let site = self.site;
        let actions = site.actions()?;
        let waits = self.waits(Some(resumed));
        let random: &mut dyn Random = &mut SystemRandom;
        let mut flow = Flow {
            profiles: site,
            suspensions: &waits,
            seen: &waits,
            ..Flow::new(&site.tenant, &site.keys, &actions, random)
        };
        match flow.decide_resumed(&mut Some(answer)) {
            Ok((decided, client)) => self.answered(decided, &client),
            Err(error) => Ok(self.cannot(&error)),
        }
    }

    fn waits<'b>(&'b self, resumed: Option<&'b Resumed>) -> Waits<'b> {
        Waits {
            site: self.site,
            wish: self.wish,
            user_id: &self.session.user_id,
            browser: self.browser,
            resumed,
        }
    }

    /// The circumstances with what the browser and its session say.
    fn happened(&self, mut circumstances: Circumstances) -> Circumstances {
        let Self {
            site,
            received,
            wish,
            session,
            ..
        } = self;
        circumstances.transaction.id = Some(SystemRandom.text(ALPHANUMERIC, 32));
        let came = match wish {
            Wish::Saml(wish) if wish.is_posted() => Came::InBody,
            Wish::Oidc(_) | Wish::Saml(_) => Came::InQuery,
        };
        let parameters = match wish {
            Wish::Oidc(request) => request.parameters.clone(),
            Wish::Saml(_) => circumstances
                .authn_request
                .as_ref()
                .map(|origin| origin.parameters.clone())
                .unwrap_or_default(),
        };
        circumstances.request = session::request(site, received, &parameters, came);
        circumstances.authentication = Authentication {
            methods: session::methods(session),
            ..Authentication::default()
        };
        circumstances.session = Some(session::shown(session));
        circumstances.connection = site.defined(session.connection.as_ref());
        circumstances
    }

    /// The login could not be carried out; the page does not say what a tenant's administrator has to mend.
    fn cannot(&self, error: &FlowError) -> Answer {
        match error {
            FlowError::Event(error) => self.refused("invalid_request", &error.to_string()),
            FlowError::NoAnswer(_) | FlowError::AnsweredBefore => {
                pages::error(StatusCode::BAD_REQUEST, pages::STRANGE)
            }
            FlowError::Unavailable(unavailable) => pages::failed(unavailable),
            other => {
                log::line(&format!("a login cannot be carried out: {other}"));
                self.refused("server_error", "the login cannot be carried out")
            }
        }
    }

    fn answered(&self, decided: Decided, client: &Client) -> Result<Answer, Unavailable> {
        for action in &decided.actions {
            log::action(action);
        }
        match (decided.end, self.wish) {
            (End::Suspended(suspended), _) => Ok(match suspended.redirect_url() {
                Some(url) => Answer::redirect(&url),
                None => pages::error(
                    StatusCode::NOT_IMPLEMENTED,
                    "This login asks for a second factor or a form, which this server does not have yet.",
                ),
            }),
            (End::Finished(finished), Wish::Oidc(request)) => self.finish(*finished, request, client),
            (End::Finished(finished), Wish::Saml(_)) => self.respond(*finished, client),
        }
    }

    /// Closes a login of OpenID Connect in the store, and answers only if that was kept.
    fn finish(
        &self,
        mut finished: Finished,
        request: &AuthorizeRequest,
        client: &Client,
    ) -> Result<Answer, Unavailable> {
        let now = self.site.now();
        let participant = SessionParticipant::Client(client.client_id.clone());
        let is_issued = matches!(finished.decision, Decision::Issue(_));
        let mut closing = self.closing(&finished.effects, is_issued.then_some(participant));
        let code = match &mut finished.decision {
            Decision::Issue(grant) if request.response_type.has_code() => {
                let code = Secret::new(SystemRandom.text(ALPHANUMERIC, CODE_LENGTH));
                closing.code = Some(self.new_code(&code, grant, request, now));
                grant.request.code = Some(code.clone());
                Some(code)
            }
            _ => None,
        };
        match self.site.store.close(closing)? {
            Closed::Kept { .. } => Ok(self.issued(finished, code, request, client)),
            Closed::Lost(_) | Closed::Overtaken(_) => Ok(self.refused("access_denied", OVERTAKEN)),
        }
    }

    fn issued(
        &self,
        finished: Finished,
        code: Option<Secret<String>>,
        request: &AuthorizeRequest,
        client: &Client,
    ) -> Answer {
        let scopes = match &finished.decision {
            Decision::Refuse(refusal) => {
                return self.refused(refusal.oauth_error(), &refusal.error_description());
            }
            Decision::Issue(grant) => grant.scopes.clone(),
        };
        let mut fields = Vec::new();
        fields.extend(code.map(|code| ("code", code.reveal().clone())));
        if !request.response_type.has_token() {
            return pages::delivered(request.delivery.send(fields));
        }
        match issue(finished, &self.issuing(client), &mut SystemRandom).ended {
            Ended::Issued(Artefact::Tokens(tokens)) => {
                let answer = self.site.token_answer(*tokens, &self.token_holder(scopes));
                for name in ["access_token", "token_type", "expires_in", "id_token", "scope"] {
                    match answer.get(name) {
                        Some(Value::String(text)) => fields.push((name, text.clone())),
                        Some(other) => fields.push((name, other.to_string())),
                        None => {}
                    }
                }
                pages::delivered(request.delivery.send(fields))
            }
            Ended::Issued(Artefact::Saml(_)) => {
                self.refused("server_error", "the login cannot be carried out")
            }
            Ended::Refused(refusal, _) => self.refused(refusal.oauth_error(), &refusal.error_description()),
        }
    }

    /// Makes the response of a SAML login, and sends it only if the login was kept.
    fn respond(&self, finished: Finished, client: &Client) -> Result<Answer, Unavailable> {
        let conclusion = issue(finished, &self.issuing(client), &mut SystemRandom);
        let (answer, participant) = match conclusion.ended {
            Ended::Issued(Artefact::Saml(answer)) => {
                let participant = match Participant::of(&answer, client) {
                    Ok(Some(participant)) => SessionParticipant::ServiceProvider(Box::new(participant)),
                    Ok(None) => SessionParticipant::Client(client.client_id.clone()),
                    Err(error) => {
                        log::line(&format!("logout of {} will not reach it: {error}", client.name));
                        SessionParticipant::Client(client.client_id.clone())
                    }
                };
                (Some(answer), Some(participant))
            }
            Ended::Issued(Artefact::Tokens(_)) => (None, None),
            Ended::Refused(refusal, answer) => {
                log::line(&format!("a SAML login was refused: {}", refusal.description()));
                (answer, None)
            }
        };
        match self
            .site
            .store
            .close(self.closing(&conclusion.effects, participant))?
        {
            Closed::Kept { .. } => Ok(answer.map_or_else(
                || pages::error(StatusCode::BAD_REQUEST, "The login was refused."),
                |answer| posted(&answer),
            )),
            Closed::Lost(_) | Closed::Overtaken(_) => Ok(pages::error(StatusCode::BAD_REQUEST, OVERTAKEN)),
        }
    }

    fn issuing<'a>(&'a self, client: &'a Client) -> Issuing<'a> {
        Issuing {
            tenant: &self.site.tenant,
            client,
            keys: &self.site.keys,
            now: self.site.now(),
            on_warning: OnWarning::Issue,
        }
    }

    /// What the login leaves behind. `participant` is the application where it gets something.
    fn closing(&self, effects: &Effects, participant: Option<SessionParticipant>) -> Closing {
        let primary = effects.user.primary_user.clone();
        let login = participant.is_some().then(|| CountedLogin {
            ip: self.received.ip.to_string(),
        });
        Closing {
            user: Some((
                primary.unwrap_or_else(|| self.session.user_id.clone()),
                UserChange {
                    user_metadata: effects.user.user_metadata.clone(),
                    app_metadata: effects.user.app_metadata.clone(),
                    login,
                },
            )),
            session: Some((self.session.id, self.session_closing(effects, participant))),
            cache: effects.cache.clone(),
            ..Closing::at(self.site.now())
        }
    }

    fn session_closing(&self, effects: &Effects, participant: Option<SessionParticipant>) -> SessionClosing {
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
                idle_until: Some(idle_until),
                ends_at: effects.expires_at.map(at_ms),
                cookie_mode: effects.cookie_mode,
                methods: effects.methods.clone(),
                metadata: effects.metadata.clone(),
                device: session::device(self.received),
                ..SessionChange::default()
            }),
            participant,
        }
    }

    fn token_holder(&self, scopes: Vec<String>) -> TokenHolder {
        TokenHolder {
            id: TokenHolder::id_until(later(self.site.now(), TimeDelta::days(1))),
            user_id: self.session.user_id.clone(),
            client_id: self.wish.client_id().to_owned(),
            session: Some(self.session.id),
            scopes,
        }
    }

    fn new_code(
        &self,
        code: &Secret<String>,
        grant: &Grant,
        request: &AuthorizeRequest,
        now: Moment,
    ) -> NewCode {
        let content = CodeContent {
            grant: grant.clone(),
            redirect_uri: request.given_redirect_uri.clone(),
            challenge: request.code_challenge.clone(),
        };
        let content = Secret::new(serde_json::to_vec(&content).expect("a grant is JSON"));
        NewCode {
            hash: Hashed::of(code.reveal()),
            client_id: request.client_id.clone(),
            user_id: self.session.user_id.clone(),
            session: Some(self.session.id),
            content: self.site.hide(CODE, content.reveal()),
            expires_at: later(now, CODE_LIFETIME),
        }
    }

    fn refused(&self, error: &str, description: &str) -> Answer {
        let words: String = description
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        match self.wish {
            Wish::Oidc(request) => pages::delivered(
                request
                    .delivery
                    .send(vec![("error", error.to_owned()), ("error_description", words)]),
            ),
            Wish::Saml(_) => pages::error(StatusCode::BAD_REQUEST, &words),
        }
    }
}

/// The page with which the browser posts a response.
pub(super) fn posted(answer: &SamlAnswer) -> Answer {
    let form =
        crate::saml::post_page::PostForm::of_response(&answer.acs_url, &answer.response, &answer.relay_state);
    match form.page(&mut SystemRandom) {
        Ok(page) => Answer::whole(page.html, page.headers),
        Err(error) => pages::error(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

const OVERTAKEN: &str = "the session or the user ended while the login went on";

pub(super) const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// 43 characters are 256 random bits.
const CODE_LENGTH: usize = 43;
