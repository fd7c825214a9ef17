//! What the trace calls the thing that a command changes.

use super::MetadataChange;
use super::request::Command;
use crate::trace::id_token_claim;

impl Command {
    /// The target, such as `id_token/<claim>`, `saml/attribute:<name>` or `session/expires_at`.
    pub fn target(&self) -> String {
        match self {
            Self::AddScope { scope } | Self::RemoveScope { scope } => format!("access_token/scope:{scope}"),
            Self::CacheDelete { key } | Self::CacheSet { key } => format!("cache:{key}"),
            Self::Deny { .. } => "access".to_owned(),
            Self::EnableMultifactor { .. } => "multifactor".to_owned(),
            Self::Mfa(command) => format!("mfa/{}", command.kind.name()),
            Self::RecordMethod { url } => format!("session/method:{url}"),
            Self::RefreshTokenMetadata(change) => metadata("refresh_token", change),
            Self::RenderPrompt { id, .. } => format!("prompt:{id}"),
            Self::RevokeRefreshToken { .. } => "refresh_token".to_owned(),
            Self::RevokeSession { .. } => "session".to_owned(),
            Self::Saml(setting) => saml(setting.setter(), setting.attribute()),
            Self::SendUserTo { .. } => "redirect".to_owned(),
            Self::SessionMetadata(change) => metadata("session", change),
            Self::SetAccessTokenClaim { name, .. } => format!("access_token/{name}"),
            Self::SetAppMetadata { name, .. } => format!("user/app_metadata:{name}"),
            Self::SetCookieMode { .. } => "session/cookie_mode".to_owned(),
            Self::SetIdTokenClaim { name, .. } => id_token_claim(name),
            Self::SetPrimaryUser { .. } => "user/primary_user".to_owned(),
            Self::SetSamlAttribute { name, .. } => saml("setAttribute", Some(name)),
            Self::SetRefreshTokenExpiresAt { .. } => "refresh_token/expires_at".to_owned(),
            Self::SetRefreshTokenIdleExpiresAt { .. } => "refresh_token/idle_expires_at".to_owned(),
            Self::SetSessionExpiresAt { .. } => "session/expires_at".to_owned(),
            Self::SetSessionIdleExpiresAt { .. } => "session/idle_expires_at".to_owned(),
            Self::SetTransactionMetadata { key, .. } => format!("transaction/metadata:{key}"),
            Self::SetUserMetadata { name, .. } => format!("user/user_metadata:{name}"),
            Self::ValidationError { code, .. } => format!("validation:{code}"),
        }
    }
}

/// `saml/attribute:<name>`, or `saml/<setting>` such as `saml/signResponse`.
fn saml(setter: &str, attribute: Option<&str>) -> String {
    let length = "saml/:".len() + setter.len() + attribute.map_or(0, str::len);
    let mut target = String::with_capacity(length);
    target.push_str("saml/");
    target.push_str(&setter["set".len()..]);
    target["saml/".len()..="saml/".len()].make_ascii_lowercase();
    if let Some(attribute) = attribute {
        target.push(':');
        target.push_str(attribute);
    }
    target
}

fn metadata(of: &str, change: &MetadataChange) -> String {
    match change {
        MetadataChange::Delete { key } | MetadataChange::Set { key, .. } => format!("{of}/metadata:{key}"),
        MetadataChange::Evict => format!("{of}/metadata"),
    }
}
