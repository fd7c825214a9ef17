//! Actions on Node.js that reach servers on this machine by way of egress.

use super::node::{node_pool, on_node};
use super::*;
use openssl::asn1::Asn1Time;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Name};
use postlogin::command::Exchange;
use postlogin::egress::{Authorities, Keeping, Limits as NetworkLimits, Network, Policy};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A server whose paths say what it does; its port, and how many connections came.
fn server() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || serve(stream));
        }
    });
    (port, connections)
}

fn serve(stream: impl Read + Write) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if stream.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let body = body(&mut stream, &head.to_ascii_lowercase())?;
        let path = head.split(' ').nth(1)?.to_owned();
        let out = stream.get_mut();
        match path.as_str() {
            "/silent" => std::thread::sleep(Duration::from_secs(30)),
            "/endless" => {
                out.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
                loop {
                    out.write_all(&[b'x'; 4096]).ok()?;
                }
            }
            "/parts" => {
                out.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .ok()?;
                for part in ["one ", "two ", "three"] {
                    std::thread::sleep(Duration::from_millis(20));
                    out.write_all(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes())
                        .ok()?;
                }
                out.write_all(b"0\r\n\r\n").ok()?;
            }
            "/inside" => out
                .write_all(
                    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.2:8081/\r\nContent-Length: 0\r\n\r\n",
                )
                .ok()?,
            _ => {
                let text = format!("{} {path} {body}", head.split(' ').next()?);
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len());
                out.write_all(head.as_bytes()).ok()?;
            }
        }
    }
}

fn body(stream: &mut BufReader<impl Read + Write>, head: &str) -> Option<String> {
    let mut whole = Vec::new();
    if let Some(length) = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
    {
        whole.resize(length.parse().ok()?, 0);
        stream.read_exact(&mut whole).ok()?;
    } else if head.contains("transfer-encoding: chunked") {
        loop {
            let mut size = String::new();
            stream.read_line(&mut size).ok()?;
            let mut part = vec![0; usize::from_str_radix(size.trim(), 16).ok()?];
            stream.read_exact(&mut part).ok()?;
            stream.read_line(&mut String::new()).ok()?;
            if part.is_empty() {
                break;
            }
            whole.extend(part);
        }
    }
    String::from_utf8(whole).ok()
}

fn terms(limits: NetworkLimits) -> Terms {
    Terms {
        policy: Arc::new(Policy {
            allow: vec!["127.0.0.1".parse().unwrap()],
            ..Policy::nobody()
        }),
        limits,
        answers: None,
        keeping: Keeping::Nothing,
        network: Arc::default(),
    }
}

fn quick() -> Terms {
    terms(NetworkLimits {
        request_timeout: Duration::from_millis(500),
        bytes_in: 300_000,
        bytes_out: 300_000,
        ..NetworkLimits::default()
    })
}

fn run_there(pool: &Pool, terms: &Terms, body: &str, port: u16) -> Report {
    let body = format!("const base = 'http://127.0.0.1:{port}';\n{body}");
    run_reaching(pool, Some(terms), |_| {}, &on_node(handler(&body)))
}

fn told(exchanges: &[Exchange]) -> Vec<String> {
    let status = |exchange: &Exchange| {
        exchange
            .status
            .map_or("-".to_owned(), |status| status.to_string())
    };
    exchanges
        .iter()
        .map(|exchange| {
            let path = exchange.url.rsplit('/').next().unwrap_or_default();
            format!("{} /{path} {}", exchange.method, status(exchange))
        })
        .collect()
}

/// What a script logs, as one text.
fn logged(terms: &Terms, body: &str) -> String {
    let (port, _) = server();
    logs_of(run_there(&node_pool(), terms, body, port)).join("\n")
}

#[test]
fn requests_of_fetch_and_http_come_through_and_are_listed() {
    let (port, connections) = server();
    let report = run_there(
        &node_pool(),
        &terms(NetworkLimits::default()),
        "const answer = await fetch(`${base}/fetch`, { method: 'POST', body: 'hello' });
        console.log(answer.status, await answer.text());
        const http = require('http');
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const get = (path) => new Promise((resolve, reject) => http.get(`${base}${path}`, { agent }, (answer) => {
          let text = '';
          answer.on('data', (part) => { text += part; }).on('end', () => resolve(text));
        }).on('error', reject));
        console.log(await get('/first'), await get('/second'), await get('/parts'));
        agent.destroy();",
        port,
    );
    assert_eq!(
        told(&report.http),
        [
            "POST /fetch 200",
            "GET /first 200",
            "GET /second 200",
            "GET /parts 200"
        ]
    );
    assert_eq!(
        logs_of(report),
        ["200 POST /fetch hello", "GET /first  GET /second  one two three"]
    );
    assert_eq!(
        connections.load(Ordering::SeqCst),
        2,
        "a kept connection is used again"
    );
}

