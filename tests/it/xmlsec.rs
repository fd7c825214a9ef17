//! Vectors of others: what W3C, Merlin Hughes, Phaos and the XML Signature 1.1 interop published, and
//! Wycheproof's signatures.
//!
//! None of the XML vectors has the one shape that SAML is accepted in, so each is refused as a message, and
//! [`REFUSED`] says why; their parts (canonical octets, digests, signatures over SignedInfo) are checked one by
//! one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::asn1::Asn1Time;
use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::x509::X509;
use postlogin::keys::{Certificate, PublicKey};
use postlogin::saml::inbound::{Digest, Sha1Policy, SignatureError, SignatureMethod, verify, verify_octets};
use postlogin::xml::{self, Document, Element, Limits, XmlProblem, exclusive};
use std::path::PathBuf;

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Every file with a signature, and why it is none that SAML could have: the whole list of refusals.
const REFUSED: [(&str, Refusal); 15] = [
    // Several references, XPath.
    ("merlin-c14n-three/signature.xml", Refusal::Signature("Place")),
    // A comment between two pieces of white space, which are text.
    (
        "merlin-exc-c14n-one/exc-signature.xml",
        Refusal::Reader(XmlProblem::Comment),
    ),
    // Enveloping: the root is the Signature.
    (
        "merlin-xmldsig-twenty-three/signature-enveloping-hmac-sha1-40.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "merlin-xmldsig-twenty-three/signature-enveloping-rsa.xml",
        Refusal::Signature("Unsigned"),
    ),
    // Enveloped, but last and not first, over the whole document and not over an ID, canonicalised inclusively.
    (
        "phaos-xmldsig-three/signature-rsa-enveloped.xml",
        Refusal::Signature("Place"),
    ),
    (
        "phaos-xmldsig-three/signature-rsa-enveloped-bad-digest-val.xml",
        Refusal::Signature("Place"),
    ),
    (
        "phaos-xmldsig-three/signature-rsa-enveloped-bad-sig.xml",
        Refusal::Signature("Place"),
    ),
    (
        "phaos-xmldsig-three/signature-rsa-enveloping.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-hmac-sha1-truncated40.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-p256_sha256.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-rsa-sha256.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-rsa_sha384.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-rsa_sha512.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-sha256-rsa-sha256.xml",
        Refusal::Signature("Unsigned"),
    ),
    (
        "xmldsig11-interop-2012/signature-enveloping-sha512-rsa_sha256.xml",
        Refusal::Signature("Unsigned"),
    ),
];

