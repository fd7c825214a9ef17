//! `api.cache`: short-lived strings shared by the Actions of a trigger (semantics 2.6).

use super::arguments::{Arguments, Options};
use super::call_error::CallError;
use crate::time::{Moment, later};
use chrono::TimeDelta;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One cached value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRecord {
    /// The value as it was set.
    pub value: String,
    /// Epoch milliseconds at which the record expires.
    pub expires_at: i64,
}

/// The cache as one trigger execution sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cache {
    entries: IndexMap<String, CacheRecord>,
}

impl CacheRecord {
    /// When a record expires whose call gave no time, in epoch milliseconds.
    pub fn default_expiry(now: Moment) -> i64 {
        later(now, DEFAULT_LIFETIME).timestamp_millis()
    }
}

const MAX_ENTRIES: usize = 20;
const MAX_KEY_BYTES: usize = 64;
const MAX_VALUE_BYTES: usize = 4 * 1024;
const MAX_TOTAL_BYTES: usize = 8 * 1024;
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::minutes(15);
const MAX_LIFETIME: TimeDelta = TimeDelta::hours(24);

/// What a write that failed returns to the script; a limit throws no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CacheErrorCode {
    CacheKeyDoesNotExist,
    CacheKeySizeExceeded,
    CacheSizeExceeded,
    CacheValueSizeExceeded,
    InvalidExpiry,
    ItemAlreadyExpired,
}

/// A record does not fit into a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.what())]
pub struct CacheLimit(CacheErrorCode);

impl CacheErrorCode {
    fn what(self) -> &'static str {
        match self {
            Self::CacheKeyDoesNotExist => "there is no such key",
            Self::CacheKeySizeExceeded => "a key has at most 64 bytes",
            Self::CacheSizeExceeded => {
                "a cache has at most 20 records, and 8 KiB of keys and values together"
            }
            Self::CacheValueSizeExceeded => "a value has at most 4 KiB",
            Self::InvalidExpiry => "expires_at must be a number",
            Self::ItemAlreadyExpired => "the record has expired",
        }
    }

    pub(super) fn answer(self) -> Value {
        json!({"type": "error", "code": format!("{self:?}")})
    }
}

/// Records in the order in which they were first set, as they were kept: limits were applied when they were set.
impl FromIterator<(String, CacheRecord)> for Cache {
    fn from_iter<I: IntoIterator<Item = (String, CacheRecord)>>(records: I) -> Self {
        Self {
            entries: records.into_iter().collect(),
        }
    }
}

impl Cache {
    /// The live record at `key`.
    pub fn get(&self, key: &str, now: Moment) -> Option<&CacheRecord> {
        self.entries
            .get(key)
            .filter(|record| record.expires_at > now.timestamp_millis())
    }

    /// Every record, expired ones included, in the order they were first set.
    pub fn records(&self) -> impl Iterator<Item = (&str, &CacheRecord)> {
        self.entries.iter().map(|(key, record)| (key.as_str(), record))
    }

    /// The same cache with one more record, as an earlier login left it.
    ///
    /// # Errors
    /// The record, or all of them together, are larger than a cache may be (semantics 2.6).
    pub fn with(mut self, key: &str, record: CacheRecord, now: Moment) -> Result<Self, CacheLimit> {
        match self.insert(key, record, now) {
            Ok(()) => Ok(self),
            Err(code) => Err(CacheLimit(code)),
        }
    }

    pub(super) fn insert(
        &mut self,
        key: &str,
        record: CacheRecord,
        now: Moment,
    ) -> Result<(), CacheErrorCode> {
        if key.len() > MAX_KEY_BYTES {
            return Err(CacheErrorCode::CacheKeySizeExceeded);
        }
        if record.value.len() > MAX_VALUE_BYTES {
            return Err(CacheErrorCode::CacheValueSizeExceeded);
        }
        self.entries
            .retain(|_, record| record.expires_at > now.timestamp_millis());
        let others = self.entries.iter().filter(|(other, _)| *other != key);
        let (count, bytes) = others.fold((0, 0), |(count, bytes), (other, record)| {
            (count + 1, bytes + other.len() + record.value.len())
        });
        if count + 1 > MAX_ENTRIES || bytes + key.len() + record.value.len() > MAX_TOTAL_BYTES {
            return Err(CacheErrorCode::CacheSizeExceeded);
        }
        self.entries.insert(key.to_owned(), record);
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &str, now: Moment) -> Result<(), CacheErrorCode> {
        self.entries
            .retain(|_, record| record.expires_at > now.timestamp_millis());
        self.entries
            .shift_remove(key)
            .map(|_| ())
            .ok_or(CacheErrorCode::CacheKeyDoesNotExist)
    }
}

