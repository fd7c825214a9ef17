//! The host that a server is asked for (server 1): whoever asks for another one does not mean this server.

use axum::http::{header, request};

/// Host and port of a public URL.
pub(super) struct Authority {
    host: String,
    port: u16,
    default_port: u16,
}

impl Authority {
    /// Those of `url`, which has a host.
    pub fn of(url: &str) -> Self {
        let url = url::Url::parse(url).ok();
        let url = url.as_ref();
        let default_port = match url.map(url::Url::scheme) {
            Some("http") => 80,
            _ => 443,
        };
        Self {
            host: url.and_then(url::Url::host_str).unwrap_or_default().to_owned(),
            port: url.and_then(url::Url::port).unwrap_or(default_port),
            default_port,
        }
    }

    /// Whether a request is for this host: by its one Host field, and by its target where that names a host
    /// (RFC 9112 section 3.2.2).
    pub fn is_asked_by(&self, parts: &request::Parts) -> bool {
        let mut hosts = parts.headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return false;
        };
        let target = parts.uri.authority();
        host.to_str().is_ok_and(|host| self.is(host)) && target.is_none_or(|target| self.is(target.as_str()))
    }

    fn is(&self, asked: &str) -> bool {
        let (host, port) = match asked.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => match port.parse() {
                Ok(port) => (host, port),
                Err(_) => return false,
            },
            _ => (asked, self.default_port),
        };
        port == self.port && host.eq_ignore_ascii_case(&self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_for_the_host_of_the_url_alone() {
        let https = Authority::of("https://id.example/");
        for host in ["id.example", "ID.example", "id.example:443"] {
            assert!(https.is(host), "{host}");
        }
        for host in [
            "",
            "id.example:80",
            "id.example:x",
            "evil.example",
            "id.example.",
            "id.example:443:1",
        ] {
            assert!(!https.is(host), "{host}");
        }
        let here = Authority::of("http://[::1]:8420/");
        assert!(here.is("[::1]:8420"));
        assert!(!here.is("[::1]") && !here.is("[::2]:8420"));
        assert!(Authority::of("http://id.example/").is("id.example:80"));
    }

    #[test]
    fn the_target_and_the_one_host_field_agree() {
        let authority = Authority::of("https://id.example/");
        let asked = |target: &str, hosts: &[&str]| {
            let mut request = axum::http::Request::builder().uri(target);
            for host in hosts {
                request = request.header("host", *host);
            }
            authority.is_asked_by(&request.body(()).unwrap().into_parts().0)
        };
        assert!(asked("/authorize", &["id.example"]));
        assert!(asked("https://id.example/authorize", &["id.example"]));
        assert!(!asked("https://evil.example/authorize", &["id.example"]));
        assert!(!asked("https://id.example/authorize", &["evil.example"]));
        assert!(!asked("/authorize", &[]));
        assert!(!asked("/authorize", &["id.example", "id.example"]));
    }
}
