//! Certificates.

use super::PublicKey;
use super::pem::{PemError, single, wrong_kind};
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta};
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::x509::X509;
use std::sync::Arc;

/// One X.509 certificate.
#[derive(Clone, Debug)]
pub struct Certificate {
    x509: X509,
    base64: Arc<str>,
    not_before: Moment,
    not_after: Moment,
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.base64 == other.base64
    }
}

impl Certificate {
    /// # Errors
    /// Anything but exactly one readable `CERTIFICATE` block.
    pub fn from_pem(text: &str) -> Result<Self, PemError> {
        const WANTED: &str = "certificate";
        let block = single(text, WANTED)?;
        if block.label != "CERTIFICATE" {
            return Err(wrong_kind(WANTED, &block.label));
        }
        let x509 = X509::from_der(&block.der).map_err(|_| PemError::Unreadable { wanted: WANTED })?;
        x509.public_key()
            .map_err(|_| PemError::Unreadable { wanted: WANTED })?;
        // What follows the certificate inside the block would go out with every response.
        let whole = x509.to_der().is_ok_and(|der| der == block.der);
        if !whole {
            return Err(PemError::Unreadable { wanted: WANTED });
        }
        Ok(Self {
            not_before: moment(x509.not_before()),
            not_after: moment(x509.not_after()),
            x509,
            base64: STANDARD.encode(block.der).into(),
        })
    }

    /// The certificate for OpenSSL.
    pub fn x509(&self) -> &X509 {
        &self.x509
    }

    /// The DER form in base64 without line breaks, as `X509Certificate` and `x5c` hold it.
    pub fn base64(&self) -> &str {
        &self.base64
    }

    /// When the certificate's validity begins.
    pub fn not_before(&self) -> Moment {
        self.not_before
    }

    /// When the certificate's validity ends.
    pub fn not_after(&self) -> Moment {
        self.not_after
    }

    /// Whether `now` is outside the certificate's validity (RFC 5280 section 4.1.2.5).
    pub fn validity(&self, now: Moment) -> Validity {
        // Certificates count whole seconds.
        let now = now.timestamp();
        if self.not_after.timestamp() < now {
            Validity::Expired
        } else if self.not_before.timestamp() > now {
            Validity::NotYet
        } else {
            Validity::Valid
        }
    }

    /// The certificate's public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_pkey(self.x509.public_key().expect("checked when it was read"))
    }
}

/// The start of 1970 for a time that OpenSSL cannot tell.
fn moment(time: &Asn1TimeRef) -> Moment {
    let since_epoch = Asn1Time::from_unix(0).and_then(|epoch| epoch.diff(time));
    since_epoch.map_or(DateTime::UNIX_EPOCH, |span| {
        let span = TimeDelta::days(span.days.into()) + TimeDelta::seconds(span.secs.into());
        DateTime::UNIX_EPOCH + span
    })
}

/// How a moment lies to a certificate's validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Past its end.
    Expired,
    /// Before its start.
    NotYet,
    /// Within.
    Valid,
}
