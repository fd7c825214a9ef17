//! Whatever Actions ask for, in whatever order.

use super::*;
use crate::time::later;
use proptest::prelude::*;

fn any_call() -> impl Strategy<Value = Call> {
    prop_oneof![
        Just(call("access.deny", json!(["no"]))),
        Just(call("session.revoke", json!(["gone"]))),
        Just(call("redirect.sendUserTo", json!(["https://other.example/"]))),
        Just(call("authentication.challengeWith", json!([{"type": "otp"}]))),
        Just(call("authentication.enrollWith", json!([{"type": "phone"}]))),
        Just(call("multifactor.enable", json!(["any"]))),
        Just(call("multifactor.enable", json!(["none"]))),
        "[a-c]".prop_map(|name| call("idToken.setCustomClaim", json!([name, 1]))),
        "[a-c]".prop_map(|name| call("accessToken.addScope", json!([name]))),
        "[a-c]".prop_map(|name| call("accessToken.removeScope", json!([name]))),
        ("[a-c]", 0..3i64).prop_map(|(name, value)| call("user.setAppMetadata", json!([name, value]))),
        (NOW_MS - 10_000..NOW_MS + 10_000_000_000_000)
            .prop_map(|at| call("session.setExpiresAt", json!([at]))),
        Just(call("samlResponse.setAudience", json!(["https://sp.example"]))),
        "[a-c]".prop_map(|key| call("transaction.setMetadata", json!([key, true]))),
    ]
}

proptest! {
    /// Whatever Actions ask for, in whatever order: refusals are terminal, earlier Actions run once, nothing is
    /// without a trace, expiries are within limits, and a suspended login survives being written down.
    #[test]
    fn any_order_of_commands_leaves_the_rules_true(
        reports in prop::collection::vec(prop::collection::vec(any_call(), 0..6), 1..4)
    ) {
        let names = ["one", "two", "three"];
        let actions = &names[..reports.len()];
        let mut drive = Drive::new();
        let mut left = reports.clone();
        let mut step = start(plan(actions), NOW, &mut drive.random);
        let mut suspensions = 0;
        let end = loop {
            match drive.until_rest(step, &mut left) {
                Step::Finish(finished) => break *finished,
                Step::Suspend(away) => {
                    suspensions += 1;
                    prop_assert!(suspensions < 60, "a login comes to an end");
                    let text = away.to_kept(None).unwrap();
                    let away = kept::read(&text, None).unwrap();
                    prop_assert_eq!(away.to_kept(None).unwrap(), text);
                    let state = away.state().to_owned();
                    step = match away.away() {
                        Away::Mfa(asked) => {
                            let factor = asked.factors[0].kind;
                            away.complete_mfa(factor, unchanged(actions), NOW, &mut drive.random).unwrap()
                        }
                        _ => away.resume(coming_back(&state), unchanged(actions), NOW, &mut drive.random).unwrap(),
                    };
                }
                _ => unreachable!("until_rest answers the others"),
            }
        };
        let refusing = |call: &Call| matches!(call.method.as_str(), "access.deny" | "session.revoke");
        let executed: Vec<_> = drive.ran.iter().filter(|(_, handler)| *handler == Handler::Execute).collect();
        for name in actions {
            prop_assert!(executed.iter().filter(|(ran, _)| ran == name).count() <= 1);
        }
        if end.recorded.iter().any(|recorded| refusing(&recorded.call)) {
            let refused = refusal(&end);
            prop_assert!(["deny", "revoke"].contains(&refused.kind()));
            let last = end.recorded.iter().map(|recorded| recorded.action).max();
            let first = end.recorded.iter().find(|recorded| refusing(&recorded.call)).map(|recorded| recorded.action);
            prop_assert_eq!(last, first, "no Action runs after a refusing one");
        }
        if let Some(at) = end.effects.session.expires_at {
            prop_assert!(at <= later(NOW, Policy::default().session_lifetime).timestamp_millis());
        }
        let untraced = |recorded: &&crate::command::Recorded| {
            !end.trace.entries.iter().any(|entry| entry.target == recorded.command.target())
        };
        let for_tokens = |recorded: &&crate::command::Recorded| {
            matches!(recorded.command, crate::command::Command::SetIdTokenClaim { .. }
                | crate::command::Command::AddScope { .. } | crate::command::Command::RemoveScope { .. })
        };
        let issued = matches!(end.decision, Decision::Issue(_));
        let missing: Vec<_> =
            end.recorded.iter().filter(untraced).filter(|recorded| !(issued && for_tokens(recorded))).collect();
        prop_assert!(missing.is_empty(), "without a trace: {:?}", missing);
    }
}