#[derive(Debug)]
enum Refusal {
    Reader(XmlProblem),
    /// The variant of [`SignatureError`].
    Signature(&'static str),
}

#[test]
fn every_vector_is_refused_as_a_message_for_the_reason_on_the_list() {
    let trusted = [
        certificate("phaos-xmldsig-three/certs/rsa-cert.der"),
        certificate("xmldsig11-interop-2012/keys/rsa-key.crt"),
        certificate("xmldsig11-interop-2012/keys/p256-key.crt"),
    ];
    for (file, expected) in &REFUSED {
        let text = text(file);
        match (xml::read(&text, Limits::MESSAGE), expected) {
            (Err(error), Refusal::Reader(problem)) => assert_eq!(error.problem, *problem, "{file}"),
            (Ok(document), Refusal::Signature(variant)) => {
                let error = verify(document.root(), &trusted, Sha1Policy::Accept).unwrap_err();
                assert_eq!(format!("{error:?}"), *variant, "{file}");
                for element in document.root().descendants() {
                    assert!(verify(element, &trusted, Sha1Policy::Accept).is_err(), "{file}");
                }
            }
            (read, expected) => panic!("{file}: {read:?}, expected {expected:?}"),
        }
    }
    let mut listed: Vec<_> = REFUSED.iter().map(|(file, _)| (*file).to_owned()).collect();
    listed.sort();
    assert_eq!(signatures(), listed, "no vector is left out");
}

#[test]
fn exclusive_octets_of_a_whole_subtree_are_those_of_merlin_hughes() {
    let text = text("merlin-c14n-three/signature.xml");
    let document = read(&text);
    let something = document
        .root()
        .child("http://example.org/bar", "Something")
        .unwrap();
    // The other files are of node sets that XPath picks apart; XPath is refused.
    for (file, inclusive) in [("c14n-9", &[][..]), ("c14n-11", &[]), ("c14n-18", &[""])] {
        let octets = exclusive(something, None, inclusive);
        assert_eq!(
            octets.as_bytes(),
            bytes(&format!("merlin-c14n-three/{file}.txt")),
            "{file}"
        );
    }
    let digests: Vec<_> = references(document.root())
        .map(|reference| STANDARD.encode(value(reference, "DigestValue")))
        .collect();
    let sha1 = |inclusive| {
        STANDARD.encode(
            hash(
                MessageDigest::sha1(),
                exclusive(something, None, inclusive).as_bytes(),
            )
            .unwrap(),
        )
    };
    assert_eq!((&digests[9], &digests[18]), (&sha1(&[]), &sha1(&[""])));
}

#[test]
fn exclusive_digests_with_and_without_a_prefix_list_are_those_of_the_specification() {
    // The comment is not part of the canonical form, so the text without it has the same.
    let text = text("merlin-exc-c14n-one/exc-signature.xml").replace("<!--  comment -->", "");
    let document = read(&text);
    let object = by_id(&document, "to-be-signed");
    let digests: Vec<_> = references(document.root())
        .map(|reference| value(reference, "DigestValue"))
        .collect();
    for (digest, inclusive) in digests.iter().zip([&[][..], &["bar", ""]]) {
        let octets = exclusive(object, None, inclusive);
        assert_eq!(
            &*hash(MessageDigest::sha1(), octets.as_bytes()).unwrap(),
            &digest[..],
            "{inclusive:?}"
        );
    }
}

#[test]
fn of_the_enveloped_vectors_the_good_one_verifies_and_each_bad_one_fails_in_its_part() {
    for (name, digest_is_right, signature_is_right) in [
        ("", true, true),
        ("-bad-digest-val", false, false),
        // A second Reference was added to what is signed.
        ("-bad-sig", true, false),
    ] {
        let text = text(&format!("phaos-xmldsig-three/signature-rsa-enveloped{name}.xml"));
        let document = read(&text);
        let signature = document.root().child(DSIG, "Signature").unwrap();
        let octets = exclusive(document.root(), Some(signature), &[]);
        let reference = references(document.root()).next().unwrap();
        let digest = hash(MessageDigest::sha1(), octets.as_bytes()).unwrap();
        assert_eq!(
            *digest == *value(reference, "DigestValue"),
            digest_is_right,
            "{name}"
        );
        let verified = signed_info_verifies(
            signature,
            &certificate("phaos-xmldsig-three/certs/rsa-cert.der").public_key(),
        );
        assert_eq!(verified, signature_is_right, "{name}");
    }
}

#[test]
fn the_enveloping_vectors_verify_in_their_parts_with_the_key_that_signed() {
    let rsa = certificate("xmldsig11-interop-2012/keys/rsa-key.crt").public_key();
    let p256 = certificate("xmldsig11-interop-2012/keys/p256-key.crt").public_key();
    for (file, key, stranger) in [
        ("p256_sha256", &p256, &rsa),
        ("rsa-sha256", &rsa, &p256),
        ("rsa_sha384", &rsa, &p256),
        ("rsa_sha512", &rsa, &p256),
        ("sha256-rsa-sha256", &rsa, &p256),
        ("sha512-rsa_sha256", &rsa, &p256),
    ] {
        let text = text(&format!("xmldsig11-interop-2012/signature-enveloping-{file}.xml"));
        let document = read(&text);
        assert!(signed_info_verifies(document.root(), key), "{file}");
        assert!(!signed_info_verifies(document.root(), stranger), "{file}");
        let reference = references(document.root()).next().unwrap();
        let uri = reference.attribute("URI").unwrap();
        let octets = exclusive(by_id(&document, &uri[1..]), None, &["dsig"]);
        let digest = algorithm(reference.child(DSIG, "DigestMethod").unwrap());
        let digest = Digest::from_uri(digest).unwrap().openssl();
        assert_eq!(
            *hash(digest, octets.as_bytes()).unwrap(),
            *value(reference, "DigestValue"),
            "{file}"
        );
    }
}

#[test]
fn a_truncated_hmac_has_no_algorithm_here() {
    for file in [
        "merlin-xmldsig-twenty-three/signature-enveloping-hmac-sha1-40.xml",
        "xmldsig11-interop-2012/signature-enveloping-hmac-sha1-truncated40.xml",
    ] {
        let text = text(file);
        let document = read(&text);
        let info = document.root().child(DSIG, "SignedInfo").unwrap();
        let uri = algorithm(info.child(DSIG, "SignatureMethod").unwrap());
        assert_eq!(SignatureMethod::from_uri(uri), None);
        let trusted = [certificate("xmldsig11-interop-2012/keys/rsa-key.crt")];
        let value = value(document.root(), "SignatureValue");
        let octets = exclusive(info, None, &[]);
        assert_eq!(
            verify_octets(octets.as_bytes(), uri, &value, &trusted, Sha1Policy::Accept).map(drop),
            Err(SignatureError::Algorithm(uri.to_owned()))
        );
    }
}

/// EN-18
#[test]
fn rsa_signatures_are_judged_as_wycheproof_does() {
    let path = path("../wycheproof/rsa_signature_2048_sha256_test.json");
    let file: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut count = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let trusted = [certificate_of(group["publicKeyPem"].as_str().unwrap())];
        for case in group["tests"].as_array().unwrap() {
            let verdict = verify_octets(
                &hex(&case["msg"]),
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                &hex(&case["sig"]),
                &trusted,
                Sha1Policy::Refuse,
            );
            // The one that is merely acceptable leaves the NULL out of the encoded digest: not for us.
            assert_eq!(verdict.is_ok(), case["result"] == "valid", "{case}");
            count += 1;
        }
    }
    assert_eq!(count, file["numberOfTests"]);
}

