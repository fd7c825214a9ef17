//! From method and arguments to a [`Command`], or to the refusal that the script sees.

use super::arguments::Arguments;
use super::call::Call;
use super::call_error::CallError;
use super::metadata::Holder;
use super::mfa::{self, MfaKind};
use super::request::{Command, CookieMode};
use super::{Method, metadata, redirect, saml};
use crate::saml_setting::SamlSetting;
use serde_json::{Map, Value};

const MAX_REASON_BYTES: usize = 4 * 1024;
const MAX_CLAIM_NAME_BYTES: usize = 1024;
const MAX_JSON_DEPTH: usize = 100;
const MAX_USER_ID_CHARACTERS: usize = 128;
const MAX_EPOCH_MS: f64 = 8.64e15;

impl Command {
    /// The command of a recording method.
    ///
    /// # Errors
    /// What the script's `Error` says: an unknown method, a wrong type, a value beyond its limit.
    #[expect(clippy::too_many_lines, reason = "one arm for each method, nothing else")]
    pub fn parse(call: &Call) -> Result<Self, CallError> {
        let arguments = Arguments::check(&call.method, &call.args)?;
        let arguments = &arguments;
        Ok(match arguments.method() {
            Method::SamlSetting(setter) => Self::Saml(saml::setting(setter, arguments)?),
            Method::SamlResponseSetAttribute => return saml::attribute(arguments),
            Method::SamlResponseSetAudiences => {
                Self::Saml(SamlSetting::Audience(saml::audiences(arguments)?))
            }
            Method::AccessDeny => Self::Deny {
                reason: reason(arguments)?,
            },
            Method::AccessTokenAddScope => Self::AddScope {
                scope: scope(arguments)?,
            },
            Method::AccessTokenRemoveScope => Self::RemoveScope {
                scope: scope(arguments)?,
            },
            Method::AccessTokenSetCustomClaim => Self::SetAccessTokenClaim {
                name: claim_name(arguments)?,
                value: json(arguments)?.cloned(),
            },
            Method::IdTokenSetCustomClaim => Self::SetIdTokenClaim {
                name: claim_name(arguments)?,
                value: json(arguments)?.cloned(),
            },
            Method::AuthenticationRecordMethod => {
                let url = arguments.text(0)?;
                redirect::redirect_url(url, "provider_url", arguments)?;
                Self::RecordMethod { url: url.to_owned() }
            }
            Method::AuthenticationSetPrimaryUser => {
                let user_id = arguments.filled(0)?;
                if user_id.chars().count() > MAX_USER_ID_CHARACTERS {
                    return Err(arguments.refuse(format!(
                        "primary_user_id is longer than {MAX_USER_ID_CHARACTERS} characters"
                    )));
                }
                Self::SetPrimaryUser {
                    user_id: user_id.to_owned(),
                }
            }
            Method::AuthenticationChallengeWith => Self::Mfa(mfa::with(MfaKind::ChallengeWith, arguments)?),
            Method::AuthenticationChallengeWithAny => {
                Self::Mfa(mfa::with_any(MfaKind::ChallengeWithAny, arguments)?)
            }
            Method::AuthenticationEnrollWith => Self::Mfa(mfa::with(MfaKind::EnrollWith, arguments)?),
            Method::AuthenticationEnrollWithAny => {
                Self::Mfa(mfa::with_any(MfaKind::EnrollWithAny, arguments)?)
            }
            Method::CacheSet => Self::CacheSet {
                key: arguments.text(0)?.to_owned(),
            },
            Method::CacheDelete => Self::CacheDelete {
                key: arguments.text(0)?.to_owned(),
            },
            Method::MultifactorEnable => {
                let (provider, allow_remember_browser, duo) = mfa::enable(arguments)?;
                Self::EnableMultifactor {
                    provider,
                    allow_remember_browser,
                    duo,
                }
            }
            Method::UserSetAppMetadata => Self::SetAppMetadata {
                name: arguments.filled(0)?.to_owned(),
                value: metadata_value(arguments)?,
            },
            Method::UserSetUserMetadata => Self::SetUserMetadata {
                name: arguments.filled(0)?.to_owned(),
                value: metadata_value(arguments)?,
            },
            Method::RedirectSendUserTo => Self::SendUserTo {
                url: redirect::destination(arguments)?,
            },
            Method::PromptRender => {
                let options = arguments.options(1)?;
                let part = |name| {
                    Ok::<Map<String, Value>, CallError>(options.object(name)?.cloned().unwrap_or_default())
                };
                Self::RenderPrompt {
                    id: arguments.filled(0)?.to_owned(),
                    fields: part("fields")?,
                    vars: part("vars")?,
                }
            }
            Method::ValidationError => Self::ValidationError {
                code: arguments.filled(0)?.to_owned(),
                message: arguments.bounded(1, MAX_REASON_BYTES)?.to_owned(),
            },
            Method::SessionRevoke => Self::RevokeSession {
                reason: reason(arguments)?,
                preserve_refresh_tokens: arguments
                    .options(1)?
                    .boolean("preserveRefreshTokens")?
                    .unwrap_or(false),
            },
            Method::SessionSetExpiresAt => Self::SetSessionExpiresAt {
                at: epoch_ms(arguments)?,
            },
            Method::SessionSetIdleExpiresAt => Self::SetSessionIdleExpiresAt {
                at: epoch_ms(arguments)?,
            },
            Method::SessionSetCookieMode => Self::SetCookieMode {
                mode: cookie_mode(arguments)?,
            },
            Method::SessionSetMetadata => Self::SessionMetadata(metadata::set(arguments, Holder::Session)?),
            Method::SessionDeleteMetadata => {
                Self::SessionMetadata(metadata::delete(arguments, Holder::Session)?)
            }
            Method::SessionEvictMetadata => Self::SessionMetadata(super::MetadataChange::Evict),
            Method::RefreshTokenRevoke => Self::RevokeRefreshToken {
                reason: reason(arguments)?,
            },
            Method::RefreshTokenSetExpiresAt => Self::SetRefreshTokenExpiresAt {
                at: epoch_ms(arguments)?,
            },
            Method::RefreshTokenSetIdleExpiresAt => Self::SetRefreshTokenIdleExpiresAt {
                at: epoch_ms(arguments)?,
            },
            Method::RefreshTokenSetMetadata => {
                Self::RefreshTokenMetadata(metadata::set(arguments, Holder::RefreshToken)?)
            }
            Method::RefreshTokenDeleteMetadata => {
                Self::RefreshTokenMetadata(metadata::delete(arguments, Holder::RefreshToken)?)
            }
            Method::RefreshTokenEvictMetadata => Self::RefreshTokenMetadata(super::MetadataChange::Evict),
            Method::TransactionSetMetadata => {
                let (key, value) = metadata::transaction(arguments)?;
                Self::SetTransactionMetadata { key, value }
            }
            Method::CacheGet
            | Method::RedirectEncodeToken
            | Method::RedirectValidateToken
            | Method::RulesWasExecuted
            | Method::RedirectCanRedirect
            | Method::GroupsGetUserGroups
            | Method::GroupsHasGroupMembership
            | Method::RolesGetUserEffectiveRoles
            | Method::RolesGetUserEffectiveRolesByIds
            | Method::RolesGetUserEffectiveRolesByNames => {
                return Err(arguments.refuse("this method records nothing"));
            }
        })
    }
}

