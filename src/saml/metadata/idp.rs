//! The metadata of the identity provider as one application's service provider reads it
//! (semantics 4.16, SAML metadata 2.3.2 and 2.4.3).

use super::names::{HTTP_POST, HTTP_REDIRECT, METADATA, SAML_2};
use crate::endpoints::Endpoints;
use crate::keys::{Certificate, KeyRing, OwnPair, SigningPair};
use crate::random::Random;
use crate::saml::error::SamlError;
use crate::saml::id::Id;
use crate::saml::identity_provider::IdentityProvider;
use crate::saml::outbound::Sender;
use crate::tenant::{Client, MetadataConfig, MetadataSpan, SamlConfig, Setting, SettingError};
use crate::time::{Moment, iso, later, length};
use crate::trace::{Origin, Trace};
use crate::xml::{Namespace, SIGNATURE, Writer};
use std::time::Duration;

/// Who publishes.
#[derive(Clone, Copy, Debug)]
pub struct Publisher<'a> {
    /// Host name of the tenant, for the default name.
    pub domain: &'a str,
    /// What is published.
    pub endpoints: Endpoints<'a>,
    /// All of its signing keys: those of a roll-over are published together.
    pub keys: &'a KeyRing,
    /// Values that the platform fixes.
    pub config: &'a SamlConfig,
}

/// What is said about the document itself; nothing by default, as on the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Whether the document carries a signature.
    pub signed: Signed,
    /// `validUntil`: how long the document may be used.
    pub valid_for: Option<Duration>,
    /// `cacheDuration`: how long a reader may go without asking again.
    pub cache_for: Option<Duration>,
}

/// Whether the document carries an enveloped signature (SAML metadata 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signed {
    /// As the platform does.
    #[default]
    No,
    /// By the pair that signs the application's responses.
    Yes,
}

impl Terms {
    /// What `[saml.metadata]` says.
    ///
    /// # Errors
    /// A duration that cannot be had; reading a tenant folder replaces such by the default.
    pub fn of(config: &MetadataConfig) -> Result<Self, SettingError> {
        let span = |span: &Option<Setting<MetadataSpan>>| span.as_ref().map(Setting::copied).transpose();
        Ok(Self {
            signed: if config.sign { Signed::Yes } else { Signed::No },
            valid_for: span(&config.valid_for)?,
            cache_for: span(&config.cache_for)?,
        })
    }
}

