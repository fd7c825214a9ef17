//! A result against `expected.json`: any subset of it, `*` for any text, `"*"` for anything.
//!
//! `null` is a member that is null or absent, `{}` an object without members; names are taken literally.

use super::pattern::{Pattern, literal};
use serde_json::{Map, Number, Value};

/// What differs, each with its place; empty where `got` is as expected.
pub(super) fn differences(expected: &Value, got: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare("", expected, got, &mut differences);
    differences
}

/// Whether every result meets `expected`, so that a case with it could not fail: there is no member, or only
/// wildcards for members that every result has, or `null` for those that none has.
pub(super) fn says_nothing(expected: &Value) -> bool {
    // Values that no case would expect, in all possible members and in as few members as possible.
    let odd = |names: &[&str]| -> Value {
        let members = names.iter().map(|name| ((*name).to_owned(), Value::from("\0")));
        members.collect::<Map<_, _>>().into()
    };
    let all = [ALWAYS, SOMETIMES].concat();
    [odd(ALWAYS), odd(&all)]
        .iter()
        .all(|result| differences(expected, result).is_empty())
        || expected.as_object().is_some_and(Map::is_empty)
}

/// Members that every result has.
const ALWAYS: &[&str] = &[
    "actions",
    "commands",
    "deterministic",
    "effects",
    "http",
    "outcome",
    "trace",
    "warnings",
];
/// Members that some results have.
const SOMETIMES: &[&str] = &[
    "access_token",
    "access_token_claims",
    "error",
    "expires_in",
    "form",
    "id_token",
    "id_token_claims",
    "mfa",
    "redirect",
    "refresh_token",
    "saml",
    "scope",
    "token_type",
];

/// One place at which the result is another than expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Names and positions from the root, each after a slash.
    pub at: String,
    pub expected: Value,
    /// `None` where nothing is.
    pub got: Option<Value>,
}

/// What was expected, with the values that are now right: a value that matches stays as it is written, wildcards
/// with it; any other becomes the actual value, without wildcards; a member that is absent becomes `null`.
pub(super) fn blessed(before: &Value, now: &Value) -> Value {
    match (before, now) {
        _ if differences(before, now).is_empty() => before.clone(),
        (Value::Object(before), Value::Object(now)) if !before.is_empty() => {
            let member = |(name, before): (&String, &Value)| {
                let member = now.get(name).map_or(Value::Null, |now| blessed(before, now));
                (name.clone(), member)
            };
            Value::Object(before.iter().map(member).collect())
        }
        (Value::Array(before), Value::Array(now)) => {
            let element = |(position, now): (usize, &Value)| match before.get(position) {
                Some(before) => blessed(before, now),
                None => standing_for_itself(now),
            };
            now.iter().enumerate().map(element).collect()
        }
        _ => standing_for_itself(now),
    }
}

