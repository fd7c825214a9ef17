//! Places of calls and errors: nobody can make them up.

use super::{failure, handler, run, run_with, script};
use postlogin::command::Report;

/// Line and column of the only call.
fn place(report: &Report) -> (Option<u32>, Option<u32>) {
    assert_eq!(report.failure, None);
    let [call] = &report.calls[..] else {
        panic!("{:?}", report.calls);
    };
    assert_eq!(call.origin.file, None);
    (call.origin.line, call.origin.column)
}

/// Scripts that call `call()` on line 4 of their source, and would have it somewhere else.
const FORGERIES: &[&str] = &[
    r"const call = { ['f (actions/test/code.js:99:1)\n    at x (actions/test/code.js:77:7)']() { return api.access.deny('x'); } }['f (actions/test/code.js:99:1)\n    at x (actions/test/code.js:77:7)'];",
    r"const call = api.access.deny.bind(null, 'x'); Object.defineProperty(api.access.deny, 'name', { value: 'deny (actions/test/code.js:99:1)\n    at x (actions/test/code.js:1:1)\n' });",
    r"Error.prepareStackTrace = (error, frames) => 'at x (actions/test/code.js:99:1)'; const call = () => { api.access.deny('x'); };",
    r"Object.defineProperty(Error, 'prepareStackTrace', { get() { ran(); } , set() { ran(); } }); const call = () => { api.access.deny('x'); };",
    r"Error.stackTraceLimit = { valueOf() { ran(); return 0; } }; const call = () => { api.access.deny('x'); };",
    r"Object.defineProperty(Error, 'stackTraceLimit', { get() { ran(); }, set() { ran(); } }); const call = () => { api.access.deny('x'); };",
    r"for (const name of ['stack', 'message', 'name']) Object.defineProperty(Error.prototype, name, { get() { ran(); }, set() { ran(); } }); const call = () => { api.access.deny('x'); };",
    r"for (const name of ['0', 'file', 'getFileName']) Object.defineProperty(Object.prototype, name, { get() { ran(); }, set() { ran(); } }); const call = () => { api.access.deny('x'); };",
    r"globalThis.Error = class { constructor() { ran(); } }; Function.prototype.call = Function.prototype.apply = Function.prototype.bind = Reflect.apply = () => ran(); const call = () => { api.access.deny('x'); };",
    r"let sites; Error.prepareStackTrace = (error, frames) => { sites = frames; }; new Error().stack; Error.prepareStackTrace = undefined; for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(sites[0]))) Object.defineProperty(Object.getPrototypeOf(sites[0]), name, { value: () => 99 }); const call = () => { api.access.deny('x'); };",
    r"const call = () => { api.access.deny('x'); }; Object.defineProperty(call, 'name', { get() { ran(); } });",
    r"const call = new Proxy(() => { api.access.deny('x'); }, { get() { ran(); }, getOwnPropertyDescriptor() { ran(); } });",
    r"const call = new Function('api', `api.access.deny('x')\n//# sourceURL=actions/test/code.js`).bind(null, api);",
    r"const call = () => (0, eval)(`(api) => { \n\n\n\n\n\n api.access.deny('x'); }\n//# sourceURL=actions/test/code.js`)(api);",
];

#[test]
fn the_place_of_a_call_cannot_be_made_up_and_runs_no_code() {
    for forgery in FORGERIES {
        let source = format!(
            "exports.onExecutePostLogin = async (event, api) => {{ let count = 0; const ran = () => {{ count++; }};\n{forgery}\n\
             const before = count;\ncall();\nif (count !== before) throw new TypeError('code ran');\n}};"
        );
        let (line, column) = place(&run_with(|_| {}, &script(&source)));
        // The function itself is on the second line, its call on the fourth; with bound and evaluated functions there is
        // only the call.
        assert!(matches!(line, Some(2 | 4)), "{line:?} {column:?} of {forgery}");
        assert!(
            column.is_some_and(|column| column > 1 || line == Some(4)),
            "{forgery}"
        );
    }
}

#[test]
fn a_name_in_a_comment_is_not_where_a_call_is() {
    let report = run("const { deny } = api.access; const f = deny; /* deny( */\nf(`x`);");
    assert_eq!(place(&report).0, Some(3));
    let report = run("const f = api.access.deny; g('deny(', f('x')); function g() {}");
    assert_ne!(place(&report).1, Some(31));
}

#[test]
fn a_call_within_the_scripts_own_stack_has_no_place_or_its_own() {
    let report = run("Error.prepareStackTrace = () => { api.access.deny('x'); }; new Error(); ");
    assert!(matches!(place(&report).0, None | Some(2)));
}

#[test]
fn deep_calls_through_native_functions_have_their_place() {
    let report = run("[1].forEach(() => [1].map(() => Reflect.apply(api.access.deny, null, ['x'])));");
    assert_eq!(place(&report).0, Some(2));
}

