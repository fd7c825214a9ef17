//! Why no token can be issued.

use crate::algorithm::JwsAlgorithm;
use crate::keys::SigningError;
use crate::tenant::Dialect;

/// Settings that no token can be issued with. Nothing is issued then, not even the other token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// `token_encryption` of an API.
    #[error("token_encryption of the API '{api}' cannot be used: {problem}")]
    Encryption {
        /// The API's identifier.
        api: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// An algorithm whose key the ring does not hold.
    #[error(
        "{asked_by} asks for {algorithm}, but there is no key for it; name one with '{setting}' in [keys] of postlogin.toml"
    )]
    MissingKey {
        /// The algorithm.
        algorithm: &'static str,
        /// The setting that asks for the algorithm.
        asked_by: String,
        /// The setting under `[keys]`.
        setting: &'static str,
    },
    /// HS256 without a secret.
    #[error("{asked_by} asks for HS256, which needs a secret; set {setting}")]
    MissingSecret {
        /// The setting that asks for the algorithm.
        asked_by: String,
        /// Where the secret belongs.
        setting: String,
    },
    /// The library of JOSE refuses.
    #[error("a token could not be encrypted: {0}")]
    Jose(#[from] josekit::JoseError),
    /// OpenSSL refuses.
    #[error("a token could not be made: {0}")]
    OpenSsl(#[from] openssl::error::ErrorStack),
    /// `secret_encoded` is set, but the secret is not base64.
    #[error(
        "'client_secret' of the client '{client}' is not base64, though 'jwt_configuration.secret_encoded' says so"
    )]
    SecretEncoding {
        /// The client's name.
        client: String,
    },
    /// The operation is not possible with the key.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// An algorithm that tokens are not signed with.
    #[error(
        "{setting} is '{found}'; known are {}",
        all_of(JwsAlgorithm::ALL, JwsAlgorithm::name)
    )]
    UnknownAlgorithm {
        /// What is set.
        found: String,
        /// Where.
        setting: String,
    },
    /// The audience is not an API of the tenant.
    #[error(
        "the audience '{audience}' is not an API of this tenant; add it to resource-servers, or correct the request's 'audience' or the tenant's 'default_audience'"
    )]
    UnknownAudience {
        /// What was asked for.
        audience: String,
    },
    /// A dialect that does not exist.
    #[error(
        "'token_dialect' of the API '{api}' is '{found}'; known are {}",
        all_of(Dialect::ALL, Dialect::name)
    )]
    UnknownDialect {
        /// What is set.
        found: String,
        /// The API's identifier.
        api: String,
    },
}

impl TokenError {
    /// The stable code of all of them.
    pub const CODE: &'static str = "token_config";
}

/// `a, b and c`.
fn all_of<T: Copy>(known: &[T], name: fn(T) -> &'static str) -> String {
    let names: Vec<&str> = known.iter().map(|known| name(*known)).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
