//! `/u/login`: name and password.

use crate::flow::Unavailable;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::server::answer::Answer;
use crate::server::pages::{self, LoginForm};
use crate::server::password_check::{Attempt, PasswordCheck, connection_of};
use crate::server::received::Received;
use crate::server::sign_in::sign_in;
use crate::server::site::Site;
use crate::server::wish::Wish;
use crate::store::{Bound, Hashed, NewLogin, Taken};
use crate::time::later;
use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;

/// How long a login page may stay open.
const OPEN: TimeDelta = TimeDelta::hours(2);
const ASKING: &[u8] = b"login that begins";
const ID_LENGTH: usize = 43;

/// Keeps the request, and sends the browser to the form.
pub(super) fn ask(site: &Site, received: &Received, wish: &Wish) -> Result<Answer, Unavailable> {
    let id = SystemRandom.text(ALPHANUMERIC, ID_LENGTH);
    let content = serde_json::to_vec(wish).expect("a wish is JSON");
    let mut kept = Ok(());
    let answer = site.cookies.bind(received, |browser| {
        kept = site.store.add_login(NewLogin {
            id: Hashed::of(&id),
            bound_to: Bound::Browser(browser),
            content: site.hide(ASKING, &content),
            expires_at: later(site.now(), OPEN),
        });
        Answer::redirect(&format!("{}u/login?state={id}", site.url))
    });
    kept?;
    Ok(answer)
}

/// Shows the form.
pub(in crate::server) fn login_form(site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET, POST");
    }
    let state = received
        .query()
        .ok()
        .and_then(|query| query.get("state").ok()?.map(str::to_owned));
    let shown = || {
        let Some(asking) = Asking::find(site, received, state.as_deref().unwrap_or_default())? else {
            return Ok(pages::error(StatusCode::BAD_REQUEST, pages::STRANGE));
        };
        let hint = asking.wish.login_hint(site).unwrap_or_default();
        Ok(asking.form(&hint, None).page(StatusCode::OK))
    };
    shown().unwrap_or_else(|error: Unavailable| pages::failed(&error))
}

/// Takes name and password.
pub(in crate::server) fn login_posted(site: &Site, received: &Received) -> Answer {
    taken(site, received).unwrap_or_else(|error| pages::failed(&error))
}

fn taken(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    let form = received.form();
    let field = |name: &str| {
        let form = form.as_ref().ok()?;
        form.get(name).ok()?.map(str::to_owned)
    };
    let state = field("state").unwrap_or_default();
    let Some(asking) = Asking::find(site, received, &state)? else {
        return Ok(pages::error(StatusCode::BAD_REQUEST, pages::STRANGE));
    };
    if !field("token").is_some_and(|token| site.state_key.fits(&asking.bound(), &token)) {
        return Ok(pages::error(
            StatusCode::FORBIDDEN,
            "This form is not from this login. Begin again at the application.",
        ));
    }
    let username = field("username").unwrap_or_default();
    let Some(client) = asking.wish.client(site) else {
        return Ok(pages::error(StatusCode::BAD_REQUEST, pages::STRANGE));
    };
    let checked = site.password_check(&Attempt {
        identifier: &username,
        password: &field("password").unwrap_or_default(),
        connection: asking.wish.connection(),
        client,
        ip: received.ip,
    })?;
    let user = match checked {
        PasswordCheck::Right(user) => user,
        PasswordCheck::Wrong => {
            return Ok(asking
                .form(&username, Some("The name or the password is wrong."))
                .page(StatusCode::BAD_REQUEST));
        }
        PasswordCheck::Busy => {
            return Ok(asking
                .form(
                    &username,
                    Some("Too many people log in just now. Try again in a moment."),
                )
                .page(StatusCode::SERVICE_UNAVAILABLE)
                .with(header::RETRY_AFTER, "1".to_owned()));
        }
        PasswordCheck::Throttled { until } => {
            let seconds = (until - site.now()).num_seconds().max(0) + 1;
            return Ok(asking
                .form(
                    &username,
                    Some("Too many attempts have failed. Wait a while before you try again."),
                )
                .page(StatusCode::TOO_MANY_REQUESTS)
                .with(header::RETRY_AFTER, seconds.to_string()));
        }
    };
    if site.store.take_login(&Hashed::of(&state), site.now())? == Taken::Before {
        return Ok(pages::error(StatusCode::BAD_REQUEST, pages::STRANGE));
    }
    let connection = connection_of(&user.profile);
    let begun = site.begin_session(user.profile.user_id(), connection, received)?;
    Ok(sign_in(
        site,
        received,
        &asking.wish,
        &begun.session,
        Some(&begun.cookie),
    ))
}

/// A login that waits for its name and password.
struct Asking {
    state: String,
    browser: Hashed,
    wish: Wish,
    application: String,
    token: String,
}

impl Asking {
    /// The login with this id, where this browser began it.
    fn find(site: &Site, received: &Received, state: &str) -> Result<Option<Self>, Unavailable> {
        let Some(browser) = site.cookies.browser(received) else {
            return Ok(None);
        };
        let found = site.store.login(&Hashed::of(state), site.now())?;
        let found = found.filter(|login| login.bound_to == Bound::Browser(browser));
        let content = found.and_then(|login| site.server_keys.show(ASKING, &login.content));
        let wish: Option<Wish> = content.and_then(|content| serde_json::from_slice(content.reveal()).ok());
        Ok(wish.map(|wish| {
            let client = wish.client(site);
            let mut asking = Self {
                state: state.to_owned(),
                browser,
                application: client.map_or_else(String::new, |client| client.name.clone()),
                wish,
                token: String::new(),
            };
            asking.token = site.state_key.mac(&asking.bound());
            asking
        }))
    }

    /// What the form's token is made of: the form counts for this login in this browser alone.
    fn bound(&self) -> Vec<u8> {
        [
            b"login form".as_slice(),
            self.browser.as_bytes(),
            self.state.as_bytes(),
        ]
        .concat()
    }

    fn form<'f>(&'f self, username: &'f str, alert: Option<&'f str>) -> LoginForm<'f> {
        LoginForm {
            application: &self.application,
            state: &self.state,
            token: &self.token,
            username,
            alert,
        }
    }
}
