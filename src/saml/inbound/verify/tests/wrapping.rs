//! Signature wrapping ("On Breaking SAML", shapes 1 to 8) and what libraries got wrong since 2018: built
//! from messages whose signature is good, each refused, or read from the verified element only.

use super::super::*;
use super::specimen::*;
use crate::xml::{Limits, XmlProblem, read};
use openssl::hash::MessageDigest;

/// A genuine element in its parts, and one that an attacker wants to be read.
struct Parts {
    signature: String,
    /// Without its signature.
    genuine: String,
    /// With its signature.
    signed: String,
    /// With `{here}` after its Issuer, `{inside}` at its end.
    evil: String,
}

impl Parts {
    /// Of a message that is a root.
    fn of_message(kind: &str, evil_id: &str) -> Self {
        let template = message(kind, "_r1", "<saml:Subject/>");
        Self {
            signature: Recipe::default().signature(&template, "_r1"),
            genuine: template.replace("{signature}", ""),
            signed: Recipe::default().sign(&template, "_r1"),
            evil: message(kind, evil_id, "<saml:Subject>evil</saml:Subject>{inside}")
                .replace("{signature}", "{here}"),
        }
    }

    /// Of an assertion.
    fn of_assertion(evil_id: &str) -> Self {
        let assertion = |id: &str, name: &str, inside: &str| {
            format!(
                "<saml:Assertion {NAMESPACES} ID=\"{id}\" Version=\"2.0\"><saml:Issuer>urn:idp</saml:Issuer>\
                 {{signature}}<saml:Subject><saml:NameID>{name}</saml:NameID></saml:Subject>{inside}</saml:Assertion>"
            )
        };
        let template = assertion("_r1", "ann", "");
        Self {
            signature: Recipe::default().signature(&template, "_r1"),
            genuine: template.replace("{signature}", ""),
            signed: Recipe::default().sign(&template, "_r1"),
            evil: assertion(evil_id, "evil", "{inside}").replace("{signature}", "{here}"),
        }
    }

    /// The evil element with something after its Issuer and at its end.
    fn evil(&self, here: &str, inside: &str) -> String {
        self.evil.replace("{here}", here).replace("{inside}", inside)
    }

    /// The genuine signature with something at its end.
    fn signature_with(&self, inside: &str) -> String {
        self.signature
            .replace("</ds:Signature>", &format!("{inside}</ds:Signature>"))
    }

    /// The genuine signature with the genuine element before its SignedInfo.
    fn signature_before(&self) -> String {
        self.signature
            .replacen("<ds:SignedInfo>", &format!("{}<ds:SignedInfo>", self.genuine), 1)
    }

    fn object(&self) -> String {
        self.signature_with(&format!("<ds:Object>{}</ds:Object>", self.genuine))
    }

    /// Shapes 1 to 8 as children of what is around the element; for a message, which is the root, the first
    /// element is the root and holds the others.
    fn shapes(&self) -> [Vec<String>; 8] {
        let extensions = |inside: &str| format!("<samlp:Extensions {NAMESPACES}>{inside}</samlp:Extensions>");
        [
            vec![self.evil(&self.signature_with(&self.genuine), "")],
            vec![self.evil("", ""), self.genuine.clone(), self.signature.clone()],
            vec![self.evil("", ""), self.signed.clone()],
            vec![self.evil("", &self.signed)],
            vec![self.evil(&self.signature, ""), self.genuine.clone()],
            vec![self.evil(&self.signature_before(), "")],
            vec![extensions(&self.evil("", "")), self.signed.clone()],
            vec![self.evil(&self.object(), "")],
        ]
    }
}

