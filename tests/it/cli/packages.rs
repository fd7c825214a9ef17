//! `postlogin actions install`: which packages npm is asked for, and where they go.

use super::{everything_below, tenant};
use crate::terminal::{Done, postlogin};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Puts down each `name@version` as a module that says its version, as npm would.
const NPM: &str = r#"#!/bin/sh
echo "npm $*"
case "$*" in *broken*) echo "npm error code E404" >&2; exit 1;; esac
mkdir -p node_modules/.bin
for asked in "$@"; do
  case "$asked" in
    ?*@*) name="${asked%@*}"; mkdir -p "node_modules/$name"; echo "module.exports = '${asked##*@}';" > "node_modules/$name/index.js";;
  esac
done
"#;

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// `postlogin <words>` in a tenant, with the npm of this test.
fn with_npm(root: &Path, words: &str) -> Done {
    let bin = tempfile::tempdir().unwrap();
    let npm = bin.path().join("npm");
    fs::write(&npm, NPM).unwrap();
    fs::set_permissions(&npm, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.path().display());
    postlogin(words).from(root).environment("PATH", &path).run()
}

/// A tenant with two Actions that want different versions of one package, and a module that wants a third.
fn with_three_versions() -> tempfile::TempDir {
    let root = tenant();
    for (name, version) in [("first", "4.1.0"), ("second", "2.42.0")] {
        let json = format!(
            r#"{{"name": "{name}", "code": "./actions/{name}/code.js", "modules": [{{"module_name": "shared"}}],
            "dependencies": [{{"name": "kit", "version": "{version}"}}, {{"name": "@scope/part"}}]}}"#
        );
        write(root.path(), &format!("actions/{name}.json"), &json);
        let code = format!(
            "exports.onExecutePostLogin = async (event, api) => {{
               const versions = [require('kit'), require('@scope/part'), require('actions:shared')];
               api.idToken.setCustomClaim('https://lake.example/{name}', versions);
             }};"
        );
        write(root.path(), &format!("actions/{name}/code.js"), &code);
    }
    let json = r#"{"name": "shared", "code": "./action-modules/shared/code.js",
        "dependencies": [{"name": "kit", "version": "3.0.0"}]}"#;
    write(root.path(), "action-modules/shared.json", json);
    write(
        root.path(),
        "action-modules/shared/code.js",
        "module.exports = require('kit');",
    );
    let triggers = r#"{"post-login": [{"action_name": "first"}, {"action_name": "second"}]}"#;
    write(root.path(), "triggers/triggers.json", triggers);
    root
}

