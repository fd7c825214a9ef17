//! From JSON to types, reporting every ill-typed member instead of the first.

use super::path::{JsonPath, Step};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A member that has another type than it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllTyped {
    /// Where.
    pub path: JsonPath,
    /// What was expected and what was found.
    pub message: String,
}

/// Deserialises `value`; what does not fit is left out and named, so that the rest can be looked at.
/// `None` when nothing fits.
pub fn lenient<T: DeserializeOwned>(mut value: Value) -> (Option<T>, Vec<IllTyped>) {
    let mut problems: Vec<IllTyped> = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize(&value) {
            Ok(typed) => return (Some(typed), problems),
            Err(error) => error,
        };
        let path = JsonPath::from(error.path());
        problems.push(IllTyped {
            message: plain_words(&error.inner().to_string()),
            path: original(&path, &problems),
        });
        if !remove(&mut value, &path.0) {
            return (None, problems);
        }
    }
}

/// The message of [`plain_words`] about the value at `path`, without the value where it may be a secret:
/// at or below a member that holds such, or when it is a PEM text or long.
pub fn discreet(message: String, path: &JsonPath) -> String {
    let holds_secrets = |step: &Step| match step {
        Step::Key(key) => SECRET.iter().any(|word| key.to_lowercase().contains(word)),
        Step::Index(_) => false,
    };
    let is_secret = path.0.iter().any(holds_secrets);
    if let Some((expected, found)) = message.split_once(", found ") {
        let value = found.strip_prefix("the text ");
        let value = value.map_or(found, |quoted| quoted.trim_matches('"'));
        return match value {
            "an object" | "an array" => message,
            _ if is_secret || !is_quotable(value) => format!("{expected}, found something else"),
            _ => message,
        };
    }
    let variant = message
        .strip_prefix("unknown variant `")
        .and_then(|rest| rest.rsplit_once("`, expected "));
    match variant {
        Some((value, expected)) if is_secret || !is_quotable(value) => {
            format!("unknown variant, expected {expected}")
        }
        _ => message,
    }
}

/// Whether a message may repeat a value that should not be where it is: what is long or a PEM text may
/// have been meant for another, secret member.
fn is_quotable(value: &str) -> bool {
    value.chars().count() <= MAX_QUOTED && !value.contains(PEM_BEGIN)
}

/// The value in quotes, or `this` where it is not repeated.
pub(crate) fn quoted(value: &str) -> String {
    if is_quotable(value) {
        format!("\"{value}\"")
    } else {
        "this".to_owned()
    }
}

/// What every PEM text contains.
pub(crate) const PEM_BEGIN: &str = "-----BEGIN";

/// Characters of a value that a message repeats at most.
const MAX_QUOTED: usize = 40;

/// Values at and below members with one of these words in their name are never shown.
const SECRET: &[&str] = &[
    "addons",
    "cert",
    "credential",
    "hash",
    "identities",
    "key",
    "mfa_factors",
    "passw",
    "pem",
    "secret",
    "token",
    "value",
];

/// A `null` member of an exported object means that it is not set.
pub(crate) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), member.clone()))
            .collect(),
        other => other.clone(),
    }
}

/// The path before the elements that `removed` names were taken out of their arrays.
fn original(path: &JsonPath, removed: &[IllTyped]) -> JsonPath {
    let mut original = JsonPath::default();
    for step in &path.0 {
        let step = match step {
            Step::Key(_) => step.clone(),
            Step::Index(index) => {
                let mut gone: Vec<usize> = removed
                    .iter()
                    .filter_map(|ill| match ill.path.0.split_last() {
                        Some((Step::Index(gone), parents)) if parents == original.0 => Some(*gone),
                        _ => None,
                    })
                    .collect();
                gone.sort_unstable();
                Step::Index(
                    gone.iter()
                        .fold(*index, |index, gone| index + usize::from(*gone <= index)),
                )
            }
        };
        original.0.push(step);
    }
    original
}

