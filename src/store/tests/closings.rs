//! The one transaction that ends a login or an exchange.

use super::families::find;
use super::{at, cookie, family, session, turn, with_users};
use crate::command::CacheRecord;
use crate::flow::Use;
use crate::random::SystemRandom;
use crate::store::{
    BroughtUser, Closed, Closing, CountedLogin, Families, FamilyEnd, FamilySession, Generation, Hashed,
    IdUse, NewCode, Overtaken, SessionChange, SessionClosing, SessionId, SessionParticipant, SessionUser,
    Stale, Store, Turned, UsedId, UserChange,
};
use indexmap::IndexMap;
use serde_json::json;

/// A session of Ada in which a family was born.
fn begun(store: &impl Store) -> (SessionId, crate::store::FamilyId) {
    with_users(store);
    let (presented, _) = cookie();
    let session = session("auth0|ada", &presented);
    store.begin_session(session.clone(), None, at(0)).unwrap();
    let mut born = family();
    born.session = Some(session.id);
    store.add_family(born.clone(), at(0)).unwrap();
    (session.id, born.id)
}

/// Everything that a login can leave behind.
fn all_of_it(session: SessionId) -> Closing {
    let change = SessionChange {
        metadata: json!({"seen": "yes"}).as_object().unwrap().clone(),
        ..SessionChange::default()
    };
    let record = CacheRecord {
        value: "1".to_owned(),
        expires_at: at(100).timestamp_millis(),
    };
    Closing {
        session: Some((
            session,
            SessionClosing::Change {
                change: Box::new(change),
                participant: Some(SessionParticipant::Client("web".to_owned())),
            },
        )),
        user: Some((
            "auth0|ada".to_owned(),
            UserChange {
                app_metadata: json!({"plan": "gold"}).as_object().unwrap().clone(),
                login: Some(CountedLogin {
                    ip: "192.0.2.7".to_owned(),
                }),
                ..UserChange::default()
            },
        )),
        cache: IndexMap::from([("key".to_owned(), Some(record))]),
        code: Some(NewCode {
            hash: Hashed::of("code"),
            client_id: "web".to_owned(),
            user_id: "auth0|ada".to_owned(),
            session: Some(session),
            content: super::keys().hide(b"code", b"{}", &mut SystemRandom),
            expires_at: at(61),
        }),
        family: Some(family()),
        ..Closing::at(at(1))
    }
}

/// How much of [`all_of_it`] is there.
fn left_behind(store: &impl Store, session: &SessionId) -> [bool; 5] {
    let profile = store.stored_user("auth0|ada").unwrap().map(|user| user.profile);
    [
        store
            .session(session, at(1))
            .unwrap()
            .is_some_and(|session| session.metadata.contains_key("seen") && session.clients == ["web"]),
        profile
            .is_some_and(|profile| profile.0.contains_key("app_metadata") && profile.0["logins_count"] == 1),
        store.action_cache(at(1)).unwrap().records().count() == 1,
        store.code(&Hashed::of("code"), at(1)).unwrap().is_some(),
        store.families_of("auth0|ada", at(1)).unwrap().len() == 2,
    ]
}

pub fn what_an_exchange_leaves_behind_is_kept_whole(store: &impl Store) {
    let (session, family) = begun(store);
    let closing = Closing {
        turn: Some(turn(family, 0)),
        ..all_of_it(session)
    };
    let closed = store.close(closing).unwrap();
    assert!(
        matches!(
            closed,
            Closed::Kept {
                turned: Some(Turned::Now(Generation(1))),
                ended: None
            }
        ),
        "{closed:?}"
    );
    assert_eq!(left_behind(store, &session), [true; 5]);
    let refreshing = store.refreshing(&family, at(1)).unwrap().unwrap();
    assert_eq!(refreshing.session.unwrap().id, session);
}

pub fn whoever_loses_leaves_nothing_behind(store: &impl Store) {
    let (session, family) = begun(store);
    for (presented, now, expected) in [
        (0, 1, None),
        (0, 2, Some(Turned::Already(Generation(1)))),
        (9, 2, Some(Turned::Refused(Stale::Ahead))),
        (0, 100, Some(Turned::Refused(Stale::Reused))),
        (1, 100, Some(Turned::Refused(Stale::Ended(FamilyEnd::Reused)))),
    ] {
        let Some(expected) = expected else {
            let first = Closing {
                turn: Some(turn(family, presented)),
                ..Closing::at(at(now))
            };
            store.close(first).unwrap();
            continue;
        };
        let closing = Closing {
            turn: Some(turn(family, presented)),
            now: at(now),
            ..all_of_it(session)
        };
        let closed = store.close(closing).unwrap();
        assert!(
            matches!(closed, Closed::Lost(turned) if turned == expected),
            "{closed:?}"
        );
    }
    assert_eq!(left_behind(store, &session), [false; 5]);
}

