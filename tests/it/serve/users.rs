//! `postlogin users` and `postlogin store check`, as typed.

use super::machine::{Machine, machine_tenant};
use super::running::Server;
use crate::terminal::postlogin;
use serde_json::{Value, json};
use std::fs;

const NOTHING: &str = "exports.onExecutePostLogin = async () => {};";

fn server() -> Server {
    Server::of(machine_tenant(NOTHING))
}

fn run(server: &Server, words: &str) -> Value {
    let line = format!("{words} --format json");
    postlogin(&line).from(server.folder.path()).run().exits(0).json()
}

#[test]
fn users_are_listed_and_found_by_each_name_while_the_server_runs() {
    let server = server();
    let listed = run(&server, "users list");
    let ids: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["user_id"])
        .collect();
    assert_eq!(ids, ["auth0|1", "auth0|2"]);
    assert!(!listed.to_string().contains("$2b$"), "{listed}");
    for name in ["auth0|1", "ADA@example.org"] {
        assert_eq!(
            run(&server, &format!("users show {name}"))["email"],
            "ada@example.org"
        );
    }
    let text = postlogin("users list --format text")
        .from(server.folder.path())
        .run()
        .exits(0)
        .out;
    assert!(
        text.contains("auth0|1  ada@example.org  db  0 logins\n"),
        "{text}"
    );
    let unknown = postlogin("users show nobody")
        .from(server.folder.path())
        .run()
        .exits(1)
        .err;
    assert!(
        unknown.contains("there is no user nobody in the store"),
        "{unknown}"
    );
}

#[test]
fn blocking_and_deleting_end_what_the_user_has() {
    let server = server();
    let job = Machine::of(&server, "job");
    let issue = || job.result(json!({"scope": "openid offline_access"}));
    issue();
    let sessions = run(&server, "users sessions ada@example.org");
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
    assert_eq!(sessions["tokens"][0]["client_id"], "web");
    let blocked = run(&server, "users block auth0|1");
    let expected =
        json!({"user_id": "auth0|1", "changed": true, "sessions_ended": 1, "refresh_tokens_ended": 1});
    assert_eq!(blocked, expected);
    assert_eq!(issue()["outcome"], "denied");
    assert_eq!(run(&server, "users block auth0|1")["changed"], false);
    assert_eq!(run(&server, "users unblock auth0|1")["changed"], true);

    let first = issue();
    issue();
    let one = format!(
        "users sessions auth0|1 --end {}",
        first["session_id"].as_str().unwrap()
    );
    let ended = run(&server, &one);
    assert_eq!(
        (&ended["sessions_ended"], &ended["refresh_tokens_ended"]),
        (&json!(1), &json!(1)),
        "{ended}"
    );
    let ended = run(&server, "users sessions auth0|1 --end all");
    assert_eq!(
        (&ended["sessions_ended"], &ended["refresh_tokens_ended"]),
        (&json!(1), &json!(1)),
        "{ended}"
    );
    let line = "users sessions auth0|1 --end x";
    assert!(
        postlogin(line)
            .from(server.folder.path())
            .run()
            .exits(1)
            .err
            .contains("no session")
    );

    assert_eq!(run(&server, "users delete auth0|1")["changed"], true);
    assert_eq!(issue()["outcome"], "denied");
    let checked = run(&server, "store check");
    assert_eq!(
        (&checked["counts"]["deleted_users"], &checked["faults"]),
        (&json!(1), &json!([]))
    );
    // Nobody gets the id again, but by name.
    let import = "users import users.json";
    let loaded = run(&server, import);
    assert_eq!(
        (&loaded["added"], &loaded["deleted"], &loaded["differ"]),
        (&json!(0), &json!(1), &json!(0))
    );
    assert_eq!(run(&server, &format!("{import} --upsert"))["replaced"], 2);
    assert_eq!(issue()["outcome"], "issued");
}