/// Takes the value at `path` out; whether there was one.
pub(crate) fn remove(value: &mut Value, path: &[Step]) -> bool {
    let Some((last, parents)) = path.split_last() else {
        return false;
    };
    let mut place = value;
    for step in parents {
        let next = match step {
            Step::Key(key) => place.get_mut(key),
            Step::Index(index) => place.get_mut(index),
        };
        let Some(next) = next else { return false };
        place = next;
    }
    match (last, place) {
        (Step::Key(key), Value::Object(members)) => members.shift_remove(key).is_some(),
        (Step::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

/// `invalid type: string "x", expected f64` in the words of somebody who writes JSON.
pub fn plain_words(message: &str) -> String {
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.rsplit_once(", expected "))
    else {
        return message.to_owned();
    };
    let expected = match expected {
        "f64" => "a number",
        "u32" | "u64" | "usize" | "i64" => "a whole number that is not negative",
        "a sequence" => "an array",
        "a map" => "an object",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    let found = match found.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer" | "boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("floating", value)) => value.trim_start_matches("point ").trim_matches('`').to_owned(),
        _ if found == "map" => "an object".to_owned(),
        _ if found == "sequence" => "an array".to_owned(),
        _ => found.to_owned(),
    };
    format!("expected {expected}, found {found}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Client;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn every_ill_typed_member_is_named_and_the_rest_is_kept() {
        let value = json!({
            "name": "web",
            "callbacks": ["https://a.example", 5, true],
            "is_first_party": "yes",
            "jwt_configuration": {"lifetime_in_seconds": "36000", "alg": "RS256"},
            "addons": {"samlp": {"audience": 7, "mappings": {"email": [1]}}}
        });
        let (client, problems) = lenient::<Client>(value);
        let client = client.unwrap();
        assert_eq!(client.name, "web");
        assert_eq!(client.callbacks, ["https://a.example"]);
        assert_eq!(client.jwt_configuration.alg.unwrap().written(), "RS256");
        let shown: Vec<_> = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.path, problem.message))
            .collect();
        assert_eq!(
            shown,
            [
                "callbacks[1]: expected a string, found 5",
                "callbacks[2]: expected a string, found true",
                "is_first_party: expected a boolean, found the text \"yes\"",
                "jwt_configuration.lifetime_in_seconds: expected a whole number that is not negative, found \
                 the text \"36000\"",
                "addons.samlp.audience: expected a string or an array of strings",
                "addons.samlp.mappings.email: expected a string or an array of strings",
            ]
        );
    }

    #[test]
    fn what_is_no_object_at_all_gives_nothing() {
        let (client, problems) = lenient::<Client>(json!([1]));
        assert!(client.is_none());
        assert_eq!(problems[0].message, "expected an object, found an array");
    }

    #[test]
    fn values_that_may_be_secret_are_not_repeated() {
        let found = "expected a boolean, found the text \"CANARY\"";
        let root = JsonPath::default();
        for path in [
            root.key("secrets").index(0),
            root.key("secrets").index(0).key("name"),
            root.key("addons").key("samlp"),
            root.key("addons").key("samlp").key("audience").index(1),
            root.index(0).key("identities"),
            root.key("keys").key("current"),
        ] {
            assert_eq!(
                discreet(found.to_owned(), &path),
                "expected a boolean, found something else",
                "{path}"
            );
            let variant = "unknown variant `CANARY`, expected `a` or `b`".to_owned();
            assert_eq!(discreet(variant, &path), "unknown variant, expected `a` or `b`");
        }
        let path = root.key("is_first_party");
        assert_eq!(discreet(found.to_owned(), &path), found);
        for hidden in ["-----BEGIN X", &"x".repeat(41)] {
            let message = format!("expected a boolean, found the text {hidden:?}");
            assert_eq!(
                discreet(message, &path),
                "expected a boolean, found something else"
            );
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,3}".prop_map(Value::from),
        ];
        let key = prop_oneof![
            Just("name"),
            Just("callbacks"),
            Just("addons"),
            Just("samlp"),
            Just("mappings"),
            Just("audience"),
            Just("jwt_configuration"),
            Just("alg"),
            Just("refresh_token"),
            Just("other"),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            let members = proptest::collection::vec((key.clone(), inner.clone()), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..4).prop_map(Value::from),
                members.prop_map(|members| {
                    let members = members.into_iter().map(|(key, value)| (key.to_owned(), value));
                    Value::Object(members.collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_object_always_gives_something_and_each_problem_another_place(value in any_json()) {
            let is_object = value.is_object();
            let (client, problems) = lenient::<Client>(value);
            prop_assert!(!is_object || client.is_some());
            for (index, problem) in problems.iter().enumerate() {
                prop_assert!(problems[..index].iter().all(|earlier| earlier.path != problem.path));
            }
        }
    }
}
