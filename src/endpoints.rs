//! The URLs of a tenant: what metadata and tokens publish, what messages are held to, and what a server answers at.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The URLs of the tenant at one domain, or at the URL of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints<'a> {
    base: Base<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base<'a> {
    /// A host name, served by https at its root.
    Domain(&'a str),
    /// A URL, with a slash at its end.
    Url(&'a str),
}

impl<'a> Endpoints<'a> {
    /// Those at `domain`, a host name.
    pub fn of(domain: &'a str) -> Self {
        Self {
            base: Base::Domain(domain),
        }
    }

    /// Those at `url`, which ends with a slash.
    pub fn at_url(url: &'a str) -> Self {
        Self { base: Base::Url(url) }
    }

    /// Where a login of an application begins (RFC 6749 section 3.1).
    pub fn authorize(self) -> String {
        self.at("authorize")
    }

    /// Where an application gets its tokens (RFC 6749 section 3.2).
    pub fn token(self) -> String {
        self.at("oauth/token")
    }

    /// Where an application gives a token back (RFC 7009).
    pub fn revocation(self) -> String {
        self.at("oauth/revoke")
    }

    /// Where an application asks about a token (RFC 7662).
    pub fn introspection(self) -> String {
        self.at("oauth/introspect")
    }

    /// Where an application has its user logged out (RP-Initiated Logout 1.0).
    pub fn end_session(self) -> String {
        self.at("oidc/logout")
    }

    /// The key set (RFC 7517).
    pub fn jwks(self) -> String {
        self.at(".well-known/jwks.json")
    }

    /// The issuer of tokens (`iss`), with a slash at its end.
    pub fn issuer(self) -> String {
        self.at("")
    }

    /// The identifiers of the platform's own APIs: for management, for MFA, for the user's own account and for
    /// the user's own organization.
    pub fn system_apis(self) -> [String; 4] {
        ["api/v2/", "mfa/", "me/", "my-org/"].map(|path| self.at(path))
    }

    /// The user profile (OIDC Core 5.3), the audience of opaque access tokens.
    pub fn userinfo(self) -> String {
        self.at("userinfo")
    }

    /// Where the service provider of the application sends its requests, and logout messages too.
    pub fn saml(self, client_id: &str) -> String {
        self.at(&format!("samlp/{}", segment(client_id)))
    }

    /// Where the service provider of the application sends logout messages.
    pub fn saml_logout(self, client_id: &str) -> String {
        format!("{}/logout", self.saml(client_id))
    }

    /// Whether `destination` of a message is the URL that takes requests of the application. A query is the caller's
    /// own business, and any character of the client id may be escaped.
    pub fn is_saml(self, destination: &str, client_id: &str) -> bool {
        self.client_path(destination)
            .is_some_and(|path| is_segment(path, client_id))
    }

    /// Whether `destination` of a message is one of the URLs that take logout messages of the application.
    pub fn is_saml_logout(self, destination: &str, client_id: &str) -> bool {
        self.client_path(destination)
            .is_some_and(|path| is_segment(path.strip_suffix("/logout").unwrap_or(path), client_id))
    }

    /// What follows `/samlp/` in a URL of this domain, without its query.
    fn client_path(self, url: &str) -> Option<&str> {
        let url = url.split_once('?').map_or(url, |(url, _)| url);
        let path = match self.base {
            Base::Domain(domain) => url
                .strip_prefix("https://")?
                .strip_prefix(domain)?
                .strip_prefix('/')?,
            Base::Url(base) => url.strip_prefix(base)?,
        };
        path.strip_prefix("samlp/")
    }

    fn at(self, path: &str) -> String {
        match self.base {
            Base::Domain(domain) => format!("https://{domain}/{path}"),
            Base::Url(base) => format!("{base}{path}"),
        }
    }
}

/// `text` as one segment of a path: all but what RFC 3986 section 2.3 leaves unreserved is escaped.
fn segment(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn is_segment(found: &str, client_id: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(found).decode_utf8();
    !found.contains('/') && decoded.is_ok_and(|decoded| decoded == client_id)
}

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINTS: Endpoints<'static> = Endpoints {
        base: Base::Domain("tenant.example"),
    };

    #[test]
    fn a_server_has_its_own_url() {
        let endpoints = Endpoints::at_url("http://localhost:8420/");
        assert_eq!(endpoints.issuer(), "http://localhost:8420/");
        assert_eq!(endpoints.token(), "http://localhost:8420/oauth/token");
        assert_eq!(endpoints.saml("a b"), "http://localhost:8420/samlp/a%20b");
        assert!(endpoints.is_saml("http://localhost:8420/samlp/a%20b", "a b"));
        for url in [
            "https://localhost:8420/samlp/a%20b",
            "http://localhost:84201/samlp/a%20b",
            "http://localhost/samlp/a%20b",
        ] {
            assert!(!endpoints.is_saml(url, "a b"), "{url}");
        }
    }

    #[test]
    fn what_is_published_for_a_client_is_accepted_for_it_and_for_no_other() {
        for id in [
            "abc",
            "a b",
            "a+b",
            "a/b",
            "a%20b",
            "ä?#&",
            "a.b-c_d~e",
            "logout",
            "a/logout",
        ] {
            assert!(ENDPOINTS.is_saml(&ENDPOINTS.saml(id), id), "{id}");
            assert!(ENDPOINTS.is_saml_logout(&ENDPOINTS.saml(id), id), "{id}");
            assert!(ENDPOINTS.is_saml_logout(&ENDPOINTS.saml_logout(id), id), "{id}");
            assert!(!ENDPOINTS.is_saml(&ENDPOINTS.saml_logout(id), id), "{id}");
            assert!(!ENDPOINTS.is_saml(&ENDPOINTS.saml(id), "other"), "{id}");
        }
        assert_eq!(ENDPOINTS.saml("a b+c"), "https://tenant.example/samlp/a%20b%2Bc");
    }

    #[test]
    fn a_client_id_may_be_sent_as_it_is_or_escaped() {
        for sent in ["a b+c", "a%20b%2Bc", "a%20b%2bc", "%61 b+c", "a b+c?x=y"] {
            let url = format!("https://tenant.example/samlp/{sent}");
            assert!(ENDPOINTS.is_saml(&url, "a b+c"), "{sent}");
        }
    }

    #[test]
    fn another_place_is_not_this_endpoint() {
        for url in [
            "http://tenant.example/samlp/abc",
            "https://tenant.example.evil.example/samlp/abc",
            "https://tenant.example:8443/samlp/abc",
            "https://user@tenant.example/samlp/abc",
            "https://tenant.example/samlp/abc/",
            "https://tenant.example/samlp/abc/other",
            "https://tenant.example/samlp/abc#x",
            "https://tenant.example/samlp//abc",
            "https://tenant.example/samlp/%E4",
            "",
        ] {
            assert!(!ENDPOINTS.is_saml(url, "abc"), "{url}");
            assert!(!ENDPOINTS.is_saml_logout(url, "abc"), "{url}");
        }
    }
}
