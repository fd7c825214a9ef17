//! What is over is thrown away, and nothing else.

use super::families::find;
use super::{SqliteForTest, at, cookie, family, keys, session, with_users};
use crate::random::SystemRandom;
use crate::store::{
    Bound, Bucket, Change, Codes as _, FamilyEnd, FamilyId, FamilySession, Hashed, IdUse, Logins as _,
    Memory as _, NewCode, NewLogin, Redemption, RefreshFamilies as _, SessionId, Sessions as _, Store as _,
};
use std::thread;

const DAY: i64 = 24 * 3600;

#[test]
fn what_is_over_is_thrown_away_and_nothing_else() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    with_users(&store);
    let ending = |days: i64| {
        let ends_at = at(days * DAY);
        let (presented, _) = cookie();
        let mut begun = session("auth0|ada", &presented);
        begun.id = SessionId::new(Bucket::of(Some(ends_at)), &mut SystemRandom);
        (begun.ends_at, begun.idle_until) = (ends_at, ends_at);
        store.begin_session(begun.clone(), None, at(0)).unwrap();
        let mut born = family();
        born.id = FamilyId::new(Bucket::of(Some(ends_at)), &mut SystemRandom);
        born.ends_at = Some(ends_at);
        store.add_family(born.clone(), at(0)).unwrap();
        (begun.id, born.id)
    };
    let (over, family_over) = ending(3);
    let (open, family_open) = ending(60);
    let mut born_in_what_is_over = family();
    born_in_what_is_over.session = Some(over);
    store.add_family(born_in_what_is_over.clone(), at(0)).unwrap();
    let endless = |idle: Option<i64>| {
        let mut born = family();
        born.id = FamilyId::new(Bucket::NEVER, &mut SystemRandom);
        (born.ends_at, born.idle_until) = (None, idle.map(|days| at(days * DAY)));
        store.add_family(born.clone(), at(0)).unwrap();
        born.id
    };
    let (for_ever, idle, revoked) = (endless(None), endless(Some(1)), endless(None));
    assert_eq!(
        store.end_family(&revoked, FamilyEnd::Revoked, at(0)).unwrap(),
        Change::Made
    );
    for (name, expires) in [("soon", 1), ("late", 60)] {
        let hidden = keys().hide(b"", b"", &mut SystemRandom);
        let code = NewCode {
            hash: Hashed::of(name),
            client_id: "web".to_owned(),
            user_id: "auth0|ada".to_owned(),
            session: None,
            content: hidden.clone(),
            expires_at: at(expires * DAY),
        };
        store.add_code(code).unwrap();
        let redemption = Redemption {
            family: None,
            token: None,
        };
        store.redeem(&Hashed::of(name), redemption, at(0)).unwrap();
        let login = NewLogin {
            id: Hashed::of(name),
            bound_to: Bound::Machine("api".to_owned()),
            content: hidden,
            expires_at: at(expires * DAY),
        };
        store.add_login(login).unwrap();
        store
            .use_id(
                IdUse::SamlRequest,
                "https://sp.example",
                name,
                at(expires * DAY),
                at(0),
            )
            .unwrap();
    }
    store.tidy_at(at(40 * DAY));
    assert_eq!(store.session(&over, at(0)).unwrap(), None);
    assert!(store.session(&open, at(0)).unwrap().is_some());
    for (id, is_there) in [
        (family_over, false),
        (family_open, true),
        (born_in_what_is_over.id, false),
        (for_ever, true),
        (idle, false),
        (revoked, false),
    ] {
        assert_eq!(find(&store, &id).is_some(), is_there, "{id}");
    }
    assert!(store.code(&Hashed::of("soon"), at(0)).unwrap().is_none());
    assert!(store.code(&Hashed::of("late"), at(0)).unwrap().is_some());
    assert!(store.login(&Hashed::of("soon"), at(0)).unwrap().is_none());
    assert!(store.login(&Hashed::of("late"), at(0)).unwrap().is_some());
    assert_eq!(store.check(at(0)).unwrap().counts["used_ids"], 1);
}

#[test]
fn a_family_outlives_a_session_whose_time_is_over() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    with_users(&store);
    let (presented, _) = cookie();
    let begun = session("auth0|ada", &presented);
    store.begin_session(begun.clone(), None, at(0)).unwrap();
    let mut born = family();
    born.session = Some(begun.id);
    store.add_family(born.clone(), at(0)).unwrap();
    store.tidy_at(at(21 * DAY));
    let found = find(&store, &born.id).unwrap();
    assert_eq!(
        (found.session, found.ended),
        (FamilySession::Outlived(begun.id), None)
    );
    assert_eq!(store.check(at(0)).unwrap().faults, []);
}

#[test]
fn five_hundred_rows_go_at_a_time() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    thread::scope(|scope| {
        for first in 0..8 {
            let store = &store;
            scope.spawn(move || {
                for number in (first..1200).step_by(8) {
                    let id = number.to_string();
                    store
                        .use_id(IdUse::SamlRequest, "https://sp.example", &id, at(1), at(0))
                        .unwrap();
                }
            });
        }
    });
    // A day after their time, so that a clock that is set back makes none of them fresh.
    assert_eq!(store.tidy_at(at(2)), 1);
    assert_eq!(store.tidy_at(at(2 + DAY)), 3);
    assert_eq!(store.check(at(0)).unwrap().counts["used_ids"], 0);
}
