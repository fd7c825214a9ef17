//! What an authorization request wants as its answer, and the way the answer travels.

use super::error::{ErrorCode, OAuthError};
use super::parameters::Parameters;
use serde::{Deserialize, Serialize};

/// `response_type`: which of the three an answer holds; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseType {
    /// `code`
    Code,
    /// `code id_token`
    CodeIdToken,
    /// `code id_token token`
    CodeIdTokenToken,
    /// `code token`
    CodeToken,
    /// `id_token`
    IdToken,
    /// `id_token token`
    IdTokenToken,
    /// `token`
    Token,
}

impl ResponseType {
    /// All of them, `code` first.
    pub const ALL: [Self; 7] = [
        Self::Code,
        Self::CodeIdToken,
        Self::CodeIdTokenToken,
        Self::CodeToken,
        Self::IdToken,
        Self::IdTokenToken,
        Self::Token,
    ];

    /// The words of `response_type`, in the order of the registry.
    pub const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Code => &["code"],
            Self::CodeIdToken => &["code", "id_token"],
            Self::CodeIdTokenToken => &["code", "id_token", "token"],
            Self::CodeToken => &["code", "token"],
            Self::IdToken => &["id_token"],
            Self::IdTokenToken => &["id_token", "token"],
            Self::Token => &["token"],
        }
    }

    /// Whether the answer holds a code.
    pub fn has_code(self) -> bool {
        self.words().contains(&"code")
    }

    /// Whether the answer itself holds an ID token.
    pub fn has_id_token(self) -> bool {
        self.words().contains(&"id_token")
    }

    /// Whether the answer itself holds a token, which must not travel in a query.
    pub fn has_token(self) -> bool {
        self != Self::Code
    }

    /// The response type of a request.
    ///
    /// # Errors
    /// It is missing, given twice or unknown (OP-05).
    pub fn of(parameters: &Parameters) -> Result<Self, OAuthError> {
        let Some(text) = parameters.get("response_type")? else {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "response_type is missing",
            ));
        };
        let mut words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        let found = Self::ALL.into_iter().find(|known| known.words() == words);
        found.ok_or_else(|| {
            OAuthError::new(
                ErrorCode::UnsupportedResponseType,
                "response_type must be made of code, id_token and token",
            )
        })
    }
}

/// `response_mode`: how the answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// A form that the browser posts to the redirect URI.
    FormPost,
    /// The fragment of the redirect URI.
    Fragment,
    /// The query of the redirect URI.
    Query,
    /// A message to the window that framed the request.
    WebMessage,
}

impl ResponseMode {
    /// Names in the order of the discovery document.
    pub const ALL: [Self; 4] = [Self::Query, Self::Fragment, Self::FormPost, Self::WebMessage];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::Fragment => "fragment",
            Self::Query => "query",
            Self::WebMessage => "web_message",
        }
    }

    /// The mode of answers of this type where the request asks for none.
    pub fn default_of(response_type: ResponseType) -> Self {
        if response_type.has_token() {
            Self::Fragment
        } else {
            Self::Query
        }
    }

    /// The mode that a request asks for.
    ///
    /// # Errors
    /// It is unknown or given twice, or tokens would travel in a query (OAuth Multiple Response Types, section 3).
    pub fn of(parameters: &Parameters, response_type: ResponseType) -> Result<Self, OAuthError> {
        match Self::named(parameters)? {
            None => Ok(Self::default_of(response_type)),
            Some(Self::Query) if response_type.has_token() => Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "response_mode query is not for tokens; use fragment or form_post",
            )),
            Some(mode) => Ok(mode),
        }
    }

    /// The mode that a request names, whatever its answer would hold.
    ///
    /// # Errors
    /// It is unknown or given twice.
    pub fn named(parameters: &Parameters) -> Result<Option<Self>, OAuthError> {
        let Some(text) = parameters.get("response_mode")? else {
            return Ok(None);
        };
        let known = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        known.map(Some).ok_or_else(|| {
            OAuthError::new(
                ErrorCode::InvalidRequest,
                "response_mode must be query, fragment, form_post or web_message",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(form: &str) -> Parameters {
        Parameters::of_form(form.as_bytes()).unwrap()
    }

    #[test]
    fn the_order_of_words_means_nothing() {
        let wanted = ResponseType::of(&of("response_type=token+code++id_token")).unwrap();
        assert_eq!(wanted, ResponseType::CodeIdTokenToken);
        for kind in ResponseType::ALL {
            let form = format!("response_type={}", kind.words().join("+"));
            assert_eq!(ResponseType::of(&of(&form)), Ok(kind));
        }
    }

    #[test]
    fn op_05_other_response_types_are_refused() {
        for (form, code) in [
            ("", ErrorCode::InvalidRequest),
            ("response_type=", ErrorCode::InvalidRequest),
            ("response_type=none", ErrorCode::UnsupportedResponseType),
            ("response_type=code+code", ErrorCode::UnsupportedResponseType),
            (
                "response_type=code&response_type=token",
                ErrorCode::InvalidRequest,
            ),
        ] {
            assert_eq!(
                ResponseType::of(&of(form)).map_err(|error| error.code),
                Err(code),
                "{form}"
            );
        }
    }

    #[test]
    fn tokens_never_travel_in_a_query() {
        for kind in ResponseType::ALL {
            let query = ResponseMode::of(&of("response_mode=query"), kind);
            assert_eq!(query.is_ok(), kind == ResponseType::Code);
            assert_ne!(
                ResponseMode::default_of(kind) == ResponseMode::Query,
                kind.has_token()
            );
        }
        assert!(ResponseMode::of(&of("response_mode=jwt"), ResponseType::Code).is_err());
    }
}
