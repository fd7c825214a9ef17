//! Signed requests of service providers at a running server, by both bindings: SR-09 to SR-29.

use super::browser::{Browser, Reply};
use super::issue::pair;
use super::running::{Server, put, tenant};
use super::saml_requests::{deflated, escaped};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::json;
use std::fs;

const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// A server whose service provider signs with the key.
fn served(more: &str) -> (Server, PKey<Private>, String) {
    let (key, certificate) = pair();
    let folder = tenant();
    let pay = json!({
        "name": "pay", "client_id": "pay", "callbacks": ["https://pay.example/acs"],
        "addons": {"samlp": {"audience": "https://pay.example", "signingCert": certificate}},
    });
    put(&folder, "clients/pay.json", &pay);
    fs::write(folder.path().join("postlogin.toml"), more).unwrap();
    let key = PKey::private_key_from_pem(key.as_bytes()).unwrap();
    (Server::of(folder), key, certificate)
}

/// An AuthnRequest that is its own exclusive canonical form; `inside` stands after the Issuer.
fn request(id: &str, inside: &str) -> String {
    let now = Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"{id}\" IssueInstant=\"{now}\" \
         Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">https://pay.example</saml:Issuer>\
         {inside}</samlp:AuthnRequest>"
    )
}

/// A signature over a document that is its own canonical form; in the reference `{digest}` is that of the document.
fn signature(document: &str, reference: &str, key: &PKey<Private>, key_info: &str) -> String {
    let digest = STANDARD.encode(sha256(document.as_bytes()));
    let info = |namespace: &str| {
        format!(
            "<ds:SignedInfo{namespace}><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
             <ds:SignatureMethod Algorithm=\"{RSA_SHA256}\"></ds:SignatureMethod>{}</ds:SignedInfo>",
            reference.replace("{digest}", &digest)
        )
    };
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    let value = signer.sign_oneshot_to_vec(info(&format!(" xmlns:ds=\"{SIGNATURE}\"")).as_bytes());
    format!(
        "<ds:Signature xmlns:ds=\"{SIGNATURE}\">{}<ds:SignatureValue>{}</ds:SignatureValue>{key_info}</ds:Signature>",
        info(""),
        STANDARD.encode(value.unwrap())
    )
}

fn reference(uri: &str, transforms: &[&str]) -> String {
    let transforms = transforms
        .iter()
        .map(|transform| format!("<ds:Transform Algorithm=\"{transform}\"></ds:Transform>"));
    format!(
        "<ds:Reference URI=\"{uri}\"><ds:Transforms>{}</ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>{{digest}}</ds:DigestValue></ds:Reference>",
        transforms.collect::<String>()
    )
}

/// A request that the service provider signed, with its signature after the Issuer.
fn signed(id: &str, key: &PKey<Private>) -> String {
    let plain = request(id, "");
    let reference = reference(&format!("#{id}"), &[ENVELOPED, EXCLUSIVE]);
    with(&plain, &signature(&plain, &reference, key, ""))
}

/// The document with something after its Issuer.
fn with(document: &str, inside: &str) -> String {
    document.replacen("</saml:Issuer>", &format!("</saml:Issuer>{inside}"), 1)
}

/// What comes of a form.
fn posted(server: &Server, message: &str) -> Reply {
    let browser = &mut Browser::default();
    let fields = [("SAMLRequest", &*STANDARD.encode(message))];
    let kept = browser.post(&format!("{}samlp/pay", server.url), &fields);
    browser.get(kept.header("location").unwrap())
}

/// The query of a redirect, signed over what is sent.
fn query(message: &str, algorithm: &str, digest: MessageDigest, key: &PKey<Private>) -> String {
    let octets = format!(
        "SAMLRequest={}&RelayState=r%2fs&SigAlg={}",
        deflated(message.as_bytes()),
        escaped(algorithm)
    );
    let value = Signer::new(digest, key)
        .unwrap()
        .sign_oneshot_to_vec(octets.as_bytes());
    format!("{octets}&Signature={}", escaped(&STANDARD.encode(value.unwrap())))
}

fn redirected(server: &Server, query: &str) -> Reply {
    Browser::default().get(&format!("{}samlp/pay?{query}", server.url))
}

/// The user is asked to log in: the request counts.
fn is_accepted(reply: &Reply) -> bool {
    reply
        .header("location")
        .is_some_and(|place| place.contains("/u/login?state="))
}

