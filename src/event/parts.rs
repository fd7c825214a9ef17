//! The members of the event.

use super::dict::Dict;
use crate::tenant::Identity;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Declares an event object: every field skipped when absent, unknown members kept in `extra`.
macro_rules! event_object {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        $(#[$meta])*
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Members that are not documented.
            #[serde(flatten)]
            pub extra: Dict,
        }
    };
}

pub(super) use event_object;

/// How the login came in (semantics 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Authorization code.
    OidcBasicProfile,
    /// Implicit.
    OidcImplicitProfile,
    /// Hybrid.
    OidcHybridProfile,
    /// Client-initiated back-channel authentication.
    OidcCiba,
    /// The same, answered through a web link.
    OidcCibaWebLink,
    /// Device authorization.
    Oauth2DeviceCode,
    /// Resource-owner endpoint.
    Oauth2ResourceOwner,
    /// JWT bearer.
    Oauth2ResourceOwnerJwtBearer,
    /// Password grant.
    Oauth2Password,
    /// Passkey grant.
    Oauth2Webauthn,
    /// Access-token exchange of a social provider.
    Oauth2AccessToken,
    /// Refresh exchange.
    Oauth2RefreshToken,
    /// Token exchange.
    Oauth2TokenExchange,
    /// SAML 2.0 web browser SSO.
    Samlp,
    /// WS-Federation.
    Wsfed,
    /// WS-Trust.
    WstrustUsernamemixed,
}

impl Protocol {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OidcBasicProfile => "oidc-basic-profile",
            Self::OidcImplicitProfile => "oidc-implicit-profile",
            Self::OidcHybridProfile => "oidc-hybrid-profile",
            Self::OidcCiba => "oidc-ciba",
            Self::OidcCibaWebLink => "oidc-ciba-web-link",
            Self::Oauth2DeviceCode => "oauth2-device-code",
            Self::Oauth2ResourceOwner => "oauth2-resource-owner",
            Self::Oauth2ResourceOwnerJwtBearer => "oauth2-resource-owner-jwt-bearer",
            Self::Oauth2Password => "oauth2-password",
            Self::Oauth2Webauthn => "oauth2-webauthn",
            Self::Oauth2AccessToken => "oauth2-access-token",
            Self::Oauth2RefreshToken => "oauth2-refresh-token",
            Self::Oauth2TokenExchange => "oauth2-token-exchange",
            Self::Samlp => "samlp",
            Self::Wsfed => "wsfed",
            Self::WstrustUsernamemixed => "wstrust-usernamemixed",
        }
    }

    /// Whether the transaction was started at a browser endpoint.
    pub const fn has_browser(self) -> bool {
        matches!(
            self,
            Self::OidcBasicProfile
                | Self::OidcImplicitProfile
                | Self::OidcHybridProfile
                | Self::OidcCibaWebLink
                | Self::Oauth2DeviceCode
                | Self::Samlp
                | Self::Wsfed
        )
    }
}

event_object! {
    /// The transaction (semantics 5.4).
    Transaction {
        /// Set for browser flows.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Requested authentication context classes.
        acr_values: Vec<String>,
        /// Linking id.
        #[serde(skip_serializing_if = "Option::is_none")]
        linking_id: Option<String>,
        /// Locale of the pages.
        locale: String,
        /// The user whom the application expects.
        #[serde(skip_serializing_if = "Option::is_none")]
        login_hint: Option<String>,
        /// OIDC `prompt`, split.
        #[serde(skip_serializing_if = "Option::is_none")]
        prompt: Option<Vec<String>>,
        /// How the login came in.
        #[serde(skip_serializing_if = "Option::is_none")]
        protocol: Option<Protocol>,
        /// Where the answer goes; for SAML the ACS URL.
        #[serde(skip_serializing_if = "Option::is_none")]
        redirect_uri: Option<String>,
        /// Rich authorization requests.
        #[serde(skip_serializing_if = "Option::is_none")]
        requested_authorization_details: Option<Vec<Value>>,
        /// Scopes of the request.
        requested_scopes: Vec<String>,
        /// `query fragment form_post web_message`.
        #[serde(skip_serializing_if = "Option::is_none")]
        response_mode: Option<String>,
        /// `code token id_token`.
        #[serde(skip_serializing_if = "Option::is_none")]
        response_type: Option<Vec<String>>,
        /// The application's state; for SAML the RelayState.
        #[serde(skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// OIDC `ui_locales`, split.
        ui_locales: Vec<String>,
        /// Correlation id.
        #[serde(skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
        /// What Actions keep for the time of the transaction; a live view.
        metadata: Dict,
    }
}

event_object! {
    /// How the user proved who they are.
    Authentication {
        /// In order of completion.
        methods: Vec<AuthenticationMethod>,
        /// Adaptive MFA's view.
        #[serde(rename = "riskAssessment", skip_serializing_if = "Option::is_none")]
        risk_assessment: Option<Value>,
    }
}

event_object! {
    /// One completed authentication method.
    AuthenticationMethod {
        /// `federated pwd passkey sms email phone_number mock mfa`, or a URL recorded by `recordMethod`.
        name: String,
        /// ISO 8601.
        timestamp: String,
        /// Factor type of an `mfa` entry.
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
    }
}

