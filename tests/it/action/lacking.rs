//! What the embedded engine lacks.

use super::{handler, logs_of, run_with, script};
use postlogin::action::Script;
use postlogin::command::{Failure, FailureKind};
use postlogin::tenant::EngineChoice;
use std::fs;

/// The failure of an Action that needs what the engine lacks.
fn needs(script: &Script) -> Failure {
    let report = run_with(|_| {}, script);
    let failure = report
        .failure
        .unwrap_or_else(|| panic!("nothing was needed: {:?}", report.logs));
    assert_eq!(failure.kind, FailureKind::NeedsNode, "{failure:?}");
    assert!(
        report.logs.iter().all(|line| line.text != "went on"),
        "{:?}",
        report.logs
    );
    failure
}

#[test]
fn what_is_lacking_ends_the_run_whatever_the_script_does_about_it() {
    for body in [
        "require('zlib');",
        "try { require('node:zlib'); } catch {} finally { console.log('went on'); } console.log('went on');",
        "await Promise.allSettled([(async () => require('zlib'))()]); console.log('went on');",
        "await new Promise((done) => { require('zlib'); done(); }).catch(() => {}); console.log('went on');",
        "try { [1].map(() => require('zlib')); } catch {} console.log('went on');",
        "JSON.stringify({ toJSON() { return require('zlib'); } }); console.log('went on');",
        "setTimeout(() => require('zlib')); await new Promise((done) => setTimeout(done, 5)); console.log('went on');",
        "await fetch('https://a.example').catch(() => {}); console.log('went on');",
    ] {
        let failure = needs(&handler(body));
        assert!(
            failure.message.starts_with("Action 'test' needs Node.js: "),
            "{failure:?}"
        );
        assert!(
            failure
                .message
                .contains(" in actions/test/code.js, line 2, column "),
            "{failure:?}"
        );
        assert!(
            failure.message.contains("install Node.js 22 or 24"),
            "{failure:?}"
        );
        assert_eq!((failure.line, failure.helper), (Some(2), None), "{body}");
    }
    needs(&script("new Promise(() => require('zlib'));"));
    needs(&script(
        "setTimeout(() => require('zlib')); exports.onExecutePostLogin = () => new Promise(() => {});",
    ));
}

#[test]
fn modules_that_only_node_loads_end_the_run() {
    let tenant = tempfile::tempdir().unwrap();
    let package = tenant.path().join("node_modules/esm");
    fs::create_dir_all(&package).unwrap();
    fs::write(
        package.join("package.json"),
        r#"{"type": "module", "main": "index.js"}"#,
    )
    .unwrap();
    fs::write(package.join("index.js"), "export default 1;").unwrap();
    fs::write(package.join("part.ts"), "export const a: number = 1;").unwrap();
    for (body, what) in [
        (
            "try { require('esm'); } catch {}",
            "the ES module 'esm' is asked for in actions/test/code.js, line 2",
        ),
        (
            "require('esm/part.ts');",
            "the TypeScript module 'esm/part.ts' is asked for",
        ),
        (
            "await import('esm').catch(() => {}); console.log('went on');",
            "import('esm') is asked for in actions/test/code.js",
        ),
    ] {
        let mut script = handler(body);
        script.node_modules = Some(tenant.path().to_owned());
        let failure = needs(&script);
        assert!(failure.message.contains(what), "{failure:?}");
    }
    let mut alone = handler("await import('esm').catch((error) => console.log(error.name, error.message));");
    alone.engine = EngineChoice::Embedded;
    assert_eq!(
        logs_of(run_with(|_| {}, &alone)),
        ["ReferenceError could not load module 'esm'"]
    );
}

#[test]
fn the_package_that_asks_is_named_with_its_file() {
    let tenant = tempfile::tempdir().unwrap();
    let package = tenant.path().join("node_modules/kit/lib");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("../package.json"), r#"{"main": "./lib/kit.js"}"#).unwrap();
    fs::write(
        package.join("kit.js"),
        "\nexports.zip = () =>\n  require('zlib').gzipSync('');\n",
    )
    .unwrap();
    let mut script = handler("const kit = require('kit');\n  kit.zip();");
    script.node_modules = Some(tenant.path().to_owned());
    let failure = needs(&script);
    assert!(
        failure
            .message
            .contains("the module 'zlib' is asked for by the package 'kit' in node_modules/kit/lib/kit.js, line 3, column "),
        "{failure:?}"
    );
    assert_eq!(
        (failure.file.as_deref(), failure.line),
        (Some("actions/test/code.js"), Some(3))
    );
}

#[test]
fn on_the_embedded_engine_alone_what_is_lacking_is_absent() {
    let mut script = handler(
        "for (const name of ['fs', 'child_process', 'node:net', 'zlib'])
           try { require(name); } catch (error) { console.log(error.code, error.message); }
         await fetch('https://a.example').catch((error) => console.log(error.message));",
    );
    script.engine = EngineChoice::Embedded;
    assert_eq!(
        logs_of(run_with(|_| {}, &script)),
        [
            "MODULE_NOT_FOUND module 'fs' is not available in Actions",
            "MODULE_NOT_FOUND module 'child_process' is not available in Actions",
            "MODULE_NOT_FOUND module 'node:net' is not available in Actions",
            "MODULE_NOT_FOUND module 'zlib' is not available in Actions",
            "network access is not configured for Actions, so fetch of https://a.example is refused",
        ]
    );
}

/// Every name of Node.js is here or ends the run, and the language's own objects have none beyond.
#[test]
fn every_name_of_node_is_here_or_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("names.json"),
        include_str!("../../node/names.json"),
    )
    .unwrap();
    let mut names = script(include_str!("../../node/names.js"));
    names.folder = Some(folder.path().to_owned());
    assert_eq!(
        logs_of(run_with(|_| {}, &names)),
        [
            // Threads share memory through these, and here is one thread.
            "missing in globalThis: Atomics SharedArrayBuffer",
            // Node.js has it too; only names are listed there.
            "beyond Node.js in globalThis: @@Symbol.toStringTag",
            // The engine keeps there what V8 gives each error.
            "beyond Node.js in Error.prototype: stack",
        ]
    );
}

#[test]
fn a_lacking_name_ends_the_run_however_it_is_asked_for() {
    for line in [
        "typeof Headers",
        "globalThis.Headers",
        "typeof Intl",
        "new Blob([])",
        "const { Headers: H } = globalThis",
        "'a'.localeCompare('b')",
        "(1).toLocaleString()",
        "[1].toLocaleString()",
        "typeof require('crypto').createSign",
        "const { createSign } = require('crypto')",
        "({ ...require('crypto') })",
        "Object.assign({}, require('util'))",
        "require('events').on",
    ] {
        let failure = run_with(|_| {}, &handler(line)).failure;
        assert!(
            failure
                .as_ref()
                .is_some_and(|failure| failure.kind == FailureKind::NeedsNode),
            "{line}: {failure:?}"
        );
    }
}
