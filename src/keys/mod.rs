//! Key pairs and certificates, and every private-key operation.

mod pair;
mod pem;

pub use pair::{KeyRing, Mismatch, SigningPair};
pub use pem::{Certificate, PemError, PrivateKey, PublicKey, secret_handle};