/// SR-24 and SR-25
#[test]
fn no_shape_of_wrapping_makes_a_message_count_that_was_not_signed() {
    use SignatureError::{Place, Reference, Shape};
    let shape = Shape("Signature must hold SignedInfo, SignatureValue and at most KeyInfo");
    for kind in ["AuthnRequest", "LogoutRequest", "LogoutResponse", "Response"] {
        let parts = Parts::of_message(kind, "_evil");
        verdict(&parts.signed).unwrap();
        // A message is a root, so what stands beside it elsewhere stands in it here.
        let roots = [
            (
                parts.evil(&parts.signature_with(&parts.genuine), ""),
                shape.clone(),
            ),
            (
                parts.evil("", &format!("{}{}", parts.genuine, parts.signature)),
                Place,
            ),
            (parts.evil("", &parts.signed), Place),
            (parts.evil(&parts.signed, ""), Place),
            (parts.evil(&parts.signature, &parts.genuine), Reference),
            (parts.evil(&parts.signature_before(), ""), shape.clone()),
            (
                parts.evil(
                    "",
                    &format!("<samlp:Extensions>{}</samlp:Extensions>", parts.signed),
                ),
                Place,
            ),
            (parts.evil(&parts.object(), ""), shape.clone()),
        ];
        for (number, (xml, expected)) in roots.iter().enumerate() {
            assert_eq!(
                verdict(xml).unwrap_err(),
                *expected,
                "{kind}, shape {}",
                number + 1
            );
        }
    }
}

#[test]
fn of_a_wrapped_assertion_only_the_signed_one_can_be_read() {
    let parts = Parts::of_assertion("_evil");
    for (number, shape) in parts.shapes().iter().enumerate() {
        let xml = format!(
            "<samlp:Response {NAMESPACES} ID=\"_response\">{}</samlp:Response>",
            shape.concat()
        );
        let document = read(&xml, Limits::MESSAGE).unwrap();
        let trusted = trusted();
        let (mut refused, mut read) = (0, 0);
        for assertion in document
            .root()
            .descendants()
            .filter(|element| element.local() == "Assertion")
        {
            match verify(assertion, &trusted, Sha1Policy::Accept) {
                Err(_) => refused += 1,
                Ok(verified) => {
                    assert_eq!(verified.element().attribute("ID"), Some("_r1"));
                    let signature = verified.element().child(SIGNATURE.uri, "Signature");
                    assert_eq!(
                        exclusive(verified.element(), signature, &[]),
                        canonical(&parts.genuine)
                    );
                    read += 1;
                }
            }
        }
        assert!(refused > 0, "shape {}: the evil one", number + 1);
        // Where the original is whole, it may be read; elsewhere nothing.
        assert_eq!(
            read,
            usize::from(xml.contains(&parts.signed)),
            "shape {}",
            number + 1
        );
        assert_eq!(
            verify(document.root(), &trusted, Sha1Policy::Accept).unwrap_err(),
            SignatureError::Place
        );
    }
}

/// SR-26
#[test]
fn an_evil_element_with_the_id_of_the_signed_one_is_refused_by_the_reader() {
    for shape in Parts::of_assertion("_r1").shapes() {
        let xml = format!("<samlp:Response {NAMESPACES}>{}</samlp:Response>", shape.concat());
        assert_eq!(problem(&xml), XmlProblem::DuplicateId);
    }
    let parts = Parts::of_message("AuthnRequest", "_r1");
    for inside in [&parts.genuine, &parts.signed] {
        assert_eq!(
            problem(&parts.evil(&parts.signature, inside)),
            XmlProblem::DuplicateId
        );
        for spelling in ["Id", "id", "xml:id"] {
            let xml = parts.evil(
                &parts.signature,
                &inside.replace(" ID=", &format!(" {spelling}=")),
            );
            assert_eq!(problem(&xml), XmlProblem::DuplicateId);
        }
    }
    // Taking over ID and signature leaves the digest.
    assert_eq!(
        verdict(&parts.evil(&parts.signature, "")),
        Err(SignatureError::Digest)
    );
}

/// SR-29
#[test]
fn a_comment_splits_no_value() {
    let template = message("AuthnRequest", "_r1", "").replace("urn:sp", "https://sp.example.evil.test");
    let signed = Recipe::default().sign(&template, "_r1");
    assert_eq!(verdict(&signed), Ok(()));
    // Exclusive canonicalisation drops the comment: the signature alone would not notice.
    let split = signed.replace("sp.example.evil", "sp.example<!---->.evil");
    assert_eq!(problem(&split), XmlProblem::Comment);
    assert_eq!(
        problem(&signed.replace("sp.example.evil", "sp.example<?x?>.evil")),
        XmlProblem::ProcessingInstruction
    );
    // CDATA is text like other text, here and in the canonical form.
    let section = signed.replace("sp.example.evil", "sp.example<![CDATA[.]]>evil");
    let document = read(&section, Limits::MESSAGE).unwrap();
    let trusted = trusted();
    let verified = verify(document.root(), &trusted, Sha1Policy::Accept).unwrap();
    let issuer = verified.element().child(ASSERTION.uri, "Issuer").unwrap();
    assert_eq!(issuer.value(), Some("https://sp.example.evil.test"));
}

