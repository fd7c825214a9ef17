//! A kept login that somebody changed, damaged or mixed up.

use super::today::{as_primary_user, at_a_factor, away, primary, with_primary};
use super::*;
use crate::keys::StateKey;
use crate::login::kept::FORM;
use crate::secret::Secret;

/// What is kept of a login without a tenant folder.
pub(super) fn written(away: &Suspended) -> Value {
    serde_json::from_str(&away.to_kept(None).unwrap()).unwrap()
}

/// The login in `text`, which has no secrets.
pub(super) fn read(text: &str, key: Option<&StateKey>) -> Result<Suspended, KeptError> {
    Kept::open(text, key, NOW)?.into_suspended()
}

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
    let logins = [&away, &primary, &factor].map(written);
    for written in logins {
        for pointer in pointers(&written) {
            let mut changed = vec![None];
            changed.extend(values.iter().cloned().map(Some));
            for value in changed {
                let mut kept = written.clone();
                set(&mut kept, &pointer, value);
                let Ok(away) = read(&kept.to_string(), None) else {
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
fn inconsistent_logins_and_other_forms_are_refused_with_what_to_do() {
    // The first moment that RFC 3339 cannot write.
    const YEAR_10000: i64 = 253_402_300_800_000;
    let (_, away) = as_primary_user(Some(&primary(false)));
    let written = written(&away);
    let cases = [
        ("/form", json!(2), "another version"),
        (
            "/login/state/current",
            json!(99),
            "is inconsistent: the Action that sent",
        ),
        ("/login/state/written", json!(99), "is inconsistent: more calls"),
        (
            "/login/calls/0/index",
            json!(7),
            "is inconsistent: an Action that has not run",
        ),
        (
            "/login/state/primary_user/user_id",
            json!("auth0|9"),
            "is inconsistent: the primary user",
        ),
        (
            "/login/state/primary_user",
            json!(null),
            "is inconsistent: the primary user",
        ),
        (
            "/login/state/redirects",
            json!(11),
            "is inconsistent: the login had more redirects",
        ),
        (
            "/login/token",
            json!(""),
            "is inconsistent: the login has no state",
        ),
        ("/login/token", json!(1), "at login.token: "),
        ("/kept_at", json!(NOW_MS - 1), "expires more than an hour"),
        ("/expires_at", json!(YEAR_10000), "expires more than an hour"),
        ("/expires_at", json!(NOW_MS), "an hour or longer"),
        ("/kept_at", json!(YEAR_10000), "later than now"),
        ("/kept_at", json!(i64::MAX), "at kept_at: "),
        ("/tenant", json!("sea.example"), "tenant or application is not"),
        ("/client_id", json!("other"), "tenant or application is not"),
        ("/login/calls/0/method", json!("x"), "at login.calls[0]: "),
        (
            "/login/state/plan/asked/at_ms",
            json!(YEAR_10000),
            "is inconsistent: a time",
        ),
        (
            "/login/away/redirect/url",
            json!("javascript:1"),
            "is inconsistent: no site",
        ),
        (
            "/login/state/plan/event",
            json!([]),
            "at login.state.plan.event: ",
        ),
    ];
    for (pointer, value, words) in cases {
        let mut kept = written.clone();
        set(&mut kept, pointer, Some(value));
        let error = read(&kept.to_string(), None).unwrap_err().to_string();
        assert!(error.contains(words), "{pointer}: {error}");
        assert!(error.contains("start the login again"), "{pointer}: {error}");
    }
    let mut with_mac = written;
    with_mac["mac"] = json!("x");
    let error = read(&with_mac.to_string(), None).unwrap_err().to_string();
    assert!(error.contains("unknown field"), "{error}");
    for text in ["[1]", "{}", "null", "", "{\"form\": 3"] {
        let error = read(text, None).unwrap_err().to_string();
        assert!(
            error.contains("the file is not a kept login") || error.contains("EOF"),
            "{error}"
        );
    }
}

#[test]
fn a_text_of_each_form_ever_written_is_read_or_told() {
    let fixture = |form: u32| {
        let path = format!("{}/fixtures/kept/form-{form}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let key = StateKey::from_text(include_str!("../../../fixtures/kept/state.key")).unwrap();
    for old in 1..3 {
        for key in [None, Some(&key)] {
            assert_eq!(
                read(&fixture(old), key).unwrap_err(),
                KeptError::OtherForm,
                "{old}"
            );
        }
    }
    for form in 3..=FORM {
        let away = read(&fixture(form), Some(&key)).unwrap();
        let asked = away.asked();
        assert_eq!(asked.domain, "lake.example");
        assert_eq!(asked.client.client_id, "web4lake");
        assert_eq!(away.recorded().len(), 3);
        let happened = &asked.circumstances;
        assert_eq!(happened.transaction.id, away.event().transaction.id);
        assert_eq!(happened.session, away.event().session);
        let methods = &happened.authentication.methods;
        let methods: Vec<&str> = methods.iter().map(|method| method.name.as_str()).collect();
        assert_eq!(methods, ["pwd"], "{form}");
    }
}

/// A key of one repeated byte.
fn key(byte: u8) -> StateKey {
    StateKey::new(&[byte; 32]).unwrap()
}

#[test]
fn a_sealed_login_in_which_any_byte_was_changed_is_refused() {
    let (_, away) = away(&["one"]);
    let text = away.to_kept(Some(&key(1))).unwrap();
    let opened = |text: &str| Kept::open(text, Some(&key(1)), NOW);
    opened(&text).unwrap();
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        let (before, after) = (&bytes[..at], &bytes[at + 1..]);
        let mut changed = vec![
            before.to_vec(),
            [before, after].concat(),
            [before, b" ", &bytes[at..]].concat(),
        ];
        changed.extend([0x01, 0x02, 0x20].map(|bit| [before, &[bytes[at] ^ bit], after].concat()));
        for changed in changed {
            // What is no text is not read at all.
            if let Ok(changed) = String::from_utf8(changed) {
                let error = opened(&changed).expect_err(&changed).to_string();
                assert!(error.contains("start the login again"), "at {at}: {error}");
            }
        }
    }
    for more in [
        format!("{text} "),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
    ] {
        assert_eq!(opened(&more).unwrap_err(), KeptError::Changed);
    }
}

#[test]
fn a_seal_of_another_tenant_or_none_is_refused_where_there_is_a_key() {
    let (_, away) = away(&["one"]);
    let sealed = away.to_kept(Some(&key(1))).unwrap();
    let unsealed = away.to_kept(None).unwrap();
    assert_eq!(read(&sealed, Some(&key(2))).unwrap_err(), KeptError::Changed);
    assert_eq!(read(&unsealed, Some(&key(1))).unwrap_err(), KeptError::Unsealed);
    assert_eq!(read(&sealed, None).unwrap_err(), KeptError::NoKey);
    read(&unsealed, None).unwrap();
    // Written anew it is no longer what was sealed, though every member is the same.
    let value: Value = serde_json::from_str(&sealed).unwrap();
    assert_eq!(
        read(&value.to_string(), Some(&key(1))).unwrap_err(),
        KeptError::Changed
    );
}

#[test]
fn a_member_that_is_there_twice_is_refused_also_without_a_key() {
    let (_, away) = away(&["one"]);
    let text = away.to_kept(None).unwrap();
    for (member, twice) in [
        ("\"form\": 4", "\"form\": 4, \"form\": 4"),
        ("\"metadata\": {", "\"metadata\": {\"a\": 1, \"a\": 2"),
    ] {
        assert!(text.contains(member));
        let error = read(&text.replace(member, twice), None).unwrap_err().to_string();
        assert!(error.contains("is given twice at line"), "{error}");
    }
}

#[test]
fn an_authorization_code_is_kept_for_the_answer() {
    let mut drive = Drive::new();
    let mut begun = plan(&["one"]);
    begun.request.code = Some(Secret::new("code-4711".to_owned()));
    let redirect = call("redirect.sendUserTo", json!(["https://other.example/"]));
    let away = suspended(drive.run(begun, vec![vec![redirect]]));
    let away = read(&away.to_kept(Some(&key(1))).unwrap(), Some(&key(1))).unwrap();
    let request = coming_back(away.state());
    let step = away
        .resume(request, unchanged(&["one"]), NOW, &mut drive.random)
        .unwrap();
    let Decision::Issue(grant) = finished(drive.until_rest(step, &mut Vec::new())).decision else {
        panic!("issued")
    };
    assert_eq!(grant.request.code, Some(Secret::new("code-4711".to_owned())));
}

#[test]
fn secrets_are_kept_as_handles_and_put_back_by_whoever_has_them() {
    let mut drive = Drive::new();
    let key = include_str!("../../../certs/idp.key");
    let asked = call("samlResponse.setKey", json!([key]));
    let redirect = call("redirect.sendUserTo", json!(["https://other.example/"]));
    let away = suspended(drive.run(plan(&["one"]), vec![vec![asked, redirect]]));
    let text = away.to_kept(None).unwrap();
    assert!(!text.contains("PRIVATE KEY") && text.contains("$secret"));
    let without = read(&text, None).unwrap_err().to_string();
    assert!(without.contains("at login.calls[0]: "), "{without}");
    let mut kept = Kept::open(&text, None, NOW).unwrap();
    for call in kept.calls_mut() {
        call.restore(&|handle| (*handle == crate::keys::secret_handle(key)).then(|| key.to_owned()))
            .unwrap();
    }
    let back = kept.into_suspended().unwrap();
    assert_eq!(back.recorded()[0].call.args, away.recorded()[0].call.args);
    assert_eq!(back.to_kept(None).unwrap(), text);
}

#[test]
fn what_a_kept_login_shows_of_itself_and_is_remembered_by_opens_nothing() {
    let (_, away) = away(&["one"]);
    let kept = Kept::open(&away.to_kept(None).unwrap(), None, NOW).unwrap();
    assert!(!format!("{kept:?} {:?} {:?}", key(7), away.state_hash()).contains(away.state()));
    assert_eq!(format!("{:?}", key(7)), "StateKey(..)");
    let hash = away.state_hash();
    assert_eq!(hash.as_str().len(), 64);
    assert_eq!(hash, kept.into_suspended().unwrap().state_hash());
}
