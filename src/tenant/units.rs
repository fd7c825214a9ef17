//! Durations and sizes as people write them.

use super::setting::SettingError;
use crate::json::quoted;
use std::time::Duration;

/// Reads `20s`, `500ms`, `2m`, `12h` or `7d`.
///
/// # Errors
/// The text is not a whole number followed by one of these units.
pub fn duration(text: &str) -> Result<Duration, SettingError> {
    let (number, unit) = split(text)?;
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(no_duration(text)),
    };
    number
        .checked_mul(milliseconds)
        .map(Duration::from_millis)
        .ok_or_else(|| no_duration(text))
}

/// Reads `128MiB`, `64KiB`, `4MB` or a plain number of bytes.
///
/// # Errors
/// The text is not a whole number, or its unit is unknown, or it does not fit.
pub fn size(text: &str) -> Result<usize, SettingError> {
    let (number, unit) = split(text).map_err(|_| no_size(text))?;
    let bytes: u64 = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return Err(no_size(text)),
    };
    number
        .checked_mul(bytes)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| no_size(text))
}

fn no_duration(text: &str) -> SettingError {
    let help = "write a whole number and a unit: 500ms, 20s, 2m, 12h, 7d";
    SettingError::new(format!("{} is not a duration", quoted(text)), help)
}

fn no_size(text: &str) -> SettingError {
    let help = "write a whole number and a unit: 65536, 64KiB, 128MiB, 4MB";
    SettingError::new(format!("{} is not a size", quoted(text)), help)
}

fn split(text: &str) -> Result<(u64, &str), SettingError> {
    let text = text.trim();
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let number = text[..end].parse().map_err(|_| no_duration(text))?;
    Ok((number, text[end..].trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("20s").unwrap(), Duration::from_secs(20));
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("2m").unwrap(), Duration::from_mins(2));
        assert_eq!(
            duration("20").unwrap_err().to_string(),
            "\"20\" is not a duration; write a whole number and a unit: 500ms, 20s, 2m, 12h, 7d"
        );
        assert!(duration("-1s").is_err());
        assert!(duration("99999999999999999999d").is_err());
        assert!(duration("9999999999999999d").is_err());
    }

    #[test]
    fn sizes_are_bytes_or_have_a_unit() {
        assert_eq!(size("128MiB").unwrap(), 128 << 20);
        assert_eq!(size("64KiB").unwrap(), 65_536);
        assert_eq!(size("4MB").unwrap(), 4_000_000);
        assert_eq!(size("17").unwrap(), 17);
        assert!(size("1.5MB").is_err());
        assert!(size("4 parsecs").is_err());
    }
}