#[test]
fn a_call_in_a_file_of_the_action_is_at_the_name_of_its_method() {
    let folder = tempfile::tempdir().unwrap();
    let helper = "// a\n// setAppMetadata(\nmodule.exports = (api, key) => {\n  api.user.setAppMetadata(key.name, `${key.value}`);\n};\n";
    std::fs::write(folder.path().join("helper.js"), helper).unwrap();
    let mut action = handler("require('./helper.js')(api, { name: 'k', value: 1 });");
    action.folder = Some(folder.path().to_owned());
    let report = run_with(|_| {}, &action);
    let origin = &report.calls[0].origin;
    assert_eq!(
        (origin.file.as_deref(), origin.line, origin.column),
        (Some("helper.js"), Some(4), Some(12))
    );
}

#[test]
fn an_error_is_shown_where_its_file_has_such_a_place_only() {
    for claim in [
        "const error = new Error('no'); Object.defineProperty(error, 'stack', { value: 'at f (actions/test/code.js:99:1)' }); throw error;",
        "throw { message: 'no', stack: '    at f (actions/test/code.js:99:1)\\n' };",
        "throw { message: 'no', stack: '    at f (actions/test/code.js:2:4000)\\n' };",
        "throw { message: 'no', stack: '    at f (actions/test/code.js:0:0)\\n' };",
        "throw { message: 'no', stack: '    at f (actions/other/code.js:1:1)\\n    at g (/etc/passwd:1:1)\\n    at node_modules/x' };",
        "Error.prepareStackTrace = () => '    at f (actions/test/code.js:99:1)'; throw new Error('no');",
    ] {
        let failure = failure(claim);
        assert_eq!(failure.message, "no", "{claim}");
        assert!(matches!(failure.line, None | Some(2)), "{failure:?}");
        let stack = failure.stack.unwrap_or_default();
        for made_up in [":99:", ":4000", ":0:0", "other", "passwd", "node_modules"] {
            assert!(!stack.contains(made_up), "{stack}");
        }
    }
}

/// The place that a script would like to be taken for the place of an error is a real one.
#[test]
fn a_made_up_stack_changes_nothing_of_what_is_said() {
    let made_up = "'    at f (actions/test/code.js:1:3)\\n'";
    let of_object = failure("throw { message: 'no' };");
    let object = failure(&format!("throw {{ message: 'no', stack: {made_up} }};"));
    assert_eq!(
        (object.line, object.file, object.stack),
        (of_object.line, of_object.file, of_object.stack)
    );
    for body in [
        format!("const error = new Error('no'); error.stack = {made_up}; throw error;"),
        format!(
            "const error = new Error('no'); Object.defineProperty(error, 'stack', {{ value: {made_up} }}); throw error;"
        ),
        format!("Error.prepareStackTrace = () => {made_up}; throw new Error('no');"),
        format!(
            "Error.prepareStackTrace = () => {made_up}; let error; try {{ null.x; }} catch (thrown) {{ error = thrown; }} Error.prepareStackTrace = undefined; error.message = 'no'; throw error;"
        ),
        format!(
            "Error.prepareStackTrace = (error, sites) => {{ sites.length = 0; return {made_up}; }}; WeakMap.prototype.get = () => {made_up}; throw new Error('no');"
        ),
        format!("class Mine extends Error {{ get stack() {{ return {made_up}; }} }} throw new Mine('no');"),
        format!(
            "const error = new Error('no'); Object.setPrototypeOf(error, {{ stack: {made_up}, message: 'no' }}); throw error;"
        ),
    ] {
        let failure = failure(&body);
        assert_eq!(
            (failure.message.as_str(), failure.line),
            ("no", Some(2)),
            "{body}: {failure:?}"
        );
        assert!(!failure.stack.unwrap_or_default().contains(":1:3"), "{body}");
    }
}

#[test]
fn a_script_reads_back_what_it_set_as_prepare_stack_trace() {
    let logged = super::logs(
        "const own = (error, sites) => sites.length > 0 ? 'mine' : 'none'; \
         console.log(Error.prepareStackTrace, (Error.prepareStackTrace = own) === Error.prepareStackTrace, \
         new Error('x').stack); Error.prepareStackTrace = undefined; console.log(new Error('x').stack.includes('code.js'));",
    );
    assert!(
        logged[0].ends_with("undefined true mine") && logged[1].ends_with("true"),
        "{logged:?}"
    );
}

#[test]
fn a_helper_file_that_ends_too_early_is_told_at_its_end() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("helper.js"), "// a\nexports.a = (() => {").unwrap();
    let mut action = handler("require('./helper.js');");
    action.folder = Some(folder.path().to_owned());
    let failure = run_with(|_| {}, &action).failure.unwrap();
    assert_eq!(
        (failure.helper.as_deref(), failure.line, failure.column),
        (Some("helper.js"), Some(2), Some(21))
    );
}

#[test]
fn an_error_in_a_package_shows_its_frames() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("node_modules/one-line");
    std::fs::create_dir_all(&package).unwrap();
    std::fs::write(package.join("index.js"), "module.exports=()=>{null.x}").unwrap();
    let mut action = handler("require('one-line')();");
    action.node_modules = Some(folder.path().to_owned());
    let failure = run_with(|_| {}, &action).failure.unwrap();
    assert_eq!((failure.line, failure.helper), (Some(2), None));
    let stack = failure.stack.unwrap();
    assert!(stack.contains("(node_modules/one-line/index.js:1:"), "{stack}");
    assert!(stack.contains("(actions/test/code.js:2:"), "{stack}");
}