/// A server with TLS that shows this certificate; its port.
fn tls_server(key: &PKey<Private>, certificate: &X509) -> u16 {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
    acceptor.set_private_key(key).unwrap();
    acceptor.set_certificate(certificate).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let acceptor = acceptor.clone();
            std::thread::spawn(move || serve(acceptor.accept(stream).ok()?));
        }
    });
    port
}

/// A certificate for 127.0.0.1 that signs itself, good until so many days from now.
fn certificate(key: &PKey<Private>, days: i64) -> X509 {
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", &format!("good for {days} days"))
        .unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(key).unwrap();
    let at = |days: i64| Asn1Time::from_unix(chrono::Utc::now().timestamp() + days * 86_400).unwrap();
    builder.set_not_before(&at(-9)).unwrap();
    builder.set_not_after(&at(days)).unwrap();
    let context = builder.x509v3_context(None, None);
    let address = SubjectAlternativeName::new()
        .ip("127.0.0.1")
        .build(&context)
        .unwrap();
    builder.append_extension(address).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

#[test]
fn https_goes_to_servers_whose_certificate_holds() {
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let (known, expired, unknown) = (certificate(&key, 9), certificate(&key, -1), certificate(&key, 8));
    let pem = [known.to_pem().unwrap(), expired.to_pem().unwrap()].concat();
    let terms = Terms {
        network: Arc::new(Network::new(Authorities::from_pem(&pem).unwrap())),
        ..terms(NetworkLimits::default())
    };
    let ports = [&known, &expired, &unknown].map(|certificate| tls_server(&key, certificate));
    let text = logged(
        &terms,
        &format!(
            "const [known, expired, unknown] = {ports:?}.map((port) => `https://127.0.0.1:${{port}}/`);
            console.log(await (await fetch(known, {{ method: 'POST', body: 'x' }})).text());
            const https = require('https');
            const get = (url) => new Promise((done) => https.get(url, (answer) => {{
              answer.setEncoding('utf8').on('data', (text) => console.log(text)).on('end', done);
              console.log(answer.socket.encrypted, answer.socket.authorized);
            }}).on('error', (error) => {{ console.log(error.code); done(); }}));
            await get(known);
            await get(expired);
            await get(unknown);
            await fetch(expired).catch((error) => console.log(error.cause.code));"
        ),
    );
    assert_eq!(
        text,
        "POST / x\ntrue true\nGET / \nCERT_HAS_EXPIRED\nDEPTH_ZERO_SELF_SIGNED_CERT\nCERT_HAS_EXPIRED"
    );
}

#[test]
fn bodies_stream_both_ways() {
    let text = logged(
        &terms(NetworkLimits::default()),
        "const body = new ReadableStream({
          async start(to) {
            to.enqueue(Buffer.from('a'));
            await new Promise((go) => setTimeout(go, 20));
            to.enqueue(Buffer.from('bc'));
            to.close();
          },
        });
        const answer = await fetch(`${base}/up`, { method: 'PUT', body, duplex: 'half' });
        console.log(await answer.text());
        let heard = [];
        for await (const part of (await fetch(`${base}/parts`)).body) heard.push(Buffer.from(part).toString());
        console.log(heard.join('|').replaceAll('|', ''));",
    );
    assert_eq!(text, "PUT /up abc\none two three");
}

#[test]
fn a_request_that_is_given_up_is_given_up_at_once() {
    let text = logged(
        &terms(NetworkLimits::default()),
        "const began = process.hrtime.bigint();
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 100);
        await fetch(`${base}/silent`, { signal: controller.signal }).catch((error) => console.log(error.name));
        await fetch(`${base}/silent`, { signal: AbortSignal.timeout(100) }).catch((error) => console.log(error.name));
        console.log(process.hrtime.bigint() - began < 3000000000n);
        console.log(await (await fetch(`${base}/after`)).text());",
    );
    assert_eq!(text, "AbortError\nTimeoutError\ntrue\nGET /after ");
}

