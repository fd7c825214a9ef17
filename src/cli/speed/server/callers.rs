//! Those who ask: each over a connection of its own, again and again.

use super::client::{Asked, Connection, Heard, Place};
use super::house::{API, APP, CALLBACK, SECRET};
use crate::cli::trouble::Trouble;
use hyper::StatusCode;
use hyper::header::LOCATION;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What a caller asks next.
pub(super) enum Next {
    /// The same again.
    Same,
    /// With the refresh token that came last.
    RefreshToken,
    /// What is drawn.
    Drawn(Arc<dyn Fn() -> Asked + Send + Sync>),
}

/// Somebody who asks again and again.
pub(super) struct Caller {
    connection: Connection,
    asked: Asked,
    next: Next,
}

impl Caller {
    /// Connects.
    ///
    /// # Errors
    /// The server takes no connection.
    pub async fn new(place: &Place, asked: Asked, next: Next) -> Result<Self, Trouble> {
        Ok(Self {
            connection: Connection::open(place).await?,
            asked,
            next,
        })
    }

    /// Asks once.
    ///
    /// # Errors
    /// The answer is not 200.
    pub async fn ask(&mut self) -> Result<Heard, Trouble> {
        let heard = self.connection.ask(&self.asked).await?;
        if heard.status != StatusCode::OK {
            return Err(heard.unexpected("200"));
        }
        match &self.next {
            Next::Same => {}
            Next::RefreshToken => self.asked = refresh(&refresh_token(&heard)?),
            Next::Drawn(draw) => self.asked = draw(),
        }
        Ok(heard)
    }
}

/// Has all callers ask for as long as `span`, each one request at a time, and gives back how long each answer took.
///
/// # Errors
/// An answer is not 200.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
pub(super) async fn load(callers: &mut Vec<Caller>, span: Duration) -> Result<Vec<Duration>, Trouble> {
    let until = Instant::now() + span;
    let mut asking = JoinSet::new();
    for mut caller in callers.drain(..) {
        asking.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < until {
                let begun = Instant::now();
                caller.ask().await?;
                took.push(begun.elapsed());
            }
            Ok::<_, Trouble>((caller, took))
        });
    }
    let mut all = Vec::new();
    while let Some(asked) = asking.join_next().await {
        let (caller, took) = asked
            .map_err(|error| Trouble::new(format!("a caller fails: {error}"), "please report this"))??;
        callers.push(caller);
        all.extend(took);
    }
    Ok(all)
}

/// A refresh token for the application, got with an open session.
///
/// # Errors
/// The server gives none.
pub(super) async fn first_refresh_token(
    connection: &mut Connection,
    cookie: &str,
) -> Result<String, Trouble> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("client_id", APP),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email offline_access read"),
            ("audience", API),
            ("prompt", "none"),
        ])
        .finish();
    let asked = Asked::get(format!("/authorize?{query}")).with_cookie(cookie.to_owned());
    let heard = connection.ask(&asked).await?;
    let location = heard
        .headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok());
    let code = location
        .and_then(|location| url::Url::parse(location).ok())
        .and_then(|location| {
            let mut members = location.query_pairs();
            members
                .find(|(name, _)| name == "code")
                .map(|(_, code)| code.into_owned())
        })
        .ok_or_else(|| heard.unexpected(&format!("a code, and not {location:?},")))?;
    let exchanged = connection
        .ask(&Asked::form(
            "/oauth/token",
            &[
                ("grant_type", "authorization_code"),
                ("client_id", APP),
                ("client_secret", SECRET),
                ("redirect_uri", CALLBACK),
                ("code", &code),
            ],
        ))
        .await?;
    refresh_token(&exchanged)
}

/// The exchange of a refresh token.
pub(super) fn refresh(token: &str) -> Asked {
    Asked::form(
        "/oauth/token",
        &[
            ("grant_type", "refresh_token"),
            ("client_id", APP),
            ("client_secret", SECRET),
            ("refresh_token", token),
        ],
    )
}

fn refresh_token(heard: &Heard) -> Result<String, Trouble> {
    let answer: Value = serde_json::from_slice(&heard.body).unwrap_or_default();
    let token = answer["refresh_token"].as_str();
    token
        .map(str::to_owned)
        .ok_or_else(|| heard.unexpected("a refresh token"))
}
