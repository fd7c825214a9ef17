//! Logout that an application asks for: RP-Initiated Logout 1.0, and the platform's older form.

use super::error::{ErrorCode, OAuthError};
use super::id_token_hint::IdTokenHint;
use super::parameters::Parameters;
use crate::keys::KeyRing;
use crate::tenant::{Client, Tenant, is_registered};
use crate::web_url::{UrlUse, web_url};
use url::form_urlencoded::byte_serialize;

/// An application wants its user logged out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Where the browser goes then, with `state`; one of the URLs that are registered for that.
    pub redirect: Option<String>,
    /// The languages that the application wishes for its user, the best one first.
    pub ui_locales: Vec<String>,
    hint: Option<IdTokenHint>,
    /// `logout_hint`: the session, as its `sid`.
    session: Option<String>,
}

/// What is known of the session in the browser.
#[derive(Clone, Copy, Debug)]
pub struct SessionInBrowser<'a> {
    /// `sid`
    pub id: &'a str,
    /// Whose it is.
    pub user_id: &'a str,
}

/// Whether the user is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing proves that the application had this session, so whoever sent the browser here may be anybody.
    First,
    /// The application proved it, or there is nothing to end.
    Not,
}

const KNOWN: &[&str] = &[
    "client_id",
    "id_token_hint",
    "logout_hint",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];

impl LogoutRequest {
    /// Accepts a request of `/oidc/logout` (RP-Initiated Logout 1.0 section 2).
    ///
    /// # Errors
    /// The hint is no ID token of ours, the client is another one or none, or the URL is not registered for it. The user is
    /// told on a page: nobody is sent anywhere (OP-24).
    pub fn accept(
        parameters: &Parameters,
        tenant: &Tenant,
        keys: &KeyRing,
        issuer: &str,
    ) -> Result<Self, OAuthError> {
        parameters.each_once(KNOWN)?;
        let hint = parameters.get("id_token_hint")?;
        let hint = hint.map(|hint| IdTokenHint::accept(hint, tenant, keys, issuer));
        let hint = hint.transpose()?;
        let named = parameters.get("client_id")?;
        if let (Some(hint), Some(named)) = (&hint, named)
            && hint.client_id != named
        {
            return Err(invalid(
                "id_token_hint was given to another client than client_id",
            ));
        }
        let client = named.or(hint.as_ref().map(|hint| hint.client_id.as_str()));
        let client = client.map(|id| known(tenant, id)).transpose()?;
        let redirect = match (parameters.get("post_logout_redirect_uri")?, client) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(invalid(
                    "post_logout_redirect_uri needs id_token_hint or client_id: only an application that is known has URLs",
                ));
            }
            (Some(url), Some(client)) => {
                let mut listed = client.allowed_logout_urls.iter();
                if !listed.any(|listed| is_registered(listed, url)) || web_url(url, UrlUse::Return).is_err() {
                    return Err(invalid(
                        "post_logout_redirect_uri is not among the allowed logout URLs of the client",
                    ));
                }
                Some(with_state(url, parameters.get("state")?))
            }
        };
        Ok(Self {
            redirect,
            ui_locales: parameters.words("ui_locales")?,
            hint,
            session: parameters.get("logout_hint")?.map(str::to_owned),
        })
    }

    /// Whether the user is asked before this session ends.
    pub fn asks(&self, session: Option<SessionInBrowser<'_>>) -> Asked {
        let Some(session) = session else {
            return Asked::Not;
        };
        let is_meant = self.session.as_deref() == Some(session.id)
            || self.hint.as_ref().is_some_and(|hint| {
                hint.session.as_deref() == Some(session.id) || hint.subject == session.user_id
            });
        if is_meant { Asked::Not } else { Asked::First }
    }
}

/// Where `/v2/logout` sends the browser: `returnTo`, or the first URL that is registered. With `client_id` those of the client
/// count, without it those of the tenant. As on the platform the query of `returnTo` is not looked at.
///
/// # Errors
/// The client is not there, or the URL is not registered.
pub fn return_to(parameters: &Parameters, tenant: &Tenant) -> Result<Option<String>, OAuthError> {
    let client = parameters.get("client_id")?;
    let client = client.map(|id| known(tenant, id)).transpose()?;
    let listed = client.map_or(&tenant.settings.allowed_logout_urls, |client| {
        &client.allowed_logout_urls
    });
    let Some(url) = parameters.get("returnTo")? else {
        let mut listed = listed.iter();
        return Ok(listed
            .find(|url| !url.contains('*') && web_url(url, UrlUse::Return).is_ok())
            .cloned());
    };
    let bare = |url: &str| url.split_once('?').map_or(url, |(bare, _)| bare).to_owned();
    let is_listed = listed
        .iter()
        .any(|listed| is_registered(&bare(listed), &bare(url)));
    if !is_listed || web_url(url, UrlUse::Return).is_err() {
        return Err(invalid("returnTo is not among the allowed logout URLs"));
    }
    Ok(Some(url.to_owned()))
}

fn known<'a>(tenant: &'a Tenant, client_id: &str) -> Result<&'a Client, OAuthError> {
    let mut clients = tenant.clients.iter();
    clients
        .find(|client| client.client_id == client_id)
        .ok_or_else(|| invalid("there is no client with this client_id"))
}

fn with_state(url: &str, state: Option<&str>) -> String {
    let Some(state) = state else {
        return url.to_owned();
    };
    let joint = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let state: String = byte_serialize(state.as_bytes()).collect();
    format!("{url}{joint}state={state}")
}

fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests;
