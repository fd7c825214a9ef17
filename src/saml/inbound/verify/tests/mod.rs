//! The one shape that a signature may have, and where it may stand.

mod algorithms;
mod mutation;
mod query;
mod specimen;
mod wrapping;

use self::specimen::*;
use super::*;
use crate::xml::{Limits, XmlProblem, read};

fn problem(xml: &str) -> XmlProblem {
    read(xml, Limits::MESSAGE).map(drop).unwrap_err().problem
}

#[test]
fn what_was_verified_is_handed_on_with_the_certificate_whose_key_signed() {
    let xml = request();
    let document = read(&xml, Limits::MESSAGE).unwrap();
    let trusted = [stranger().certificate(), sp().certificate()];
    let verified = verify(document.root(), &trusted, Sha1Policy::Refuse).unwrap();
    assert_eq!(verified.element(), document.root());
    assert_eq!(verified.certificate().base64(), sp().certificate().base64());
    assert_eq!(verified.method(), SignatureMethod::RsaSha256);
    assert!(!verified.uses_sha1());
}

/// SR-27
#[test]
fn the_reference_is_one_and_to_the_id_of_the_element_that_is_read() {
    for attributes in [
        "URI=\"\"",
        "URI=\"#\"",
        "URI=\"#_other\"",
        "URI=\"_r1\"",
        "URI=\"#xpointer(/)\"",
        "URI=\"#xpointer(id('_r1'))\"",
        "URI=\"#_r1 \"",
        "URI=\"#%5Fr1\"",
        "URI=\"https://sp.example/#_r1\"",
        "Id=\"x\"",
        "xmlns:x=\"urn:x\" x:URI=\"#_r1\"",
    ] {
        let recipe = Recipe {
            attributes: attributes.to_owned(),
            ..Recipe::default()
        };
        assert_eq!(
            verdict(&sign(&recipe)),
            Err(SignatureError::Reference),
            "{attributes}"
        );
    }
    let twice = sign(&Recipe::default());
    let (before, rest) = twice.split_once("<ds:Reference").unwrap();
    let (reference, _) = rest.split_once("</ds:Reference>").unwrap();
    let mut recipe = Recipe {
        after_reference: format!("<ds:Reference{reference}</ds:Reference>"),
        ..Recipe::default()
    };
    assert!(before.ends_with("/>"));
    assert_eq!(verdict(&sign(&recipe)), Err(SignatureError::Reference));
    // An ID that another reader could take for a function.
    let odd = message("AuthnRequest", "xpointer(/)", "");
    recipe.after_reference = String::new();
    recipe.attributes = "URI=\"#xpointer(/)\"".to_owned();
    assert_eq!(
        verdict(&recipe.sign(&odd, "xpointer(/)")),
        Err(SignatureError::Reference)
    );
}

#[test]
fn an_id_in_another_namespace_is_none() {
    let polluted = message("AuthnRequest", "_r1", "").replace(" ID=", " xmlns:x=\"urn:x\" x:ID=");
    let document = read(&polluted.replace("{signature}", ""), Limits::MESSAGE)
        .map(|document| exclusive(document.root(), None, &[]))
        .unwrap();
    let xml = polluted.replace("{signature}", &Recipe::default().signature_over(&document));
    assert_eq!(verdict(&xml), Err(SignatureError::Reference));
}

