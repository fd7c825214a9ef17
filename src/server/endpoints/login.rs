//! `/u/login`: name and password.

use crate::flow::Unavailable;
use crate::oauth::Parameters;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::server::admission::MOST_BYTES;
use crate::server::answer::Answer;
use crate::server::form_token::{Form, FormOf};
use crate::server::login::login_refused;
use crate::server::pages::{self, What};
use crate::server::password_check::{Attempt, PasswordCheck};
use crate::server::received::Received;
use crate::server::sign_in::sign_in;
use crate::server::site::Site;
use crate::server::views::{Alert, LoginPage, NamedBy, View};
use crate::server::wish::Wish;
use crate::store::{Bound, Hashed, NewLogin, StoredUser, Taken};
use crate::tenant::{Client, Connection};
use crate::time::later;
use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;

/// How long a login page may stay open.
const OPEN: TimeDelta = TimeDelta::hours(2);
const ASKING: &[u8] = b"login that begins";
const ID_LENGTH: usize = 43;

/// Keeps the request, and sends the browser to the form.
pub(super) fn ask(site: &Site, received: &Received, wish: &Wish) -> Result<Answer, Unavailable> {
    if !site.admission.admits(received.ip, site.now()) {
        return Ok(pages::told(What::TooMany));
    }
    let id = SystemRandom.text(ALPHANUMERIC, ID_LENGTH);
    let content = serde_json::to_vec(wish).expect("a wish is JSON");
    if content.len() > MOST_BYTES {
        let detail = "the request is longer than a login page can be kept for: 8 KiB".to_owned();
        return Ok(pages::told(What::BrokenRequest(detail)));
    }
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

/// Shows the form, and takes name and password.
pub(in crate::server) fn login(site: &Site, received: &Received) -> Answer {
    let answer = match received.method {
        Method::GET => shown(site, received),
        Method::POST => taken(site, received),
        _ => return Answer::wrong_method("GET, POST"),
    };
    answer.unwrap_or_else(|error| pages::failed(&error))
}

fn shown(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    let query = received.query().ok();
    let state = query.as_ref().and_then(|query| query.get("state").ok().flatten());
    let Some(asking) = Asking::find(site, received, state.unwrap_or_default())? else {
        return Ok(pages::told(What::Strange));
    };
    let hint = asking.wish.login_hint(site).unwrap_or_default();
    let answer = Answer::view(StatusCode::OK, asking.page(site, hint, None));
    Ok(answer.in_languages(asking.wish.locales()))
}

fn taken(site: &Site, received: &Received) -> Result<Answer, Unavailable> {
    let form = received.form().unwrap_or_default();
    let state = form.get("state").ok().flatten().unwrap_or_default();
    let Some(asking) = Asking::find(site, received, state)? else {
        return Ok(pages::told(What::Strange));
    };
    Ok(checked(site, received, &form, &asking)?.in_languages(asking.wish.locales()))
}

fn checked(
    site: &Site,
    received: &Received,
    form: &Parameters,
    asking: &Asking,
) -> Result<Answer, Unavailable> {
    let field = |name: &str| form.get(name).ok().flatten();
    if !asking.form().is_of(site, field("token")) {
        return Ok(pages::told(What::ForeignForm));
    }
    let Some(client) = asking.wish.client(site) else {
        return Ok(pages::told(What::ApplicationGone));
    };
    let username = field("username").unwrap_or_default();
    let checked = site.password_check(&Attempt {
        identifier: username,
        password: field("password").unwrap_or_default(),
        connection: asking.wish.connection(),
        organization: asking.wish.organization(),
        client,
        ip: received.ip,
    })?;
    let (status, alert, wait, named) = match checked {
        PasswordCheck::Right(user) => return asking.logged_in(site, received, &user),
        PasswordCheck::Busy => (StatusCode::SERVICE_UNAVAILABLE, Alert::Busy, Some(1), None),
        PasswordCheck::Throttled { until, named } => {
            let seconds = (until - site.now()).num_seconds().max(0) + 1;
            let status = StatusCode::TOO_MANY_REQUESTS;
            (status, Alert::Throttled, Some(seconds), named)
        }
        PasswordCheck::Wrong { named } => (StatusCode::BAD_REQUEST, Alert::WrongPassword, None, named),
    };
    let outcome = match alert {
        Alert::Busy => "too_many_at_once",
        Alert::Throttled => "too_many_attempts",
        Alert::WrongPassword => "wrong_password",
    };
    login_refused(site, received, asking.wish.protocol(), &client.client_id, outcome)
        .of_user(named.as_deref())
        .write();
    let page = Answer::view(status, asking.page(site, username.to_owned(), Some(alert)));
    Ok(match wait {
        Some(seconds) => page.with(header::RETRY_AFTER, seconds.to_string()),
        None => page,
    })
}

/// A login that waits for its name and password.
pub(in crate::server) struct Asking {
    state: String,
    browser: Hashed,
    wish: Wish,
}

impl Asking {
    /// The login with this id, where this browser began it.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn find(site: &Site, received: &Received, state: &str) -> Result<Option<Self>, Unavailable> {
        let Some(browser) = site.cookies.browser(received) else {
            return Ok(None);
        };
        let found = site.store.login(&Hashed::of(state), site.now())?;
        let found = found.filter(|login| login.bound_to == Bound::Browser(browser));
        let content = found.and_then(|login| site.seals.server_keys.show(ASKING, &login.content));
        let wish: Option<Wish> = content.and_then(|content| serde_json::from_slice(content.reveal()).ok());
        Ok(wish.map(|wish| Self {
            state: state.to_owned(),
            browser,
            wish,
        }))
    }

    /// The form of this login, which counts in this browser alone.
    pub fn form(&self) -> FormOf<'_> {
        FormOf {
            form: Form::Login,
            browser: self.browser,
            state: &self.state,
        }
    }

    /// Goes on with the login once it is known who logs in.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn logged_in(
        &self,
        site: &Site,
        received: &Received,
        user: &StoredUser,
    ) -> Result<Answer, Unavailable> {
        if site.store.take_login(&Hashed::of(&self.state), site.now())? == Taken::Before {
            return Ok(pages::told(What::Strange));
        }
        let connection = user.profile.connection();
        let begun = site.begin_session(user.profile.user_id(), connection, received)?;
        Ok(sign_in(
            site,
            received,
            &self.wish,
            &begun.session,
            Some(&begun.cookie),
        ))
    }

    fn page(&self, site: &Site, username: String, alert: Option<Alert>) -> View {
        let client = self.wish.client(site);
        View::Login(Box::new(LoginPage {
            application: client.map_or_else(String::new, |client| client.name.clone()),
            client_id: self.wish.client_id().to_owned(),
            state: self.state.clone(),
            token: self.form().token(site),
            username,
            alert,
            named_by: client.map_or(NamedBy::Name, |client| {
                named_by(site, client, self.wish.connection())
            }),
        }))
    }
}

/// By what people log in to this application: by their e-mail address alone, where all connections say so.
fn named_by(site: &Site, client: &Client, asked: Option<&str>) -> NamedBy {
    let is_used = |connection: &&Connection| {
        let is_database = connection.strategy.as_deref() == Some("auth0");
        is_database && connection.is_enabled_for(client) && asked.is_none_or(|asked| asked == connection.name)
    };
    let mut used = site.tenant.connections.iter().filter(is_used).peekable();
    if used.peek().is_some() && used.all(|connection| connection.identifiers() == ["email"]) {
        NamedBy::Email
    } else {
        NamedBy::Name
    }
}
