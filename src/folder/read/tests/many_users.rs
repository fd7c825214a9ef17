//! A tenant with very many users: what it takes grows with them and no faster, and an error in one is about that one.

use super::*;
use crate::tenant::Found;
use allocation_counter::measure;
use std::fs;
use tempfile::TempDir;

/// A tenant whose `users.json` has `count` users, one a line, each with this member more.
fn tenant(count: usize, member: impl Fn(usize) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let users = (0..count).map(|index| {
        let member = member(index);
        format!(
            r#"{{{member}, "email": "u{index}@people.example", "name": "Person {index}", "created_at": "2024-01-02T03:04:05.678Z", "identities": [{{"connection": "users", "provider": "auth0", "user_id": "{index}", "isSocial": false}}], "app_metadata": {{"plan": "gold", "seats": 7}}, "user_metadata": {{"language": "en"}}}}"#
        )
    });
    let users = users.collect::<Vec<_>>().join(",\n");
    fs::write(folder.path().join("users.json"), format!("[\n{users}\n]\n")).unwrap();
    fs::write(folder.path().join("tenant.json"), "{}").unwrap();
    fs::create_dir(folder.path().join("roles")).unwrap();
    fs::write(folder.path().join("roles/known.json"), r#"{"name": "known"}"#).unwrap();
    folder
}

fn id(index: usize) -> String {
    format!(r#""user_id": "auth0|{index}""#)
}

/// The members of the user with this number.
type MembersOf = fn(usize) -> String;

/// How many problems a login of each of these users meets.
fn met(tenant: &Tenant, users: &[&str]) -> Vec<usize> {
    let met = |id: &&str| tenant.faults_of(PartKind::User, id, Found::Yes).count();
    users.iter().map(met).collect()
}

#[test]
fn four_times_as_many_users_take_four_times_as_much() {
    let kinds: [(&str, MembersOf); 6] = [
        ("as they should be", id),
        ("an ill-typed member", |index| {
            format!(r#"{}, "blocked": "no""#, id(index))
        }),
        ("a role that is not there", |index| {
            format!(r#"{}, "roles": ["gone"]"#, id(index))
        }),
        ("a placeholder without a value", |index| {
            format!(r#"{}, "picture": "@@GONE@@""#, id(index))
        }),
        ("ids that are there twice", |index| id(index / 2)),
        ("one error in all", |index| match index {
            500 => format!(r#"{}, "blocked": "no""#, id(index)),
            _ => id(index),
        }),
    ];
    for (kind, member) in kinds {
        let cost = |count| {
            let folder = tenant(count, member);
            let cost = measure(|| drop(read_with(folder.path(), &[])));
            [cost.count_total, cost.bytes_total, cost.bytes_max]
        };
        for (few, many) in cost(1_000).into_iter().zip(cost(4_000)) {
            assert!(many * 10 < few * 45, "{kind}: {few}, then {many}");
        }
    }
}

#[test]
fn users_are_kept_in_a_small_multiple_of_their_text() {
    let folder = tenant(2_000, id);
    let length = fs::metadata(folder.path().join("users.json")).unwrap().len();
    let mut reading = None;
    let cost = measure(|| reading = Some(read_with(folder.path(), &[])));
    assert_eq!(reading.unwrap().tenant.users.len(), 2_000);
    let kept = u64::try_from(cost.bytes_current).unwrap();
    assert!(kept * 10 < length * 25, "{kept} of {length}");
    assert!(
        cost.bytes_max * 10 < length * 60,
        "{} of {length}",
        cost.bytes_max
    );
}

#[test]
fn an_error_in_one_user_has_its_place_and_stops_the_logins_of_that_user() {
    let folder = tenant(6, |index| match index {
        1 => format!(r#"{}, "blocked": "no""#, id(1)),
        2 => format!(r#"{}, "picture": "@@GONE@@""#, id(2)),
        3 => format!(r#"{}, "picture": "@@GONE@@""#, id(3)),
        5 => id(4),
        index => id(index),
    });
    let reading = read_with(folder.path(), &[]);
    assert_eq!(
        shown(&reading),
        "Error wrong_type: users.json:3:24: [1].blocked: expected a boolean, found the text \"no\"\n    \
         write the value without quotes\n\
         Error missing_placeholder: users.json:4:36: the placeholder GONE has no value\n    \
         give the value with --var GONE=VALUE or in the environment variable GONE\n\
         Error missing_placeholder: users.json:5:36: the placeholder GONE has no value\n    \
         give the value with --var GONE=VALUE or in the environment variable GONE\n\
         Error duplicate_user: users.json:7:2: [5].user_id: the user_id auth0|4 is there twice, first on line 6\n    \
         give each user an id of its own\n"
    );
    let users = ["auth0|0", "auth0|1", "auth0|2", "auth0|3", "auth0|4"];
    assert_eq!(met(&reading.tenant, &users), [0, 1, 1, 1, 1]);
}

#[test]
fn a_placeholder_that_yaml_repeats_by_name_concerns_everything_that_repeats_it() {
    let folder = tempfile::tempdir().unwrap();
    let clients = "tenant: {}\nclients:\n- name: one\n  client_metadata: &same {key: '##GONE##'}\n\
                   - name: two\n- name: three\n  client_metadata: *same\n- name: four\n  description: '##GONE##'\n";
    fs::write(folder.path().join("tenant.yaml"), clients).unwrap();
    let reading = read_with(folder.path(), &[]);
    let met = ["one", "two", "three", "four"].map(|name| {
        let faults = reading.tenant.faults_of(PartKind::Client, name, Found::Yes);
        faults.map(|fault| fault.line).collect::<Vec<_>>()
    });
    assert_eq!(met, [vec![Some(4)], vec![], vec![Some(4)], vec![Some(9)]]);
}
