//! Moments as SAML writes them, and how far they are from now in words.

use crate::time::Moment;
use crate::xml::collapsed;
use chrono::{DateTime, NaiveDateTime, TimeDelta};

/// A moment, and whether it is written as SAML core 1.3.3 wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instant {
    pub time: Moment,
    pub spelling: Spelling,
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// UTC with `Z`.
    Utc,
    /// Without a time zone: readers disagree which one is meant. Read as UTC.
    WithoutZone,
    /// With another time zone than `Z`.
    OtherZone,
}

impl Instant {
    /// `None` if the text is not a time.
    pub fn parse(text: &str) -> Option<Self> {
        let text = collapsed(text);
        // chrono would also take a space for the T and a lower-case z.
        let bytes = text.as_bytes();
        if bytes.len() < 19 || bytes[10] != b'T' || !bytes[..4].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let naive = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok();
        if let Some(time) = text.strip_suffix('Z') {
            return naive(time).map(|time| Self {
                time: time.and_utc(),
                spelling: Spelling::Utc,
            });
        }
        if let Some(time) = naive(text) {
            return Some(Self {
                time: time.and_utc(),
                spelling: Spelling::WithoutZone,
            });
        }
        DateTime::parse_from_rfc3339(text).ok().map(|time| Self {
            time: time.to_utc(),
            spelling: Spelling::OtherZone,
        })
    }
}

/// `2 h 5 min`, `3 days`: the two largest units at most.
pub(super) fn words(length: TimeDelta) -> String {
    let seconds = length.num_seconds().unsigned_abs();
    let units = [("day", 86_400), ("h", 3600), ("min", 60), ("s", 1)];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = rest / size;
        rest %= size;
        if count == 0 && (parts.is_empty() || unit == "s") {
            continue;
        }
        let plural = if unit == "day" && count != 1 { "s" } else { "" };
        if count > 0 {
            parts.push(format!("{count} {unit}{plural}"));
        }
        if parts.len() == 2 || (unit == "h" && parts.len() == 1 && seconds >= 86_400) {
            break;
        }
    }
    if parts.is_empty() {
        return "0 s".to_owned();
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utc_with_z_is_right() {
        let spelling = |text| Instant::parse(text).map(|instant| instant.spelling);
        for text in ["2026-01-15T12:00:00Z", "2026-01-15T12:00:00.123456Z"] {
            assert_eq!(spelling(text), Some(Spelling::Utc));
        }
        assert_eq!(spelling("2026-01-15T12:00:00"), Some(Spelling::WithoutZone));
        assert_eq!(spelling("2026-01-15T12:00:00+00:00"), Some(Spelling::OtherZone));
        for text in [
            "",
            "2026-01-15",
            "2026-01-15 12:00:00Z",
            "2026-13-15T12:00:00Z",
            "soon",
            "2026-01-15T12:00:00z?",
        ] {
            assert_eq!(spelling(text), None, "{text}");
        }
        let offset = Instant::parse("2026-01-15T13:00:00+01:00").unwrap();
        assert_eq!(offset.time, Instant::parse("2026-01-15T12:00:00Z").unwrap().time);
    }

    #[test]
    fn lengths_are_told_in_at_most_two_units() {
        for (seconds, expected) in [
            (0, "0 s"),
            (59, "59 s"),
            (125, "2 min 5 s"),
            (7500, "2 h 5 min"),
            (86_400, "1 day"),
            (90_100, "1 day 1 h"),
            (259_261, "3 days"),
        ] {
            assert_eq!(words(TimeDelta::seconds(seconds)), expected);
            assert_eq!(words(TimeDelta::seconds(-seconds)), expected);
        }
    }
}
