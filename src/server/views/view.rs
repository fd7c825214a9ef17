//! A page before it is rendered: what it says, in no language yet.

use super::language::Language;
use super::page::{Page, nonce};
use super::templates::Templates;
use super::what::What;
use super::words::Words;
use crate::server::received::Received;
use axum::http::header;
use minijinja::{Value, context};
use serde::Serialize;

/// A page, and what it says.
#[derive(Debug)]
pub enum View {
    /// Whether the application may have what it asks for.
    Consent(Box<ConsentPage>),
    /// The answer to an application, which the browser posts.
    FormPost {
        action: String,
        fields: Vec<(&'static str, String)>,
    },
    /// Name and password.
    Login(Box<LoginPage>),
    /// Whether somebody wants to log out, or that they are logged out.
    LogOut(LogOutPage),
    /// What happened.
    Told(What),
    /// The answer to an application, which the page sends to the window that framed or opened it.
    WebMessage {
        origin: String,
        fields: Vec<(&'static str, String)>,
    },
}

/// The form with which somebody logs in.
#[derive(Debug)]
pub struct LoginPage {
    /// Name of the application.
    pub application: String,
    pub client_id: String,
    pub state: String,
    /// The token that binds the form to the browser.
    pub token: String,
    pub username: String,
    /// What was wrong with the last attempt.
    pub alert: Option<Alert>,
    /// By what people log in.
    pub named_by: NamedBy,
}

/// By what people log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedBy {
    /// Their e-mail address alone.
    Email,
    /// Their e-mail address or another name.
    Name,
}

/// What was wrong with an attempt to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    Busy,
    Throttled,
    WrongPassword,
}

/// The form with which somebody consents.
#[derive(Debug)]
pub struct ConsentPage {
    /// Name of the application.
    pub application: String,
    pub client_id: String,
    /// The name of whoever is logged in.
    pub user: String,
    pub asks: Asks,
    pub scopes: Vec<AskedScope>,
    pub state: String,
    /// The token that binds the form to the browser.
    pub token: String,
}

/// What an application asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// Scopes.
    Access,
    /// No more than who the user is.
    Login,
}

/// A scope that somebody is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedScope {
    /// Empty where the application asks for the API itself, without a scope of it.
    pub scope: String,
    /// Name of the API that defines it.
    pub api: Option<String>,
    /// What the API says of it.
    pub description: Option<String>,
}

/// The page of a logout.
#[derive(Debug)]
pub enum LogOutPage {
    /// They are logged out.
    Done,
    /// Do they want to?
    Question {
        state: String,
        /// The token that binds the form to the browser.
        token: String,
    },
}

/// Who reads a page.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    pub received: &'a Received,
    /// Name of the tenant.
    pub tenant: &'a str,
    /// The languages that the application wishes, the best one first.
    pub locales: &'a [String],
}

impl Reader<'_> {
    /// The languages of the application count first, then those that stand in the URL, then the browser's (server 4).
    fn language(self) -> Language {
        let query = self.received.query().ok();
        let of_query = query
            .as_ref()
            .and_then(|query| query.get("ui_locales").ok().flatten())
            .unwrap_or_default();
        let of_application = self.locales.iter().map(String::as_str);
        let wished = of_application.chain(of_query.split(' '));
        Language::of(wished, self.received.header(&header::ACCEPT_LANGUAGE))
    }
}

impl View {
    /// The page in the language of whoever reads it.
    pub fn page(&self, templates: &Templates, reader: Reader<'_>) -> Page {
        let nonce = nonce();
        let language = reader.language();
        let words = Words::of(language);
        let (name, values) = self.values(words);
        let common = context! {
            lang => language.tag(), t => words, nonce, request_id => reader.received.request_id, tenant => reader.tenant,
        };
        Page {
            html: templates.render(name, &context! { ..values, ..common }),
            nonce,
            framed_by: match self {
                Self::WebMessage { origin, .. } => Some(origin.clone()),
                _ => None,
            },
        }
    }