/// The first expectation: what a person wants to see of a result, without signed bytes.
pub(super) fn first(result: &Value) -> Value {
    const KEPT: [&str; 9] = [
        "outcome",
        "error",
        "id_token_claims",
        "access_token_claims",
        "redirect",
        "mfa",
        "form",
        "commands",
        "trace",
    ];
    let members = result.as_object().into_iter().flatten();
    let kept: Map<String, Value> = members
        .filter(|(name, value)| match name.as_str() {
            "http" => value.as_array().is_some_and(|all| !all.is_empty()),
            name => KEPT.contains(&name),
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    standing_for_itself(&Value::Object(kept))
}

/// The expectation that `value` alone meets.
fn standing_for_itself(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(literal(text)),
        Value::Array(items) => items.iter().map(standing_for_itself).collect(),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), standing_for_itself(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn compare(at: &str, expected: &Value, got: &Value, differences: &mut Vec<Difference>) {
    let is_met = match (expected, got) {
        (Value::String(any), _) if any == "*" => true,
        (Value::Object(expected), Value::Object(got)) if !expected.is_empty() => {
            for (name, value) in expected {
                let at = format!("{at}/{name}");
                match got.get(name) {
                    Some(got) => compare(&at, value, got, differences),
                    None if value.is_null() => {}
                    None => differences.push(Difference {
                        at,
                        expected: value.clone(),
                        got: None,
                    }),
                }
            }
            true
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (position, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(&format!("{at}/{position}"), expected, got, differences);
            }
            true
        }
        (Value::String(pattern), Value::String(text)) => Pattern::of(pattern).matches(text),
        (Value::Number(expected), Value::Number(got)) => same_number(expected, got),
        _ => expected == got,
    };
    if !is_met {
        differences.push(Difference {
            at: at.to_owned(),
            expected: expected.clone(),
            got: Some(got.clone()),
        });
    }
}

/// Whether both are the same number, however they are written: `1`, `1.0`, `1e0`.
fn same_number(one: &Number, other: &Number) -> bool {
    match (whole(one), whole(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_f64() == other.as_f64(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole and in range")]
fn whole(number: &Number) -> Option<i128> {
    let written = number.as_i128();
    let value = number
        .as_f64()
        .filter(|value| value.fract() == 0.0 && value.abs() < 1e30);
    written.or_else(|| value.map(|value| value as i128))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn is_met(expected: &Value, got: &Value) -> bool {
        differences(expected, got).is_empty()
    }

    #[test]
    fn a_subset_matches_and_a_difference_is_found() {
        let got = json!({"a": 1, "b": {"c": [1, 2]}, "d": "x"});
        let count = |expected: Value| differences(&expected, &got).len();
        assert_eq!(count(json!({"b": {"c": [1, "*"]}})), 0);
        assert_eq!(count(json!({"b": {"c": [1]}})), 1);
        assert_eq!(count(json!({"a": 2, "e": 1})), 2);
        assert_eq!(count(json!({"gone": null})), 0);
        assert_eq!(count(json!({"a": null})), 1);
        assert_eq!(count(json!({"b": {}})), 1);
        assert!(is_met(&json!({"b": {}}), &json!({"b": {}})));
    }

    #[test]
    fn what_every_result_meets_is_no_expectation() {
        for nothing in [
            json!({}),
            json!({"outcome": "*"}),
            json!({"outcome": "**", "trace": "*", "warnings": "*"}),
            json!({"eror": null}),
        ] {
            assert!(says_nothing(&nothing), "{nothing}");
        }
        for something in [
            json!({"outcome": "i*"}),
            json!({"error": null}),
            json!({"saml": "*"}),
            json!({"warnings": []}),
            json!({"effects": {"user": "*"}}),
            json!({"*": "*"}),
            json!({"outcome": "*", "id_token": "*"}),
        ] {
            assert!(!says_nothing(&something), "{something}");
        }
    }

    #[test]
    fn every_member_that_a_result_has_is_known() {
        let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
        let mut seen = std::collections::BTreeSet::new();
        let mut folders = vec![cases];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path())
            {
                if path.is_dir() {
                    folders.push(path);
                } else if path.ends_with("expected.json") {
                    let text = std::fs::read_to_string(path).unwrap();
                    let expected: Map<String, Value> = serde_json::from_str(&text).unwrap();
                    seen.extend(expected.into_iter().map(|(name, _)| name));
                }
            }
        }
        for name in [ALWAYS, SOMETIMES].concat() {
            seen.remove(name);
        }
        assert!(seen.is_empty(), "{seen:?}");
    }

    #[test]
    fn numbers_are_compared_to_their_last_digit() {
        assert!(is_met(&json!(1.0), &json!(1)));
        assert!(!is_met(
            &json!(9_007_199_254_740_993_u64),
            &json!(9_007_199_254_740_992_u64)
        ));
        assert!(!is_met(
            &json!(9_007_199_254_740_993_u64),
            &json!(9_007_199_254_740_992.0)
        ));
    }

    #[test]
    fn blessing_keeps_what_a_person_wrote_and_writes_what_came_out_for_itself() {
        let before = json!({
            "any": "*", "some": "a*", "other": "a*", "star": "\\*", "changed": 1, "gone": {"a": 1}, "away": "*", "list": ["*", 1, "a*"],
            "object": {}, "absent": null
        });
        let now = json!({
            "any": 5, "some": "ab", "other": "b*\\*", "star": "*", "changed": {"*": "*"}, "new": 3, "list": ["a", 2, "ab", "*"],
            "object": {"a": "*"}
        });
        let blessed = blessed(&before, &now);
        assert_eq!(
            blessed,
            json!({
                "any": "*", "some": "a*", "other": "b\\*\\\\\\*", "star": "\\*", "changed": {"*": "\\*"}, "gone": null, "away": null,
                "list": ["*", 2, "a*", "\\*"], "object": {"a": "\\*"}, "absent": null
            })
        );
        assert!(is_met(&blessed, &now));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2..3_i64).prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-4..5_i32).prop_map(|half| Value::from(f64::from(half) / 2.0)),
            r"[*\\a]{0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec((r"[*\\a]{1,2}", inner), 0..3)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// The rule without any wildcard: the same, but for members more and for those that are null.
    fn is_same(one: &Value, other: &Value) -> bool {
        match (one, other) {
            (Value::Object(one), Value::Object(other)) if !one.is_empty() => one
                .iter()
                .all(|(name, one)| other.get(name).map_or(one.is_null(), |other| is_same(one, other))),
            (Value::Array(one), Value::Array(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
            }
            (Value::Number(one), Value::Number(other)) => same_number(one, other),
            _ => one == other,
        }
    }

    proptest! {
        #[test]
        fn what_came_out_matches_itself_and_nothing_else(value in any_value(), other in any_value()) {
            let expected = standing_for_itself(&value);
            prop_assert!(is_met(&expected, &value));
            prop_assert_eq!(is_met(&expected, &other), is_same(&value, &other));
        }

        #[test]
        fn what_is_blessed_is_met(before in any_value(), now in any_value()) {
            let blessed = blessed(&before, &now);
            prop_assert!(is_met(&blessed, &now), "{}", blessed);
        }
    }
}
