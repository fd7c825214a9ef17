//! What is said of a thrown value, which may be anything.

/// Of a thrown text.
pub(super) fn text(text: String) -> String {
    if text.is_empty() {
        return "an empty string was thrown".to_owned();
    }
    text
}

/// Of an object, by its message or name.
pub(super) fn object(text: Option<String>) -> String {
    text.unwrap_or_else(|| "an object without a message was thrown".to_owned())
}

/// Of a value of another type.
pub(super) fn kind(name: &str) -> String {
    match name {
        "null" | "undefined" => format!("{name} was thrown"),
        _ => format!("a {name} was thrown"),
    }
}

/// A text without control characters.
pub(super) fn one_line(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
