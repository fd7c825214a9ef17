//! What a claim may be called (semantics 3.3).

use url::{Host, Url};

/// Names that Actions cannot set. `scope` is ours: `addScope` and `removeScope` change it.
#[rustfmt::skip]
pub const RESTRICTED: [&str; 61] = [
    "acr", "act", "active", "amr", "at_hash", "ath", "attest", "aud", "auth_time", "authorization_details",
    "azp", "c_hash", "client_id", "cnf", "cty", "dest", "entitlements", "events", "exp", "groups", "gty",
    "htm", "htu", "iat", "internalService", "iss", "jcard", "jku", "jti", "jwe", "jwk", "kid", "may_act",
    "mky", "nbf", "nonce", "object_id", "org_id", "org_name", "orig", "origid", "permissions", "roles",
    "rph", "s_hash", "scope", "sid", "sip_callid", "sip_cseq_num", "sip_date", "sip_from_tag",
    "sip_via_branch", "sub", "sub_jwk", "toe", "txn", "typ", "uuid", "vot", "vtm", "x5t#S256",
];

/// The standard claims with the scope that selects each (OIDC Core 5.4), in the order of issue.
pub const STANDARD: [(&str, &str); 19] = [
    ("name", "profile"),
    ("given_name", "profile"),
    ("family_name", "profile"),
    ("middle_name", "profile"),
    ("nickname", "profile"),
    ("preferred_username", "profile"),
    ("profile", "profile"),
    ("picture", "profile"),
    ("website", "profile"),
    ("gender", "profile"),
    ("birthdate", "profile"),
    ("zoneinfo", "profile"),
    ("locale", "profile"),
    ("updated_at", "profile"),
    ("email", "email"),
    ("email_verified", "email"),
    ("address", "address"),
    ("phone_number", "phone"),
    ("phone_number_verified", "phone"),
];

/// Hosts whose name spaces belong to the platform, with everything below them.
const RESERVED_HOSTS: [&str; 3] = ["auth0.com", "webtask.io", "webtask.run"];
const RESERVED_URN: &str = "urn:auth0";

/// What kind of name a claim has. Names are case-sensitive; schemes and hosts in them are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimName {
    /// An http or https URL, or a URN, outside of the platform's.
    Namespaced,
    /// Without a name space, and not a name that a standard defines.
    Private,
    /// In a name space of the platform.
    Reserved,
    /// Only the issuer sets it.
    Restricted,
    /// Defined by OIDC Core 5.1.
    Standard {
        /// The scope that must have been granted.
        scope: &'static str,
    },
}

impl ClaimName {
    /// The kind of `name`.
    pub fn of(name: &str) -> Self {
        if RESTRICTED.binary_search(&name).is_ok() {
            return Self::Restricted;
        }
        if let Some((_, scope)) = STANDARD.iter().find(|(standard, _)| *standard == name) {
            return Self::Standard { scope };
        }
        let scheme = name.split_once(':').map_or("", |(scheme, _)| scheme);
        let is = |known: &str| scheme.eq_ignore_ascii_case(known);
        if is("urn") {
            return if is_reserved_urn(name) {
                Self::Reserved
            } else {
                Self::Namespaced
            };
        }
        if !is("http") && !is("https") {
            return Self::Private;
        }
        match plain_host(name) {
            Some(host) => Self::of_host(host),
            None => Url::parse(name).map_or(Self::Private, |url| match url.host() {
                Some(Host::Domain(host)) => Self::of_host(host),
                _ => Self::Namespaced,
            }),
        }
    }

    fn of_host(host: &str) -> Self {
        if is_reserved_host(host) {
            Self::Reserved
        } else {
            Self::Namespaced
        }
    }
}

/// The host of a URL where there can be no doubt of it, without taking the whole URL apart, which takes longer
/// than all else that is done for a claim: `//`, then lower-case labels of letters, digits and hyphens, the last of letters alone, then a slash.
fn plain_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (host, _) = rest.split_once('/')?;
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let is_label = |label: &str| !label.is_empty() && !label.starts_with("xn--");
    let last = host.rsplit('.').next()?;
    let certain = host.bytes().all(is_plain)
        && host.split('.').all(is_label)
        && last.bytes().all(|byte| byte.is_ascii_lowercase());
    certain.then_some(host)
}

fn is_reserved_urn(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let rest = lower.strip_prefix(RESERVED_URN);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn is_reserved_host(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    RESERVED_HOSTS.iter().any(|reserved| {
        host.strip_suffix(reserved)
            .is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_host_is_the_host_that_the_whole_url_has(
            text in "https?://([a-zA-Z0-9.%@:_-]|xn--|auth0\\.com|[0-9]{1,3}\\.){0,12}[/?#]?[a-z/.:@]{0,6}"
        ) {
            if let Some(host) = plain_host(&text) {
                let url = Url::parse(&text).ok();
                let whole = url.as_ref().and_then(Url::host_str);
                prop_assert_eq!(whole, Some(host), "{}", text);
            }
        }
    }

    #[test]
    fn the_list_of_restricted_names_is_in_order() {
        assert!(RESTRICTED.is_sorted());
    }

    #[test]
    fn every_kind_of_name_is_told_apart() {
        use ClaimName::{Namespaced, Private, Reserved, Restricted};
        let cases = [
            ("roles", Restricted),
            ("scope", Restricted),
            ("x5t#S256", Restricted),
            ("Roles", Private),
            ("email", ClaimName::Standard { scope: "email" }),
            ("phone_number_verified", ClaimName::Standard { scope: "phone" }),
            ("department", Private),
            ("__proto__", Private),
            ("https://", Private),
            ("ftp://example.com/roles", Private),
            ("https://example.com/roles", Namespaced),
            ("http://example.com", Namespaced),
            ("https://notauth0.com/roles", Namespaced),
            ("https://auth0.com.example.com/roles", Namespaced),
            ("https://example.com/auth0.com", Namespaced),
            ("https://auth0.com/roles", Reserved),
            ("https://x.auth0.com/y", Reserved),
            ("HTTPS://X.AUTH0.COM/y", Reserved),
            ("https://auth0.com.", Reserved),
            ("https://auth0.com:443/roles", Reserved),
            ("https://user@auth0.com/roles", Reserved),
            ("https:\\\\auth0.com\\roles", Reserved),
            ("http://webtask.io", Reserved),
            ("http://a.b.webtask.run/", Reserved),
            ("urn:example:roles", Namespaced),
            ("urn:auth0x:roles", Namespaced),
            ("urn:auth0", Reserved),
            ("urn:auth0:roles", Reserved),
            ("URN:Auth0:roles", Reserved),
        ];
        for (name, kind) in cases {
            assert_eq!(ClaimName::of(name), kind, "{name}");
        }
    }
}
