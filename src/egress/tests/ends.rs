//! What ends a connection: the run, the script, the server.

use super::rig::*;
use std::io::Write as _;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[test]
fn a_run_s_connections_end_with_it_and_nothing_comes_into_the_next() {
    let silent = server(|_| std::thread::park());
    let port = http_server(|_| ok("hello"));
    let terms = here();
    let mut rig = Rig::in_run(6, &terms);
    let mut waiting = rig.say(&format!("{}\n", connect(silent)));
    assert_eq!(waiting.line(), "OK");
    waiting.send(&get(silent, "/slow"));
    let mut idle = rig.say(&format!("{}\n", connect(port)));
    assert_eq!(idle.line(), "OK");
    idle.send(&format!("GET /first HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
    assert!(idle.answer().ends_with("hello"));
    std::thread::sleep(Duration::from_millis(100));

    let began = Instant::now();
    let ended = rig.connections.end();
    assert!(
        began.elapsed() < Duration::from_millis(100),
        "nothing slow is waited for"
    );
    assert_eq!((ended.was_open, ended.unused_pairs), (1, 4));
    assert_eq!(
        ended.exchanges.iter().map(told).collect::<Vec<_>>(),
        [
            format!(
                "GET http://127.0.0.1:{silent}/slow - 0 ECONNRESET: the run was over before this request was"
            ),
            format!("GET http://127.0.0.1:{port}/first 200 5"),
        ]
    );

    // A request after the end of the run, on an old connection and on a new one.
    idle.send(&get(port, "/late"));
    assert_eq!(idle.rest(), "");
    assert_eq!(waiting.rest(), "");
    let mut between = rig.say(&format!("{}\n{}", connect(port), get(port, "/between")));
    assert_eq!(between.rest(), "");

    rig.begin(&terms);
    assert!(rig.get(port, "/second").ends_with("hello"));
    assert_eq!(rig.told(), [format!("GET http://127.0.0.1:{port}/second 200 5")]);
}

#[test]
fn what_is_said_at_the_last_moment_belongs_to_no_later_run() {
    let port = http_server(|_| ok("hello"));
    let terms = here();
    let mut rig = Rig::in_run(40, &terms);
    for _ in 0..20 {
        let mut said = rig.say(&format!("{}\n{}", connect(port), get(port, "/last")));
        rig.connections.end();
        rig.begin(&terms);
        let answer = said.rest();
        assert!(answer.is_empty() || answer.starts_with("OK\n"), "{answer}");
        assert_eq!(rig.told(), [""; 0]);
        rig.begin(&terms);
    }
}

#[test]
fn a_script_that_gives_up_gives_the_server_up() {
    let closed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&closed);
    let port = server(move |stream| {
        drop(std::io::copy(&mut &stream, &mut std::io::sink()));
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut rig = Rig::in_run(1, &here());
    let mut said = rig.say(&format!("{}\n", connect(port)));
    assert_eq!(said.line(), "OK");
    said.send(&get(port, "/"));
    std::thread::sleep(Duration::from_millis(100));
    drop(said);
    let began = Instant::now();
    while closed.load(Ordering::SeqCst) == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "the server's connection stays open"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(
        rig.told(),
        [format!(
            "GET http://127.0.0.1:{port}/ - 0 ECONNRESET: the script gave this request up"
        )]
    );
}

#[test]
fn a_script_that_closes_its_sending_half_gets_its_answer() {
    let port = server(|mut stream| {
        read_request(&mut std::io::BufReader::new(&stream));
        std::thread::sleep(Duration::from_millis(200));
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        std::thread::sleep(Duration::from_secs(20));
    });
    let mut rig = Rig::in_run(1, &here());
    let mut said = rig.say(&format!("{}\n", connect(port)));
    assert_eq!(said.line(), "OK");
    said.send(&format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
    said.pair.get_ref().shutdown(Shutdown::Write).unwrap();
    assert!(
        said.rest().ends_with("hello"),
        "and then the connection is closed"
    );
    assert_eq!(rig.told(), [format!("GET http://127.0.0.1:{port}/ 200 5")]);
}

#[test]
fn a_server_that_closes_an_idle_connection_closes_the_pair() {
    let port = server(|mut stream| {
        let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
        read_request(&mut reader);
        let _ = stream.write_all(ok("hello").as_bytes());
        std::thread::sleep(Duration::from_millis(100));
    });
    let mut rig = Rig::in_run(1, &here());
    let mut said = rig.say(&format!("{}\n", connect(port)));
    assert_eq!(said.line(), "OK");
    said.send(&format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
    assert!(said.answer().ends_with("hello"));
    assert_eq!(said.rest(), "");
    assert_eq!(rig.connections.why(0), None, "nothing is wrong");
}

#[test]
fn a_server_that_closes_in_the_midst_is_told() {
    let mut rig = Rig::in_run(4, &here());
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ] {
        let (code, message) = rig.get_refused(saying(answer), "/");
        assert_eq!(code, "ECONNRESET", "{answer}: {message}");
    }
}
