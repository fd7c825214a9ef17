//! Sessions of browsers and of machines.

use super::families::find;
use super::{at, cookie, device, family, session, with_users};
use crate::command::CookieMode;
use crate::event::Device;
use crate::saml::NameId;
use crate::saml::logout::{Application, Participant};
use crate::store::{
    Change, Closing, Families, FamilyEnd, FamilySession, Holder, NewFamily, NewHolder, NewSession,
    PresentedCookie, Session, SessionChange, SessionClosing, SessionId, SessionParticipant, SessionUser,
    Store,
};
use chrono::TimeDelta;
use serde_json::json;

fn client(id: &str) -> SessionParticipant {
    SessionParticipant::Client(id.to_owned())
}

fn service_provider(client_id: &str, index: &str) -> SessionParticipant {
    SessionParticipant::ServiceProvider(Box::new(Participant {
        application: Application {
            client_id: client_id.to_owned(),
            endpoint: None,
            certificates: Vec::new(),
        },
        issuer: Some("https://sp.example".to_owned()),
        name_id: NameId {
            value: "ada@example.org".to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        },
        session_index: index.to_owned(),
    }))
}

pub fn take_part(store: &impl Store, session: SessionId, participant: SessionParticipant) {
    let closing = SessionClosing::Change {
        change: Box::default(),
        participant: Some(participant),
    };
    store
        .close(Closing {
            session: Some((session, closing)),
            ..Closing::at(at(2))
        })
        .unwrap();
}

pub fn a_session_is_found_by_its_cookie_and_not_by_its_id(store: &impl Store) {
    with_users(store);
    let (presented, value) = cookie();
    let begun = session("auth0|ada", &presented);
    assert!(store.begin_session(begun.clone(), None, at(0)).unwrap().is_none());
    let expected = Session {
        id: begun.id,
        user_id: "auth0|ada".to_owned(),
        holder: Holder::Browser,
        created_at: at(0),
        authenticated_at: at(0),
        last_seen: at(0),
        idle_until: at(3600),
        ends_at: begun.ends_at,
        cookie_mode: CookieMode::Persistent,
        methods: begun.methods.clone(),
        metadata: serde_json::Map::new(),
        device: device("192.0.2.1"),
        connection: Some("db".to_owned()),
        clients: Vec::new(),
    };
    assert_eq!(begun.begun(at(0)), expected);
    let presented = PresentedCookie::read(value.reveal()).unwrap();
    assert_eq!(
        store.session_of(&presented, at(1)).unwrap(),
        Some(expected.clone())
    );
    assert_eq!(store.session(&begun.id, at(1)).unwrap(), Some(expected.clone()));
    assert_eq!(store.sessions_of_user("auth0|ada", at(1)).unwrap(), [expected]);
    assert_eq!(PresentedCookie::read(&begun.id.to_string()), None);
    let (other, _) = cookie();
    assert_eq!(store.session_of(&other, at(1)).unwrap(), None);
    // A new cookie takes the place of the one before.
    let renewed = SessionChange {
        cookie: Some(other.hash),
        ..SessionChange::default()
    };
    assert_eq!(
        store.change_session(&begun.id, renewed, at(1)).unwrap(),
        Change::Made
    );
    assert_eq!(store.session_of(&presented, at(1)).unwrap(), None);
    assert_eq!(store.session_of(&other, at(1)).unwrap().unwrap().id, begun.id);
    // Its user may turn out to be another one's second identity.
    let joined = SessionChange {
        user: Some(SessionUser {
            authenticated: "auth0|ada".to_owned(),
            primary: Some("auth0|eve".to_owned()),
        }),
        ..SessionChange::default()
    };
    store.change_session(&begun.id, joined, at(1)).unwrap();
    assert_eq!(
        store.session_of(&other, at(1)).unwrap().unwrap().user_id,
        "auth0|eve"
    );
    assert_eq!(store.sessions_of_user("auth0|ada", at(1)).unwrap(), []);
    assert_eq!(store.sessions_of_user("auth0|eve", at(1)).unwrap().len(), 1);
    // A machine's session has no cookie.
    let machine = crate::store::NewSession {
        held_by: NewHolder::Machine("api".to_owned()),
        ..session("auth0|ada", &other)
    };
    store.begin_session(machine.clone(), None, at(1)).unwrap();
    let found = store.session(&machine.id, at(1)).unwrap().unwrap();
    assert_eq!(found.holder, Holder::Machine("api".to_owned()));
    assert_eq!(found, machine.begun(at(1)));
}

