//! The browser session and the refresh token of the event.

use super::dict::Dict;
use super::parts::event_object;
use crate::command::CookieMode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

event_object! {
    /// The browser session.
    EventSession {
        /// Session id.
        id: String,
        /// Whose session.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        authenticated_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        idle_expires_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_interacted_at: Option<String>,
        /// Applications of the session.
        #[serde(skip_serializing_if = "Option::is_none")]
        clients: Option<Vec<SessionClient>>,
        /// First and last device.
        #[serde(skip_serializing_if = "Option::is_none")]
        device: Option<Device>,
        /// How the browser keeps the session's cookie.
        #[serde(skip_serializing_if = "Option::is_none")]
        cookie: Option<SessionCookie>,
        /// Session metadata; a live view.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Dict>,
    }
}

event_object! {
    /// An application of a session.
    SessionClient {
        /// Client id.
        client_id: String,
    }
}

event_object! {
    /// Where a session or a refresh token was first and last used.
    Device {
        /// Address at the beginning.
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_ip: Option<String>,
        /// Autonomous system number at the beginning.
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_asn: Option<String>,
        /// User agent at the beginning.
        #[serde(skip_serializing_if = "Option::is_none")]
        initial_user_agent: Option<String>,
        /// The last address.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_ip: Option<String>,
        /// The last autonomous system number.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_asn: Option<String>,
        /// The last user agent.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_user_agent: Option<String>,
    }
}

event_object! {
    /// The cookie of a session.
    SessionCookie {
        /// `persistent` or `non-persistent`.
        #[serde(skip_serializing_if = "Option::is_none")]
        mode: Option<CookieMode>,
    }
}

event_object! {
    /// The refresh token of an exchange.
    EventRefreshToken {
        /// Refresh-token id.
        id: String,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// Whose token.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        /// The session it belongs to.
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id: Option<String>,
        /// Whose token.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        expires_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        idle_expires_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_exchanged_at: Option<String>,
        /// Whether each exchange gives a new one.
        #[serde(skip_serializing_if = "Option::is_none")]
        rotating: Option<bool>,
        /// Refresh-token metadata; a live view.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Dict>,
        /// `[{audience, scopes}]`.
        #[serde(skip_serializing_if = "Option::is_none")]
        resource_servers: Option<Vec<Value>>,
        /// First and last device.
        #[serde(skip_serializing_if = "Option::is_none")]
        device: Option<Device>,
    }
}
