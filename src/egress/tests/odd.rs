//! Messages that readers may read in two ways, messages of odd forms, and bytes that are no message.

use super::rig::*;
use proptest::prelude::*;
use std::io::{BufReader, Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A server that keeps what came over each connection, and answers each request that it understands.
fn keeping_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let port = server(move |stream| {
        let mut stream = BufReader::new(stream);
        while let Some(request) = read_request(&mut stream) {
            list.lock().unwrap().push(request);
            let _ = stream.get_mut().write_all(ok("hello").as_bytes());
        }
    });
    (port, seen)
}

#[test]
fn a_message_that_can_be_read_in_two_ways_goes_out_in_one_or_not() {
    let inner = "GET /inner HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = inner.len();
    let framings = [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inner}"),
        format!("Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Content-Length: 0, {length}\r\n\r\n{inner}"),
        format!("Content-Length: +{length}\r\n\r\n{inner}"),
        format!("Content-Length: -1\r\n\r\n{inner}"),
        format!("Content-Length: 0x10\r\n\r\n{inner}"),
        format!("Content-Length : {length}\r\n\r\n{inner}"),
        format!("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: identity\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Transfer-Encoding : chunked\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Transfer-Encoding:\u{b}chunked\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("X: y\nContent-Length: {length}\n\n{inner}"),
        format!("X: y\rContent-Length: 3\r\n\r\n{inner}"),
        format!("X: a\0b\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n+2\r\nab\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n2\nab\n0\n\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n2;a=\"\r\nab\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n3\r\nab\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nab\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n-1\r\nab\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\n\r\n0\r\nHost: other\r\n\r\n{inner}"),
    ];
    for framing in framings {
        let (port, seen) = keeping_server();
        let mut rig = Rig::in_run(1, &here());
        let mut said = rig.say(&format!("{}\n", connect(port)));
        assert_eq!(said.line(), "OK");
        said.send(&format!(
            "POST /outer HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{framing}"
        ));
        said.pair.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
        said.rest();
        // The inner one names another host, so where it is a request of its own it is refused.
        for request in seen.lock().unwrap().iter() {
            assert!(
                request.starts_with("POST /outer HTTP/1.1\r\n"),
                "{framing:?} became {request:?}"
            );
            let lower = request.to_ascii_lowercase();
            let frames = lower.matches("\r\ncontent-length: ").count()
                + lower.matches("\r\ntransfer-encoding: ").count();
            assert!(frames <= 1, "{framing:?} became {request:?}");
        }
        let told = rig.told();
        assert!(seen.lock().unwrap().len() <= 1 && told.len() <= 2, "{told:?}");
    }
}

#[test]
fn http_2_is_refused_and_the_error_says_so() {
    let port = server(|_| std::thread::park());
    let mut rig = Rig::in_run(2, &here());
    let (code, message) = rig.refused(&connect(port), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert_eq!(code, "ERR_EGRESS_PROTOCOL");
    assert!(message.contains("HTTP/2"), "{message}");
    let request = format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    );
    let (_, message) = rig.refused(&connect(port), &request);
    assert!(
        message.contains("no upgrade") && message.contains("tunnel of [actions.egress]"),
        "{message}"
    );
}

#[test]
fn another_protocol_is_told_that_it_needs_a_tunnel() {
    let port = server(|_| std::thread::park());
    let mut rig = Rig::in_run(1, &here());
    let (code, message) = rig.refused(&connect(port), "*1\r\n$4\r\nPING\r\n");
    assert_eq!(code, "ERR_EGRESS_PROTOCOL");
    assert!(
        message.contains("is not HTTP/1.1") && message.contains("tunnel"),
        "{message}"
    );
    assert_eq!(rig.told().len(), 1);
}