pub fn times_end_a_session_to_the_millisecond(store: &impl Store) {
    with_users(store);
    let millisecond = TimeDelta::milliseconds(1);
    for (idle, end) in [(50, 7000), (7000, 50)] {
        let (presented, _) = cookie();
        let mut begun = session("auth0|ada", &presented);
        begun.idle_until = at(idle);
        begun.ends_at = at(end);
        store.begin_session(begun.clone(), None, at(0)).unwrap();
        assert!(
            store
                .session_of(&presented, at(50) - millisecond)
                .unwrap()
                .is_some()
        );
        for late in [at(50), at(50) + millisecond] {
            assert_eq!(store.session_of(&presented, late).unwrap(), None);
            assert_eq!(store.session(&begun.id, late).unwrap(), None);
            let change = store.change_session(&begun.id, SessionChange::default(), late);
            assert_eq!(
                change.unwrap(),
                Change::Kept,
                "a session that is over is not called back"
            );
        }
    }
}

pub fn another_user_ends_the_session_before(store: &impl Store) {
    with_users(store);
    let (of_ada, _) = cookie();
    let ada = session("auth0|ada", &of_ada);
    store.begin_session(ada.clone(), None, at(0)).unwrap();
    take_part(store, ada.id, client("web"));
    let mut born = family();
    born.session = Some(ada.id);
    store.add_family(born.clone(), at(1)).unwrap();
    let (of_eve, _) = cookie();
    let eve = session("auth0|eve", &of_eve);
    let ended = store.begin_session(eve, Some(&ada.id), at(2)).unwrap().unwrap();
    assert_eq!((ended.id, ended.user_id.as_str()), (ada.id, "auth0|ada"));
    assert_eq!(ended.participants[0].client_id(), "web");
    assert_eq!(store.session_of(&of_ada, at(3)).unwrap(), None);
    assert_eq!(
        store.session_of(&of_eve, at(3)).unwrap().unwrap().user_id,
        "auth0|eve"
    );
    assert_eq!(
        find(store, &born.id).unwrap().ended,
        Some(FamilyEnd::SessionEnded)
    );
}

pub fn changes_are_made_onto_the_row_of_the_moment(store: &impl Store) {
    with_users(store);
    let (presented, _) = cookie();
    let begun = session("auth0|ada", &presented);
    store.begin_session(begun.clone(), None, at(0)).unwrap();
    let mfa = json!({"name": "mfa", "type": "otp", "timestamp": "2027-01-15T08:00:05.000Z"});
    let change = SessionChange {
        authenticated_at: Some(at(5)),
        ends_at: Some(at(9_000_000)),
        idle_until: Some(at(9_000_000)),
        cookie_mode: Some(CookieMode::NonPersistent),
        methods: vec![mfa.clone()],
        metadata: json!({"a": "1", "b": "2"}).as_object().unwrap().clone(),
        ..SessionChange::default()
    };
    store.change_session(&begun.id, change, at(5)).unwrap();
    let again = SessionChange {
        ends_at: Some(at(1000)),
        methods: vec![json!({"name": "pwd", "timestamp": "later"})],
        metadata: json!({"a": null, "c": "3"}).as_object().unwrap().clone(),
        ..SessionChange::default()
    };
    store.change_session(&begun.id, again, at(6)).unwrap();
    let found = store.session(&begun.id, at(7)).unwrap().unwrap();
    assert_eq!(found.authenticated_at, at(5));
    assert_eq!(found.ends_at, at(1000), "an end only ever comes sooner");
    assert_eq!(found.idle_until, at(1000), "idle no later than the end");
    assert_eq!(found.cookie_mode, CookieMode::NonPersistent);
    assert_eq!(found.metadata, *json!({"b": "2", "c": "3"}).as_object().unwrap());
    assert_eq!(found.methods, [mfa, json!({"name": "pwd", "timestamp": "later"})]);
}

pub fn a_use_is_written_down_at_most_once_a_minute(store: &impl Store) {
    with_users(store);
    let (presented, _) = cookie();
    let begun = session("auth0|ada", &presented);
    store.begin_session(begun.clone(), None, at(0)).unwrap();
    let seen = |now: i64| {
        let change = SessionChange {
            idle_until: Some(at(now + 3600)),
            device: Device {
                last_ip: Some(format!("192.0.2.{now}")),
                ..Device::default()
            },
            ..SessionChange::default()
        };
        store.change_session(&begun.id, change, at(now)).unwrap()
    };
    assert_eq!(seen(59), Change::Kept);
    assert_eq!(seen(60), Change::Made);
    assert_eq!(seen(119), Change::Kept);
    let found = store.session(&begun.id, at(120)).unwrap().unwrap();
    assert_eq!((found.last_seen, found.idle_until), (at(60), at(3660)));
    assert_eq!(found.device.initial_ip.as_deref(), Some("192.0.2.1"));
    assert_eq!(found.device.last_ip.as_deref(), Some("192.0.2.60"));
}