pub fn a_session_that_ended_meanwhile_lets_nothing_be_issued(store: &impl Store) {
    let (session, family) = begun(store);
    store.end_session(&session, Families::Stay, at(0)).unwrap();
    let closing = Closing {
        turn: Some(turn(family, 0)),
        ..all_of_it(session)
    };
    let closed = store.close(closing).unwrap();
    assert!(
        matches!(closed, Closed::Overtaken(Overtaken::SessionEnded)),
        "{closed:?}"
    );
    assert_eq!(left_behind(store, &session), [false; 5]);
    assert_eq!(
        find(store, &family).unwrap().generation,
        Generation(0),
        "its rotation is undone"
    );
}

pub fn a_session_begins_with_its_login_or_not_at_all(store: &impl Store) {
    with_users(store);
    let (presented, _) = cookie();
    let new = session("auth0|ada", &presented);
    let closing = || Closing {
        begun: Some((new.clone(), at(0))),
        ..all_of_it(new.id)
    };
    // Of another user, whom the tokens are for, nothing is to be said.
    let for_eve = || Closing {
        user: Some(("auth0|eve".to_owned(), UserChange::default())),
        ..closing()
    };
    store.block_user("auth0|ada", at(0)).unwrap();
    for overtaken in [closing(), for_eve()] {
        let closed = store.close(overtaken).unwrap();
        assert!(
            matches!(closed, Closed::Overtaken(Overtaken::UserBlocked)),
            "{closed:?}"
        );
        assert_eq!(left_behind(store, &new.id)[..4], [false; 4]);
        assert!(store.families_of("auth0|ada", at(1)).unwrap().is_empty());
    }
    store.unblock_user("auth0|ada", at(0)).unwrap();
    let closed = store.close(closing()).unwrap();
    assert!(matches!(closed, Closed::Kept { .. }), "{closed:?}");
    assert_eq!(left_behind(store, &new.id)[..4], [true; 4]);
    assert_eq!(store.families_of("auth0|ada", at(1)).unwrap().len(), 1);
    let begun = store.session(&new.id, at(1)).unwrap().unwrap();
    assert_eq!((begun.created_at, begun.authenticated_at), (at(0), at(0)));
}

pub fn a_user_who_was_blocked_meanwhile_gets_nothing(store: &impl Store) {
    let (session, family) = begun(store);
    let user_alone = |now| Closing {
        session: None,
        now: at(now),
        ..all_of_it(session)
    };
    store.block_user("auth0|ada", at(1)).unwrap();
    let closed = store.close(user_alone(2)).unwrap();
    assert!(
        matches!(closed, Closed::Overtaken(Overtaken::UserBlocked)),
        "{closed:?}"
    );
    store.delete_user("auth0|ada", at(3)).unwrap();
    let closed = store.close(user_alone(4)).unwrap();
    assert!(
        matches!(closed, Closed::Overtaken(Overtaken::UserGone)),
        "{closed:?}"
    );
    assert_eq!(left_behind(store, &session), [false; 5]);
    assert!(find(store, &family).unwrap().ended.is_some());
}

pub fn an_action_can_end_the_session_with_or_without_its_families(store: &impl Store) {
    for (families, expected) in [
        (Families::End, Some(FamilyEnd::SessionEnded)),
        (Families::Stay, None),
    ] {
        let (session, family) = begun(store);
        let closing = Closing {
            session: Some((session, SessionClosing::End(families))),
            ..Closing::at(at(1))
        };
        let closed = store.close(closing).unwrap();
        assert!(
            matches!(&closed, Closed::Kept { ended: Some(ended), .. } if ended.id == session),
            "{closed:?}"
        );
        assert_eq!(store.session(&session, at(1)).unwrap(), None);
        let family = find(store, &family).unwrap();
        assert_eq!(family.ended, expected);
        let outlived = matches!(family.session, FamilySession::Outlived(id) if id == session);
        assert_eq!(outlived, families == Families::Stay);
    }
}

