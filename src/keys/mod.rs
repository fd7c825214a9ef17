//! Key pairs and certificates, and every private-key operation.
//!
//! A tenant names its keys in `[keys]`, or has a set made once and kept beside its files ([`load`]).
//! Keys are read once, when they become part of a [`KeyRing`]; signing never parses anything.

mod certificate;
mod config;
mod ecdsa;
mod examine;
mod files;
mod generate;
mod key;
mod oaep;
mod outdated;
mod pair;
mod pem;
mod rotation;
mod rsa;
mod seeded;
mod sign;
mod state_key;
mod step;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod xml_signature;

pub use certificate::{Certificate, Validity};
pub use config::KeysConfig;
pub use examine::{Examined, Fault, KeyPlace, UnusableKeys, examine};
pub use files::{KeyError, from_files};
pub use generate::{generate, rsa_pair, self_signed};
pub use key::{PrivateKey, PublicKey, secret_handle};
pub use outdated::{Lapse, Outdated, OwnPair};
pub use pair::{KeyRing, Mismatch, SigningKey, SigningPair};
pub use pem::PemError;
pub use rotation::{Rotation, retire, rotate};
pub use rsa::{RsaFloor, RsaPublicKey, UnfitKey};
pub use sign::SigningError;
pub use state_key::{Sealing, StateKey, state_key};
pub use step::RotationStep;
pub use store::{KeyOrigin, load, make_home, write_pair};

#[cfg(test)]
pub(crate) use generate::tests::ring as ring_for_tests;
