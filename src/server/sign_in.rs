//! A login in a browser: the shell around [`login`](super::login) that knows cookies, pages and redirects.

mod ending;

pub(super) use ending::refused_response;

use super::answer::Answer;
use super::consent::Unconsented;
use super::log;
use super::login::{Driven, Noted, Rested, Waited, not_remembered, noted};
use super::pages::{self, What};
use super::received::Received;
use super::session;
use super::site::Site;
use super::views::Language;
use super::wish::Wish;
use crate::command::CookieMode;
use crate::event::{Authentication, Circumstances, Device};
use crate::flow::{self, ActionLog, Decided, End, FlowError, Login, Unavailable};
use crate::login::Refusal;
use crate::oauth::Came;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::secret::Secret;
use crate::store::{Bound, Hashed, Session, SessionId};
use crate::tenant::Client;
use crate::trace::Origin;
use axum::http::header;
use std::cell::Cell;

/// Logs the user of `session` in. A session that has just begun gives the browser its cookie, `begun`.
pub(super) fn sign_in(
    site: &Site,
    received: &Received,
    wish: &Wish,
    session: &Session,
    begun: Option<&Secret<String>>,
) -> Answer {
    site.cookies.bind(received, |browser| {
        let login = SignIn {
            site,
            received,
            wish,
            session,
            authenticated: &session.user_id,
            begun: Cell::new(begun),
            renewed: Cell::default(),
            mode: Cell::default(),
            browser,
        };
        let answer = login.begin().unwrap_or_else(|error| pages::failed(&error));
        login.with_cookie(answer).in_languages(wish.locales())
    })
}

/// Goes on with the login that waits under `state`, where this browser began it and its session has not ended.
pub(super) fn come_back(site: &Site, received: &Received, state: &str, answer: flow::Answer) -> Answer {
    let resumed = || {
        let strange = || pages::told(What::Strange);
        let (Some(browser), Some(session)) = (site.cookies.browser(received), site.session_of(received)?)
        else {
            return Ok(strange());
        };
        let Some(waited) = Waited::<Wish>::find(site, state, &bound(browser, session.id))? else {
            return Ok(strange());
        };
        let suspended = waited.resumed.suspended(site)?;
        let authenticated = suspended.asked().user_id.as_deref();
        let who = (&waited.carried, authenticated.unwrap_or(&session.user_id));
        let login = SignIn::waited(site, received, who, &session, browser);
        let answer = match login.driven().go_on(&waited.resumed, answer) {
            Ok((decided, client)) => login.answered(decided, &client)?,
            Err(error) => login.cannot(&error),
        };
        Ok(login.with_cookie(answer).in_languages(waited.carried.locales()))
    };
    resumed().unwrap_or_else(|error: Unavailable| pages::failed(&error))
}

/// Ends a login whose user has consented in `session`.
pub(super) fn consented(
    site: &Site,
    received: &Received,
    unconsented: Unconsented,
    session: &Session,
    browser: Hashed,
) -> Answer {
    let (wish, authenticated) = (unconsented.wish.clone(), unconsented.authenticated.clone());
    let login = SignIn::waited(site, received, (&wish, &authenticated), session, browser);
    let answer = match wish.client(site) {
        Some(client) => login
            .agreed(unconsented, client)
            .unwrap_or_else(|error| pages::failed(&error)),
        None => pages::told(What::ApplicationGone),
    };
    login.with_cookie(answer).in_languages(wish.locales())
}

/// Ends a login whose user does not consent.
pub(super) fn unwilling(
    site: &Site,
    received: &Received,
    unconsented: &Unconsented,
    session: &Session,
    browser: Hashed,
) -> Answer {
    let who = (&unconsented.wish, &*unconsented.authenticated);
    let login = SignIn::waited(site, received, who, session, browser);
    let Some(client) = unconsented.wish.client(site) else {
        return pages::told(What::ApplicationGone);
    };
    login.note(client, &[], Rested::Unwilling);
    let refusal = Refusal::Deny {
        reason: "the user did not consent".to_owned(),
        origin: Origin::default(),
    };
    login
        .turned_away(client, refusal)
        .unwrap_or_else(|error| pages::failed(&error))
}