#[test]
fn users_of_a_file_are_added_and_replaced_only_when_asked() {
    let server = server();
    let file = server.folder.path().join("more.json");
    let mut users = json!([
        {"user_id": "auth0|1", "email": "other@example.org"},
        {"user_id": "auth0|7", "email": "new@example.org"},
    ]);
    fs::write(&file, users.to_string()).unwrap();
    let loaded = run(&server, "users import more.json");
    assert_eq!(
        (&loaded["added"], &loaded["differ"]),
        (&json!(1), &json!(1)),
        "{loaded}"
    );
    assert_eq!(run(&server, "users show auth0|1")["email"], "ada@example.org");
    assert_eq!(run(&server, "users import more.json --upsert")["replaced"], 2);
    assert_eq!(run(&server, "users show auth0|1")["email"], "other@example.org");
    users[1]["user_id"] = json!("auth0|1");
    fs::write(&file, users.to_string()).unwrap();
    let twice = postlogin("users import more.json")
        .from(server.folder.path())
        .run()
        .exits(1)
        .err;
    assert!(
        twice.contains("more.json") && twice.contains("auth0|1 is there twice"),
        "{twice}"
    );
    let absent = postlogin("users import nothing.json")
        .from(server.folder.path())
        .run()
        .exits(1)
        .err;
    assert!(absent.contains("there is no file nothing.json"), "{absent}");
}

#[test]
fn a_store_that_cannot_be_had_is_named() {
    let folder = machine_tenant(NOTHING);
    let run = |words: &str, exit: i32| postlogin(words).from(folder.path()).run().exits(exit).err;
    assert!(run("users list", 1).contains("there is no store at"));
    assert!(
        !folder.path().join(".postlogin").exists(),
        "looking makes nothing"
    );
    let other = run("store check --database postgres://user:secret@host/db", 2);
    assert!(
        other.contains("--database") && !other.contains("secret"),
        "{other}"
    );
    fs::write(
        folder.path().join("broken.db"),
        "this is no database, whatever its name says",
    )
    .unwrap();
    let broken = run("store check --database sqlite:broken.db", 1);
    assert!(broken.contains("storage_corrupt"), "{broken}");
    fs::write(folder.path().join("empty.db"), "").unwrap();
    assert!(run("users list --database sqlite:empty.db", 1).contains("storage_corrupt"));
    let help = postlogin("users --help").from(folder.path()).run().exits(0).out;
    assert!(
        help.contains("postlogin users block 'auth0|1' my-tenant"),
        "{help}"
    );
}

#[test]
fn a_start_says_how_many_users_were_loaded_or_differ() {
    let mut server = server();
    let said = |server: &Server, text: &str| {
        let log = json!(server.log()).to_string();
        assert!(log.contains(text), "{log}");
    };
    said(&server, "2 users of users.json loaded into the store");
    server.end();
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let users = fs::read_to_string(folder.path().join("users.json")).unwrap();
    let users = users.replace("ada@example.org", "other@example.org");
    fs::write(folder.path().join("users.json"), users).unwrap();
    let server = Server::of(folder);
    said(&server, "1 user of the store differ");
}

/// The import takes everybody, before the first start too, and says who cannot log in with a password and why.
#[test]
fn a_hash_of_another_form_is_named_with_its_user_and_the_others_are_imported() {
    let folder = machine_tenant(NOTHING);
    let of = |id: &str, member: &str, hash: Value| json!({"user_id": id, "email": format!("{}@example.org", &id[6..]), member: hash});
    let users = json!([
        of(
            "auth0|b2x",
            "password_hash",
            json!("$2x$10$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2")
        ),
        of(
            "auth0|whirl",
            "custom_password_hash",
            json!({"algorithm": "whirlpool", "hash": {"value": "00", "encoding": "hex"}})
        ),
        of(
            "auth0|crypt",
            "custom_password_hash",
            json!({"algorithm": "ldap", "hash": {"value": "{CRYPT}$6$a$b", "encoding": "utf8"}})
        ),
        of(
            "auth0|right",
            "password_hash",
            json!("$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2")
        ),
    ]);
    fs::write(folder.path().join("more.json"), users.to_string()).unwrap();
    let import = postlogin("users import more.json")
        .from(folder.path())
        .run()
        .exits(0);
    let loaded: Value = serde_json::from_str(&import.out).unwrap();
    assert_eq!(loaded["added"], 4);
    for (id, why) in [
        ("auth0|b2x", "password_hash is not a bcrypt hash"),
        ("auth0|whirl", "algorithm names none of argon2"),
        ("auth0|crypt", "names none of {MD5}"),
    ] {
        let told = import.err.lines().find(|line| line.contains(id)).unwrap();
        assert!(
            told.contains("cannot log in with a password") && told.contains(why),
            "{told}"
        );
    }
    assert!(
        !import.err.contains("auth0|right") && !import.err.contains("$2x$"),
        "{}",
        import.err
    );
}
