//! TLS to the real server, and the words for a certificate that does not hold.

use super::host::Host;
use super::refusal::Refusal;
use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::{X509, X509VerifyResult};
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

/// Authorities that are trusted besides those of the system (`ca` of `[actions.egress]`).
#[derive(Clone, Default)]
pub struct Authorities(Vec<X509>);

impl Authorities {
    /// Reads certificates as PEM.
    ///
    /// # Errors
    /// It holds none, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        match X509::stack_from_pem(pem) {
            Ok(authorities) if authorities.is_empty() => Err("it holds no certificate as PEM".to_owned()),
            Ok(authorities) => Ok(Self(authorities)),
            Err(error) => Err(format!("a certificate cannot be read: {error}")),
        }
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authorities({})", self.0.len())
    }
}

/// Whom TLS trusts. The system's roots are read when the first connection needs them.
pub(super) struct Trust {
    authorities: Authorities,
    connector: OnceLock<Result<SslConnector, ErrorStack>>,
}

impl Trust {
    pub(super) fn new(authorities: Authorities) -> Self {
        Self {
            authorities,
            connector: OnceLock::new(),
        }
    }

    /// Makes TLS 1.2 or later over a connection and checks that the server is this host.
    pub(super) async fn secure(
        &self,
        stream: TcpStream,
        host: &Host,
    ) -> Result<SslStream<TcpStream>, Refusal> {
        let fault = Arc::new(Mutex::new(None));
        let ssl = self.session(host, &fault).map_err(|error| Refusal::Failed {
            code: "EPROTO".to_owned(),
            message: format!("TLS cannot be made: {error}"),
        })?;
        let mut stream = SslStream::new(ssl, stream).map_err(|error| unspoken(host, &error.to_string()))?;
        let handshake = Pin::new(&mut stream).connect().await;
        let fault = fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (handshake, fault) {
            (Ok(()), None) => Ok(stream),
            (_, Some(fault)) => Err(untrusted(host, fault)),
            (Err(error), None) if error.ssl_error().is_some() => Err(unspoken(host, &error.to_string())),
            (Err(_), None) => Err(Refusal::Failed {
                code: "ECONNRESET".to_owned(),
                message: format!(
                    "{host} closed the connection before TLS was made: Client network socket disconnected before secure \
                     TLS connection was established"
                ),
            }),
        }
    }

    fn session(&self, host: &Host, fault: &Arc<Mutex<Option<Fault>>>) -> Result<Ssl, ErrorStack> {
        let connector = self
            .connector
            .get_or_init(|| connector(&self.authorities))
            .as_ref()
            .map_err(Clone::clone)?;
        let mut session = connector.configure()?;
        let seen = Arc::clone(fault);
        session.set_verify_callback(SslVerifyMode::PEER, move |holds, context| {
            if !holds {
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert(Fault {
                        result: context.error(),
                        depth: context.error_depth(),
                    });
            }
            holds
        });
        match host {
            Host::Address(address) => session.into_ssl(&address.to_string()),
            Host::Name(name) => session.into_ssl(name),
        }
    }
}

fn connector(authorities: &Authorities) -> Result<SslConnector, ErrorStack> {
    let mut builder = SslConnector::builder(SslMethod::tls_client())?;
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_alpn_protos(b"\x08http/1.1")?;
    let system = openssl_probe::probe();
    if system.cert_file.is_some() || system.cert_dir.is_some() {
        builder.load_verify_locations(system.cert_file.as_deref(), system.cert_dir.as_deref())?;
    }
    for authority in &authorities.0 {
        builder.cert_store_mut().add_cert(authority.clone())?;
    }
    Ok(builder.build())
}

/// The first thing that is wrong with a server's certificates.
#[derive(Clone, Copy)]
struct Fault {
    result: X509VerifyResult,
    depth: u32,
}

fn untrusted(host: &Host, fault: Fault) -> Refusal {
    let code = node_code(fault);
    let message = match code {
        "ERR_TLS_CERT_ALTNAME_INVALID" => {
            format!(
                "Hostname/IP does not match certificate's altnames: {host} is not in the server's certificate"
            )
        }
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE" => format!("unable to verify the first certificate of {host}"),
        _ => format!("{} ({host})", fault.result.error_string()),
    };
    Refusal::Failed {
        code: code.to_owned(),
        message: format!("{message}; an authority of one's own is named by ca of [actions.egress]"),
    }
}

/// `error.code` of Node.js for a result of OpenSSL (`X509_V_ERR_*` of its x509_vfy.h).
///
/// Node.js goes on after the first error and tells the last one: of a chain of one certificate whose issuer is not there
/// it is that its signature cannot be verified.
fn node_code(fault: Fault) -> &'static str {
    match fault.result.as_raw() {
        2 => "UNABLE_TO_GET_ISSUER_CERT",
        20 if fault.depth == 0 => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        20 => "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        21 => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        7 => "CERT_SIGNATURE_FAILURE",
        9 => "CERT_NOT_YET_VALID",
        10 => "CERT_HAS_EXPIRED",
        18 => "DEPTH_ZERO_SELF_SIGNED_CERT",
        19 => "SELF_SIGNED_CERT_IN_CHAIN",
        22 => "CERT_CHAIN_TOO_LONG",
        23 => "CERT_REVOKED",
        24 | 79 => "INVALID_CA",
        25 => "PATH_LENGTH_EXCEEDED",
        26 => "INVALID_PURPOSE",
        27 => "CERT_UNTRUSTED",
        28 => "CERT_REJECTED",
        62 | 64 => "ERR_TLS_CERT_ALTNAME_INVALID",
        _ => "UNSPECIFIED",
    }
}

fn unspoken(host: &Host, why: &str) -> Refusal {
    Refusal::Failed {
        code: "EPROTO".to_owned(),
        message: format!("TLS 1.2 or 1.3 cannot be made with {host}: {why}"),
    }
}