/// One login in a browser.
struct SignIn<'a> {
    site: &'a Site,
    received: &'a Received,
    wish: &'a Wish,
    session: &'a Session,
    /// Who proved who they are; the session may have become another user's since.
    authenticated: &'a str,
    /// The cookie of a session that has just begun.
    begun: Cell<Option<&'a Secret<String>>>,
    /// The cookie that a change of user gives the session (server 3), once the store has kept it.
    renewed: Cell<Option<Secret<String>>>,
    /// What an Action asked for, once the store has kept it.
    mode: Cell<Option<CookieMode>>,
    browser: Hashed,
}

impl<'a> SignIn<'a> {
    /// A login that waited in this browser for its user.
    const fn waited(
        site: &'a Site,
        received: &'a Received,
        (wish, authenticated): (&'a Wish, &'a str),
        session: &'a Session,
        browser: Hashed,
    ) -> Self {
        Self {
            site,
            received,
            wish,
            session,
            authenticated,
            begun: Cell::new(None),
            renewed: Cell::new(None),
            mode: Cell::new(None),
            browser,
        }
    }

    /// The answer with the session's cookie, where the browser does not have it yet, or is to keep it in another way.
    fn with_cookie(&self, answer: Answer) -> Answer {
        let (cookies, mode) = (self.site.cookies, self.mode.get());
        let before = self.session.cookie_mode;
        let value = match self.begun.get().cloned().or_else(|| self.renewed.take()) {
            Some(cookie) => Some(cookie),
            None if mode.is_some_and(|mode| mode != before) => cookies.session_value(self.received),
            None => None,
        };
        match value {
            Some(value) => {
                cookies.set_session(answer, &value, mode.unwrap_or(before), self.site.cookie_lives())
            }
            None => answer,
        }
    }

    fn begin(&self) -> Result<Answer, Unavailable> {
        let site = self.site;
        let Some(client) = self.wish.client(site) else {
            return Ok(pages::told(What::ApplicationGone));
        };
        let Some(user) = site.store.stored_user(&self.session.user_id)? else {
            let user_id = self.session.user_id.clone();
            self.note(client, &[], Rested::Unfit("user_gone"));
            return self.turned_away(client, Refusal::UserGone { user_id });
        };
        // It would count once the user is unblocked, whatever becomes of this login.
        if user.profile.is_blocked() {
            self.end_session()?;
        }
        if let Wish::Oidc(request) = self.wish
            && let Some(expected) = &request.expected_user
            && !self.may_become(expected)?
        {
            return Ok(self.unfit("login_required", ANOTHER_USER, &[]));
        }
        let (circumstances, refused, warnings) = match self.wish {
            Wish::Oidc(request) => (request.circumstances(), None, Vec::new()),
            Wish::Saml(wish) => {
                let incoming = wish.incoming(site);
                let circumstances = wish.circumstances(site, incoming);
                let (refused, warnings) = incoming.map_or_else(Default::default, |incoming| {
                    (incoming.refusal.clone(), incoming.warnings.clone())
                });
                (circumstances, refused, warnings)
            }
        };
        let login = Login {
            refused,
            warnings,
            ..Login::of(client, &user.profile, self.happened(circumstances))
        };
        if let Some(demo) = &site.demo {
            demo.meet(self.session, &user.profile);
        }
        match self.driven().begin(login) {
            Ok(decided) => self.answered(decided, client),
            Err(error) => Ok(self.cannot(&error)),
        }
    }

    /// Whether the login may be one of the user whom the application expects: theirs, or one that `setPrimaryUser` makes
    /// theirs.
    fn may_become(&self, expected: &str) -> Result<bool, Unavailable> {
        if expected == self.authenticated {
            return Ok(true);
        }
        let expected = self.site.store.stored_user(expected)?;
        Ok(expected.is_some_and(|user| user.profile.secondary_identity(self.authenticated).is_some()))
    }

