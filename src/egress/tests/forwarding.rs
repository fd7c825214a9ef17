//! Requests that go through.

use super::rig::*;

#[test]
fn a_request_goes_out_as_it_was_written_and_its_answer_comes_back() {
    let port = http_server(ok);
    let mut rig = Rig::in_run(2, &here());
    let request = format!(
        "POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Odd-CASE: 1\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    );
    let answer = rig.ask(&format!("CONNECT 127.0.0.1:{port}"), &request);
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\nContent-Length: "),
        "{answer}"
    );
    assert!(answer.ends_with(&request), "{answer}");
    assert_eq!(
        rig.told(),
        [format!(
            "POST http://127.0.0.1:{port}/a?b=c 200 {}",
            request.len()
        )]
    );
}

#[test]
fn a_thousand_requests_go_over_one_connection() {
    let port = http_server(|_| ok("hello"));
    let mut rig = Rig::in_run(1, &here());
    let mut said = rig.say(&format!("CONNECT 127.0.0.1:{port}\n"));
    assert_eq!(said.line(), "OK");
    for _ in 0..1000 {
        said.send(&format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
        assert!(said.answer().ends_with("hello"));
    }
    let ended = rig.connections.end();
    assert_eq!(
        (ended.exchanges.len(), ended.was_open, ended.unused_pairs),
        (1000, 0, 0)
    );
    assert!(!ended.ran_out);
}

#[test]
fn nobody_is_reached_where_nothing_is_allowed() {
    let mut rig = Rig::in_run(1, &with_policy(&[]));
    let mut said = rig.say("CONNECT api.example:80\n");
    let line = said.line();
    assert!(
        line.starts_with("NO EACCES address not allowed: nothing in allow names api.example:80"),
        "{line}"
    );
    assert_eq!(said.rest(), "");
    assert_eq!(
        rig.told(),
        [
            "CONNECT http://api.example/ - 0 EACCES: address not allowed: nothing in allow names api.example:80; where scripts \
          may reach it, name it: --allow api.example:80, or in allow of [actions.egress]"
        ]
    );
}

#[test]
fn a_refusing_server_is_told_as_node_tells_it() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut rig = Rig::in_run(1, &here());
    let line = rig.say(&format!("CONNECT 127.0.0.1:{port}\n")).line();
    assert_eq!(
        line,
        format!("NO ECONNREFUSED connect ECONNREFUSED 127.0.0.1:{port}")
    );
}

#[test]
fn a_script_that_waits_to_be_told_to_go_on_is_told() {
    let port = http_server(|request| ok(request.lines().last().unwrap_or("")));
    let mut rig = Rig::in_run(1, &here());
    let mut said = rig.say(&format!("{}\n", connect(port)));
    assert_eq!(said.line(), "OK");
    said.send(&format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    ));
    assert_eq!([said.line(), said.line()], ["HTTP/1.1 100 Continue", ""]);
    said.send("hello");
    assert!(said.answer().ends_with("\r\n\r\nhello"));
}

#[test]
fn sixteen_mebibytes_less_a_head_come_through_and_three_go_out() {
    let size = (16 << 20) - 1000;
    let port = http_server(move |request| ok(&format!("{} {}", request.len(), "x".repeat(size))));
    let mut rig = Rig::in_run(1, &here());
    let body = "y".repeat(3 << 20);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = rig.ask(&connect(port), &request);
    assert!(answer.len() > size && answer.ends_with('x'), "{}", answer.len());
}
