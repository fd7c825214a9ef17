//! Whether an answer may go to a URL: the exact text is registered (RFC 9700 section 2.1). A star in a callback stands for
//! the first label of a host, as on the platform, and the port of a native application on its own device is free
//! (RFC 8252 section 7.3).

use super::application::{AppType, Client};
use super::setting::Setting;
use url::{Host, Url};

impl Client {
    /// Whether `url` is one of the callbacks. Whether a browser may be sent to that is asked elsewhere
    /// ([`web_url`](crate::web_url::web_url)).
    pub fn has_callback(&self, url: &str) -> bool {
        let is_native = self.app_type.as_ref().map(Setting::value) == Some(Ok(&AppType::Native));
        self.callbacks.iter().any(|callback| {
            is_registered(callback, url) || (is_native && is_same_but_for_port(callback, url))
        })
    }
}

/// Whether `url` is what is registered: the very text, or one more label in the place of its star.
pub fn is_registered(registered: &str, url: &str) -> bool {
    registered == url || has_one_label_more(registered, url)
}

fn has_one_label_more(callback: &str, url: &str) -> bool {
    let Some((scheme, after)) = callback.split_once("//*.") else {
        return false;
    };
    let rest = url.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("//"));
    rest.and_then(|rest| rest.split_once('.'))
        .is_some_and(|(label, rest)| {
            let is_of_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            rest == after && !label.is_empty() && label.bytes().all(is_of_label)
        })
}

/// Whether both are http URLs of the device itself, by address, and their texts differ in the port alone.
fn is_same_but_for_port(registered: &str, asked: &str) -> bool {
    let is_on_device = |text: &str| match Url::parse(text)
        .ok()
        .and_then(|url| url.host().map(|host| host.to_owned()))
    {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(_)) | None => false,
    };
    match (without_port(registered), without_port(asked)) {
        (Some(registered), Some(same)) => registered == same && is_on_device(asked),
        _ => false,
    }
}

/// Host and rest of an http URL, as they are written.
fn without_port(url: &str) -> Option<(&str, &str)> {
    let url = url.strip_prefix("http://")?;
    let (authority, rest) = url.split_at(url.find(['/', '?', '#']).unwrap_or(url.len()));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    };
    Some((host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn client(kind: &str, callbacks: &[&str]) -> Client {
        serde_json::from_value(json!({"name": "a", "app_type": kind, "callbacks": callbacks})).unwrap()
    }

    #[test]
    fn op_02_only_the_very_text_is_registered() {
        let client = client("regular_web", &["https://app.example/cb"]);
        assert!(client.has_callback("https://app.example/cb"));
        for url in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/CB",
            "https://app.example%2Fcb",
            "https://app.example/x/../cb",
            "https://app.example/cb#f",
            "https://app.example:8443/cb",
            "https://app.example:443/cb",
            "http://app.example/cb",
            "https://user@app.example/cb",
            "https://APP.example/cb",
            "//app.example/cb",
            "",
        ] {
            assert!(!client.has_callback(url), "{url}");
        }
    }

    #[test]
    fn op_03_a_native_application_chooses_its_port_on_the_device() {
        let callbacks = [
            "http://127.0.0.1:7000/cb",
            "http://[::1]/cb",
            "com.example.app:/cb",
        ];
        let native = client("native", &callbacks);
        for url in [
            "http://127.0.0.1:7000/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]:4/cb",
            "com.example.app:/cb",
        ] {
            assert!(native.has_callback(url), "{url}");
        }
        for url in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.2:51004/cb",
            "http://localhost:51004/cb",
            "https://127.0.0.1:51004/cb",
            "http://127.0.0.1.evil.example:51004/cb",
            "http://127.0.0.1:51004/cb?x=1",
            "http://user@127.0.0.1:51004/cb",
            "http://127.1:51004/cb",
            "http://0x7f000001:51004/cb",
            "http://127.0.0.1:51004/x/../cb",
            "http://127.0.0.1:51004/%63b",
            "http://127.0.0.1:51004//cb",
            "http://[0::1]:4/cb",
            "HTTP://127.0.0.1:51004/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:+80/cb",
        ] {
            assert!(!native.has_callback(url), "{url}");
        }
        assert!(!client("regular_web", &callbacks).has_callback("http://127.0.0.1:7001/cb"));
    }

    #[test]
    fn a_star_stands_for_one_label() {
        let client = client("spa", &["https://*.web.example/cb", "https://web.example/cb"]);
        assert!(client.has_callback("https://a.web.example/cb"));
        assert!(client.has_callback("https://web.example/cb"));
        for url in [
            "https://a.b.web.example/cb",
            "https://evil.example/.web.example/cb",
            "https://a.web.example/cb/x",
            "https://.web.example/cb",
            "http://a.web.example/cb",
        ] {
            assert!(!client.has_callback(url), "{url}");
        }
    }
}
