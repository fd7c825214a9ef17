//! The login machine, driven without any Action: reports are made by hand.

mod any_order;
mod kept;
mod today;

use super::*;
use crate::command::{Call, FactorType, Handler, Report};
use crate::event::{Event, EventRequest, EventSession, Protocol};
use crate::random::SeededRandom;
use crate::tenant::Profile;
use crate::time::{Moment, at_ms};
use crate::trace::{Origin, Status};
use serde_json::{Value, json};

const NOW_MS: i64 = 1_768_478_400_000;
const NOW: Moment = Moment::from_timestamp_millis(NOW_MS).unwrap();

fn plan(actions: &[&str]) -> Plan {
    let user = json!({
        "user_id": "auth0|1", "email": "ada@example.org", "identities": [{"provider": "auth0", "user_id": "1"}],
        "enrolledFactors": [{"type": "otp"}],
    });
    let profile: Profile = serde_json::from_value(user.clone()).unwrap();
    let event = Event {
        user: serde_json::from_value(user).unwrap(),
        session: Some(EventSession {
            id: "s1".to_owned(),
            ..EventSession::default()
        }),
        ..Event::default()
    };
    let mut plan = Plan {
        event,
        profile,
        actions: bound(actions),
        ..Plan::default()
    };
    plan.event.transaction.protocol = Some(Protocol::OidcBasicProfile);
    plan
}

fn bound(names: &[&str]) -> Vec<BoundAction> {
    let names = names.iter().enumerate();
    names
        .map(|(place, name)| BoundAction {
            name: (*name).to_owned(),
            code: "1".to_owned(),
            place,
        })
        .collect()
}

/// The tenant as it was when [`plan`] was made.
fn unchanged(actions: &[&str]) -> Today {
    Today {
        plan: plan(actions),
        primary_user: None,
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "written as json!(...) at every call"
)]
fn call(method: &str, args: Value) -> Call {
    Call {
        origin: Origin::default(),
        method: method.to_owned(),
        args: args.as_array().cloned().unwrap_or_default(),
        index: None,
        handler: None,
    }
}

/// Answers each question with the next report; `(action, handler)` of every run is returned too.
struct Drive {
    random: SeededRandom,
    ran: Vec<(String, Handler)>,
}

impl Drive {
    fn new() -> Self {
        Self {
            random: SeededRandom::new("t"),
            ran: Vec::new(),
        }
    }

    fn until_rest(&mut self, mut step: Step, reports: &mut Vec<Vec<Call>>) -> Step {
        loop {
            step = match step {
                Step::Run(running) => {
                    let run = running.run();
                    self.ran.push((run.name.to_owned(), run.handler));
                    let calls = if reports.is_empty() {
                        Vec::new()
                    } else {
                        reports.remove(0)
                    };
                    running.report(
                        Report {
                            calls,
                            has_continue: true,
                            ..Report::default()
                        },
                        NOW,
                        &mut self.random,
                    )
                }
                Step::LoadUser(loading) => loading.found(None, NOW, &mut self.random),
                rest => return rest,
            };
        }
    }

    fn run(&mut self, plan: Plan, mut reports: Vec<Vec<Call>>) -> Step {
        let step = start(plan, NOW, &mut self.random);
        self.until_rest(step, &mut reports)
    }
}

fn finished(step: Step) -> Finished {
    match step {
        Step::Finish(finished) => *finished,
        other => panic!("the login should be over: {other:?}"),
    }
}

fn suspended(step: Step) -> Suspended {
    match step {
        Step::Suspend(suspended) => *suspended,
        other => panic!("the login should be suspended: {other:?}"),
    }
}

fn refusal(finished: &Finished) -> &Refusal {
    match &finished.decision {
        Decision::Refuse(refusal) => refusal,
        Decision::Issue(_) => panic!("the login should be refused"),
    }
}

fn coming_back(state: &str) -> EventRequest {
    EventRequest {
        query: json!({"state": state}).as_object().cloned().unwrap(),
        method: "GET".to_owned(),
        ..EventRequest::default()
    }
}

