//! The two cookies: one is the session, the other binds logins in progress to the browser (server 3).

use super::answer::Answer;
use super::received::Received;
use crate::command::CookieMode;
use crate::random::{Random, SystemRandom};
use crate::secret::Secret;
use crate::store::{Hashed, PresentedCookie};
use axum::http::header;
use std::time::Duration;

/// Names and attributes of the cookies, which differ for https and for http on this machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cookies {
    /// Plain, for http.
    Http,
    /// With the prefix `__Host-`, for https.
    Https,
}

impl Cookies {
    /// Those of a server at `url`.
    pub fn of(url: &str) -> Self {
        if url.starts_with("https:") {
            Self::Https
        } else {
            Self::Http
        }
    }

    /// The session's cookie of a request.
    pub fn session(self, received: &Received) -> Option<PresentedCookie> {
        PresentedCookie::read(received.cookie(self.session_name())?)
    }

    /// The value of the session's cookie of a request.
    pub fn session_value(self, received: &Received) -> Option<Secret<String>> {
        Some(received.cookie(self.session_name())?.to_owned().into())
    }

    /// Whom logins in progress are bound to: the hash of the login cookie.
    pub fn browser(self, received: &Received) -> Option<Hashed> {
        let value = received.cookie(self.login_name())?;
        (value.len() == LOGIN_COOKIE).then(|| Hashed::of(value))
    }

    /// Sets the session's cookie.
    pub fn set_session(
        self,
        answer: Answer,
        value: &Secret<String>,
        mode: CookieMode,
        lives: Duration,
    ) -> Answer {
        let age = match mode {
            CookieMode::Persistent => format!("; Max-Age={}", lives.as_secs()),
            CookieMode::NonPersistent => String::new(),
        };
        self.set(answer, self.session_name(), value.reveal(), &age)
    }

    /// Has the browser forget the session's cookie.
    pub fn end_session(self, answer: Answer) -> Answer {
        self.set(answer, self.session_name(), "", "; Max-Age=0")
    }

    /// The browser to which a login is bound, and the answer with a login cookie where the browser has none yet.
    pub fn bind(self, received: &Received, answer: impl FnOnce(Hashed) -> Answer) -> Answer {
        if let Some(browser) = self.browser(received) {
            return answer(browser);
        }
        let value = SystemRandom.text(ALPHABET, LOGIN_COOKIE);
        self.set(answer(Hashed::of(&value)), self.login_name(), &value, "")
    }

    fn set(self, answer: Answer, name: &str, value: &str, more: &str) -> Answer {
        let attributes = match self {
            Self::Http => "SameSite=Lax",
            Self::Https => "SameSite=None; Secure",
        };
        answer.with(
            header::SET_COOKIE,
            format!("{name}={value}; HttpOnly; Path=/; {attributes}{more}"),
        )
    }

    const fn session_name(self) -> &'static str {
        match self {
            Self::Http => "postlogin",
            Self::Https => "__Host-postlogin",
        }
    }

    const fn login_name(self) -> &'static str {
        match self {
            Self::Http => "postlogin-login",
            Self::Https => "__Host-postlogin-login",
        }
    }
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// 43 characters of 6 bits: 258 random bits.
const LOGIN_COOKIE: usize = 43;
