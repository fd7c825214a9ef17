//! Answers that no server gives, and messages that are kept.

use super::rig::*;
use crate::command::AnsweredBy;
use crate::egress::*;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

struct Given<F>(F);

impl<F> fmt::Debug for Given<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Given")
    }
}

impl<F: Fn(&Asked<'_>) -> Reply + Send + Sync> Answers for Given<F> {
    fn reply(&self, asked: &Asked<'_>) -> Reply {
        self.0(asked)
    }
}

fn answered(
    allow: &[&str],
    reply: impl Fn(&Asked<'_>) -> Reply + Send + Sync + 'static,
) -> (Terms, Arc<Names>) {
    let names = Names::new(&[]);
    let terms = Terms {
        answers: Some(Arc::new(Given(reply))),
        keeping: Keeping::Messages,
        network: Arc::new(Network::with_resolver(
            Authorities::default(),
            Arc::clone(&names) as Arc<dyn Resolver>,
        )),
        ..with_policy(allow)
    };
    (terms, names)
}

fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer(Answer {
        status,
        headers: vec![("x-from".to_owned(), "record".to_owned())],
        body: body.as_bytes().to_vec(),
    })
}

#[test]
fn a_recorded_answer_comes_without_name_server_connection_and_certificate() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&heard);
    let (terms, names) = answered(&[], move |asked| {
        let body = String::from_utf8_lossy(asked.body).into_owned();
        list.lock().unwrap().push(format!(
            "{} {} {:?} {body}",
            asked.method, asked.url, asked.headers
        ));
        answer(201, "from the record")
    });
    let mut rig = Rig::in_run(2, &terms);
    let mut said = rig.say("CONNECT-TLS api.example:443 api.example\n");
    assert_eq!(said.line(), "OK");
    said.send("POST /a HTTP/1.1\r\nHost: api.example\r\nX-Y: Z\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    let first = said.answer();
    assert!(
        first.starts_with("HTTP/1.1 201 Created\r\nx-from: record\r\n") && first.ends_with("from the record"),
        "{first}"
    );
    said.send("GET /b HTTP/1.1\r\nHost: api.example\r\n\r\n");
    assert!(said.answer().ends_with("from the record"));
    assert_eq!(
        *heard.lock().unwrap(),
        [
            "POST https://api.example/a [(\"host\", \"api.example\"), (\"x-y\", \"Z\"), (\"transfer-encoding\", \"chunked\")] abc",
            "GET https://api.example/b [(\"host\", \"api.example\")] ",
        ]
    );
    assert_eq!(names.asked.load(Ordering::SeqCst), 0);
    let exchanges = rig.connections.end().exchanges;
    assert_eq!(
        exchanges.iter().map(told).collect::<Vec<_>>(),
        [
            "POST https://api.example/a 201 15",
            "GET https://api.example/b 200 15".replace("200", "201").as_str(),
        ]
    );
    assert!(
        exchanges
            .iter()
            .all(|exchange| exchange.by == AnsweredBy::Recorded)
    );
    let kept = exchanges[0].kept.as_ref().unwrap();
    assert_eq!(
        (kept.request_body.as_slice(), kept.body.as_slice()),
        (&b"abc"[..], &b"from the record"[..])
    );
}

#[test]
fn a_request_that_nothing_answers_says_which_and_what_is_nearest() {
    let (terms, _) = answered(&["public"], |_| Reply::Unanswered {
        nearest: Some("GET https://api.example/users/1".to_owned()),
    });
    let mut rig = Rig::in_run(1, &terms);
    let refused = rig.refused(
        "CONNECT-TLS api.example:443 api.example",
        "GET /user/1 HTTP/1.1\r\nHost: api.example\r\n\r\n",
    );
    assert_eq!(refused.0, "ERR_EGRESS_UNANSWERED");
    assert_eq!(
        refused.1,
        "no answer is there for GET https://api.example/user/1; the nearest that is there is GET https://api.example/users/1"
    );
    assert!(rig.told()[0].starts_with("GET https://api.example/user/1 - 0 ERR_EGRESS_UNANSWERED: no answer"));
}

#[test]
fn an_error_that_was_recorded_is_the_same_error_again() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut rig = Rig::in_run(1, &here());
    let first = rig.say(&format!("{}\n", connect(port))).line();
    let error = rig.connections.end().exchanges[0].error.clone().unwrap();
    let (terms, _) = answered(&[], move |_| Reply::Broken { error: error.clone() });
    let mut rig = Rig::in_run(1, &terms);
    let (code, message) = rig.refused(&connect(port), &get(port, "/"));
    assert_eq!(first, format!("NO {code} {message}"));
}

#[test]
fn what_the_answers_leave_to_the_network_goes_by_its_policy() {
    let port = http_server(|request| ok(request.lines().last().unwrap_or("")));
    let (terms, _) = answered(&["127.0.0.1"], |_| Reply::Network);
    let mut rig = Rig::in_run(2, &terms);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
    );
    assert!(rig.ask(&connect(port), &request).ends_with("hello"));
    let (code, message) = rig.refused("CONNECT 10.0.0.1:80", "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n");
    assert_eq!(code, "EACCES");
    assert!(
        message.starts_with("address not allowed: 10.0.0.1:80 is at 10.0.0.1"),
        "{message}"
    );
    let exchanges = rig.connections.end().exchanges;
    assert_eq!(exchanges.len(), 2);
    assert_eq!(
        exchanges[1].method, "GET",
        "a request that was read is listed as itself"
    );
}

#[test]
fn a_request_that_is_too_long_for_its_run_is_asked_of_nobody() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (terms, _) = answered(&[], move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        answer(200, "")
    });
    let terms = Terms {
        limits: Limits {
            bytes_out: 1000,
            ..Limits::default()
        },
        ..terms
    };
    let mut rig = Rig::in_run(1, &terms);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 2000\r\n\r\n{}",
        "x".repeat(2000)
    );
    assert!(
        rig.refused("CONNECT a.example:80", &request)
            .1
            .contains("bytes_out")
    );
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn messages_are_kept_whole_where_they_are_kept() {
    let port = saying(
        "HTTP/1.1 200 OK\r\nX-B: 2\r\nx-a: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    let terms = Terms {
        keeping: Keeping::Messages,
        ..here()
    };
    let mut rig = Rig::in_run(1, &terms);
    let request =
        format!("POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-C: 3\r\nContent-Length: 3\r\n\r\nxyz");
    rig.ask(&connect(port), &request);
    let exchanges = rig.connections.end().exchanges;
    let kept = exchanges[0].kept.as_ref().unwrap();
    let pairs = |headers: &[(String, String)]| {
        headers
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        pairs(&kept.request_headers),
        format!("host=127.0.0.1:{port} x-c=3 content-length=3")
    );
    assert_eq!(pairs(&kept.headers), "x-b=2 x-a=1 transfer-encoding=chunked");
    assert_eq!(
        (kept.request_body.as_slice(), kept.body.as_slice()),
        (&b"xyz"[..], &b"abcde"[..])
    );
    assert_eq!(exchanges[0].bytes, 5);
}
