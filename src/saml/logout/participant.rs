//! Who takes part in a session, and how to reach them: one record for each login of a service provider
//! (semantics 4.17).

use super::message::LogoutRequest;
use crate::keys::Certificate;
use crate::saml::answer::SamlAnswer;
use crate::saml::name_id::NameId;
use crate::saml_setting::kind::{self, Kind as _};
use crate::saml_setting::{OneOrMany, ValueError};
use crate::tenant::Client;
use crate::web_url::{UrlFault, UrlUse, shown_url, web_url};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A login of a service provider, as far as logout needs to know it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Participant {
    /// Its application, as it was at the login.
    pub application: Application,
    /// Issuer of the service provider's messages, if it is known.
    pub issuer: Option<String>,
    /// The NameID that the assertion had.
    pub name_id: NameId,
    /// The `SessionIndex` that the assertion had.
    pub session_index: String,
}

/// A service provider as configured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Application {
    /// The client's id.
    pub client_id: String,
    /// Where its logout messages go; `None` if it has no such URL.
    pub endpoint: Option<Endpoint>,
    /// Those whose keys may sign its messages; none if its signatures are not checked.
    #[serde(with = "certificates")]
    pub certificates: Vec<Certificate>,
}

/// Where a service provider takes logout messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct Endpoint {
    url: String,
    response_url: Option<String>,
    binding: Binding,
    notification: Notification,
}

/// An endpoint as it was kept, before it is believed.
#[derive(Deserialize)]
struct Kept {
    url: String,
    response_url: Option<String>,
    binding: Binding,
    notification: Notification,
}

/// How messages are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// HTTP-POST (SAML bindings 3.5)
    #[default]
    Post,
    /// HTTP-Redirect (SAML bindings 3.4)
    Redirect,
}

/// Whether a service provider gets a LogoutRequest when a session ends (`slo_enabled`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notification {
    /// The service provider gets a LogoutRequest.
    #[default]
    Sent,
    /// It does not; it may still ask for logout itself.
    Omitted,
}

/// A URL that no browser may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a URL for logout messages: it {fault}", shown_url(url))]
pub struct EndpointError {
    /// As it was given.
    pub url: String,
    /// Why.
    pub fault: UrlFault,
}

/// Settings of an add-on that logout cannot work with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// Not a binding that is spoken.
    #[error("add-on samlp.{member}: {found} is not a binding; write HTTP-POST or HTTP-Redirect")]
    Binding {
        /// The setting.
        member: &'static str,
        /// Its value.
        found: String,
    },
    /// Not the PEM of a certificate.
    #[error("add-on samlp.{member}: {error}")]
    Certificate {
        /// The setting.
        member: &'static str,
        /// What is wrong.
        #[source]
        error: ValueError,
    },
    /// Not a URL.
    #[error("add-on samlp.{member}: {error}")]
    Endpoint {
        /// The setting.
        member: &'static str,
        /// What is wrong.
        #[source]
        error: EndpointError,
    },
    /// Of another type.
    #[error("add-on samlp.{member} must be {wanted}")]
    Type {
        /// The setting.
        member: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
}

impl Participant {
    /// The login that `answer` ended in, of the service provider that `client` is; `None` where nothing was asserted,
    /// or without a session that could end.
    ///
    /// # Errors
    /// A setting of the client for logout that cannot be used.
    pub fn of(answer: &SamlAnswer, client: &Client) -> Result<Option<Self>, SettingsError> {
        let Some(subject) = answer.subject() else {
            return Ok(None);
        };
        let Some(session_index) = subject.session_index.clone() else {
            return Ok(None);
        };
        let addon = client.addons.samlp.as_ref();
        let configured = addon.and_then(|addon| addon.entity_id.clone());
        Ok(Some(Self {
            application: Application::of(client)?,
            issuer: subject.service_provider.clone().or(configured),
            name_id: subject.name_id.clone(),
            session_index,
        }))
    }

    /// Whether `request` means this login: the issuer if both are known, the NameID, and the session's index
    /// among those of the request (semantics 4.17).
    ///
    /// A request without index means every session of the user (SAML core 3.7.1), which anybody could ask
    /// for who knows the name; so it counts only where requests must be signed.
    pub(super) fn is_meant_by(&self, request: &LogoutRequest) -> bool {
        let issuer = self
            .issuer
            .as_ref()
            .is_none_or(|issuer| *issuer == request.issuer);
        let session = if request.session_indexes.is_empty() {
            !self.application.certificates.is_empty()
        } else {
            request.session_indexes.contains(&self.session_index)
        };
        issuer && session && self.name_id.is_same(&request.name_id)
    }
}

impl Endpoint {
    /// An endpoint that takes requests and responses at `url` by `binding`.
    ///
    /// # Errors
    /// No browser may be sent to `url`.
    pub fn new(url: &str, binding: Binding) -> Result<Self, EndpointError> {
        Ok(Self {
            url: browsable(url)?,
            response_url: None,
            binding,
            notification: Notification::Sent,
        })
    }

    /// With another URL for responses (`ResponseLocation`, SAML metadata 2.2.2).
    ///
    /// # Errors
    /// No browser may be sent to `url`.
    pub fn with_response_url(mut self, url: &str) -> Result<Self, EndpointError> {
        self.response_url = Some(browsable(url)?);
        Ok(self)
    }

