//! Where the answer to an authorization request goes, and how. Made once, when the request is accepted; whatever the
//! login comes to travels the same way.

use super::error::OAuthError;
use super::response::ResponseMode;
use serde::{Deserialize, Serialize};
use url::Url;
use url::form_urlencoded::Serializer;

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// A registered callback, as it was registered or asked for.
    pub redirect_uri: String,
    /// How the answer travels.
    pub mode: ResponseMode,
    /// `state` of the request, given back byte by byte.
    pub state: Option<String>,
    /// `iss` of the answer (RFC 9207).
    pub issuer: String,
}

/// An answer on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// A redirect to this URL, with status 303.
    Redirect(String),
    /// A page whose form posts these fields.
    FormPost {
        /// Where to.
        action: String,
        /// Names and values.
        fields: Vec<(&'static str, String)>,
    },
    /// A page that sends these fields to the window around it, if that is of `origin`.
    WebMessage {
        /// Scheme, host and port.
        origin: String,
        /// Names and values.
        fields: Vec<(&'static str, String)>,
    },
}

impl Delivery {
    /// Sends `fields`, to which `state` and `iss` are added.
    pub fn send(&self, mut fields: Vec<(&'static str, String)>) -> Delivered {
        fields.extend(self.state.iter().map(|state| ("state", state.clone())));
        fields.push(("iss", self.issuer.clone()));
        match self.mode {
            ResponseMode::Query => Delivered::Redirect(self.with_query(&fields)),
            ResponseMode::Fragment => {
                Delivered::Redirect(format!("{}#{}", self.redirect_uri, encoded(&fields)))
            }
            ResponseMode::FormPost => Delivered::FormPost {
                action: self.redirect_uri.clone(),
                fields,
            },
            ResponseMode::WebMessage => Delivered::WebMessage {
                origin: self.origin(),
                fields,
            },
        }
    }

    /// Sends an error.
    pub fn refuse(&self, error: &OAuthError) -> Delivered {
        self.send(vec![
            ("error", error.code.as_str().to_owned()),
            ("error_description", error.description.clone().into_owned()),
        ])
    }

    /// Whether the redirect URI has an origin that a message can be sent to.
    pub fn has_origin(&self) -> bool {
        Url::parse(&self.redirect_uri).is_ok_and(|url| url.origin().is_tuple())
    }

    /// The query of a registered callback stays as it is (RFC 6749 section 3.1.2).
    fn with_query(&self, fields: &[(&'static str, String)]) -> String {
        let uri = &self.redirect_uri;
        let joint = match uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        format!("{uri}{joint}{}", encoded(fields))
    }

    fn origin(&self) -> String {
        Url::parse(&self.redirect_uri)
            .map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
    }
}

fn encoded(fields: &[(&'static str, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::ErrorCode;

    fn delivery(redirect_uri: &str, mode: ResponseMode) -> Delivery {
        Delivery {
            redirect_uri: redirect_uri.to_owned(),
            mode,
            state: Some("a b\r\n\"é".to_owned()),
            issuer: "https://id.example/".to_owned(),
        }
    }

    fn sent(redirect_uri: &str, mode: ResponseMode) -> Delivered {
        delivery(redirect_uri, mode).send(vec![("code", "c/1".to_owned())])
    }

    const REST: &str = "code=c%2F1&state=a+b%0D%0A%22%C3%A9&iss=https%3A%2F%2Fid.example%2F";

    #[test]
    fn op_17_a_redirect_escapes_whatever_the_state_holds() {
        for (uri, mode, begins) in [
            (
                "https://app.example/cb",
                ResponseMode::Query,
                "https://app.example/cb?",
            ),
            (
                "https://app.example/cb?a=1",
                ResponseMode::Query,
                "https://app.example/cb?a=1&",
            ),
            (
                "https://app.example/cb?",
                ResponseMode::Query,
                "https://app.example/cb?",
            ),
            (
                "https://app.example/cb?a=1",
                ResponseMode::Fragment,
                "https://app.example/cb?a=1#",
            ),
            ("com.example.app:/cb", ResponseMode::Query, "com.example.app:/cb?"),
        ] {
            assert_eq!(sent(uri, mode), Delivered::Redirect(format!("{begins}{REST}")));
        }
    }

    #[test]
    fn a_message_goes_to_the_origin_alone() {
        let Delivered::WebMessage { origin, fields } =
            sent("https://app.example:8443/cb?x=1", ResponseMode::WebMessage)
        else {
            panic!("no message")
        };
        assert_eq!(origin, "https://app.example:8443");
        assert_eq!(fields[1], ("state", "a b\r\n\"é".to_owned()));
    }

    #[test]
    fn an_error_travels_like_an_answer() {
        let error = OAuthError::new(ErrorCode::LoginRequired, "nobody is logged in");
        let delivered = delivery("https://app.example/cb", ResponseMode::FormPost).refuse(&error);
        let Delivered::FormPost { action, fields } = delivered else {
            panic!("no form")
        };
        assert_eq!(action, "https://app.example/cb");
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
    }
}
