//! Users and their names.

use super::families::find;
use super::{at, cookie, family, session, user, with_users};
use crate::store::{
    Brought, BroughtUser, Change, CountedLogin, FamilyEnd, Load, Loaded, Store, StoredUser, UserChange,
};
use crate::tenant::Credentials;
use serde_json::{Value, json};

fn ids(users: &[StoredUser]) -> Vec<&str> {
    users.iter().map(|user| user.profile.user_id()).collect()
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}

pub fn a_user_is_found_by_each_name(store: &impl Store) {
    let ada = user(
        "auth0|ada",
        json!({
            "email": "Ada@example.org", "username": "ada", "phone_number": "+49301",
            "identities": [
                {"connection": "db", "provider": "auth0", "user_id": "ada"},
                {"connection": "partner", "provider": "samlp", "user_id": "7", "profileData": {"email": "a@partner.example"}},
            ],
        }),
    );
    let other = user(
        "auth0|other",
        json!({
            "email": "ada@example.org",
            "identities": [{"connection": "staff", "provider": "auth0", "user_id": "other"}],
        }),
    );
    store.load_users(vec![ada, other], Load::New, at(0)).unwrap();
    let named = |name: &str, connection| ids(&store.users_named(name, connection).unwrap()).join(" ");
    assert_eq!(named("ADA@EXAMPLE.ORG", None), "auth0|ada auth0|other");
    assert_eq!(named("ada@example.org", Some("db")), "auth0|ada");
    assert_eq!(named("ada@example.org", Some("staff")), "auth0|other");
    assert_eq!(named("ada@example.org", Some("partner")), "");
    for name in ["ada", "+49301", "a@partner.example", "auth0|ADA"] {
        assert_eq!(named(name, None), "auth0|ada", "{name}");
    }
    assert_eq!(named("", None), "");
    assert_eq!(named("%", None), "");
}

pub fn a_later_load_changes_nobody_and_says_who_differs(store: &impl Store) {
    let file = |plan: &str| {
        vec![
            user(
                "auth0|ada",
                json!({"app_metadata": {"plan": plan}, "logins_count": 4}),
            ),
            user("auth0|eve", json!({})),
        ]
    };
    let loaded = store.load_users(file("free"), Load::New, at(0)).unwrap();
    assert_eq!(
        loaded,
        Loaded {
            added: 2,
            ..Loaded::default()
        }
    );
    let change = UserChange {
        app_metadata: object(json!({"plan": "gold"})),
        ..UserChange::default()
    };
    store.change_user("auth0|ada", change, at(1)).unwrap();
    // What the store changed is no difference: the file is the one that was loaded.
    assert_eq!(
        store.load_users(file("free"), Load::New, at(2)).unwrap(),
        Loaded::default()
    );
    let loaded = store.load_users(file("silver"), Load::New, at(2)).unwrap();
    assert_eq!(
        loaded,
        Loaded {
            differ: 1,
            ..Loaded::default()
        }
    );
    let plan = || store.stored_user("auth0|ada").unwrap().unwrap().profile.0["app_metadata"]["plan"].clone();
    assert_eq!(plan(), "gold");
    let loaded = store.load_users(file("silver"), Load::Replace, at(2)).unwrap();
    assert_eq!(
        loaded,
        Loaded {
            replaced: 2,
            ..Loaded::default()
        }
    );
    assert_eq!(plan(), "silver");
    let profile = store.stored_user("auth0|ada").unwrap().unwrap().profile;
    assert_eq!(profile.0["logins_count"], 4);
}

pub fn a_deleted_user_leaves_the_id(store: &impl Store) {
    with_users(store);
    let ended = store.delete_user("auth0|ada", at(1)).unwrap();
    assert_eq!(ended.change, Change::Made);
    assert_eq!(store.stored_user("auth0|ada").unwrap(), None);
    assert_eq!(store.users_named("ada@example.org", None).unwrap(), []);
    assert_eq!(
        store.delete_user("auth0|ada", at(1)).unwrap().change,
        Change::Kept
    );
    let again = vec![user("auth0|ada", json!({"email": "ada@example.org"}))];
    let loaded = store.load_users(again.clone(), Load::New, at(2)).unwrap();
    assert_eq!(
        loaded,
        Loaded {
            deleted: 1,
            ..Loaded::default()
        }
    );
    assert_eq!(store.stored_user("auth0|ada").unwrap(), None);
    store.load_users(again, Load::Replace, at(3)).unwrap();
    assert!(store.stored_user("auth0|ada").unwrap().is_some());
}