/// Semantics 2.10: an idle end that an Action asks for is for one use, however soon the next one follows.
pub fn a_short_idle_end_is_for_one_use(store: &impl Store) {
    with_users(store);
    let (presented, _) = cookie();
    let begun = session("auth0|ada", &presented);
    store.begin_session(begun.clone(), None, at(0)).unwrap();
    let used = |idle_until: i64, now: i64| {
        let change = SessionChange {
            idle_until: Some(at(idle_until)),
            device: device("192.0.2.1"),
            ..SessionChange::default()
        };
        store.change_session(&begun.id, change, at(now)).unwrap()
    };
    assert_eq!(used(5, 1), Change::Made);
    assert_eq!(used(3602, 2), Change::Made);
    let found = store.session(&begun.id, at(6)).unwrap().unwrap();
    assert_eq!(found.idle_until, at(3602));
    assert_eq!(used(3603, 3), Change::Kept);
}

pub fn who_took_part_is_told_when_a_session_ends(store: &impl Store) {
    with_users(store);
    let (presented, _) = cookie();
    let begun = session("auth0|ada", &presented);
    store.begin_session(begun.clone(), None, at(0)).unwrap();
    for participant in [
        client("web"),
        service_provider("sp", "_1"),
        client("web"),
        service_provider("sp", "_2"),
    ] {
        take_part(store, begun.id, participant);
    }
    assert_eq!(
        store.session(&begun.id, at(3)).unwrap().unwrap().clients,
        ["web", "sp"]
    );
    let mut born = family();
    born.session = Some(begun.id);
    store.add_family(born.clone(), at(1)).unwrap();
    let ended = store
        .end_session(&begun.id, Families::Stay, at(3))
        .unwrap()
        .unwrap();
    let told: Vec<_> = ended
        .participants
        .iter()
        .map(|participant| match participant {
            SessionParticipant::Client(id) => id.clone(),
            SessionParticipant::ServiceProvider(participant) => {
                format!("{} {}", participant.name_id.value, participant.session_index)
            }
        })
        .collect();
    assert_eq!(told, ["web", "ada@example.org _1", "ada@example.org _2"]);
    assert!(
        store
            .end_session(&begun.id, Families::Stay, at(3))
            .unwrap()
            .is_none()
    );
    assert!(store.participants(&begun.id).unwrap().is_empty());
    let outlived = find(store, &born.id).unwrap();
    assert_eq!(
        (outlived.ended, outlived.session),
        (None, FamilySession::Outlived(begun.id))
    );
}

pub fn all_sessions_of_a_user_end_at_once(store: &impl Store) {
    with_users(store);
    let begin = |user: &str, idle: i64| {
        let (presented, _) = cookie();
        let begun = NewSession {
            idle_until: at(idle),
            ..session(user, &presented)
        };
        store.begin_session(begun.clone(), None, at(0)).unwrap();
        begun.id
    };
    let [one, over, other] = [
        begin("auth0|ada", 100),
        begin("auth0|ada", 5),
        begin("auth0|eve", 100),
    ];
    let mut born = [family(), family(), family()];
    for (born, session) in born.iter_mut().zip([Some(one), None, Some(other)]) {
        born.session = session;
        if session == Some(other) {
            "auth0|eve".clone_into(&mut born.user_id);
        }
        store.add_family(born.clone(), at(1)).unwrap();
    }
    let ended = store
        .end_sessions_of_user("auth0|ada", Families::End, at(10))
        .unwrap();
    let ended: Vec<_> = ended.iter().map(|ended| ended.id).collect();
    assert_eq!(ended, [one], "{over} was over before");
    assert!(store.session(&one, at(10)).unwrap().is_none());
    assert!(store.session(&other, at(10)).unwrap().is_some());
    let lives = |family: &NewFamily| find(store, &family.id).unwrap().ended.is_none();
    assert_eq!(born.each_ref().map(lives), [false, true, true]);
    let ended = store
        .end_families_of("auth0|ada", FamilyEnd::Revoked, at(10))
        .unwrap();
    let ended: Vec<_> = ended.iter().map(|ended| ended.id).collect();
    assert_eq!(ended, [born[1].id]);
    assert_eq!(born.each_ref().map(lives), [false, false, true]);
}
