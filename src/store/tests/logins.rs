//! Logins in progress.

use super::{at, keys};
use crate::random::SystemRandom;
use crate::store::{Bound, Hashed, LoginInProgress, NewLogin, Store, Taken};
use std::thread;

fn login(id: &str, content: &[u8]) -> NewLogin {
    NewLogin {
        id: Hashed::of(id),
        bound_to: Bound::Browser(Hashed::of("cookie")),
        content: keys().hide(id.as_bytes(), content, &mut SystemRandom),
        expires_at: at(3600),
    }
}

pub fn a_login_is_kept_until_its_time_is_over(store: &impl Store) {
    let kept = login("a", b"content");
    store.add_login(kept.clone()).unwrap();
    let expected = LoginInProgress {
        bound_to: kept.bound_to,
        content: kept.content,
        version: 0,
        expires_at: at(3600),
    };
    assert_eq!(store.login(&Hashed::of("a"), at(3599)).unwrap(), Some(expected));
    assert_eq!(store.login(&Hashed::of("a"), at(3600)).unwrap(), None);
    assert_eq!(store.login(&Hashed::of("b"), at(1)).unwrap(), None);
    assert_eq!(
        store.take_login(&Hashed::of("a"), at(3600)).unwrap(),
        Taken::Before
    );
    let machine = NewLogin {
        bound_to: Bound::Machine("api".to_owned()),
        ..login("m", b"")
    };
    store.add_login(machine.clone()).unwrap();
    let found = store.login(&Hashed::of("m"), at(1)).unwrap().unwrap();
    assert_eq!(found.bound_to, machine.bound_to);
}

pub fn of_two_who_take_a_login_one_gets_it(store: &impl Store) {
    store.add_login(login("a", b"content")).unwrap();
    let taken: Vec<_> = thread::scope(|scope| {
        let takers: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| store.take_login(&Hashed::of("a"), at(1)).unwrap()))
            .collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|taken| **taken == Taken::Now).count(), 1);
    assert_eq!(store.login(&Hashed::of("a"), at(1)).unwrap(), None);
}

pub fn of_two_who_change_a_login_one_does(store: &impl Store) {
    store.add_login(login("a", b"before")).unwrap();
    let [one, other] = [b"one".as_slice(), b"other"].map(|text| keys().hide(b"a", text, &mut SystemRandom));
    assert_eq!(
        store.change_login(&Hashed::of("a"), 0, one.clone()).unwrap(),
        Taken::Now
    );
    assert_eq!(
        store.change_login(&Hashed::of("a"), 0, other).unwrap(),
        Taken::Before
    );
    let found = store.login(&Hashed::of("a"), at(1)).unwrap().unwrap();
    assert_eq!((found.content, found.version), (one, 1));
}
