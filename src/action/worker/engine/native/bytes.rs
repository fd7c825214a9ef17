//! Text to bytes and back.

#![expect(
    clippy::needless_pass_by_value,
    reason = "the binding hands over owned values"
)]

use super::memory::{copied, read};
use crate::action::worker::engine::errors::lossy;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rquickjs::{Ctx, Exception, Function, Object, Result, String as JsString, TypedArray};
use std::fmt::Write as _;

/// As Node reads base64: padding or none, and whatever is left over at the end.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn define<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    native.set("encode", Function::new(ctx.clone(), encode)?)?;
    native.set("decode", Function::new(ctx.clone(), decode)?)?;
    native.set("utf8Encode", Function::new(ctx.clone(), utf8_encode)?)?;
    native.set("utf8Decode", Function::new(ctx.clone(), utf8_decode)?)
}

/// The text of `bytes` in `base64`, `base64url`, `hex` or `latin1`.
fn encode<'js>(ctx: Ctx<'js>, bytes: TypedArray<'js, u8>, encoding: String) -> Result<JsString<'js>> {
    let text = read(&ctx, &bytes, |bytes| match encoding.as_str() {
        "base64" => BASE64.encode(bytes),
        "base64url" => URL_SAFE_NO_PAD.encode(bytes),
        "hex" => bytes
            .iter()
            .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            }),
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    })?;
    JsString::from_str(ctx, &text)
}

/// The bytes of a text in `base64` (either alphabet) or `hex`; what is not of it is skipped or ends it,
/// as in Node.
fn decode<'js>(ctx: Ctx<'js>, text: JsString<'js>, encoding: String) -> Result<TypedArray<'js, u8>> {
    let text = lossy(&text)?;
    let bytes = if encoding == "hex" {
        hex(&text)
    } else {
        base64(&text)
    };
    copied(&ctx, &bytes)
}

fn base64(text: &str) -> Vec<u8> {
    let mut digits: Vec<u8> = text
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' => Some(byte),
            byte => byte.is_ascii_alphanumeric().then_some(byte),
        })
        .collect();
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    LENIENT.decode(&digits).unwrap_or_default()
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    text.as_bytes()
        .chunks_exact(2)
        .map_while(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

fn utf8_encode<'js>(ctx: Ctx<'js>, text: JsString<'js>) -> Result<TypedArray<'js, u8>> {
    copied(&ctx, lossy(&text)?.as_bytes())
}

fn utf8_decode<'js>(ctx: Ctx<'js>, bytes: TypedArray<'js, u8>, fatal: bool) -> Result<JsString<'js>> {
    let text = read(&ctx, &bytes, |bytes| match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => (!fatal).then(|| String::from_utf8_lossy(bytes).into_owned()),
    })?;
    let text =
        text.ok_or_else(|| Exception::throw_type(&ctx, "The encoded data was not valid for encoding utf-8"))?;
    JsString::from_str(ctx, &text)
}

#[cfg(test)]
mod tests {
    use super::{base64, hex};

    #[test]
    fn base64_is_read_as_node_reads_it() {
        assert_eq!(base64("aGk="), b"hi");
        assert_eq!(base64("aGk"), b"hi");
        assert_eq!(base64("_-8 \n"), [0xff, 0xef]);
        assert_eq!(base64("aGkx2"), b"hi1");
    }

    #[test]
    fn hex_ends_at_the_first_other_character() {
        assert_eq!(hex("00ffzz11"), [0, 255]);
        assert_eq!(hex("abc"), [0xab]);
    }
}
