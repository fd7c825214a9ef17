//! Which scripts may call the token endpoint and its neighbours (the Fetch standard's CORS; server 2).

use crate::tenant::{Client, Tenant, is_registered};
use url::Url;

/// Whether scripts of `origin` may read what this client is answered: its web origins, its allowed origins, and the origins
/// of its callbacks.
fn allows_origin(client: &Client, origin: &str) -> bool {
    let is_origin = Url::parse(origin).is_ok_and(|url| url.origin().is_tuple());
    if !is_origin {
        return false;
    }
    let listed = client.web_origins.iter().chain(&client.allowed_origins);
    let of_callbacks = client.callbacks.iter().filter_map(|callback| origin_of(callback));
    let mut all = listed.filter_map(|listed| origin_of(listed)).chain(of_callbacks);
    all.any(|listed| is_registered(&listed, origin))
}

/// Whose request it is, as far as it says.
#[derive(Clone, Copy, Debug)]
pub enum Caller<'a> {
    /// That of this client, whether or not it has proved that.
    Client(&'a Client),
    /// It names a client that there is not.
    Nobody,
    /// It does not say, or cannot be read: a preflight, a body of the wrong kind, a token that means nothing.
    Unsaid,
}

impl Caller<'_> {
    /// Whether scripts of `origin` may read the answer: where the request does not say whose it is, those that any client
    /// allows, as the answer holds nothing but what is wrong.
    pub fn may_be_read_by(self, origin: &str, tenant: &Tenant) -> bool {
        match self {
            Self::Client(client) => allows_origin(client, origin),
            Self::Nobody => false,
            Self::Unsaid => any_allows_origin(tenant, origin),
        }
    }
}

/// Whether any client allows it.
fn any_allows_origin(tenant: &Tenant, origin: &str) -> bool {
    tenant.clients.iter().any(|client| allows_origin(client, origin))
}

/// Scheme, host and port as browsers send them. A star for the first label stays.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (star, host) = match rest.strip_prefix("*.") {
        Some(host) => ("*.", host),
        None => ("", rest),
    };
    let parsed = Url::parse(&format!("{scheme}://{host}")).ok()?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return None;
    }
    let origin = parsed.origin().ascii_serialization();
    let (scheme, authority) = origin.split_once("://")?;
    Some(format!("{scheme}://{star}{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn op_20_an_origin_is_one_that_the_client_lists() {
        let client: Client = serde_json::from_value(json!({
            "name": "a", "web_origins": ["https://web.example/"], "allowed_origins": ["http://localhost:3000"],
            "callbacks": ["https://app.example:8443/cb?x=1", "com.example.app:/cb", "https://*.apps.example/cb"],
        }))
        .unwrap();
        for origin in [
            "https://web.example",
            "http://localhost:3000",
            "https://app.example:8443",
            "https://one.apps.example",
        ] {
            assert!(allows_origin(&client, origin), "{origin}");
        }
        for origin in [
            "",
            "null",
            "*",
            "https://web.example.evil.example",
            "https://sub.web.example",
            "http://web.example",
            "https://web.example:444",
            "http://localhost:3001",
            "https://app.example",
            "https://a.b.apps.example",
            "com.example.app://",
        ] {
            assert!(!allows_origin(&client, origin), "{origin}");
        }
        let other: Client = serde_json::from_value(json!({
            "name": "b", "web_origins": ["https://other.example"],
        }))
        .unwrap();
        let tenant = Tenant {
            clients: vec![client, other],
            ..Tenant::default()
        };
        let [first, _] = tenant.clients.as_slice() else {
            panic!("two clients")
        };
        let read = |origin: &str| {
            [Caller::Client(first), Caller::Nobody, Caller::Unsaid]
                .map(|caller| caller.may_be_read_by(origin, &tenant))
        };
        assert_eq!(read("https://web.example"), [true, false, true]);
        assert_eq!(read("https://other.example"), [false, false, true]);
        assert_eq!(read("https://evil.example"), [false; 3]);
    }
}
