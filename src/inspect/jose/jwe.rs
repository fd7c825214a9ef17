//! Encrypted tokens: the header is open; the rest is opened with the receiver's key (RFC 7516).

use super::super::code::{CheckName, Code};
use super::super::expected::Expected;
use super::super::report::{Kind, Report};
use josekit::jwe::alg::ecdh_es::EcdhEsJweAlgorithm;
use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::{JweDecrypter, deserialize_compact};
use serde_json::{Map, Value};

/// The token inside, if it can be opened.
pub(super) fn open(
    token: &str,
    header: &Map<String, Value>,
    expected: &Expected,
    report: &mut Report,
) -> Option<String> {
    report.kind = Kind::Jwe;
    if header.contains_key("zip") {
        report.give_up(
            Code::JweZip,
            "header zip",
            "the content is compressed, which is not read: a small token may unfold without end",
        );
        return None;
    }
    let alg = header.get("alg").and_then(Value::as_str).unwrap_or_default();
    if let Some(why) = shared_secret(alg, token) {
        report.find(Code::JweNotDecrypted, "header alg", why);
        report.skip(
            CheckName::Encryption,
            "the content key is a secret that the issuer does not give away",
        );
        report.stays_closed("the token is encrypted and was not opened");
        return None;
    }
    let Some(key) = expected.key.value() else {
        report.find(
            Code::JweNotDecrypted,
            "token",
            "the token is encrypted; give the receiver's private key with --key to check what is in it",
        );
        report.skip(CheckName::Encryption, "no key was given");
        report.stays_closed("the token is encrypted and was not opened");
        return None;
    };
    let pem = key.pkey().private_key_to_pem_pkcs8().ok()?;
    let Some(decrypter) = decrypter(alg, &pem) else {
        report.give_up(
            Code::EncryptionAlgorithm,
            "header alg",
            "the key algorithm is unknown, not for this kind of key, or not safe; known algorithms are RSA-OAEP, \
             RSA-OAEP-256, RSA-OAEP-384, RSA-OAEP-512 and ECDH-ES",
        );
        return None;
    };
    let opened = deserialize_compact(token, &*decrypter).ok();
    let Some(text) = opened.and_then(|(content, _)| String::from_utf8(content).ok()) else {
        report.give_up(
            Code::DecryptionFailed,
            "token",
            format!(
                "the key sha256:{} does not decrypt the token: it is encrypted for another key, or was changed",
                key.fingerprint()
            ),
        );
        return None;
    };
    report.pass(CheckName::Encryption, format!("decrypted, {alg}"));
    Some(text)
}

/// Why nobody but who shares a secret with the issuer opens the token; `None` where a private key does (RFC 7518
/// section 4).
fn shared_secret(alg: &str, token: &str) -> Option<String> {
    let is_direct = alg == "dir";
    let is_of_platform = is_direct && token.split('.').nth(1) == Some("");
    if is_of_platform {
        return Some(
            "the token is encrypted with a content key that is a secret of its issuer (alg is dir), so nobody else can \
             open it, with no key. An access token that was asked for no API looks so: it is for the userinfo endpoint \
             of the issuer alone. To get a token for an API, ask with its audience (--audience here, the parameter \
             audience of the authorization request)"
                .to_owned(),
        );
    }
    let is_shared = is_direct
        || [
            "A128KW",
            "A192KW",
            "A256KW",
            "A128GCMKW",
            "A192GCMKW",
            "A256GCMKW",
        ]
        .contains(&alg)
        || alg.starts_with("PBES2-");
    is_shared.then(|| {
        format!(
            "the token is encrypted with a secret that issuer and receiver share (alg is {alg}), so no private key \
             opens it; have the receiver open it"
        )
    })
}

fn decrypter(alg: &str, pem: &[u8]) -> Option<Box<dyn JweDecrypter>> {
    let rsa = match alg {
        "RSA-OAEP" => Some(RsaesJweAlgorithm::RsaOaep),
        "RSA-OAEP-256" => Some(RsaesJweAlgorithm::RsaOaep256),
        "RSA-OAEP-384" => Some(RsaesJweAlgorithm::RsaOaep384),
        "RSA-OAEP-512" => Some(RsaesJweAlgorithm::RsaOaep512),
        _ => None,
    };
    if let Some(rsa) = rsa {
        return Some(Box::new(rsa.decrypter_from_pem(pem).ok()?));
    }
    if alg == "ECDH-ES" {
        return Some(Box::new(EcdhEsJweAlgorithm::EcdhEs.decrypter_from_pem(pem).ok()?));
    }
    None
}
