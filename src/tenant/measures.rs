//! Settings with a unit: how long and how much.

use super::setting::{SettingError, SettingKind};
use super::units::{duration, size};
use std::time::Duration;

/// Declares a setting that is a text with a unit, and the function that reads it.
macro_rules! measures {
    ($($(#[$meta:meta])* $name:ident: $value:ty = $read:ident;)+) => { $(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl SettingKind for $name {
            type Written = String;
            type Value = $value;

            fn read(written: &String) -> Result<$value, SettingError> {
                $read(written)
            }
        }
    )+ };
}

measures! {
    /// Wall time of one trigger execution.
    TimeLimit: Duration = time_limit;
    /// Bytes of memory of one Action.
    MemoryLimit: usize = memory_limit;
    /// Bytes of calls and logs of one Action.
    OutputLimit: usize = output_limit;
    /// How long a run waits for a worker.
    WaitLimit: Duration = duration;
    /// How long one request of an Action may take.
    RequestTimeout: Duration = request_timeout;
    /// Bytes that a run may send or receive.
    ByteLimit: usize = size;
    /// How long metadata may be used or kept.
    MetadataSpan: Duration = metadata_span;
}

/// Reads a time limit of Actions, such as `20s`.
///
/// # Errors
/// It is no duration, or none that can be kept.
pub fn time_limit(text: &str) -> Result<Duration, SettingError> {
    match duration(text)? {
        limit if limit.is_zero() => Err(SettingError::new("no Action could run", "write at least 1ms")),
        limit if limit > MAX_TIME_LIMIT => Err(SettingError::new(
            format!("{text} is longer than an Action may run"),
            "write at most 1h",
        )),
        limit => Ok(limit),
    }
}

/// Reads a memory limit of Actions, such as `128MiB`.
///
/// # Errors
/// It is no size, or one that no Action could start in.
pub fn memory_limit(text: &str) -> Result<usize, SettingError> {
    match size(text)? {
        limit if limit < MIN_MEMORY_LIMIT => Err(SettingError::new(
            format!("no Action could start in {text} of memory"),
            "write at least 1MiB",
        )),
        limit => Ok(limit),
    }
}

fn output_limit(text: &str) -> Result<usize, SettingError> {
    match size(text)? {
        0 => Err(SettingError::new("no Action could run", "write at least 1MiB")),
        limit => Ok(limit),
    }
}

fn request_timeout(text: &str) -> Result<Duration, SettingError> {
    match duration(text)? {
        limit if limit.is_zero() => Err(SettingError::new(
            "no request could be answered",
            "write at least 1ms; to refuse all requests, use --offline or deny = [\"*\"]",
        )),
        limit if limit > MAX_TIME_LIMIT => Err(SettingError::new(
            format!("{text} is longer than an Action may run"),
            "write at most 1h",
        )),
        limit => Ok(limit),
    }
}

/// Reads how long metadata may be used or kept, such as `7d`.
///
/// # Errors
/// It is no duration, or a useless one.
pub fn metadata_span(text: &str) -> Result<Duration, SettingError> {
    match duration(text)? {
        span if span < Duration::from_mins(1) => Err(SettingError::new(
            format!("metadata that are valid for {text} would expire before a service provider reads them"),
            "write at least 1m",
        )),
        span if span > MAX_METADATA_SPAN => Err(SettingError::new(
            format!("{text} is too long for metadata"),
            "write at most 3650d",
        )),
        span => Ok(span),
    }
}

/// A login cannot wait longer than this for its Actions.
pub const MAX_TIME_LIMIT: Duration = Duration::from_hours(1);
/// The engine needs some memory before a script has any.
pub const MIN_MEMORY_LIMIT: usize = 1 << 20;
/// Ten years, which no key outlives.
const MAX_METADATA_SPAN: Duration = Duration::from_hours(3650 * 24);
