//! A moment, how it is written, and how far clocks may differ.

use chrono::{DateTime, Datelike as _, SecondsFormat, TimeDelta, Utc};
use std::time::Duration;

/// A point in time. What scripts and kept logins hold in its place is epoch milliseconds, as a JavaScript `Date` does.
pub type Moment = DateTime<Utc>;

/// How far the clock of whoever sends a message may differ from ours, to either side.
pub const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(3);

/// ISO 8601 in UTC with milliseconds: as JavaScript writes a `Date`, and as `xs:dateTime` of SAML wants it
/// (SAML core 1.3.3). Neither reader takes a year of more than four digits, so what is later than the year 9999 is written
/// as the last moment of it, and what is earlier than the year 0 as its first.
pub fn iso(moment: Moment) -> String {
    match moment.year() {
        ..0 => "0000-01-01T00:00:00.000Z".to_owned(),
        0..=LAST_YEAR => moment.to_rfc3339_opts(SecondsFormat::Millis, true),
        _ => format!("{LAST_YEAR}-12-31T23:59:59.999Z"),
    }
}

/// The moment `by` after `moment`; the last one that the calendar holds where that would be later still.
pub fn later(moment: Moment, by: TimeDelta) -> Moment {
    moment.checked_add_signed(by).unwrap_or(Moment::MAX_UTC)
}

/// A length of time as it is added to moments.
pub fn length(of: Duration) -> TimeDelta {
    TimeDelta::from_std(of).unwrap_or(TimeDelta::MAX)
}

/// The moment at these epoch milliseconds; the last one of the calendar where they are beyond it.
pub fn at_ms(ms: i64) -> Moment {
    Moment::from_timestamp_millis(ms).unwrap_or(if ms < 0 { Moment::MIN_UTC } else { Moment::MAX_UTC })
}

/// The moment of a `NumericDate` (RFC 7519 section 2): seconds since 1970, whose fractions do not count.
///
/// # Errors
/// It is no number, or a moment before 1970 or after the year 9999, which nobody means: why, for people.
pub fn numeric_date(value: &serde_json::Value) -> Result<Moment, String> {
    let Some(seconds) = value.as_f64() else {
        return Err(match value {
            serde_json::Value::String(_) => "it is a text".to_owned(),
            serde_json::Value::Null => "it is null".to_owned(),
            _ => "it is no number".to_owned(),
        });
    };
    if seconds < 0.0 {
        return Err(format!("{value} is before 1970"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "fractions of a second do not count; a number that is too large is after the year 9999 too"
    )]
    let moment =
        Moment::from_timestamp(seconds.floor() as i64, 0).filter(|moment| moment.year() <= LAST_YEAR);
    moment.ok_or_else(|| {
        if seconds < MILLISECONDS_IN_2200 {
            format!("{value} is after the year 9999; it may be milliseconds")
        } else {
            format!("{value} is after the year 9999")
        }
    })
}

const LAST_YEAR: i32 = 9999;
/// The year 2200 in milliseconds: what is before it and too large for seconds was meant so.
const MILLISECONDS_IN_2200: f64 = 7_258_118_400_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_milliseconds_and_the_zone_z() {
        let shown = |ms| iso(DateTime::from_timestamp_millis(ms).unwrap());
        assert_eq!(shown(1_764_064_800_000), "2025-11-25T10:00:00.000Z");
        assert_eq!(shown(-1), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn no_year_has_more_than_four_digits() {
        assert_eq!(iso(at_ms(253_402_300_799_999)), "9999-12-31T23:59:59.999Z");
        assert_eq!(iso(at_ms(253_402_300_800_000)), "9999-12-31T23:59:59.999Z");
        assert_eq!(iso(at_ms(i64::MAX)), "9999-12-31T23:59:59.999Z");
        assert_eq!(iso(at_ms(i64::MIN)), "0000-01-01T00:00:00.000Z");
        assert_eq!(
            iso(later(at_ms(253_402_300_799_999), CLOCK_SKEW)),
            "9999-12-31T23:59:59.999Z"
        );
    }

    #[test]
    fn a_numeric_date_is_a_moment_that_somebody_can_mean() {
        for (value, expected) in [
            (serde_json::json!(1_764_064_800), "2025-11-25T10:00:00.000Z"),
            (serde_json::json!(1_764_064_800.9), "2025-11-25T10:00:00.000Z"),
            (serde_json::json!(0), "1970-01-01T00:00:00.000Z"),
            (serde_json::json!(253_402_300_799_i64), "9999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(numeric_date(&value).map(iso).as_deref(), Ok(expected));
        }
        for (value, expected) in [
            (serde_json::json!(-1), "-1 is before 1970"),
            (serde_json::json!(1e20), "1e+20 is after the year 9999"),
            (serde_json::json!(1e300), "1e+300 is after the year 9999"),
            (
                serde_json::json!(253_402_300_800_i64),
                "253402300800 is after the year 9999",
            ),
            (
                serde_json::json!(1_764_064_800_000_i64),
                "1764064800000 is after the year 9999; it may be milliseconds",
            ),
            (serde_json::json!("1764064800"), "it is a text"),
            (serde_json::json!(null), "it is null"),
            (serde_json::json!([1]), "it is no number"),
        ] {
            let refused = numeric_date(&value).unwrap_err();
            assert!(refused.starts_with(expected), "{value}: {refused}");
        }
    }
}
