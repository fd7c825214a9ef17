//! A login as a page: what came in, what each Action asked for, what was issued or left out and why.

mod asked;
mod came;
mod response;
mod short;
mod token;
pub(super) mod words;
mod xml;

use super::memory::Demo;
use super::story::{End, Story};
use super::{pages, visitor};
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::server::wish::Wish;
use crate::trace::Status;
use asked::{Fate, Origins, runs, who};
use axum::http::Method;
use came::Came;
use minijinja::context;
use response::Response;
use serde::Serialize;
use serde_json::{Map, Value};
use token::{Claim, Made, Token};
use url::form_urlencoded::byte_serialize;

/// Tells the story whose id is the last segment of the path.
pub(super) fn page(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let mut memory = demo.memory();
    let Some(story) = memory.find(|story| story.id == received.segment) else {
        return pages::message(
            "This login is no longer remembered",
            "The demo remembers the last logins until the server ends. Log in again.",
        );
    };
    let line = line(site, story);
    let runs = runs(story, &site.tenant);
    let origins = Origins(&story.trace);
    let response = match &story.end {
        End::Saml(answer) => Some(&**answer),
        End::Refused(refused) => refused.answer.as_deref(),
        End::Away | End::Code | End::Tokens(_) => None,
    };
    let tokens = match &story.end {
        End::Tokens(answer) => tokens(answer, story, &origins),
        End::Away | End::Code | End::Refused(_) | End::Saml(_) => Vec::new(),
    };
    let refused = match &story.end {
        End::Refused(refused) => Some(context! {
            description => refused.description, code => refused.code, who => who(&refused.origin),
        }),
        End::Away | End::Code | End::Saml(_) | End::Tokens(_) => None,
    };
    let is_saml = matches!(story.wish, Wish::Saml(_));
    let page = if is_saml { "demo/sp" } else { "demo/app" };
    let client: String = byte_serialize(story.client_id.as_bytes()).collect();
    let known = site
        .tenant
        .clients
        .iter()
        .find(|known| known.client_id == story.client_id);
    let values = context! {
        here => if is_saml { "sp" } else { "app" },
        again => format!("{}{page}/login?client={client}", site.url),
        log_out => known.map(|client| visitor::log_out(site, client, page)),
        is_saml,
        came => Came::of(story),
        person => person(story),
        session => session(site, story),
        left_out => left_out(story),
        warnings => told_beside(story),
        effects => effects(story),
        response => response.map(|answer| Response::of(answer, story.began, &origins)),
        in_short => short::InShort::of(story, &line, &runs, &tokens),
        afterwards => afterwards(site, story),
        may_refresh => matches!(&story.end, End::Tokens(answer) if answer.contains_key("refresh_token")),
        story => story.id,
        line, runs, tokens, refused,
    };
    pages::shown("story.html", values)
}

/// A story in a list.
#[derive(Serialize)]
pub(super) struct InList {
    pub id: String,
    pub time: String,
    pub person: String,
    pub application: String,
    /// What the page shows as a mark: `issued`, `refused`, `away`, `code`.
    pub verdict: &'static str,
    pub protocol: &'static str,
    pub is_single_sign_on: bool,
}

/// A story in short.
pub(super) fn line(site: &Site, story: &Story) -> InList {
    let client = site.tenant.clients.iter();
    let client = client
        .into_iter()
        .find(|client| client.client_id == story.client_id);
    let name = story.person.text("name").or_else(|| story.person.text("email"));
    InList {
        id: story.id.clone(),
        time: words::time(story.began, site.now()),
        person: name.unwrap_or(story.person.user_id()).to_owned(),
        application: client.map_or_else(|| story.client_id.clone(), |client| client.name.clone()),
        verdict: match &story.end {
            End::Away => "away",
            End::Code => "code",
            End::Refused(_) => "refused",
            End::Saml(_) | End::Tokens(_) => "issued",
        },
        protocol: match story.wish {
            Wish::Oidc(_) => "OpenID Connect",
            Wish::Saml(_) => "SAML",
        },
        is_single_sign_on: story.is_single_sign_on(),
    }
}

