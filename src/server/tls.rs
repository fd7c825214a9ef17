//! https without a proxy: what a server shows to browsers, read from two files.

use crate::disk;
use crate::tenant::TlsConfig;
use crate::time::Moment;
use openssl::error::ErrorStack;
use openssl::pkey::PKey;
use openssl::ssl::{AlpnError, SslAcceptor, SslMethod, SslMode, SslSessionCacheMode, select_next_proto};
use openssl::x509::X509;
use std::path::{Path, PathBuf};

/// A certificate with its key, ready to be shown.
#[derive(Clone)]
pub struct Tls {
    pub(super) acceptor: SslAcceptor,
    /// What should be said about both, though they are used.
    pub warnings: Vec<String>,
}

/// Why https cannot be spoken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Certificate and key belong to different pairs.
    #[error("the key {} is not that of the certificate {}: the public keys differ; name the two files that belong together", key.display(), cert.display())]
    Mismatch {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// Only one of both is named.
    #[error("[server] tls needs both cert and key; add the missing one")]
    Half,
    /// There is no certificate in the file.
    #[error("{} holds no certificate in PEM form: {why}; name a file that begins with -----BEGIN CERTIFICATE-----", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// There is no key in the file.
    #[error("{} holds no private key in PEM form that can be used without a passphrase: {why}", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// OpenSSL takes the pair, and cannot use it.
    #[error("OpenSSL does not take {}: {source}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: ErrorStack,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {source}; make it readable for the user who runs postlogin", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Tls {
    /// What `config` names, by paths from `root`; nothing where it names no files.
    ///
    /// # Errors
    /// A file is missing, is not what it should be, or both do not belong together.
    pub fn read(root: &Path, config: &TlsConfig, now: Moment) -> Result<Option<Self>, TlsError> {
        let (cert, key) = match (&config.cert, &config.key) {
            (Some(cert), Some(key)) => (root.join(&cert.0), root.join(&key.0)),
            (None, None) => return Ok(None),
            _ => return Err(TlsError::Half),
        };
        let chain = certificates(&cert)?;
        let (own, rest) = chain.split_first().ok_or_else(|| TlsError::NoCertificate {
            path: cert.clone(),
            why: "there is none".to_owned(),
        })?;
        let no_passphrase = |_: &mut [u8]| Ok(0);
        let private = PKey::private_key_from_pem_callback(&read(&key)?, no_passphrase).map_err(|error| {
            TlsError::NoKey {
                path: key.clone(),
                why: first_reason(&error),
            }
        })?;
        let refused = |source| TlsError::Refused {
            path: cert.clone(),
            source,
        };
        if !own.public_key().map_err(refused)?.public_eq(&private) {
            return Err(TlsError::Mismatch { cert, key });
        }
        let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).map_err(refused)?;
        let mut fill = || {
            builder.set_certificate(own)?;
            for issuer in rest {
                builder.add_extra_chain_cert(issuer.clone())?;
            }
            builder.set_private_key(&private)?;
            builder.check_private_key()
        };
        fill().map_err(refused)?;
        // Sessions are resumed by tickets; idle connections give their buffers back.
        builder.set_session_cache_mode(SslSessionCacheMode::OFF);
        builder.set_mode(SslMode::RELEASE_BUFFERS);
        builder.set_alpn_select_callback(|_, offered| {
            select_next_proto(b"\x08http/1.1", offered).ok_or(AlpnError::NOACK)
        });
        let lapse = lapse(own, now);
        let lapse =
            lapse.map(|lapse| format!("the certificate {} {lapse}; browsers refuse it", cert.display()));
        Ok(Some(Self {
            acceptor: builder.build(),
            warnings: lapse.into_iter().chain(disk::exposure(&key)).collect(),
        }))
    }
}

fn certificates(path: &Path) -> Result<Vec<X509>, TlsError> {
    X509::stack_from_pem(&read(path)?).map_err(|error| TlsError::NoCertificate {
        path: path.to_owned(),
        why: first_reason(&error),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    disk::read_given(path, disk::Limit::Key).map_err(|source| TlsError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn first_reason(error: &ErrorStack) -> String {
    let reason = error.errors().first().and_then(openssl::error::Error::reason);
    reason.unwrap_or("OpenSSL gives no reason").to_owned()
}

/// What is wrong with the time of a certificate.
fn lapse(certificate: &X509, now: Moment) -> Option<&'static str> {
    let now = openssl::asn1::Asn1Time::from_unix(now.timestamp()).ok()?;
    if certificate.not_after() < now {
        return Some("has expired");
    }
    (certificate.not_before() > now).then_some("is not valid yet")
}
