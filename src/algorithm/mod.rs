//! The algorithms that settings, messages and tokens name: each once, with its names everywhere and as OpenSSL has it.
//!
//! [`signature`] has those of XML signatures, [`encryption`] those of encrypted assertions, [`jws`] those of tokens.
//! Each list is an allow-list: a name that is not on it is no algorithm here.

mod encryption;
mod jws;
mod signature;
mod table;

pub use encryption::{ContentCipher, KeyEncryption};
pub use jws::{JwsAlgorithm, PairAlgorithm};
pub use signature::{Digest, ENVELOPED, EXCLUSIVE_C14N, KeyKind, SignatureMethod};
pub use table::{ChosenBy, Listed};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_algorithm_is_found_by_its_own_names_and_by_no_other() {
        let mut uris = std::collections::HashSet::new();
        for method in SignatureMethod::ALL {
            assert_eq!(SignatureMethod::from_name(method.name()), Some(*method));
            assert_eq!(SignatureMethod::from_uri(method.uri()), Some(*method));
            assert!(method.uri().ends_with(method.name()) && uris.insert(method.uri()));
            assert!(method.name().ends_with(method.digest().name()), "{method:?}");
        }
        for cipher in ContentCipher::ALL {
            assert!(cipher.uri().ends_with(cipher.name()) && uris.insert(cipher.uri()));
            assert_eq!(cipher.is_malleable(), cipher.name().ends_with("cbc"));
            let bits = format!("aes{}", cipher.openssl().key_len() * 8);
            assert!(cipher.name().starts_with(&bits), "{cipher:?}");
        }
        assert_eq!(SignatureMethod::from_name("RSA-SHA256"), None);
        assert_eq!(JwsAlgorithm::from_name("none"), None);
        assert_eq!(JwsAlgorithm::ALL.len(), PairAlgorithm::ALL.len() + 1);
    }

    #[test]
    fn actions_may_choose_what_the_platform_has() {
        fn names<T: Listed>() -> Vec<&'static str> {
            T::for_actions().map(T::setting_name).collect()
        }
        assert_eq!(names::<SignatureMethod>(), ["rsa-sha256", "rsa-sha1"]);
        assert_eq!(names::<Digest>(), ["sha256", "sha1"]);
        assert_eq!(names::<ContentCipher>(), ["aes256-gcm", "aes256-cbc"]);
        assert_eq!(SignatureMethod::from_action("ecdsa-sha256"), None);
    }
}