pub fn blocking_ends_sessions_and_families(store: &impl Store) {
    with_users(store);
    let mut families = Vec::new();
    for user_id in ["auth0|ada", "auth0|eve"] {
        let (presented, _) = cookie();
        let begun = session(user_id, &presented);
        store.begin_session(begun.clone(), None, at(0)).unwrap();
        let mut born = family();
        born.user_id = user_id.to_owned();
        born.session = Some(begun.id);
        store.add_family(born.clone(), at(0)).unwrap();
        families.push(born.id);
    }
    let ended = store.block_user("auth0|ada", at(1)).unwrap();
    assert_eq!(
        (ended.change, ended.sessions.len(), ended.families),
        (Change::Made, 1, 1)
    );
    assert_eq!(
        find(store, &families[0]).unwrap().ended,
        Some(FamilyEnd::UserBlocked)
    );
    assert_eq!(find(store, &families[1]).unwrap().ended, None);
    assert!(
        store
            .stored_user("auth0|ada")
            .unwrap()
            .unwrap()
            .profile
            .is_blocked()
    );
    assert_eq!(store.sessions_of_user("auth0|ada", at(1)).unwrap(), []);
    assert_eq!(store.sessions_of_user("auth0|eve", at(1)).unwrap().len(), 1);
    assert_eq!(store.block_user("auth0|ada", at(1)).unwrap().change, Change::Kept);
    assert_eq!(store.unblock_user("auth0|ada", at(1)).unwrap(), Change::Made);
    assert_eq!(store.unblock_user("auth0|ada", at(1)).unwrap(), Change::Kept);
    assert!(
        !store
            .stored_user("auth0|ada")
            .unwrap()
            .unwrap()
            .profile
            .is_blocked()
    );
    assert_eq!(
        store.block_user("auth0|nobody", at(1)).unwrap().change,
        Change::Kept
    );
}

/// SE-05: what was begun with the old password does not go on.
pub fn another_password_ends_sessions_and_families(store: &impl Store) {
    with_users(store);
    let begin = || {
        let begun = session("auth0|ada", &cookie().0);
        let id = begun.id;
        store.begin_session(begun, None, at(0)).unwrap();
        let family = family();
        store.add_family(family.clone(), at(0)).unwrap();
        (id, family.id)
    };
    let replaced = |name: &str, hash: &str| {
        let mut ada = user("auth0|ada", json!({"email": "ada@example.org", "name": name}));
        ada.credentials = Credentials(object(json!({"password_hash": hash})));
        store.load_users(vec![ada], Load::Replace, at(1)).unwrap();
    };
    let (session, family) = begin();
    replaced("Ada", "$2b$10$x");
    assert!(
        store.session(&session, at(2)).unwrap().is_some(),
        "another name alone"
    );
    assert_eq!(find(store, &family).unwrap().ended, None);
    replaced("Ada", "$2b$10$y");
    assert!(store.session(&session, at(2)).unwrap().is_none());
    assert_eq!(
        find(store, &family).unwrap().ended,
        Some(FamilyEnd::PasswordChanged)
    );
    // The same file once more, after a login wrote the hash anew.
    let (session, _) = begin();
    let kept = store.stored_user("auth0|ada").unwrap().unwrap().credentials;
    let renewed = Credentials(object(json!({"password_hash": "$argon2id$x"})));
    store.change_credentials("auth0|ada", &kept, renewed).unwrap();
    replaced("Ada", "$2b$10$y");
    assert!(store.session(&session, at(2)).unwrap().is_some());
}

pub fn metadata_are_patched_and_logins_are_counted(store: &impl Store) {
    with_users(store);
    let change = |app: Value, user: Value, login: bool| UserChange {
        app_metadata: object(app),
        user_metadata: object(user),
        login: login.then(|| CountedLogin {
            ip: "192.0.2.7".to_owned(),
        }),
    };
    store
        .change_user(
            "auth0|ada",
            change(json!({"a": 1, "b": 2}), json!({"x": 1}), true),
            at(1),
        )
        .unwrap();
    store
        .change_user(
            "auth0|ada",
            change(json!({"a": null, "c": {"d": 1}}), json!({}), true),
            at(2),
        )
        .unwrap();
    let profile = store.stored_user("auth0|ada").unwrap().unwrap().profile;
    assert_eq!(profile.0["app_metadata"], json!({"b": 2, "c": {"d": 1}}));
    assert_eq!(profile.0["user_metadata"], json!({"x": 1}));
    assert_eq!(profile.0["logins_count"], 2);
    assert_eq!(profile.0["last_ip"], "192.0.2.7");
    assert_eq!(profile.0["last_login"], "2027-01-15T08:00:02.000Z");
    let nobody = store
        .change_user("auth0|nobody", change(json!({"a": 1}), json!({}), false), at(1))
        .unwrap();
    assert_eq!(nobody, Change::Kept);
}