fn reason(arguments: &Arguments) -> Result<String, CallError> {
    arguments.bounded(0, MAX_REASON_BYTES).map(str::to_owned)
}

/// One scope-token (RFC 6749 section 3.3): no space, no quote, no backslash.
fn scope(arguments: &Arguments) -> Result<String, CallError> {
    let scope = arguments.filled(0)?;
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if !scope.bytes().all(allowed) {
        return Err(arguments.refuse(
            "scope must be one scope: printable ASCII without spaces, quotes and backslashes (RFC 6749 section 3.3)",
        ));
    }
    Ok(scope.to_owned())
}

fn claim_name(arguments: &Arguments) -> Result<String, CallError> {
    let name = arguments.filled(0)?;
    if name.len() > MAX_CLAIM_NAME_BYTES {
        return Err(arguments.refuse(format!(
            "name is {} bytes long, the limit is {MAX_CLAIM_NAME_BYTES} bytes",
            name.len()
        )));
    }
    Ok(name.to_owned())
}

fn json<'a>(arguments: &Arguments<'a>) -> Result<Option<&'a Value>, CallError> {
    let value = arguments.value(1);
    if value.is_some_and(|value| deeper_than(value, MAX_JSON_DEPTH)) {
        return Err(arguments.refuse(format!("value is nested deeper than {MAX_JSON_DEPTH} levels")));
    }
    Ok(value)
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let deeper = |child| levels == 0 || deeper_than(child, levels - 1);
    match value {
        Value::Array(list) => levels == 0 || list.iter().any(deeper),
        Value::Object(members) => levels == 0 || members.values().any(deeper),
        _ => false,
    }
}

fn metadata_value(arguments: &Arguments) -> Result<Value, CallError> {
    let value = json(arguments)?;
    value
        .cloned()
        .ok_or_else(|| arguments.refuse("value must be a JSON value, or null to remove the key"))
}

fn cookie_mode(arguments: &Arguments) -> Result<CookieMode, CallError> {
    let word = arguments.text(0)?;
    let mode = CookieMode::meant_by(word);
    mode.ok_or_else(|| {
        arguments.refuse(format!(
            "unknown mode '{word}'; known are persistent, non-persistent"
        ))
    })
}

fn epoch_ms(arguments: &Arguments) -> Result<i64, CallError> {
    let at = arguments.number(0)?;
    if at.abs() > MAX_EPOCH_MS {
        return Err(arguments.refuse("the time is outside of what a JavaScript Date can hold"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within range")]
    Ok(at.floor() as i64)
}
