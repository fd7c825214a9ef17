//! A moment, how it is written, and how far clocks may differ.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// A point in time. What scripts and kept logins hold in its place is epoch milliseconds, as a JavaScript `Date` does.
pub type Moment = DateTime<Utc>;

/// How far the clock of whoever sends a message may differ from ours, to either side.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(3);

/// ISO 8601 in UTC with milliseconds: as JavaScript writes a `Date`, and as `xs:dateTime` of SAML wants it
/// (SAML core 1.3.3).
pub fn iso(moment: Moment) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The moment `by` after `moment`; the last one that the calendar holds where that would be later still.
pub fn later(moment: Moment, by: TimeDelta) -> Moment {
    moment.checked_add_signed(by).unwrap_or(Moment::MAX_UTC)
}

/// The moment at these epoch milliseconds; the last one of the calendar where they are beyond it.
pub fn at_ms(ms: i64) -> Moment {
    Moment::from_timestamp_millis(ms).unwrap_or(if ms < 0 { Moment::MIN_UTC } else { Moment::MAX_UTC })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_milliseconds_and_the_zone_z() {
        let shown = |ms| iso(DateTime::from_timestamp_millis(ms).unwrap());
        assert_eq!(shown(1_764_064_800_000), "2025-11-25T10:00:00.000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999Z");
    }
}
