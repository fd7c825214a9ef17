//! Code of the Action's own.

use super::{handler, logs_of, run_with, script};
use postlogin::action::ScriptModule;
use postlogin::tenant::EngineChoice;
use std::fs;

#[test]
fn modules_are_found_where_node_finds_them() {
    let tenant = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = tenant.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "actions/test/lib/a.js",
        "exports.b = require('./b'); exports.file = __filename;",
    );
    write(
        "actions/test/lib/b/index.js",
        "module.exports = require('../../data.json').n;",
    );
    write("actions/test/data.json", r#"{"n": 7}"#);
    write("actions/test/broken.js", "\n\nnull.x;");
    write("actions/secret.js", "");
    write("node_modules/plain/package.json", r#"{"main": "./lib/main"}"#);
    write(
        "node_modules/plain/lib/main.js",
        "module.exports = 'plain ' + require('nested');",
    );
    write(
        "node_modules/plain/node_modules/nested/index.js",
        "module.exports = 'nested';",
    );
    write(
        "node_modules/@scope/mapped/package.json",
        r##"{"exports": {".": {"import": "./no.mjs", "require": "./yes.cjs"}, "./sub/*": "./src/*.js"}, "imports": {"#inner": "./src/x.js"}}"##,
    );
    write(
        "node_modules/@scope/mapped/yes.cjs",
        "module.exports = ['mapped', require('#inner')];",
    );
    write("node_modules/@scope/mapped/src/x.js", "module.exports = 'x';");
    write(
        "node_modules/esm/package.json",
        r#"{"type": "module", "main": "index.js"}"#,
    );
    write("node_modules/esm/index.js", "export default 1;");
    let mut script = handler(
        "const a = require('./lib/a');
         console.log(a.b, a.file, require('./lib/a.js') === a);
         console.log(require('plain'), require('@scope/mapped'), require('@scope/mapped/sub/x'), require('actions:shared').name);
         for (const name of ['./none', '../secret', 'nested', '@scope/mapped/yes.cjs', 'esm', 'fs', 'node:net', 'actions:none']) {
           try { require(name); console.log('found', name); } catch (error) { console.log(error.message); }
         }
         require('./broken');",
    );
    script.engine = EngineChoice::Embedded;
    script.folder = Some(tenant.path().join("actions/test"));
    script.node_modules = Some(tenant.path().to_owned());
    script
        .modules
        .push(ScriptModule::new("shared", "exports.name = 'shared';"));
    let report = run_with(|_| {}, &script);
    let lines: Vec<_> = report.logs.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines[0], "7 actions/test/lib/a.js true");
    assert_eq!(lines[1], "plain nested [ 'mapped', 'x' ] x shared");
    assert_eq!(
        lines[2],
        "cannot find module './none' from 'actions/test/code.js'"
    );
    assert_eq!(lines[3], "module '../secret' is outside the Action's folder");
    assert!(lines[4].starts_with("cannot find module 'nested'"), "{lines:?}");
    assert!(lines[5].contains("does not export './yes.cjs'"), "{lines:?}");
    assert!(lines[6].contains("is an ES module"), "{lines:?}");
    assert_eq!(lines[7], "module 'fs' is not available in Actions");
    assert_eq!(lines[8], "module 'node:net' is not available in Actions");
    assert!(
        lines[9].contains("there is no module 'actions:none'"),
        "{lines:?}"
    );
    let failure = report.failure.unwrap();
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("actions/test/broken.js"), Some(3))
    );
}

#[test]
fn a_call_in_a_helper_file_names_that_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("lib")).unwrap();
    let helper = "exports.refuse = (api) => {\n\n  api.access.deny('no');\n};";
    fs::write(folder.path().join("lib/helper.js"), helper).unwrap();
    // The same name at the helper's place must not be looked for in the main file.
    let mut script = script(
        "const { refuse } = require('./lib/helper');\n\nconst deny = (a) => deny(a   ,    1); exports.onExecutePostLogin =\n\
         (event, api) => { api.idToken.setCustomClaim('a', 1); refuse(api); };",
    );
    script.folder = Some(folder.path().to_owned());
    let report = run_with(|_| {}, &script);
    assert_eq!(report.failure, None);
    let origin = &report.calls[0].origin;
    assert_eq!((origin.file.as_deref(), origin.line), (None, Some(4)));
    let origin = &report.calls[1].origin;
    assert_eq!(
        (origin.file.as_deref(), origin.line),
        (Some("lib/helper.js"), Some(3))
    );
    assert!(origin.column.is_some_and(|column| column < 25), "{origin:?}");
}

#[test]
fn only_code_of_the_actions_own_is_handed_out() {
    let tenant = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = tenant.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("own/.hidden/a.js", "module.exports = 'hidden';");
    write("own/.env.json", "{}");
    write("own/secrets.pem", "module.exports = 'pem';");
    write("own/lib.cjs", "module.exports = 'lib';");
    write("own/nested/tenant.json", "{}");
    write("own/nested/users.json", "[]");
    write("own/nested/actions/a.json", "{}");
    let mut script = handler(
        "for (const name of ['./lib.cjs', './.hidden/a', './.env.json', './secrets.pem', './nested/users.json', './nested/actions/a']) {
           try { console.log('found', require(name)); } catch (error) { console.log(error.message); }
         }",
    );
    script.folder = Some(tenant.path().join("own"));
    assert_eq!(
        logs_of(run_with(|_| {}, &script)),
        [
            "found lib",
            "module './.hidden/a' is not the Action's own",
            "module './.env.json' is not the Action's own",
            "module './secrets.pem' is no .js, .cjs or .json file",
            "module './nested/users.json' is not the Action's own",
            "module './nested/actions/a' is not the Action's own",
        ]
    );
    script.folder = None;
    let lines = logs_of(run_with(|_| {}, &script));
    assert!(
        lines
            .iter()
            .all(|line| line.contains("has a folder of its own, such as actions/<name>/code.js")),
        "{lines:?}"
    );
}
