//! What is remembered for a while.

use super::at;
use crate::command::CacheRecord;
use crate::flow::Use;
use crate::store::{Closing, ConsentPlace, Failures, Hashed, IdUse, Store};
use chrono::TimeDelta;
use indexmap::IndexMap;

pub fn an_id_is_used_once_for_each_use(store: &impl Store) {
    let used = |kind, issuer, id, now| store.use_id(kind, issuer, id, at(100), at(now)).unwrap();
    assert_eq!(
        used(IdUse::SamlRequest, "https://sp.example", "_1", 0),
        Use::First
    );
    assert_eq!(
        used(IdUse::SamlRequest, "https://sp.example", "_1", 99),
        Use::Again
    );
    assert_eq!(
        used(IdUse::SamlRequest, "https://sp.example", "_2", 0),
        Use::First
    );
    assert_eq!(
        used(IdUse::SamlRequest, "https://other.example", "_1", 0),
        Use::First
    );
    assert_eq!(
        used(IdUse::ClientAssertion, "https://sp.example", "_1", 0),
        Use::First
    );
    let known = |id, now| {
        let found = store.id_use(IdUse::SamlRequest, "https://sp.example", id, at(now));
        found.unwrap()
    };
    assert_eq!((known("_1", 99), known("_3", 0)), (Use::Again, Use::First));
    assert_eq!(known("_3", 0), Use::First, "to ask uses nothing");
    // No longer remembered, so as good as new.
    assert_eq!(known("_1", 100), Use::First);
    assert_eq!(
        used(IdUse::SamlRequest, "https://sp.example", "_1", 100),
        Use::First
    );
}

pub fn failures_in_a_row_are_counted(store: &impl Store) {
    let pair = Hashed::of_parts(&["auth0|ada", "192.0.2.1"]);
    let window = TimeDelta::seconds(60);
    assert_eq!(store.failures(&pair, at(0)).unwrap(), None);
    for (now, count) in [(0, 1), (50, 2), (100, 3), (160, 1)] {
        assert_eq!(store.count_failure(&pair, window, at(now)).unwrap(), count);
        let until = at(now + 60);
        assert_eq!(
            store.failures(&pair, at(now)).unwrap(),
            Some(Failures { count, until })
        );
    }
    assert_eq!(store.failures(&pair, at(220)).unwrap(), None);
    store.forget_failures(&pair).unwrap();
    assert_eq!(store.failures(&pair, at(160)).unwrap(), None);
}

pub fn what_is_owed_is_paid_off_as_time_goes_by(store: &impl Store) {
    let address = Hashed::of_parts(&["192.0.2.1"]);
    let owe = |now| store.owe(&address, TimeDelta::seconds(10), at(now)).unwrap();
    assert_eq!((owe(0), owe(0), owe(5)), (at(10), at(20), at(30)));
    assert_eq!(store.failures(&address, at(29)).unwrap().unwrap().until, at(30));
    assert_eq!(store.failures(&address, at(30)).unwrap(), None);
    assert_eq!(owe(100), at(110));
    assert_eq!(store.failures(&address, at(100)).unwrap().unwrap().count, 1);
}

pub fn consents_add_up(store: &impl Store) {
    let place = ConsentPlace {
        user_id: "auth0|ada",
        client_id: "web",
        audience: "",
    };
    let scopes = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(store.consented(&place).unwrap(), None);
    store
        .consent(&place, &scopes(&["openid", "profile"]), at(0))
        .unwrap();
    store
        .consent(&place, &scopes(&["profile", "email"]), at(1))
        .unwrap();
    assert_eq!(
        store.consented(&place).unwrap(),
        Some(scopes(&["openid", "profile", "email"]))
    );
    let other = ConsentPlace {
        audience: "https://api.example.org/",
        ..place
    };
    assert_eq!(store.consented(&other).unwrap(), None);
    store.consent(&other, &[], at(2)).unwrap();
    assert_eq!(store.consented(&other).unwrap(), Some(Vec::new()));
}

pub fn the_cache_of_actions_keeps_its_order(store: &impl Store) {
    let record = |value: &str, expires| {
        Some(CacheRecord {
            value: value.to_owned(),
            expires_at: at(expires).timestamp_millis(),
        })
    };
    let keep = |changes: Vec<(&str, Option<CacheRecord>)>| {
        let cache: IndexMap<_, _> = changes
            .into_iter()
            .map(|(name, record)| (name.to_owned(), record))
            .collect();
        store
            .close(Closing {
                cache,
                ..Closing::at(at(0))
            })
            .unwrap();
    };
    let names = |now| {
        let cache = store.action_cache(at(now)).unwrap();
        cache
            .records()
            .map(|(name, record)| format!("{name}={}", record.value))
            .collect::<Vec<_>>()
    };
    keep(vec![("b", record("1", 100)), ("a", record("2", 50))]);
    keep(vec![("c", record("3", 100)), ("b", record("4", 100))]);
    assert_eq!(names(0), ["b=4", "a=2", "c=3"]);
    assert_eq!(names(50), ["b=4", "c=3"]);
    keep(vec![("b", None), ("d", None)]);
    assert_eq!(names(0), ["a=2", "c=3"]);
}