#[test]
fn a_digest_value_elsewhere_is_not_looked_at() {
    // 2024: a look-up of DigestValue anywhere in the document found the attacker's.
    let changed = message("Response", "_r1", "{smuggled}<saml:Subject>evil</saml:Subject>");
    let digest = |xml: &str| {
        let digest = hash(MessageDigest::sha256(), canonical(xml).as_bytes()).unwrap();
        format!(
            "<ds:DigestValue xmlns:ds=\"{}\">{}</ds:DigestValue>",
            SIGNATURE.uri,
            STANDARD.encode(digest)
        )
    };
    let signature = Recipe::default().signature(&message("Response", "_r1", ""), "_r1");
    let smuggled = format!(
        "<samlp:Status><samlp:StatusDetail>{}</samlp:StatusDetail></samlp:Status>",
        digest(&changed.replace("{signature}", "").replace("{smuggled}", ""))
    );
    let xml = changed
        .replace("{smuggled}", &smuggled)
        .replace("{signature}", &signature);
    assert_eq!(verdict(&xml), Err(SignatureError::Digest));
    // The same inside the signature: in KeyInfo, which is not covered, and beside the real one.
    let forged = digest(&changed.replace("{signature}", "").replace("{smuggled}", ""));
    let in_key_info = signature.replace(
        "</ds:Signature>",
        &format!("<ds:KeyInfo>{forged}</ds:KeyInfo></ds:Signature>"),
    );
    let xml = changed
        .replace("{smuggled}", "")
        .replace("{signature}", &in_key_info);
    assert_eq!(verdict(&xml), Err(SignatureError::Digest));
    let beside = signature.replace("<ds:DigestValue>", &format!("{forged}<ds:DigestValue>"));
    let xml = changed.replace("{smuggled}", "").replace("{signature}", &beside);
    assert!(matches!(verdict(&xml), Err(SignatureError::Shape(_))));
}

#[test]
fn a_second_signed_info_is_refused_wherever_it_stands() {
    // 2025: the first was verified, the second's digest was compared.
    let genuine = Recipe::default().signature(&message("Response", "_r1", ""), "_r1");
    let evil = message("Response", "_r1", "<saml:Subject>evil</saml:Subject>");
    let forged = Recipe {
        key: &stranger().pkey,
        ..Recipe::default()
    }
    .signature(&evil, "_r1");
    let (_, info) = forged.split_once("<ds:SignedInfo>").unwrap();
    let (info, _) = info.split_once("</ds:SignedInfo>").unwrap();
    let info = format!("<ds:SignedInfo>{info}</ds:SignedInfo>");
    for signature in [
        genuine.replace("<ds:SignedInfo>", &format!("{info}<ds:SignedInfo>")),
        genuine.replace("</ds:SignedInfo>", &format!("</ds:SignedInfo>{info}")),
        genuine.replace("</ds:Signature>", &format!("{info}</ds:Signature>")),
        genuine.replace(
            "</ds:Signature>",
            &format!("<ds:Object>{info}</ds:Object></ds:Signature>"),
        ),
        genuine.replace("</ds:SignedInfo>", &format!("{info}</ds:SignedInfo>")),
    ] {
        assert!(matches!(
            verdict(&evil.replace("{signature}", &signature)),
            Err(SignatureError::Shape(_))
        ));
    }
    // In KeyInfo it changes nothing: neither is it read.
    let key_info = genuine.replace(
        "</ds:Signature>",
        &format!("<ds:KeyInfo>{info}</ds:KeyInfo></ds:Signature>"),
    );
    assert_eq!(
        verdict(&evil.replace("{signature}", &key_info)),
        Err(SignatureError::Digest)
    );
}

