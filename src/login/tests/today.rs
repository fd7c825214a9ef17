//! A login that is taken up on a later day, by a tenant that has changed.

use super::*;
use chrono::TimeDelta;

const HOUR: i64 = 60 * 60 * 1000;

/// A login of these Actions, of which the first sends the user away at once.
pub(super) fn away(actions: &[&str]) -> (Drive, Suspended) {
    let mut drive = Drive::new();
    let redirect = call("redirect.sendUserTo", json!(["https://other.example/"]));
    let metadata = call("user.setAppMetadata", json!(["seen", true]));
    let away = suspended(drive.run(plan(actions), vec![vec![metadata, redirect]]));
    drive.ran.clear();
    (drive, kept_and_read(&away))
}

/// A login at a factor.
pub(super) fn at_a_factor(method: &str, factor: &str) -> (Drive, Suspended) {
    let mut drive = Drive::new();
    let asked = call(method, json!([{"type": factor}]));
    let away = suspended(drive.run(plan(&["one"]), vec![vec![asked]]));
    (drive, kept_and_read(&away))
}

fn kept_and_read(away: &Suspended) -> Suspended {
    kept::read(&away.to_kept(None).unwrap(), None).unwrap()
}

fn resumed(drive: &mut Drive, away: Suspended, today: Today) -> Finished {
    let request = coming_back(away.state());
    let step = away.resume(request, today, NOW, &mut drive.random).unwrap();
    finished(drive.until_rest(step, &mut Vec::new()))
}

fn names(drive: &Drive) -> Vec<&str> {
    drive.ran.iter().map(|(name, _)| name.as_str()).collect()
}

fn changed_actions(finished: &Finished) -> Vec<&str> {
    let warnings = finished.trace.warnings.iter();
    warnings
        .filter(|warning| warning.code == "actions_changed")
        .map(|warning| warning.message.as_str())
        .collect()
}

#[test]
fn the_user_is_the_one_of_today_with_what_this_login_wrote_laid_over() {
    let (mut drive, away) = away(&["one"]);
    let mut today = unchanged(&["one"]);
    today.plan.event.user.app_metadata = json!({"role": "reader", "seen": false})
        .as_object()
        .cloned()
        .unwrap();
    today.plan.event.user.email = Some("new@example.org".to_owned());
    let end = resumed(&mut drive, away, today);
    let Decision::Issue(grant) = &end.decision else {
        panic!("issued")
    };
    let user = &grant.event.user;
    assert_eq!(
        Value::from(user.app_metadata.clone()),
        json!({"role": "reader", "seen": true})
    );
    assert_eq!(user.email.as_deref(), Some("new@example.org"));
}

#[test]
fn nothing_that_the_tenant_says_is_kept() {
    let (_, away) = away(&["one"]);
    let written = &kept::written(&away)["login"];
    assert!(written["state"]["plan"]["event"].is_object());
    for member in ["profile", "request", "policy", "refusal"] {
        assert_eq!(written["state"]["plan"].get(member), None, "{member}");
    }
    assert_eq!(written["state"].get("authenticated"), None);
}

#[test]
fn a_user_who_is_blocked_or_gone_by_now_gets_nothing_and_no_action_runs() {
    for refused in [
        Refusal::Blocked,
        Refusal::UserGone {
            user_id: "auth0|1".to_owned(),
        },
    ] {
        let (mut drive, away) = away(&["one", "two"]);
        let mut today = unchanged(&["one", "two"]);
        today.plan.refusal = Some(refused.clone());
        let end = resumed(&mut drive, away, today.clone());
        assert_eq!(*refusal(&end), refused);
        assert!(drive.ran.is_empty());

        let (mut drive, away) = at_a_factor("authentication.challengeWith", "otp");
        let step = away
            .complete_mfa(FactorType::Otp, today, NOW, &mut drive.random)
            .unwrap();
        assert_eq!(*refusal(&finished(step)), refused);
    }
}

