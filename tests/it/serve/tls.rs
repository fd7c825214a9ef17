//! https without a proxy.

use super::running::{Server, tenant};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode, SslVersion};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509NameBuilder};
use rustix::process::Signal;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use url::Url;

/// A pair in `tls.crt` and `tls.key`, valid for so many days from now on.
fn pair(folder: &Path, serial: u32, days: i64) -> PKey<Private> {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(serial).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    let now = chrono::Utc::now().timestamp();
    let at = |day: i64| Asn1Time::from_unix(now + day * 86_400).unwrap();
    builder.set_not_before(&at(-10)).unwrap();
    builder.set_not_after(&at(days)).unwrap();
    let names = SubjectAlternativeName::new()
        .dns("localhost")
        .build(&builder.x509v3_context(None, None))
        .unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    fs::write(folder.join("tls.crt"), builder.build().to_pem().unwrap()).unwrap();
    fs::write(folder.join("tls.key"), key.private_key_to_pem_pkcs8().unwrap()).unwrap();
    key
}

const TOML: &str = "[server]\ntls = { cert = \"tls.crt\", key = \"tls.key\" }\n";

struct Seen {
    serial: u32,
    alpn: Option<Vec<u8>>,
    status: u16,
}

/// A request to a server; nothing where there is no handshake.
fn get(server: &Server, host: &str, most: SslVersion) -> Option<Seen> {
    let port = Url::parse(&server.url).unwrap().port().unwrap();
    let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
    builder.set_verify(SslVerifyMode::NONE);
    builder.set_min_proto_version(None).unwrap();
    builder.set_max_proto_version(Some(most)).unwrap();
    builder.set_cipher_list("DEFAULT:@SECLEVEL=0").unwrap();
    builder.set_alpn_protos(b"\x02h2\x08http/1.1").unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = builder.build().connect("localhost", stream).ok()?;
    let head = format!(
        "GET /.well-known/jwks.json HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        host.replace("PORT", &port.to_string())
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let serial = stream
        .ssl()
        .peer_certificate()
        .unwrap()
        .serial_number()
        .to_bn()
        .unwrap();
    Some(Seen {
        serial: serial.to_string().parse().unwrap(),
        alpn: stream.ssl().selected_alpn_protocol().map(<[u8]>::to_vec),
        status: reply.split(' ').nth(1).unwrap().parse().unwrap(),
    })
}

#[test]
fn a_server_speaks_https_by_itself_and_takes_up_a_renewed_certificate() {
    let folder = tenant();
    pair(folder.path(), 1, 30);
    fs::write(folder.path().join("postlogin.toml"), TOML).unwrap();
    let server = Server::of(folder);
    assert!(server.url.starts_with("https://localhost:"), "{}", server.url);
    let seen = get(&server, "localhost:PORT", SslVersion::TLS1_3).unwrap();
    assert_eq!((seen.status, seen.serial), (200, 1));
    assert_eq!(seen.alpn.as_deref(), Some(b"http/1.1".as_slice()));
    assert_eq!(
        get(&server, "evil.example", SslVersion::TLS1_2).unwrap().status,
        421
    );
    assert!(get(&server, "localhost:PORT", SslVersion::TLS1_1).is_none());

    pair(server.folder.path(), 2, 30);
    server.signal(Signal::HUP);
    server.logged("reloaded");
    assert_eq!(
        get(&server, "localhost:PORT", SslVersion::TLS1_3).unwrap().serial,
        2
    );

    // What does not belong together changes nothing.
    let key = fs::read(server.folder.path().join("tls.key")).unwrap();
    pair(server.folder.path(), 3, 30);
    fs::write(server.folder.path().join("tls.key"), key).unwrap();
    server.signal(Signal::HUP);
    let failed = server.logged("reload_failed");
    assert!(
        failed["message"]
            .as_str()
            .unwrap()
            .contains("is not that of the certificate"),
        "{failed}"
    );
    assert_eq!(
        get(&server, "localhost:PORT", SslVersion::TLS1_3).unwrap().serial,
        2
    );
}

#[test]
fn a_certificate_that_cannot_be_shown_is_named_with_what_to_do() {
    let refused = |make: &dyn Fn(&Path)| {
        let folder = tenant();
        fs::write(folder.path().join("postlogin.toml"), TOML).unwrap();
        make(folder.path());
        let output = Command::new(env!("CARGO_BIN_EXE_postlogin"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .arg(folder.path())
            .output()
            .unwrap();
        assert_ne!(output.status.code(), Some(0));
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let missing = refused(&|_| {});
    assert!(missing.contains("tls.crt cannot be read"), "{missing}");
    let no_certificate = refused(&|folder| {
        pair(folder, 1, 30);
        fs::write(folder.join("tls.crt"), "x").unwrap();
    });
    assert!(
        no_certificate.contains("holds no certificate in PEM form"),
        "{no_certificate}"
    );
    let no_key = refused(&|folder| {
        pair(folder, 1, 30);
        fs::write(folder.join("tls.key"), "").unwrap();
    });
    assert!(no_key.contains("holds no private key in PEM form"), "{no_key}");
    let locked = refused(&|folder| {
        let key = pair(folder, 1, 30);
        let cipher = openssl::symm::Cipher::aes_128_cbc();
        let pem = key
            .private_key_to_pem_pkcs8_passphrase(cipher, b"secret")
            .unwrap();
        fs::write(folder.join("tls.key"), pem).unwrap();
    });
    assert!(locked.contains("without a passphrase"), "{locked}");
    let half = refused(&|folder| {
        let toml = "[server.tls]\ncert = \"tls.crt\"\n";
        fs::write(folder.join("postlogin.toml"), toml).unwrap();
    });
    assert!(half.contains("needs both cert and key"), "{half}");
    let http = refused(&|folder| {
        pair(folder, 1, 30);
        let toml = format!("{TOML}url = \"http://localhost:1/\"\n");
        fs::write(folder.join("postlogin.toml"), toml).unwrap();
    });
    assert!(http.contains("is http, and [server] tls is set"), "{http}");
}

#[test]
fn an_expired_certificate_is_used_and_warned_about() {
    let folder = tenant();
    pair(folder.path(), 1, -1);
    fs::write(folder.path().join("postlogin.toml"), TOML).unwrap();
    let server = Server::of(folder);
    let said = format!("{:?}", server.log());
    assert!(said.contains("has expired; browsers refuse it"), "{said}");
    assert_eq!(
        get(&server, "localhost:PORT", SslVersion::TLS1_2).unwrap().serial,
        1
    );
}
