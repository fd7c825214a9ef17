//! The tenant's own settings.

use super::exported::exported;
use super::lifetime::SessionHours;
use super::limits::{IDLE_SESSION_HOURS, SESSION_HOURS};
use super::setting::Setting;
use super::words::words;
use serde::Deserialize;
use serde_json::{Map, Value};

exported! {
    /// `tenant.json`.
    TenantSettings {
        /// Name for people.
        friendly_name: Option<String>,
        /// Absolute session lifetime in hours.
        session_lifetime: Option<Setting<SessionHours>>,
        /// Idle session lifetime in hours.
        idle_session_lifetime: Option<Setting<SessionHours>>,
        /// How browsers keep the cookie of a session.
        session_cookie: Option<SessionCookieSettings>,
        /// Audience of requests that name none.
        default_audience: Option<String>,
        /// The connection of password grants that name none.
        default_directory: Option<String>,
        /// URLs that a logout which names no application may lead to.
        allowed_logout_urls: Vec<String>,
        /// Feature flags.
        flags: Map<String, Value>,
        /// Whether Actions may choose MFA factors.
        customize_mfa_in_postlogin_action: Option<bool>,
        /// Whether `org_name` goes into tokens.
        allow_organization_name_in_authentication_api: Option<bool>,
    }
}

exported! {
    /// `session_cookie` of `tenant.json`.
    SessionCookieSettings {
        /// Persistent where it is absent.
        mode: Option<Setting<SessionCookieMode>>,
    }
}

words! {
    /// How browsers keep the cookie of a session.
    SessionCookieMode, reported: false {
        /// Until the browser closes.
        NonPersistent = "non-persistent",
        /// Until the session ends.
        Persistent = "persistent",
    }
}

impl TenantSettings {
    /// How browsers keep the cookie of a session: until the session ends where that is not set, or cannot be had.
    pub fn session_cookie_mode(&self) -> SessionCookieMode {
        let mode = self
            .session_cookie
            .as_ref()
            .and_then(|cookie| cookie.mode.as_ref());
        mode.and_then(|mode| mode.copied().ok())
            .unwrap_or(SessionCookieMode::Persistent)
    }

    /// How long a session lasts: [`SESSION_HOURS`] where that is not set, or cannot be had.
    pub fn session_hours(&self) -> SessionHours {
        hours(self.session_lifetime.as_ref(), SESSION_HOURS)
    }

    /// How long an unused session lasts: [`IDLE_SESSION_HOURS`] where that is not set, or cannot be had.
    pub fn idle_session_hours(&self) -> SessionHours {
        hours(self.idle_session_lifetime.as_ref(), IDLE_SESSION_HOURS)
    }
}

fn hours(setting: Option<&Setting<SessionHours>>, default: u32) -> SessionHours {
    setting
        .and_then(|setting| setting.copied().ok())
        .unwrap_or(SessionHours::of_platform(default))
}
