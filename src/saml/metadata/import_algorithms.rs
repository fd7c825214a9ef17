//! What responses are signed with: something that the service provider verifies.

use super::import::{ClientUpdate, SAMLP};
use super::sp::{ServiceProvider, SigningMethod};
use super::sp_reader::short;
use crate::algorithm::{Digest, KeyKind, Listed, SignatureMethod};
use crate::keys::{Certificate, PublicKey};
use openssl::pkey::Id;
use serde_json::json;

/// `signatureAlgorithm` and `digestAlgorithm`: what the client has where the service provider verifies that, else the
/// first of its list that can be made and is not broken. A client without a pair of its own signs with `tenant_key`;
/// where there is none yet, an RSA key of 2048 bits will be made.
pub(super) fn take(
    provider: &ServiceProvider,
    update: &mut ClientUpdate<'_>,
    tenant_key: Option<&PublicKey>,
) {
    let own = update
        .addon_text("cert")
        .and_then(|pem| Certificate::from_pem(pem).ok());
    let key = own.map(|certificate| certificate.public_key());
    let signer = key.as_ref().or(tenant_key).map_or(Signer::TO_BE_MADE, Signer::of);
    let signing = &provider.algorithms.signing;
    decide(
        update,
        &Wish {
            member: "signatureAlgorithm",
            from: "SigningMethod",
            listed: signing.iter().map(|method| method.algorithm.as_str()).collect(),
            possible: signing.iter().filter_map(|method| signer.makes(method)).collect(),
            is_broken: |method: SignatureMethod| method.digest() == Digest::Sha1,
            signer: &signer,
        },
    );
    let digests = &provider.algorithms.digests;
    decide(
        update,
        &Wish {
            member: "digestAlgorithm",
            from: "DigestMethod",
            listed: digests.iter().map(String::as_str).collect(),
            possible: digests.iter().filter_map(|uri| Digest::from_uri(uri)).collect(),
            is_broken: |digest| digest == Digest::Sha1,
            signer: &signer,
        },
    );
}

/// What the service provider lists for one setting.
struct Wish<'a, A> {
    member: &'static str,
    from: &'static str,
    /// URIs, as the metadata has them.
    listed: Vec<&'a str>,
    /// Those of them that can be made.
    possible: Vec<A>,
    is_broken: fn(A) -> bool,
    signer: &'a Signer,
}

fn decide<A: Listed + Default + PartialEq>(update: &mut ClientUpdate<'_>, wish: &Wish<'_, A>) {
    let Wish {
        member,
        from,
        listed,
        possible,
        is_broken,
        signer,
    } = wish;
    if listed.is_empty() {
        return;
    }
    let set = update.addon_text(member);
    let current = set.map_or_else(
        || Some(A::default()),
        |name| A::LIST.iter().copied().find(|known| known.setting_name() == name),
    );
    if current.is_some_and(|current| possible.contains(&current)) {
        if set.is_some() {
            update.confirm(&SAMLP, member, from);
        }
        return;
    }
    if let Some(best) = possible.iter().copied().find(|known| !is_broken(*known)) {
        return update.put(&SAMLP, member, from, json!(best.setting_name()));
    }
    let names: Vec<_> = listed.iter().map(|uri| short(uri)).collect();
    let why = match possible.first() {
        Some(broken) => format!(
            "which is broken; ask it for something better, or set addons.samlp.{member} to {} if there is no other way",
            broken.setting_name()
        ),
        None => format!(
            "and none of them can be made with {}; it will refuse responses until it takes another algorithm or \
             addons.samlp.cert and addons.samlp.key are a pair that fits",
            signer.words()
        ),
    };
    let warning = format!(
        "of {from} the service provider lists {} alone, {why}",
        names.join(", ")
    );
    update.import.warnings.push(warning);
}

/// The key that signs.
struct Signer {
    kind: KeyKind,
    bits: u32,
}

impl Signer {
    const TO_BE_MADE: Self = Self {
        kind: KeyKind::Rsa,
        bits: 2048,
    };

    fn of(key: &PublicKey) -> Self {
        Self {
            kind: if key.pkey().id() == Id::EC {
                KeyKind::Ec
            } else {
                KeyKind::Rsa
            },
            bits: key.pkey().bits(),
        }
    }

    /// The algorithm, if it is known, is for keys of this kind and takes one of this size.
    fn makes(&self, method: &SigningMethod) -> Option<SignatureMethod> {
        let known = SignatureMethod::from_uri(&method.algorithm)?;
        let fits = known.key_kind() == self.kind
            && method.min_key_size.is_none_or(|least| self.bits >= least)
            && method.max_key_size.is_none_or(|most| self.bits <= most);
        fits.then_some(known)
    }