/// Nobody logs in: a page, or a response to the registered URL that says so.
fn is_refused(reply: &Reply) -> bool {
    let response = reply.field("SAMLResponse").map(|message| {
        let xml = String::from_utf8(STANDARD.decode(message).unwrap()).unwrap();
        xml.contains("status:Requester") && !xml.contains("<saml:Assertion")
    });
    reply.header("location").is_none() && response.unwrap_or(reply.status == 400)
}

/// SR-15 to SR-20, SR-22: the signature of a query covers what was sent, as it was sent.
#[test]
fn a_signed_query_counts_as_it_was_sent() {
    let (server, key, certificate) = served("");
    let sha256 = MessageDigest::sha256;
    let whole = |id: &str| query(&request(id, ""), RSA_SHA256, sha256(), &key);
    // The RelayState above has an escape in small letters (SR-22).
    assert!(is_accepted(&redirected(&server, &whole("_1"))));
    let unsigned = deflated(request("_2", "").as_bytes());
    assert!(
        is_refused(&redirected(&server, &format!("SAMLRequest={unsigned}"))),
        "SR-15"
    );
    for at in [20, 40, 80, 120] {
        let mut spoilt = whole("_3").into_bytes();
        spoilt[at] = if spoilt[at] == b'A' { b'B' } else { b'A' };
        let spoilt = String::from_utf8(spoilt).unwrap();
        assert!(is_refused(&redirected(&server, &spoilt)), "SR-16: {spoilt}");
    }
    for (from, to) in [
        ("RelayState=r%2fs", "RelayState=r%2ft"),
        ("RelayState=r%2fs", "RelayState=r%2Fs"),
        ("&RelayState=r%2fs", ""),
        ("&Signature=", "&RelayState=x&Signature="),
        ("SigAlg=", "Sig=x&SigAlg="),
    ] {
        let changed = whole("_4").replacen(from, to, 1);
        let reply = redirected(&server, &changed);
        // What the standard does not know is not covered, and changes nothing.
        assert!(
            is_refused(&reply) != to.starts_with("Sig=x"),
            "SR-17: {changed}: {reply:?}"
        );
    }
    let (before, after) = whole("_5")
        .split_once("&SigAlg=")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    let (algorithm, value) = after.split_once("&Signature=").unwrap();
    for half in [
        format!("{before}&SigAlg={algorithm}"),
        format!("{before}&Signature={value}"),
    ] {
        let reply = redirected(&server, &half);
        assert!(
            is_refused(&reply) && reply.body.contains("without"),
            "SR-18: {reply:?}"
        );
    }
    let confused = PKey::hmac(certificate.as_bytes()).unwrap();
    for (algorithm, digest) in [
        ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", sha256()),
        (
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            MessageDigest::sha1(),
        ),
    ] {
        let forged = query(&request("_6", ""), algorithm, digest, &confused);
        assert!(is_refused(&redirected(&server, &forged)), "SR-19: {algorithm}");
    }
    let (other, _) = pair();
    let stranger = PKey::private_key_from_pem(other.as_bytes()).unwrap();
    let forged = query(&request("_7", ""), RSA_SHA256, sha256(), &stranger);
    assert!(is_refused(&redirected(&server, &forged)), "another key");
}

/// SR-20: SHA-1 is taken unless the tenant says otherwise.
#[test]
fn sha_1_is_for_the_tenant_to_refuse() {
    for (setting, is_taken) in [("", true), ("[saml]\nreject_sha1 = true\n", false)] {
        let (server, key, _) = served(setting);
        let algorithm = "http://www.w3.org/2000/09/xmldsig#rsa-sha1";
        let reply = redirected(
            &server,
            &query(&request("_1", ""), algorithm, MessageDigest::sha1(), &key),
        );
        assert!(
            is_accepted(&reply) == is_taken && is_refused(&reply) != is_taken,
            "{setting}: {reply:?}"
        );
    }
}

