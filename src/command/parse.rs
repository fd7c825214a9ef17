//! From method and arguments to a [`Command`], or to the refusal that the script sees.

use super::arguments::Arguments;
use super::metadata::Holder;
use super::mfa::{self, MfaKind};
use super::{Call, CallError, Command, CookieMode, metadata, redirect, saml};
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
        if let Some(setter) = call.method.strip_prefix("samlResponse.") {
            return saml::parse(setter, arguments);
        }
        Ok(match call.method.as_str() {
            "access.deny" => Self::Deny {
                reason: reason(arguments)?,
            },
            "accessToken.addScope" => Self::AddScope {
                scope: scope(arguments)?,
            },
            "accessToken.removeScope" => Self::RemoveScope {
                scope: scope(arguments)?,
            },
            "accessToken.setCustomClaim" => Self::SetAccessTokenClaim {
                name: claim_name(arguments)?,
                value: json(arguments)?.cloned(),
            },
            "idToken.setCustomClaim" => Self::SetIdTokenClaim {
                name: claim_name(arguments)?,
                value: json(arguments)?.cloned(),
            },
            "authentication.recordMethod" => {
                let url = arguments.text(0)?;
                redirect::web_url(url, "provider_url", arguments)?;
                Self::RecordMethod { url: url.to_owned() }
            }
            "authentication.setPrimaryUser" => {
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
            "authentication.challengeWith" => Self::Mfa(mfa::with(MfaKind::ChallengeWith, arguments)?),
            "authentication.challengeWithAny" => {
                Self::Mfa(mfa::with_any(MfaKind::ChallengeWithAny, arguments)?)
            }
            "authentication.enrollWith" => Self::Mfa(mfa::with(MfaKind::EnrollWith, arguments)?),
            "authentication.enrollWithAny" => Self::Mfa(mfa::with_any(MfaKind::EnrollWithAny, arguments)?),
            "cache.set" => Self::CacheSet {
                key: arguments.text(0)?.to_owned(),
            },
            "cache.delete" => Self::CacheDelete {
                key: arguments.text(0)?.to_owned(),
            },
            "multifactor.enable" => {
                let (provider, allow_remember_browser, duo) = mfa::enable(arguments)?;
                Self::EnableMultifactor {
                    provider,
                    allow_remember_browser,
                    duo,
                }
            }
            "user.setAppMetadata" => Self::SetAppMetadata {
                name: arguments.filled(0)?.to_owned(),
                value: metadata_value(arguments)?,
            },
            "user.setUserMetadata" => Self::SetUserMetadata {
                name: arguments.filled(0)?.to_owned(),
                value: metadata_value(arguments)?,
            },
            "redirect.sendUserTo" => Self::SendUserTo {
                url: redirect::destination(arguments)?,
            },
            "prompt.render" => {
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
            "validation.error" => Self::ValidationError {
                code: arguments.filled(0)?.to_owned(),
                message: arguments.bounded(1, MAX_REASON_BYTES)?.to_owned(),
            },
            "session.revoke" => Self::RevokeSession {
                reason: reason(arguments)?,
                preserve_refresh_tokens: arguments
                    .options(1)?
                    .boolean("preserveRefreshTokens")?
                    .unwrap_or(false),
            },
            "session.setExpiresAt" => Self::SetSessionExpiresAt {
                at: epoch_ms(arguments)?,
            },
            "session.setIdleExpiresAt" => Self::SetSessionIdleExpiresAt {
                at: epoch_ms(arguments)?,
            },
            "session.setCookieMode" => Self::SetCookieMode {
                mode: match arguments.text(0)? {
                    "persistent" => CookieMode::Persistent,
                    "non-persistent" => CookieMode::NonPersistent,
                    other => {
                        return Err(arguments.refuse(format!(
                            "unknown mode '{other}'; known are persistent, non-persistent"
                        )));
                    }
                },
            },
            "session.setMetadata" => Self::SessionMetadata(metadata::set(arguments, Holder::Session)?),
            "session.deleteMetadata" => Self::SessionMetadata(metadata::delete(arguments, Holder::Session)?),
            "session.evictMetadata" => Self::SessionMetadata(super::MetadataChange::Evict),
            "refreshToken.revoke" => Self::RevokeRefreshToken {
                reason: reason(arguments)?,
            },
            "refreshToken.setExpiresAt" => Self::SetRefreshTokenExpiresAt {
                at: epoch_ms(arguments)?,
            },
            "refreshToken.setIdleExpiresAt" => Self::SetRefreshTokenIdleExpiresAt {
                at: epoch_ms(arguments)?,
            },
            "refreshToken.setMetadata" => {
                Self::RefreshTokenMetadata(metadata::set(arguments, Holder::RefreshToken)?)
            }
            "refreshToken.deleteMetadata" => {
                Self::RefreshTokenMetadata(metadata::delete(arguments, Holder::RefreshToken)?)
            }
            "refreshToken.evictMetadata" => Self::RefreshTokenMetadata(super::MetadataChange::Evict),
            "transaction.setMetadata" => {
                let (key, value) = metadata::transaction(arguments)?;
                Self::SetTransactionMetadata { key, value }
            }
            _ => return Err(arguments.refuse("this method records nothing")),
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

fn epoch_ms(arguments: &Arguments) -> Result<i64, CallError> {
    let at = arguments.number(0)?;
    if at.abs() > MAX_EPOCH_MS {
        return Err(arguments.refuse("the time is outside of what a JavaScript Date can hold"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked to be within range")]
    Ok(at.floor() as i64)
}
