//! TLS is made by egress, which checks the server as Node.js does.

use super::rig::*;
use crate::egress::*;
use openssl::asn1::Asn1Time;
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{AlpnError, SslAcceptor, SslMethod, SslOptions, SslVersion};
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};
use std::io::{BufReader, Write as _};
use std::sync::Arc;

struct Issuer {
    key: PKey<Private>,
    certificate: X509,
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

/// A certificate for a name (an authority's where it begins with "CA"), from day to day counted from now.
fn certificate(name: &str, key: &PKey<Private>, issuer: Option<&Issuer>, days: (i64, i64)) -> X509 {
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(100, MsbOption::MAYBE_ZERO, false).unwrap();
    let now = chrono::Utc::now().timestamp();
    let at = |days: i64| Asn1Time::from_unix(now + days * 86_400).unwrap();
    builder.set_version(2).unwrap();
    builder
        .set_serial_number(&serial.to_asn1_integer().unwrap())
        .unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder
        .set_issuer_name(issuer.map_or(&subject, |issuer| issuer.certificate.subject_name()))
        .unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&at(days.0)).unwrap();
    builder.set_not_after(&at(days.1)).unwrap();
    if name.starts_with("CA") {
        builder
            .append_extension(BasicConstraints::new().critical().ca().build().unwrap())
            .unwrap();
    } else {
        let context = builder.x509v3_context(None, None);
        let names = if name.parse::<std::net::IpAddr>().is_ok() {
            SubjectAlternativeName::new().ip(name).build(&context).unwrap()
        } else {
            SubjectAlternativeName::new().dns(name).build(&context).unwrap()
        };
        builder.append_extension(names).unwrap();
    }
    builder
        .sign(issuer.map_or(key, |issuer| &issuer.key), MessageDigest::sha256())
        .unwrap();
    builder.build()
}

fn authority(name: &str) -> Issuer {
    let key = key();
    Issuer {
        certificate: certificate(name, &key, None, (-1, 1)),
        key,
    }
}

/// A server with TLS whose certificate has this chain; it answers each request with what it was asked.
fn tls_server(
    key: &PKey<Private>,
    chain: &[&X509],
    change: impl FnOnce(&mut openssl::ssl::SslAcceptorBuilder),
) -> u16 {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_private_key(key).unwrap();
    acceptor.set_certificate(chain[0]).unwrap();
    for issuer in &chain[1..] {
        acceptor.add_extra_chain_cert((*issuer).clone()).unwrap();
    }
    change(&mut acceptor);
    let acceptor = acceptor.build();
    server(move |stream| {
        let Ok(stream) = acceptor.accept(stream) else {
            return;
        };
        let name = stream
            .ssl()
            .servername(openssl::ssl::NameType::HOST_NAME)
            .unwrap_or("none")
            .to_owned();
        let alpn =
            String::from_utf8_lossy(stream.ssl().selected_alpn_protocol().unwrap_or(b"none")).into_owned();
        let mut stream = BufReader::new(stream);
        while read_request(&mut stream).is_some() {
            let _ = stream
                .get_mut()
                .write_all(ok(&format!("{name} {alpn}")).as_bytes());
        }
    })
}

/// Terms that know an authority, with `server.example` on this machine.
fn trusting(authority: &X509) -> Terms {
    let names = Names::new(&[
        ("server.example", &[&["127.0.0.1"]]),
        ("other.example", &[&["127.0.0.1"]]),
    ]);
    let authorities = Authorities::from_pem(&authority.to_pem().unwrap()).unwrap();
    Terms {
        network: Arc::new(Network::with_resolver(authorities, names)),
        ..here()
    }
}

fn line(host: &str, port: u16) -> String {
    format!("CONNECT-TLS {host}:{port} {host}")
}

