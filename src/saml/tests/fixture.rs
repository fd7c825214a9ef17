//! A login to test with: keys made once for each test process, the rest plain data.

use crate::command::{Command, Recorded};
use crate::event::{EventSession, SamlRequest};
use crate::keys::{Certificate, PrivateKey, PublicKey, SigningPair};
use crate::login::Grant;
use crate::random::{Random, SeededRandom};
use crate::saml::{IdentityProvider, SamlAnswer, SamlError, respond};
use crate::saml_setting::SamlSetting;
use crate::tenant::{Client, SamlAddon, SamlConfig};
use crate::time::Moment;
use crate::trace::{Origin, Trace};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{HasPrivate, HasPublic, PKey, PKeyRef, Private};
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509NameBuilder};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A key with its certificate, in every form that tests want.
pub(in crate::saml) struct Pair {
    pub pkey: PKey<Private>,
    pub certificate_pem: String,
    pub key_pem: String,
    pub public_pem: String,
}

impl Pair {
    pub fn new(pkey: PKey<Private>) -> Self {
        Self {
            certificate_pem: pem(&certificate(&pkey, &pkey, "20200101000000Z", "20400101000000Z")),
            key_pem: String::from_utf8(pkey.private_key_to_pem_pkcs8().unwrap()).unwrap(),
            public_pem: String::from_utf8(pkey.public_key_to_pem().unwrap()).unwrap(),
            pkey,
        }
    }

    pub fn rsa(bits: u32) -> Self {
        Self::new(PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap())
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_pem(&self.certificate_pem).unwrap()
    }

    pub fn key(&self) -> PrivateKey {
        PrivateKey::from_pem(&self.key_pem).unwrap()
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey::from_pem(&self.public_pem).unwrap()
    }
}

/// The tenant's pair.
pub(in crate::saml) fn tenant() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| Pair::rsa(2048))
}

/// Another pair: the customer's own, or the service provider's.
pub(in crate::saml) fn other() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| Pair::rsa(2048))
}

pub(in crate::saml) fn certificate(
    public: &PKeyRef<impl HasPublic>,
    signer: &PKeyRef<impl HasPrivate>,
    from: &str,
    until: &str,
) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "postlogin test").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(public).unwrap();
    builder
        .set_not_before(&Asn1Time::from_str(from).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::from_str(until).unwrap())
        .unwrap();
    let digest = match signer.id() {
        openssl::pkey::Id::ED25519 => MessageDigest::null(),
        _ => MessageDigest::sha256(),
    };
    builder.sign(signer, digest).unwrap();
    builder.build()
}

pub(in crate::saml) fn pem(certificate: &X509) -> String {
    String::from_utf8(certificate.to_pem().unwrap()).unwrap()
}

pub(in crate::saml) fn now() -> Moment {
    "2026-03-04T05:06:07.089Z".parse().unwrap()
}

/// One login; change the members before [`Login::respond`].
pub(in crate::saml) struct Login {
    pub grant: Grant,
    pub client: Client,
    pub config: SamlConfig,
    pub trace: Trace,
}

impl Login {
    pub fn new() -> Self {
        let profile = json!({
            "user_id": "auth0|1",
            "email": "ann@example.org",
            "email_verified": true,
            "name": "Ann Example",
            "nickname": "ann",
            "picture": "https://example.org/ann.png",
            "created_at": "2023-06-28T17:53:49.000Z",
            "updated_at": "2023-06-28T17:53:49.000Z",
            "identities": [{
                "connection": "Username-Password-Authentication", "provider": "auth0", "user_id": "1",
                "isSocial": false
            }],
            "user_metadata": {"color": "red"},
            "app_metadata": {"plan": "gold"}
        });
        let mut grant = Grant {
            event: crate::event::Event::default(),
            profile: serde_json::from_value(profile).unwrap(),
            request: crate::event::LoginRequest::default(),
            scopes: Vec::new(),
            recorded: [].into(),
            mfa: false,
        };
        grant.event.session = Some(EventSession {
            id: "s3ss10n".to_owned(),
            ..EventSession::default()
        });
        grant.request.saml = Some(SamlRequest {
            id: Some("_request".to_owned()),
            issuer: Some("urn:sp".to_owned()),
            acs_url: "https://sp.example/acs".to_owned(),
            relay_state: Some("state".to_owned()),
            ..SamlRequest::default()
        });
        let client = Client {
            name: "sp".to_owned(),
            client_id: "client1".to_owned(),
            callbacks: vec!["https://sp.example/first".to_owned()],
            ..Client::default()
        };
        Self {
            grant,
            client,
            config: SamlConfig::default(),
            trace: Trace::default(),
        }
    }

