//! The status of an answer (SAML core 3.2.2.1).

use super::super::names::{PROTOCOL, SUCCESS};
use crate::xml::Element;

/// What the status says, if that is not Success.
pub(super) fn refusal(root: Element<'_>) -> Option<String> {
    let status = root.child(PROTOCOL, "Status")?;
    let code = status.child(PROTOCOL, "StatusCode")?;
    let value = code.attribute("Value").unwrap_or_default();
    if value == SUCCESS {
        return None;
    }
    let short = |value: &str| value.rsplit(':').next().unwrap_or_default().to_owned();
    let mut text = format!("the answer is {}", short(value));
    if let Some(second) = code
        .child(PROTOCOL, "StatusCode")
        .and_then(|code| code.attribute("Value"))
    {
        text.push_str(", ");
        text.push_str(&short(second));
    }
    match status.child(PROTOCOL, "StatusMessage").and_then(Element::value) {
        Some(message) => {
            text.push_str(": ");
            text.push_str(message.trim());
        }
        None => text.push_str(", without a message"),
    }
    Some(text)
}
