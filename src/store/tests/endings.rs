//! Access tokens end with what they were given with, once somebody ends that.

use super::families::{exchange, exchanged};
use super::{SqliteForTest, at, cookie, family, keys, session, turn, with_users};
use crate::random::SystemRandom;
use crate::store::{
    Bucket, Closing, Endings as _, Families, FamilyEnd, FamilyId, GivenWith, Hashed, Load, NewCode,
    NewFamily, Redeemed, Redemption, RefreshFamilies as _, SessionClosing, SessionId, Sessions as _, Stale,
    Store, TokenId, Turned,
};
use crate::tenant::Credentials;
use chrono::TimeDelta;
use rusqlite::Connection;
use serde_json::json;

const DAY: i64 = 24 * 3600;

fn token() -> TokenId {
    TokenId::new(Bucket::NEVER, &mut SystemRandom)
}

fn of_family(family: FamilyId) -> GivenWith {
    GivenWith {
        family: Some(family),
        session: None,
    }
}

fn of_session(session: SessionId) -> GivenWith {
    GivenWith {
        family: None,
        session: Some(session),
    }
}

/// Whether a token has ended that was given with this.
fn is_ended(store: &impl Store, given_with: GivenWith) -> bool {
    store.is_ended(&token(), &given_with).unwrap()
}

fn begin(store: &impl Store, user: &str) -> SessionId {
    let begun = session(user, &cookie().0);
    let id = begun.id;
    store.begin_session(begun, None, at(0)).unwrap();
    id
}

fn give_birth(store: &impl Store, session: Option<SessionId>) -> FamilyId {
    let born = NewFamily { session, ..family() };
    let id = born.id;
    store.add_family(born, at(0)).unwrap();
    id
}

pub fn an_access_token_ends_alone(store: &impl Store) {
    let (token, other, nothing) = (token(), token(), GivenWith::default());
    assert!(!store.is_ended(&token, &nothing).unwrap());
    for _ in 0..2 {
        store.end_token(&token, at(100)).unwrap();
        assert!(store.is_ended(&token, &nothing).unwrap());
        assert!(!store.is_ended(&other, &nothing).unwrap());
    }
}

pub fn whoever_ends_a_family_ends_its_access_tokens<S: Store>(store: &S) {
    type End<S> = fn(&S, FamilyId);
    let ways: [(&str, End<S>); 8] = [
        ("revoked", |store, family| {
            store.end_family(&family, FamilyEnd::Revoked, at(1)).unwrap();
        }),
        ("ended twice", |store, family| {
            store.end_family(&family, FamilyEnd::Revoked, at(1)).unwrap();
            store.end_family(&family, FamilyEnd::Reused, at(2)).unwrap();
        }),
        ("reused", |store, family| {
            assert!(matches!(exchange(store, family, 0, at(1)), Turned::Now(_)));
            let reused = exchange(store, family, 0, at(100));
            assert_eq!(reused, Turned::Refused(Stale::Reused));
        }),
        ("ended by an Action", |store, family| {
            let closing = Closing {
                end_family: Some((family, FamilyEnd::Revoked)),
                ..Closing::at(at(1))
            };
            store.close(closing).unwrap();
        }),
        ("all of a user", |store, _| {
            store
                .end_families_of("auth0|ada", FamilyEnd::Revoked, at(1))
                .unwrap();
        }),
        ("the user is blocked", |store, _| {
            store.block_user("auth0|ada", at(1)).unwrap();
        }),
        ("another password", |store, _| {
            let mut ada = super::user("auth0|ada", json!({"email": "ada@example.org"}));
            ada.credentials = Credentials(json!({"password_hash": "$2b$10$y"}).as_object().unwrap().clone());
            store.load_users(vec![ada], Load::Replace, at(1)).unwrap();
        }),
        ("the user is deleted", |store, _| {
            store.delete_user("auth0|ada", at(1)).unwrap();
        }),
    ];
    with_users(store);
    let others = NewFamily {
        user_id: "auth0|eve".to_owned(),
        ..family()
    };
    store.add_family(others.clone(), at(0)).unwrap();
    for (how, end) in ways {
        let [ended, other] = [give_birth(store, None), give_birth(store, None)];
        let of_both = GivenWith {
            family: Some(ended),
            session: Some(begin(store, "auth0|eve")),
        };
        assert!(!is_ended(store, of_family(ended)), "{how}");
        end(store, ended);
        assert!(is_ended(store, of_family(ended)), "{how}");
        assert!(is_ended(store, of_both), "{how}");
        assert!(!is_ended(store, of_family(others.id)), "{how}");
        let is_of_user = how.contains("user") || how.contains("password");
        assert_eq!(is_ended(store, of_family(other)), is_of_user, "{how}");
    }
}

