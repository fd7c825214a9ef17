//! A clock that is set back.

use super::families::{exchange, find};
use super::{at, cookie, family, keys, session, with_users};
use crate::random::SystemRandom;
use crate::store::{
    Bound, FamilySession, Generation, Hashed, IdUse, NewCode, NewLogin, Redemption, SetBack, Stale, Store,
    Turned,
};

pub fn the_latest_moment_is_known(store: &impl Store) {
    assert_eq!(store.latest_moment().unwrap(), None);
    store.note_moment(at(5)).unwrap();
    store.note_moment(at(3)).unwrap();
    assert_eq!(store.latest_moment().unwrap(), Some(at(5)));
    store.set_back(at(5), at(1)).unwrap();
    assert_eq!(store.latest_moment().unwrap(), Some(at(1)));
}

/// Of tokens nothing is kept, so the time that passes twice is; it is forgotten once it has passed.
pub fn the_time_that_passes_twice_is_known(store: &impl Store) {
    let known = || {
        let mut known = store.set_backs().unwrap();
        known.sort_by_key(|back| back.back_to);
        known
    };
    let back = |latest: i64, back_to: i64| SetBack {
        latest: at(latest),
        back_to: at(back_to),
    };
    assert_eq!(known(), []);
    store.set_back(at(100), at(50)).unwrap();
    store.set_back(at(70), at(40)).unwrap();
    store.set_back(at(60), at(40)).unwrap();
    assert_eq!(known(), [back(70, 40), back(100, 50)]);
    store.set_back(at(200), at(90)).unwrap();
    assert_eq!(known(), [back(100, 50), back(200, 90)]);
}

/// ST-14: what was over before the clock was set back stays over, and what was not goes on.
pub fn nothing_lives_again_when_the_clock_is_set_back(store: &impl Store) {
    with_users(store);
    let hidden = || keys().hide(b"", b"", &mut SystemRandom);
    let ending = |name: &str, seconds: i64| {
        let (presented, _) = cookie();
        let mut begun = session("auth0|ada", &presented);
        begun.idle_until = at(seconds);
        store.begin_session(begun.clone(), None, at(0)).unwrap();
        let mut born = family();
        (born.idle_until, born.session) = (Some(at(seconds)), Some(begun.id));
        store.add_family(born.clone(), at(0)).unwrap();
        let code = NewCode {
            hash: Hashed::of(name),
            client_id: "web".to_owned(),
            user_id: "auth0|ada".to_owned(),
            session: None,
            content: hidden(),
            expires_at: at(seconds),
        };
        store.add_code(code).unwrap();
        let login = NewLogin {
            id: Hashed::of(name),
            bound_to: Bound::Machine("job".to_owned()),
            content: hidden(),
            expires_at: at(seconds),
        };
        store.add_login(login).unwrap();
        (begun.id, born.id)
    };
    let (over, open) = (ending("over", 60), ending("open", 7200));
    store
        .use_id(IdUse::SamlRequest, "https://sp.example", "_1", at(60), at(0))
        .unwrap();
    let nothing = || Redemption {
        family: None,
        token: None,
    };
    let used = Hashed::of("used");
    let code = NewCode {
        hash: used,
        client_id: "web".to_owned(),
        user_id: "auth0|ada".to_owned(),
        session: None,
        content: hidden(),
        expires_at: at(60),
    };
    store.add_code(code).unwrap();
    store.redeem(&used, nothing(), at(1)).unwrap();

    store.set_back(at(3600), at(10)).unwrap();
    for (name, (session, family), is_open) in [("over", over, false), ("open", open, true)] {
        let id = Hashed::of(name);
        assert_eq!(
            store.session(&session, at(10)).unwrap().is_some(),
            is_open,
            "session {name}"
        );
        assert_eq!(
            store.login(&id, at(10)).unwrap().is_some(),
            is_open,
            "login {name}"
        );
        assert_eq!(store.code(&id, at(10)).unwrap().is_some(), is_open, "code {name}");
        let turned = exchange(store, family, 0, at(10));
        let expected = if is_open {
            Turned::Now(Generation(1))
        } else {
            Turned::Refused(Stale::Expired)
        };
        assert_eq!(turned, expected, "family {name}");
    }
    assert_eq!(
        find(store, &over.1).unwrap().session,
        FamilySession::Outlived(over.0)
    );
    // A code that was used is known as such, and an id that was used counts as used.
    let again = store.redeem(&used, nothing(), at(10)).unwrap();
    assert!(matches!(again, crate::store::Redeemed::Again { .. }), "{again:?}");
    let id = store.use_id(IdUse::SamlRequest, "https://sp.example", "_1", at(60), at(10));
    assert_eq!(id.unwrap(), crate::flow::Use::Again);
}
