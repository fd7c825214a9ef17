//! Who is reached: judged by the address that is connected to.

use super::rig::*;
use crate::egress::*;
use std::sync::Arc;
use std::sync::atomic::Ordering;

fn with_names(allow: &[&str], names: &Arc<Names>) -> Terms {
    Terms {
        network: Arc::new(Network::with_resolver(
            Authorities::default(),
            Arc::clone(names) as Arc<dyn Resolver>,
        )),
        ..with_policy(allow)
    }
}

#[test]
fn every_form_of_an_address_that_is_not_public_is_refused() {
    let (port, reached) = unreached();
    let names = Names::new(&[
        ("loop.example", &[&["127.0.0.1"]]),
        ("mapped.example", &[&["::ffff:127.0.0.1"]]),
        ("both.example", &[&["10.0.0.1", "::1"]]),
        ("localhost", &[&["::1", "127.0.0.1"]]),
    ]);
    let hosts = [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "[::1]",
        "::1",
        "[fc00::]",
        "[fd00:ec2::254]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "[::]",
        "[fe80::1]",
        "loop.example",
        "LOOP.example.",
        "mapped.example",
        "both.example",
        "localhost",
        "224.0.0.1",
        "240.0.0.1",
    ];
    let mut rig = Rig::in_run(hosts.len(), &with_names(&["public"], &names));
    for host in hosts {
        let line = rig.say(&format!("CONNECT {host}:{port}\n")).line();
        assert!(
            line.starts_with("NO EACCES address not allowed: "),
            "{host}: {line}"
        );
    }
    assert_eq!(rig.connections.end().exchanges.len(), hosts.len());
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[test]
fn a_name_is_resolved_once_and_what_was_judged_is_connected_to() {
    let port = http_server(|_| ok("reached"));
    // The second answer would be another address; it is never asked for.
    let names = Names::new(&[("turning.example", &[&["127.0.0.1"], &["127.0.0.2"]])]);
    let mut rig = Rig::in_run(2, &with_names(&["127.0.0.1"], &names));
    let request = format!("GET / HTTP/1.1\r\nHost: turning.example:{port}\r\nConnection: close\r\n\r\n");
    assert!(
        rig.ask(&format!("CONNECT turning.example:{port}"), &request)
            .ends_with("reached")
    );
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    let line = rig.say(&format!("CONNECT turning.example:{port}\n")).line();
    assert!(
        line.contains("is at 127.0.0.2, which is a loopback address"),
        "{line}"
    );
}

#[test]
fn of_several_addresses_only_those_that_are_allowed_are_tried() {
    let port = http_server(|_| ok("reached"));
    let names = Names::new(&[("mixed.example", &[&["::1", "127.0.0.2", "127.0.0.1"]])]);
    let mut rig = Rig::in_run(1, &with_names(&["127.0.0.1"], &names));
    let request = format!("GET / HTTP/1.1\r\nHost: mixed.example:{port}\r\nConnection: close\r\n\r\n");
    assert!(
        rig.ask(&format!("CONNECT mixed.example:{port}"), &request)
            .ends_with("reached")
    );
}

#[test]
fn the_next_address_is_tried_when_one_refuses() {
    let port = http_server(|_| ok("reached"));
    let names = Names::new(&[("two.example", &[&["127.0.0.3", "127.0.0.1"]])]);
    let mut rig = Rig::in_run(1, &with_names(&["two.example"], &names));
    let request = format!("GET / HTTP/1.1\r\nHost: two.example:{port}\r\nConnection: close\r\n\r\n");
    assert!(
        rig.ask(&format!("CONNECT two.example:{port}"), &request)
            .ends_with("reached")
    );
}

#[test]
fn a_redirect_to_a_private_address_is_refused_at_the_second_hop() {
    let (inside, reached) = unreached();
    let outside = http_server(move |_| {
        format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside}/\r\nContent-Length: 0\r\n\r\n")
    });
    let mut rig = Rig::in_run(2, &with_policy(&["public", &format!("127.0.0.1:{outside}")]));
    let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{outside}\r\nConnection: close\r\n\r\n");
    assert!(
        rig.ask(&format!("CONNECT 127.0.0.1:{outside}"), &request)
            .contains("302 Found")
    );
    let line = rig.say(&format!("CONNECT 127.0.0.1:{inside}\n")).line();
    assert!(line.contains("loopback"), "{line}");
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[test]
fn a_name_that_nobody_knows_is_told_as_node_tells_it_and_no_name_is_asked_for_in_vain() {
    let names = Names::new(&[]);
    let mut rig = Rig::in_run(3, &with_names(&["public:443", "db.internal"], &names));
    assert_eq!(
        rig.say("CONNECT-TLS none.example:443 none.example\n").line(),
        "NO ENOTFOUND getaddrinfo ENOTFOUND none.example"
    );
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    assert!(
        rig.say("CONNECT none.example:80\n")
            .line()
            .starts_with("NO EACCES ")
    );
    assert_eq!(
        names.asked.load(Ordering::SeqCst),
        1,
        "a host that cannot be allowed is not asked for"
    );
}

#[test]
fn the_host_of_a_request_is_the_host_of_its_connection() {
    let port = server(|stream| drop(std::io::read_to_string(stream)));
    let mut rig = Rig::in_run(4, &here());
    for request in [
        "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: other.example\r\n\r\n"),
        format!("GET http://other.example/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        "CONNECT other.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n".to_owned(),
    ] {
        let (code, message) = rig.refused(&format!("CONNECT 127.0.0.1:{port}"), &request);
        assert_eq!(code, "ERR_EGRESS_PROTOCOL", "{message}");
    }
    assert_eq!(rig.told().len(), 4);
}
