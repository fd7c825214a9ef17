//! Calls of `api` and what comes back.

use super::{args, failure, logs, logs_of, run, run_with, script};
use serde_json::json;

#[test]
fn a_call_is_recorded_with_its_place() {
    let report = run("\n  api.idToken.setCustomClaim('plan', event.user.app_metadata.plan);");
    assert_eq!(report.failure, None);
    let call = &report.calls[0];
    assert_eq!(call.method, "idToken.setCustomClaim");
    assert_eq!(call.args, [json!("plan"), json!("gold")]);
    assert_eq!(call.origin.action.as_deref(), Some("test"));
    assert_eq!((call.origin.line, call.origin.column), (Some(3), Some(15)));
}

#[test]
fn a_place_on_the_first_line_has_its_own_column() {
    let source = "exports.onExecutePostLogin = (event, api) => { api.access.deny('no'); };";
    let report = run_with(|_| {}, &script(source));
    let column = u32::try_from(source.find("deny").unwrap() + 1).unwrap();
    assert_eq!(
        (report.calls[0].origin.line, report.calls[0].origin.column),
        (Some(1), Some(column))
    );
}

#[test]
fn a_place_is_found_when_error_was_tampered_with() {
    let report = run(
        "Error.prepareStackTrace = () => { throw 1; }; Error.stackTraceLimit = 0;\n  api.access.deny('no');",
    );
    assert_eq!(report.calls[0].origin.line, Some(3));
}

#[test]
fn arguments_become_json_as_javascript_writes_it() {
    let calls = args(
        "const set = (value) => api.idToken.setCustomClaim('a', value);
         [9007199254740993, 1e400, -0, 0.1 + 0.2, NaN, null, new Date(0), [undefined, () => 1], {u: undefined, n: -1.5e-7}, 'é\\u0000'].forEach(set);
         set();
         set(undefined);",
    );
    let values: Vec<_> = calls.iter().map(|call| call.get(1).cloned()).collect();
    let expected = json!([
        9_007_199_254_740_992_u64, null, 0, 0.300_000_000_000_000_04, null, null, "1970-01-01T00:00:00.000Z",
        [null, null], {"n": -1.5e-7}, "é\0"
    ]);
    let expected = expected.as_array().unwrap().iter().cloned().map(Some);
    assert_eq!(values, expected.chain([None, None]).collect::<Vec<_>>());
}

#[test]
fn saml_values_keep_nan_and_refuse_infinity() {
    let calls = args(
        "api.samlResponse.setAttribute('a', NaN); api.samlResponse.setAttribute('b', ['x', NaN, true]);",
    );
    assert_eq!(calls[0], json!(["a", {"$number": "NaN"}]));
    assert_eq!(calls[1], json!(["b", ["x", {"$number": "NaN"}, true]]));
    assert!(
        failure("api.samlResponse.setAttribute('a', [Infinity])")
            .message
            .contains("a finite number")
    );
    assert!(
        failure("api.samlResponse.setAttribute('a', new Date())")
            .message
            .contains("got an object")
    );
}

#[test]
fn a_refused_call_throws_in_the_name_of_the_method_and_records_nothing() {
    let report = run(
        "try { api.access.deny(42); } catch (error) { console.log(error instanceof Error, error.message); }",
    );
    assert!(report.calls.is_empty());
    assert!(logs_of(report)[0].starts_with("true api.access.deny: reason must be a string"));
}

#[test]
fn api_methods_answer_as_the_reference_says() {
    let lines = logs(
        "console.log(api.idToken.setCustomClaim('a', 1) === api, api.accessToken.addScope('x').accessToken.removeScope('x') === api);
         console.log(api.cache.get('none'), api.cache.set('k', 'v').type, api.cache.get('k').value, api.cache.delete('k'));
         const roles = api.roles.getUserEffectiveRoles();
         console.log(roles instanceof Promise, await roles);
         await api.roles.getUserEffectiveRolesByIds('x').catch((error) => console.log(error.message));
         console.log(api.rules.wasExecuted('r'), api.redirect.canRedirect());",
    );
    assert_eq!(lines[0], "true true");
    assert_eq!(lines[1], "undefined success v { type: 'success' }");
    assert_eq!(lines[2], "true { roles: [] }");
    assert!(
        lines[3].starts_with("api.roles.getUserEffectiveRolesByIds: ids must be an array"),
        "{lines:?}"
    );
    assert_eq!(lines[4], "false false");
}

#[test]
fn live_views_follow_at_once_and_nothing_else_does() {
    let lines = logs(
        "const { metadata } = event.transaction;
         api.transaction.setMetadata('new', 1); api.transaction.setMetadata('kept', null);
         api.session.setMetadata('a', 'b'); api.session.setMetadata('c', 'd'); api.session.deleteMetadata('a');
         api.user.setAppMetadata('plan', 'iron');
         console.log(JSON.stringify([metadata, event.session.metadata, event.user.app_metadata]));
         api.session.evictMetadata();
         console.log(JSON.stringify(event.session.metadata), event.refresh_token);",
    );
    assert_eq!(
        lines,
        [r#"[{"new":1},{"c":"d"},{"plan":"gold"}]"#, "{} undefined"]
    );
}