/// The record that `cache.set(key, value, options)` asks for.
pub(super) fn record(
    arguments: &Arguments,
    now: Moment,
) -> Result<Result<CacheRecord, CacheErrorCode>, CallError> {
    let value = arguments.text(1)?.to_owned();
    let options = arguments.options(2)?;
    Ok(expiry(&options, now).map(|expires_at| CacheRecord { value, expires_at }))
}

/// The earlier of `expires_at` and `now + ttl`; 15 minutes when neither is given; never past 24 hours.
fn expiry(options: &Options, now: Moment) -> Result<i64, CacheErrorCode> {
    let read = |name| match options.number(name) {
        Ok(Some(number)) if number.is_finite() => Ok(Some(number)),
        Ok(None) => Ok(None),
        _ => Err(CacheErrorCode::InvalidExpiry),
    };
    #[expect(clippy::cast_precision_loss, reason = "epoch milliseconds are far below 2^53")]
    let now_ms = now.timestamp_millis() as f64;
    let wished = [read("expires_at")?, read("ttl")?.map(|ttl| now_ms + ttl)];
    let Some(earliest) = wished.into_iter().flatten().reduce(f64::min) else {
        return Ok(CacheRecord::default_expiry(now));
    };
    if earliest <= now_ms {
        return Err(CacheErrorCode::ItemAlreadyExpired);
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates and is clamped right after"
    )]
    Ok((earliest as i64).min(later(now, MAX_LIFETIME).timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::at_ms;

    fn value(bytes: usize) -> CacheRecord {
        CacheRecord {
            value: "v".repeat(bytes),
            expires_at: 1000,
        }
    }

    #[test]
    fn the_21st_entry_is_refused_and_overwriting_is_not() {
        let mut cache = Cache::default();
        for number in 0..20 {
            assert_eq!(cache.insert(&format!("k{number}"), value(1), at_ms(0)), Ok(()));
        }
        assert_eq!(
            cache.insert("k20", value(1), at_ms(0)),
            Err(CacheErrorCode::CacheSizeExceeded)
        );
        assert_eq!(cache.insert("k0", value(2), at_ms(0)), Ok(()));
    }

    #[test]
    fn sizes_are_refused_one_past_the_limit() {
        let mut cache = Cache::default();
        assert_eq!(
            cache.insert(&"k".repeat(65), value(1), at_ms(0)),
            Err(CacheErrorCode::CacheKeySizeExceeded)
        );
        assert_eq!(
            cache.insert(&"k".repeat(64), value(4097), at_ms(0)),
            Err(CacheErrorCode::CacheValueSizeExceeded)
        );
        assert_eq!(cache.insert(&"k".repeat(64), value(4096), at_ms(0)), Ok(()));
        assert_eq!(
            cache.insert("j", value(8192 - 4096 - 64), at_ms(0)),
            Err(CacheErrorCode::CacheSizeExceeded)
        );
        assert_eq!(cache.insert("j", value(8192 - 4096 - 64 - 1), at_ms(0)), Ok(()));
    }

    #[test]
    fn an_expired_record_is_not_there() {
        let mut cache = Cache::default();
        assert_eq!(cache.insert("k", value(1), at_ms(0)), Ok(()));
        assert!(cache.get("k", at_ms(999)).is_some());
        assert!(cache.get("k", at_ms(1000)).is_none());
        assert_eq!(
            cache.remove("k", at_ms(1000)),
            Err(CacheErrorCode::CacheKeyDoesNotExist)
        );
    }
}