#[test]
fn a_denial_keeps_metadata_of_both_actions_and_runs_no_later_one() {
    let mut drive = Drive::new();
    let reports = vec![
        vec![
            call("user.setAppMetadata", json!(["a", 1])),
            call("idToken.setCustomClaim", json!(["https://x/y", 1])),
        ],
        vec![
            call("access.deny", json!(["no"])),
            call("user.setUserMetadata", json!(["b", 2])),
        ],
    ];
    let end = finished(drive.run(plan(&["one", "two", "three"]), reports));
    let refused = refusal(&end);
    assert_eq!((&*refused.description(), refused.kind()), ("no", "deny"));
    assert_eq!(end.effects.user.app_metadata["a"], 1);
    assert_eq!(end.effects.user.user_metadata["b"], 2);
    assert_eq!(drive.ran.len(), 2);
    let claim = end
        .trace
        .entries
        .iter()
        .find(|entry| entry.target == "id_token/https://x/y")
        .unwrap();
    assert_eq!(claim.status, Status::Discarded);
}

#[test]
fn a_redirect_comes_back_to_the_same_action_and_earlier_ones_do_not_run_again() {
    let mut drive = Drive::new();
    let reports = vec![
        vec![call("user.setAppMetadata", json!(["seen", true]))],
        vec![call("redirect.sendUserTo", json!(["https://other.example/?a=1"]))],
    ];
    let away = suspended(drive.run(plan(&["one", "two", "three"]), reports));
    assert_eq!(away.pending_user_effects().app_metadata["seen"], true);
    assert_eq!(away.event().user.app_metadata["seen"], true);
    assert_eq!(
        away.redirect_url(),
        Some(format!("https://other.example/?a=1&state={}", away.state()))
    );
    let state = away.state().to_owned();
    let away = kept::read(&away.to_kept(None).unwrap(), None).unwrap();
    let step = away
        .resume(
            coming_back(&state),
            unchanged(&["one", "two", "three"]),
            NOW,
            &mut drive.random,
        )
        .unwrap();
    let end = finished(drive.until_rest(step, &mut Vec::new()));
    assert!(matches!(end.decision, Decision::Issue(_)));
    let ran: Vec<_> = drive
        .ran
        .iter()
        .map(|(name, handler)| (name.as_str(), *handler))
        .collect();
    assert_eq!(
        ran,
        [
            ("one", Handler::Execute),
            ("two", Handler::Execute),
            ("two", Handler::Continue),
            ("three", Handler::Execute)
        ]
    );
}

#[test]
fn an_unknown_or_old_state_resumes_nothing() {
    let mut drive = Drive::new();
    let reports = vec![vec![call(
        "redirect.sendUserTo",
        json!(["https://other.example/"]),
    )]];
    let away = suspended(drive.run(plan(&["one"]), reports));
    let state = away.state().to_owned();
    let (away, _) = away
        .resume(coming_back("other"), unchanged(&["one"]), NOW, &mut drive.random)
        .unwrap_err();
    let hour = 60 * 60 * 1000;
    let (away, _) = away
        .resume(
            coming_back(&state),
            unchanged(&["one"]),
            at_ms(NOW_MS + hour),
            &mut drive.random,
        )
        .unwrap_err();
    assert!(
        away.resume(
            coming_back(&state),
            unchanged(&["one"]),
            at_ms(NOW_MS + hour - 1),
            &mut drive.random
        )
        .is_ok()
    );
}

#[test]
fn the_eleventh_redirect_ends_the_login() {
    let mut drive = Drive::new();
    let redirect = || vec![call("redirect.sendUserTo", json!(["https://other.example/"]))];
    let mut step = drive.run(plan(&["one"]), vec![redirect()]);
    for _ in 0..9 {
        let away = suspended(step);
        let state = away.state().to_owned();
        let back = away
            .resume(coming_back(&state), unchanged(&["one"]), NOW, &mut drive.random)
            .unwrap();
        step = drive.until_rest(back, &mut vec![redirect()]);
    }
    let away = suspended(step);
    let state = away.state().to_owned();
    let back = away
        .resume(coming_back(&state), unchanged(&["one"]), NOW, &mut drive.random)
        .unwrap();
    let end = finished(drive.until_rest(back, &mut vec![redirect()]));
    assert_eq!(refusal(&end), &Refusal::TooManyRedirects { most: 10 });
}

