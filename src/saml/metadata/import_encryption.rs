//! For which key, and how, assertions are encrypted.

use super::import::{ClientUpdate, SAMLP, wrapped};
use super::sp::{EncryptionKey, EncryptionMethod, ServiceProvider};
use super::sp_reader::short;
use crate::algorithm::{ContentCipher, KeyEncryption};
use crate::keys::{Certificate, PublicKey, RsaPublicKey, Validity};
use crate::tenant::SamlConfig;
use crate::time::Moment;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// `encryptionCert`, `encryptionPublicKey` and the algorithms: the first key that can be used, one that is
/// valid now rather than one that is not.
pub(super) fn take(
    provider: &ServiceProvider,
    update: &mut ClientUpdate<'_>,
    config: &SamlConfig,
    now: Moment,
) {
    let mut usable: Vec<(&EncryptionKey, Choice)> = Vec::new();
    let current = ["encryptionAlgorithm", "keyEncryptionAlgorithm"]
        .map(|member| update.addon_text(member).map(str::to_owned));
    for key in &provider.encryption {
        match choice(key, &current, config, now) {
            Ok(choice) => usable.push((key, choice)),
            Err(reason) => update.leave(format!("{FROM} ({})", subject(&key.certificate)), reason),
        }
    }
    let is_valid = |key: &EncryptionKey| key.certificate.validity(now) == Validity::Valid;
    usable.sort_by_key(|(key, _)| !is_valid(key));
    let mut usable = usable.into_iter();
    let Some((key, choice)) = usable.next() else {
        if !provider.encryption.is_empty() {
            update.import.warnings.push(
                "the service provider has a certificate for encryption, but none that can be used, so \
                 assertions are \
                 not encrypted for it"
                    .to_owned(),
            );
        }
        if update.member(&SAMLP, CERTIFICATE).is_some() {
            update.leave(
                "addons.samlp.encryptionCert of the client",
                "the metadata has no certificate for encryption that can be used, so the client's is kept; \
                 remove encryptionCert and encryptionPublicKey if the service provider no longer decrypts",
            );
        }
        return;
    };
    for (other, _) in usable {
        update.leave(
            format!("{FROM} ({})", subject(&other.certificate)),
            "assertions are encrypted for one key: the first that is valid now",
        );
    }
    if !is_valid(key) {
        let warning = format!(
            "the certificate for encryption ({}) is not valid now; ask the service provider for a fresh one",
            subject(&key.certificate)
        );
        update.import.warnings.push(warning);
    }
    update.put_certificates(&SAMLP, CERTIFICATE, FROM, std::slice::from_ref(&key.certificate));
    let public = key.certificate.public_key();
    let same = update
        .addon_text(PUBLIC_KEY)
        .and_then(|pem| PublicKey::from_pem(pem).ok())
        .is_some_and(|old| old.pkey().public_eq(public.pkey()));
    if same {
        update.confirm(&SAMLP, PUBLIC_KEY, FROM);
    } else if let Ok(der) = public.pkey().public_key_to_der() {
        let pem = wrapped("PUBLIC KEY", &STANDARD.encode(der));
        update.put(&SAMLP, PUBLIC_KEY, FROM, json!(pem));
    }
    for (member, chosen) in [
        ("encryptionAlgorithm", choice.cipher),
        ("keyEncryptionAlgorithm", choice.key_transport),
    ] {
        if let Some(chosen) = chosen {
            update.put(&SAMLP, member, "EncryptionMethod", json!(chosen));
        }
    }
}

/// The algorithms for one key; `None` leaves the default.
struct Choice {
    cipher: Option<&'static str>,
    key_transport: Option<&'static str>,
}

