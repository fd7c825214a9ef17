//! ST-16: a server that is told to end lets nobody down.

use super::browser::Browser;
use super::oidc::authorize;
use super::running::{PASSWORD, Server};
use rustix::process::Signal;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};
use url::Url;

fn logged_in(server: &Server) -> Browser {
    let mut browser = Browser::default();
    let asked = browser.get(&authorize(server, ""));
    browser.log_in(&asked, "ada@example.org", PASSWORD);
    browser
}

#[test]
fn what_runs_ends_and_nothing_new_begins() {
    let mut server = Server::start();
    let mut browser = logged_in(&server);
    assert_eq!(browser.get(&format!("{}readyz", server.admin)).status, 200);
    let url = authorize(&server, "&prompt=none&ext-slow=1500");
    let running = thread::spawn(move || browser.get(&url));
    thread::sleep(Duration::from_millis(500));
    server.signal(Signal::TERM);
    thread::sleep(Duration::from_millis(300));
    assert_eq!(
        Browser::default().get(&format!("{}readyz", server.admin)).status,
        503
    );
    let port = Url::parse(&server.url).unwrap().port().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(running.join().unwrap().sent("code").is_some());
    assert!(server.end().success());
}

#[test]
fn a_login_that_is_cut_off_is_told_to_begin_again() {
    let mut server = Server::start();
    let mut browser = logged_in(&server);
    let url = authorize(&server, "&prompt=none&ext-slow=19000");
    let running = thread::spawn(move || browser.get(&url));
    thread::sleep(Duration::from_millis(500));
    let began = Instant::now();
    assert!(server.end().success());
    assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
    let reply = running.join().unwrap();
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("start again"), "{}", reply.body);
}

#[test]
fn a_request_that_is_on_its_way_at_the_end_is_answered() {
    let mut server = Server::start();
    let url = Url::parse(&server.url).unwrap();
    let address = ("127.0.0.1", url.port().unwrap());
    let host = url.authority();
    let request = format!("GET /.well-known/jwks.json HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let fresh = TcpStream::connect(address).unwrap();
    let mut used = TcpStream::connect(address).unwrap();
    used.write_all(request.as_bytes()).unwrap();
    let first = used.read(&mut vec![0; 64 << 10]).unwrap();
    assert!(first > 0);
    server.signal(Signal::TERM);
    // No new connection is taken: the end has begun.
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline);
        thread::sleep(Duration::from_millis(5));
    }
    for mut connection in [fresh, used] {
        connection.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        connection.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(reply.contains("\r\nconnection: close\r\n"), "{reply}");
    }
    let began = Instant::now();
    assert!(server.end().success());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
