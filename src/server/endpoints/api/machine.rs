//! Which machine client makes a call.

use crate::oauth::{ApiScope, Machine, MachineFault};
use crate::server::answer::Answer;
use crate::server::log::Entry;
use crate::server::pages;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::store::{GivenWith, TokenId};
use crate::time::at_ms;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

impl Site {
    /// The machine client that makes a call with an access token for this scope.
    ///
    /// # Errors
    /// The answer for whoever has no such token (RFC 6750 section 3.1).
    pub(in crate::server) fn machine(&self, received: &Received, scope: ApiScope) -> Result<Machine, Answer> {
        let refused = |fault: &MachineFault| {
            Entry::of("call_refused", received)
                .with("scope", scope.as_str())
                .with("outcome", fault.to_string())
                .write();
            refused(fault)
        };
        let Some(token) = bearer(received) else {
            let body = json!({
                "error": "invalid_token",
                "error_description": "the call needs an access token; send it as 'Authorization: Bearer ...'",
            });
            return Err(Answer::json(StatusCode::UNAUTHORIZED, &body)
                .with(header::WWW_AUTHENTICATE, "Bearer".to_owned()));
        };
        let Some(claims) = self.known_tokens.claims(token, &self.keys) else {
            return Err(refused(&MachineFault::Token(
                "the access token is not of this issuer",
            )));
        };
        let machine = Machine::of_claims(&claims, scope, &self.tenant, self.now());
        let machine = machine.map_err(|fault| refused(&fault))?;
        let moment = |name: &str| {
            let seconds = claims.get(name).and_then(Value::as_i64).unwrap_or_default();
            at_ms(seconds.saturating_mul(1_000))
        };
        let (issued_at, expires_at) = (moment("iat"), moment("exp"));
        if self.is_over(issued_at, expires_at) {
            return Err(refused(&MachineFault::Token(
                "the access token is expired, or not valid yet",
            )));
        }
        let id = TokenId::of_jwt(token, expires_at);
        match self.store.is_ended(&id, &GivenWith::default()) {
            Ok(false) => Ok(machine),
            Ok(true) => Err(refused(&MachineFault::Token("the access token was revoked"))),
            Err(error) => Err(pages::unavailable(&error.into())),
        }
    }
}

/// The token of the header. One in a query or a form is not taken.
fn bearer(received: &Received) -> Option<&str> {
    let (scheme, token) = received.header(&header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn refused(fault: &MachineFault) -> Answer {
    let (status, error, scope) = match fault {
        MachineFault::Token(_) => (StatusCode::UNAUTHORIZED, "invalid_token", String::new()),
        MachineFault::Scope(scope) => {
            let scope = format!(", scope=\"{}\"", scope.as_str());
            (StatusCode::FORBIDDEN, "insufficient_scope", scope)
        }
    };
    let body = json!({"error": error, "error_description": fault.to_string()});
    Answer::json(status, &body).with(
        header::WWW_AUTHENTICATE,
        format!("Bearer error=\"{error}\", error_description=\"{fault}\"{scope}"),
    )
}
