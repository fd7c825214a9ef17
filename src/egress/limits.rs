//! What one run may use of the network.

use std::fmt;
use std::time::Duration;

/// What one run may use of the network; each is a setting of `[actions.egress]` with the name it has here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections of a run, those that are closed included.
    pub connections: usize,
    /// Bytes that come from the network, as they come over the wire (compressed bodies as they are).
    pub bytes_in: u64,
    /// Bytes that go out to the network.
    pub bytes_out: u64,
    /// From the first byte of a request to the last one of its answer; to make a connection may take as long.
    pub request_timeout: Duration,
    /// Headers of a request, and of an answer; together at most 64 KiB.
    pub headers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 32,
            bytes_in: 16 << 20,
            bytes_out: 4 << 20,
            request_timeout: Duration::from_secs(10),
            headers: 100,
        }
    }
}

/// A limit that a run reached, with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Of [`Limits::bytes_in`].
    BytesIn(u64),
    /// Of [`Limits::bytes_out`].
    BytesOut(u64),
    /// Of [`Limits::connections`].
    Connections(usize),
    /// Of [`Limits::headers`].
    Headers(usize),
}

impl fmt::Display for Reached {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BytesIn(limit) => {
                write!(
                    formatter,
                    "the run received more than {limit} bytes from the network: bytes_in"
                )
            }
            Self::BytesOut(limit) => {
                write!(
                    formatter,
                    "the run sent more than {limit} bytes to the network: bytes_out"
                )
            }
            Self::Connections(limit) => {
                write!(
                    formatter,
                    "the run made more than {limit} connections: connections"
                )
            }
            Self::Headers(limit) => write!(
                formatter,
                "a message had more than {limit} headers, or more than {} KiB of them: headers",
                LONGEST_HEAD >> 10
            ),
        }?;
        formatter.write_str(" of [actions.egress]")
    }
}

/// The longest head of a message, in bytes.
pub(super) const LONGEST_HEAD: usize = 64 << 10;