    /// With or without notification.
    pub fn with_notification(mut self, notification: Notification) -> Self {
        self.notification = notification;
        self
    }

    /// Where requests go.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where responses go.
    pub fn response_url(&self) -> &str {
        self.response_url.as_deref().unwrap_or(&self.url)
    }

    /// How messages are sent.
    pub fn binding(&self) -> Binding {
        self.binding
    }

    /// Whether the service provider gets a LogoutRequest when a session ends.
    pub fn notification(&self) -> Notification {
        self.notification
    }
}

impl TryFrom<Kept> for Endpoint {
    type Error = EndpointError;

    fn try_from(kept: Kept) -> Result<Self, EndpointError> {
        let endpoint = Self::new(&kept.url, kept.binding)?.with_notification(kept.notification);
        match kept.response_url {
            Some(url) => endpoint.with_response_url(&url),
            None => Ok(endpoint),
        }
    }
}

impl Application {
    /// What the add-on says: `logout` with `callback`, `slo_enabled` and, ours, `response_callback` and
    /// `binding`; else `binding`; `signingCert` (semantics 4.2), or, ours, `logout.signingCert` of a service
    /// provider that signs logout messages only.
    ///
    /// # Errors
    /// A setting that cannot be used.
    pub fn of(client: &Client) -> Result<Self, SettingsError> {
        let addon = client.addons.samlp.as_ref();
        let logout = addon.and_then(|addon| addon.logout.as_ref());
        let own = logout.and_then(|logout| logout.get("signingCert"));
        let (member, certificates) = match own.filter(|own| !own.is_null()) {
            Some(own) => (
                "logout.signingCert",
                Some(kind::Certificates.read(certificates_of_logout(own)?)),
            ),
            None => (
                "signingCert",
                addon.and_then(|addon| addon.settings.signing_cert.clone()),
            ),
        };
        let certificates = certificates
            .transpose()
            .map_err(|error| SettingsError::Certificate { member, error })?
            .unwrap_or_default();
        let binding = addon.and_then(|addon| addon.binding.as_deref());
        Ok(Self {
            client_id: client.client_id.clone(),
            endpoint: logout
                .map(|logout| endpoint(logout, binding))
                .transpose()?
                .flatten(),
            certificates,
        })
    }
}

fn certificates_of_logout(setting: &Value) -> Result<OneOrMany, SettingsError> {
    OneOrMany::deserialize(setting).map_err(|_| SettingsError::Type {
        member: "logout.signingCert",
        wanted: "a certificate in PEM, or a list of them",
    })
}

/// The endpoint that the setting `logout` describes; `None` without a callback.
fn endpoint(logout: &Value, addon_binding: Option<&str>) -> Result<Option<Endpoint>, SettingsError> {
    if logout.is_null() {
        return Ok(None);
    }
    let wrong = |member, wanted| SettingsError::Type { member, wanted };
    let logout = logout.as_object().ok_or_else(|| {
        wrong(
            "logout",
            "an object such as {\"callback\": \"https://sp.example/slo\"}",
        )
    })?;
    let text = |name: &str, member| match logout.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong(member, "a string")),
    };
    let Some(callback) = text("callback", "logout.callback")? else {
        return Ok(None);
    };
    let binding = match (text("binding", "logout.binding")?, addon_binding) {
        (Some(own), _) => binding(own, "logout.binding")?,
        (None, Some(addon)) if !addon.is_empty() => binding(addon, "binding")?,
        (None, _) => Binding::default(),
    };
    let notification = match logout.get("slo_enabled") {
        None | Some(Value::Null | Value::Bool(true)) => Notification::Sent,
        Some(Value::Bool(false)) => Notification::Omitted,
        Some(_) => return Err(wrong("logout.slo_enabled", "true or false")),
    };
    let unusable = |member| move |error| SettingsError::Endpoint { member, error };
    let endpoint = Endpoint::new(callback, binding)
        .map_err(unusable("logout.callback"))?
        .with_notification(notification);
    match text("response_callback", "logout.response_callback")? {
        Some(url) => endpoint
            .with_response_url(url)
            .map(Some)
            .map_err(unusable("logout.response_callback")),
        None => Ok(Some(endpoint)),
    }
}

fn binding(text: &str, member: &'static str) -> Result<Binding, SettingsError> {
    let short = text
        .strip_prefix("urn:oasis:names:tc:SAML:2.0:bindings:")
        .unwrap_or(text);
    match short {
        "HTTP-POST" => Ok(Binding::Post),
        "HTTP-Redirect" => Ok(Binding::Redirect),
        _ => Err(SettingsError::Binding {
            member,
            found: text.to_owned(),
        }),
    }
}

/// `url` if a browser may be sent there.
fn browsable(url: &str) -> Result<String, EndpointError> {
    match web_url(url, UrlUse::Endpoint) {
        Ok(_) => Ok(url.to_owned()),
        Err(fault) => Err(EndpointError {
            url: url.to_owned(),
            fault,
        }),
    }
}

/// Certificates as base64 of their DER form.
mod certificates {
    use crate::keys::Certificate;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(certificates: &[Certificate], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(certificates.iter().map(Certificate::base64))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Certificate>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|base64| {
                let pem = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
                Certificate::from_pem(&pem).map_err(D::Error::custom)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
