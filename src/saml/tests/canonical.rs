//! Every response is its own exclusive canonical form where the prefixes of its values are listed, in the eyes of a
//! canonicaliser that is not ours; and its signatures, which list none, hold wherever it comes to stand.

use super::fixture::*;
use crate::event::SamlRequest;
use crate::keys::Certificate;
use crate::login::Refusal;
use crate::random::{Random as _, SeededRandom};
use crate::saml::inbound::{Sha1Policy, verify};
use crate::saml::refuse;
use crate::saml_setting::SamlSetting;
use crate::tenant::{NoAudience, PairwiseSecret};
use crate::trace::Origin;
use crate::xml::{self, Limits, SIGNATURE};
use bergshamra_c14n::{C14nMode, canonicalize};
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::PKey;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::thread;

/// Declared for values.
const PREFIXES: [&str; 2] = ["xs", "xsi"];

#[test]
fn ten_thousand_responses_are_their_own_canonical_form() {
    const THREADS: u32 = 4;
    let signers = &Signer::all();
    let each: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| scope.spawn(move || responses(10_000 / THREADS, number, signers)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let signatures: u32 = each.iter().map(|(signatures, _)| signatures).sum();
    assert!(signatures > 10_000, "{signatures}");
    let mut used = BTreeMap::new();
    for (signer, count) in each.iter().flat_map(|(_, used)| used) {
        *used.entry(signer).or_insert(0) += count;
    }
    // Four algorithms of RSA and three on each of two curves, none of them by chance only.
    assert_eq!(used.len(), 10, "{used:?}");
    assert!(used.values().all(|count| *count >= 25), "{used:?}");
}

/// How many responses were made with a key and an algorithm.
type Used = BTreeMap<(&'static str, &'static str), u32>;

/// Makes and checks so many; how many signatures were good, and what made them.
fn responses(count: u32, thread: u32, signers: &[Signer; 3]) -> (u32, Used) {
    let mut dice = Dice(SeededRandom::new(&format!("canonical {thread}")));
    let (mut signatures, mut used) = (0, Used::new());
    for round in 0..count {
        let signer = Signer::any(signers, &mut dice);
        let trusted = [signer.pair.certificate()];
        let algorithm = dice.pick(signer.algorithms);
        *used.entry((signer.key, algorithm)).or_insert(0) += 1;
        let mut login = login(&signer.pair, algorithm, &mut dice);
        let answer = login.respond().unwrap();
        signatures += check(&answer.xml, &trusted, round);
        if answer.xml.contains("<saml:EncryptedAssertion ") {
            signatures += check(answer.assertion_xml().unwrap(), &trusted, round);
        }
        if round % 10 == 0 {
            let refused = denied(&login, &dice.text());
            assert!(!refused.contains("Assertion"));
            signatures += check(&refused, &trusted, round);
        }
    }
    (signatures, used)
}

/// A pair, and what it can sign with.
pub(super) struct Signer {
    key: &'static str,
    pub pair: Pair,
    pub algorithms: &'static [&'static str],
}

impl Signer {
    pub fn all() -> [Self; 3] {
        let ec = |key, curve| {
            let group = EcGroup::from_curve_name(curve).unwrap();
            Self {
                key,
                pair: Pair::new(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()),
                algorithms: &["ecdsa-sha256", "ecdsa-sha384", "ecdsa-sha512"],
            }
        };
        let rsa = Self {
            key: "rsa",
            pair: Pair::rsa(2048),
            algorithms: &["rsa-sha1", "rsa-sha256", "rsa-sha384", "rsa-sha512"],
        };
        [ec("p256", Nid::X9_62_PRIME256V1), ec("p384", Nid::SECP384R1), rsa]
    }

    /// Most often the one that signs fastest.
    pub fn any<'a>([p256, p384, rsa]: &'a [Self; 3], dice: &mut Dice) -> &'a Self {
        match dice.below(60) {
            0 => rsa,
            1 => p384,
            _ => p256,
        }
    }
}

/// The element is its own canonical form, for both canonicalisers, and its signatures verify; how many.
fn check(xml: &str, trusted: &[Certificate], round: u32) -> u32 {
    let document = xml::read(xml, Limits::MESSAGE).unwrap();
    for prefixes in [&PREFIXES[..], &[]] {
        let theirs = canonicalize(xml, C14nMode::Exclusive, None, prefixes).unwrap();
        let theirs = String::from_utf8(theirs).unwrap();
        assert_eq!(
            xml::exclusive(document.root(), None, prefixes),
            theirs,
            "round {round}"
        );
        assert!(prefixes.is_empty() || theirs == xml, "round {round}");
    }
    let elsewhere = [
        "<root xmlns=\"urn:x\" xmlns:saml=\"urn:x\" xmlns:xs=\"urn:x\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">",
        xml,
        "</root>",
    ]
    .concat();
    let elsewhere = xml::read(&elsewhere, Limits::MESSAGE).unwrap();
    let signatures = verified(&document, trusted);
    assert_eq!(verified(&elsewhere, trusted), signatures, "round {round}");
    signatures
}

