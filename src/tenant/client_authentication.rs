//! How an application proves who it is at the endpoints that it calls itself.

use super::application::{AppType, Client};
use super::exported::exported;
use super::setting::Setting;
use super::words::words;
use crate::time::Moment;
use chrono::DateTime;
use openssl::pkey::{Id, PKey, Public};
use openssl::x509::X509;
use serde::Deserialize;

words! {
    /// How an application proves who it is at the token endpoint (`token_endpoint_auth_method`).
    ClientAuthentication, reported: false {
        /// Not at all: it is public.
        None = "none",
        /// By its secret in the body.
        SecretPost = "client_secret_post",
        /// By its secret in the header.
        SecretBasic = "client_secret_basic",
        /// By an assertion that it signs (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
    }
}

exported! {
    /// `client_authentication_methods` of a client.
    ClientAuthenticationMethods {
        /// Assertions that the client signs; in the place of a secret.
        private_key_jwt: Option<PrivateKeyJwt>,
    }
}

exported! {
    /// `private_key_jwt` of a client.
    PrivateKeyJwt {
        /// Any of these keys proves who the client is.
        credentials: Vec<ClientCredential>,
    }
}

exported! {
    /// A public key of a client.
    ClientCredential {
        /// Name for people.
        name: Option<String>,
        /// Key id; an assertion that names another one is not looked at with this key.
        kid: Option<String>,
        /// The algorithm of the assertions; RS256 where it is absent, or that of the curve.
        alg: Option<String>,
        /// Public key or certificate. An export may leave it out and name the credential alone.
        pem: Option<String>,
        /// ISO 8601; no end where it is absent.
        expires_at: Option<String>,
    }
}

/// A public key with the one algorithm that it is used with (RFC 8725 section 3.1).
#[derive(Clone, Debug)]
pub struct AssertionKey {
    /// The key.
    pub key: PKey<Public>,
    /// Registered name of the algorithm (RFC 7518 section 3.1).
    pub algorithm: &'static str,
}

impl Client {
    /// How the client proves who it is. Where that is not set, or cannot be had, it is what the platform gives new
    /// applications: nothing for those that run on a device or in a browser, the secret in the body for others.
    pub fn authentication(&self) -> ClientAuthentication {
        let methods = self.client_authentication_methods.as_ref();
        if methods.is_some_and(|methods| methods.private_key_jwt.is_some()) {
            return ClientAuthentication::PrivateKeyJwt;
        }
        let is_public = |kind: &Setting<AppType>| matches!(kind.value(), Ok(AppType::Native | AppType::Spa));
        let set = self.token_endpoint_auth_method.as_ref();
        let set = set.and_then(|method| method.value().ok());
        set.copied().unwrap_or_else(|| {
            if self.app_type.as_ref().is_some_and(is_public) {
                ClientAuthentication::None
            } else {
                ClientAuthentication::SecretPost
            }
        })
    }

    /// Whether nothing proves who the client is (RFC 6749 section 2.1).
    pub fn is_public(&self) -> bool {
        self.authentication() == ClientAuthentication::None
    }

    /// The keys that prove who the client is.
    pub fn credentials(&self) -> &[ClientCredential] {
        let methods = self.client_authentication_methods.as_ref();
        methods
            .and_then(|methods| methods.private_key_jwt.as_ref())
            .map_or(&[], |method| &method.credentials)
    }

    /// Why nobody can prove to be this client, and what to do; nothing where somebody can, or nobody has to.
    pub fn cannot_authenticate(&self) -> Option<(String, String)> {
        let what = match self.authentication() {
            ClientAuthentication::None => return None,
            ClientAuthentication::SecretPost | ClientAuthentication::SecretBasic => {
                if self.hmac_secret().is_some() || self.addons.samlp.is_some() {
                    return None;
                }
                "it has no secret"
            }
            ClientAuthentication::PrivateKeyJwt => {
                if self.credentials().iter().any(|key| key.key().is_some()) {
                    return None;
                }
                "none of its credentials has a usable public key"
            }
        };
        let help = match self.authentication() {
            ClientAuthentication::PrivateKeyJwt => {
                "add \"pem\" to a credential of client_authentication_methods.private_key_jwt: an RSA key of 2048 bits \
                 or a key on P-256, P-384 or P-521"
                    .to_owned()
            }
            _ => format!(
                "write client.{}.client_secret=<value> into secrets.env of the tenant folder",
                self.name
            ),
        };
        let what = format!(
            "the client \"{}\" cannot authenticate at the token endpoint: {what}",
            self.name
        );
        Some((what, help))
    }
}

