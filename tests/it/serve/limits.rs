//! LD rows of the catalogue, and whose host a request is for.

use super::browser::Browser;
use super::oidc::authorize;
use super::running::{PASSWORD, Server};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};
use url::Url;

fn connected(server: &Server) -> (TcpStream, String) {
    let url = Url::parse(&server.url).unwrap();
    let port = url.port().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    (stream, format!("localhost:{port}"))
}

/// The status of what comes back for these bytes; 0 where nothing does.
fn status(server: &Server, request: impl Fn(&str) -> Vec<u8>) -> u16 {
    let (mut stream, host) = connected(server);
    // The server may answer, and close, before it has read all.
    let _ = stream.write_all(&request(&host));
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply);
    let reply = String::from_utf8_lossy(&reply);
    reply
        .split(' ')
        .nth(1)
        .map_or(0, |status| status.parse().unwrap())
}

fn get(server: &Server, target: &str, headers: &str) -> u16 {
    status(server, |host| {
        let headers = headers.replace("HOST", host);
        format!(
            "GET {} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n",
            target.replace("HOST", host)
        )
        .into_bytes()
    })
}

#[test]
fn a_request_is_for_the_host_of_the_public_url() {
    let server = Server::start();
    let jwks = "/.well-known/jwks.json";
    assert_eq!(get(&server, jwks, "Host: HOST\r\n"), 200);
    assert_eq!(get(&server, &format!("http://HOST{jwks}"), "Host: HOST\r\n"), 200);
    for (target, headers) in [
        (jwks.to_owned(), ""),
        (jwks.to_owned(), "Host: evil.example\r\n"),
        (jwks.to_owned(), "Host: localhost\r\n"),
        (jwks.to_owned(), "Host: HOST\r\nHost: HOST\r\n"),
        (format!("http://evil.example{jwks}"), "Host: HOST\r\n"),
        (format!("http://HOST{jwks}"), "Host: evil.example\r\n"),
    ] {
        assert_eq!(get(&server, &target, headers), 421, "{target} {headers}");
    }
}

/// LD-03, LD-05, LD-12.
#[test]
fn what_is_too_long_or_encoded_is_refused_before_it_is_read() {
    let server = Server::start();
    let post = |headers: &str, body: &[u8]| {
        status(&server, |host| {
            let head =
                format!("POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
            [head.as_bytes(), body].concat()
        })
    };
    // Nothing of the body is sent, and none is waited for.
    let began = Instant::now();
    assert_eq!(post("Content-Length: 1000000000\r\n", b""), 413);
    assert_eq!(
        post("Content-Length: 70000\r\nExpect: 100-continue\r\n", b""),
        413
    );
    assert_eq!(
        post("Content-Encoding: gzip\r\nContent-Length: 100\r\n", b""),
        415
    );
    assert_eq!(
        post("Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n", b""),
        415
    );
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(post("Content-Length: 5000000\r\n", &vec![b'x'; 5_000_000]), 413);
    let chunks = b"1\r\nx\r\n".repeat(70_000);
    assert_eq!(post("Transfer-Encoding: chunked\r\n", &chunks), 413);

    let many: Vec<String> = (0..1_000).map(|number| format!("X-{number}: 1\r\n")).collect();
    let many = many.concat();
    assert_eq!(get(&server, "/", &format!("Host: HOST\r\n{many}")), 431);
    let long = format!("Host: HOST\r\nX: {}\r\n", "x".repeat(64 << 10));
    assert_eq!(get(&server, "/", &long), 431);
    assert_eq!(
        get(&server, &format!("/{}", "x".repeat(40 << 10)), "Host: HOST\r\n"),
        414
    );
    let line = get(&server, &format!("/{}", "x".repeat(64 << 10)), "Host: HOST\r\n");
    assert!(matches!(line, 414 | 431), "{line}");
}

/// LD-01, LD-02: heads and bodies that trickle end at their limits, and others do not notice.
#[test]
fn nothing_is_taken_for_another_request_that_a_proxy_took_for_a_body() {
    let server = Server::start();
    for lengths in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: chunked\r\n",
    ] {
        let (mut stream, host) = connected(&server);
        let hidden = format!("GET /.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{lengths}\r\n2\r\n{{}}\r\n0\r\n\r\n{hidden}"
        );
        let _ = stream.write_all(request.as_bytes());
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply);
        let reply = String::from_utf8_lossy(&reply);
        assert_eq!(reply.matches("HTTP/1.1 ").count(), 1, "{lengths}: {reply}");
        assert!(reply.starts_with("HTTP/1.1 40"), "{lengths}: {reply}");
    }
}

#[test]
fn who_is_slow_holds_up_nobody() {
    let server = Server::start();
    let slow: Vec<TcpStream> = (0..200)
        .map(|number| {
            let (mut stream, host) = connected(&server);
            let head = if number % 2 == 0 {
                format!("GET / HTTP/1.1\r\nHost: {host}\r\nX: ")
            } else {
                format!("POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n")
            };
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    let trickle = |mut stream: TcpStream| {
        let mut reading = stream.try_clone().unwrap();
        thread::spawn(move || {
            while stream.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(500));
            }
        });
        let mut reply = Vec::new();
        let _ = reading.read_to_end(&mut reply);
        String::from_utf8_lossy(&reply)
            .split(' ')
            .nth(1)
            .map(str::to_owned)
    };
    let mut ended = slow.into_iter();
    let (head, body) = (ended.next().unwrap(), ended.next().unwrap());
    let threads = [head, body].map(|stream| thread::spawn(move || trickle(stream)));
    for _ in 0..10 {
        let asked = Instant::now();
        assert_eq!(get(&server, "/.well-known/jwks.json", "Host: HOST\r\n"), 200);
        assert!(asked.elapsed() < Duration::from_secs(1));
    }
    let [head, body] = threads.map(|thread| thread.join().unwrap());
    assert_eq!((head, body.as_deref()), (None, Some("408")));
    let took = began.elapsed().as_secs();
    assert!((9..=14).contains(&took), "{took} s");
}

/// LD-08: what is too much is told to come again at once.
#[test]
fn what_is_too_much_is_shed() {
    let server = Server::start();
    let browser = &mut Browser::default();
    let asked = browser.get(&authorize(&server, ""));
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    let processors = thread::available_parallelism().unwrap().get();
    let url = authorize(&server, "&prompt=none&ext-slow=2000");
    let threads: Vec<_> = (0..(64 * processors).clamp(64, 256))
        .map(|_| {
            let (mut browser, url) = (browser.clone(), url.clone());
            thread::spawn(move || browser.get(&url).status)
        })
        .collect();
    thread::sleep(Duration::from_millis(700));
    let began = Instant::now();
    let shed = browser.get(&url);
    assert_eq!(
        (shed.status, shed.header("retry-after")),
        (503, Some("1")),
        "{shed:?}"
    );
    assert!(
        began.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        began.elapsed()
    );
    // What waits for nothing is answered.
    assert_eq!(get(&server, "/.well-known/jwks.json", "Host: HOST\r\n"), 200);
    for thread in threads {
        assert!(matches!(thread.join().unwrap(), 302 | 303 | 503));
    }
    assert_eq!(browser.get(&authorize(&server, "&prompt=none")).status, 303);
}
