//! The tenant's own settings.

use super::exported::exported;
use super::limits::{IDLE_SESSION_HOURS, SESSION_HOURS};
use serde::Deserialize;
use serde_json::{Map, Value};

exported! {
    /// `tenant.json`.
    TenantSettings {
        /// Name for people.
        friendly_name: Option<String>,
        /// Absolute session lifetime in hours.
        session_lifetime: Option<f64>,
        /// Idle session lifetime in hours.
        idle_session_lifetime: Option<f64>,
        /// Audience of requests that name none.
        default_audience: Option<String>,
        /// Feature flags.
        flags: Map<String, Value>,
        /// Whether Actions may choose MFA factors.
        customize_mfa_in_postlogin_action: Option<bool>,
        /// Whether `org_name` goes into tokens.
        allow_organization_name_in_authentication_api: Option<bool>,
    }
}

impl TenantSettings {
    /// Hours until a session ends; [`SESSION_HOURS`] unless set.
    pub fn session_hours(&self) -> f64 {
        self.session_lifetime.unwrap_or(SESSION_HOURS.into())
    }

    /// Hours until an unused session ends; [`IDLE_SESSION_HOURS`] unless set.
    pub fn idle_session_hours(&self) -> f64 {
        self.idle_session_lifetime.unwrap_or(IDLE_SESSION_HOURS.into())
    }
}