    fn driven(&self) -> Driven<'_, Wish> {
        Driven {
            site: self.site,
            carried: self.wish,
            bound_to: bound(self.browser, self.session.id),
            brought: None,
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
        // As the pages do (server 4).
        let accepted = received.header(&header::ACCEPT_LANGUAGE);
        let language = Language::of(wish.locales().iter().map(String::as_str), accepted);
        circumstances.transaction.locale = language.tag().into();
        circumstances.transaction.id = Some(SystemRandom.text(ALPHANUMERIC, 32));
        let came = match wish {
            Wish::Saml(wish) if wish.is_posted() => Came::InBody,
            Wish::Oidc(request) => request.came,
            Wish::Saml(_) => Came::InQuery,
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
        if let Wish::Saml(wish) = wish
            && circumstances.request.query.is_empty()
        {
            circumstances.request.query.clone_from(&wish.query);
        }
        circumstances.authentication = Authentication {
            methods: session::methods(session),
            ..Authentication::default()
        };
        let shown = session::at_login(session, wish.client_id(), &circumstances.request);
        circumstances.session = Some(shown);
        circumstances.connection = site.defined(session.connection.as_ref());
        circumstances
    }

    /// The login could not be carried out; the page does not say what a tenant's administrator has to mend.
    fn cannot(&self, error: &FlowError) -> Answer {
        match error {
            FlowError::Event(error) => self.unfit("invalid_request", &error.to_string(), &[]),
            FlowError::NoAnswer(_) | FlowError::AnsweredBefore => pages::told(What::Strange),
            FlowError::Unavailable(unavailable) => pages::failed(unavailable),
            FlowError::NotRemembered(error) => pages::failed(&not_remembered(error)),
            other => {
                log::line(&format!("a login cannot be carried out: {other}"));
                self.unfit("server_error", "the login cannot be carried out", &[])
            }
        }
    }

    fn answered(&self, decided: Decided, client: &Client) -> Result<Answer, Unavailable> {
        let Decided { end, actions, .. } = decided;
        match end {
            End::Suspended(suspended) => {
                self.note(client, &actions, Rested::Away(&suspended));
                Ok(match suspended.redirect_url() {
                    Some(url) => Answer::sent_to(&url),
                    None => pages::told(What::NoFactors),
                })
            }
            End::Finished(finished) => self.finish(*finished, &actions, client),
        }
    }

    fn note(&self, client: &Client, actions: &[ActionLog], rested: Rested<'_>) {
        let login = Noted {
            site: self.site,
            protocol: self.wish.protocol(),
            received: self.received,
            caller: None,
            client,
            user_id: self.authenticated,
            actions,
            rested,
        };
        noted(&login);
        if let Some(demo) = &self.site.demo {
            demo.note(self.site, self.wish, self.session, &login);
        }
    }

    fn device(&self) -> Device {
        session::device(self.received)
    }

    /// The login cannot be carried out as it was asked for.
    fn unfit(&self, error: &str, why: &str, actions: &[ActionLog]) -> Answer {
        if let Some(client) = self.wish.client(self.site) {
            self.note(client, actions, Rested::Unfit(why));
        }
        self.refused(error, why)
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
            Wish::Saml(_) => pages::told(match error {
                "access_denied" => What::Refused(words),
                "server_error" => What::Failed,
                _ => What::BrokenRequest(words),
            }),
        }
    }
}

/// Who may go on with a login whose user is away: this browser, as long as it has this session. Another user may have logged
/// in there meanwhile.
fn bound(browser: Hashed, session: SessionId) -> Bound {
    Bound::Browser(Hashed::of([&browser.as_bytes()[..], session.as_bytes()].concat()))
}

const ANOTHER_USER: &str = "another user logged in than the one of id_token_hint";
