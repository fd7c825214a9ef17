//! A clock that goes forward and back again (ST-14).

use super::families::find;
use super::{at, cookie, family, keys, session, with_users};
use crate::random::SystemRandom;
use crate::store::{Bound, FamilySession, Hashed, NewCode, NewFamily, NewLogin, Store};

const DAY: i64 = 24 * 3600;

pub fn what_was_presented_too_late_stays_over(store: &impl Store) {
    with_users(store);
    let hidden = || keys().hide(b"late", b"{}", &mut SystemRandom);
    let id = Hashed::of("late");
    store
        .add_code(NewCode {
            hash: id,
            client_id: "web".to_owned(),
            user_id: "auth0|ada".to_owned(),
            session: None,
            content: hidden(),
            expires_at: at(60),
        })
        .unwrap();
    store
        .add_login(NewLogin {
            id,
            bound_to: Bound::Browser(id),
            content: hidden(),
            expires_at: at(3600),
        })
        .unwrap();
    let (presented, _) = cookie();
    let begun = session("auth0|ada", &presented);
    store.begin_session(begun.clone(), None, at(0)).unwrap();
    let outliving = NewFamily {
        session: Some(begun.id),
        idle_until: Some(at(60 * DAY)),
        ends_at: None,
        ..family()
    };
    let over = family();
    for born in [&outliving, &over] {
        store.add_family(born.clone(), at(0)).unwrap();
    }
    for now in [at(40 * DAY), at(1)] {
        assert_eq!(store.code(&id, now).unwrap(), None);
        assert_eq!(store.login(&id, now).unwrap(), None);
        assert_eq!(store.session_of(&presented, now).unwrap(), None);
        assert_eq!(store.session(&begun.id, now).unwrap(), None);
        let refreshing = store.refreshing(&over.id, now).unwrap();
        assert!(refreshing.is_none_or(|found| found.family.is_over(now)));
    }
    let found = find(store, &outliving.id).unwrap();
    assert_eq!(found.session, FamilySession::Outlived(begun.id));
}
