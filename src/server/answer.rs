//! What is sent back.

use super::views::{Page, View};
use crate::flow::Unavailable;
use crate::oauth::{ErrorCode, OAuthError};
use crate::web_url::ascii_url;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer: a status, headers, a body. Every answer is `no-store` unless it says otherwise, and none is sniffed.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
    /// A page that is not rendered yet.
    view: Option<Box<View>>,
    /// The languages that are wished for the page, the best one first.
    locales: Vec<String>,
}

impl Answer {
    /// JSON.
    pub fn json(status: StatusCode, value: &Value) -> Self {
        let body = serde_json::to_vec(value).expect("a value is JSON");
        Self::new(status, "application/json; charset=utf-8", body)
    }

    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            view: None,
            locales: Vec::new(),
        }
    }

    /// Plain text for people and programs.
    pub fn text(status: StatusCode, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.to_owned())
    }

    /// A page that is still to be rendered.
    pub fn view(status: StatusCode, view: View) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            view: Some(Box::new(view)),
            locales: Vec::new(),
        }
    }

    /// What the page refuses, for the log: a word, and what is said to those who know more.
    pub fn refusal(&self) -> Option<(&'static str, Option<&str>)> {
        match self.view.as_deref() {
            Some(View::Told(what)) => Some((what.word()?, what.detail())),
            _ => None,
        }
    }

    /// The same, whose page is in one of these languages, the best one first.
    pub fn in_languages(self, locales: &[String]) -> Self {
        Self {
            locales: locales.to_vec(),
            ..self
        }
    }

    /// The same with its page, if it has one. The page is rendered in the first language that there is of those given.
    pub fn rendered(mut self, render: impl FnOnce(&View, &[String]) -> Page) -> Self {
        let Some(view) = self.view.take() else {
            return self;
        };
        let mut page = Self::page(self.status, render(&view, &self.locales));
        page.headers.extend(self.headers);
        page
    }

    /// A page, which is never framed and loads nothing but what stands in it.
    pub fn page(status: StatusCode, page: Page) -> Self {
        let Page {
            html,
            nonce,
            framed_by,
        } = page;
        let ancestors = framed_by.as_deref().unwrap_or("'none'");
        let policy = format!(
            "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; \
             frame-ancestors {ancestors}"
        );
        let page = Self::new(status, "text/html; charset=utf-8", html)
            .with(header::CONTENT_SECURITY_POLICY, policy)
            .with(header::REFERRER_POLICY, "no-referrer".to_owned());
        match framed_by {
            Some(_) => page,
            None => page.with(header::X_FRAME_OPTIONS, "DENY".to_owned()),
        }
    }

    /// A page that brings its own headers.
    pub fn whole(html: String, headers: [(&'static str, String); 6]) -> Self {
        let mut answer = Self {
            status: StatusCode::OK,
            headers: Vec::new(),
            body: html.into_bytes(),
            view: None,
            locales: Vec::new(),
        };
        for (name, value) in headers {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                answer.headers.push((name, value));
            }
        }
        answer
    }

    /// A document of this media type.
    pub fn document(kind: &str, document: String) -> Self {
        Self::new(StatusCode::OK, kind, document)
    }

    /// A redirect that is followed with GET: the one place where a `Location` is made.
    pub fn redirect(url: &str) -> Self {
        Self::new(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new())
            .with(header::LOCATION, ascii_url(url).into_owned())
    }

    /// The redirect of an Action, with the status that the platform gives it (semantics 2.8).
    pub fn sent_to(url: &str) -> Self {
        Self {
            status: StatusCode::FOUND,
            ..Self::redirect(url)
        }
    }

    /// An error of OAuth as JSON. `invalid_client` asks for credentials (RFC 6749 section 5.2).
    pub fn error(error: &OAuthError) -> Self {
        let status = StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({"error": error.code.as_str(), "error_description": error.description});
        let answer = Self::json(status, &body);
        if error.code == ErrorCode::InvalidClient {
            return answer.with(header::WWW_AUTHENTICATE, "Basic realm=\"postlogin\"".to_owned());
        }
        answer
    }

    /// The method is none of those that the path takes.
    pub fn wrong_method(allowed: &'static str) -> Self {
        Self::text(
            StatusCode::METHOD_NOT_ALLOWED,
            "this method is not for this path\n",
        )
        .with(header::ALLOW, allowed.to_owned())
    }

    /// The same, which says when to come again, and by a stable name why.
    pub fn unavailable(self, unavailable: &Unavailable) -> Self {
        self.with(header::RETRY_AFTER, "2".to_owned())
            .with(REASON, unavailable.code.to_owned())
    }

    /// The same with another header.
    pub fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    fn new(status: StatusCode, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![(header::CONTENT_TYPE, kind.to_owned())],
            body: body.into(),
            view: None,
            locales: Vec::new(),
        }
    }

    /// What is sent, for somebody in this process who asked.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The same, where it is a page with the page changed.
    pub fn with_page(mut self, change: impl FnOnce(&str) -> String) -> Self {
        let is_page = |(name, value): &(HeaderName, String)| {
            *name == header::CONTENT_TYPE && value.starts_with("text/html")
        };
        if self.headers.iter().any(is_page)
            && let Ok(page) = std::str::from_utf8(&self.body)
        {
            self.body = change(page).into_bytes();
        }
        self
    }

    /// As HTTP. A header that holds a character which no header may hold makes the whole answer a failure.
    pub fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        let mut given_once = Vec::new();
        for (name, value) in self.headers {
            let Ok(value) = HeaderValue::from_str(&value) else {
                let mut failed = Response::new(Body::from("the answer cannot be sent\n"));
                *failed.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                return failed;
            };
            if name == header::SET_COOKIE && given_once.contains(&name) {
                headers.append(name, value);
            } else {
                given_once.push(name.clone());
                headers.insert(name, value);
            }
        }
        response
    }
}

/// The stable name of the reason why the server cannot answer.
const REASON: HeaderName = HeaderName::from_static("x-postlogin-code");
