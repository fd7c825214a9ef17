//! Times, spans and values in words.

use crate::time::Moment;
use serde_json::{Map, Value};

/// A span as people say it: `10 hours`, `1 hour 30 minutes`, `2 days`.
pub(super) fn span(seconds: i64) -> String {
    const UNITS: [(&str, i64); 4] = [("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let mut rest = seconds.max(0);
    let mut words = Vec::new();
    for (unit, length) in UNITS {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            let plural = if count == 1 { "" } else { "s" };
            words.push(format!("{count} {unit}{plural}"));
        }
        // Two units say enough.
        if words.len() == 2 || (words.len() == 1 && count == 0) {
            break;
        }
    }
    if words.is_empty() {
        "0 seconds".to_owned()
    } else {
        words.join(" ")
    }
}

/// A time of day, with the day where that is not the one of `now`.
pub(super) fn time(moment: Moment, now: Moment) -> String {
    if moment.date_naive() == now.date_naive() {
        moment.format("%H:%M:%S UTC").to_string()
    } else {
        moment.format("%-d %B %Y, %H:%M:%S UTC").to_string()
    }
}

/// A NumericDate (RFC 7519 section 2) beside the moment at which its token was made.
pub(super) fn numeric_date(value: &Value, made: Moment) -> Option<String> {
    let seconds = value.as_i64()?;
    let moment = chrono::DateTime::from_timestamp(seconds, 0)?;
    let after = seconds - made.timestamp();
    let when = time(moment, made);
    Some(if after > 1 {
        format!("{when}, after {}", span(after))
    } else if after < -1 {
        format!("{when}, {} before", span(-after))
    } else {
        when
    })
}

/// JSON: on one line where it is short.
pub(super) fn json(value: &Value) -> String {
    let short = value.to_string();
    if short.chars().count() <= 72 || !(value.is_array() || value.is_object()) {
        return short;
    }
    serde_json::to_string_pretty(value).unwrap_or(short)
}

/// The members of metadata, each as `name: value`.
pub(in crate::server::demo) fn pairs(metadata: &Map<String, Value>) -> Vec<String> {
    let pairs = metadata
        .iter()
        .map(|(name, value)| format!("{name}: {}", plain(value)));
    pairs.collect()
}

/// A claim's value: text without its quotes.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => json(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_span_has_at_most_two_units_that_stand_beside_each_other() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (-5, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (3_600, "1 hour"),
            (5_400, "1 hour 30 minutes"),
            (3_601, "1 hour"),
            (36_000, "10 hours"),
            (90_061, "1 day 1 hour"),
            (2_592_000, "30 days"),
        ] {
            assert_eq!(span(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn a_date_says_how_far_it_is_from_the_token() {
        let made = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for (date, words) in [
            (json!(1_800_036_000), Some("18:00:00 UTC, after 10 hours")),
            (json!(1_800_000_000), Some("08:00:00 UTC")),
            (
                json!(1_799_999_000),
                Some("07:43:20 UTC, 16 minutes 40 seconds before"),
            ),
            (
                json!(1_800_086_400),
                Some("16 January 2027, 08:00:00 UTC, after 1 day"),
            ),
            (json!("soon"), None),
        ] {
            assert_eq!(numeric_date(&date, made).as_deref(), words);
        }
    }
}
