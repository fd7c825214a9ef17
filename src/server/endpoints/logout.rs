//! `/oidc/logout`, `/v2/logout`, `/samlp/{client_id}/logout` and the page `/u/logout`: the session of this browser ends.
//! Refresh tokens outlive it: they are for when the user is away (Back-Channel Logout 1.0 section 2.7).

use crate::flow::Unavailable;
use crate::oauth::{Asked, LogoutRequest, OAuthError, Parameters, SessionInBrowser, return_to};
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::server::answer::Answer;
use crate::server::log;
use crate::server::pages::{self, What};
use crate::server::received::Received;
use crate::server::site::Site;
use crate::server::views::{LogOutPage, View};
use crate::store::{Bound, Families, Hashed, NewLogin, Session, SessionId};
use crate::tenant::Client;
use crate::time::later;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// RP-Initiated Logout 1.0.
pub(in crate::server) fn oidc_logout(site: &Site, received: &Received) -> Answer {
    let asked = || {
        let parameters = match given(received)? {
            Ok(parameters) => parameters,
            Err(error) => return Ok(refused(&error)),
        };
        let request = match LogoutRequest::accept(&parameters, &site.tenant, &site.keys, &site.url) {
            Ok(request) => request,
            Err(error) => return Ok(refused(&error)),
        };
        let session = site.session_of(received)?;
        let id = session
            .as_ref()
            .map(|session| session.id.to_string())
            .unwrap_or_default();
        let in_browser = session.as_ref().map(|session| SessionInBrowser {
            id: &id,
            user_id: &session.user_id,
        });
        match (request.asks(in_browser), session) {
            (Asked::First, Some(session)) => ask(site, received, &Kept::of(&session, Some(request))),
            (Asked::First, None) | (Asked::Not, _) => {
                let answer = end(site, received, request.redirect.as_deref())?;
                Ok(answer.in_languages(&request.ui_locales))
            }
        }
    };
    asked().unwrap_or_else(Fault::answer)
}

/// The platform's older form.
pub(in crate::server) fn v2_logout(site: &Site, received: &Received) -> Answer {
    let ended = || {
        let to = given(received)?.and_then(|parameters| return_to(&parameters, &site.tenant));
        match to {
            Ok(to) => end(site, received, to.as_deref()),
            Err(error) => Ok(refused(&error)),
        }
    };
    ended().unwrap_or_else(Fault::answer)
}

/// Where a service provider sends its user to be logged out. Nothing of its message is read, and it gets no answer: the user
/// decides.
pub(in crate::server) fn saml_logout(site: &Site, received: &Received) -> Answer {
    let asked = || {
        if !matches!(received.method, Method::GET | Method::POST) {
            return Err(Fault::Method);
        }
        let here = format!("{}{}", site.url, received.path.trim_start_matches('/'));
        let endpoints = site.tenant.config.endpoints();
        let mut clients = site.tenant.clients.iter();
        let is_here = |client: &Client| {
            client.addons.samlp.is_some() && endpoints.is_saml_logout(&here, &client.client_id)
        };
        if !clients.any(is_here) {
            return Ok(pages::told(What::NoServiceProvider));
        }
        match site.session_of(received)? {
            Some(session) => ask(site, received, &Kept::of(&session, None)),
            None => end(site, received, None),
        }
    };
    asked().unwrap_or_else(Fault::answer)
}

/// The page that asks, and what the user answers.
pub(in crate::server) fn logout_page(site: &Site, received: &Received) -> Answer {
    let answered = || {
        let parameters = match given(received)? {
            Ok(parameters) => parameters,
            Err(error) => return Ok(refused(&error)),
        };
        let field = |name: &str| parameters.get(name).ok().flatten().unwrap_or_default();
        let Some(leaving) = Leaving::find(site, received, field("state"))? else {
            return Ok(pages::told(What::Strange));
        };
        if received.method == Method::GET {
            let form = leaving.form(site, field("state"));
            return Ok(form.in_languages(&leaving.kept.ui_locales));
        }
        if !site
            .seals
            .state_key
            .fits(&leaving.bound(field("state")), field("token"))
        {
            return Ok(pages::told(What::ForeignForm));
        }
        site.store.take_login(&Hashed::of(field("state")), site.now())?;
        let answer = end(site, received, leaving.kept.redirect.as_deref())?;
        Ok(answer.in_languages(&leaving.kept.ui_locales))
    };
    answered().unwrap_or_else(Fault::answer)
}