#[test]
fn an_action_that_is_another_by_now_is_not_entered() {
    let other_code = |code: &str| {
        let mut today = unchanged(&["one", "two"]);
        today.plan.actions[0].code = code.to_owned();
        today
    };
    let cases = vec![
        (other_code("2"), "was changed"),
        (unchanged(&["two"]), "removed or unbound"),
        (unchanged(&[]), "removed or unbound"),
    ];
    for (today, words) in cases {
        let (mut drive, away) = away(&["one", "two"]);
        let end = resumed(&mut drive, away, today);
        let refused = refusal(&end);
        assert_eq!(refused.kind(), "action_changed");
        let description = refused.description();
        assert!(description.contains(words), "{description}");
        assert!(description.contains("start the login again"));
        assert!(drive.ran.is_empty());
        assert_eq!(end.effects.user.app_metadata["seen"], true);
    }
}

#[test]
fn actions_that_have_not_run_are_those_of_today_and_changes_are_one_warning() {
    let (mut drive, away) = away(&["one", "two", "three"]);
    let mut today = unchanged(&["new", "three", "one", "four", "two"]);
    today.plan.actions[4].code = "2".to_owned();
    let end = resumed(&mut drive, away, today);
    // What was to run still does, wherever it is bound now.
    assert_eq!(names(&drive), ["one", "three", "four", "two"]);
    assert_eq!(
        changed_actions(&end),
        [
            "the Actions that had not run yet changed while the user was away: 'new' was put before an Action that \
             has run, so 'new' does not run, 'four' was added, the code of 'two' was changed, the order was changed; \
             the Actions that run now run with their present code"
        ]
    );
}

#[test]
fn an_action_that_is_unbound_by_now_does_not_run_and_one_that_has_run_does_not_run_again() {
    let mut drive = Drive::new();
    let redirect = call("redirect.sendUserTo", json!(["https://other.example/"]));
    let away = suspended(drive.run(
        plan(&["first", "one", "two", "first"]),
        vec![vec![], vec![redirect]],
    ));
    drive.ran.clear();
    let end = resumed(
        &mut drive,
        kept_and_read(&away),
        unchanged(&["one", "first", "first"]),
    );
    assert_eq!(names(&drive), ["one", "first"]);
    assert_eq!(changed_actions(&end).len(), 1);
    assert!(
        changed_actions(&end)[0].contains("'two' is no longer bound"),
        "{:?}",
        changed_actions(&end)
    );
}

#[test]
fn unchanged_actions_are_not_spoken_of() {
    let (mut drive, away) = away(&["one", "one", "two"]);
    let end = resumed(&mut drive, away, unchanged(&["one", "one", "two"]));
    assert_eq!(names(&drive), ["one", "one", "two"]);
    assert!(changed_actions(&end).is_empty());
}

#[test]
fn an_action_that_was_bound_during_the_last_challenge_runs_before_anything_is_issued() {
    let mut drive = Drive::new();
    let enable = call("multifactor.enable", json!(["any"]));
    let away = suspended(drive.run(plan(&["one"]), vec![vec![enable]]));
    drive.ran.clear();
    let today = unchanged(&["one", "two"]);
    let step = kept_and_read(&away)
        .complete_mfa(FactorType::Otp, today, NOW, &mut drive.random)
        .unwrap();
    let deny = call("access.deny", json!(["no"]));
    let end = finished(drive.until_rest(step, &mut vec![vec![deny]]));
    assert_eq!(names(&drive), ["two"]);
    assert_eq!(refusal(&end).description(), "no");
}

