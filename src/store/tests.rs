//! Questions that any store has to answer in the same way, and what SQLite alone has to do.
//!
//! Each function of the files beside this one takes `&impl Store`, an empty one. A second implementation joins by one
//! more [`conformance!`].

mod closings;
mod codes;
mod endings;
mod exchanges;
mod families;
mod faults;
mod flat;
mod killed;
mod late;
mod logins;
mod memory;
mod moments;
mod nothing_to_present;
mod observed;
mod sessions;
mod tidied;
mod users;

use super::{
    Bucket, FamilyGrant, FamilyId, KeyNumber, NewFamily, NewHolder, NewSession, NewUser, PresentedCookie,
    Rotation, ServerKeys, SessionId, Sqlite, Store, Turn,
};
use crate::command::CookieMode;
use crate::event::Device;
use crate::flow::Clock;
use crate::random::SystemRandom;
use crate::secret::Secret;
use crate::store::{Generation, Load};
use crate::tenant::{Credentials, Profile};
use crate::time::{Moment, at_ms};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

macro_rules! conformance {
    ($implementation:ident: $make:expr) => {
        mod $implementation {
            conformance! { @tests $make;
                closings::what_an_exchange_leaves_behind_is_kept_whole
                closings::whoever_loses_leaves_nothing_behind
                closings::a_request_is_answered_once
                closings::who_is_brought_along_is_kept_with_the_login
                closings::a_session_that_ended_meanwhile_lets_nothing_be_issued
                closings::a_session_begins_with_its_login_or_not_at_all
                closings::a_user_who_was_blocked_meanwhile_gets_nothing
                closings::a_session_becomes_the_primary_users
                closings::an_action_can_end_the_session_with_or_without_its_families
                codes::a_code_is_used_once
                codes::a_family_that_is_over_before_the_access_token_of_its_code_is_no_fault
                codes::a_second_use_ends_what_the_first_gave
                codes::a_code_counts_for_a_minute
                codes::a_code_gives_nothing_to_a_user_who_may_not_log_in_any_more
                codes::codes_end_with_the_families_of_their_session
                endings::an_access_token_ends_alone
                endings::whoever_ends_a_family_ends_its_access_tokens
                endings::whoever_ends_a_session_ends_its_access_tokens
                endings::what_is_over_by_itself_ends_no_access_token
                endings::a_code_that_comes_again_ends_the_access_tokens_of_its_family
                exchanges::fifty_at_once_get_one_successor
                exchanges::fifty_at_once_keep_a_fixed_token
                exchanges::a_family_is_as_its_model
                families::a_family_is_kept_as_it_was_born
                families::times_end_a_family_to_the_millisecond
                families::an_expiry_only_ever_comes_sooner
                families::an_ended_family_says_why
                late::what_was_presented_too_late_stays_over
                logins::a_login_is_kept_until_its_time_is_over
                logins::of_two_who_take_a_login_one_gets_it
                logins::of_two_who_change_a_login_one_does
                memory::an_id_is_used_once_for_each_use
                memory::failures_in_a_row_are_counted
                memory::what_is_owed_is_paid_off_as_time_goes_by
                memory::consents_add_up
                memory::the_cache_of_actions_keeps_its_order
                moments::the_latest_moment_is_known
                moments::nothing_lives_again_when_the_clock_is_set_back
                moments::the_time_that_passes_twice_is_known
                sessions::a_session_is_found_by_its_cookie_and_not_by_its_id
                sessions::times_end_a_session_to_the_millisecond
                sessions::another_user_ends_the_session_before
                sessions::changes_are_made_onto_the_row_of_the_moment
                sessions::a_use_is_written_down_at_most_once_a_minute
                sessions::a_short_idle_end_is_for_one_use
                sessions::who_took_part_is_told_when_a_session_ends
                sessions::all_sessions_of_a_user_end_at_once
                users::a_user_is_found_by_each_name
                users::a_later_load_changes_nobody_and_says_who_differs
                users::a_deleted_user_leaves_the_id
                users::blocking_ends_sessions_and_families
                users::another_password_ends_sessions_and_families
                users::metadata_are_patched_and_logins_are_counted
                users::a_password_is_changed_only_from_what_it_was
                users::users_are_listed_page_by_page
                users::a_user_is_brought_along_over_one_connection
            }
        }
    };
    (@tests $make:expr; $($file:ident::$name:ident)*) => {$(
        #[test]
        fn $name() {
            let made = $make;
            super::$file::$name(&made.store);
            let checked = crate::store::Store::check(&made.store, super::at(0)).unwrap();
            assert_eq!(checked.faults, [], "the store is whole after the test");
        }
    )*};
}