/// SR-28
#[test]
fn the_transforms_are_enveloped_signature_and_exclusive_canonicalisation() {
    let enveloped = element("Transform", ENVELOPED);
    let exclusive = element("Transform", EXCLUSIVE_C14N);
    let with =
        |inside: &str| enveloped.clone() + &exclusive.replace("/>", &format!(">{inside}</ds:Transform>"));
    let list = |attributes: &str| {
        with(&format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE_C14N}\" {attributes}/>"
        ))
    };
    for transforms in [
        String::new(),
        enveloped.clone(),
        exclusive.clone(),
        format!("{exclusive}{enveloped}"),
        format!("{enveloped}{enveloped}"),
        format!("{enveloped}{exclusive}{exclusive}"),
        format!(
            "{enveloped}{}",
            element("Transform", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
        ),
        format!(
            "{enveloped}{}",
            element("Transform", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")
        ),
        format!(
            "{enveloped}{}",
            element("Transform", "http://www.w3.org/2000/09/xmldsig#base64")
        ),
        format!(
            "{enveloped}{}",
            element("Transform", "http://www.w3.org/TR/1999/REC-xslt-19991116")
        ),
        format!(
            "{enveloped}{}",
            element("Transform", "http://www.w3.org/TR/1999/REC-xpath-19991116")
        ),
        format!(
            "{enveloped}{}",
            element("Transform", "http://www.w3.org/2002/06/xmldsig-filter2")
        ),
        with("<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>"),
        format!(
            "{}{exclusive}",
            enveloped.replace("/>", "><ds:XPath>1</ds:XPath></ds:Transform>")
        ),
        list(""),
        list("PrefixList=\"a:b\""),
        list("PrefixList=\"saml, samlp\""),
        list(&format!("PrefixList=\"{}\"", "p ".repeat(33))),
        with("<InclusiveNamespaces PrefixList=\"saml\" xmlns=\"urn:x\"/>"),
    ] {
        let recipe = Recipe {
            transforms,
            ..Recipe::default()
        };
        assert_eq!(
            verdict(&sign(&recipe)),
            Err(SignatureError::Transforms),
            "{}",
            recipe.transforms
        );
    }
    let mut recipe = Recipe {
        transforms: list("PrefixList=\"saml #default samlp\""),
        ..Recipe::default()
    };
    recipe.canonicalization = recipe.canonicalization.replace(
        "/>",
        &format!("><ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE_C14N}\" PrefixList=\"saml #default samlp\"/></ds:CanonicalizationMethod>"),
    );
    recipe.inclusive = &["saml", "", "samlp"];
    assert_eq!(verdict(&sign(&recipe)), Ok(()));
    recipe.inclusive = &[];
    assert_eq!(
        verdict(&sign(&recipe)),
        Err(SignatureError::Digest),
        "the list counts"
    );
}

#[test]
fn the_signed_info_is_canonicalised_exclusively_without_comments() {
    for uri in [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "",
    ] {
        let recipe = Recipe {
            canonicalization: element("CanonicalizationMethod", uri),
            ..Recipe::default()
        };
        assert_eq!(verdict(&sign(&recipe)), Err(SignatureError::Transforms), "{uri}");
    }
}

#[test]
fn a_changed_message_and_a_foreign_key_are_told_apart() {
    let xml = request();
    assert_eq!(
        verdict(&xml.replace(">urn:sp<", ">urn:xp<")),
        Err(SignatureError::Digest)
    );
    assert_eq!(
        verdict(&xml.replace(" Version", " ForceAuthn=\"true\" Version")),
        Err(SignatureError::Digest)
    );
    assert_eq!(
        verdict(&xml.replace("</ds:Signature>", "</ds:Signature> ")),
        Err(SignatureError::Digest)
    );
    let digest = xml
        .split_once("<ds:DigestValue>")
        .unwrap()
        .1
        .split_once('<')
        .unwrap()
        .0
        .to_owned();
    let zeros = STANDARD.encode([0; 32]);
    assert_eq!(
        verdict(&xml.replace(&digest, &zeros)),
        Err(SignatureError::Digest)
    );
    // The SignedInfo may not change either, even where its meaning stays.
    let spaced = xml.replace("<ds:DigestValue>", "<ds:DigestValue> ");
    assert!(matches!(verdict(&spaced), Err(SignatureError::Key { .. })));
}

/// SR-23
#[test]
fn the_certificate_in_the_message_is_told_and_never_trusted() {
    let key_info = |certificate: &str| {
        format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        )
    };
    let stranger_shown = sign(&Recipe {
        key: &stranger().pkey,
        key_info: key_info(stranger().certificate().base64()),
        ..Recipe::default()
    });
    assert_eq!(
        verdict(&stranger_shown).unwrap_err().to_string(),
        format!(
            "it is signed by another key than that of the trusted certificate {}; its KeyInfo shows certificate {}; \
             give the certificate of the key that signs",
            fingerprint_of(&sp().certificate()),
            fingerprint_of(&stranger().certificate())
        )
    );
    let borrowed = sign(&Recipe {
        key: &stranger().pkey,
        key_info: key_info(sp().certificate().base64()),
        ..Recipe::default()
    });
    assert!(
        verdict(&borrowed)
            .unwrap_err()
            .to_string()
            .contains("shows a trusted certificate, whose key did not make the signature")
    );
    assert!(
        verdict_of(&stranger_shown, &[])
            .unwrap_err()
            .to_string()
            .contains("because there is none")
    );
    let harmless = sign(&Recipe {
        key_info: key_info(stranger().certificate().base64()),
        ..Recipe::default()
    });
    assert_eq!(verdict(&harmless), Ok(()));
}