#[test]
fn every_suspension_lasts_an_hour_and_never_begins_in_the_future() {
    let minute = 60 * 1000;
    let cases = [
        (NOW_MS + HOUR - 1, true),
        (NOW_MS + HOUR, false),
        (i64::MAX, false),
        (NOW_MS - minute, true),
        (NOW_MS - minute - 1, false),
        (i64::MIN, false),
    ];
    for (now, in_time) in cases {
        let now = at_ms(now);
        let (mut drive, away) = away(&["one"]);
        let request = coming_back(away.state());
        let step = away.resume(request, unchanged(&["one"]), now, &mut drive.random);
        assert_eq!(step.is_ok(), in_time, "redirect {now}");

        let (mut drive, away) = at_a_factor("authentication.challengeWith", "otp");
        let step = away.complete_mfa(FactorType::Otp, unchanged(&["one"]), now, &mut drive.random);
        assert_eq!(step.is_ok(), in_time, "factor {now}");
        let (_, away) = at_a_factor("authentication.challengeWith", "otp");
        let failed = away.fail_mfa("no", unchanged(&["one"]), now);
        assert_eq!(failed.is_ok(), in_time, "failed factor {now}");

        let mut drive = Drive::new();
        let form = call("prompt.render", json!(["ap_1"]));
        let away = suspended(drive.run(plan(&["one"]), vec![vec![form]]));
        let request = coming_back(away.state());
        let step = kept_and_read(&away).resume(request, unchanged(&["one"]), now, &mut drive.random);
        assert_eq!(step.is_ok(), in_time, "form {now}");
    }
}

#[test]
fn a_factor_counts_only_where_tenant_and_user_still_have_it() {
    let mut disabled = unchanged(&["one"]);
    disabled.plan.policy.factors = Some(vec![FactorType::Phone]);
    let mut removed = unchanged(&["one"]);
    removed.plan.event.user.enrolled_factors = Some(Vec::new());
    let cases = vec![(disabled, "not enabled"), (removed, "does not have")];
    for (today, words) in cases {
        let (mut drive, away) = at_a_factor("authentication.challengeWith", "otp");
        let (away, error) = away
            .complete_mfa(FactorType::Otp, today, NOW, &mut drive.random)
            .unwrap_err();
        assert!(error.description.contains(words), "{}", error.description);
        assert!(
            away.complete_mfa(FactorType::Otp, unchanged(&["one"]), NOW, &mut drive.random)
                .is_ok()
        );
    }
}

#[test]
fn a_factor_that_was_added_in_this_login_is_still_there_after_the_next_absence() {
    let mut drive = Drive::new();
    let mut without = unchanged(&["one"]);
    without.plan.event.user.enrolled_factors = Some(Vec::new());
    let calls = vec![
        call("authentication.enrollWith", json!([{"type": "phone"}])),
        call("redirect.sendUserTo", json!(["https://other.example/"])),
    ];
    let away = suspended(drive.run(without.plan.clone(), vec![calls]));
    let step = kept_and_read(&away)
        .complete_mfa(FactorType::Phone, without.clone(), NOW, &mut drive.random)
        .unwrap();
    let away = kept_and_read(&suspended(drive.until_rest(step, &mut Vec::new())));
    let end = resumed(&mut drive, away, without);
    let Decision::Issue(grant) = &end.decision else {
        panic!("issued")
    };
    let factors = grant.event.user.enrolled_factors.iter().flatten();
    let kinds: Vec<_> = factors.map(|factor| factor.kind.as_str()).collect();
    assert_eq!(kinds, ["phone"]);
    let methods = grant.event.authentication.iter().flat_map(|known| &known.methods);
    assert_eq!(methods.filter(|method| method.name == "mfa").count(), 1);
}

/// Else whoever knows only the password could add a factor of their own beside the user's.
#[test]
fn a_user_who_has_a_factor_by_now_is_not_let_in_by_adding_one() {
    let mut drive = Drive::new();
    let mut without = plan(&["one"]);
    without.event.user.enrolled_factors = Some(Vec::new());
    let enable = call("multifactor.enable", json!(["any"]));
    let away = suspended(drive.run(without, vec![vec![enable]]));
    let (_, error) = kept_and_read(&away)
        .complete_mfa(FactorType::Phone, unchanged(&["one"]), NOW, &mut drive.random)
        .unwrap_err();
    assert!(error.description.contains("has the factor otp by now"), "{error}");
}