conformance!(sqlite: super::SqliteForTest::new());

/// A store in a folder of its own.
struct SqliteForTest {
    store: Sqlite,
    folder: TempDir,
}

impl SqliteForTest {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("store.db"), Still).unwrap();
        Self { store, folder }
    }
}

/// A clock that stands at the beginning of the tests.
struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        at(0)
    }
}

/// So many seconds after the beginning of the tests.
fn at(seconds: i64) -> Moment {
    at_ms(1_800_000_000_000) + TimeDelta::seconds(seconds)
}

fn keys() -> ServerKeys {
    ServerKeys::new(KeyNumber(1), &Secret::new(vec![7; 32])).unwrap()
}

fn user(user_id: &str, more: Value) -> NewUser {
    let mut members = Map::new();
    members.insert("user_id".to_owned(), user_id.into());
    if let Value::Object(more) = more {
        members.extend(more);
    }
    NewUser {
        profile: Profile(members),
        credentials: Credentials(json!({"password_hash": "$2b$10$x"}).as_object().unwrap().clone()),
    }
}

/// The users of most tests.
fn with_users(store: &impl Store) {
    let users =
        ["auth0|ada", "auth0|eve"].map(|id| user(id, json!({"email": format!("{}@example.org", &id[6..])})));
    store.load_users(users.to_vec(), Load::New, at(0)).unwrap();
}

fn session(user_id: &str, cookie: &PresentedCookie) -> NewSession {
    let ends_at = at(7 * 24 * 3600);
    NewSession {
        id: SessionId::new(Bucket::of(Some(ends_at)), &mut SystemRandom),
        user_id: user_id.to_owned(),
        held_by: NewHolder::Browser(cookie.hash),
        idle_until: at(3600),
        ends_at,
        cookie_mode: CookieMode::Persistent,
        methods: vec![json!({"name": "pwd", "timestamp": "2027-01-15T08:00:00.000Z"})],
        device: device("192.0.2.1"),
        connection: Some("db".to_owned()),
    }
}

fn cookie() -> (PresentedCookie, Secret<String>) {
    PresentedCookie::draw(Bucket::of(Some(at(7 * 24 * 3600))), &mut SystemRandom)
}

fn device(ip: &str) -> Device {
    Device {
        initial_ip: Some(ip.to_owned()),
        last_ip: Some(ip.to_owned()),
        ..Device::default()
    }
}

/// A rotating family of Ada, in no session, that lives for thirty days and is idle after one.
fn family() -> NewFamily {
    let ends_at = at(30 * 24 * 3600);
    NewFamily {
        id: FamilyId::new(Bucket::of(Some(ends_at)), &mut SystemRandom),
        key: KeyNumber(1),
        idle_until: Some(at(24 * 3600)),
        ends_at: Some(ends_at),
        rotation: Rotation::Rotating,
        client_id: "web".to_owned(),
        user_id: "auth0|ada".to_owned(),
        session: None,
        grant: FamilyGrant {
            scopes: vec!["openid".to_owned(), "offline_access".to_owned()],
            audience: Some("https://api.example.org/".to_owned()),
            ..FamilyGrant::default()
        },
        metadata: Map::new(),
        device: device("192.0.2.1"),
    }
}

/// An exchange of the token of generation `presented`, with a leeway of ten seconds.
fn turn(family: FamilyId, presented: u32) -> Turn {
    Turn {
        family,
        presented: Generation(presented),
        primary_user: None,
        leeway: TimeDelta::seconds(10),
        idle_until: Some(at(24 * 3600)),
        ends_at: None,
        metadata: Map::new(),
        device: Device::default(),
    }
}