/// SR-15
#[test]
fn a_signature_is_wanted_and_in_its_place() {
    let unsigned = message("AuthnRequest", "_r1", "").replace("{signature}", "");
    assert_eq!(
        verdict(&unsigned).unwrap_err().to_string(),
        "the message must be signed, and is not; have the sender sign it"
    );
    let empty = message("AuthnRequest", "_r1", "").replace(
        "{signature}",
        &format!("<ds:Signature xmlns:ds=\"{}\"/>", SIGNATURE.uri),
    );
    assert!(matches!(verdict(&empty), Err(SignatureError::Shape(_))));
    let elsewhere =
        message("AuthnRequest", "_r1", "<samlp:Extensions/>{signature}").replacen("{signature}", "", 1);
    assert_eq!(
        verdict(&Recipe::default().sign(&elsewhere, "_r1")),
        Err(SignatureError::Place)
    );
    let before = elsewhere
        .replace("{signature}", "")
        .replace("<saml:Issuer>", "{signature}<saml:Issuer>");
    // Before the Issuer is not the place either, where there is an Issuer.
    let signed = Recipe::default().sign(&before, "_r1");
    assert_eq!(verdict(&signed), Err(SignatureError::Place));
    let metadata = "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" ID=\"_r1\" \
         entityID=\"urn:sp\">{signature}<md:Organization/></md:EntityDescriptor>";
    assert_eq!(verdict(&Recipe::default().sign(metadata, "_r1")), Ok(()));
    let foreign = request().replace(SIGNATURE.uri, "http://www.w3.org/2000/09/xmldsig");
    assert_eq!(verdict(&foreign), Err(SignatureError::Unsigned));
}

#[test]
fn several_signatures_are_refused() {
    let xml = request();
    let (before, rest) = xml.split_once("<ds:Signature ").unwrap();
    let (inside, after) = rest.split_once("</ds:Signature>").unwrap();
    let signature = format!("<ds:Signature {inside}</ds:Signature>");
    assert_eq!(
        verdict(&format!("{before}{signature}{signature}{after}")),
        Err(SignatureError::Several)
    );
}

#[test]
fn nothing_unknown_stands_in_a_signature() {
    let xml = request();
    for (what, with) in [
        ("</ds:SignatureValue>", "</ds:SignatureValue><ds:Object/>"),
        ("</ds:SignatureValue>", "</ds:SignatureValue><x xmlns=\"urn:x\"/>"),
        ("<ds:SignatureValue>", "<ds:Object/><ds:SignatureValue>"),
        ("<ds:SignatureValue>", "text<ds:SignatureValue>"),
        ("<ds:SignedInfo>", "<ds:SignedInfo/><ds:SignedInfo>"),
        ("</ds:SignedInfo>", "<ds:Reference/></ds:SignedInfo>"),
        ("</ds:SignedInfo>", "<x xmlns=\"urn:x\"/></ds:SignedInfo>"),
        ("<ds:Transforms>", "x<ds:Transforms>"),
        ("<ds:DigestValue>", "<x xmlns=\"urn:x\"/><ds:DigestValue>"),
        ("<ds:Reference ", "<ds:Manifest/><ds:Reference "),
    ] {
        let error = verdict(&xml.replacen(what, with, 1)).unwrap_err();
        assert!(
            matches!(error, SignatureError::Shape(_) | SignatureError::Reference),
            "{with}: {error}"
        );
    }
}

#[test]
fn the_parts_of_a_signature_are_in_its_namespace() {
    for name in [
        "SignedInfo",
        "SignatureValue",
        "Reference",
        "Transforms",
        "DigestMethod",
        "DigestValue",
        "SignatureMethod",
    ] {
        let xml = request()
            .replace(&format!("<ds:{name}"), &format!("<x:{name} xmlns:x=\"urn:x\""))
            .replace(&format!("</ds:{name}>"), &format!("</x:{name}>"));
        assert!(matches!(verdict(&xml), Err(SignatureError::Shape(_))), "{name}");
    }
}

#[test]
fn values_are_strict_base64_with_white_space() {
    let xml = request();
    let lines = |name: &str| {
        let (before, rest) = xml.split_once(&format!("<ds:{name}>")).unwrap();
        let (value, after) = rest.split_at(8);
        format!("{before}<ds:{name}>\n\t {value}\r\n{after}")
    };
    assert_eq!(verdict(&lines("SignatureValue")), Ok(()));
    for (name, junk) in [
        ("SignatureValue", "-"),
        ("SignatureValue", "\u{a0}"),
        ("SignatureValue", "<x/>"),
        ("SignatureValue", "===="),
        ("DigestValue", "\u{2003}"),
        ("DigestValue", "<x/>"),
        ("DigestValue", "A"),
    ] {
        let xml = xml.replace(&format!("<ds:{name}>"), &format!("<ds:{name}>{junk}"));
        assert_eq!(verdict(&xml), Err(SignatureError::Base64(name)), "{name} {junk}");
    }
}

#[test]
fn a_comment_in_a_value_of_a_signature_is_refused_by_the_reader() {
    for name in ["DigestValue", "SignatureValue"] {
        for comment in ["<!---->", "<!--AAAA-->"] {
            let xml = request().replace(&format!("<ds:{name}>"), &format!("<ds:{name}>{comment}"));
            assert_eq!(problem(&xml), XmlProblem::Comment);
        }
    }
}