#[test]
fn a_silent_request_cannot_be_redirected() {
    let mut silent = plan(&["one"]);
    silent.event.transaction.prompt = Some(vec!["none".to_owned()]);
    let reports = vec![vec![call(
        "redirect.sendUserTo",
        json!(["https://other.example/"]),
    )]];
    let end = finished(Drive::new().run(silent, reports));
    assert_eq!(refusal(&end).code(), "interaction_required");
}

/// SR-34
#[test]
fn a_silent_request_without_a_session_runs_no_action() {
    let mut silent = plan(&["one"]);
    silent.event.transaction.prompt = Some(vec!["none".to_owned()]);
    for session in [None, Some(EventSession::default())] {
        silent.event.session = session;
        let mut drive = Drive::new();
        let end = finished(drive.run(silent.clone(), vec![vec![]]));
        let refusal = refusal(&end);
        assert_eq!(
            (refusal.code(), refusal.kind()),
            ("login_required", "interaction")
        );
        assert!(drive.ran.is_empty());
    }
    // Where there never is a session, none is missed.
    silent.event.transaction.protocol = Some(Protocol::Oauth2RefreshToken);
    let end = finished(Drive::new().run(silent, vec![vec![]]));
    assert!(matches!(end.decision, Decision::Issue(_)));
}

#[test]
fn mfa_commands_keep_their_order_and_the_fifth_fails() {
    let mut drive = Drive::new();
    let mut asking = plan(&["one", "two"]);
    asking.event.user.enrolled_factors = None;
    let today = Today {
        plan: asking.clone(),
        primary_user: None,
    };
    let kinds = ["otp", "phone", "email", "webauthn-roaming", "recovery-code"];
    let challenges = kinds.map(|kind| call("authentication.challengeWith", json!([{"type": kind}])));
    let mut step = drive.run(asking, vec![challenges.to_vec()]);
    for factor in [
        FactorType::Otp,
        FactorType::Phone,
        FactorType::Email,
        FactorType::WebauthnRoaming,
    ] {
        let next = suspended(step)
            .complete_mfa(factor, today.clone(), NOW, &mut drive.random)
            .unwrap();
        step = drive.until_rest(next, &mut Vec::new());
    }
    let end = finished(step);
    assert_eq!(refusal(&end).kind(), "mfa");
    assert_eq!(drive.ran.len(), 1);
}

#[test]
fn an_enrolled_user_is_challenged_before_enrolling_another_factor() {
    let mut drive = Drive::new();
    let reports = vec![vec![call(
        "authentication.enrollWith",
        json!([{"type": "phone"}]),
    )]];
    let away = suspended(drive.run(plan(&["one"]), reports));
    let Away::Mfa(step) = away.away() else {
        panic!("MFA is asked for")
    };
    assert_eq!(
        (step.presented, step.factors[0].kind),
        (Presented::Challenge, FactorType::Otp)
    );
    let next = away
        .complete_mfa(FactorType::Otp, unchanged(&["one"]), NOW, &mut drive.random)
        .unwrap();
    let away = suspended(drive.until_rest(next, &mut Vec::new()));
    let Away::Mfa(step) = away.away() else {
        panic!("MFA is asked for")
    };
    assert_eq!(
        (step.presented, step.factors[0].kind),
        (Presented::Enrollment, FactorType::Phone)
    );
    let next = away
        .complete_mfa(FactorType::Phone, unchanged(&["one"]), NOW, &mut drive.random)
        .unwrap();
    let end = finished(drive.until_rest(next, &mut Vec::new()));
    assert!(matches!(end.decision, Decision::Issue(_)));
    assert_eq!(end.effects.session.methods.len(), 2);
}

