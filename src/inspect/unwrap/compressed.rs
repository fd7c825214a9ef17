//! DEFLATE, raw as SAML has it (bindings 3.4.4.1), or with a header around it that SAML does not have.

use crate::saml::inbound::binding::MAX_INFLATED_BYTES;
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use std::io::Read;

/// What is around the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    Gzip,
    None,
    Zlib,
}

/// Why nothing comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InflateError {
    Damaged,
    TooLong,
}

impl Header {
    /// Of the bytes; most first bytes of a raw stream cannot begin one of the other two.
    pub fn candidates(bytes: &[u8]) -> &'static [Self] {
        match bytes {
            [0x1f, 0x8b, ..] => &[Self::Gzip, Self::None],
            // RFC 1950 section 2.2: the first two bytes are a multiple of 31.
            [first, second, ..]
                if first & 0x0f == 8 && (u16::from(*first) * 256 + u16::from(*second)) % 31 == 0 =>
            {
                &[Self::Zlib, Self::None]
            }
            _ => &[Self::None],
        }
    }

    /// The whole content, up to what any protocol message may have.
    ///
    /// # Errors
    /// No stream, one that is cut off, something after it, or too much in it.
    pub fn inflate(self, bytes: &[u8]) -> Result<Vec<u8>, InflateError> {
        match self {
            Self::Gzip => bounded(GzDecoder::new(bytes)).map(|(content, _)| content),
            Self::None => {
                let (content, decoder) = bounded(DeflateDecoder::new(bytes))?;
                let read = usize::try_from(decoder.total_in()).ok();
                // A few bytes after the end are from another kind of stream.
                (read == Some(bytes.len()))
                    .then_some(content)
                    .ok_or(InflateError::Damaged)
            }
            Self::Zlib => bounded(ZlibDecoder::new(bytes)).map(|(content, _)| content),
        }
    }

    /// As the layers name it.
    pub const fn layer(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::None => "raw DEFLATE",
            Self::Zlib => "zlib",
        }
    }
}

/// Whether a stream begins with what an XML document begins with; reads no more than it must.
pub(super) fn begins_like_xml(bytes: &[u8], is_xml: fn(&[u8]) -> bool) -> bool {
    Header::candidates(bytes).iter().any(|header| {
        let mut start = [0; 16];
        let read = match header {
            Header::Gzip => GzDecoder::new(bytes).read(&mut start),
            Header::None => DeflateDecoder::new(bytes).read(&mut start),
            Header::Zlib => ZlibDecoder::new(bytes).read(&mut start),
        };
        read.is_ok_and(|length| is_xml(&start[..length]))
    })
}

fn bounded<R: Read>(mut decoder: R) -> Result<(Vec<u8>, R), InflateError> {
    let mut content = Vec::new();
    let limit = MAX_INFLATED_BYTES as u64 + 1;
    let read = (&mut decoder).take(limit).read_to_end(&mut content);
    read.map_err(|_| InflateError::Damaged)?;
    if content.len() > MAX_INFLATED_BYTES {
        return Err(InflateError::TooLong);
    }
    Ok((content, decoder))
}
