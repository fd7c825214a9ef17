//! Signatures: which element they cover, how they were made and by whose certificate. The verdict is that
//! of the verifier; here it is put into words and codes.

use super::super::certificate::{self, named};
use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::report::Report;
use super::super::unwrap::{Compression, Travelled};
use super::names::{ASSERTION, SIGNATURE};
use super::trust::Trust;
use crate::keys::{Certificate, Validity};
use crate::saml::inbound::{
    Sha1Policy, SignatureError, SignatureMethod, Verified, binding, verify, verify_octets,
};
use crate::xml::Element;

/// Whether there is a signature. A bad one is a finding of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::inspect) enum State {
    Signed,
    Unsigned,
}

impl State {
    /// Signed if one of the two is.
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Signed => Self::Signed,
            Self::Unsigned => other,
        }
    }
}

/// The signature that `element` holds about itself.
pub(in crate::inspect) fn examine(
    element: Element<'_>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) -> State {
    let Some(signature) = element.child(SIGNATURE, "Signature") else {
        return State::Unsigned;
    };
    let carried = carried(signature);
    let trusted = &trust.certificates;
    let verdict = verify(element, trusted, Sha1Policy::Accept);
    match verdict {
        Ok(verified) => {
            report.pass(
                CheckName::Signature,
                format!(
                    "{}, {}, by the trusted certificate {}",
                    element.local(),
                    verified.method().name().to_owned(),
                    named(verified.certificate())
                ),
            );
            if let Some(other) = carried
                .as_ref()
                .filter(|carried| carried.base64() != verified.certificate().base64())
            {
                report.find(
                    Code::KeyInfoOther,
                    place(signature),
                    format!(
                        "the signature is good, but its KeyInfo shows another certificate ({}); leave KeyInfo out, or \
                         send the certificate that is in the metadata",
                        named(other)
                    ),
                );
            }
            check_good(&verified, element, trust, expected, report);
        }
        Err(SignatureError::Key { .. }) => {
            check_key(element, signature, carried.as_ref(), trust, expected, report);
        }
        Err(error) => {
            let (code, message) = put_into_words(&error, element, signature);
            report.find(code, place(signature), message);
        }
    }
    State::Signed
}

/// No trusted key made it: then by whose key is it?
fn check_key(
    element: Element<'_>,
    signature: Element<'_>,
    carried: Option<&Certificate>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) {
    let trusted: Vec<_> = trust.certificates.iter().map(named).collect();
    let by_carried = carried
        .map(std::slice::from_ref)
        .and_then(|carried| verify(element, carried, Sha1Policy::Accept).ok());
    match (carried, by_carried, trusted.is_empty()) {
        (Some(carried), Some(verified), true) => {
            trust.without_signer(
                place(signature),
                report,
                format!(
                    "{} is unchanged since the holder of the certificate that it carries ({}) signed it; whether that \
                     is the issuer is not known, give its certificate with --trust or the tenant",
                    element.local(),
                    named(carried)
                ),
            );
            check_good(&verified, element, trust, expected, report);
        }
        (None, _, true) => trust.without_signer(
            place(signature),
            report,
            format!(
                "{} is signed and carries no certificate; give the issuer's with --trust or the tenant",
                element.local()
            ),
        ),
        (Some(carried), Some(_), false) => report.find(
            Code::SignatureUntrusted,
            place(signature),
            format!(
                "signed by another key: by the certificate that it carries ({}), which is not trusted; anybody can \
                 sign so. Trusted: {}",
                named(carried),
                trusted.join(", ")
            ),
        ),
        (Some(carried), None, _)
            if trusted.is_empty()
                || trust
                    .certificates
                    .iter()
                    .any(|known| known.base64() == carried.base64()) =>
        {
            report.find(
                Code::SignatureDamaged,
                place(signature),
                format!(
                    "the signature value is not that of its SignedInfo by the key of {}; SignedInfo or SignatureValue \
                     was changed",
                    named(carried)
                ),
            );
        }
        (_, _, false) => report.find(
            Code::SignatureUntrusted,
            place(signature),
            format!(
                "no trusted key made this signature. Trusted: {}",
                trusted.join(", ")
            ),
        ),
        (Some(_), None, true) => {}
    }
}

