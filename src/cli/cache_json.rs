//! `cache.json` of a case: what is in the cache before the first Action (interface 4).

use super::files;
use super::trouble::Trouble;
use crate::command::{Cache, CacheRecord};
use crate::disk;
use crate::time::Moment;
use indexmap::IndexMap;
use serde::Deserialize;
use std::path::Path;

/// A record as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    value: String,
    /// Epoch milliseconds; absent: as long as `api.cache.set` keeps a record.
    expires_at: Option<i64>,
}

/// The cache of the case in `folder`, whose clock says `now`; empty where there is no `cache.json`.
///
/// # Errors
/// The file cannot be read, is not `{key: {value, expires_at}}`, or holds what no cache holds.
pub(super) fn read(folder: &Path, now: Moment) -> Result<Cache, Trouble> {
    let path = folder.join("cache.json");
    if !files::found(&path, disk::is_file)? {
        return Ok(Cache::default());
    }
    let written: IndexMap<String, Written> = files::json(&path)?;
    let mut cache = Cache::default();
    for (key, Written { value, expires_at }) in written {
        let expires_at = expires_at.unwrap_or_else(|| CacheRecord::default_expiry(now));
        let record = CacheRecord { value, expires_at };
        cache = cache.with(&key, record, now).map_err(|why| {
            Trouble::new(
                format!("{} at {key}: {why}", path.display()),
                "write records that api.cache.set would take",
            )
        })?;
    }
    Ok(cache)
}
