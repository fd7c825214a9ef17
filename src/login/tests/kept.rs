//! A kept login that somebody changed, damaged or mixed up.

use super::today::{as_primary_user, at_a_factor, away, primary, with_primary};
use super::*;

/// Any value in the place of any member: words, never a panic, and never a login that goes on out of step.
#[test]
fn a_kept_login_that_was_changed_is_refused_or_goes_on_without_a_panic() {
    let (_, away) = away(&["one", "two"]);
    let (_, primary) = as_primary_user(Some(&primary(false)));
    let (_, factor) = at_a_factor("authentication.enrollWith", "phone");
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(1.5),
        json!(""),
        json!("\u{0}x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"x": {}}),
    ];
    let logins = [&away, &primary, &factor].map(|login| serde_json::to_value(login).unwrap());
    for written in logins {
        for pointer in pointers(&written) {
            let mut changed = vec![None];
            changed.extend(values.iter().cloned().map(Some));
            for value in changed {
                let mut kept = written.clone();
                set(&mut kept, &pointer, value);
                let Ok(away) = Suspended::try_from(kept) else {
                    continue;
                };
                let mut drive = Drive::new();
                let request = coming_back(away.state());
                let today = with_primary(None);
                let step = match away.away() {
                    Away::Mfa(_) => away.complete_mfa(FactorType::Otp, today, NOW, &mut drive.random),
                    _ => away.resume(request, today, NOW, &mut drive.random),
                };
                if let Ok(step) = step {
                    let metadata = call("user.setAppMetadata", json!(["x", 1]));
                    let claim = call("idToken.setCustomClaim", json!(["x", 1]));
                    drive.until_rest(step, &mut vec![vec![metadata, claim]]);
                }
            }
        }
    }
}

/// Where each member and each entry stands.
fn pointers(value: &Value) -> Vec<String> {
    let below = |step: &str, value: &Value| {
        let inner = pointers(value);
        let step = step.replace('~', "~0").replace('/', "~1");
        let inner = inner.into_iter().map(move |rest| format!("/{step}{rest}"));
        inner.collect::<Vec<_>>()
    };
    let mut all = vec![String::new()];
    match value {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                all.extend(below(&number.to_string(), item));
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                all.extend(below(name, member));
            }
        }
        _ => {}
    }
    all
}

/// Puts `value` there, or takes what is there away.
fn set(whole: &mut Value, pointer: &str, value: Option<Value>) {
    match (value, pointer.rsplit_once('/')) {
        (Some(value), _) => *whole.pointer_mut(pointer).unwrap() = value,
        (None, Some((outer, name))) => match whole.pointer_mut(outer).unwrap() {
            Value::Object(members) => _ = members.shift_remove(&name.replace("~1", "/").replace("~0", "~")),
            Value::Array(items) => _ = items.pop(),
            _ => {}
        },
        (None, None) => *whole = Value::Null,
    }
}

#[test]
fn contradictions_and_other_forms_are_told_with_what_to_do() {
    let (_, away) = as_primary_user(Some(&primary(false)));
    let written = serde_json::to_value(&away).unwrap();
    let cases = [
        ("/form", json!(1), "another version"),
        (
            "/state/current",
            json!(99),
            "contradicts itself: the Action that sent",
        ),
        ("/state/written", json!(99), "contradicts itself: more calls"),
        (
            "/state/recorded/0/index",
            json!(7),
            "contradicts itself: a call is of",
        ),
        (
            "/state/primary_user/user_id",
            json!("auth0|9"),
            "contradicts itself: its primary user",
        ),
        (
            "/state/primary_user",
            json!(null),
            "contradicts itself: its primary user",
        ),
        (
            "/state/redirects",
            json!(11),
            "contradicts itself: it had more redirects",
        ),
        ("/token", json!(""), "contradicts itself: it has no state"),
        ("/token", json!(1), "at token: "),
        ("/since_ms", json!(i64::MAX), "contradicts itself: its times"),
        (
            "/state/plan/asked/at_ms",
            json!(i64::MIN),
            "contradicts itself: its times",
        ),
        (
            "/away/redirect/url",
            json!("javascript:1"),
            "contradicts itself: the user is at no site",
        ),
        ("/state/plan/event", json!([]), "at state.plan.event: "),
    ];
    for (pointer, value, words) in cases {
        let mut kept = written.clone();
        set(&mut kept, pointer, Some(value));
        let error = Suspended::try_from(kept).unwrap_err().to_string();
        assert!(error.contains(words), "{pointer}: {error}");
        assert!(error.contains("start the login again"), "{pointer}: {error}");
    }
    let old = json!({"state": {}, "away": {}, "token": "x", "since_ms": 0});
    assert_eq!(Suspended::try_from(old).unwrap_err(), KeptError::OtherForm);
    let other = Suspended::try_from(json!([1])).unwrap_err().to_string();
    assert!(other.contains("this is no kept login"), "{other}");
}
