//! Consent: what a user is asked before an application of somebody else gets it.

use super::authorize::Prompt;
use crate::login::Grant;
use crate::tenant::Client;

/// The scopes that the user has to be asked for; none where nobody is asked. Once something is new, all of them are shown.
/// The tenant's own applications are never asked for, nor is what Actions added (semantics 2.2).
pub fn scopes_to_ask<'g>(
    client: &Client,
    prompt: Prompt,
    grant: &'g Grant,
    consented: impl Fn(&str) -> bool,
) -> Vec<&'g str> {
    if client.is_first_party != Some(false) {
        return Vec::new();
    }
    let requested = grant.request.granted_scopes.iter();
    let given: Vec<&str> = requested
        .filter(|scope| grant.scopes.contains(scope))
        .map(String::as_str)
        .collect();
    if prompt.asks_for_consent() || given.iter().any(|scope| !consented(scope)) {
        given
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, LoginRequest};
    use crate::tenant::Profile;

    fn grant(granted: &[&str], after_actions: &[&str]) -> Grant {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Grant {
            event: Event::default(),
            profile: Profile::default(),
            request: LoginRequest {
                granted_scopes: texts(granted),
                ..LoginRequest::default()
            },
            scopes: texts(after_actions),
            recorded: Vec::new().into(),
            mfa: false,
        }
    }

    fn client(is_first_party: Option<bool>) -> Client {
        Client {
            is_first_party,
            ..Client::default()
        }
    }

    #[test]
    fn only_applications_of_others_are_asked_for() {
        let grant = grant(&["openid"], &["openid"]);
        let asked =
            |first_party, prompt| scopes_to_ask(&client(first_party), prompt, &grant, |_| false).len();
        assert_eq!(asked(None, Prompt::Consent), 0);
        assert_eq!(asked(Some(true), Prompt::Consent), 0);
        assert_eq!(asked(Some(false), Prompt::AsNeeded), 1);
    }

    #[test]
    fn what_was_agreed_to_is_asked_again_only_with_something_new_or_where_the_request_says_so() {
        let grant = grant(&["openid", "email"], &["openid", "email"]);
        let client = client(Some(false));
        let agreed = |scope: &str| scope == "openid";
        assert_eq!(
            scopes_to_ask(&client, Prompt::AsNeeded, &grant, agreed),
            ["openid", "email"]
        );
        assert_eq!(scopes_to_ask(&client, Prompt::None, &grant, |_| true), [""; 0]);
        for prompt in [Prompt::Consent, Prompt::LoginAndConsent] {
            assert_eq!(
                scopes_to_ask(&client, prompt, &grant, |_| true),
                ["openid", "email"]
            );
        }
    }

    #[test]
    fn what_actions_add_or_take_away_is_not_asked_for() {
        let grant = grant(&["openid", "email"], &["openid", "admin"]);
        assert_eq!(
            scopes_to_ask(&client(Some(false)), Prompt::AsNeeded, &grant, |_| false),
            ["openid"]
        );
    }
}