/// Why there is no answer of the endpoint itself.
enum Fault {
    Method,
    Unavailable(Unavailable),
}

impl Fault {
    fn answer(self) -> Answer {
        match self {
            Self::Method => Answer::wrong_method("GET, POST"),
            Self::Unavailable(why) => pages::failed(&why),
        }
    }
}

impl<E: Into<Unavailable>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

fn given(received: &Received) -> Result<Result<Parameters, OAuthError>, Fault> {
    match received.method {
        Method::GET => Ok(received.query()),
        Method::POST => Ok(received.form()),
        _ => Err(Fault::Method),
    }
}

fn refused(error: &OAuthError) -> Answer {
    pages::error(StatusCode::BAD_REQUEST, &error.description)
}

/// Ends the session of this browser, and sends the browser on.
fn end(site: &Site, received: &Received, to: Option<&str>) -> Result<Answer, Fault> {
    if let Some(session) = site.session_of(received)?
        && let Some(ended) = site.store.end_session(&session.id, Families::Stay, site.now())?
    {
        log::session_ended(received, &ended)
            .with("outcome", "logout")
            .write();
    }
    let answer = match to {
        Some(url) => Answer::redirect(url),
        None => Answer::view(StatusCode::OK, View::LogOut(LogOutPage::Done)),
    };
    Ok(site.cookies.end_session(answer))
}

/// Keeps what is wanted, and sends the browser to the page that asks.
fn ask(site: &Site, received: &Received, kept: &Kept) -> Result<Answer, Fault> {
    let id = SystemRandom.text(ALPHANUMERIC, ID_LENGTH);
    let content = serde_json::to_vec(kept).expect("texts are JSON");
    let mut added = Ok(());
    let answer = site.cookies.bind(received, |browser| {
        added = site.store.add_login(NewLogin {
            id: Hashed::of(&id),
            bound_to: Bound::Browser(browser),
            content: site.hide(LEAVING, &content),
            expires_at: later(site.now(), OPEN),
        });
        Answer::redirect(&format!("{}u/logout?state={id}", site.url))
    });
    added?;
    Ok(answer)
}

const LEAVING: &[u8] = b"logout that waits";
const ID_LENGTH: usize = 43;
/// How long the page may stay open.
const OPEN: TimeDelta = TimeDelta::hours(2);

/// A logout that waits for its user. It is kept encrypted.
#[derive(Serialize, Deserialize)]
struct Kept {
    redirect: Option<String>,
    /// The session that is to end.
    session: String,
    #[serde(default)]
    ui_locales: Vec<String>,
}

impl Kept {
    /// The end of a session, which `request` asks for where there is one.
    fn of(session: &Session, request: Option<LogoutRequest>) -> Self {
        let (redirect, ui_locales) = request
            .map(|request| (request.redirect, request.ui_locales))
            .unwrap_or_default();
        Self {
            redirect,
            session: session.id.to_string(),
            ui_locales,
        }
    }
}

/// A logout that waits, in the browser that began it.
struct Leaving {
    kept: Kept,
    browser: Hashed,
}

impl Leaving {
    /// The logout with this id, where this browser began it and still has the session.
    fn find(site: &Site, received: &Received, state: &str) -> Result<Option<Self>, Unavailable> {
        let Some(browser) = site.cookies.browser(received) else {
            return Ok(None);
        };
        let found = site.store.login(&Hashed::of(state), site.now())?;
        let found = found.filter(|login| login.bound_to == Bound::Browser(browser));
        let content = found.and_then(|login| site.seals.server_keys.show(LEAVING, &login.content));
        let kept: Option<Kept> = content.and_then(|content| serde_json::from_slice(content.reveal()).ok());
        let Some(kept) = kept else {
            return Ok(None);
        };
        let session = site.session_of(received)?.map(|session| session.id);
        let is_same = kept.session.parse::<SessionId>().ok() == session;
        Ok(is_same.then_some(Self { kept, browser }))
    }

    /// What the form's token is made of: the form counts for this logout in this browser alone.
    fn bound(&self, state: &str) -> Vec<u8> {
        [
            b"logout form".as_slice(),
            self.browser.as_bytes(),
            state.as_bytes(),
        ]
        .concat()
    }

    fn form(&self, site: &Site, state: &str) -> Answer {
        let question = LogOutPage::Question {
            state: state.to_owned(),
            token: site.seals.state_key.mac(&self.bound(state)),
        };
        Answer::view(StatusCode::OK, View::LogOut(question))
    }
}
