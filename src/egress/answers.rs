//! What answers a script's request before the network is asked.

use std::fmt;

/// Answers requests in the place of the network: what was recorded before, or the `http.json` of a case.
///
/// It is asked once for each request, whole (its body included), in the order in which the requests of a run came in.
pub trait Answers: fmt::Debug + Send + Sync {
    /// What answers this request.
    fn reply(&self, asked: &Asked<'_>) -> Reply;
}

/// A request as the script sent it, each of its parts within the limits of egress.
///
/// `Debug` shows its method only: URLs, headers and bodies carry secrets.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// `GET`, `POST` ... as the script wrote it.
    pub method: &'a str,
    /// The whole URL: scheme, host, port where it is not the scheme's own, path and query; no fragment.
    pub url: &'a str,
    /// Names in lower case, in their order.
    pub headers: &'a [(String, String)],
    /// Decoded from its transfer coding only.
    pub body: &'a [u8],
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The network answers it, as far as the policy lets it out.
    Network,
    /// This is the answer; no connection is made.
    Answer(Answer),
    /// No answer comes, as where a server cannot be reached.
    Broken {
        /// What the script's error says.
        error: String,
    },
    /// Nothing answers it, and it does not go out.
    Unanswered {
        /// What comes nearest among the answers that are there, as `METHOD URL`; absent where there is none.
        nearest: Option<String>,
    },
}

/// An answer that no server gave.
///
/// `Debug` shows its status and length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 599.
    pub status: u16,
    /// Names in lower case, in their order, without what frames the body (`content-length`, `transfer-encoding`,
    /// `connection`): whoever writes the answer frames it.
    pub headers: Vec<(String, String)>,
    /// As `content-encoding` of the headers says, without any transfer coding.
    pub body: Vec<u8>,
}

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Asked")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
