//! How a message came: alone or as a parameter, and as which element of a document.

use crate::event::QuerySignature;

/// Which element of a document is the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Root,
    /// The message with this number, from 0, of those inside another document.
    Inside(usize),
}

/// How a message travelled.
#[derive(Debug)]
pub(super) enum Travelled {
    /// The document alone, however encoded.
    Alone,
    /// As a parameter of a form body or a query string.
    Parameter {
        relay_state: Option<String>,
        signature: Option<QuerySignature>,
        compression: Compression,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Deflate,
    None,
}