    /// With the add-on's settings, as the export spells them.
    pub fn addon(mut self, addon: Value) -> Self {
        self.client.addons.samlp = Some(serde_json::from_value::<SamlAddon>(addon).unwrap());
        self
    }

    pub fn property(mut self, name: &str, value: Value) -> Self {
        self.grant.profile.0.insert(name.to_owned(), value);
        self
    }

    pub fn without(mut self, property: &str) -> Self {
        self.grant.profile.0.shift_remove(property);
        self
    }

    /// With a setting of an Action, called on the line after the last one.
    pub fn set(self, setting: SamlSetting) -> Self {
        let method = format!("samlResponse.{}", setting.setter());
        self.called(method, Command::Saml(setting))
    }

    /// With `setAttribute(name, value)`.
    pub fn attribute(self, name: &str, values: &[crate::command::SamlScalar]) -> Self {
        let command = Command::SetSamlAttribute {
            name: name.to_owned(),
            values: values.to_vec(),
        };
        self.called("samlResponse.setAttribute".to_owned(), command)
    }

    /// With `api.idToken.setCustomClaim(name, value)`; no value takes the claim back.
    pub fn claim(self, name: &str, value: Option<Value>) -> Self {
        let command = Command::SetIdTokenClaim {
            name: name.to_owned(),
            value,
        };
        self.called("idToken.setCustomClaim".to_owned(), command)
    }

    fn called(mut self, method: String, command: Command) -> Self {
        let line = u32::try_from(self.grant.recorded.len()).unwrap() + 1;
        let origin = Origin {
            action: Some("enrich".to_owned()),
            line: Some(line),
            ..Origin::default()
        };
        let recorded = Recorded {
            call: crate::command::Call {
                origin: origin.clone(),
                method,
                args: Vec::new(),
                index: None,
                handler: None,
            },
            origin,
            action: 0,
            command,
        };
        let before = self.grant.recorded.iter().cloned();
        self.grant.recorded = before.chain([recorded]).collect();
        self
    }

    pub fn respond(&mut self) -> Result<SamlAnswer, SamlError> {
        self.respond_with(&mut SeededRandom::new("saml"))
    }

    pub fn respond_with(&mut self, random: &mut dyn Random) -> Result<SamlAnswer, SamlError> {
        respond(
            &self.grant,
            &self.client,
            &identity_provider(&self.config),
            now(),
            random,
            &mut self.trace,
        )
    }

    /// The assertion before encryption.
    pub fn assertion(mut self) -> String {
        self.respond().unwrap().assertion_xml().unwrap().to_owned()
    }

    /// Codes of the warnings.
    pub fn warnings(&self) -> Vec<&str> {
        self.trace
            .warnings
            .iter()
            .map(|warning| warning.code.as_str())
            .collect()
    }
}

pub(in crate::saml) fn identity_provider(config: &SamlConfig) -> IdentityProvider<'_> {
    static PAIR: OnceLock<SigningPair> = OnceLock::new();
    IdentityProvider {
        domain: "tenant.us.example",
        pair: PAIR.get_or_init(|| SigningPair::new(tenant().key(), tenant().certificate()).unwrap()),
        config,
    }
}

pub(in crate::saml) fn text(text: &str) -> crate::command::SamlScalar {
    crate::command::SamlScalar::Text(text.to_owned())
}

/// The attributes of an assertion: name, and type with text of each value.
pub(in crate::saml) fn attributes(xml: &str) -> Vec<(String, Vec<(String, String)>)> {
    let document = crate::xml::read(xml, crate::xml::Limits::MESSAGE).unwrap();
    let assertion = crate::xml::ASSERTION.uri;
    let instance = crate::xml::INSTANCE.uri;
    let attributes = document
        .root()
        .descendants()
        .filter(|element| element.is(assertion, "Attribute"));
    attributes
        .map(|attribute| {
            let values = attribute
                .children_named(assertion, "AttributeValue")
                .map(|value| {
                    let kind = value.attribute_in(instance, "type").unwrap().to_owned();
                    (kind, value.value().unwrap().to_owned())
                });
            (attribute.attribute("Name").unwrap().to_owned(), values.collect())
        })
        .collect()
}

/// Names alone.
pub(in crate::saml) fn names(assertion: &str) -> Vec<String> {
    attributes(assertion).into_iter().map(|(name, _)| name).collect()
}

/// The text of the one value of the attribute `name`.
pub(in crate::saml) fn value(assertion: &str, name: &str) -> Option<String> {
    let (_, values) = attributes(assertion)
        .into_iter()
        .find(|(found, _)| found == name)?;
    assert_eq!(values.len(), 1, "{name} has one value");
    Some(values[0].1.clone())
}