pub fn whoever_ends_a_session_ends_its_access_tokens<S: Store>(store: &S) {
    type End<S> = fn(&S, SessionId);
    fn close(store: &impl Store, session: SessionId, families: Families) {
        let closing = Closing {
            session: Some((session, SessionClosing::End(families))),
            ..Closing::at(at(1))
        };
        store.close(closing).unwrap();
    }
    let ways: [(&str, bool, End<S>); 7] = [
        ("logout", false, |store, session| {
            store.end_session(&session, Families::Stay, at(1)).unwrap();
        }),
        ("ended with its families", true, |store, session| {
            store.end_session(&session, Families::End, at(1)).unwrap();
        }),
        ("ended by an Action", true, |store, session| {
            close(store, session, Families::End);
        }),
        ("ended by an Action, families stay", false, |store, session| {
            close(store, session, Families::Stay);
        }),
        ("another user in the browser", true, |store, session| {
            let eve = super::session("auth0|eve", &cookie().0);
            store.begin_session(eve, Some(&session), at(1)).unwrap();
        }),
        ("all of a user", true, |store, _| {
            store
                .end_sessions_of_user("auth0|ada", Families::End, at(1))
                .unwrap();
        }),
        ("the user is blocked", true, |store, _| {
            store.block_user("auth0|ada", at(1)).unwrap();
        }),
    ];
    with_users(store);
    let others = begin(store, "auth0|eve");
    for (how, ends_families, end) in ways {
        let [ended, other] = [begin(store, "auth0|ada"), begin(store, "auth0|ada")];
        let born = give_birth(store, Some(ended));
        assert!(!is_ended(store, of_session(ended)), "{how}");
        end(store, ended);
        assert!(is_ended(store, of_session(ended)), "{how}");
        assert_eq!(is_ended(store, of_family(born)), ends_families, "{how}");
        let of_both = GivenWith {
            family: Some(born),
            session: Some(ended),
        };
        assert!(is_ended(store, of_both), "{how}");
        assert!(!is_ended(store, of_session(others)), "{how}");
        assert_eq!(
            is_ended(store, of_session(other)),
            how.contains("the user") || how.contains("of a user"),
            "{how}"
        );
    }
}

pub fn what_is_over_by_itself_ends_no_access_token(store: &impl Store) {
    with_users(store);
    let over = begin(store, "auth0|ada");
    let born = give_birth(store, Some(over));
    // Whoever looks throws away what is over.
    for _ in 0..2 {
        assert!(store.session(&over, at(8 * DAY)).unwrap().is_none());
        let refreshing = store.refreshing(&born, at(40 * DAY)).unwrap();
        assert!(refreshing.is_none_or(|found| found.family.is_over(at(40 * DAY))));
    }
    assert!(
        store
            .end_session(&over, Families::End, at(40 * DAY))
            .unwrap()
            .is_none()
    );
    assert!(!is_ended(store, of_session(over)));
    assert!(!is_ended(store, of_family(born)));
}

pub fn a_code_that_comes_again_ends_the_access_tokens_of_its_family(store: &impl Store) {
    with_users(store);
    let hash = Hashed::of("one");
    store
        .add_code(NewCode {
            hash,
            client_id: "web".to_owned(),
            user_id: "auth0|ada".to_owned(),
            session: None,
            content: keys().hide(b"code", b"{}", &mut SystemRandom),
            expires_at: at(60),
        })
        .unwrap();
    let redemption = |family| Redemption { family, token: None };
    let born = family();
    let redeemed = store
        .redeem(&hash, redemption(Some(born.clone())), at(1))
        .unwrap();
    assert_eq!(redeemed, Redeemed::First);
    // Also those of a later exchange.
    assert!(matches!(
        exchanged(store, turn(born.id, 0), at(2)),
        Turned::Now(_)
    ));
    assert!(!is_ended(store, of_family(born.id)));
    store.redeem(&hash, redemption(None), at(3)).unwrap();
    assert!(is_ended(store, of_family(born.id)));
}

/// As long as an access token of 30 days may live that was given just before.
#[test]
fn an_end_is_remembered_as_long_as_an_access_token_may_live() {
    let SqliteForTest {
        store,
        folder: _folder,
    } = SqliteForTest::new();
    with_users(&store);
    let (session, born) = (begin(&store, "auth0|ada"), give_birth(&store, None));
    // The clock was set back since the last exchange.
    let late = give_birth(&store, None);
    assert!(matches!(exchange(&store, late, 0, at(2 * 3600)), Turned::Now(_)));
    store.end_session(&session, Families::Stay, at(1)).unwrap();
    for family in [born, late] {
        store.end_family(&family, FamilyEnd::Revoked, at(1)).unwrap();
    }
    store.end_token(&token(), at(3600)).unwrap();
    let known = |now| {
        store.tidy_at(now);
        let all = [of_session(session), of_family(born), of_family(late)];
        (
            all.map(|given_with| is_ended(&store, given_with)),
            store.check(now).unwrap().counts["endings"],
        )
    };
    let end = at(1) + TimeDelta::days(31);
    assert_eq!(known(at(1)), ([true; 3], 4));
    assert_eq!(known(end - TimeDelta::milliseconds(1)), ([true; 3], 3));
    assert_eq!(known(end), ([false, false, true], 1));
    assert_eq!(known(end + TimeDelta::hours(2)), ([false; 3], 0));
}

#[test]
fn an_end_that_is_forgotten_too_early_is_found() {
    let SqliteForTest { store, folder } = SqliteForTest::new();
    with_users(&store);
    let forgotten = give_birth(&store, None);
    store.end_family(&forgotten, FamilyEnd::Revoked, at(1)).unwrap();
    assert_eq!(store.check(at(2)).unwrap().faults, []);
    let other = Connection::open(folder.path().join("store.db")).unwrap();
    other.execute("DELETE FROM endings", []).unwrap();
    let faults = store.check(at(2)).unwrap().faults;
    let codes: Vec<_> = faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["family_end_forgotten"], "{faults:?}");
    assert_eq!(store.check(at(31 * DAY)).unwrap().faults, []);
}
