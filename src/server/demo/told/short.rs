//! A story in three lines: what came in, what the Actions did, what was issued.

use super::asked::Run;
use super::token::Token;
use super::{InList, words};
use crate::server::demo::story::{End, Story};
use crate::server::wish::Wish;
use crate::trace::Status;
use serde::Serialize;

/// The three lines.
#[derive(Serialize)]
pub(super) struct InShort {
    came: String,
    actions: String,
    issued: String,
}

impl InShort {
    pub fn of(story: &Story, line: &InList, runs: &[Run], tokens: &[Token]) -> Self {
        let InList {
            application, person, ..
        } = line;
        let asks = match &story.wish {
            Wish::Oidc(request) if request.scopes.is_empty() => format!("{application} asks for a login."),
            Wish::Oidc(request) => format!("{application} asks for {}.", request.scopes.join(" ")),
            Wish::Saml(wish) if wish.message.is_some() => format!("{application} sends an AuthnRequest."),
            Wish::Saml(_) => format!("No request: the login to {application} begins here."),
        };
        let came = if line.is_single_sign_on {
            format!("{asks} {person} has a session.")
        } else {
            format!("{asks} {person} logs in.")
        };
        Self {
            came,
            actions: actions(story, runs),
            issued: issued(story, tokens),
        }
    }
}

fn actions(story: &Story, runs: &[Run]) -> String {
    if runs.is_empty() {
        return "none is bound".to_owned();
    }
    let calls = runs.iter().map(|run| run.calls.len()).sum();
    let not_as_asked = story.trace.entries.iter();
    let not_as_asked = not_as_asked
        .filter(|entry| entry.status != Status::Applied)
        .count();
    let done = format!("{}, {}", counted(runs.len(), "run"), counted(calls, "call"));
    match not_as_asked {
        0 => done,
        count => format!("{done}, {count} not as asked for"),
    }
}

fn issued(story: &Story, tokens: &[Token]) -> String {
    match &story.end {
        End::Away => "nothing yet: the person is away".to_owned(),
        End::Code => "a code, not exchanged yet".to_owned(),
        End::Refused(_) => "nothing".to_owned(),
        End::Saml(answer) => {
            let attributes = answer
                .assertion_xml()
                .unwrap_or_default()
                .matches("<saml:Attribute ")
                .count();
            format!("a signed response with {}", counted(attributes, "attribute"))
        }
        End::Tokens(answer) => {
            let seconds = answer.get("expires_in").and_then(serde_json::Value::as_i64);
            let names = tokens.iter().map(|token| match (token.name, seconds) {
                ("Access token", Some(seconds)) => format!("access token for {}", words::span(seconds)),
                ("ID token", _) => token.name.to_owned(),
                _ => token.name.to_lowercase(),
            });
            names.collect::<Vec<_>>().join(", ")
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
