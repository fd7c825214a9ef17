//! Each limit, and the name of its setting in the error.

use super::rig::*;
use crate::egress::*;
use std::fmt::Write as _;
use std::io::{BufReader, Write as _};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn limited(limits: Limits) -> Terms {
    Terms { limits, ..here() }
}

fn quick() -> Terms {
    limited(Limits {
        request_timeout: Duration::from_millis(300),
        ..Limits::default()
    })
}

#[test]
fn one_connection_more_than_the_limit_is_refused() {
    let port = http_server(|_| ok("hello"));
    let mut rig = Rig::in_run(33, &here());
    let mut open: Vec<_> = (0..32)
        .map(|_| rig.say(&format!("{}\n", connect(port))))
        .collect();
    for said in &mut open {
        assert_eq!(said.line(), "OK");
    }
    assert_eq!(
        rig.say(&format!("{}\n", connect(port))).line(),
        "NO ERR_EGRESS_LIMIT the run made more than 32 connections: connections of [actions.egress]"
    );
    for said in &mut open {
        said.send(&format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
    }
    for said in &mut open {
        assert!(said.answer().ends_with("hello"));
    }
    let ended = rig.connections.end();
    assert!(ended.ran_out);
    assert_eq!((ended.exchanges.len(), ended.was_open), (33, 0));
}

#[test]
fn an_endless_answer_is_cut() {
    let port = server(|mut stream| {
        read_request(&mut BufReader::new(&stream));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    });
    let mut rig = Rig::in_run(
        2,
        &limited(Limits {
            bytes_in: 100_000,
            ..Limits::default()
        }),
    );
    let answer = rig.get(port, "/");
    assert!(answer.len() < 110_000, "{}", answer.len());
    assert!(
        !answer.ends_with("0\r\n\r\n"),
        "an answer that is cut does not look whole"
    );
    let expected = "the run received more than 100000 bytes from the network: bytes_in of [actions.egress]";
    assert_eq!(rig.why(), ("ERR_EGRESS_LIMIT".to_owned(), expected.to_owned()));
    // What is used up is used up for the whole run.
    assert_eq!(rig.get_refused(port, "/").1, expected);
    let told = rig.told();
    assert!(
        told[0].starts_with(&format!("GET http://127.0.0.1:{port}/ 200 ")),
        "{told:?}"
    );
    assert!(
        told[0].ends_with(&format!("ERR_EGRESS_LIMIT: {expected}")),
        "{told:?}"
    );
}

#[test]
fn what_is_sent_is_limited_too() {
    let port = server(|stream| drop(std::io::copy(&mut &stream, &mut std::io::sink())));
    let mut rig = Rig::in_run(
        1,
        &limited(Limits {
            bytes_out: 100_000,
            ..Limits::default()
        }),
    );
    let request = format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 4000000\r\n\r\n{}",
        "x".repeat(200_000)
    );
    let (code, message) = rig.refused(&connect(port), &request);
    assert_eq!(code, "ERR_EGRESS_LIMIT");
    assert!(message.ends_with("bytes_out of [actions.egress]"), "{message}");
}

#[test]
fn a_server_that_never_answers_or_drips_is_given_up() {
    let silent = server(|_| std::thread::park());
    let heads = server(|mut stream| {
        read_request(&mut BufReader::new(&stream));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"a: b\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let bodies = server(|mut stream| {
        read_request(&mut BufReader::new(&stream));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let terms = quick();
    let mut rig = Rig::in_run(3, &terms);
    for port in [silent, heads, bodies] {
        let began = Instant::now();
        let (code, message) = rig.get_refused(port, "/");
        assert_eq!(
            (code.as_str(), message),
            (
                "ETIMEDOUT",
                format!(
                    "a request to 127.0.0.1:{port} took longer than 300 ms: request_timeout of [actions.egress]"
                )
            )
        );
        assert!(began.elapsed() < Duration::from_secs(5));
    }
    let told = rig.told();
    assert!(
        told.iter().all(|told| told.contains(" ETIMEDOUT: a request")),
        "{told:?}"
    );
}

#[test]
fn a_name_server_that_does_not_answer_is_given_up() {
    #[derive(Debug)]
    struct Slow;
    impl Resolver for Slow {
        fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
            std::thread::sleep(Duration::from_secs(2));
            Ok(Vec::new())
        }
    }
    let terms = Terms {
        policy: Arc::new(Policy::public()),
        network: Arc::new(Network::with_resolver(Authorities::default(), Arc::new(Slow))),
        ..quick()
    };
    let mut rig = Rig::in_run(1, &terms);
    let line = rig.say("CONNECT api.example:80\n").line();
    assert!(
        line.starts_with("NO ETIMEDOUT a connection to api.example:80 took longer"),
        "{line}"
    );
}

#[test]
fn the_run_s_own_time_ends_a_request_before_its_limit() {
    let silent = server(|_| std::thread::park());
    let mut rig = Rig::new(1);
    rig.connections
        .begin(&here(), Instant::now() + Duration::from_millis(200));
    assert_eq!(rig.get_refused(silent, "/").0, "ETIMEDOUT");
}

#[test]
fn too_many_headers_and_too_long_ones_are_refused_either_way() {
    let many = |count| {
        (0..count).fold(String::new(), |mut text, at| {
            write!(text, "x-{at}: y\r\n").unwrap();
            text
        })
    };
    let answers = [
        format!("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n", many(100)),
        format!("HTTP/1.1 200 OK\r\n{}\r\n", many(100_000)),
        format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(200_000)),
    ];
    let mut rig = Rig::in_run(8, &here());
    for answer in answers {
        let (code, message) = rig.get_refused(saying(answer), "/");
        assert_eq!(code, "ERR_EGRESS_LIMIT");
        assert!(
            message.contains("more than 100 headers") && message.contains("headers of [actions.egress]"),
            "{message}"
        );
    }
    let port = server(|_| std::thread::park());
    for head in [many(100), many(10_000), format!("x: {}\r\n", "y".repeat(200_000))] {
        let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{head}\r\n");
        let (code, message) = rig.refused(&connect(port), &request);
        assert_eq!(code, "ERR_EGRESS_LIMIT", "{message}");
    }
    let allowed = http_server(|_| ok(""));
    let request = format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:{allowed}\r\nConnection: close\r\n{}\r\n",
        many(98)
    );
    assert!(rig.ask(&connect(allowed), &request).starts_with("HTTP/1.1 200"));
}

#[test]
fn a_compressed_body_passes_as_it_is() {
    // Claims to be gzip and is none: nobody looks.
    let port = saying("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u{1f}abc");
    let mut rig = Rig::in_run(1, &here());
    assert!(rig.get(port, "/").ends_with("\u{1f}abc"));
    assert!(rig.told()[0].ends_with(" 200 4"));
}
