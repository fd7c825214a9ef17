//! How hashes, salts, keys and passwords are written.

use super::fault::PasswordFault;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// How bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// With or without padding, also with the characters of URLs.
    Base64,
    /// Of either case.
    Hex,
    /// The text itself.
    Utf8,
}

/// How the characters of a password become bytes, as Node.js does it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordEncoding {
    /// The low byte of each UTF-16 unit (`ascii`, `latin1`, `binary`).
    LowBytes,
    /// UTF-16, low byte first (`utf16le`, `ucs2`).
    Utf16,
    /// UTF-8.
    #[default]
    Utf8,
}

impl Encoding {
    /// The encoding of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "base64" => Self::Base64,
            "hex" => Self::Hex,
            "utf8" => Self::Utf8,
            _ => return None,
        })
    }

    /// The bytes that `text`, which stands at `member`, is written for.
    pub fn decode(self, text: &str, member: &'static str) -> Result<Vec<u8>, PasswordFault> {
        let wanted = match self {
            Self::Base64 => "base64",
            Self::Hex => "hexadecimal",
            Self::Utf8 => return Ok(text.as_bytes().to_vec()),
        };
        let bytes = match self {
            Self::Base64 => base64(text),
            Self::Hex => hex(text),
            Self::Utf8 => None,
        };
        bytes.ok_or(PasswordFault::NotReadable { member, wanted })
    }
}

impl PasswordEncoding {
    /// The encoding of this name.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "ascii" | "binary" | "latin1" => Self::LowBytes,
            "ucs2" | "utf16le" => Self::Utf16,
            "utf8" => Self::Utf8,
            _ => return None,
        })
    }
}

/// Bytes from base64: with or without padding, with the characters of URLs, and with the full stop that some write for a
/// plus sign.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let plain: String = text
        .chars()
        .map(|character| match character {
            '-' | '.' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    GeneralPurpose::new(&alphabet::STANDARD, LENIENT)
        .decode(plain)
        .ok()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|character| character.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok())
        .collect()
}
