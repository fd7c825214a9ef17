//! Refresh families in great number, and what a refresh costs among them.

use super::callers::{Caller, Next, refresh};
use super::child::Server;
use super::client::{Asked, Place};
use super::house::{API, APP, CONNECTION, House, USER};
use super::works::{CALLERS, Work};
use crate::cli::clock::system_now;
use crate::cli::trouble::Trouble;
use crate::event::Device;
use crate::flow::SystemClock;
use crate::random::{Random as _, SystemRandom};
use crate::secret::Secret;
use crate::store::{
    Bucket, FamilyGrant, FamilyId, Generation, KeyNumber, NewFamily, RefreshFamilies as _, RefreshToken,
    Rotation, ServerKeys, Sqlite, StoreError,
};
use crate::time::{iso, later};
use chrono::TimeDelta;
use serde_json::{Map, json};
use std::sync::Arc;
use std::thread;

/// How many families there are when a refresh is measured.
pub(super) const NUMBERS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Families of a store, and what makes their tokens.
pub(super) struct Families {
    ids: Vec<FamilyId>,
    keys: ServerKeys,
}

impl Families {
    /// None yet.
    ///
    /// # Errors
    /// The secret of the server is none.
    pub fn none() -> Result<Self, Trouble> {
        let secret = Secret::new(House::SERVER_SECRET.as_bytes().to_vec());
        Ok(Self {
            ids: Vec::new(),
            keys: ServerKeys::new(KeyNumber(1), &secret)
                .map_err(|error| Trouble::new(error.to_string(), "please report this"))?,
        })
    }

    /// As many families as `number`, in the store of a server that runs.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn grown(mut self, house: &House, number: usize) -> Result<Self, Trouble> {
        let more = number.saturating_sub(self.ids.len());
        let store = &Sqlite::open(&house.store(), SystemClock).map_err(|error| unwritten(&error))?;
        let added = thread::scope(|scope| {
            // What comes together is committed together.
            let adding: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    scope.spawn(move || -> Result<Vec<FamilyId>, StoreError> {
                        (writer..more).step_by(WRITERS).map(|_| one(store)).collect()
                    })
                })
                .collect();
            let mut added = Vec::with_capacity(more);
            for ids in adding {
                let ids = ids
                    .join()
                    .map_err(|_| Trouble::new("a thread that adds families fails", "please report this"))?;
                added.extend(ids.map_err(|error| unwritten(&error))?);
            }
            Ok::<_, Trouble>(added)
        })?;
        self.ids.extend(added);
        Ok(self)
    }

    /// The exchange of the token of one of the families.
    fn any(&self) -> Asked {
        let mut drawn = [0; size_of::<usize>()];
        SystemRandom.fill(&mut drawn);
        let place = usize::from_le_bytes(drawn) % self.ids.len();
        let token = RefreshToken {
            family: self.ids[place],
            generation: Generation(0),
            key: self.keys.current(),
        };
        let token = token.issue(&self.keys);
        refresh(token.as_ref().map_or("", |token| token.reveal()))
    }
}

/// The exchange of a refresh token of any of the families.
///
/// # Errors
/// The server takes no connections.
pub(super) async fn refreshes(server: &Server, families: &Arc<Families>) -> Result<Work, Trouble> {
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let families = Arc::clone(families);
        let first = families.any();
        let next = Next::Drawn(Arc::new(move || families.any()));
        callers.push(Caller::new(&Place::of(server), first, next).await?);
    }
    Ok(Work {
        name: "refresh",
        signatures: 2,
        callers,
    })
}

fn one(store: &Sqlite) -> Result<FamilyId, StoreError> {
    let now = system_now();
    let ends_at = later(now, TimeDelta::days(30));
    let id = FamilyId::new(Bucket::of(Some(ends_at)), &mut SystemRandom);
    let device = Device {
        initial_ip: Some("192.0.2.1".to_owned()),
        last_ip: Some("192.0.2.1".to_owned()),
        last_user_agent: Some(USER_AGENT.to_owned()),
        initial_user_agent: Some(USER_AGENT.to_owned()),
        ..Device::default()
    };
    let family = NewFamily {
        id,
        key: KeyNumber(1),
        idle_until: Some(later(now, TimeDelta::days(15))),
        ends_at: Some(ends_at),
        // A token that stays the same is used again, and its family is written as one that rotates.
        rotation: Rotation::Fixed,
        client_id: APP.to_owned(),
        user_id: USER.to_owned(),
        session: None,
        grant: FamilyGrant {
            scopes: ["openid", "profile", "email", "offline_access", "read"]
                .map(str::to_owned)
                .to_vec(),
            audience: Some(API.to_owned()),
            organization: None,
            connection: Some(CONNECTION.to_owned()),
            methods: vec![json!({"name": "pwd", "timestamp": iso(now)})],
            authenticated_at: Some(now.timestamp()),
        },
        metadata: Map::new(),
        device,
    };
    store.add_family(family, now)?;
    Ok(id)
}

fn unwritten(error: &StoreError) -> Trouble {
    Trouble::new(
        format!("families to measure with cannot be kept: {error}"),
        "see that the folder for temporary files has room: a million families take about a gigabyte",
    )
}

const WRITERS: usize = 64;
/// As long as that of a browser.
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Browser/120.0.0.0 Example/537.36";