/// `setPrimaryUser` makes the session another user's, and a login of the user before does not end in it any more.
pub fn a_session_becomes_the_primary_users(store: &impl Store) {
    let (session, _) = begun(store);
    let closing = |authenticated: &str, primary: Option<&str>, seconds: i64| {
        let user = SessionUser {
            authenticated: authenticated.to_owned(),
            primary: primary.map(str::to_owned),
        };
        let change = SessionChange {
            user: Some(user),
            cookie: primary.map(|_| cookie().0.hash),
            ..SessionChange::default()
        };
        let closing = Closing {
            session: Some((
                session,
                SessionClosing::Change {
                    change: Box::new(change),
                    participant: None,
                },
            )),
            ..Closing::at(at(seconds))
        };
        store.close(closing).unwrap()
    };
    let owner = || store.session(&session, at(9)).unwrap().unwrap().user_id;
    let is_kept = |closed: Closed| matches!(closed, Closed::Kept { .. });
    assert!(is_kept(closing("auth0|ada", None, 1)));
    assert_eq!(owner(), "auth0|ada");
    assert!(is_kept(closing("auth0|ada", Some("auth0|eve"), 2)));
    assert_eq!(owner(), "auth0|eve");
    assert_eq!(store.sessions_of_user("auth0|ada", at(9)).unwrap(), []);
    let stayed = closing("auth0|ada", None, 3);
    assert!(
        matches!(stayed, Closed::Overtaken(Overtaken::SessionEnded)),
        "{stayed:?}"
    );
    assert!(is_kept(closing("auth0|ada", Some("auth0|eve"), 4)));
    assert!(is_kept(closing("auth0|eve", None, 5)));
    assert_eq!(owner(), "auth0|eve");
}

/// Of several logins for one request one ends with an answer, and the others leave nothing behind.
pub fn a_request_is_answered_once(store: &impl Store) {
    let (session, _) = begun(store);
    let answering = |id: &str, code: &str| {
        let mut closing = all_of_it(session);
        closing.now = at(1);
        closing.answers = Some(UsedId {
            used_for: IdUse::SamlAnswer,
            issuer: "pay".to_owned(),
            id: id.to_owned(),
            until: at(100),
        });
        closing.family = None;
        if let Some(kept) = &mut closing.code {
            kept.hash = Hashed::of(code);
        }
        store.close(closing).unwrap()
    };
    let logins = || store.stored_user("auth0|ada").unwrap().unwrap().profile.0["logins_count"].clone();
    assert!(matches!(answering("_1", "one"), Closed::Kept { .. }));
    assert_eq!(logins(), 1);
    assert!(matches!(answering("_1", "two"), Closed::Answered));
    assert_eq!(logins(), 1);
    assert!(store.code(&Hashed::of("two"), at(2)).unwrap().is_none());
    assert!(matches!(answering("_2", "three"), Closed::Kept { .. }));
    // What was not kept used nothing up.
    store.end_session(&session, Families::End, at(2)).unwrap();
    assert!(matches!(answering("_3", "four"), Closed::Overtaken(_)));
    let known = store.id_use(IdUse::SamlAnswer, "pay", "_3", at(2)).unwrap();
    assert_eq!(known, Use::First);
}

pub fn who_is_brought_along_is_kept_with_the_login(store: &impl Store) {
    with_users(store);
    let brought = |user_id: &str| {
        let mut closing = Closing::at(at(1));
        closing.brought = Some(BroughtUser {
            user_id: user_id.to_owned(),
            members: json!({"name": "New"}).as_object().unwrap().clone(),
            connection: "api".to_owned(),
            provider: "api".to_owned(),
        });
        closing.user = Some((
            user_id.to_owned(),
            UserChange {
                app_metadata: json!({"plan": "gold"}).as_object().unwrap().clone(),
                ..UserChange::default()
            },
        ));
        store.close(closing).unwrap()
    };
    assert!(!store.was_deleted("ext|1").unwrap());
    assert!(matches!(brought("ext|1"), Closed::Kept { .. }));
    let kept = store.stored_user("ext|1").unwrap().unwrap().profile;
    assert_eq!(
        (&kept.0["name"], &kept.0["app_metadata"]),
        (&json!("New"), &json!({"plan": "gold"}))
    );
    store.block_user("ext|1", at(2)).unwrap();
    assert!(matches!(
        brought("ext|1"),
        Closed::Overtaken(Overtaken::UserBlocked)
    ));
    store.delete_user("ext|1", at(3)).unwrap();
    assert!(store.was_deleted("ext|1").unwrap());
    for gone in ["ext|1", "auth0|ada"] {
        assert!(
            matches!(brought(gone), Closed::Overtaken(Overtaken::UserGone)),
            "{gone}"
        );
    }
}
