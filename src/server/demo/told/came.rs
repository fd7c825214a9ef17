//! What came in: the request of the application, explained.

use super::token::Claim;
use super::words;
use super::xml::{self, Line};
use crate::saml::inbound::{Carrier, binding};
use crate::server::demo::story::Story;
use crate::server::wish::{SamlWish, Wish};
use crate::xml::{Element, Limits, read};
use serde::Serialize;

/// A request as the page shows it.
#[derive(Serialize)]
pub(super) struct Came {
    /// `OpenID Connect` or `SAML`.
    pub protocol: &'static str,
    /// What the request is, in a sentence.
    pub sentence: &'static str,
    pub parameters: Vec<Claim>,
    /// The document, for SAML.
    pub xml: Vec<Line>,
}

impl Came {
    pub fn of(story: &Story) -> Self {
        match &story.wish {
            Wish::Oidc(request) => Self {
                protocol: "OpenID Connect",
                sentence: if request.response_type.has_token() {
                    "The application sent the browser to /authorize, and gets tokens there."
                } else {
                    "The application sent the browser to /authorize, and gets a code that it exchanges for tokens itself."
                },
                parameters: request
                    .parameters
                    .iter()
                    .map(|(name, value)| Claim {
                        name: name.clone(),
                        value: words::plain(value),
                        meaning: Some(meaning(name).to_owned()),
                        who: None,
                    })
                    .collect(),
                xml: Vec::new(),
            },
            Wish::Saml(wish) => Self::of_saml(wish),
        }
    }

    fn of_saml(wish: &SamlWish) -> Self {
        let received = wish
            .message
            .as_ref()
            .and_then(|message| binding::read(&message.text, Carrier::Request).ok());
        let Some(received) = received else {
            return Self {
                protocol: "SAML",
                sentence: "No request: the login began at this server (IdP-initiated).",
                parameters: Vec::new(),
                xml: Vec::new(),
            };
        };
        let mut parameters = Vec::new();
        let mut add = |name: &str, value: &str, meaning: &str| {
            parameters.push(Claim {
                name: name.to_owned(),
                value: value.to_owned(),
                meaning: Some(meaning.to_owned()),
                who: None,
            });
        };
        if let Ok(document) = read(&received.xml, Limits::MESSAGE) {
            let root = document.root();
            let issuer = root.children().find(|child| child.local() == "Issuer");
            if let Some(issuer) = issuer.and_then(Element::value) {
                add("Issuer", issuer, "who asks");
            }
            for (name, meaning) in OF_REQUEST {
                if let Some(value) = root.attribute(name) {
                    add(name, value, meaning);
                }
            }
        }
        if let Some(state) = &received.relay_state {
            add("RelayState", state, "comes back with the answer");
        }
        Self {
            protocol: "SAML",
            sentence: "The service provider sent the browser with an AuthnRequest, and gets a response by POST.",
            parameters,
            xml: xml::lines(&received.xml),
        }
    }
}

/// Attributes of an AuthnRequest (SAML core 3.4.1).
const OF_REQUEST: [(&str, &str); 6] = [
    ("AssertionConsumerServiceURL", "where the response goes"),
    ("ForceAuthn", "whether the person must log in anew"),
    ("ID", "comes back as InResponseTo"),
    ("IsPassive", "whether nobody may be asked"),
    ("IssueInstant", "when it was made"),
    ("ProtocolBinding", "how the response travels"),
];

/// What a parameter of an authorization request is for (RFC 6749, OIDC Core 3.1.2.1, RFC 7636).
fn meaning(name: &str) -> &'static str {
    match name {
        "acr_values" => "how surely the person should be recognised",
        "audience" => "which API the access token is for",
        "client_id" => "which application asks",
        "code_challenge" => "PKCE: only who knows the verifier can use the code",
        "code_challenge_method" => "how the challenge is made",
        "login_hint" => "whom the application expects",
        "max_age" => "how long ago the person may have logged in",
        "nonce" => "comes back in the ID token",
        "organization" => "which organization the person logs in to",
        "prompt" => "whether the person is asked",
        "redirect_uri" => "where the answer goes",
        "response_mode" => "how the answer travels",
        "response_type" => "what the answer is",
        "scope" => "what the application wants to know and do",
        "state" => "comes back with the answer",
        "ui_locales" => "which language the person reads",
        _ => "for the Actions, in event.request",
    }
}