impl ClientCredential {
    /// The key with its algorithm; nothing where there is none, or it is too weak or of another kind than `alg` needs.
    pub fn key(&self) -> Option<AssertionKey> {
        let pem = self.pem.as_deref()?.as_bytes();
        let key = PKey::public_key_from_pem(pem)
            .or_else(|_| X509::from_pem(pem)?.public_key())
            .ok()?;
        let possible: &[&str] = match key.id() {
            Id::RSA if key.bits() >= 2048 => &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
            Id::EC => match key.bits() {
                256 => &["ES256"],
                384 => &["ES384"],
                521 => &["ES512"],
                _ => &[],
            },
            _ => &[],
        };
        let algorithm = match &self.alg {
            Some(alg) => possible.iter().find(|known| *known == alg),
            None => possible.first(),
        };
        Some(AssertionKey {
            algorithm: algorithm?,
            key,
        })
    }

    /// Whether the key counts at `now`. An end that cannot be read is one that is over.
    pub fn is_valid_at(&self, now: Moment) -> bool {
        self.expires_at
            .as_deref()
            .is_none_or(|end| DateTime::parse_from_rfc3339(end).is_ok_and(|end| now < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::ring_for_tests;
    use serde_json::{Value, json};

    fn client(members: &Value) -> Client {
        let mut client = json!({"name": "a", "client_id": "a"});
        for (name, value) in members.as_object().unwrap() {
            client[name] = value.clone();
        }
        serde_json::from_value(client).unwrap()
    }

    #[test]
    fn a_client_that_cannot_authenticate_is_told_what_to_add() {
        for (members, is_told) in [
            (json!({"token_endpoint_auth_method": "none"}), false),
            (json!({"app_type": "spa"}), false),
            (json!({"client_secret": "s"}), false),
            (
                json!({"callbacks": ["https://a.example"], "addons": {"samlp": {}}}),
                false,
            ),
            (json!({}), true),
            (json!({"client_secret": ""}), true),
            (
                json!({"client_secret": "s", "client_authentication_methods":
                {"private_key_jwt": {"credentials": [{"id": "cred_1"}]}}}),
                true,
            ),
        ] {
            let told = client(&members).cannot_authenticate();
            assert_eq!(told.is_some(), is_told, "{members}");
        }
        let (_, help) = client(&json!({})).cannot_authenticate().unwrap();
        assert!(help.contains("client.a.client_secret="), "{help}");
    }

    #[test]
    fn a_key_has_one_algorithm() {
        let ring = ring_for_tests();
        let rsa = ring.current.certificate().public_key();
        let rsa = String::from_utf8(rsa.pkey().public_key_to_pem().unwrap()).unwrap();
        let ec = ring
            .ec
            .as_ref()
            .unwrap()
            .key()
            .pkey()
            .public_key_to_pem()
            .unwrap();
        let ec = String::from_utf8(ec).unwrap();
        let algorithm = |pem: &str, alg: Option<&str>| {
            let credential = ClientCredential {
                pem: Some(pem.to_owned()),
                alg: alg.map(str::to_owned),
                ..ClientCredential::default()
            };
            credential.key().map(|key| key.algorithm)
        };
        for (pem, alg, expected) in [
            (&rsa, None, Some("RS256")),
            (&rsa, Some("PS384"), Some("PS384")),
            (&rsa, Some("ES256"), None),
            (&rsa, Some("HS256"), None),
            (&rsa, Some("none"), None),
            (&ec, None, Some("ES256")),
            (&ec, Some("ES384"), None),
            (&"no PEM".to_owned(), None, None),
        ] {
            assert_eq!(algorithm(pem, alg), expected, "{alg:?}");
        }
    }
}