/// What the application did afterwards, as the page shows it.
fn afterwards(site: &Site, story: &Story) -> Vec<minijinja::Value> {
    let shown = story.afterwards.iter().map(|step| {
        let said = step.said.as_object();
        let rows: Vec<Claim> = said
            .into_iter()
            .flatten()
            .map(|(name, value)| row(name, &words::json(value)))
            .collect();
        context! { what => step.what, why => step.why, time => words::time(step.at, site.now()), rows }
    });
    shown.collect()
}

fn tokens(answer: &Map<String, Value>, story: &Story, origins: &Origins<'_>) -> Vec<Token> {
    let made = Made {
        at: story.began,
        origins,
    };
    let text = |name: &str| answer.get(name).and_then(Value::as_str);
    let lives = answer.get("expires_in").and_then(Value::as_i64);
    let id_token = text("id_token").map(|raw| Token::id_token(raw, &made));
    let access_token = text("access_token").map(|raw| Token::access_token(raw, lives, &made));
    let refresh_token = text("refresh_token").map(Token::refresh_token);
    [id_token, access_token, refresh_token]
        .into_iter()
        .flatten()
        .collect()
}

fn person(story: &Story) -> Vec<Claim> {
    let profile = &story.person;
    let mut rows = vec![row("user_id", profile.user_id())];
    rows.extend(profile.text("email").map(|email| row("email", email)));
    let roles: Vec<_> = profile.list("roles").collect();
    if !roles.is_empty() {
        rows.push(row("roles", &roles.join(", ")));
    }
    for name in ["app_metadata", "user_metadata"] {
        let metadata = profile
            .0
            .get(name)
            .and_then(Value::as_object)
            .filter(|metadata| !metadata.is_empty());
        rows.extend(metadata.map(|metadata| row(name, &words::pairs(metadata).join("\n"))));
    }
    rows
}

fn row(name: &str, value: &str) -> Claim {
    Claim {
        name: name.to_owned(),
        value: value.to_owned(),
        meaning: None,
        who: None,
    }
}

/// The session, in a sentence.
fn session(site: &Site, story: &Story) -> String {
    let session = &story.session;
    if !story.is_single_sign_on() {
        return "A new session began: the person has just logged in.".to_owned();
    }
    let ago = words::span((story.began - session.authenticated_at).num_seconds());
    let names = session.clients.iter().map(|id| {
        let mut clients = site.tenant.clients.iter();
        let client = clients.find(|client| client.client_id == *id);
        client.map_or(&**id, |client| &*client.name)
    });
    let names: Vec<_> = names.collect();
    format!(
        "Nobody was asked: the person logged in {ago} before, for {}. That is single sign-on.",
        names.join(" and ")
    )
}

/// What is not as an Action asked for it.
fn left_out(story: &Story) -> Vec<LeftOut> {
    let entries = story.trace.entries.iter();
    let not_as_asked = entries.filter(|entry| !matches!(entry.status, Status::Applied));
    let left_out = not_as_asked.map(|entry| LeftOut {
        name: entry.target.clone(),
        who: who(&entry.origin),
        fate: Fate::of(entry, &story.trace),
    });
    left_out.collect()
}

#[derive(Serialize)]
struct LeftOut {
    name: String,
    who: Option<String>,
    fate: Fate,
}

/// Warnings that are not about one call.
fn told_beside(story: &Story) -> Vec<String> {
    let is_of_call = |code: &str| {
        story
            .trace
            .entries
            .iter()
            .any(|entry| entry.reason.as_deref() == Some(code))
    };
    let beside = story
        .trace
        .warnings
        .iter()
        .filter(|warning| !is_of_call(&warning.code));
    beside.map(|warning| warning.message.clone()).collect()
}

/// What is written, whatever was issued.
fn effects(story: &Story) -> Vec<Claim> {
    let Ok(Value::Object(effects)) = serde_json::to_value(&story.effects) else {
        return Vec::new();
    };
    let mut rows = Vec::new();
    for (of, members) in &effects {
        for (name, value) in members.as_object().into_iter().flatten() {
            match value {
                Value::Null | Value::Bool(false) => {}
                Value::Object(all) => {
                    rows.extend(
                        all.iter()
                            .map(|(key, value)| row(&format!("{of}.{name}.{key}"), &words::json(value))),
                    );
                }
                Value::Array(all) if all.is_empty() => {}
                value => rows.push(row(&format!("{of}.{name}"), &words::json(value))),
            }
        }
    }
    rows
}
