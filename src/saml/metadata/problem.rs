//! Why a document is not the metadata of a service provider that can be used. Quotes no key.

use super::super::inbound::SignatureError;
use crate::keys::PemError;
use crate::tenant::LookupError;
use crate::xml::{Limits, Position, XmlError};

/// Why metadata of a service provider cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// `X509Certificate` holds none.
    #[error("{position}: the certificate for {purpose} cannot be used: {source}")]
    Certificate {
        /// Where.
        position: Position,
        /// `signing`, `encryption` or both.
        purpose: &'static str,
        /// What is wrong with it.
        source: PemError,
    },
    /// SAML metadata 2.2.3: the index tells endpoints apart.
    #[error(
        "{position}: two AssertionConsumerService elements have the index {index}; a request that names it could \
         mean either"
    )]
    DuplicateIndex {
        /// Where the second one is.
        position: Position,
        /// The index.
        index: u16,
    },
    /// Past its `validUntil` (SAML metadata 2.3.1, 2.3.2, 2.4.1).
    #[error("{position}: the metadata has expired: {element} is valid until {until}; get a fresh copy")]
    Expired {
        /// Where.
        position: Position,
        /// Which element says so.
        element: &'static str,
        /// As it is written.
        until: String,
    },
    /// Metadata of something else.
    #[error("{entity} is no service provider: it has {roles}; ask for the service provider's own metadata")]
    NoServiceProvider {
        /// Its name.
        entity: String,
        /// Which roles it has.
        roles: String,
    },
    /// Nothing to verify with.
    #[error("{entity} names no certificate that signs for a SAML 2.0 role")]
    NoSigner {
        /// Its name.
        entity: String,
    },
    /// Responses travel by HTTP-POST only (semantics 4.14).
    #[error(
        "{entity} takes no responses by HTTP-POST: {found}; responses are sent by HTTP-POST only, so the service \
         provider needs such an AssertionConsumerService"
    )]
    NoPostEndpoint {
        /// Its name.
        entity: String,
        /// Which endpoints there are.
        found: String,
    },
    /// Another document.
    #[error(
        "this is no SAML metadata: the document element is {found}; expected EntityDescriptor or \
         EntitiesDescriptor of urn:oasis:names:tc:SAML:2.0:metadata"
    )]
    NotMetadata {
        /// Name and namespace.
        found: String,
    },
    /// A role of another protocol than SAML 2.0.
    #[error(
        "{entity} does not speak SAML 2.0: protocolSupportEnumeration of its SPSSODescriptor is \"{protocols}\""
    )]
    OtherProtocol {
        /// Its name.
        entity: String,
        /// What it says.
        protocols: String,
    },
    /// Of several entities none can be imported.
    #[error("the metadata describes {} entities, and none of them can be imported: {}", reasons.len(), some(reasons))]
    NoneUsable {
        /// Why, for each of them.
        reasons: Vec<String>,
    },
    /// Which one is meant is not said.
    #[error("the metadata describes {} {what}; choose one with --entity-id: {}", entities.len(), some(entities))]
    Several {
        /// What they are.
        what: &'static str,
        /// Their names.
        entities: Vec<String>,
    },
    /// Beyond [`Limits::METADATA`].
    #[error(
        "the metadata is longer than {} MiB, or has more than {} elements, texts and attributes; give the metadata of \
         the one entity alone, which federations offer too",
        Limits::METADATA.bytes >> 20, Limits::METADATA.items
    )]
    TooLarge,
    /// The same name twice.
    #[error("{position}: the metadata describes {entity} twice; keep one of them")]
    Twice {
        /// Where the second one is.
        position: Position,
        /// The name.
        entity: String,
    },
    /// Nothing has the name that was asked for.
    #[error("{}", unknown(.0))]
    Unknown(LookupError),
    /// `--trust` was given, and the metadata is not signed by it.
    #[error("{position}: the metadata cannot be trusted: {element}: {source}")]
    Signature {
        /// Where.
        position: Position,
        /// The element whose signature counts.
        element: String,
        /// What is wrong with its signature.
        source: SignatureError,
    },
    /// What the schema or the rules of URLs do not allow.
    #[error("{position}: {attribute} of {element} {problem}")]
    Value {
        /// Where.
        position: Position,
        /// The element.
        element: &'static str,
        /// The attribute.
        attribute: &'static str,
        /// What is wrong, and what to write.
        problem: String,
    },
    /// Not read at all.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

/// The first few names.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 10;
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}

fn unknown(lookup: &LookupError) -> String {
    let near = lookup.near.first();
    let near = near.map_or_else(String::new, |near| format!("; did you mean {near}"));
    format!(
        "the metadata does not describe {}{near}; it describes: {}",
        lookup.asked,
        some(&lookup.known)
    )
}
