//! The grant `refresh_token` (RFC 6749 section 6): which scopes an exchange may ask for, and how long tokens live.

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use crate::login::{RefreshTokenEffects, RefreshTokenLifetimes};
use crate::tenant::{Client, RefreshTokenPolicy};
use crate::time::{Moment, at_ms, later};
use chrono::TimeDelta;

/// The scopes that an exchange asks for, none of which goes beyond those that were granted; all of them where it names
/// none.
///
/// # Errors
/// `invalid_scope`: one was not granted (SE-04).
pub fn exchanged_scopes(parameters: &Parameters, granted: &[String]) -> Result<Vec<String>, OAuthError> {
    let asked = parameters.words("scope")?;
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    if asked.iter().all(|scope| granted.contains(scope)) {
        return Ok(asked);
    }
    Err(OAuthError::new(
        ErrorCode::InvalidScope,
        "a scope goes beyond those that the refresh token was given for",
    ))
}

/// How long a token that was exchanged still gets the same successor: `leeway` of the client.
pub fn leeway(client: &Client) -> TimeDelta {
    let policy = client.refresh_token.as_ref();
    let seconds = policy.and_then(|policy| policy.leeway?.try_into().ok());
    TimeDelta::seconds(seconds.unwrap_or(0))
}

/// When a refresh token ends: unless it is used, and whatever happens. Nothing: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshTokenEnds {
    /// Unless it is used.
    pub idle_until: Option<Moment>,
    /// Whatever happens.
    pub ends_at: Option<Moment>,
}

impl RefreshTokenEnds {
    /// Of a token that is given now.
    pub fn at_birth(client: &Client, effects: &RefreshTokenEffects, now: Moment) -> Self {
        let lifetimes = RefreshTokenLifetimes::of(client);
        let policy = client.refresh_token.clone().unwrap_or_default();
        let ends_at = Some(later(now, lifetimes.absolute)).filter(|_| policy.ends());
        Self::bounded(client, effects, ends_at, now)
    }

    /// Of a token that is exchanged now, and ends at `ends_at`.
    pub fn at_exchange(
        client: &Client,
        effects: &RefreshTokenEffects,
        ends_at: Option<Moment>,
        now: Moment,
    ) -> Self {
        Self::bounded(client, effects, ends_at, now)
    }

    /// What Actions ask for only shortens. A token that has no end gets both once they ask for one (semantics 2.11).
    fn bounded(client: &Client, effects: &RefreshTokenEffects, ends_at: Option<Moment>, now: Moment) -> Self {
        let lifetimes = RefreshTokenLifetimes::of(client);
        let policy = client.refresh_token.clone().unwrap_or_default();
        let is_bounded = effects.expires_at.is_some() || effects.idle_expires_at.is_some();
        let earliest = |one: Option<Moment>, other: Option<Moment>| [one, other].into_iter().flatten().min();
        let longest =
            |span: TimeDelta, is_ending: bool| Some(later(now, span)).filter(|_| is_ending || is_bounded);
        let ends_at = ends_at.or_else(|| longest(lifetimes.absolute, false));
        let idle_until = longest(lifetimes.idle, policy.idles());
        Self {
            idle_until: earliest(idle_until, effects.idle_expires_at.map(at_ms)),
            ends_at: earliest(ends_at, effects.expires_at.map(at_ms)),
        }
    }
}

impl RefreshTokenPolicy {
    /// Whether tokens end whatever happens.
    fn ends(&self) -> bool {
        self.infinite_token_lifetime != Some(true) && self.expires()
    }

    /// Whether tokens end when they are not used.
    fn idles(&self) -> bool {
        self.infinite_idle_token_lifetime != Some(true) && self.expires()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000_000;

    fn client(policy: &Value) -> Client {
        serde_json::from_value(json!({"name": "a", "refresh_token": policy})).unwrap()
    }

    fn asked(expires_at: Option<i64>, idle_expires_at: Option<i64>) -> RefreshTokenEffects {
        RefreshTokenEffects {
            expires_at: expires_at.map(|seconds| NOW + seconds * 1_000),
            idle_expires_at: idle_expires_at.map(|seconds| NOW + seconds * 1_000),
            ..RefreshTokenEffects::default()
        }
    }

    /// Seconds from now until the idle end, and until the absolute one.
    fn seconds(ends: RefreshTokenEnds) -> (Option<i64>, Option<i64>) {
        let until = |end: Moment| (end - at_ms(NOW)).num_seconds();
        (ends.idle_until.map(until), ends.ends_at.map(until))
    }

    #[test]
    fn se_04_an_exchange_narrows_and_never_widens() {
        let granted: Vec<String> = ["openid", "email"].map(str::to_owned).to_vec();
        let asked = |form: &str| {
            let parameters = Parameters::of_form(form.as_bytes()).unwrap();
            exchanged_scopes(&parameters, &granted).map_err(|error| error.code)
        };
        assert_eq!(asked(""), Ok(granted.clone()));
        assert_eq!(asked("scope=email"), Ok(vec!["email".to_owned()]));
        for form in ["scope=email+profile", "scope=unknown", "scope=OPENID"] {
            assert_eq!(asked(form), Err(ErrorCode::InvalidScope), "{form}");
        }
    }

    #[test]
    fn se_07_the_policy_of_the_client_says_when_a_token_ends() {
        let none = asked(None, None);
        for (policy, expected) in [
            (
                json!({"token_lifetime": 100, "idle_token_lifetime": 10}),
                (Some(10), Some(100)),
            ),
            (
                json!({"token_lifetime": 100, "idle_token_lifetime": 10, "infinite_idle_token_lifetime": true}),
                (None, Some(100)),
            ),
            (
                json!({"token_lifetime": 100, "idle_token_lifetime": 10, "infinite_token_lifetime": true}),
                (Some(10), None),
            ),
            (
                json!({"expiration_type": "non-expiring", "token_lifetime": 100}),
                (None, None),
            ),
        ] {
            let ends = RefreshTokenEnds::at_birth(&client(&policy), &none, at_ms(NOW));
            assert_eq!(seconds(ends), expected, "{policy}");
        }
    }

    #[test]
    fn actions_shorten_and_make_a_token_without_end_end() {
        let plain = client(&json!({"token_lifetime": 100, "idle_token_lifetime": 10}));
        let at_birth = |effects| seconds(RefreshTokenEnds::at_birth(&plain, &effects, at_ms(NOW)));
        assert_eq!(at_birth(asked(Some(50), Some(5))), (Some(5), Some(50)));
        assert_eq!(at_birth(asked(Some(500), Some(500))), (Some(10), Some(100)));
        let endless =
            json!({"expiration_type": "non-expiring", "token_lifetime": 100, "idle_token_lifetime": 10});
        let endless = client(&endless);
        let ends = RefreshTokenEnds::at_birth(&endless, &asked(None, Some(5)), at_ms(NOW));
        assert_eq!(seconds(ends), (Some(5), Some(100)));
        let ends = RefreshTokenEnds::at_exchange(&endless, &asked(Some(5), None), None, at_ms(NOW));
        assert_eq!(seconds(ends), (Some(10), Some(5)));
        let ends = RefreshTokenEnds::at_exchange(&endless, &asked(None, None), None, at_ms(NOW));
        assert_eq!(seconds(ends), (None, None));
        // An idle end has to be set again at each exchange.
        let ends =
            RefreshTokenEnds::at_exchange(&plain, &asked(None, None), Some(at_ms(NOW + 60_000)), at_ms(NOW));
        assert_eq!(seconds(ends), (Some(10), Some(60)));
    }
}
