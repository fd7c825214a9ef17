//! Types of values (XML Schema part 2), as far as the schemas of SAML use them.

use crate::xml::is_ncname;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;

/// The type of an attribute or of an element's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Base64,
    Boolean,
    Duration,
    /// `md:entityIDType`.
    EntityId,
    /// `xs:ID` and `xs:NCName`.
    Id,
    Integer,
    OneOf(&'static [&'static str]),
    /// `xs:unsignedShort`.
    Short,
    /// Any text; that of `xs:anyURI`, which takes almost every text, included.
    Text,
    Time,
    /// `xs:nonNegativeInteger`.
    Whole,
}

impl Type {
    /// Whether the text is a value of this type; white space around it does not count.
    pub fn takes(self, text: &str) -> bool {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        match self {
            Self::Base64 => is_base64(text),
            Self::Boolean => matches!(text, "true" | "false" | "1" | "0"),
            Self::Duration => is_duration(text),
            Self::EntityId => text.chars().count() <= 1024,
            Self::Id => is_ncname(text),
            Self::Integer => is_digits(text.strip_prefix(['+', '-']).unwrap_or(text)),
            Self::OneOf(words) => words.contains(&text),
            Self::Short => {
                let digits = text.strip_prefix('+').unwrap_or(text);
                is_digits(digits) && digits.parse::<u128>().is_ok_and(|number| number <= 65_535)
            }
            Self::Text => true,
            Self::Time => is_time(text),
            Self::Whole => is_digits(text.strip_prefix('+').unwrap_or(text)),
        }
    }

    /// What the schema wants, after "is no ".
    pub fn described(self) -> String {
        match self {
            Self::Base64 => "base64".to_owned(),
            Self::Boolean => "boolean: true, false, 1 or 0".to_owned(),
            Self::Duration => "duration such as PT6H or P7D".to_owned(),
            Self::EntityId => "entity ID: it has more than 1024 characters".to_owned(),
            Self::Id => {
                "xs:NCName: a name that begins with a letter or _ and holds no colon and no space".to_owned()
            }
            Self::Integer => "whole number".to_owned(),
            Self::OneOf(words) => format!("value of the schema: {}", words.join(", ")),
            Self::Short => "number from 0 to 65535".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Time => "time such as 2026-01-15T12:00:00Z".to_owned(),
            Self::Whole => "whole number of 0 or more".to_owned(),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_base64(text: &str) -> bool {
    let packed: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        .collect();
    STANDARD.decode(packed).is_ok()
}

/// `xs:dateTime` with or without a zone.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let zone = match bytes {
        [.., b'Z'] => 1,
        [.., b'+' | b'-', _, _, b':', _, _] => 6,
        _ => 0,
    };
    let (moment, zone) = text.split_at(bytes.len() - zone);
    let digits = |text: &str, at: std::ops::Range<usize>| text.get(at).is_some_and(is_digits);
    let zone_is_one = zone.len() < 6 || digits(zone, 1..3) && digits(zone, 4..6) && &zone[1..] <= "14:00";
    let is_dated = digits(moment, 0..4) && moment.get(10..11) == Some("T");
    let whole = moment.replacen("T24:00:00", "T00:00:00", 1);
    zone_is_one && is_dated && NaiveDateTime::parse_from_str(&whole, "%Y-%m-%dT%H:%M:%S%.f").is_ok()
}

/// `xs:duration`: `P`, then years, months and days, then `T` with hours, minutes and seconds; one of them at least.
fn is_duration(text: &str) -> bool {
    let Some(length) = text.strip_prefix('-').unwrap_or(text).strip_prefix('P') else {
        return false;
    };
    let (days, time) = match length.split_once('T') {
        Some((days, time)) => (days, Some(time)),
        None => (length, None),
    };
    let counted = |mut rest: &str, units: &str| {
        for unit in units.chars() {
            let number = rest.trim_start_matches(|one: char| one.is_ascii_digit() || one == '.');
            if let Some(after) = number.strip_prefix(unit) {
                let digits = &rest[..rest.len() - number.len()];
                let whole = match digits.split_once('.') {
                    Some((whole, fraction)) if unit == 'S' && is_digits(fraction) => whole,
                    _ => digits,
                };
                if !is_digits(whole) {
                    return false;
                }
                rest = after;
            }
        }
        rest.is_empty()
    };
    let says_time = time.is_none_or(|time| !time.is_empty() && counted(time, "HMS"));
    counted(days, "YMD") && says_time && !(days.is_empty() && time.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_takes_what_xml_schema_takes() {
        for (kind, good, bad) in [
            (Type::Boolean, &["true", " 0\n"][..], &["True", "yes", ""][..]),
            (Type::Short, &["0", "65535", "007"], &["65536", "-1", "", "1.0"]),
            (Type::Whole, &["0", "99999999999999999999"], &["-1", "x", ""]),
            (Type::Id, &["_1", "a.b"], &["1a", "a:b", ""]),
            (
                Type::Time,
                &[
                    "2026-01-15T12:00:00Z",
                    "2026-01-15T12:00:00",
                    "2026-01-15T24:00:00-05:00",
                    "2026-01-15T12:00:00.123+01:00",
                ],
                &[
                    "2026-01-15",
                    "2026-13-15T12:00:00Z",
                    "soon",
                    "2026-01-15T12:00:00+15:00",
                    "",
                ],
            ),
            (
                Type::Duration,
                &["PT6H", "P7D", "-P1Y2M3DT4H5M6.7S", "PT0.5S"],
                &["P", "PT", "7D", "P7", "PT6.5H", "P1DT"],
            ),
            (Type::Base64, &["AQAB", "A Q\nAB"], &["AQA", "%"]),
            (Type::OneOf(&["signing"]), &["signing"], &["sign"]),
            (Type::EntityId, &["urn:a"], &[&"a".repeat(1025)]),
        ] {
            for text in good {
                assert!(kind.takes(text), "{kind:?} {text}");
            }
            for text in bad {
                assert!(!kind.takes(text), "{kind:?} {text}");
            }
        }
    }
}
