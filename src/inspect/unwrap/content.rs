//! What the files of this room hand each other: a message that was found, and what a container holds.

use crate::inspect::code::Code;
use crate::inspect::travelled::{Travelled, Which};

/// A message, token, key set or certificate, and what it was found in.
#[derive(Debug)]
pub(in crate::inspect) struct Message {
    /// What it is called where several are there.
    pub name: String,
    /// What it was found in, outermost first.
    pub layers: Vec<String>,
    /// What is worth telling of the way in which it is encoded.
    pub remarks: Vec<Remark>,
    pub content: Content,
}

impl Message {
    /// Without a name and remarks.
    pub fn bare(layers: Vec<String>, content: Content) -> Self {
        Self {
            name: String::new(),
            layers,
            remarks: Vec::new(),
            content,
        }
    }
}

/// A finding about an encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::inspect) struct Remark {
    pub code: Code,
    pub message: String,
}

/// The thing itself.
#[derive(Debug)]
pub(in crate::inspect) enum Content {
    /// A compact token; its parts are still encoded.
    Compact(String),
    /// DER of something ASN.1.
    Der(Vec<u8>),
    Json(String),
    Pem(String),
    /// The input cannot be decoded.
    Stuck {
        code: Code,
        place: &'static str,
        message: String,
    },
    Xml {
        text: String,
        which: Which,
        travelled: Travelled,
    },
}

impl Content {
    pub fn stuck(code: Code, place: &'static str, message: impl Into<String>) -> Self {
        Self::Stuck {
            code,
            place,
            message: message.into(),
        }
    }

    pub fn alone(text: impl Into<String>) -> Self {
        Self::Xml {
            text: text.into(),
            which: Which::Root,
            travelled: Travelled::Alone,
        }
    }
}

/// A part of a container in which a message may be.
#[derive(Debug)]
pub(super) struct Part {
    /// The container and the place in it.
    pub layer: String,
    /// What a message in it is called where several are there.
    pub name: String,
    pub piece: Piece,
}

#[derive(Debug)]
pub(super) enum Piece {
    /// One message of an XML document that is none itself.
    Element { text: String, number: usize },
    /// A value that was given the name of a parameter.
    Named {
        parameter: &'static str,
        value: String,
        relay_state: Option<String>,
    },
    /// A query string or a form body.
    Parameters(String),
    /// A field of one form that is there twice.
    Repeated(&'static str),
    /// Anything, to be looked at again.
    Text(String),
    /// An encoded value without a name.
    Value(String),
}