#[test]
fn answers_of_every_form_come_through() {
    let mut rig = Rig::in_run(8, &here());
    for (answer, end) in [
        (
            "HTTP/1.0 200 OK\r\n\r\nuntil it closes",
            "F\r\nuntil it closes\r\n0\r\n\r\n",
        ),
        ("HTTP/1.1 204 No Content\r\n\r\n", "\r\n\r\n"),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n",
            "\r\n\r\n",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "\r\n\r\nok",
        ),
        (
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "\r\n\r\nok",
        ),
        (
            "HTTP/1.1 299 Odd\r\nContent-Length: 2\r\nX-Latin: \u{e9}\r\n\r\nok",
            "\r\n\r\nok",
        ),
    ] {
        let told = rig.get(saying(answer), "/");
        assert!(
            told.starts_with("HTTP/1.1 ") && told.ends_with(end),
            "{answer:?}: {told:?}"
        );
    }
    let (code, _) = rig.get_refused(
        saying("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "/",
    );
    assert_eq!(code, "ERR_EGRESS_PROTOCOL");
    let (code, message) = rig.get_refused(saying("SSH-2.0-x\r\n\r\n"), "/");
    assert_eq!(code, "ERR_EGRESS_PROTOCOL");
    assert!(
        message.contains("the answer of 127.0.0.1") && message.contains("is not HTTP/1.1"),
        "{message}"
    );
}

#[test]
fn a_server_that_speaks_before_it_is_asked_is_told() {
    let port = server(|mut stream| {
        let _ = stream.write_all(ok("unasked").as_bytes());
        std::thread::park();
    });
    let mut rig = Rig::in_run(1, &here());
    let mut said = rig.say(&format!("{}\n", connect(port)));
    assert_eq!([said.line(), said.rest()], ["OK", ""]);
    assert_eq!(rig.why().0, "ECONNRESET");
}

#[test]
fn a_head_request_keeps_the_length_of_what_it_stands_for() {
    let port = saying("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
    let mut rig = Rig::in_run(1, &here());
    let answer = rig.ask(&connect(port), &get(port, "/").replace("GET", "HEAD"));
    assert!(
        answer.contains("Content-Length: 1234\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    assert_eq!(rig.told(), [format!("HEAD http://127.0.0.1:{port}/ 200 0")]);
}

#[test]
fn a_line_that_does_not_end_is_refused() {
    let mut rig = Rig::in_run(2, &here());
    let mut said = rig.say(&"x".repeat(5000));
    assert!(
        said.rest()
            .starts_with("NO ERR_EGRESS_PROTOCOL the first line of a connection cannot be read")
    );
    let mut said = rig.say("CONNECT 127.0.0.1");
    said.pair.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
    assert!(said.rest().starts_with("NO ERR_EGRESS_PROTOCOL "));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_on_a_pair_end_and_harm_nobody(
        parts in proptest::collection::vec(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            prop::sample::select(vec![
                &b"CONNECT 127.0.0.1:PORT\n"[..], b"CONNECT-TLS 127.0.0.1:PORT\n", b"GET / HTTP/1.1\r\n",
                b"Host: 127.0.0.1:PORT\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", b"\r\n", b"0\r\n",
                b"3\r\nabc\r\n", b"PRI * HTTP/2.0\r\n\r\n", b"\x16\x03\x01",
            ]).prop_map(<[u8]>::to_vec),
        ], 0..12),
        begins in any::<bool>(),
    ) {
        thread_local! {
            static SERVER: u16 = http_server(|_| ok("hello"));
        }
        let port = SERVER.with(|port| *port);
        let mut rig = Rig::in_run(2, &here());
        let mut bytes = if begins { format!("{}\n", connect(port)).into_bytes() } else { Vec::new() };
        for part in parts {
            let text = part.windows(4).position(|window| window == b"PORT");
            match text {
                Some(at) => {
                    bytes.extend_from_slice(&part[..at]);
                    bytes.extend_from_slice(port.to_string().as_bytes());
                    bytes.extend_from_slice(&part[at + 4..]);
                }
                None => bytes.extend_from_slice(&part),
            }
        }
        let began = Instant::now();
        let mut said = rig.say("");
        said.send_bytes(&bytes);
        let _ = said.pair.get_ref().shutdown(std::net::Shutdown::Write);
        let mut all = Vec::new();
        let _ = said.pair.read_to_end(&mut all);
        prop_assert!(began.elapsed() < Duration::from_secs(15), "it hangs: {:?}", String::from_utf8_lossy(&bytes));
        // The thread that drives connections still does.
        prop_assert!(rig.get(port, "/").ends_with("hello"));
    }
}
