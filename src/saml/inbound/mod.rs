//! SAML 2.0, inbound: messages of service providers, from the text that came to what was verified.
//!
//! [`binding`] decodes by what [`Content`] it finds, [`crate::xml`] reads strictly, [`verify`] checks a signature and
//! hands on only what it covers, [`Recipient::accept`] decides about an AuthnRequest, [`UnseenRequest::proceed`]
//! whether it is the first time that it came, for which [`SeenIds`] is a memory. What a request asks of the answer
//! ([`wishes`]) is compared with the answer when that is made.

mod acceptance;
mod authn_request;
pub mod binding;
mod content;
mod replay;
mod trust;
mod verify;
mod wishes;

pub use crate::algorithm::{Digest, SignatureMethod};
pub(super) use acceptance::RECOMMENDED_RELAY_STATE_BYTES;
pub use acceptance::{AcceptedRequest, Answer, Once, Recipient, RefusedRequest, UnseenRequest};
pub(super) use authn_request::{ReadError, bounded, instant, issuer, only, text};
pub use binding::{BindingError, Carrier, Received};
pub use content::{Content, document};
pub use replay::{Occurrence, SeenIds};
pub use trust::{SignerError, Trust, UnfitCertificate, Vouched, check_signer};
pub use verify::{
    Examined, Made, Sha1Policy, SignatureError, SignedContent, Verified, VerifiedOctets, examine, verify,
    verify_octets,
};
