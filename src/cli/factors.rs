//! Actions that ask for what this server does not have yet: second factors and forms.

use crate::action::{Calls, Prepared};
use crate::tenant::Tenant;
use std::collections::BTreeMap;

/// Methods that ask for something, and the words of each in the code of an Action that calls it.
const ASKING: &[(&str, &[&str])] = &[
    ("multifactor.enable", &["multifactor", "enable"]),
    ("authentication.challengeWith", &["challengeWith"]),
    ("authentication.challengeWithAny", &["challengeWithAny"]),
    ("authentication.enrollWith", &["enrollWith"]),
    ("authentication.enrollWithAny", &["enrollWithAny"]),
    ("prompt.render", &["prompt", "render"]),
];

/// One line for each bound Action that asks.
pub(super) fn asked_for(tenant: &Tenant) -> Vec<String> {
    let bound = tenant.post_login.iter();
    let bound = bound.filter_map(|name| tenant.actions.iter().find(|action| action.name == *name));
    let lines = bound.filter_map(|action| {
        let script = crate::runner::script(tenant, action, BTreeMap::new());
        let calls = Calls::of(&Prepared::new(script));
        let asks = ASKING
            .iter()
            .filter(|(_, words)| words.iter().all(|word| calls.has_word(word)));
        let methods: Vec<&str> = asks.map(|(method, _)| *method).collect();
        (!methods.is_empty()).then(|| {
            format!(
                "Action '{}' asks for a second factor or a form ({}); this server has none yet, so such a login ends with a \
                 page that says so",
                action.name,
                methods.join(", ")
            )
        })
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Action;

    fn lines(source: &str) -> Vec<String> {
        let tenant = Tenant {
            post_login: vec!["a".to_owned()],
            actions: vec![
                Action {
                    name: "a".to_owned(),
                    source: source.into(),
                    ..Action::default()
                },
                Action {
                    name: "unbound".to_owned(),
                    source: "api.multifactor.enable('any')".into(),
                    ..Action::default()
                },
            ],
            ..Tenant::default()
        };
        asked_for(&tenant)
    }

    #[test]
    fn an_action_that_asks_for_a_factor_is_named() {
        let told =
            lines("exports.onExecutePostLogin = async (e, api) => { api.multifactor.enable('any'); };");
        assert_eq!(told.len(), 1);
        assert!(
            told[0].starts_with("Action 'a' asks for a second factor or a form (multifactor.enable)"),
            "{told:?}"
        );
        let told =
            lines("const { authentication } = api; authentication.challengeWithAny([{ type: 'otp' }])");
        assert!(told[0].contains("(authentication.challengeWithAny)"), "{told:?}");
    }

    #[test]
    fn a_comment_or_a_text_asks_for_nothing() {
        assert_eq!(
            lines("// api.multifactor.enable\nconsole.log('challengeWith');"),
            Vec::<String>::new()
        );
    }
}