    /// Name of the template and what it shows.
    pub(super) fn values(&self, words: &'static Words) -> (&'static str, Value) {
        match self {
            Self::Consent(page) => ("consent.html", page.values(words)),
            Self::FormPost { action, fields } => ("form_post.html", context! { action, fields }),
            Self::Login(page) => ("login.html", page.values(words)),
            Self::LogOut(page) => ("logout.html", page.values(words)),
            Self::Told(what) => {
                let (title, message) = what.words(words);
                let (detail, status) = (what.detail(), what.status().as_u16());
                ("error.html", context! { title, message, detail, status })
            }
            Self::WebMessage { origin, fields } => {
                let fields = fields.iter().map(|(name, value)| (*name, value));
                let message = in_script(&fields.collect::<indexmap::IndexMap<_, _>>());
                let target = in_script(origin);
                ("web_message.html", context! { message, target })
            }
        }
    }
}

impl LoginPage {
    fn values(&self, words: &'static Words) -> Value {
        let (label, kind) = match self.named_by {
            NamedBy::Email => (words.email, "email"),
            NamedBy::Name => (words.name, "text"),
        };
        let alert = self.alert.map(|alert| match alert {
            Alert::Busy => words.busy,
            Alert::Throttled => words.throttled,
            Alert::WrongPassword => words.wrong_password,
        });
        context! {
            title => words.log_in_to.replace("{application}", &self.application),
            application => self.application, client_id => self.client_id,
            state => self.state, token => self.token, username => self.username,
            action => "login", label, kind, alert,
        }
    }
}

impl ConsentPage {
    fn values(&self, words: &'static Words) -> Value {
        #[derive(Serialize)]
        struct Shown<'a> {
            scope: &'a str,
            api: Option<&'a str>,
            description: Option<&'a str>,
            text: String,
        }
        let shown = self.scopes.iter().map(|asked| Shown {
            scope: &asked.scope,
            api: asked.api.as_deref(),
            description: asked.description.as_deref(),
            text: asked.text(words),
        });
        let title = match self.asks {
            Asks::Access => words.wants_access,
            Asks::Login => words.wants_log_in,
        };
        context! {
            title => title.replace("{application}", &self.application),
            may_then => words.may_then.replace("{application}", &self.application),
            logged_in_as => words.logged_in_as.replace("{user}", &self.user),
            application => self.application, client_id => self.client_id, user => self.user,
            scopes => shown.collect::<Vec<_>>(),
            state => self.state, token => self.token, action => "consent",
        }
    }
}

impl AskedScope {
    /// In words: those of the API, ours for the scopes of OpenID Connect, or the scope itself.
    fn text(&self, words: &'static Words) -> String {
        if let Some(description) = &self.description {
            return description.clone();
        }
        let known = match self.scope.as_str() {
            "openid" => words.scope_openid,
            "profile" => words.scope_profile,
            "email" => words.scope_email,
            "phone" => words.scope_phone,
            "address" => words.scope_address,
            "offline_access" => words.scope_offline_access,
            "" => {
                let api = self.api.as_deref().unwrap_or_default();
                return words.api_alone.replace("{api}", api);
            }
            scope => {
                return match &self.api {
                    Some(api) => words.scope_of_api.replace("{scope}", scope).replace("{api}", api),
                    None => words.scope_other.replace("{scope}", scope),
                };
            }
        };
        known.to_owned()
    }
}

impl LogOutPage {
    fn values(&self, words: &'static Words) -> Value {
        match self {
            Self::Done => context! { title => words.logged_out_title, message => words.logged_out },
            Self::Question { state, token } => context! {
                title => words.log_out_title, message => words.log_out_question, state, token, action => "logout",
            },
        }
    }
}

/// As JSON in a script, which nothing in it ends.
fn in_script(value: &impl Serialize) -> String {
    let json = serde_json::to_string(value).unwrap_or_default();
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