/// The algorithms that both sides know, or why the key cannot be used.
fn choice(
    key: &EncryptionKey,
    [cipher, key_transport]: &[Option<String>; 2],
    config: &SamlConfig,
    now: Moment,
) -> Result<Choice, String> {
    let floor = config.rsa_floor();
    RsaPublicKey::new(&key.certificate.public_key(), floor).map_err(|unfit| unfit.to_string())?;
    if config.reject_expired_certs && key.certificate.validity(now) != Validity::Valid {
        return Err("the certificate is not valid now, and saml.reject_expired_certs is set".to_owned());
    }
    let (transports, ciphers): (Vec<_>, Vec<_>) = key.methods.iter().partition(|method| {
        ["rsa-", "#kw-", "#dh", "ECDH"]
            .iter()
            .any(|part| method.algorithm.contains(part))
    });
    Ok(Choice {
        cipher: best(&ciphers, &Ours::ciphers(), cipher.as_deref())?,
        key_transport: best(&transports, &Ours::key_transports(), key_transport.as_deref())?,
    })
}

/// What the client has already if it is among `theirs`, else the first of `ours`, best first, that is; none
/// where they do not say.
fn best(
    theirs: &[&EncryptionMethod],
    ours: &[Ours],
    current: Option<&str>,
) -> Result<Option<&'static str>, String> {
    if theirs.is_empty() {
        return Ok(None);
    }
    let accepts = |ours: &&Ours| {
        theirs.iter().any(|method| {
            let digest_fits = || {
                method.digests.is_empty()
                    || method
                        .digests
                        .iter()
                        .any(|digest| Some(digest.as_str()) == ours.digest)
            };
            let mask_fits = || {
                method.masks.is_empty() || method.masks.iter().any(|mask| Some(mask.as_str()) == ours.mask)
            };
            method.algorithm == ours.uri && (ours.digest.is_none() || digest_fits() && mask_fits())
        })
    };
    let agreed: Vec<&Ours> = ours.iter().filter(accepts).collect();
    let kept = agreed.iter().find(|ours| Some(ours.name) == current);
    kept.or(agreed.first())
        .map(|ours| Some(ours.name))
        .ok_or_else(|| {
            let asked: Vec<_> = theirs.iter().map(|method| short(&method.algorithm)).collect();
            let known: Vec<_> = ours.iter().map(|ours| ours.name).collect();
            format!(
                "the service provider asks for {}, of which none is known; known are {}",
                asked.join(", "),
                known.join(", ")
            )
        })
}

/// An algorithm that assertions can be encrypted with.
struct Ours {
    uri: &'static str,
    name: &'static str,
    /// The digest that a key transport is used with.
    digest: Option<&'static str>,
    /// The mask generation function that a key transport is used with.
    mask: Option<&'static str>,
}

impl Ours {
    /// What protects against changes first; then the longer key.
    fn ciphers() -> [Self; 4] {
        use ContentCipher::{Aes128Cbc, Aes128Gcm, Aes256Cbc, Aes256Gcm};
        [Aes256Gcm, Aes128Gcm, Aes256Cbc, Aes128Cbc].map(|cipher| Self {
            uri: cipher.uri(),
            name: cipher.name(),
            digest: None,
            mask: None,
        })
    }

    /// The one that every service provider reads first.
    fn key_transports() -> [Self; 2] {
        [KeyEncryption::RsaOaepMgf1p, KeyEncryption::RsaOaep].map(|transport| Self {
            uri: transport.uri(),
            name: transport.name(),
            digest: Some(transport.digest().uri()),
            mask: Some(transport.mask_uri()),
        })
    }
}

/// Whose certificate it is, for people.
pub(super) fn subject(certificate: &Certificate) -> String {
    let x509 = certificate.x509();
    let name = x509.subject_name().entries().last();
    let name = name.and_then(|entry| entry.data().to_string().ok());
    let until = x509.not_after();
    name.map_or_else(
        || format!("until {until}"),
        |name| format!("{name}, until {until}"),
    )
}

const FROM: &str = "KeyDescriptor for encryption";
const CERTIFICATE: &str = "encryptionCert";
const PUBLIC_KEY: &str = "encryptionPublicKey";

