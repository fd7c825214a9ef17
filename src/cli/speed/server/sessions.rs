//! Open sessions, put into the store of a server without anybody's password.

use super::house::{CONNECTION, House, USER};
use crate::cli::clock::system_now;
use crate::cli::trouble::Trouble;
use crate::command::CookieMode;
use crate::event::Device;
use crate::flow::SystemClock;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::store::{
    Bucket, NewHolder, NewSession, PresentedCookie, SessionId, Sessions as _, Sqlite, StoreError,
};
use crate::time::later;
use chrono::TimeDelta;
use serde_json::json;
use std::thread;

/// Opens so many sessions in the store of a server that runs. Each is given back as the cookies of its browser.
///
/// # Errors
/// The store cannot be written.
pub(super) fn open(house: &House, count: usize) -> Result<Vec<String>, Trouble> {
    let store = Sqlite::open(&house.store(), SystemClock).map_err(|error| unwritten(&error))?;
    // What comes together is committed together.
    let workers = 32.min(count.max(1));
    thread::scope(|scope| {
        let opening: Vec<_> = (0..workers)
            .map(|worker| {
                let store = &store;
                scope.spawn(move || -> Result<Vec<String>, StoreError> {
                    (worker..count).step_by(workers).map(|_| one(store)).collect()
                })
            })
            .collect();
        let mut cookies = Vec::with_capacity(count);
        for opened in opening {
            let opened = opened
                .join()
                .map_err(|_| Trouble::new("a thread that opens sessions fails", "please report this"))?;
            cookies.extend(opened.map_err(|error| unwritten(&error))?);
        }
        Ok(cookies)
    })
}

fn one(store: &Sqlite) -> Result<String, StoreError> {
    let now = system_now();
    let ends_at = later(now, TimeDelta::days(3));
    let bucket = Bucket::of(Some(ends_at));
    let (cookie, value) = PresentedCookie::draw(bucket, &mut SystemRandom);
    let session = NewSession {
        id: SessionId::new(bucket, &mut SystemRandom),
        user_id: USER.to_owned(),
        held_by: NewHolder::Browser(cookie.hash),
        idle_until: later(now, TimeDelta::days(1)),
        ends_at,
        cookie_mode: CookieMode::Persistent,
        methods: vec![json!({"name": "pwd", "timestamp": crate::time::iso(now)})],
        device: Device {
            initial_ip: Some("127.0.0.1".to_owned()),
            last_ip: Some("127.0.0.1".to_owned()),
            ..Device::default()
        },
        connection: Some(CONNECTION.to_owned()),
    };
    store.begin_session(session, None, now)?;
    // The second cookie binds logins to the browser.
    let browser = SystemRandom.text(ALPHANUMERIC, 43);
    Ok(format!("postlogin={}; postlogin-login={browser}", value.reveal()))
}

fn unwritten(error: &StoreError) -> Trouble {
    Trouble::new(
        format!("sessions to measure with cannot be kept: {error}"),
        "see that the folder for temporary files has room",
    )
}