/// The `EntityDescriptor` of the identity provider for `client`.
///
/// It lists the certificate that signs now, then the one that will sign after the next rotation, then
/// the one before; an add-on with a pair of its own lists that one alone.
///
/// # Errors
/// The add-on's signing pair cannot be used, or its issuer holds a character that XML cannot hold.
pub fn identity_provider(
    client: &Client,
    publisher: &Publisher<'_>,
    terms: &Terms,
    now: Moment,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<String, SamlError> {
    let idp = IdentityProvider {
        domain: publisher.domain,
        pair: &publisher.keys.current,
        config: publisher.config,
    };
    let Sender { issuer, signing } = Sender::new(client, &idp, now, trace)?;
    let own = [signing.pair.certificate()];
    let of_tenant;
    let certificates: &[&Certificate] = if signing.pair.kid() == publisher.keys.current.kid() {
        tell_of_others(publisher.keys, now, trace);
        of_tenant = published(publisher.keys);
        &of_tenant
    } else {
        &own
    };

    let id = match terms.signed {
        Signed::No => None,
        Signed::Yes => Some(Id::of_metadata(random)),
    };
    let valid_until = terms.valid_for.map(|span| iso(later(now, length(span))));
    let cache_duration = terms.cache_for.map(|span| format!("PT{}S", span.as_secs()));
    // In canonical order, so that what is sent is what is hashed.
    let attributes: Vec<(&'static str, &str)> = [
        ("ID", id.as_ref().map(Id::as_str)),
        ("cacheDuration", cache_duration.as_deref()),
        ("entityID", Some(&*issuer)),
        ("validUntil", valid_until.as_deref()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect();

    let mut writer = Writer::new();
    writer.open("EntityDescriptor", &[METADATA], &attributes);
    let after_tag = writer.position();
    write_role(
        certificates,
        &publisher.endpoints.saml(&client.client_id),
        &mut writer,
    );
    writer.close();
    if let Some(id) = id {
        let signature = signing.sign(&id, writer.written(0)?)?;
        writer.insert(after_tag, &signature);
    }
    Ok(writer.finish()?)
}

/// The certificates of a ring in the order in which they are listed, none twice.
fn published(keys: &KeyRing) -> Vec<&Certificate> {
    let mut certificates: Vec<&Certificate> = Vec::new();
    let pairs = [Some(&keys.current), keys.next.as_ref(), keys.previous.as_ref()];
    for certificate in pairs.into_iter().flatten().map(SigningPair::certificate) {
        if certificates
            .iter()
            .all(|listed| listed.base64() != certificate.base64())
        {
            certificates.push(certificate);
        }
    }
    certificates
}

/// Warns of the certificates that are listed beside the one that signs.
fn tell_of_others(keys: &KeyRing, now: Moment, trace: &mut Trace) {
    let others = [(OwnPair::Next, &keys.next), (OwnPair::Previous, &keys.previous)];
    for (own, pair) in others {
        if let Some(lapse) = pair.as_ref().and_then(|pair| own.lapse(pair, now)) {
            trace.warn(lapse.outdated.code(), lapse.to_string(), &Origin::default());
        }
    }
}

/// `IDPSSODescriptor`; its children are in the order of the schema.
fn write_role(certificates: &[&Certificate], endpoint: &str, writer: &mut Writer) {
    writer.open("IDPSSODescriptor", &[], &[("protocolSupportEnumeration", SAML_2)]);
    for certificate in certificates {
        writer.open("KeyDescriptor", &[], &[("use", "signing")]);
        writer.open("KeyInfo", &[SIGNATURE], &[]);
        writer.open("X509Data", &[], &[]);
        writer.element("X509Certificate", &[], certificate.base64());
        for _ in ["X509Data", "KeyInfo", "KeyDescriptor"] {
            writer.close();
        }
    }
    let logout = format!("{endpoint}/logout");
    for binding in [HTTP_REDIRECT, HTTP_POST] {
        let attributes = [("Binding", binding), ("Location", &*logout)];
        writer.element("SingleLogoutService", &attributes, "");
    }
    for format in NAME_ID_FORMATS {
        writer.element("NameIDFormat", &[], format);
    }
    for binding in [HTTP_REDIRECT, HTTP_POST] {
        let attributes = [("Binding", binding), ("Location", endpoint)];
        writer.element("SingleSignOnService", &attributes, "");
    }
    for (name, friendly_name) in ATTRIBUTES {
        let attributes = [
            ("FriendlyName", friendly_name),
            ("Name", name),
            ("NameFormat", "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"),
        ];
        writer.open("Attribute", &[ATTRIBUTE], &attributes);
        writer.close();
    }
    writer.close();
}

/// `Attribute` is the assertion's, without a prefix.
const ATTRIBUTE: Namespace = Namespace {
    prefix: "",
    uri: crate::xml::ASSERTION.uri,
};

/// Fixed, whatever the application's own format is (semantics 4.16).
const NAME_ID_FORMATS: [&str; 3] = [
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
];

/// Fixed too.
const ATTRIBUTES: [(&str, &str); 5] = [
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
        "E-Mail Address",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
        "Given Name",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        "Name",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
        "Surname",
    ),
    (
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
        "Name ID",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;
    use crate::saml::tests::fixture::{now, other, tenant};
    use crate::tenant::SamlAddon;
    use bergshamra_c14n::{C14nMode, canonicalize};
    use serde_json::json;

    fn pair(of: &crate::saml::tests::fixture::Pair) -> SigningPair {
        SigningPair::new(of.key(), of.certificate()).unwrap()
    }

    fn client(addon: serde_json::Value) -> Client {
        let mut client = Client {
            name: "payroll".to_owned(),
            client_id: "abc".to_owned(),
            ..Client::default()
        };
        client.addons.samlp = Some(serde_json::from_value::<SamlAddon>(addon).unwrap());
        client
    }

    fn document(client: &Client, keys: &KeyRing, terms: &Terms) -> Result<String, SamlError> {
        let publisher = Publisher {
            domain: "tenant.example",
            endpoints: Endpoints::of("tenant.example"),
            keys,
            config: &SamlConfig::default(),
        };
        let mut random = SeededRandom::new("metadata");
        identity_provider(
            client,
            &publisher,
            terms,
            now(),
            &mut random,
            &mut Trace::default(),
        )
    }

    fn plain(client: &Client) -> Result<String, SamlError> {
        document(client, &KeyRing::of(pair(tenant())), &Terms::default())
    }

    fn certificates(document: &str) -> Vec<&str> {
        let parts = document.split("<X509Certificate>").skip(1);
        parts.map(|part| part.split_once('<').unwrap().0).collect()
    }

    #[test]
    fn the_document_is_the_platforms_element_by_element() {
        let certificate = tenant().certificate();
        let claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
        let attribute = |name: &str, friendly: &str| {
            format!(
                "<Attribute xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" FriendlyName=\"{friendly}\" \
                 Name=\"{claims}/{name}\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:uri\"></Attribute>"
            )
        };
        let endpoint = |name: &str, binding: &str, path: &str| {
            format!(
                "<{name} Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:{binding}\" \
                 Location=\"https://tenant.example/samlp/abc{path}\"></{name}>"
            )
        };
        let expected = [
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:tenant.example\">"
                .to_owned(),
            "<IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">".to_owned(),
            format!(
                "<KeyDescriptor use=\"signing\"><KeyInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><X509Data>\
                 <X509Certificate>{}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>",
                certificate.base64()
            ),
            endpoint("SingleLogoutService", "HTTP-Redirect", "/logout"),
            endpoint("SingleLogoutService", "HTTP-POST", "/logout"),
            "<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat>".to_owned(),
            "<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>".to_owned(),
            "<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>".to_owned(),
            endpoint("SingleSignOnService", "HTTP-Redirect", ""),
            endpoint("SingleSignOnService", "HTTP-POST", ""),
            attribute("emailaddress", "E-Mail Address"),
            attribute("givenname", "Given Name"),
            attribute("name", "Name"),
            attribute("surname", "Surname"),
            attribute("nameidentifier", "Name ID"),
            "</IDPSSODescriptor></EntityDescriptor>".to_owned(),
        ];
        assert_eq!(plain(&client(json!({}))).unwrap(), expected.concat());
    }

    #[test]
    fn the_name_is_the_issuer_of_the_responses() {
        let named = plain(&client(json!({"issuer": "urn:own<&\""}))).unwrap();
        assert!(named.contains(" entityID=\"urn:own&lt;&amp;&quot;\""), "{named}");
        let illegal = plain(&client(json!({"issuer": "urn:\u{1}"}))).unwrap_err();
        assert_eq!(illegal.code, "xml_character");
    }

    #[test]
    fn a_roll_over_lists_the_key_that_signs_then_the_next_then_the_previous() {
        let third = crate::saml::tests::fixture::Pair::rsa(2048);
        let ring = KeyRing {
            next: Some(pair(other())),
            previous: Some(pair(&third)),
            ..KeyRing::of(pair(tenant()))
        };
        let document = |ring| document(&client(json!({})), ring, &Terms::default()).unwrap();
        let all = [tenant().certificate(), other().certificate(), third.certificate()];
        assert_eq!(
            certificates(&document(&ring)),
            all.each_ref().map(Certificate::base64)
        );
        let same = KeyRing {
            next: Some(pair(tenant())),
            ..KeyRing::of(pair(tenant()))
        };
        assert_eq!(certificates(&document(&same)).len(), 1);
    }

    #[test]
    fn an_add_on_with_a_pair_of_its_own_lists_that_alone() {
        let ring = KeyRing {
            next: Some(pair(other())),
            ..KeyRing::of(pair(tenant()))
        };
        let own = crate::saml::tests::fixture::Pair::rsa(2048);
        let with_own = client(json!({"cert": own.certificate_pem, "key": own.key_pem}));
        let document = document(&with_own, &ring, &Terms::default()).unwrap();
        assert_eq!(certificates(&document), [own.certificate().base64()]);
        let half = plain(&client(json!({"cert": own.certificate_pem}))).unwrap_err();
        assert_eq!(half.code, "saml_signing_incomplete");
    }

    #[test]
    fn terms_are_stated_only_where_they_are_set() {
        let terms = Terms {
            signed: Signed::No,
            valid_for: Some(Duration::from_hours(24)),
            cache_for: Some(Duration::from_hours(6)),
        };
        let stated = document(&client(json!({})), &KeyRing::of(pair(tenant())), &terms).unwrap();
        assert!(
            stated.contains(" cacheDuration=\"PT21600S\" entityID=\"urn:tenant.example\" validUntil=\"2026-03-05T05:06:07.089Z\">"),
            "{stated}"
        );
    }

    #[test]
    fn the_signature_is_the_first_child_and_covers_the_document() {
        let terms = Terms {
            signed: Signed::Yes,
            ..Terms::default()
        };
        let signed = document(&client(json!({})), &KeyRing::of(pair(tenant())), &terms).unwrap();
        let (before, rest) = signed.split_once("<Signature ").unwrap();
        let (signature, after) = rest.split_once("</Signature>").unwrap();
        assert!(before.ends_with("entityID=\"urn:tenant.example\">"), "{before}");
        assert!(after.starts_with("<IDPSSODescriptor "), "{after}");
        let octets = canonicalize(
            &format!("{before}{after}"),
            C14nMode::Exclusive,
            None,
            &[] as &[&str],
        )
        .unwrap();
        let digest = openssl::base64::encode_block(&openssl::sha::sha256(&octets));
        assert!(signature.contains(&format!("<DigestValue>{digest}</DigestValue>")));
        let id = before.split_once(" ID=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(signature.contains(&format!("<Reference URI=\"#{id}\">")));
    }

    #[test]
    fn a_client_id_is_one_segment_of_the_path() {
        let odd = Client {
            client_id: "a/b c?é".to_owned(),
            ..client(json!({}))
        };
        let document = plain(&odd).unwrap();
        assert!(
            document.contains("\"https://tenant.example/samlp/a%2Fb%20c%3F%C3%A9\""),
            "{document}"
        );
    }
}
