//! The third form of a kept login: it held the options of the command line, where later forms hold what really
//! happened.

use serde_json::{Map, Value, json};

/// The same login in the fourth form. Values that do not have the expected form stay, for the parser to refuse.
pub(super) fn renewed(mut kept: Value) -> Value {
    if let Some(plan) = kept.pointer_mut("/login/state/plan") {
        let event = plan.get("event").cloned().unwrap_or_default();
        if let Some(Value::Object(asked)) = plan.get_mut("asked") {
            let options = asked.shift_remove("options").unwrap_or_default();
            let is_saml = event.pointer("/transaction/protocol") == Some(&json!("samlp"));
            asked.insert(
                "circumstances".to_owned(),
                circumstances(&options, &event, is_saml),
            );
            if let Some(Value::Object(client)) = asked.get_mut("client") {
                // Without an option the add-on made it a SAML login.
                let has_samlp = is_saml && options.get("protocol").is_none_or(Value::is_null);
                client.insert("has_samlp".to_owned(), has_samlp.into());
            }
        }
    }
    if let Some(Value::Object(recorder)) = kept.pointer_mut("/login/state/recorder")
        && let Some(preconditions) = recorder.shift_remove("standing")
    {
        recorder.insert("preconditions".to_owned(), preconditions);
    }
    kept
}

/// What happened, as the event tells it.
fn circumstances(options: &Value, event: &Value, is_saml: bool) -> Value {
    let mut authentication = event.get("authentication").cloned().unwrap_or(json!({}));
    if let Some(Value::Array(methods)) = authentication.get_mut("methods") {
        // The login knows by itself which factors it has asked for.
        methods.retain(|method| method.get("name") != Some(&json!("mfa")));
    }
    let nonce = options.get("nonce").filter(|_| !is_saml);
    let of_event = ["transaction", "request", "session", "refresh_token"];
    let of_options = [
        "audience",
        "authn_request",
        "connection",
        "organization",
        "rules_executed",
    ];
    let mut happened = Map::new();
    let copied = of_event
        .map(|member| (member, event.get(member)))
        .into_iter()
        .chain(of_options.map(|member| (member, options.get(member))))
        .chain([("authentication", Some(&authentication)), ("nonce", nonce)]);
    for (member, value) in copied {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            happened.insert(member.to_owned(), value.clone());
        }
    }
    Value::Object(happened)
}
