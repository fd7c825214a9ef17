//! Exchanges that meet: two tabs, lost replies, late copies, thieves.

use super::families::{exchange, exchanged, find};
use super::{at, family, keys, turn, with_users};
use crate::store::{
    Closed, Closing, FamilyId, Generation, RefreshToken, Rotation, Stale, Store, Turned, UserChange,
};
use crate::time::Moment;
use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use std::thread;

/// The token of `id` with this generation, as its owner has it.
fn token(id: FamilyId, generation: Generation) -> String {
    let token = RefreshToken {
        family: id,
        generation,
        key: crate::store::KeyNumber(1),
    };
    token.issue(&keys()).unwrap().reveal().clone()
}

/// What fifty exchanges of the first token become, all at once; each wants to leave its number with the user.
fn fifty(store: &impl Store, id: FamilyId) -> Vec<Turned> {
    thread::scope(|scope| {
        let exchanges: Vec<_> = (0..50)
            .map(|number| {
                scope.spawn(move || {
                    let change = UserChange {
                        app_metadata: json!({format!("n{number}"): true}).as_object().unwrap().clone(),
                        ..UserChange::default()
                    };
                    let closing = Closing {
                        turn: Some(turn(id, 0)),
                        user: Some(("auth0|ada".to_owned(), change)),
                        ..Closing::at(at(1))
                    };
                    match store.close(closing).unwrap() {
                        Closed::Kept { turned, .. } => turned.unwrap(),
                        Closed::Lost(turned) => turned,
                        nothing => panic!("{nothing:?}"),
                    }
                })
            })
            .collect();
        exchanges
            .into_iter()
            .map(|exchange| exchange.join().unwrap())
            .collect()
    })
}

pub fn fifty_at_once_get_one_successor(store: &impl Store) {
    with_users(store);
    let born = family();
    store.add_family(born.clone(), at(0)).unwrap();
    let turned = fifty(store, born.id);
    let first = turned
        .iter()
        .filter(|turned| **turned == Turned::Now(Generation(1)));
    let others = turned
        .iter()
        .filter(|turned| **turned == Turned::Already(Generation(1)));
    assert_eq!((first.count(), others.count()), (1, 49));
    let profile = store.stored_user("auth0|ada").unwrap().unwrap().profile;
    assert_eq!(
        profile.0["app_metadata"].as_object().unwrap().len(),
        1,
        "losers leave nothing behind"
    );
    // The one successor goes on.
    assert_eq!(exchange(store, born.id, 1, at(20)), Turned::Now(Generation(2)));
}

pub fn fifty_at_once_keep_a_fixed_token(store: &impl Store) {
    with_users(store);
    let mut born = family();
    born.rotation = Rotation::Fixed;
    store.add_family(born.clone(), at(0)).unwrap();
    assert_eq!(fifty(store, born.id), [Turned::Now(Generation(0)); 50]);
    assert_eq!(exchange(store, born.id, 0, at(5000)), Turned::Now(Generation(0)));
}

/// What somebody does with a family.
#[derive(Clone, Debug)]
enum Deed {
    /// Time passes, in milliseconds.
    Wait(i64),
    /// The token that was given so many rotations ago is presented; none that was never given.
    Present(usize),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        // Around the leeway of ten seconds, and far from it.
        3 => prop_oneof![0..3_i64, 9_998..10_003_i64, 0..30_000_i64].prop_map(Deed::Wait),
        3 => Just(Deed::Present(0)),
        2 => Just(Deed::Present(1)),
        1 => (2..5_usize).prop_map(Deed::Present),
    ];
    prop::collection::vec(deed, 1..40)
}

/// A family as those see it who hold its tokens: the texts that were given, in order, and when the last was.
struct Model {
    given: Vec<String>,
    last: Moment,
    is_ended: bool,
}

impl Model {
    /// The token that an exchange of `given[place]` gives, if it gives one.
    fn present(&mut self, place: usize, next: impl FnOnce() -> String, now: Moment) -> Result<String, ()> {
        if self.is_ended {
            return Err(());
        }
        let newest = self.given.len() - 1;
        if place == newest {
            self.given.push(next());
            self.last = now;
            return Ok(self.given[newest + 1].clone());
        }
        if now - self.last >= TimeDelta::seconds(10) {
            self.is_ended = true;
            return Err(());
        }
        if place + 1 == newest {
            Ok(self.given[newest].clone())
        } else {
            Err(())
        }
    }
}

pub fn a_family_is_as_its_model(store: &impl Store) {
    with_users(store);
    let run = |deeds: Vec<Deed>| -> Result<(), TestCaseError> {
        let born = family();
        store.add_family(born.clone(), at(0)).unwrap();
        let mut model = Model {
            given: vec![token(born.id, Generation(0))],
            last: at(0),
            is_ended: false,
        };
        let mut now = at(0);
        for deed in deeds {
            let ago = match deed {
                Deed::Wait(ms) => {
                    now += TimeDelta::milliseconds(ms);
                    continue;
                }
                Deed::Present(ago) => ago,
            };
            let Some(place) = (model.given.len() - 1).checked_sub(ago) else {
                continue;
            };
            let presented = RefreshToken::read(&model.given[place], &keys()).unwrap();
            let mut next = turn(born.id, presented.generation.0);
            next.idle_until = None;
            let turned = exchanged(store, next, now);
            let got = match turned {
                Turned::Now(generation) | Turned::Already(generation) => Ok(token(born.id, generation)),
                Turned::Refused(_) => Err(()),
            };
            let successor = || token(born.id, presented.generation.next());
            prop_assert_eq!(&got, &model.present(place, successor, now));
            let kept = find(store, &born.id).unwrap();
            prop_assert_eq!(kept.ended.is_some(), model.is_ended);
            // Never two that count.
            prop_assert_eq!(
                kept.generation,
                Generation(u32::try_from(model.given.len()).unwrap() - 1)
            );
            if turned == Turned::Refused(Stale::Late) {
                prop_assert!(!model.is_ended, "a late copy ends nothing");
            }
        }
        Ok(())
    };
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config).run(&deeds(), run).unwrap();
}