pub fn a_password_is_changed_only_from_what_it_was(store: &impl Store) {
    with_users(store);
    let before = store.stored_user("auth0|ada").unwrap().unwrap().credentials;
    let after = Credentials(object(json!({"password_hash": "$argon2id$y"})));
    let changed = |before: &Credentials| {
        store
            .change_credentials("auth0|ada", before, after.clone())
            .unwrap()
    };
    assert_eq!(changed(&Credentials::default()), Change::Kept);
    assert_eq!(changed(&before), Change::Made);
    assert_eq!(changed(&before), Change::Kept);
    assert_eq!(
        store.stored_user("auth0|ada").unwrap().unwrap().credentials,
        after
    );
}

pub fn users_are_listed_page_by_page(store: &impl Store) {
    let users = (0..5)
        .map(|number| user(&format!("auth0|{number}"), json!({})))
        .collect();
    store.load_users(users, Load::New, at(0)).unwrap();
    store.delete_user("auth0|3", at(1)).unwrap();
    let page = |after: Option<&str>| ids(&store.users_after(after, 2).unwrap()).join(" ");
    assert_eq!(page(None), "auth0|0 auth0|1");
    assert_eq!(page(Some("auth0|1")), "auth0|2 auth0|4");
    assert_eq!(page(Some("auth0|4")), "");
}

pub fn a_user_is_brought_along_over_one_connection(store: &impl Store) {
    with_users(store);
    let brought = |user_id: &str, connection: &str, members: Value| BroughtUser {
        user_id: user_id.to_owned(),
        members: object(members),
        connection: connection.to_owned(),
        provider: "oidc".to_owned(),
    };
    let profile = |user_id: &str| store.stored_user(user_id).unwrap().map(|user| user.profile.0);
    let new = brought(
        "ext|7",
        "api",
        json!({"email": "New@example.org", "user_metadata": {"a": 1}, "name": null}),
    );
    assert_eq!(store.bring_user(new, at(1)).unwrap(), Brought::There);
    let known = profile("ext|7").unwrap();
    assert_eq!(
        known["identities"],
        json!([{"connection": "api", "provider": "oidc", "user_id": "7", "isSocial": false}])
    );
    assert_eq!(known.get("name"), None);
    assert_eq!(
        ids(&store.users_named("new@example.org", Some("api")).unwrap()),
        ["ext|7"]
    );

    // Laid over: metadata by key, the rest by member; names follow.
    let change = UserChange {
        app_metadata: object(json!({"plan": "gold"})),
        ..UserChange::default()
    };
    store.change_user("ext|7", change, at(2)).unwrap();
    let again = brought(
        "ext|7",
        "api",
        json!({"email": "newer@example.org", "user_metadata": {"b": 2}}),
    );
    assert_eq!(store.bring_user(again, at(3)).unwrap(), Brought::There);
    let known = profile("ext|7").unwrap();
    assert_eq!(
        (&known["user_metadata"], &known["app_metadata"]),
        (&json!({"a": 1, "b": 2}), &json!({"plan": "gold"}))
    );
    assert!(store.users_named("new@example.org", None).unwrap().is_empty());

    for (user_id, connection) in [("ext|7", "other"), ("auth0|ada", "api")] {
        let before = profile(user_id);
        let theirs = brought(user_id, connection, json!({"email": "evil@example.org"}));
        assert_eq!(
            store.bring_user(theirs, at(4)).unwrap(),
            Brought::OfOtherConnection
        );
        assert_eq!(profile(user_id), before);
    }
    store.block_user("ext|7", at(5)).unwrap();
    let blocked = brought("ext|7", "api", json!({"name": "B"}));
    assert_eq!(store.bring_user(blocked, at(6)).unwrap(), Brought::Blocked);
    store.delete_user("ext|7", at(7)).unwrap();
    let deleted = brought("ext|7", "api", json!({"name": "D"}));
    assert_eq!(store.bring_user(deleted, at(8)).unwrap(), Brought::Deleted);
    assert_eq!(profile("ext|7"), None);
}
