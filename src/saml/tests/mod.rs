//! What every response must hold, and what the tests of this room share.

mod canonical;
pub(crate) mod fixture;
pub(crate) mod xmlsec;
