//! Authorization codes.

use super::families::{exchange, find};
use super::{at, cookie, family, keys, session, with_users};
use crate::random::SystemRandom;
use crate::store::{
    Bucket, Families, FamilyEnd, FamilySession, GivenWith, Hashed, NewCode, NewFamily, Redeemed, Redemption,
    Stale, Store, TokenId, Turned,
};

fn code(text: &str) -> NewCode {
    NewCode {
        hash: Hashed::of(text),
        client_id: "web".to_owned(),
        user_id: "auth0|ada".to_owned(),
        session: None,
        content: keys().hide(b"code", b"{}", &mut SystemRandom),
        expires_at: at(60),
    }
}

fn redemption(family: Option<NewFamily>) -> Redemption {
    let token = TokenId::new(Bucket::NEVER, &mut SystemRandom);
    Redemption {
        family,
        token: Some((token, at(3600))),
    }
}

pub fn a_code_is_used_once(store: &impl Store) {
    with_users(store);
    store.add_code(code("one")).unwrap();
    let kept = store.code(&Hashed::of("one"), at(1)).unwrap().unwrap();
    assert_eq!((kept.client_id.as_str(), kept.expires_at), ("web", at(60)));
    assert_eq!(keys().show(b"code", &kept.content).unwrap().reveal(), b"{}");
    assert_eq!(
        store.redeem(&Hashed::of("one"), redemption(None), at(1)).unwrap(),
        Redeemed::First
    );
    assert_eq!(
        store.redeem(&Hashed::of("one"), redemption(None), at(1)).unwrap(),
        Redeemed::Again { family: None }
    );
    assert_eq!(
        store
            .redeem(&Hashed::of("other"), redemption(None), at(1))
            .unwrap(),
        Redeemed::Unknown
    );
}

pub fn a_family_that_is_over_before_the_access_token_of_its_code_is_no_fault(store: &impl Store) {
    with_users(store);
    store.add_code(code("one")).unwrap();
    let short = NewFamily {
        idle_until: Some(at(5)),
        ..family()
    };
    let given = redemption(Some(short.clone()));
    store.redeem(&Hashed::of("one"), given, at(1)).unwrap();
    let found = store.refreshing(&short.id, at(6)).unwrap();
    assert!(found.is_none_or(|found| found.family.is_over(at(6))));
    assert_eq!(store.check(at(7)).unwrap().faults, []);
}

pub fn a_second_use_ends_what_the_first_gave(store: &impl Store) {
    with_users(store);
    store.add_code(code("one")).unwrap();
    let (first, second) = (redemption(Some(family())), redemption(Some(family())));
    let born = first.family.clone().unwrap().id;
    let token = first.token.unwrap().0;
    assert_eq!(
        store.redeem(&Hashed::of("one"), first, at(1)).unwrap(),
        Redeemed::First
    );
    assert!(!store.is_ended(&token, &GivenWith::default()).unwrap());
    assert!(find(store, &born).unwrap().ended.is_none());
    let never_born = second.family.clone().unwrap().id;
    assert_eq!(
        // Also long after the code's own time.
        store.redeem(&Hashed::of("one"), second, at(7200)).unwrap(),
        Redeemed::Again { family: Some(born) }
    );
    assert!(store.is_ended(&token, &GivenWith::default()).unwrap());
    assert!(find(store, &never_born).is_none());
    assert_eq!(
        exchange(store, born, 0, at(3)),
        Turned::Refused(Stale::Ended(FamilyEnd::CodeReused))
    );
}

pub fn a_code_counts_for_a_minute(store: &impl Store) {
    with_users(store);
    let redeemed = |text, now| {
        store
            .redeem(&Hashed::of(text), redemption(None), at(now))
            .unwrap()
    };
    for text in ["late", "early"] {
        store.add_code(code(text)).unwrap();
        assert!(store.code(&Hashed::of(text), at(59)).unwrap().is_some());
    }
    assert_eq!(redeemed("late", 60), Redeemed::Unknown);
    assert_eq!(redeemed("early", 59), Redeemed::First);
    assert!(store.code(&Hashed::of("late"), at(60)).unwrap().is_none());
    assert_eq!(redeemed("late", 60), Redeemed::Unknown);
}

pub fn a_code_gives_nothing_to_a_user_who_may_not_log_in_any_more(store: &impl Store) {
    with_users(store);
    let redeemed = |text: &str| {
        let redemption = redemption(Some(family()));
        let born = redemption.family.clone().unwrap().id;
        let redeemed = store.redeem(&Hashed::of(text), redemption, at(2)).unwrap();
        (redeemed, find(store, &born).is_some())
    };
    for text in ["blocked", "unblocked"] {
        store.add_code(code(text)).unwrap();
    }
    store.block_user("auth0|ada", at(1)).unwrap();
    assert_eq!(redeemed("blocked"), (Redeemed::Unknown, false));
    store.unblock_user("auth0|ada", at(1)).unwrap();
    assert_eq!(redeemed("unblocked"), (Redeemed::Unknown, false));
    store.add_code(code("later")).unwrap();
    assert_eq!(redeemed("later"), (Redeemed::First, true));
    store.add_code(code("deleted")).unwrap();
    store.delete_user("auth0|ada", at(1)).unwrap();
    assert_eq!(redeemed("deleted"), (Redeemed::Unknown, false));
}

/// A code is a refresh family that is not born yet: what ends the families of a session ends its codes, and what they
/// outlive the codes outlive, too.
pub fn codes_end_with_the_families_of_their_session(store: &impl Store) {
    with_users(store);
    for (families, is_left) in [(Families::End, false), (Families::Stay, true)] {
        let begun = session("auth0|ada", &cookie().0);
        let id = begun.id;
        store.begin_session(begun, None, at(0)).unwrap();
        let text = format!("{families:?}");
        let in_session = NewCode {
            session: Some(id),
            ..code(&text)
        };
        store.add_code(in_session).unwrap();
        store.end_session(&id, families, at(0)).unwrap();
        let late = NewFamily {
            session: Some(id),
            ..family()
        };
        let born = late.id;
        let expected = if is_left {
            Redeemed::First
        } else {
            Redeemed::Unknown
        };
        let redeemed = store.redeem(&Hashed::of(&text), redemption(Some(late)), at(1));
        assert_eq!(redeemed.unwrap(), expected, "{families:?}");
        let born = find(store, &born).map(|family| family.session);
        assert_eq!(
            born,
            is_left.then_some(FamilySession::Outlived(id)),
            "{families:?}"
        );
    }
}
