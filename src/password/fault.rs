//! Why a user cannot log in with a password.

/// Why what should prove a password cannot be read, or is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// The user has no hash, and the password itself.
    #[error("the password is in clear text; give its hash as password_hash or custom_password_hash")]
    ClearText,
    /// A member that the algorithm needs.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The text is not what the algorithm writes.
    #[error("{member} is not {wanted}")]
    NotReadable {
        /// Where it stands.
        member: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// The password would take too much time or memory to check.
    #[error(
        "one check would take about {seconds} s and {mebibytes} MiB; at most 2 s and 256 MiB are spent on one"
    )]
    TooCostly {
        /// About how long it would take.
        seconds: u64,
        /// How much memory it would take.
        mebibytes: u64,
    },
    /// Both forms are given.
    #[error("password_hash and custom_password_hash are both given; keep the one that counts")]
    TwoHashes,
    /// Not one of the platform's algorithms.
    #[error("{member} names none of {known}")]
    Unknown {
        /// Where it stands.
        member: &'static str,
        /// What may stand there.
        known: &'static str,
    },
}