fn refused(terms: &Terms, host: &str, port: u16) -> String {
    let answer = Rig::in_run(1, terms)
        .say(&format!("{}\n", line(host, port)))
        .line();
    answer
        .strip_prefix("NO ")
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

#[test]
fn the_script_speaks_plain_http_and_the_server_tls() {
    let authority = authority("CA");
    let (key, terms) = (key(), trusting(&authority.certificate));
    let leaf = certificate("server.example", &key, Some(&authority), (-1, 1));
    let port = tls_server(&key, &[&leaf], |acceptor| {
        acceptor.set_alpn_select_callback(|_, offered| {
            openssl::ssl::select_next_proto(b"\x02h2\x08http/1.1", offered).ok_or(AlpnError::NOACK)
        });
    });
    let mut rig = Rig::in_run(1, &terms);
    let request = format!("GET /x HTTP/1.1\r\nHost: server.example:{port}\r\nConnection: close\r\n\r\n");
    let answer = rig.ask(&line("server.example", port), &request);
    assert!(answer.ends_with("\r\n\r\nserver.example http/1.1"), "{answer}");
    assert_eq!(
        rig.told(),
        [format!("GET https://server.example:{port}/x 200 23")]
    );
}

#[test]
fn an_address_is_checked_as_an_address() {
    let authority = authority("CA");
    let (key, terms) = (key(), trusting(&authority.certificate));
    let leaf = certificate("127.0.0.1", &key, Some(&authority), (-1, 1));
    let port = tls_server(&key, &[&leaf], |_| {});
    let mut rig = Rig::in_run(1, &terms);
    let answer = rig.ask(&format!("CONNECT-TLS 127.0.0.1:{port} "), &get(port, "/"));
    assert!(answer.ends_with("\r\n\r\nnone none"), "{answer}");
    assert!(refused(&terms, "server.example", port).starts_with("ERR_TLS_CERT_ALTNAME_INVALID "));
}

#[test]
fn a_bad_certificate_is_refused_with_the_code_of_node() {
    let (known, unknown) = (authority("CA"), authority("CA of others"));
    let (key, terms) = (key(), trusting(&known.certificate));
    let of = |name, issuer, days| certificate(name, &key, issuer, days);
    let middle = Issuer {
        certificate: certificate("CA in the middle", &key, Some(&unknown), (-1, 1)),
        key: key.clone(),
    };
    for (chain, code) in [
        (
            vec![of("server.example", Some(&known), (-9, -1))],
            "CERT_HAS_EXPIRED",
        ),
        (
            vec![of("server.example", Some(&known), (1, 9))],
            "CERT_NOT_YET_VALID",
        ),
        (
            vec![of("server.example", None, (-1, 1))],
            "DEPTH_ZERO_SELF_SIGNED_CERT",
        ),
        (
            vec![of("other.example", Some(&known), (-1, 1))],
            "ERR_TLS_CERT_ALTNAME_INVALID",
        ),
        (
            vec![of("*.example", Some(&unknown), (-1, 1))],
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ),
        (
            vec![
                of("server.example", Some(&unknown), (-1, 1)),
                unknown.certificate.clone(),
            ],
            "SELF_SIGNED_CERT_IN_CHAIN",
        ),
        (
            vec![
                of("server.example", Some(&middle), (-1, 1)),
                middle.certificate.clone(),
            ],
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        ),
    ] {
        let port = tls_server(&key, &chain.iter().collect::<Vec<_>>(), |_| {});
        let told = refused(&terms, "server.example", port);
        assert!(told.starts_with(&format!("{code} ")), "{code}: {told}");
        assert!(told.contains("server.example"), "{told}");
    }
}

#[test]
fn an_older_tls_and_what_is_no_tls_are_refused() {
    let authority = authority("CA");
    let (key, terms) = (key(), trusting(&authority.certificate));
    let leaf = certificate("server.example", &key, Some(&authority), (-1, 1));
    let old = tls_server(&key, &[&leaf], |acceptor| {
        acceptor.clear_options(SslOptions::NO_TLSV1_1);
        acceptor.set_security_level(0);
        acceptor.set_min_proto_version(Some(SslVersion::TLS1)).unwrap();
        acceptor.set_max_proto_version(Some(SslVersion::TLS1_1)).unwrap();
    });
    let plain = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let closing = server(drop);
    assert!(refused(&terms, "server.example", old).starts_with("EPROTO TLS 1.2 or 1.3 cannot be made"));
    assert!(refused(&terms, "server.example", plain).starts_with("EPROTO TLS 1.2 or 1.3 cannot be made"));
    assert!(refused(&terms, "server.example", closing).starts_with("ECONNRESET "));
}

#[test]
fn another_servername_than_the_host_is_refused() {
    let mut rig = Rig::in_run(1, &here());
    let told = rig.say("CONNECT-TLS 127.0.0.1:443 other.example\n").line();
    assert!(
        told.starts_with("NO ERR_EGRESS_PROTOCOL the servername `other.example`"),
        "{told}"
    );
}

#[test]
fn a_script_that_makes_tls_by_itself_is_told_where_it_can() {
    let port = server(|_| std::thread::park());
    let mut rig = Rig::in_run(1, &here());
    let (code, message) = rig.refused(&connect(port), "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n");
    assert_eq!(code, "ERR_EGRESS_PROTOCOL");
    assert!(
        message.contains("makes TLS") && message.contains("tunnel"),
        "{message}"
    );
}

#[test]
fn what_is_no_certificate_is_no_authority() {
    assert!(Authorities::from_pem(b"").is_err());
    assert!(
        Authorities::from_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").is_err()
    );
}