fn check_good(
    verified: &Verified<'_, '_>,
    element: Element<'_>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) {
    if verified.uses_sha1() {
        check_sha1(place(element), trust, report);
    } else {
        report.pass(CheckName::Algorithms, verified.method().name().to_owned());
    }
    if matches!(
        verified.method(),
        SignatureMethod::EcdsaSha256
            | SignatureMethod::EcdsaSha384
            | SignatureMethod::EcdsaSha512
            | SignatureMethod::RsaSha384
    ) {
        report.find(
            Code::SignatureAlgorithmRare,
            place(element),
            format!(
                "{} is good, but not every receiver reads it; every receiver reads rsa-sha256",
                verified.method().name().to_owned()
            ),
        );
    }
    check_certificate(verified.certificate(), place(element), expected, report);
}

/// A good signature with SHA-1. It is refused where the signature is checked at all (semantics 4.13).
fn check_sha1(place: String, trust: &Trust, report: &mut Report) {
    let (code, also) = match (trust.sha1, trust.certificates.is_empty()) {
        (Sha1Policy::Accept, _) => (Code::SignatureSha1, ""),
        (Sha1Policy::Refuse, true) => (
            Code::SignatureSha1,
            "; this tenant refuses SHA-1 (saml.reject_sha1) from senders whose certificate it knows",
        ),
        (Sha1Policy::Refuse, false) => (
            Code::SignatureSha1Refused,
            "; this tenant refuses SHA-1 (saml.reject_sha1)",
        ),
    };
    report.find(
        code,
        place,
        format!(
            "signed with SHA-1, whose collisions are affordable to attackers{also}; sign with rsa-sha256 and digest \
             sha256"
        ),
    );
}

/// What is wrong with the certificate of a good signature. Its key is pinned by who trusts it, so nothing of it is an
/// error by itself.
fn check_certificate(certificate: &Certificate, place: String, expected: &Expected, report: &mut Report) {
    certificate::check_key(&certificate.public_key(), &named(certificate), report);
    if certificate.validity(expected.now) != Validity::Valid {
        report.find(
            Code::SigningCertificateExpired,
            place,
            format!(
                "the certificate {} is valid from {} to {}, not now; many service providers pin the key and do not \
                 check the validity, some refuse",
                named(certificate),
                certificate.x509().not_before(),
                certificate.x509().not_after()
            ),
        );
    }
}

fn put_into_words(error: &SignatureError, element: Element<'_>, signature: Element<'_>) -> (Code, String) {
    let carries_another = signature
        .descendants()
        .any(|inner| inner.namespace() == ASSERTION || inner.is(SIGNATURE, "Object"));
    match error {
        SignatureError::Algorithm(_) => (Code::SignatureAlgorithm, error.to_string()),
        SignatureError::Base64(_) => (Code::SignatureDamaged, error.to_string()),
        SignatureError::Digest => (
            Code::SignatureDigest,
            format!(
                "{} was changed after signing: its digest is not the one in the signature. Something on the way wrote \
                 it anew, or somebody changed it",
                element.local()
            ),
        ),
        SignatureError::Reference => (
            Code::SignatureReference,
            format!(
                "the signature in {} is of another element: its Reference is not the ID of {} (signature wrapping)",
                element.local(),
                element.local()
            ),
        ),
        SignatureError::Shape(_) if carries_another => (
            Code::SignatureReference,
            format!(
                "the signature in {} carries another element with it, which readers may take for the signed one \
                 (signature wrapping)",
                element.local()
            ),
        ),
        SignatureError::Place => (
            Code::SignaturePlace,
            format!(
                "the signature is not where the schema puts it: directly after the Issuer of {}",
                element.local()
            ),
        ),
        other => (Code::SignatureForm, other.to_string()),
    }
}

