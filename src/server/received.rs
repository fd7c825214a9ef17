//! A request as it came.

use crate::oauth::{BodyFault, ErrorCode, OAuthError, Parameters};
use axum::http::{HeaderMap, Method, header};
use std::net::IpAddr;
use std::time::Instant;

/// A request as it came, read whole.
#[derive(Debug)]
pub(super) struct Received {
    pub method: Method,
    pub path: String,
    /// The last segment of the path, decoded.
    pub segment: String,
    /// Without the question mark.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Whose request it is: who is at the other end of the connection, or whom a trusted proxy speaks for.
    pub ip: IpAddr,
    /// Names the request in the log, in the answer and on pages.
    pub request_id: String,
    /// When it came.
    pub began: Instant,
}

impl Received {
    /// The text of a header; nothing where it is absent, given twice or not text.
    pub fn header(&self, name: &header::HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        if values.next().is_some() {
            return None;
        }
        first.to_str().ok()
    }

    /// The value of a cookie. Of several with this name none counts.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let headers = self.headers.get_all(header::COOKIE).iter();
        let pairs = headers
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(known, _)| *known == name);
        let (_, first) = values.next()?;
        values.next().is_none().then_some(first)
    }

    /// Parameters of the query.
    ///
    /// # Errors
    /// The query cannot be decoded.
    pub fn query(&self) -> Result<Parameters, OAuthError> {
        Parameters::of_form(self.query.as_bytes())
    }

    /// Parameters of a form body.
    ///
    /// # Errors
    /// The body is no form, or cannot be decoded.
    pub fn form(&self) -> Result<Parameters, OAuthError> {
        Parameters::of_form(self.form_text()?.as_bytes())
    }

    /// A form body as it came.
    ///
    /// # Errors
    /// The body is no form, or no text.
    pub fn form_text(&self) -> Result<&str, OAuthError> {
        let text = str::from_utf8(&self.body).ok();
        text.filter(|_| self.media_type() == Some(MediaType::Form))
            .ok_or_else(|| wrong_type(FORM))
    }

    /// Parameters of a form or JSON body: the platform's token endpoint takes both.
    ///
    /// # Errors
    /// The body is neither, or cannot be decoded.
    pub fn form_or_json(&self) -> Result<Parameters, OAuthError> {
        match self.media_type() {
            Some(MediaType::Form) => Parameters::of_form(&self.body),
            Some(MediaType::Json) => Parameters::of_json(&self.body),
            None => Err(wrong_type(&format!("{FORM} or {JSON}"))),
        }
    }

    /// The body, where it says that it is JSON.
    ///
    /// # Errors
    /// It is of another media type.
    pub fn json(&self) -> Result<&[u8], BodyFault> {
        match self.media_type() {
            Some(MediaType::Json) => Ok(&self.body),
            Some(MediaType::Form) | None => Err(BodyFault::of("", format!("it must be {JSON}, in UTF-8"))),
        }
    }

    /// The media type of the body, where it is one that is read, in UTF-8 (RFC 9110 section 8.3.1).
    fn media_type(&self) -> Option<MediaType> {
        let text = self.header(&header::CONTENT_TYPE)?;
        let mut parts = text.split(';').map(str::trim);
        let kind = parts.next()?;
        let kind = [(FORM, MediaType::Form), (JSON, MediaType::Json)]
            .into_iter()
            .find_map(|(name, media_type)| kind.eq_ignore_ascii_case(name).then_some(media_type))?;
        parts
            .filter_map(|parameter| parameter.split_once('='))
            .all(|(name, value)| {
                !name.trim().eq_ignore_ascii_case("charset")
                    || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
            })
            .then_some(kind)
    }
}

/// The kinds of bodies that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MediaType {
    Form,
    Json,
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn wrong_type(wanted: &str) -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidRequest,
        format!("the body must be {wanted}, in UTF-8"),
    )
}
