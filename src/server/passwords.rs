//! What a site needs to check passwords: its threads, what it hashes with, and what it computes for people who are not
//! there.

use super::hash_pool::HashPool;
use crate::password::PasswordHash;
use crate::random::SystemRandom;
use crate::tenant::{Credentials, PasswordKind, Tenant};
use std::collections::HashMap;
use std::sync::Arc;

/// What checks passwords.
#[derive(Clone, Debug)]
pub(super) struct Passwords {
    /// It outlives a reload.
    pub pool: Arc<HashPool>,
    work: Arc<Work>,
}

/// What every attempt that fails computes, so that its time does not tell whose it was.
#[derive(Debug)]
struct Work {
    kind: PasswordKind,
    /// A hash of the tenant's kind, of no password that anybody knows.
    of_kind: Option<PasswordHash>,
    /// The hash of a user of `users.json`, where the commonest of them takes time: whoever has not logged in here yet has
    /// such a one.
    imported: Option<PasswordHash>,
}

/// What a password proved.
#[derive(Debug)]
pub(super) enum Proof {
    /// Nothing.
    None,
    /// It is the user's. A hash that is weaker than the tenant's kind is to be replaced by this.
    Right(Option<Credentials>),
}

impl Passwords {
    /// What checks passwords of this tenant.
    pub fn of(tenant: &Tenant, pool: Arc<HashPool>) -> Self {
        let kind = tenant.config.login.password_kind();
        let nobody = PasswordHash::make("", kind, &mut SystemRandom);
        let of_kind = nobody.and_then(|nobody| PasswordHash::of(&nobody).ok().flatten());
        Self {
            pool,
            work: Arc::new(Work {
                kind,
                of_kind,
                imported: imported(tenant, kind),
            }),
        }
    }

    /// What computes the proof of a password; where there is no hash, as much is computed as if there were one.
    pub fn proof(
        &self,
        password: String,
        hash: Option<PasswordHash>,
    ) -> impl FnOnce() -> Proof + Send + 'static {
        let work = Arc::clone(&self.work);
        move || {
            let password = zeroize::Zeroizing::new(password);
            work.proof(&password, hash.as_ref())
        }
    }
}

impl Work {
    fn proof(&self, password: &str, hash: Option<&PasswordHash>) -> Proof {
        if let Some(hash) = hash
            && hash.is_of(password)
        {
            let renewed = (!hash.is_as_strong_as(self.kind))
                .then(|| PasswordHash::make(password, self.kind, &mut SystemRandom))
                .flatten();
            return Proof::Right(renewed);
        }
        for other in [&self.of_kind, &self.imported].into_iter().flatten() {
            // What was computed already is not computed again.
            if hash.is_none_or(|hash| hash.cost() != other.cost()) {
                other.is_of(password);
            }
        }
        Proof::None
    }
}

/// The commonest hash of `users.json` that takes time and is not of the tenant's kind.
fn imported(tenant: &Tenant, kind: PasswordKind) -> Option<PasswordHash> {
    let mut commonest: HashMap<u64, (usize, PasswordHash)> = HashMap::new();
    for credentials in tenant.credentials.values() {
        let Ok(Some(hash)) = PasswordHash::of(credentials) else {
            continue;
        };
        let microseconds = hash.cost().microseconds;
        if microseconds >= TAKES_TIME && !hash.is_as_strong_as(kind) {
            commonest.entry(microseconds).or_insert((0, hash)).0 += 1;
        }
    }
    let most = commonest
        .into_iter()
        .max_by_key(|(cost, (count, _))| (*count, *cost));
    most.map(|(_, (_, hash))| hash)
}

/// A millisecond can be told from none.
const TAKES_TIME: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_commonest_hash_that_takes_time_stands_in_for_those_who_are_not_there() {
        let mut tenant = Tenant::default();
        let bcrypt =
            |cost: u32| format!("$2b${cost:02}$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2");
        let md5 = json!({"algorithm": "md5", "hash": {"value": "d41d8cd98f00b204e9800998ecf8427e", "encoding": "hex"}});
        for (id, value) in [
            ("1", json!({"password_hash": bcrypt(6)})),
            ("2", json!({"password_hash": bcrypt(12)})),
            ("3", json!({"password_hash": bcrypt(6)})),
            ("4", json!({"custom_password_hash": md5})),
            ("5", json!({"password_hash": "none"})),
        ] {
            let members = value.as_object().unwrap().clone();
            tenant.credentials.insert(id.to_owned(), Credentials(members));
        }
        let found = |kind| imported(&tenant, kind).map(|hash| hash.cost().microseconds);
        assert_eq!(found(PasswordKind::DEFAULT), Some(50 << 6));
        assert_eq!(found(PasswordKind::Bcrypt { cost: 10 }), Some(50 << 6));
        assert_eq!(found(PasswordKind::Bcrypt { cost: 4 }), None);
        tenant.credentials.clear();
        assert!(imported(&tenant, PasswordKind::DEFAULT).is_none());
    }
}