    fn words(&self) -> String {
        let kind = match self.kind {
            KeyKind::Ec => "EC",
            KeyKind::Rsa => "RSA",
        };
        format!("the {kind} key of {} bits that signs", self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::import::tests::{import_into, plain_provider};
    use super::super::sp::Algorithms;
    use super::*;
    use crate::saml::tests::fixture::Pair;
    use serde_json::{Value, json};

    fn method(method: SignatureMethod) -> SigningMethod {
        SigningMethod {
            algorithm: method.uri().to_owned(),
            min_key_size: None,
            max_key_size: None,
        }
    }

    fn listing(signing: &[SigningMethod], digests: &[Digest]) -> ServiceProvider {
        ServiceProvider {
            algorithms: Algorithms {
                signing: signing.to_vec(),
                digests: digests.iter().map(|digest| digest.uri().to_owned()).collect(),
            },
            ..plain_provider()
        }
    }

    /// Both settings after an import into `addon`, and what it warns of.
    fn set(signing: &[SigningMethod], digests: &[Digest], addon: Value) -> (Value, Value, String) {
        let (addon, import) = import_into(&listing(signing, digests), addon);
        let member = |name: &str| addon.get(name).cloned().unwrap_or_default();
        (
            member("signatureAlgorithm"),
            member("digestAlgorithm"),
            import.warnings.join("\n"),
        )
    }

    #[test]
    fn the_first_that_the_key_can_make_is_set_and_the_default_where_it_is_listed_is_not() {
        use SignatureMethod::{EcdsaSha512, RsaSha1, RsaSha256, RsaSha512};
        let none = Value::Null;
        for (signing, digests, signature, digest) in [
            (&[][..], &[][..], none.clone(), none.clone()),
            (
                &[EcdsaSha512, RsaSha512],
                &[Digest::Sha512],
                json!("rsa-sha512"),
                json!("sha512"),
            ),
            (
                &[RsaSha1, RsaSha512, RsaSha256],
                &[Digest::Sha1, Digest::Sha256],
                none.clone(),
                none,
            ),
            (
                &[RsaSha1, RsaSha512],
                &[Digest::Sha1, Digest::Sha384],
                json!("rsa-sha512"),
                json!("sha384"),
            ),
        ] {
            let signing: Vec<_> = signing.iter().copied().map(method).collect();
            let set = set(&signing, digests, json!({}));
            assert_eq!(set, (signature, digest, String::new()), "{signing:?}");
        }
    }

    #[test]
    fn nothing_weaker_than_the_default_is_set_and_nothing_that_cannot_be_made() {
        let (signature, digest, warnings) =
            set(&[method(SignatureMethod::RsaSha1)], &[Digest::Sha1], json!({}));
        assert_eq!((signature, digest), (Value::Null, Value::Null));
        assert!(
            warnings.contains("SigningMethod the service provider lists rsa-sha1 alone, which is broken")
        );
        assert!(
            warnings.contains("set addons.samlp.digestAlgorithm to sha1"),
            "{warnings}"
        );
        let unknown = SigningMethod {
            algorithm: "http://www.w3.org/2007/05/xmldsig-more#sha3-256-rsa-MGF1".to_owned(),
            ..method(SignatureMethod::RsaSha256)
        };
        let (signature, _, warnings) = set(&[unknown, method(SignatureMethod::EcdsaSha256)], &[], json!({}));
        assert_eq!(signature, Value::Null);
        assert!(
            warnings.contains("none of them can be made with the RSA key of 2048 bits"),
            "{warnings}"
        );
    }

    #[test]
    fn sizes_of_keys_and_the_clients_own_pair_count() {
        let sized = |least, most| SigningMethod {
            min_key_size: least,
            max_key_size: most,
            ..method(SignatureMethod::RsaSha256)
        };
        let larger = [sized(Some(3072), None), method(SignatureMethod::RsaSha384)];
        assert_eq!(set(&larger, &[], json!({})).0, "rsa-sha384");
        assert_eq!(
            set(&[sized(Some(2048), Some(2048))], &[], json!({})).0,
            Value::Null
        );
        assert!(
            set(&[sized(None, Some(1024))], &[], json!({}))
                .2
                .contains("none of them can be made")
        );

        let group = openssl::ec::EcGroup::from_curve_name(openssl::nid::Nid::X9_62_PRIME256V1).unwrap();
        let own = Pair::new(
            openssl::pkey::PKey::from_ec_key(openssl::ec::EcKey::generate(&group).unwrap()).unwrap(),
        );
        let addon = json!({"cert": own.certificate_pem, "signatureAlgorithm": "ecdsa-sha384"});
        let both = [
            method(SignatureMethod::RsaSha256),
            method(SignatureMethod::EcdsaSha256),
        ];
        assert_eq!(set(&both, &[], addon).0, "ecdsa-sha256");
    }

    #[test]
    fn what_the_client_has_stays_where_it_is_listed() {
        let all = SignatureMethod::ALL
            .iter()
            .copied()
            .map(method)
            .collect::<Vec<_>>();
        let chosen = json!({"signatureAlgorithm": "rsa-sha384", "digestAlgorithm": "sha1"});
        let (signature, digest, _) = set(&all, Digest::ALL, chosen);
        assert_eq!((signature, digest), (json!("rsa-sha384"), json!("sha1")));
        let (signature, ..) = set(&all[..1], &[], json!({"signatureAlgorithm": "rsa-sha384"}));
        assert_eq!(signature, "rsa-sha256");
    }
}
