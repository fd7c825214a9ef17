//! JSON read strictly: a member that is there twice is refused, because readers disagree which one counts
//! (RFC 7519 section 4, RFC 8725).

use crate::json::unambiguous;
use serde_json::Value;

/// Why a text is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JsonError {
    /// Not JSON, and where.
    Invalid(String),
    /// A member twice, and both places.
    Repeated(String),
}

/// One JSON value and nothing after it.
pub(super) fn read(bytes: &[u8]) -> Result<Value, JsonError> {
    let invalid = |error: &dyn std::fmt::Display| JsonError::Invalid(error.to_string());
    let text = std::str::from_utf8(bytes).map_err(|error| invalid(&error))?;
    let value = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    unambiguous(text).map_err(|twice| JsonError::Repeated(twice.to_string()))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_that_is_there_twice_is_refused_at_any_depth_and_both_places_are_told() {
        let text = br#"{"a": [1, -2, 1.5, null, true, "x"], "b": {"c": {}}}"#;
        let value = json!({"a": [1, -2, 1.5, null, true, "x"], "b": {"c": {}}});
        assert_eq!(read(text), Ok(value));
        for (text, said) in [
            (
                r#"{"a":1,"a":1}"#,
                "the member \"a\" is given twice at line 1 column 8, first at line 1 column 2",
            ),
            (
                r#"[{"b":{"a":1,"a":2}}]"#,
                "the member \"a\" is given twice at line 1 column 14, first at line 1 column 8",
            ),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, JsonError::Repeated(place) if place.starts_with(said)),
                "{error:?}"
            );
        }
        assert!(matches!(read(b"{} x"), Err(JsonError::Invalid(_))));
        assert!(matches!(read(b"\"\xff\""), Err(JsonError::Invalid(_))));
    }
}
