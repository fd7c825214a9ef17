//! Answers that are given together with the login (`--continue`, `--mfa`).

use super::options::{ContinueRequest, LoginOptions, MfaAnswer};
use super::recording::Recording;
use super::trouble::Trouble;
use crate::event::{Event, EventRequest};
use crate::flow::{Answer, Answers, RestingPlace};
use crate::login::{Away, Suspended};
use crate::time::Moment;
use crate::trace::{Origin, Warning};
use serde_json::{Map, Value, json};
use std::collections::VecDeque;

/// The answers that are given before the login asks for them.
pub(super) struct GivenAnswers<'a> {
    /// Requests that come back from redirects and forms.
    continues: VecDeque<ContinueRequest>,
    /// How factors end.
    factors: VecDeque<MfaAnswer>,
    /// Commands that show that the user came back.
    recording: Option<&'a Recording>,
}

impl<'a> GivenAnswers<'a> {
    /// The answers in `options`.
    ///
    /// # Errors
    /// A file cannot be read, or holds no request of this form.
    pub(super) fn read(options: &LoginOptions, recording: Option<&'a Recording>) -> Result<Self, Trouble> {
        let continues = options.continues.iter();
        Ok(Self {
            continues: continues
                .map(|path| ContinueRequest::read(path))
                .collect::<Result<_, _>>()?,
            factors: options.mfa.iter().copied().collect(),
            recording,
        })
    }

    fn next_request(&mut self, suspended: &Suspended) -> Option<ContinueRequest> {
        let given = self.continues.pop_front();
        given.or_else(|| self.recording?.comes_back(suspended))
    }
}

impl Answers for GivenAnswers<'_> {
    fn next(&mut self, suspended: &Suspended, now: Moment) -> Option<Answer> {
        match suspended.away() {
            Away::Mfa(_) => self.factors.pop_front().map(|answer| match answer {
                MfaAnswer::Complete(factor) => Answer::Factor(factor),
                MfaAnswer::Fail => Answer::FactorFailed,
            }),
            Away::Form { .. } | Away::Redirect { .. } => {
                let answer = self.next_request(suspended)?;
                let request = request(&answer, suspended.state(), suspended.event(), now);
                Some(Answer::Continue(Box::new(request)))
            }
        }
    }

    /// Answers that nothing asked for.
    fn left(&self, rest: RestingPlace) -> Option<Warning> {
        let left = [
            (self.continues.len(), "--continue"),
            (self.factors.len(), "--mfa"),
        ];
        let left: Vec<&str> = left
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(_, option)| *option)
            .collect();
        let what = match rest {
            RestingPlace::Away => "waits for another answer",
            RestingPlace::Over => "is over",
        };
        (!left.is_empty()).then(|| Warning {
            code: "unused_option".to_owned(),
            message: format!("the login {what} and never asked for {}", left.join(" and ")),
            origin: Origin::default(),
        })
    }
}

/// The request that comes back to `/continue`.
fn request(answer: &ContinueRequest, state: &str, event: &Event, now: Moment) -> EventRequest {
    let mut query = with_state(&answer.query, state);
    let mut body = with_state(&answer.body, state);
    if let Some(token) = &answer.token {
        let issued_at = now.timestamp();
        let mut claims = Map::from_iter([
            ("iat".to_owned(), json!(issued_at)),
            ("exp".to_owned(), json!(issued_at + 900)),
            ("sub".to_owned(), json!(event.user.user_id)),
            ("iss".to_owned(), json!(event.request.hostname)),
            ("state".to_owned(), json!(state)),
        ]);
        for (name, value) in with_state(&token.payload, state) {
            if value.is_null() {
                claims.shift_remove(&name);
            } else {
                claims.insert(name, value);
            }
        }
        let parameter = token
            .parameter
            .clone()
            .unwrap_or_else(|| "session_token".to_owned());
        body.insert(
            parameter,
            crate::command::sign_session_token(&token.secret, &Value::Object(claims)).into(),
        );
    }
    if !query.contains_key("state") && !body.contains_key("state") {
        query.insert("state".to_owned(), state.into());
    }
    let default_method = if body.is_empty() { "GET" } else { "POST" };
    EventRequest {
        method: answer.method.clone().unwrap_or_else(|| default_method.to_owned()),
        query,
        body,
        ip: answer.ip.clone().unwrap_or_else(|| event.request.ip.clone()),
        user_agent: answer
            .user_agent
            .clone()
            .or_else(|| event.request.user_agent.clone()),
        hostname: event.request.hostname.clone(),
        ..EventRequest::default()
    }
}

fn with_state(values: &Map<String, Value>, state: &str) -> Map<String, Value> {
    let filled = values.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => Value::from(text.replace("{{state}}", state)),
            other => other.clone(),
        };
        (name.clone(), value)
    });
    filled.collect()
}