/// SR-23 to SR-29: a form is read from what the service provider signed, and from nothing else.
#[test]
fn a_signed_form_is_read_from_what_was_signed() {
    let (server, key, _) = served("");
    assert!(is_accepted(&posted(&server, &signed("_1", &key))));
    assert!(is_refused(&posted(&server, &request("_2", ""))), "SR-15");
    let (other, their_certificate) = pair();
    let stranger = PKey::private_key_from_pem(other.as_bytes()).unwrap();
    let base64: String = their_certificate
        .lines()
        .filter(|line| !line.contains("-----"))
        .collect();
    let key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    );
    let plain = request("_3", "");
    let of = |uri: &str, transforms: &[&str], key: &PKey<Private>, key_info: &str| {
        with(
            &plain,
            &signature(&plain, &reference(uri, transforms), key, key_info),
        )
    };
    let both = [ENVELOPED, EXCLUSIVE];
    let twice = format!("{}{}", reference("#_3", &both), reference("#_3", &both));
    let genuine = request("_good", "");
    let own = signature(&genuine, &reference("#_good", &both), &key, "");
    let evil = request("_evil", "");
    let object = format!("<ds:Object>{genuine}</ds:Object></ds:Signature>");
    let mut refused = vec![
        ("SR-23", of("#_3", &both, &stranger, &key_info)),
        ("SR-24", with(&evil, &own.replace("</ds:Signature>", &object))),
        ("SR-25", with(&evil, &format!("{genuine}{own}"))),
        ("SR-25 inside", with(&evil, &signed("_good", &key))),
        (
            "SR-25 extensions",
            with(
                &evil,
                &format!("<samlp:Extensions>{}</samlp:Extensions>", signed("_good", &key)),
            ),
        ),
        ("the signature of another", with(&evil, &own)),
        ("SR-26", with(&request("_good", ""), &format!("{own}{genuine}"))),
        ("SR-27 empty", of("", &both, &key, "")),
        ("SR-27 another", of("#_x", &both, &key, "")),
        ("SR-27 two", with(&plain, &signature(&plain, &twice, &key, ""))),
        ("SR-28 none", of("#_3", &[], &key, "")),
        (
            "a comment",
            signed("_4", &key).replace("https://pay", "https://<!-- -->pay"),
        ),
        (
            "SR-29",
            signed("_5", &key).replace("pay.example<", "pay.example<!---->.evil.test<"),
        ),
        (
            "another instruction",
            format!(
                "<?xml-stylesheet href=\"x\"?>{}",
                signed("_6", &key).replace("_6", "_7")
            ),
        ),
    ];
    for transform in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
    ] {
        refused.push(("SR-28", of("#_3", &[ENVELOPED, transform], &key, "")));
        refused.push(("SR-28", of("#_3", &[ENVELOPED, EXCLUSIVE, transform], &key, "")));
    }
    for (row, message) in refused {
        let reply = posted(&server, &message);
        assert!(is_refused(&reply), "{row}: {message}: {reply:?}");
    }
}

/// SR-09, SR-10, SR-13: what is no AuthnRequest of this service provider.
#[test]
fn another_message_is_no_request() {
    let server = Server::start();
    let plain = request("_1", "");
    for (row, message, status) in [
        ("SR-09", plain.replace("AuthnRequest", "Response"), None),
        ("SR-09", plain.replace("2.0:protocol", "1.1:protocol"), None),
        (
            "SR-10",
            plain.replace("Version=\"2.0\"", "Version=\"1.1\""),
            Some("VersionMismatch"),
        ),
        (
            "SR-13",
            plain.replace("https://pay.example", &"x".repeat(20_000)),
            None,
        ),
        (
            "SR-14",
            plain.replace("Version=", "Destination=\"https://evil.example/\" Version="),
            Some("Requester"),
        ),
    ] {
        let page = redirected(&server, &format!("SAMLRequest={}", deflated(message.as_bytes())));
        for reply in [posted(&server, &message), page] {
            assert_eq!(reply.header("location"), None, "{row}: {reply:?}");
            let response = reply.field("SAMLResponse");
            let xml = response.map(|response| String::from_utf8(STANDARD.decode(response).unwrap()).unwrap());
            match status {
                None => assert!(reply.status == 400 && xml.is_none(), "{row}: {reply:?}"),
                Some(status) => {
                    let xml = xml.unwrap_or_else(|| panic!("{row}: {reply:?}"));
                    assert!(
                        xml.contains(status) && !xml.contains("<saml:Assertion"),
                        "{row}: {xml}"
                    );
                    assert!(reply.body.contains("action=\"https://pay.example/acs\""), "{row}");
                }
            }
        }
    }
    // An audience is configured, so the request may say nothing of who sends it.
    for issuer in [
        "",
        "<saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"></saml:Issuer>",
    ] {
        let (before, rest) = plain.split_once("<saml:Issuer").unwrap();
        let (_, after) = rest.split_once("</saml:Issuer>").unwrap();
        let reply = posted(&server, &format!("{before}{issuer}{after}"));
        assert!(is_accepted(&reply), "SR-13: {issuer}: {reply:?}");
    }
}
