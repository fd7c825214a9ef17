//! What is there and cannot be read, and what cannot be written: an error, and nothing in its place.

use super::{everything_below, tenant};
use crate::terminal::postlogin;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

const MIA: &str = "run . --client web --user mia@lake.example";

fn open_for_all(root: &Path) {
    fs::set_permissions(root, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn keys_that_another_user_keeps_are_neither_replaced_nor_made_up() {
    for closed in [".postlogin", ".postlogin/keys", ".postlogin/keys/current.pem"] {
        let root = tenant();
        open_for_all(root.path());
        postlogin("keys list .").from(root.path()).run().exits(0);
        for open in [".postlogin", ".postlogin/keys"] {
            open_for_all(&root.path().join(open));
        }
        let folder = root.path().join(closed);
        fs::set_permissions(&folder, Permissions::from_mode(0o000)).unwrap();
        for line in [
            "keys list .",
            "keys jwks .",
            "keys rotate .",
            "metadata . --client web",
            MIA,
        ] {
            let done = postlogin(line).from(root.path()).by_plain_user().run().exits(1);
            let done = done
                .warns(".postlogin/keys/current.pem cannot be read: Permission denied")
                .never_says("were made");
            assert_eq!(done.out, "", "{line}");
        }
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn keys_are_for_this_run_only_where_there_are_none_and_none_can_be_kept() {
    let root = tenant();
    fs::set_permissions(root.path(), Permissions::from_mode(0o555)).unwrap();
    let line = || postlogin(MIA).from(root.path()).by_plain_user();
    line().run().exits(0).warns("for this run only");
    assert!(!root.path().join(".postlogin").exists());
    // Half a set of another user's is some.
    fs::set_permissions(root.path(), Permissions::from_mode(0o755)).unwrap();
    let keys = root.path().join(".postlogin/keys");
    fs::create_dir_all(&keys).unwrap();
    fs::write(keys.join("next.pem"), "of another user").unwrap();
    for folder in [".postlogin", ".postlogin/keys"] {
        fs::set_permissions(root.path().join(folder), Permissions::from_mode(0o555)).unwrap();
    }
    fs::write(root.path().join(".postlogin/.gitignore"), "*\n").unwrap_or_default();
    line().run().exits(1).never_says("for this run only");
    fs::set_permissions(&keys, Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(root.path().join(".postlogin"), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_full_disk_gets_no_keys_and_keeps_those_that_are_there_whole() {
    let root = tenant();
    for line in ["keys list .", MIA] {
        let full = postlogin(line).from(root.path()).on_full_disk().run();
        full.exits(1)
            .warns("cannot be written")
            .warns(".postlogin")
            .never_says("for this run only");
    }
    let left = everything_below(root.path());
    let left: Vec<_> = left.iter().filter(|(path, _)| path.is_file()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
    let full = postlogin("keys new own.pem")
        .from(root.path())
        .on_full_disk()
        .run();
    full.exits(1).warns("own.pem cannot be written");
    assert!(!root.path().join("own.pem").exists());

    postlogin("keys list .").from(root.path()).run().exits(0);
    let before = everything_below(root.path());
    let full = postlogin("keys rotate .").from(root.path()).on_full_disk().run();
    full.exits(1).warns("cannot be written");
    assert_eq!(everything_below(root.path()), before);
}

#[test]
fn settings_that_cannot_be_read_are_not_the_default_ones() {
    type Fault = fn(&Path);
    let faults: [Fault; 4] = [
        |path| fs::create_dir(path).unwrap(),
        |path| symlink("nothing", path).unwrap(),
        |path| symlink("/dev/null", path).unwrap(),
        |path| fs::write(path, b"domain = \"\xff\"").unwrap(),
    ];
    for fault in faults {
        let root = tenant();
        let place = root.path().join("postlogin.toml");
        fs::remove_file(&place).unwrap();
        fault(&place);
        for line in [
            "keys list .",
            "keys jwks .",
            "keys rotate .",
            "config .",
            "check .",
            MIA,
        ] {
            let done = postlogin(line).from(root.path()).run().exits(1);
            let said = done.out + &done.err;
            assert!(said.contains("postlogin.toml"), "{line}: {said}");
        }
        assert!(!root.path().join(".postlogin").exists());
    }
}

#[test]
fn a_client_that_cannot_be_read_is_not_imported_anew() {
    let metadata = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/metadata");
    let metadata = fs::read_dir(metadata).unwrap().map(|entry| entry.unwrap().path());
    let metadata = metadata
        .filter(|path| path.extension().is_some_and(|end| end == "xml"))
        .min()
        .unwrap();
    let root = tenant();
    symlink("nothing", root.path().join("clients/payroll.json")).unwrap();
    let before = everything_below(root.path());
    postlogin("import-sp")
        .word(&metadata)
        .words(". --name payroll")
        .from(root.path())
        .run()
        .exits(1)
        .warns("clients/payroll.json")
        .warns("a link to nothing");
    assert_eq!(everything_below(root.path()), before);
}

#[test]
fn a_file_is_written_only_where_a_plain_file_is_or_nothing() {
    let root = tenant();
    postlogin("keys list .").from(root.path()).run().exits(0);
    fs::create_dir(root.path().join("folder")).unwrap();
    symlink("nothing", root.path().join("link")).unwrap();
    fs::write(root.path().join("event.json"), "{}").unwrap();
    let redirecting = root.path().join("a.js");
    let code = "exports.onExecutePostLogin = async (e, api) => { api.redirect.sendUserTo('https://else.example/') };";
    fs::write(&redirecting, code).unwrap();
    for place in ["folder", "link", "none/state.json", "/dev/full"] {
        let done = postlogin(MIA)
            .words("--action a.js --save-state")
            .word(place)
            .from(root.path())
            .run();
        done.exits(1).warns(&format!("{place} cannot be written"));
    }
    assert!(fs::read_link(root.path().join("link")).is_ok());
    assert!(!root.path().join("nothing").exists());
}

#[test]
fn a_message_is_one_line_and_acts_on_nothing() {
    let root = tenant();
    let done = postlogin("run . --user mia@lake.example --client")
        .word("no\npostlogin: all is well\u{9b}31m\u{2028}\u{7}")
        .from(root.path())
        .run()
        .exits(1);
    done.warns("no\\u{a}postlogin: all is well\\u{9b}31m\\u{2028}\\u{7}")
        .never_says("\npostlogin: all is well")
        .never_says("\u{9b}");
    let usage = postlogin("run --protocol")
        .word("x\u{9b}31m\u{202e}")
        .run()
        .exits(2);
    usage.warns("x\\u{9b}31m\\u{202e}").never_says("\u{9b}");
}