/// How many elements are signed; each signature verifies.
fn verified(document: &xml::Document<'_>, trusted: &[Certificate]) -> u32 {
    let signed = document
        .root()
        .descendants()
        .filter(|element| element.child(SIGNATURE.uri, "Signature").is_some());
    let mut signatures = 0;
    for element in signed {
        verify(element, trusted, Sha1Policy::Accept).unwrap();
        signatures += 1;
    }
    signatures
}

/// The response without an assertion that an Action's denial ends in.
fn denied(login: &Login, message: &str) -> String {
    let refusal = Refusal::Deny {
        reason: message.to_owned(),
        origin: Origin::default(),
    };
    let request = SamlRequest {
        acs_url: "https://sp.example/acs".to_owned(),
        ..login.grant.request.saml.clone().unwrap_or_default()
    };
    let provider = identity_provider(&login.config);
    let mut random = SeededRandom::new("denied");
    let answer = refuse(&refusal, &request, &login.client, &provider, now(), &mut random);
    answer.unwrap().xml
}

/// A login with every option left to chance.
pub(super) fn login(pair: &Pair, algorithm: &str, dice: &mut Dice) -> Login {
    let mut addon = json!({"cert": pair.certificate_pem, "key": pair.key_pem});
    let mut set = |name: &str, value: Value| addon[name] = value;
    set("signatureAlgorithm", algorithm.into());
    set(
        "digestAlgorithm",
        dice.pick(&["sha1", "sha256", "sha384", "sha512"]).into(),
    );
    let (response, assertion) = dice.pick(&[(false, true), (true, false), (true, true)]);
    set("signResponse", response.into());
    set("signAssertion", assertion.into());
    for name in [
        "typedAttributes",
        "includeAttributeNameFormat",
        "createUpnClaim",
        "mapIdentities",
        "mapUnknownClaimsAsIs",
        "passthroughClaimsWithNoMapping",
    ] {
        set(name, dice.coin().into());
    }
    for name in [
        "issuer",
        "nameIdentifierFormat",
        "authnContextClassRef",
        "nameQualifier",
        "spNameQualifier",
    ] {
        if dice.coin() {
            set(name, dice.text().into());
        }
    }
    for name in ["recipient", "destination"] {
        if dice.coin() {
            set(name, dice.url().into());
        }
    }
    set(
        "audience",
        (0..dice.below(4)).map(|_| dice.text()).collect::<Vec<_>>().into(),
    );
    set("notBeforeSkewSeconds", dice.below(600).into());
    if dice.coin() {
        set("sessionNotOnOrAfter", (dice.below(100_000) + 1).into());
    }
    let source = dice.pick(&["probes", "pairwise", "transient"]);
    set("nameIdentifierSource", source.into());
    if source == "pairwise" {
        set("spNameQualifier", dice.url().into());
    }
    set("friendlyNames", json!({"nick": dice.text(), "x": dice.text()}));
    set(
        "attributeTypes",
        json!({"x": dice.pick(&["xs:string", "xs:anyType"])}),
    );
    if dice.below(8) == 0 {
        set("encryptionCert", other().certificate_pem.clone().into());
        set("encryptionPublicKey", other().public_pem.clone().into());
        set(
            "encryptionAlgorithm",
            dice.pick(&["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"])
                .into(),
        );
        set(
            "keyEncryptionAlgorithm",
            dice.pick(&["rsa-oaep-mgf1p", "rsa-oaep"]).into(),
        );
    }
    let mut login = Login::new()
        .addon(addon)
        .set(SamlSetting::RelayState(dice.text()));
    login.config.no_audience = NoAudience::Omit;
    login.config.pairwise_secret = Some(PairwiseSecret::from("0123456789abcdef0123456789abcdef"));
    for _ in 0..dice.below(4) {
        let name = if dice.coin() { "x".to_owned() } else { dice.text() };
        let values: Vec<_> = (0..=dice.below(3)).map(|_| text(&dice.text())).collect();
        login = login.attribute(&name, &values);
    }
    if dice.coin() {
        login.grant.request.saml = None;
    } else {
        let request = login.grant.request.saml.as_mut().unwrap();
        request.issuer = Some(dice.text());
        request.acs_url = dice.url();
    }
    login
}

pub(super) struct Dice(pub SeededRandom);

impl Dice {
    pub fn below(&mut self, limit: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) % limit
    }

    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(u32::try_from(from.len()).unwrap()) as usize]
    }

    /// A URL that a browser takes, with what is hostile in XML.
    fn url(&mut self) -> String {
        let mut text = self.text();
        text.retain(|character| !character.is_whitespace() && !character.is_control() && character != '#');
        format!("https://sp.example/{text}")
    }

    /// One to eight characters or words of what is hostile in XML; not empty, which would be a default.
    fn text(&mut self) -> String {
        const PIECES: [&str; 28] = [
            "a",
            "Z",
            "0",
            " ",
            "\t",
            "\r",
            "é",
            "e\u{301}",
            "\u{202e}",
            "\u{1f600}",
            "\u{d7ff}",
            "\u{fffd}",
            "\u{85}",
            "\u{2028}",
            "<",
            ">",
            "&",
            "\"",
            "'",
            "]]>",
            "<!--",
            "-->",
            "<![CDATA[",
            "&amp;",
            "&#0;",
            "<?x?>",
            "xmlns:a=\"b\"",
            "</saml:Issuer>",
        ];
        (0..=self.below(8)).map(|_| self.pick(&PIECES)).collect()
    }
}
