//! Signatures: which element they cover, how they were made and by whose certificate. The verdict is that
//! of the verifier; here it is put into words and codes.

use super::super::certificate::{self, named};
use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::names::SIGNATURE;
use super::super::report::Report;
use super::super::travelled::{Compression, Travelled};
use super::signature_words::{is_of_unfit_id, put_into_words};
use super::trust::Trust;
use crate::keys::{Certificate, Validity};
use crate::saml::inbound::{
    self, Examined, Made, Sha1Policy, SignatureError, SignatureMethod, SignedContent, binding, verify_octets,
};
use crate::time::iso;
use crate::xml::Element;

/// Whether there is a signature. A bad one is a finding of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
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
pub(super) fn examine(
    element: Element<'_>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) -> State {
    let Some(signature) = element.child(SIGNATURE, "Signature") else {
        return State::Unsigned;
    };
    let carried = carried(signature);
    match inbound::examine(element, &trust.certificates) {
        Ok(examined) => {
            let shown = Shown {
                element,
                signature,
                carried: carried.as_ref(),
            };
            check_parts(&examined, &shown, trust, expected, report);
        }
        Err(SignatureError::Reference) if is_of_unfit_id(element, signature) => report.moot(
            CheckName::Signature,
            format!(
                "the signature is not checked, because the ID of {} is no xs:ID",
                element.local()
            ),
        ),
        Err(error) => {
            let (code, message) = put_into_words(&error, element, signature);
            report.find(code, place(signature), message);
        }
    }
    State::Signed
}

/// A signature with what is around it.
struct Shown<'a, 'd> {
    element: Element<'d>,
    signature: Element<'d>,
    /// The certificate that it carries; never a reason to trust it.
    carried: Option<&'a Certificate>,
}

/// Digest, value, algorithm and certificate: each of them is told, whatever is wrong with the others.
fn check_parts(
    examined: &Examined<'_>,
    shown: &Shown<'_, '_>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) {
    let Shown {
        element,
        signature,
        carried,
    } = *shown;
    if examined.content == SignedContent::Changed {
        let (code, message) = put_into_words(&SignatureError::Digest, element, signature);
        report.find(code, place(signature), message);
    }
    let made = match &examined.made {
        Ok(made) => made,
        Err(error) => {
            let (code, message) = put_into_words(error, element, signature);
            return report.find(code, place(signature), message);
        }
    };
    let Some(certificate) = made.certificate else {
        return check_key(examined.content, shown, trust, expected, report);
    };
    if examined.content == SignedContent::Unchanged {
        report.pass(
            CheckName::Signature,
            format!(
                "{}, {}, by the trusted certificate {}",
                element.local(),
                made.method.name().to_owned(),
                named(certificate)
            ),
        );
    }
    if let Some(other) = carried.filter(|carried| carried.base64() != certificate.base64()) {
        report.find(
            Code::KeyInfoOther,
            place(signature),
            format!(
                "the signature is made by a trusted key, but its KeyInfo shows another certificate ({}); leave KeyInfo \
                 out, or send the certificate that is in the metadata",
                named(other)
            ),
        );
    }
    check_made(made, certificate, element, trust, expected, report);
}

/// No trusted key made it: then by whose key is it?
fn check_key(
    content: SignedContent,
    shown: &Shown<'_, '_>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) {
    let Shown {
        element,
        signature,
        carried,
    } = *shown;
    let trusted: Vec<_> = trust.certificates.iter().map(named).collect();
    let by_carried = carried.and_then(|carried| {
        let examined = inbound::examine(element, std::slice::from_ref(carried)).ok()?;
        examined.made.ok()?.certificate.and(Some(carried))
    });
    let is_known = |carried: &Certificate| {
        let mut known = trust.certificates.iter();
        known.any(|known| known.base64() == carried.base64())
    };
    match (carried, by_carried, trusted.is_empty()) {
        // What was changed is an error already.
        (None, _, true) | (Some(_), Some(_), true) if content == SignedContent::Changed => {}
        (Some(carried), Some(_), true) => trust.without_signer(
            place(signature),
            report,
            format!(
                "{} is unchanged since the holder of the certificate that it carries ({}) signed it; whether that is \
                 the issuer is not known, give its certificate with --trust or the tenant",
                element.local(),
                named(carried)
            ),
        ),
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
        (Some(carried), None, no_trust) if no_trust || is_known(carried) => report.find(
            Code::SignatureDamaged,
            place(signature),
            format!(
                "the signature value is not that of its SignedInfo by the key of {}; SignedInfo or SignatureValue was \
                 changed",
                named(carried)
            ),
        ),
        (Some(carried), None, _) => report.find(
            Code::SignatureUntrusted,
            place(signature),
            format!(
                "neither a trusted key made this signature nor that of the certificate that it carries ({}): another \
                 key signed, or SignedInfo or SignatureValue was changed. Trusted: {}",
                named(carried),
                trusted.join(", ")
            ),
        ),
        (None, _, false) => report.find(
            Code::SignatureUntrusted,
            place(signature),
            format!(
                "no trusted key made this signature: another key signed, or SignedInfo or SignatureValue was changed. \
                 Trusted: {}",
                trusted.join(", ")
            ),
        ),
    }
    // How it was made counts where a key is known that made it, and certificate and algorithm are told whatever else
    // is wrong.
    let Some(tried) = by_carried.or(carried).map(std::slice::from_ref) else {
        return;
    };
    if let Ok(Examined { made: Ok(made), .. }) = inbound::examine(element, tried)
        && (trusted.is_empty() || content == SignedContent::Changed)
        && (by_carried.is_some() || content == SignedContent::Changed)
    {
        check_made(&made, &tried[0], element, trust, expected, report);
    }
}

/// Algorithm and certificate of a signature.
fn check_made(
    made: &Made<'_>,
    certificate: &Certificate,
    element: Element<'_>,
    trust: &Trust,
    expected: &Expected,
    report: &mut Report,
) {
    if made.uses_sha1() {
        check_sha1(place(element), trust, report);
    } else {
        report.pass(CheckName::Algorithms, made.method.name().to_owned());
    }
    if matches!(
        made.method,
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
                made.method.name().to_owned()
            ),
        );
    }
    check_certificate(certificate, place(element), expected, report);
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
    let (code, is) = match certificate.validity(expected.now) {
        Validity::Valid => return,
        Validity::Expired => (Code::SigningCertificateExpired, "has expired"),
        Validity::NotYet => (Code::SigningCertificateNotYetValid, "is not valid yet"),
    };
    report.find(
        code,
        place,
        format!(
            "the certificate {} {is}: it is valid from {} to {}, now is {}; many receivers pin the key and do not \
             check the validity, some refuse",
            named(certificate),
            certificate.x509().not_before(),
            certificate.x509().not_after(),
            iso(expected.now)
        ),
    );
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