pub(super) fn primary(blocked: bool) -> Profile {
    serde_json::from_value(json!({
        "user_id": "auth0|2", "blocked": blocked, "app_metadata": {"team": "blue"},
        "identities": [{"provider": "auth0", "user_id": "2"}, {"provider": "auth0", "user_id": "1"}],
    }))
    .unwrap()
}

/// A login that goes on as another user and sends that user away.
pub(super) fn as_primary_user(found: Option<&Profile>) -> (Drive, Suspended) {
    let mut drive = Drive::new();
    let mut step = start(plan(&["one"]), NOW, &mut drive.random);
    let away = loop {
        step = match step {
            Step::Run(running) => {
                let calls = vec![
                    call("user.setAppMetadata", json!(["kept", 1])),
                    call("user.setUserMetadata", json!(["left out", 1])),
                    call("authentication.setPrimaryUser", json!(["auth0|2"])),
                    call("redirect.sendUserTo", json!(["https://other.example/"])),
                ];
                let report = Report {
                    calls,
                    has_continue: true,
                    ..Report::default()
                };
                running.report(report, NOW, &mut drive.random)
            }
            Step::LoadUser(loading) => loading.found(found.cloned(), NOW, &mut drive.random),
            rest => break suspended(rest),
        };
    };
    assert_eq!(away.primary_user(), Some("auth0|2"));
    (drive, kept_and_read(&away))
}

pub(super) fn with_primary(profile: Option<Profile>) -> Today {
    Today {
        primary_user: profile,
        ..unchanged(&["one"])
    }
}

#[test]
fn the_primary_user_is_looked_at_anew_too() {
    let (mut drive, away) = as_primary_user(Some(&primary(false)));
    let request = coming_back(away.state());
    let today = with_primary(Some(primary(false)));
    let step = away.resume(request, today, NOW, &mut drive.random).unwrap();
    let Step::Run(running) = step else {
        panic!("the Action goes on: {step:?}")
    };
    let user = &running.run().event.user;
    assert_eq!(user.user_id, "auth0|2");
    assert_eq!(
        Value::from(user.app_metadata.clone()),
        json!({"team": "blue", "kept": 1})
    );
    assert!(user.user_metadata.is_empty());

    let gone = [(Some(primary(true)), "blocked"), (None, "user_gone")];
    for (profile, kind) in gone {
        let (mut drive, away) = as_primary_user(Some(&primary(false)));
        let end = resumed(&mut drive, away, with_primary(profile));
        assert_eq!(refusal(&end).kind(), kind);
    }
}

#[test]
fn a_primary_user_whom_nobody_found_is_refused_at_the_end() {
    let (mut drive, away) = as_primary_user(None);
    let end = resumed(&mut drive, away, with_primary(None));
    assert_eq!(refusal(&end), &Refusal::PrimaryUser);
}

#[test]
fn a_blocked_primary_user_gets_nothing() {
    let mut random = SeededRandom::new("t");
    let mut step = start(plan(&["one"]), NOW, &mut random);
    let end = loop {
        step = match step {
            Step::Run(running) => {
                let calls = vec![call("authentication.setPrimaryUser", json!(["auth0|2"]))];
                let report = Report {
                    calls,
                    ..Report::default()
                };
                running.report(report, NOW, &mut random)
            }
            Step::LoadUser(loading) => loading.found(Some(primary(true)), NOW, &mut random),
            rest => break finished(rest),
        };
    };
    assert_eq!(refusal(&end), &Refusal::Blocked);
}

#[test]
fn the_rules_of_the_tenant_are_those_of_today() {
    let mut drive = Drive::new();
    let calls = vec![
        call("session.setExpiresAt", json!([NOW_MS + 10 * HOUR])),
        call("redirect.sendUserTo", json!(["https://other.example/"])),
    ];
    let away = suspended(drive.run(plan(&["one"]), vec![calls]));
    let mut today = unchanged(&["one"]);
    today.plan.policy.session_lifetime = TimeDelta::milliseconds(HOUR);
    let end = resumed(&mut drive, kept_and_read(&away), today);
    assert_eq!(end.effects.session.expires_at, Some(NOW_MS + HOUR));
}
