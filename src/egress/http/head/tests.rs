//! Which requests may go out.

use super::*;

fn judged(line: &str, headers: &[(&str, &str)]) -> Result<(), String> {
    let [method, target, connect] = line.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{line}");
    };
    let (layer, destination) = connect.split_once('+').unwrap();
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let asked = Asked {
        destination: destination.parse().unwrap(),
        layer: if layer == "tls" { Layer::Tls } else { Layer::Plain },
    };
    judge(&request.body(()).unwrap(), &asked)
}

#[test]
fn a_path_on_the_host_that_is_connected_to_goes_out() {
    for (line, host) in [
        ("GET / tls+api.example:443", "api.example"),
        ("GET /a?b=c tls+api.example:443", "API.example:443"),
        ("POST /a tcp+api.example:80", "api.example."),
        ("GET / tcp+api.example:8080", "api.example:8080"),
        ("GET / tcp+[::1]:8080", "[::1]:8080"),
        ("GET / tcp+127.0.0.1:80", "127.0.0.1"),
    ] {
        assert_eq!(judged(line, &[("host", host)]), Ok(()), "{line}");
    }
}

#[test]
fn another_host_or_port_or_none_or_two_are_refused() {
    for hosts in [
        &["other.example"][..],
        &["api.example:8080"],
        &["api.example:443:443"],
        &["%61pi.example"],
        &["user@api.example"],
        &["api.example/"],
        &["api.example api.example"],
        &[""],
        &[],
        &["api.example", "api.example"],
        &["api.example", "other.example"],
    ] {
        let headers: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        assert!(
            judged("GET / tls+api.example:443", &headers).is_err(),
            "{hosts:?}"
        );
    }
    assert!(judged("GET / tls+api.example:8443", &[("host", "api.example")]).is_err());
}

#[test]
fn a_target_that_is_no_path_is_refused() {
    for target in [
        "GET http://api.example/",
        "GET http://other.example/",
        "OPTIONS *",
        "CONNECT other.example:443",
    ] {
        let told = judged(
            &format!("{target} tls+api.example:443"),
            &[("host", "api.example")],
        )
        .unwrap_err();
        assert!(told.contains("is no path"), "{told}");
    }
}

#[test]
fn another_protocol_is_refused_and_the_error_says_so() {
    for header in [("upgrade", "websocket"), ("connection", "keep-alive, Upgrade")] {
        let told = judged("GET / tls+api.example:443", &[("host", "api.example"), header]).unwrap_err();
        assert!(told.contains("no upgrade") && told.contains("tunnel"), "{told}");
    }
}

#[test]
fn headers_are_kept_as_node_reads_them_and_written_as_they_came() {
    let (name, value) = header("x-name", "Zo\u{eb}").unwrap();
    assert_eq!((name.as_str(), value.as_bytes()), ("x-name", &b"Zo\xeb"[..]));
    assert_eq!(text(&value), "Zo\u{eb}");
    assert!(header("x y", "z").is_err());
    assert!(header("x", "a\r\nb: c").is_err());
}