#[cfg(test)]
mod tests {
    use super::super::Import;
    use super::super::import::tests::{import_into, plain_provider};
    use super::*;
    use crate::saml::tests::fixture::{Pair, certificate, other, pem, tenant};
    use serde_json::{Map, Value};

    const GCM_128: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
    const CBC_256: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    const TRIPLE_DES: &str = "http://www.w3.org/2001/04/xmlenc#tripledes-cbc";
    const OAEP: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
    const OAEP_MGF1P: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
    const SHA_256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
    const SHA_512: &str = "http://www.w3.org/2001/04/xmlenc#sha512";

    fn method(algorithm: &str, digests: &[&str]) -> EncryptionMethod {
        EncryptionMethod {
            algorithm: algorithm.to_owned(),
            digests: digests.iter().map(|digest| (*digest).to_owned()).collect(),
            masks: Vec::new(),
        }
    }

    fn key(certificate: Certificate, methods: &[EncryptionMethod]) -> EncryptionKey {
        EncryptionKey {
            certificate,
            methods: methods.to_vec(),
        }
    }

    /// The add-on after an import, which starts as `addon`.
    fn imported(encryption: Vec<EncryptionKey>, addon: Value) -> (Map<String, Value>, Import) {
        let provider = ServiceProvider {
            encryption,
            ..plain_provider()
        };
        import_into(&provider, addon)
    }

    fn algorithms(methods: &[EncryptionMethod], addon: Value) -> [Value; 2] {
        let (addon, _) = imported(vec![key(other().certificate(), methods)], addon);
        ["encryptionAlgorithm", "keyEncryptionAlgorithm"]
            .map(|member| addon.get(member).cloned().unwrap_or_default())
    }

    #[test]
    fn without_methods_the_defaults_stay() {
        assert_eq!(algorithms(&[], json!({})), [Value::Null, Value::Null]);
    }

    #[test]
    fn what_protects_against_changes_and_what_everybody_reads_is_chosen() {
        let all = [CBC_256, TRIPLE_DES, GCM_128, OAEP, OAEP_MGF1P].map(|uri| method(uri, &[]));
        assert_eq!(algorithms(&all, json!({})), ["aes128-gcm", "rsa-oaep-mgf1p"]);
        assert_eq!(
            algorithms(&all[..2], json!({})),
            [json!("aes256-cbc"), Value::Null]
        );
        assert_eq!(
            algorithms(&[method(OAEP, &[SHA_256])], json!({})),
            [Value::Null, json!("rsa-oaep")]
        );
    }

    #[test]
    fn a_transport_whose_mask_is_not_listed_is_not_chosen() {
        let masked = |algorithm, mask: &str| EncryptionMethod {
            masks: vec![format!("http://www.w3.org/2009/xmlenc11#{mask}")],
            ..method(algorithm, &[])
        };
        assert_eq!(
            algorithms(&[masked(OAEP, "mgf1sha256")], json!({}))[1],
            "rsa-oaep"
        );
        let both = [masked(OAEP, "mgf1sha256"), masked(OAEP_MGF1P, "mgf1sha1")];
        assert_eq!(algorithms(&both, json!({}))[1], "rsa-oaep-mgf1p");
        let (addon, import) = imported(
            vec![key(other().certificate(), &[masked(OAEP, "mgf1sha512")])],
            json!({}),
        );
        assert_eq!(addon.get("encryptionCert"), None);
        assert!(
            import.left[0].reason.contains("of which none is known"),
            "{:?}",
            import.left
        );
    }