#[test]
fn each_action_gets_the_versions_that_it_declares() {
    let root = with_three_versions();
    write(root.path(), "node_modules/of-hand/index.js", "");
    write(root.path(), "node_modules/kit/old.js", "");
    let npm = "npm install --ignore-scripts --no-global --no-audit --no-fund --no-update-notifier --no-save \
               --no-package-lock --prefix . -- ";
    with_npm(root.path(), "actions install")
        .exits(0)
        .warns("node_modules: @scope/part@latest, kit@4.1.0, declared by the Action \"first\"\n")
        .warns(&format!("{npm}@scope/part@latest kit@4.1.0\n"))
        .warns("actions/second/node_modules: @scope/part@latest, kit@2.42.0, declared by the Action \"second\"\n")
        .warns("action-modules/shared/node_modules: kit@3.0.0, declared by the Action module \"shared\"\n");
    let there = |file: &str| root.path().join(file).exists();
    assert!(there("node_modules/of-hand/index.js") && !there("node_modules/kit/old.js"));
    let left: Vec<_> = fs::read_dir(root.path().join("node_modules"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let done = postlogin("run . --client web --user mia@lake.example")
        .from(root.path())
        .run();
    let result: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    let claims = &result["id_token_claims"];
    assert_eq!(
        [
            &claims["https://lake.example/first"],
            &claims["https://lake.example/second"]
        ],
        [
            &serde_json::json!(["4.1.0", "latest", "3.0.0"]),
            &serde_json::json!(["2.42.0", "latest", "3.0.0"])
        ]
    );
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let root = with_three_versions();
    let before = everything_below(root.path());
    let done = with_npm(root.path(), "actions install --dry-run").exits(0);
    done.warns("actions/second/node_modules: @scope/part@latest, kit@2.42.0")
        .never_says("npm install");
    assert_eq!(everything_below(root.path()), before);
    write(root.path(), "package.json", "{}");
    with_npm(root.path(), "actions install --dry-run")
        .exits(0)
        .warns("package.json of the tenant folder: npm install --ignore-scripts");
    with_npm(root.path(), "actions install").exits(0).warns(
        "npm install --ignore-scripts --no-global --no-audit --no-fund --no-update-notifier --prefix . --\n",
    );
}

#[test]
fn npm_that_fails_or_is_missing_is_told_and_leaves_nothing() {
    let root = tenant();
    let json = r#"{"name": "a", "code": "./actions/a/code.js", "dependencies": [{"name": "broken"}]}"#;
    write(root.path(), "actions/a.json", json);
    write(
        root.path(),
        "actions/a/code.js",
        "exports.onExecutePostLogin = async () => {};",
    );
    let before = everything_below(root.path());
    with_npm(root.path(), "actions install")
        .exits(1)
        .warns("npm error code E404")
        .warns("npm failed (exit status: 1)");
    assert_eq!(everything_below(root.path()), before);
    let empty = tempfile::tempdir().unwrap();
    postlogin("actions install")
        .from(root.path())
        .environment("PATH", empty.path().to_str().unwrap())
        .run()
        .exits(1)
        .warns("npm is not there")
        .warns("install Node.js 22 or 24, which brings npm");
    assert_eq!(everything_below(root.path()), before);
}

#[test]
fn a_name_or_version_that_npm_would_read_otherwise_never_reaches_npm() {
    for (name, version) in [
        ("--global", "1.0.0"),
        ("kit", "file:/etc"),
        ("kit", "x/y"),
        ("../kit", "1.0.0"),
    ] {
        let root = tenant();
        let json = format!(
            r#"{{"name": "a", "code": "./actions/a/code.js", "dependencies": [{{"name": "{name}", "version": "{version}"}}]}}"#
        );
        write(root.path(), "actions/a.json", &json);
        write(
            root.path(),
            "actions/a/code.js",
            "exports.onExecutePostLogin = async () => {};",
        );
        with_npm(root.path(), "actions install")
            .exits(1)
            .warns("actions/a.json")
            .warns("(bad_dependency)")
            .never_says("npm install");
    }
}

#[test]
fn check_says_which_packages_are_not_installed_and_what_to_do() {
    let root = with_three_versions();
    let check = || postlogin("check .").from(root.path()).run().exits(0);
    // What the code requires is told at its place, and once.
    let done = check();
    assert_eq!(
        done.out.matches("(module_not_installed)").count(),
        5,
        "{}",
        done.out
    );
    done.says("actions/first/code.js:2: warning: Action 'first': cannot find module 'kit'")
        .says("help: declare the package in package.json of the tenant folder or in the dependencies of the Action and run \
               `postlogin actions install`")
        .says("action-modules/shared.json: warning: Action module 'shared' declares the package kit, which is not installed")
        .says("help: run `postlogin actions install`");
    with_npm(root.path(), "actions install").exits(0);
    check().never_says("module_not_installed");
    fs::remove_dir_all(root.path().join("node_modules/@scope")).unwrap();
    fs::remove_dir_all(root.path().join("actions/second/node_modules/kit")).unwrap();
    let code = "exports.onExecutePostLogin = async () => {};";
    write(root.path(), "actions/first/code.js", code);
    check()
        .says("actions/first.json: warning: Action 'first' declares the package @scope/part, which is not installed")
        .never_says("Action 'second'");
    let manifest = r#"{"dependencies": {"kit": "4.1.0", "absent": "*"}}"#;
    write(root.path(), "package.json", manifest);
    check()
        .says("package.json: warning: package.json declares the package absent, which is not installed")
        .never_says("@scope/part");
}

#[test]
fn check_says_which_engine_is_needed_and_whether_it_is_there() {
    let root = with_three_versions();
    let node =
        std::env::var("POSTLOGIN_TEST_NODE").expect("tests of Node.js need one: see tests/node/README.md");
    for (name, code) in [
        ("third", ""),
        ("fourth", "const zone = Intl.DateTimeFormat().resolvedOptions();"),
    ] {
        let json =
            format!(r#"{{"name": "{name}", "code": "./actions/{name}/code.js", "runtime": "node18"}}"#);
        write(root.path(), &format!("actions/{name}.json"), &json);
        let code = format!("{code}\nexports.onExecutePostLogin = async () => {{}};");
        write(root.path(), &format!("actions/{name}/code.js"), &code);
    }
    let check = |node: &str, engine: &str| {
        let text = format!(
            "[actions]\nnode = \"{node}\"\nengine = \"{engine}\"\n[actions.per_action.third]\nengine = \"node\"\n"
        );
        write(root.path(), "postlogin.toml", &text);
        postlogin("check .").from(root.path()).run()
    };
    check(&node, "auto")
        .exits(0)
        .says("\nAction 'third' runs on Node.js 22.")
        .says(" (its runtime is node18): its engine is set to node\n")
        .says(" (its runtime is node18): Intl is asked for in actions/fourth/code.js, line 1, column ")
        .never_says("Action 'first' runs")
        .never_says("needs_node");
    check("nowhere/node", "auto")
        .exits(0)
        .says("actions/third/code.js: warning: Action 'third' needs Node.js: its engine is set to node; ")
        .says("nowhere/node is not there (needs_node)")
        .says("actions/fourth/code.js:1:")
        .says("warning: Action 'fourth' needs Node.js: Intl is asked for in ");
    check("nowhere/node", "embedded")
        .exits(0)
        .says("warning: Action 'fourth' may run on the embedded engine alone: Intl is asked for in ");
    write(
        root.path(),
        "postlogin.toml",
        "[actions.egress]\nca = \"ca.pem\"\n",
    );
    postlogin("check .").from(root.path()).run()
        .exits(1)
        .says("postlogin.toml:2:1 at actions.egress.ca: error: ca in [actions.egress] of postlogin.toml: ca.pem: there is no \
               such file (bad_setting)");
    write(
        root.path(),
        "postlogin.toml",
        "[actions.egress]\nallow = [\"api.*\"]\ntunnel = [\"db\"]\n",
    );
    postlogin("check .")
        .from(root.path())
        .run()
        .exits(1)
        .says("postlogin.toml:2")
        .says("actions.egress.allow[0]: error: `api.*` has a star that is not at its beginning (bad_setting)")
        .says("actions.egress.tunnel[0]: error: `db` names no port: write HOST:PORT (bad_setting)");
}
