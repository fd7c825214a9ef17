//! Key pairs and certificates, and every private-key operation.

mod memo;
mod pair;
mod pem;
mod rsa;

pub use pair::{KeyRing, Mismatch, SigningPair};
pub use pem::{Certificate, PemError, PrivateKey, PublicKey, Validity, secret_handle};
pub use rsa::{RsaFloor, RsaPublicKey, UnfitKey};