event_object! {
    /// Roles of the user.
    Authorization {
        /// Names.
        roles: Vec<String>,
    }
}

event_object! {
    /// The application.
    EventClient {
        /// Client id.
        client_id: String,
        /// Display name.
        name: String,
        /// Client metadata.
        metadata: Dict,
    }
}

event_object! {
    /// Where the user comes from.
    EventConnection {
        /// Connection id.
        id: String,
        /// Connection name.
        name: String,
        /// Social: the name; database: `auth0`.
        strategy: String,
        /// Connection metadata.
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata: Option<Dict>,
    }
}

event_object! {
    /// The organization the user logs in to.
    EventOrganization {
        /// Organization id.
        id: String,
        /// Name.
        name: String,
        /// Name for people.
        display_name: String,
        /// Organization metadata.
        metadata: Dict,
    }
}

event_object! {
    /// A rendered form, on resume.
    Prompt {
        /// Form id.
        id: String,
        /// What the browser sent.
        #[serde(skip_serializing_if = "Option::is_none")]
        fields: Option<Dict>,
        /// What stayed on the server.
        #[serde(skip_serializing_if = "Option::is_none")]
        vars: Option<Dict>,
    }
}

event_object! {
    /// The request that this segment answers.
    EventRequest {
        /// Autonomous system number.
        #[serde(skip_serializing_if = "Option::is_none")]
        asn: Option<String>,
        /// Filled on POST.
        body: Dict,
        /// Where the address is.
        geoip: Dict,
        /// The domain used, a custom one included.
        #[serde(skip_serializing_if = "Option::is_none")]
        hostname: Option<String>,
        /// Address of the user agent.
        ip: String,
        /// Preferred language of the browser.
        #[serde(skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// HTTP method.
        method: String,
        /// Query parameters.
        query: Dict,
        /// User agent.
        #[serde(skip_serializing_if = "Option::is_none")]
        user_agent: Option<String>,
    }
}

event_object! {
    /// The API the access token is for.
    EventResourceServer {
        /// The audience.
        identifier: String,
    }
}

event_object! {
    /// Counts about the user.
    Stats {
        /// Includes this login.
        logins_count: u64,
    }
}

event_object! {
    /// The tenant.
    EventTenant {
        /// Tenant name.
        id: String,
    }
}

event_object! {
    /// The user who logs in (semantics 5.3). Any further profile property is in `extra`.
    User {
        /// The only profile field that is always there.
        user_id: String,
        /// Address.
        #[serde(skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// Whether the address is proven.
        email_verified: bool,
        /// Name to log in with.
        #[serde(skip_serializing_if = "Option::is_none")]
        username: Option<String>,
        /// Full name.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// First name.
        #[serde(skip_serializing_if = "Option::is_none")]
        given_name: Option<String>,
        /// Last name.
        #[serde(skip_serializing_if = "Option::is_none")]
        family_name: Option<String>,
        /// Nickname.
        #[serde(skip_serializing_if = "Option::is_none")]
        nickname: Option<String>,
        /// E.164.
        #[serde(skip_serializing_if = "Option::is_none")]
        phone_number: Option<String>,
        /// Whether the number is proven.
        #[serde(skip_serializing_if = "Option::is_none")]
        phone_verified: Option<bool>,
        /// URL.
        #[serde(skip_serializing_if = "Option::is_none")]
        picture: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<String>,
        /// ISO 8601.
        #[serde(skip_serializing_if = "Option::is_none")]
        last_password_reset: Option<String>,
        /// Editable by the user; always an object.
        user_metadata: Dict,
        /// Not editable by the user; always an object.
        app_metadata: Dict,
        /// The linked accounts, the primary one first.
        identities: Vec<Identity>,
        /// Factors that the user has, by provider.
        #[serde(skip_serializing_if = "Option::is_none")]
        multifactor: Option<Vec<String>>,
        /// Absent when it could not be determined.
        #[serde(rename = "enrolledFactors", skip_serializing_if = "Option::is_none")]
        enrolled_factors: Option<Vec<EnrolledFactor>>,
    }
}

event_object! {
    /// A factor that the user has.
    EnrolledFactor {
        /// Factor type.
        #[serde(rename = "type")]
        kind: String,
        /// Such as `preferredMethod`.
        #[serde(skip_serializing_if = "Option::is_none")]
        options: Option<Dict>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_named_as_events_have_it() {
        for protocol in [
            Protocol::OidcBasicProfile,
            Protocol::OidcImplicitProfile,
            Protocol::OidcHybridProfile,
            Protocol::OidcCiba,
            Protocol::OidcCibaWebLink,
            Protocol::Oauth2DeviceCode,
            Protocol::Oauth2ResourceOwner,
            Protocol::Oauth2ResourceOwnerJwtBearer,
            Protocol::Oauth2Password,
            Protocol::Oauth2Webauthn,
            Protocol::Oauth2AccessToken,
            Protocol::Oauth2RefreshToken,
            Protocol::Oauth2TokenExchange,
            Protocol::Samlp,
            Protocol::Wsfed,
            Protocol::WstrustUsernamemixed,
        ] {
            assert_eq!(serde_json::to_value(protocol).unwrap(), protocol.as_str());
        }
    }
}