#[test]
fn a_script_with_a_deadline_goes_on_with_its_default() {
    let text = logged(
        &terms(NetworkLimits::default()),
        "for (const url of ['http://127.0.0.1:9/plan', 'http://10.0.0.1/plan', `${base}/silent`]) {
          let plan = 'default';
          const controller = new AbortController();
          const timer = setTimeout(() => controller.abort(), 200);
          try {
            plan = (await (await fetch(url, { signal: controller.signal })).json()).plan;
          } catch (error) {
            console.log(error.message);
          } finally {
            clearTimeout(timer);
          }
          console.log(plan);
        }",
    );
    assert_eq!(
        text,
        "fetch failed\ndefault\nfetch failed\ndefault\nThis operation was aborted\ndefault"
    );
}

#[test]
fn what_egress_refuses_is_the_error_s_cause() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let text = logged(
        &quick(),
        &format!(
            "const cause = (error) => console.log(error.cause?.code, (error.cause?.message ?? error.message).slice(0, 62));
            await fetch('http://10.0.0.1/').catch(cause);
            await fetch('http://2130706434/').catch(cause);
            await fetch(`${{base}}/inside`).catch(cause);
            await fetch('http://127.0.0.1:{free}/').catch(cause);
            await fetch(`${{base}}/silent`).catch(cause);
            await fetch(`${{base}}/endless`).then((answer) => answer.text()).catch(cause);"
        ),
    );
    let expected = [
        "EACCES address not allowed: 10.0.0.1:80 is at 10.0.0.1, which is a p".to_owned(),
        "EACCES address not allowed: 127.0.0.2:80 is at 127.0.0.2, which is a".to_owned(),
        "EACCES address not allowed: 127.0.0.2:8081 is at 127.0.0.2, which i".to_owned(),
        format!("ECONNREFUSED connect ECONNREFUSED 127.0.0.1:{free}"),
        "ETIMEDOUT a request to 127.0.0.1:".to_owned(),
        "ERR_EGRESS_LIMIT the run received more than 300000 bytes from the network: by".to_owned(),
    ];
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{text}");
    for (line, expected) in lines.iter().zip(&expected) {
        assert!(line.starts_with(expected), "{line}, not {expected}");
    }
}

#[test]
fn an_upload_past_its_limit_names_the_limit() {
    let text = logged(
        &quick(),
        "await fetch(`${base}/up`, { method: 'POST', body: 'x'.repeat(3000000) })
          .catch((error) => console.log(error.cause?.code, error.cause?.message));
        const request = require('http').request(`${base}/up`, { method: 'POST' });
        await new Promise((done) => {
          request.on('error', (error) => { console.log(error.code); done(); });
          for (let at = 0; at < 50; at += 1) request.write('x'.repeat(100000));
          request.end();
        });",
    );
    assert!(
        text.starts_with("ERR_EGRESS_LIMIT the run sent more than 300000 bytes"),
        "{text}"
    );
    assert!(text.ends_with("\nERR_EGRESS_LIMIT"), "{text}");
}

#[test]
fn another_protocol_over_http_is_refused_with_its_reason() {
    let text = logged(
        &terms(NetworkLimits::default()),
        "const headers = { connection: 'Upgrade', upgrade: 'websocket' };
        await new Promise((done) => require('http').get(base, { headers }).on('error', (error) => {
          console.log(error.code, error.message.includes('no upgrade'));
          done();
        }));",
    );
    assert_eq!(text, "ERR_EGRESS_PROTOCOL true");
}

#[test]
fn a_run_leaves_nothing_to_the_next() {
    let (port, _) = server();
    let (pool, terms) = (node_pool(), terms(NetworkLimits::default()));
    let asked = "console.log(await (await fetch(`${base}/each`)).text());";
    for turn in 0..4 {
        let report = run_there(&pool, &terms, asked, port);
        assert_eq!(told(&report.http), ["GET /each 200"], "{turn}: {report:?}");
        assert_eq!(logs_of(report), ["GET /each "]);
    }
    let left = run_there(
        &pool,
        &terms,
        "fetch(`${base}/silent`).catch(() => {}); await new Promise((go) => setTimeout(go, 100));",
        port,
    );
    assert_eq!(told(&left.http), ["GET /silent -"]);
    let report = run_there(&pool, &terms, asked, port);
    assert_eq!(told(&report.http), ["GET /each 200"]);
}

#[test]
fn without_terms_there_is_no_network() {
    let (port, connections) = server();
    let body = format!(
        "await fetch('http://127.0.0.1:{port}/').catch((error) => console.log(typeof error.cause.message));"
    );
    assert_eq!(
        logs_of(run_in(&node_pool(), |_| {}, &on_node(handler(&body)))),
        ["string"]
    );
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}