/// The signature of a query string.
pub(super) fn check_query(
    travelled: &Travelled,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) -> State {
    let Travelled::Parameter {
        signature: Some(signature),
        ..
    } = travelled
    else {
        return State::Unsigned;
    };
    if trust.certificates.is_empty() {
        trust.without_signer(
            "Signature".to_owned(),
            report,
            "the query string is signed; give the sender's certificate with --trust",
        );
        return State::Signed;
    }
    let verdict = |octets: &str| {
        verify_octets(
            octets.as_bytes(),
            &signature.algorithm,
            &signature.value,
            &trust.certificates,
            Sha1Policy::Accept,
        )
    };
    // As receivers do: the text as it came, then as most would have written it.
    let raw = verdict(&signature.octets);
    let verdict = match raw {
        Err(SignatureError::Query { .. }) => verdict(&binding::respelt(&signature.octets)),
        decided => decided,
    };
    match verdict {
        Ok(verified) => {
            report.pass(
                CheckName::Signature,
                format!("of the query string, by the trusted certificate {}", named(verified.certificate())),
            );
            if verified.uses_sha1() {
                check_sha1("SigAlg".to_owned(), trust, report);
            } else {
                report.pass(CheckName::Algorithms, signature.algorithm.as_str());
            }
            check_certificate(verified.certificate(), "Signature".to_owned(), expected, report);
        }
        Err(error @ SignatureError::Algorithm(_)) => {
            report.find(Code::SignatureAlgorithm, "SigAlg", error.to_string());
        }
        Err(_) => report.find(
            Code::RedirectSignature,
            "Signature",
            "the signature is not that of this query string by a trusted key: the message, RelayState or SigAlg was \
             changed, added, removed or encoded anew after signing, or another key signed",
        ),
    }
    State::Signed
}

/// A signature inside a message whose binding has another place for it (bindings 3.4.4.1).
pub(super) fn check_embedded(root: Element<'_>, travelled: &Travelled, report: &mut Report) {
    if let Travelled::Parameter {
        compression: Compression::Deflate,
        ..
    } = travelled
        && let Some(signature) = root.child(SIGNATURE, "Signature")
    {
        report.find(
            Code::RedirectSignatureEmbedded,
            place(signature),
            "a message of HTTP-Redirect is signed by its query string, not inside (bindings 3.4.4.1)",
        );
    }
}

/// A response and its assertion: one of them must be signed.
pub(super) fn check_response(own: State, assertion: State, place: String, report: &mut Report) {
    match (own, assertion) {
        (State::Unsigned, State::Unsigned) => report.find(
            Code::Unsigned,
            place,
            "neither the Response nor its assertion is signed; anybody could have written this",
        ),
        (State::Signed, State::Signed) => {}
        (signed, _) => {
            let (is, is_not) = if signed == State::Signed {
                ("Response", "assertion")
            } else {
                ("assertion", "Response")
            };
            report.find(
                Code::OnlyOneSigned,
                place,
                format!(
                    "only the {is} is signed; some service providers want the {is_not} signed too unless configured \
                     otherwise"
                ),
            );
        }
    }
}

/// An assertion that comes without a response.
pub(super) fn check_alone(state: State, place: String, report: &mut Report) {
    if state == State::Unsigned {
        report.find(
            Code::Unsigned,
            place,
            "the assertion is not signed; the signature may be that of the response around it",
        );
    }
}

/// The certificate that the signature shows; never a reason to trust it.
fn carried(signature: Element<'_>) -> Option<Certificate> {
    let shown = signature
        .descendants()
        .find(|element| element.is(SIGNATURE, "X509Certificate"))?;
    certificate::of_base64(shown.value()?)
}
