//! Bytes that pass through untouched.

use super::rig::*;
use crate::egress::*;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Arc;

fn tunnelling(port: u16) -> Terms {
    Terms {
        policy: Arc::new(Policy {
            tunnel: vec![format!("127.0.0.1:{port}").parse().unwrap()],
            ..Policy::nobody()
        }),
        keeping: Keeping::Messages,
        ..here()
    }
}

/// Speaks first, echoes lines in upper case, and says farewell when the other side has said everything.
fn line_server() -> u16 {
    server(|mut stream| {
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let _ = stream.write_all(b"+ready\n");
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
            let _ = stream.write_all(std::mem::take(&mut line).to_uppercase().as_bytes());
        }
        let _ = stream.write_all(b"+bye\n");
    })
}

#[test]
fn a_line_protocol_passes_and_is_listed_and_not_recorded() {
    let port = line_server();
    let mut rig = Rig::in_run(2, &tunnelling(port));
    let mut said = rig.say(&format!("{}\nearly\n", connect(port)));
    assert_eq!([said.line(), said.line(), said.line()], ["OK", "+ready", "EARLY"]);
    said.send("PRI * HTTP/2.0\n\u{16}\u{3}\u{1}\0\n");
    assert_eq!(
        [said.line(), said.line()],
        ["PRI * HTTP/2.0", "\u{16}\u{3}\u{1}\0"]
    );
    said.pair.get_ref().shutdown(Shutdown::Write).unwrap();
    assert_eq!(said.rest(), "+bye\n");
    let ended = rig.connections.end();
    assert_eq!(
        ended.exchanges.iter().map(told).collect::<Vec<_>>(),
        [format!("CONNECT tcp://127.0.0.1:{port} - 38")]
    );
    assert_eq!(ended.exchanges[0].kept, None);
}

#[test]
fn where_a_tunnel_leads_the_script_makes_tls_itself() {
    let port = line_server();
    let mut rig = Rig::in_run(1, &tunnelling(port));
    let mut said = rig.say(&format!("CONNECT-TLS 127.0.0.1:{port} 127.0.0.1\n"));
    assert_eq!([said.line(), said.line()], ["TUNNEL", "+ready"]);
}

#[test]
fn a_tunnel_that_is_open_at_the_end_of_the_run_is_closed_with_it() {
    let port = line_server();
    let mut rig = Rig::in_run(1, &tunnelling(port));
    let mut said = rig.say(&format!("{}\n", connect(port)));
    assert_eq!([said.line(), said.line()], ["OK", "+ready"]);
    let ended = rig.connections.end();
    assert_eq!(ended.was_open, 1);
    assert_eq!(ended.exchanges[0].error, None);
    assert_eq!(said.rest(), "");
}

#[test]
fn a_tunnel_has_the_limits_of_its_run() {
    let port = server(|mut stream| while stream.write_all(&[b'x'; 4096]).is_ok() {});
    let terms = Terms {
        limits: Limits {
            bytes_in: 50_000,
            ..Limits::default()
        },
        ..tunnelling(port)
    };
    let mut rig = Rig::in_run(1, &terms);
    let mut said = rig.say(&format!("{}\n", connect(port)));
    let mut all = Vec::new();
    let _ = said.pair.read_to_end(&mut all);
    assert!(all.len() < 60_000, "{}", all.len());
    assert!(rig.why().1.ends_with("bytes_in of [actions.egress]"));
    assert!(rig.told()[0].contains("bytes_in"));
}

#[test]
fn a_port_beside_a_tunnel_is_not_allowed() {
    let mut rig = Rig::in_run(1, &tunnelling(1));
    assert!(rig.say("CONNECT 127.0.0.1:2\n").line().starts_with("NO EACCES "));
}
