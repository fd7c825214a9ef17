//! The end of a login in a browser: it is closed in the store, and answered only if that was kept.

use super::{ANOTHER_USER, SignIn};
use crate::event::Device;
use crate::flow::{ActionLog, RefusedLogin, Unavailable, Use};
use crate::issue::{Artefact, Ended};
use crate::login::{Decision, Effects, Finished, Page, Refusal};
use crate::oauth::{AuthorizeRequest, Prompt};
use crate::random::SystemRandom;
use crate::saml::{self, IdentityProvider, SamlAnswer};
use crate::secret::Secret;
use crate::server::answer::Answer;
use crate::server::consent::Unconsented;
use crate::server::log;
use crate::server::login::{self, CodeContent, Granted, Left, OVERTAKEN, Rested, participant};
use crate::server::pages::{self, What};
use crate::server::site::Site;
use crate::server::token_answer::{Holds, TokenHolder};
use crate::server::wish::Wish;
use crate::store::{
    Closed, Closing, Families, GivenWith, Overtaken, PresentedCookie, SessionClosing, SessionParticipant,
    UsedId,
};
use crate::tenant::Client;
use axum::http::StatusCode;
use serde_json::Value;

impl SignIn<'_> {
    /// Ends a login, or asks its user whether the application may have what it gets.
    pub(super) fn finish(
        &self,
        finished: Finished,
        actions: &[ActionLog],
        client: &Client,
    ) -> Result<Answer, Unavailable> {
        if let (Wish::Oidc(request), Decision::Issue(grant)) = (self.wish, &finished.decision)
            && let Some(expected) = &request.expected_user
            && *expected != self.authenticated
            && *expected != grant.event.user.user_id
        {
            return Ok(self.unfit("login_required", ANOTHER_USER, actions));
        }
        let session = (self.session, self.authenticated);
        let Some(unconsented) = Unconsented::of(self.site, client, self.wish, session, &finished)? else {
            return self.end(finished, actions, client);
        };
        if self.wish.prompt(self.site) == Prompt::None {
            self.note(client, actions, Rested::Unconsented);
            return self.turned_away(client, Refusal::NoPage { page: Page::Consent });
        }
        let state = unconsented.keep(self.site, self.browser)?;
        self.note(client, actions, Rested::Asked);
        Ok(Answer::redirect(&format!(
            "{}u/consent?state={state}",
            self.site.url
        )))
    }

    /// Ends a login whose user has consented, unless its request or its user is refused by now: the page may have waited for an
    /// hour.
    pub(super) fn agreed(&self, unconsented: Unconsented, client: &Client) -> Result<Answer, Unavailable> {
        if let Wish::Saml(wish) = self.wish
            && let Some(incoming) = wish.incoming(self.site)
            && let Some(refused) = &incoming.refusal
        {
            self.note(client, &[], Rested::Unfit("saml_request"));
            return Ok(refused_response(self.site, client, refused));
        }
        if let Some(refusal) = unconsented.not_admitted(self.site)? {
            self.note(client, &[], Rested::Unfit("organization"));
            return self.turned_away(client, refusal);
        }
        self.end(unconsented.into_finished(self.site), &[], client)
    }

    /// Ends a login that nobody has to be asked about.
    pub(super) fn end(
        &self,
        finished: Finished,
        actions: &[ActionLog],
        client: &Client,
    ) -> Result<Answer, Unavailable> {
        match self.wish {
            Wish::Oidc(request) => self.close(finished, actions, request, client),
            Wish::Saml(_) => self.respond(finished, actions, client),
        }
    }

    /// Closes a login of OpenID Connect in the store, and answers only if that was kept.
    fn close(
        &self,
        mut finished: Finished,
        actions: &[ActionLog],
        request: &AuthorizeRequest,
        client: &Client,
    ) -> Result<Answer, Unavailable> {
        if matches!(finished.decision, Decision::Refuse(Refusal::Blocked)) {
            self.end_session()?;
            self.note(client, actions, Rested::Decided(&finished));
            return Ok(self.issued(finished, None, request, client));
        }
        let participant = SessionParticipant::Client(client.client_id.clone());
        let is_issued = matches!(finished.decision, Decision::Issue(_));
        let device = self.device();
        let (mut closing, cookie) =
            self.closing(&device, &finished.effects, is_issued.then_some(participant));
        let code = match &mut finished.decision {
            Decision::Issue(grant) if request.response_type.has_code() => {
                let granted = Granted {
                    grant,
                    refresh_token: &finished.effects.refresh_token,
                    device: &device,
                };
                let (code, kept) = CodeContent::draw(self.site, granted, request, self.session.id);
                closing.code = Some(kept);
                grant.request.code = Some(code.clone());
                Some(code)
            }
            _ => None,
        };
        match self.site.store.close(closing)? {
            Closed::Kept { .. } => {
                self.mode.set(finished.effects.session.cookie_mode);
                self.renewed.set(cookie);
                self.note(client, actions, Rested::Decided(&finished));
                Ok(self.issued(finished, code, request, client))
            }
            // No request of OpenID Connect is kept by its id.
            Closed::Answered | Closed::Lost(_) | Closed::Overtaken(_) => {
                self.note(client, actions, Rested::Overtaken);
                Ok(self.refused("access_denied", OVERTAKEN))
            }
        }
    }

    fn issued(
        &self,
        finished: Finished,
        code: Option<Secret<String>>,
        request: &AuthorizeRequest,
        client: &Client,
    ) -> Answer {
        let holder = match &finished.decision {
            Decision::Refuse(refusal) => {
                return self.refused(refusal.oauth_error(), &refusal.error_description());
            }
            Decision::Issue(grant) => {
                let holds = Holds {
                    user_id: &grant.event.user.user_id,
                    client_id: &client.client_id,
                    given_with: GivenWith {
                        family: None,
                        session: Some(self.session.id),
                    },
                    scopes: grant.scopes.clone(),
                };
                TokenHolder::of(holds, self.site.now())
            }
        };
        let transaction = match &finished.decision {
            Decision::Issue(grant) => grant.event.transaction.id.clone(),
            Decision::Refuse(_) => None,
        };
        let mut fields = Vec::new();
        fields.extend(code.map(|code| ("code", code.reveal().clone())));
        if !request.response_type.has_token() {
            return pages::delivered(request.delivery.send(fields));
        }
        let conclusion = self.site.issue(finished, client, &holder.given_with);
        match conclusion.ended {
            Ended::Issued(Artefact::Tokens(tokens)) => {
                let answer = self.site.token_answer(*tokens, &holder);
                self.site
                    .tell_demo(transaction.as_deref(), &conclusion.trace, &answer);
                // Type, time and scopes are those of the access token (OIDC Core 3.2.2.5).
                let names: &[_] = if answer.contains_key("access_token") {
                    &["access_token", "token_type", "expires_in", "id_token", "scope"]
                } else {
                    &["id_token"]
                };
                for name in names.iter().copied() {
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
    fn respond(
        &self,
        finished: Finished,
        actions: &[ActionLog],
        client: &Client,
    ) -> Result<Answer, Unavailable> {
        let conclusion = self.site.issue(finished, client, &GivenWith::default());
        let answers = login::answered(client, &conclusion.ended, self.site.now());
        if matches!(conclusion.ended, Ended::Refused(Refusal::Blocked, _)) {
            self.end_session()?;
            if self.use_up(answers)? == Use::Again {
                return Ok(self.answered_before(actions, client));
            }
        } else {
            let device = self.device();
            let (mut closing, cookie) = self.closing(
                &device,
                &conclusion.effects,
                participant(client, &conclusion.ended),
            );
            closing.answers = answers;
            match self.site.store.close(closing)? {
                Closed::Kept { .. } => {
                    self.mode.set(conclusion.effects.session.cookie_mode);
                    self.renewed.set(cookie);
                }
                Closed::Answered => return Ok(self.answered_before(actions, client)),
                Closed::Lost(_) => return self.overtaken(Overtaken::SessionEnded, actions, client),
                Closed::Overtaken(overtaken) => return self.overtaken(overtaken, actions, client),
            }
        }
        self.note(client, actions, Rested::Over(&conclusion));
        Ok(match &conclusion.ended {
            Ended::Issued(Artefact::Saml(answer)) | Ended::Refused(_, Some(answer)) => posted(answer),
            Ended::Issued(Artefact::Tokens(_)) => pages::told(What::Failed),
            Ended::Refused(refusal, None) => {
                self.refused(refusal.oauth_error(), &refusal.error_description())
            }
        })
    }

    /// Tells the service provider of a login that nothing was kept of.
    fn overtaken(
        &self,
        overtaken: Overtaken,
        actions: &[ActionLog],
        client: &Client,
    ) -> Result<Answer, Unavailable> {
        self.note(client, actions, Rested::Overtaken);
        let refusal = login::overtaken(overtaken, self.authenticated);
        self.turned_away(client, refusal)
    }

    /// Tells the application why nobody logs in, where the login does not come to a conclusion.
    pub(super) fn turned_away(&self, client: &Client, refusal: Refusal) -> Result<Answer, Unavailable> {
        let wish = match self.wish {
            Wish::Oidc(_) => {
                return Ok(self.refused(refusal.oauth_error(), &refusal.error_description()));
            }
            Wish::Saml(wish) => wish,
        };
        let answered = wish.answered(self.site, client);
        let request = answered
            .id
            .as_deref()
            .map(|id| login::answered_request(client, id, self.site.now()));
        if self.use_up(request)? == Use::Again {
            return Ok(pages::told(What::RequestUsed));
        }
        Ok(refused_response(
            self.site,
            client,
            &RefusedLogin { refusal, answered },
        ))
    }

    /// Has a request answered from now on, where it has an id.
    fn use_up(&self, request: Option<UsedId>) -> Result<Use, Unavailable> {
        let Some(request) = request else {
            return Ok(Use::First);
        };
        let UsedId {
            used_for,
            issuer,
            id,
            until,
        } = request;
        let store = &self.site.store;
        Ok(store.use_id(used_for, &issuer, &id, until, self.site.now())?)
    }

    /// The service provider got its answer, so the user alone is told.
    fn answered_before(&self, actions: &[ActionLog], client: &Client) -> Answer {
        self.note(client, actions, Rested::Answered);
        pages::told(What::RequestUsed)
    }

    /// A user who is blocked has no session.
    pub(super) fn end_session(&self) -> Result<(), Unavailable> {
        self.begun.set(None);
        let store = &self.site.store;
        let ended = store.end_session(&self.session.id, Families::End, self.site.now())?;
        if let Some(ended) = ended {
            log::session_ended(self.received, &ended)
                .with("outcome", "user_blocked")
                .write();
        }
        Ok(())
    }

    /// What the login leaves behind, and the cookie that its session gets where it has another user from now on.
    fn closing(
        &self,
        device: &Device,
        effects: &Effects,
        participant: Option<SessionParticipant>,
    ) -> (Closing, Option<Secret<String>>) {
        let left = Left {
            site: self.site,
            session: self.session,
            authenticated: self.authenticated,
            device,
        };
        let mut closing = left.closing(effects, participant);
        let mut renewed = None;
        if let Some((_, SessionClosing::Change { change, .. })) = &mut closing.session
            && change
                .user
                .as_ref()
                .is_some_and(|user| user.owner() != self.session.user_id)
            && self.begun.get().is_none()
        {
            let (cookie, value) = PresentedCookie::draw(self.session.id.bucket(), &mut SystemRandom);
            change.cookie = Some(cookie.hash);
            renewed = Some(value);
        }
        (closing, renewed)
    }
}

/// Tells the service provider that its request is refused, or the user where the service provider cannot be told.
pub(in crate::server) fn refused_response(site: &Site, client: &Client, refused: &RefusedLogin) -> Answer {
    let RefusedLogin { refusal, answered } = refused;
    if answered.acs_url.is_empty() {
        return pages::told(What::BrokenRequest(refusal.description().into_owned()));
    }
    let config = &site.tenant.config;
    let idp = IdentityProvider {
        domain: config.domain(),
        pair: &site.keys.current,
        config: &config.saml,
    };
    match saml::refuse(refusal, answered, client, &idp, site.now(), &mut SystemRandom) {
        Ok(answer) => posted(&answer),
        Err(error) => {
            log::line(&format!(
                "the refusal for {} cannot be made: {error}",
                client.name
            ));
            pages::told(What::BrokenRequest(refusal.description().into_owned()))
        }
    }
}

/// The page with which the browser posts a response.
fn posted(answer: &SamlAnswer) -> Answer {
    let form =
        crate::saml::post_page::PostForm::of_response(&answer.acs_url, &answer.response, &answer.relay_state);
    match form.page(&mut SystemRandom) {
        Ok(page) => Answer::whole(page.html, page.headers),
        Err(error) => pages::error(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}
