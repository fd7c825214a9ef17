//! Consent: what a user is asked before an application of somebody else gets it.

use super::authorize::Prompt;
use crate::login::Grant;
use crate::tenant::Client;

/// The scopes that the user has to be asked for; nothing where nobody is asked. Where there are none the application wants to
/// know who the user is, which is asked for, too. Once something is new, all of them are shown. `consented` is what the user
/// agreed to before, if at all. The tenant's own applications are never asked for, nor is what Actions added (semantics 2.2).
pub fn scopes_to_ask<'g>(
    client: &Client,
    prompt: Prompt,
    grant: &'g Grant,
    consented: Option<&[String]>,
) -> Option<Vec<&'g str>> {
    if !is_asked_for(client) {
        return None;
    }
    let requested = grant.request.granted_scopes.iter();
    let given: Vec<&str> = requested
        .filter(|scope| grant.scopes.contains(scope))
        .map(String::as_str)
        .collect();
    let is_known = |scope: &&str| {
        let mut known = consented.unwrap_or_default().iter();
        known.any(|known| known == scope)
    };
    let has_agreed = consented.is_some() && given.iter().all(is_known);
    (prompt.asks_for_consent() || !has_agreed).then_some(given)
}

/// Whether users are asked before this application gets anything.
pub fn is_asked_for(client: &Client) -> bool {
    client.is_first_party == Some(false)
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
        let asked = |first_party, prompt| scopes_to_ask(&client(first_party), prompt, &grant, None);
        assert_eq!(asked(None, Prompt::Consent), None);
        assert_eq!(asked(Some(true), Prompt::Consent), None);
        assert_eq!(asked(Some(false), Prompt::AsNeeded), Some(vec!["openid"]));
    }

    #[test]
    fn an_application_that_asks_for_nothing_wants_to_know_who_the_user_is() {
        let grant = grant(&[], &["added"]);
        let client = client(Some(false));
        let asked = |prompt, consented| scopes_to_ask(&client, prompt, &grant, consented);
        for prompt in [Prompt::AsNeeded, Prompt::None] {
            assert_eq!(asked(prompt, None), Some(Vec::new()));
            assert_eq!(asked(prompt, Some(&[])), None);
            let more = ["openid".to_owned()];
            assert_eq!(scopes_to_ask(&client, prompt, &grant, Some(&more)), None);
        }
        assert_eq!(asked(Prompt::Consent, Some(&[])), Some(Vec::new()));
    }

    #[test]
    fn what_was_agreed_to_is_asked_again_only_with_something_new_or_where_the_request_says_so() {
        let grant = grant(&["openid", "email"], &["openid", "email"]);
        let client = client(Some(false));
        let agreed = |scopes: &[&str]| scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>();
        let both = || Some(vec!["openid", "email"]);
        let asked =
            |prompt, consented: &[&str]| scopes_to_ask(&client, prompt, &grant, Some(&agreed(consented)));
        assert_eq!(asked(Prompt::AsNeeded, &["openid"]), both());
        assert_eq!(asked(Prompt::None, &["email", "openid"]), None);
        for prompt in [Prompt::Consent, Prompt::LoginAndConsent] {
            assert_eq!(asked(prompt, &["openid", "email"]), both());
        }
    }

    #[test]
    fn what_actions_add_or_take_away_is_not_asked_for() {
        let grant = grant(&["openid", "email"], &["openid", "admin"]);
        assert_eq!(
            scopes_to_ask(&client(Some(false)), Prompt::AsNeeded, &grant, None),
            Some(vec!["openid"])
        );
    }
}
