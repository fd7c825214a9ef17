//! Refresh families as they are kept.

use super::{at, device, family, turn, with_users};
use crate::event::Device;
use crate::store::{
    Change, Closed, Closing, Family, FamilyEnd, FamilyId, FamilySession, Generation, Rotation, Stale, Store,
    Turned,
};
use crate::time::Moment;
use serde_json::json;

pub fn find(store: &impl Store, id: &FamilyId) -> Option<Family> {
    store
        .refreshing(id, at(0))
        .unwrap()
        .map(|refreshing| refreshing.family)
}

/// What becomes of an exchange of generation `presented` at `now`.
pub fn exchange(store: &impl Store, id: FamilyId, presented: u32, now: Moment) -> Turned {
    exchanged(store, turn(id, presented), now)
}

pub fn exchanged(store: &impl Store, turn: crate::store::Turn, now: Moment) -> Turned {
    let closing = Closing {
        turn: Some(turn),
        ..Closing::at(now)
    };
    match store.close(closing).unwrap() {
        Closed::Kept { turned, .. } => turned.unwrap(),
        Closed::Lost(turned) => turned,
        nothing => panic!("{nothing:?}"),
    }
}

pub fn a_family_is_kept_as_it_was_born(store: &impl Store) {
    with_users(store);
    let mut born = family();
    born.metadata = json!({"device": "phone"}).as_object().unwrap().clone();
    store.add_family(born.clone(), at(5)).unwrap();
    let refreshing = store.refreshing(&born.id, at(6)).unwrap().unwrap();
    assert_eq!(
        refreshing.family,
        Family {
            id: born.id,
            key: born.key,
            generation: Generation(0),
            turned_at: at(5),
            created_at: at(5),
            idle_until: born.idle_until,
            ends_at: born.ends_at,
            ended: None,
            rotation: Rotation::Rotating,
            client_id: "web".to_owned(),
            user_id: "auth0|ada".to_owned(),
            session: FamilySession::None,
            grant: born.grant.clone(),
            metadata: born.metadata.clone(),
            device: device("192.0.2.1"),
        }
    );
    assert_eq!(refreshing.session, None);
    assert_eq!(refreshing.user.unwrap().user_id(), "auth0|ada");

    let mut next = turn(born.id, 0);
    next.metadata = json!({"device": null, "place": "home"})
        .as_object()
        .unwrap()
        .clone();
    next.device = Device {
        last_ip: Some("192.0.2.9".to_owned()),
        ..Device::default()
    };
    next.idle_until = Some(at(100));
    assert_eq!(exchanged(store, next, at(7)), Turned::Now(Generation(1)));
    let after = find(store, &born.id).unwrap();
    assert_eq!(after.metadata, *json!({"place": "home"}).as_object().unwrap());
    assert_eq!(after.device.initial_ip.as_deref(), Some("192.0.2.1"));
    assert_eq!(after.device.last_ip.as_deref(), Some("192.0.2.9"));
    assert_eq!((after.turned_at, after.idle_until), (at(7), Some(at(100))));
    assert_eq!(store.families_of("auth0|ada", at(8)).unwrap(), [after]);
    assert_eq!(store.families_of("auth0|ada", at(100)).unwrap(), []);
    assert_eq!(store.families_of("auth0|eve", at(8)).unwrap(), []);
}

pub fn times_end_a_family_to_the_millisecond(store: &impl Store) {
    with_users(store);
    let millisecond = chrono::TimeDelta::milliseconds(1);
    for (idle, end) in [
        (Some(50), Some(5000)),
        (Some(5000), Some(50)),
        (None, Some(50)),
        (Some(50), None),
    ] {
        let mut born = family();
        born.idle_until = idle.map(at);
        born.ends_at = end.map(at);
        store.add_family(born.clone(), at(0)).unwrap();
        let mut early = turn(born.id, 0);
        early.idle_until = idle.map(at);
        assert_eq!(
            exchanged(store, early, at(50) - millisecond),
            Turned::Now(Generation(1))
        );
        for late in [at(50), at(50) + millisecond] {
            assert_eq!(exchange(store, born.id, 1, late), Turned::Refused(Stale::Expired));
        }
    }
    let mut endless = family();
    (endless.idle_until, endless.ends_at) = (None, None);
    store.add_family(endless.clone(), at(0)).unwrap();
    let far = at(20 * 365 * 24 * 3600);
    assert_eq!(exchange(store, endless.id, 0, far), Turned::Now(Generation(1)));
}

pub fn an_expiry_only_ever_comes_sooner(store: &impl Store) {
    with_users(store);
    let born = family();
    store.add_family(born.clone(), at(0)).unwrap();
    for (number, wished, expected) in [(0, 500, 500), (1, 900, 500), (2, 400, 400)] {
        let mut next = turn(born.id, number);
        next.ends_at = Some(at(wished));
        assert_eq!(exchanged(store, next, at(1)), Turned::Now(Generation(number + 1)));
        assert_eq!(find(store, &born.id).unwrap().ends_at, Some(at(expected)));
    }
}

pub fn an_ended_family_says_why(store: &impl Store) {
    with_users(store);
    let born = family();
    store.add_family(born.clone(), at(0)).unwrap();
    assert_eq!(
        store.end_family(&born.id, FamilyEnd::Revoked, at(0)).unwrap(),
        Change::Made
    );
    assert_eq!(
        store.end_family(&born.id, FamilyEnd::UserBlocked, at(0)).unwrap(),
        Change::Kept
    );
    assert_eq!(
        exchange(store, born.id, 0, at(1)),
        Turned::Refused(Stale::Ended(FamilyEnd::Revoked))
    );
    let unknown = family().id;
    assert_eq!(
        store.end_family(&unknown, FamilyEnd::Revoked, at(0)).unwrap(),
        Change::Kept
    );
    assert_eq!(exchange(store, unknown, 0, at(1)), Turned::Refused(Stale::Gone));
    assert_eq!(store.families_of("auth0|ada", at(1)).unwrap(), []);
}
