//! What an issuer writes into an access token for itself alone: white space behind the claims.
//!
//! White space is allowed there, and means nothing to readers (RFC 7519 section 7.1, RFC 8259 section 2). Some of them
//! refuse a header parameter that they do not know, and a claim more is not of the platform's profile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// All white space of JSON: each character holds two bits.
const SPACES: [u8; 4] = *b" \t\n\r";

/// A mark as it stands behind the claims.
pub(super) fn as_white_space(mark: &[u8]) -> impl Iterator<Item = u8> {
    let quarters = mark
        .iter()
        .flat_map(|byte| [6, 4, 2, 0].map(|place| byte >> place & 3));
    quarters.map(|quarter| SPACES[usize::from(quarter)])
}

/// The mark of a token ([`Issuer::mark`](super::Issuer::mark)). Nothing is proved of the token.
pub fn mark(token: &str) -> Option<Vec<u8>> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims = payload.trim_ascii_end();
    let spaces = &payload[claims.len()..];
    let byte = |spaces: &[u8]| {
        spaces.iter().fold(0, |byte, space| {
            let quarter = SPACES.iter().position(|known| known == space);
            byte << 2 | u8::try_from(quarter.unwrap_or_default()).unwrap_or_default()
        })
    };
    (!spaces.is_empty()).then(|| spaces.chunks(4).map(byte).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_mark_is_read_as_it_was_written_and_says_nothing_to_others() {
        let every_byte: Vec<u8> = (0..=255).collect();
        for marked in [&every_byte[..], b"\0", b" ", &[]] {
            let mut payload = b"{\"sub\":\"a b \"}".to_vec();
            payload.extend(as_white_space(marked));
            let read: Value = serde_json::from_slice(&payload).unwrap();
            assert_eq!(read, json!({"sub": "a b "}));
            let token = format!("x.{}.y", URL_SAFE_NO_PAD.encode(&payload));
            let expected = Some(marked.to_vec()).filter(|marked| !marked.is_empty());
            assert_eq!(mark(&token), expected);
        }
        for none in ["", "x", "x.!.y"] {
            assert_eq!(mark(none), None);
        }
    }
}