#[test]
fn enable_is_deferred_past_the_last_action_and_none_prevents_it() {
    let mut drive = Drive::new();
    let away = suspended(drive.run(
        plan(&["one", "two"]),
        vec![vec![call("multifactor.enable", json!(["any"]))]],
    ));
    assert_eq!(drive.ran.len(), 2);
    let Away::Mfa(step) = away.away() else {
        panic!("MFA is asked for")
    };
    assert_eq!(step.command, "enable");
    let reports = vec![
        vec![call("multifactor.enable", json!(["any"]))],
        vec![call("multifactor.enable", json!(["none"]))],
    ];
    let end = finished(Drive::new().run(plan(&["one", "two"]), reports));
    assert!(matches!(end.decision, Decision::Issue(_)));
}

#[test]
fn the_earliest_expiry_counts_and_a_late_one_is_clamped() {
    let later = NOW_MS + 1000 * 60 * 60 * 24 * 365;
    let reports = vec![vec![
        call("session.setExpiresAt", json!([NOW_MS + 5000])),
        call("session.setExpiresAt", json!([NOW_MS + 9000])),
        call("session.setIdleExpiresAt", json!([later])),
    ]];
    let end = finished(Drive::new().run(plan(&["one"]), reports));
    assert_eq!(end.effects.session.expires_at, Some(NOW_MS + 5000));
    assert_eq!(end.effects.session.idle_expires_at, Some(NOW_MS + 5000));
    let statuses: Vec<_> = end.trace.entries.iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Status::Applied, Status::Overridden, Status::Clamped]);
}

#[test]
fn a_primary_user_without_the_identity_is_refused() {
    let reports = vec![vec![call("authentication.setPrimaryUser", json!(["auth0|2"]))]];
    let end = finished(Drive::new().run(plan(&["one"]), reports));
    assert_eq!(refusal(&end), &Refusal::PrimaryUser);
}

#[test]
fn a_linked_primary_user_becomes_the_subject_and_drops_user_metadata_of_that_action() {
    let mut random = SeededRandom::new("t");
    let primary: Profile = serde_json::from_value(json!({
        "user_id": "auth0|2",
        "identities": [{"provider": "auth0", "user_id": "2"}, {"provider": "auth0", "user_id": "1"}],
    }))
    .unwrap();
    let mut step = start(plan(&["one"]), NOW, &mut random);
    let end = loop {
        step = match step {
            Step::Run(running) => {
                let calls = vec![
                    call("authentication.setPrimaryUser", json!(["auth0|2"])),
                    call("user.setUserMetadata", json!(["lost", 1])),
                    call("user.setAppMetadata", json!(["kept", 1])),
                ];
                running.report(
                    Report {
                        calls,
                        ..Report::default()
                    },
                    NOW,
                    &mut random,
                )
            }
            Step::LoadUser(loading) => loading.found(Some(primary.clone()), NOW, &mut random),
            Step::Finish(finished) => break *finished,
            Step::Suspend(_) => panic!("nothing suspends here"),
        };
    };
    let Decision::Issue(grant) = &end.decision else {
        panic!("issued")
    };
    assert_eq!(grant.event.user.user_id, "auth0|2");
    assert_eq!(end.effects.user.primary_user.as_deref(), Some("auth0|2"));
    assert!(end.effects.user.user_metadata.is_empty());
    assert_eq!(end.effects.user.app_metadata["kept"], 1);
}

#[test]
fn a_worker_cannot_hand_in_what_the_script_could_not_call() {
    let reports = vec![vec![call("refreshToken.revoke", json!(["x"]))]];
    let end = finished(Drive::new().run(plan(&["one"]), reports));
    assert_eq!(refusal(&end).kind(), "worker_died");
    let reports = vec![vec![call("cache.get", json!(["x"]))]];
    let end = finished(Drive::new().run(plan(&["one"]), reports));
    assert_eq!(refusal(&end).kind(), "worker_died");
}