#[test]
fn an_empty_canonical_form_is_the_digest_of_nothing() {
    // 2025: where canonicalisation failed, the octets were empty, and so a digest of nothing was right.
    let nothing = Recipe::default().signature_over("");
    for kind in ["AuthnRequest", "Response"] {
        let xml = message(kind, "_r1", "").replace("{signature}", &nothing);
        assert_eq!(verdict(&xml), Err(SignatureError::Digest));
        // What made it fail there is not read here: namespace names that are relative, or no URI at all.
        for declaration in [
            "xmlns:x=\"relative\"",
            "xmlns:x=\"1\"",
            "xmlns:x=\"\"",
            "xmlns=\"./x\"",
        ] {
            let failing = xml.replacen(" ID=", &format!(" {declaration} ID="), 1);
            assert!(
                matches!(problem(&failing), XmlProblem::Malformed(_)),
                "{declaration}"
            );
        }
    }
}

#[test]
fn a_document_type_that_gives_ids_or_values_is_refused() {
    // 2025: attributes of a DTD were there for one of two parsers.
    for subset in [
        "<!ATTLIST samlp:AuthnRequest ID CDATA \"_r1\">",
        "<!ATTLIST saml:Issuer x ID #IMPLIED>",
        "<!ENTITY sp \"urn:sp\">",
        "",
    ] {
        let xml = format!("<!DOCTYPE samlp:AuthnRequest [{subset}]>{}", request());
        assert_eq!(problem(&xml), XmlProblem::Dtd);
    }
}

#[test]
fn a_namespace_declared_again_changes_the_name_and_so_the_element() {
    let xml = request();
    // The Signature's own prefix means something else inside.
    let inner = xml.replace("<ds:SignedInfo>", "<ds:SignedInfo xmlns:ds=\"urn:x\">");
    assert!(matches!(verdict(&inner), Err(SignatureError::Shape(_))));
    // The Issuer is another's element: the signature is not directly after the Issuer any more.
    let issuer = xml.replace("<saml:Issuer>", "<saml:Issuer xmlns:saml=\"urn:x\">");
    assert_eq!(verdict(&issuer), Err(SignatureError::Place));
    // A declaration that nothing uses is not covered, and means nothing.
    let unused = xml.replace(" ID=", " xmlns:unused=\"urn:x\" ID=");
    assert_eq!(verdict(&unused), Ok(()));
    // Attributes twice, plainly or by two prefixes of one namespace.
    let twice = xml.replace(" ID=", " ID=\"_evil\" ID=");
    assert!(matches!(problem(&twice), XmlProblem::Malformed(_)));
    let prefixes = xml.replace(
        " ID=",
        " xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:ID=\"1\" b:ID=\"2\" ID=",
    );
    assert!(matches!(problem(&prefixes), XmlProblem::Malformed(_)));
}

#[test]
fn a_signature_around_or_beside_the_message_is_not_its_own() {
    // Enveloping: the message in an Object, as a root that is a Signature.
    let genuine = message("AuthnRequest", "_r1", "").replace("{signature}", "");
    let signature = Recipe::default().signature(&message("AuthnRequest", "_r1", ""), "_r1");
    let enveloping = signature.replace(
        "</ds:Signature>",
        &format!("<ds:Object>{genuine}</ds:Object></ds:Signature>"),
    );
    let document = read(&enveloping, Limits::MESSAGE).unwrap();
    let trusted = trusted();
    for element in document.root().descendants() {
        assert!(verify(element, &trusted, Sha1Policy::Accept).is_err());
    }
    // A signature of what is inside does not vouch for what is around it.
    let inside = format!(
        "<samlp:Response {NAMESPACES} ID=\"_response\"><saml:Issuer>urn:idp</saml:Issuer>{}</samlp:Response>",
        Parts::of_assertion("_evil").signed
    );
    assert_eq!(verdict(&inside), Err(SignatureError::Place));
}

fn problem(xml: &str) -> XmlProblem {
    match read(xml, Limits::MESSAGE) {
        Ok(_) => panic!("{xml} was read"),
        Err(error) => error.problem,
    }
}

fn canonical(xml: &str) -> String {
    exclusive(read(xml, Limits::MESSAGE).unwrap().root(), None, &[])
}