    #[test]
    fn what_the_client_has_stays_where_the_service_provider_reads_it() {
        let all = [CBC_256, GCM_128, OAEP, OAEP_MGF1P].map(|uri| method(uri, &[]));
        let chosen = json!({"encryptionAlgorithm": "aes256-cbc", "keyEncryptionAlgorithm": "rsa-oaep"});
        assert_eq!(algorithms(&all, chosen), ["aes256-cbc", "rsa-oaep"]);
        let unread = json!({"encryptionAlgorithm": "aes256-gcm"});
        assert_eq!(algorithms(&all, unread)[0], "aes128-gcm");
    }

    #[test]
    fn a_key_that_would_be_encrypted_for_in_a_way_nobody_reads_is_left() {
        for methods in [
            [method(TRIPLE_DES, &[])],
            [method(OAEP, &[SHA_512])],
            [method(OAEP_MGF1P, &[SHA_256])],
            [method("http://www.w3.org/2001/04/xmlenc#rsa-1_5", &[])],
        ] {
            let (addon, import) = imported(vec![key(other().certificate(), &methods)], json!({}));
            assert_eq!(addon.get("encryptionCert"), None, "{methods:?}");
            assert!(
                import.left[0].reason.contains("of which none is known"),
                "{:?}",
                import.left
            );
            assert!(import.warnings[0].contains("assertions are not encrypted"));
        }
    }

    #[test]
    fn keys_that_are_not_fit_are_left_and_the_first_valid_one_is_taken() {
        let short = Pair::rsa(1024);
        let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
        let curve = openssl::ec::EcKey::generate(&group).unwrap();
        let curve = Pair::new(openssl::pkey::PKey::from_ec_key(curve).unwrap());
        let expired = certificate(
            &tenant().pkey,
            &tenant().pkey,
            "20200101000000Z",
            "20210101000000Z",
        );
        let expired = Certificate::from_pem(&pem(&expired)).unwrap();
        let keys = [
            short.certificate(),
            curve.certificate(),
            expired.clone(),
            other().certificate(),
        ];
        let keys = keys.map(|certificate| key(certificate, &[]));
        let (addon, import) = imported(keys.to_vec(), json!({}));
        let taken = Certificate::from_pem(addon["encryptionCert"].as_str().unwrap()).unwrap();
        assert_eq!(taken.base64(), other().certificate().base64());
        let public = PublicKey::from_pem(addon["encryptionPublicKey"].as_str().unwrap()).unwrap();
        assert!(public.pkey().public_eq(taken.public_key().pkey()));
        let reasons: Vec<_> = import.left.iter().map(|left| left.reason.as_str()).collect();
        assert!(reasons[0].contains("1024 bits"), "{reasons:?}");
        assert!(reasons[1].contains("RSA key required"), "{reasons:?}");
        assert!(reasons[2].contains("the first that is valid now"), "{reasons:?}");

        let (addon, import) = imported(vec![key(expired, &[])], json!({}));
        assert!(addon.contains_key("encryptionCert"));
        assert!(
            import.warnings[0].contains("is not valid now"),
            "{:?}",
            import.warnings
        );
    }

    #[test]
    fn the_same_key_in_other_line_breaks_is_no_change() {
        let one_line = other().certificate_pem.replace('\n', "\\n");
        let addon = json!({"encryptionCert": one_line, "encryptionPublicKey": other().public_pem});
        let (after, import) = imported(vec![key(other().certificate(), &[])], addon);
        assert_eq!(after["encryptionCert"], one_line);
        let of_keys = import.taken.iter().filter(|taken| taken.from == FROM);
        assert!(
            of_keys
                .into_iter()
                .all(|taken| taken.before == super::super::Before::Same)
        );
    }

    #[test]
    fn a_key_that_the_metadata_no_longer_has_is_kept_and_told() {
        let addon =
            json!({"encryptionCert": other().certificate_pem, "encryptionPublicKey": other().public_pem});
        let (after, import) = imported(Vec::new(), addon.clone());
        assert_eq!(after["encryptionCert"], addon["encryptionCert"]);
        assert!(
            import.left[0].reason.contains("the client's is kept"),
            "{:?}",
            import.left
        );
    }
}