/// The signature over SignedInfo, canonicalised as the vector says.
fn signed_info_verifies(signature: Element<'_>, key: &PublicKey) -> bool {
    let info = signature.child(DSIG, "SignedInfo").unwrap();
    let method = info.child(DSIG, "CanonicalizationMethod").unwrap();
    // Inclusive canonicalisation of a subtree without xml: attributes around it is exclusive canonicalisation
    // with every prefix in scope on the list.
    let inclusive: &[&str] = match algorithm(method) {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => &["dsig", ""],
        _ => &[],
    };
    let method = SignatureMethod::from_uri(algorithm(info.child(DSIG, "SignatureMethod").unwrap())).unwrap();
    let octets = exclusive(info, None, inclusive);
    method.verifies(octets.as_bytes(), &value(signature, "SignatureValue"), key)
}

fn references(root: Element<'_>) -> impl Iterator<Item = Element<'_>> {
    root.descendants().filter(|element| element.is(DSIG, "Reference"))
}

fn by_id<'d>(document: &'d Document<'_>, id: &str) -> Element<'d> {
    let mut elements = document.root().descendants();
    elements
        .find(|element| element.attribute("Id") == Some(id))
        .unwrap()
}

fn algorithm(element: Element<'_>) -> &str {
    element.attribute("Algorithm").unwrap()
}

fn value(around: Element<'_>, name: &str) -> Vec<u8> {
    let text = around.child(DSIG, name).unwrap().value().unwrap();
    let packed: String = text.split_whitespace().collect();
    STANDARD.decode(packed).unwrap()
}

fn read(text: &str) -> Document<'_> {
    xml::read(text, Limits::MESSAGE).unwrap()
}

/// Every XML file, sorted.
fn signatures() -> Vec<String> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(path(""))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
    {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let name = file.file_name().into_string().unwrap();
            if file
                .path()
                .extension()
                .is_some_and(|extension| extension == "xml")
            {
                found.push(format!("{}/{name}", folder.file_name().into_string().unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors/xmlsec")
        .join(file)
}

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(path(file)).unwrap()
}

fn text(file: &str) -> String {
    String::from_utf8(bytes(file)).unwrap()
}

fn certificate(file: &str) -> Certificate {
    pem(&X509::from_der(&bytes(file)).unwrap())
}

/// A certificate for a bare public key; who signed it does not matter, because keys are pinned.
fn certificate_of(public_key: &str) -> Certificate {
    let key = PKey::public_key_from_pem(public_key.as_bytes()).unwrap();
    let signer = PKey::from_rsa(openssl::rsa::Rsa::generate(2048).unwrap()).unwrap();
    let mut builder = X509::builder().unwrap();
    let name = openssl::x509::X509NameBuilder::new().unwrap().build();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    let number = openssl::bn::BigNum::from_u32(1)
        .unwrap()
        .to_asn1_integer()
        .unwrap();
    builder.set_serial_number(&number).unwrap();
    let (from, until) = (Asn1Time::from_unix(0).unwrap(), Asn1Time::from_unix(1).unwrap());
    builder.set_not_before(&from).unwrap();
    builder.set_not_after(&until).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.sign(&signer, MessageDigest::sha256()).unwrap();
    pem(&builder.build())
}

fn pem(certificate: &X509) -> Certificate {
    let pem = String::from_utf8(certificate.to_pem().unwrap()).unwrap();
    Certificate::from_pem(&pem).unwrap()
}

fn hex(text: &serde_json::Value) -> Vec<u8> {
    let digits = text.as_str().unwrap().as_bytes();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
