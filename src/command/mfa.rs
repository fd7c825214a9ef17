//! `challengeWith`, `enrollWith` and their siblings, and `multifactor.enable` (semantics 7).

use super::arguments::Arguments;
use super::call_error::CallError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A factor type, as the API spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactorType {
    /// One-time code by mail; challenge only.
    Email,
    /// One-time code of an authenticator app.
    Otp,
    /// One-time code by text message or voice call.
    Phone,
    /// Push to the vendor's app; `push` is an alias.
    #[serde(alias = "push")]
    PushNotification,
    /// Recovery code.
    RecoveryCode,
    /// Built-in authenticator.
    WebauthnPlatform,
    /// Security key.
    WebauthnRoaming,
}

/// The name of a factor as the API spells it, for a name that an export or an import file has.
pub fn factor_spelling(name: &str) -> &str {
    match name {
        "duo" | "push" => "push-notification",
        "sms" => "phone",
        "totp" => "otp",
        other => other,
    }
}

/// A factor as an Action asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// The factor's type.
    #[serde(rename = "type")]
    pub kind: FactorType,
    /// `otpFallback` for push, `preferredMethod` for phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<FactorOptions>,
}

/// Options that live on the factor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FactorOptions {
    /// Push only: whether a one-time code may be used instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp_fallback: Option<bool>,
    /// Phone only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_method: Option<PhoneMethod>,
}

/// How a phone factor delivers its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneMethod {
    /// Text message or voice call, as the user likes.
    Both,
    /// Text message.
    Sms,
    /// Voice call.
    Voice,
}

/// Which of the four methods was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MfaKind {
    /// The user is asked for a default factor, and may choose another one.
    ChallengeWith,
    /// A picker.
    ChallengeWithAny,
    /// The user is asked to enrol a default factor, and may choose another one.
    EnrollWith,
    /// A picker.
    EnrollWithAny,
}

impl MfaKind {
    /// Whether the user proves a factor, rather than adding one.
    pub const fn is_challenge(self) -> bool {
        matches!(self, Self::ChallengeWith | Self::ChallengeWithAny)
    }

    /// The method's own name, such as `challengeWith`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChallengeWith => "challengeWith",
            Self::ChallengeWithAny => "challengeWithAny",
            Self::EnrollWith => "enrollWith",
            Self::EnrollWithAny => "enrollWithAny",
        }
    }
}

/// One queued challenge or enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaCommand {
    /// The method that was called.
    pub kind: MfaKind,
    /// The default factor first, then the additional ones.
    pub factors: Vec<Factor>,
}

/// The provider of `multifactor.enable`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Any configured factor.
    Any,
    /// Duo.
    Duo,
    /// Authenticator app.
    GoogleAuthenticator,
    /// Guardian.
    Guardian,
    /// No MFA, not even one that the tenant's policy asks for.
    None,
}

/// `providerOptions` of `multifactor.enable('duo')`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuoOptions {
    /// API host name.
    pub host: String,
    /// Client id.
    pub ikey: String,
    /// Client secret.
    pub skey: String,
    /// The user's name at Duo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

impl std::fmt::Debug for DuoOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("DuoOptions");
        shown
            .field("host", &self.host)
            .field("ikey", &self.ikey)
            .field("username", &self.username);
        shown.finish_non_exhaustive()
    }
}

/// `challengeWith(factor, {additionalFactors?})` and `enrollWith`.
pub(super) fn with(kind: MfaKind, arguments: &Arguments) -> Result<MfaCommand, CallError> {
    arguments.object(0)?;
    let first = arguments.value(0).into_iter();
    let additional = arguments
        .options(1)?
        .list("additionalFactors")?
        .into_iter()
        .flatten();
    let factors = first
        .chain(additional)
        .map(|value| factor(kind, value, arguments));
    Ok(MfaCommand {
        kind,
        factors: factors.collect::<Result<_, _>>()?,
    })
}

/// `challengeWithAny(factors)` and `enrollWithAny`.
pub(super) fn with_any(kind: MfaKind, arguments: &Arguments) -> Result<MfaCommand, CallError> {
    let list = arguments.list(0)?;
    if list.is_empty() {
        return Err(arguments.refuse("factors must name at least one factor"));
    }
    let factors = list
        .iter()
        .map(|value| factor(kind, value, arguments))
        .collect::<Result<_, _>>()?;
    Ok(MfaCommand { kind, factors })
}

fn factor(kind: MfaKind, value: &Value, arguments: &Arguments) -> Result<Factor, CallError> {
    const KNOWN: &str = "otp, recovery-code, email (challenge only), push-notification, phone, \
                         webauthn-platform, webauthn-roaming";
    let asked = value.get("type").and_then(Value::as_str);
    let Some(asked) = asked else {
        return Err(arguments.refuse(format!("each factor is an object with a type out of: {KNOWN}")));
    };
    let Ok(factor_type) = serde_json::from_value::<FactorType>(Value::from(asked)) else {
        return Err(arguments.refuse(format!("unknown factor type '{asked}'; known are: {KNOWN}")));
    };
    if factor_type == FactorType::Email && !kind.is_challenge() {
        return Err(arguments.refuse("email cannot be enrolled, it can only be challenged"));
    }
    let options = match value.get("options") {
        None | Some(Value::Null) => None,
        Some(options) => Some(
            serde_json::from_value::<FactorOptions>(options.clone())
                .map_err(|error| arguments.refuse(format!("options of factor '{asked}': {error}")))?,
        ),
    };
    if let Some(options) = &options {
        let push_only = options.otp_fallback.is_some();
        if push_only && (factor_type != FactorType::PushNotification || !kind.is_challenge()) {
            return Err(arguments.refuse("otpFallback belongs to a push-notification challenge"));
        }
        if options.preferred_method.is_some() && factor_type != FactorType::Phone {
            return Err(arguments.refuse("preferredMethod belongs to the phone factor"));
        }
    }
    Ok(Factor {
        kind: factor_type,
        options,
    })
}

/// `multifactor.enable(provider, options?)`.
pub(super) fn enable(arguments: &Arguments) -> Result<(Provider, bool, Option<DuoOptions>), CallError> {
    let asked = arguments.text(0)?;
    let Ok(provider) = serde_json::from_value::<Provider>(Value::from(asked)) else {
        return Err(arguments.refuse(format!(
            "unknown provider '{asked}'; known are any, duo, google-authenticator, guardian, none"
        )));
    };
    let options = arguments.options(1)?;
    let remember = options.boolean("allowRememberBrowser")?.unwrap_or(false);
    let duo = match options.object("providerOptions")? {
        None => None,
        Some(_) if provider != Provider::Duo => {
            return Err(arguments.refuse("options.providerOptions is only for the provider duo"));
        }
        Some(members) => {
            let read = serde_json::from_value::<DuoOptions>(Value::Object(members.clone()));
            // serde's own text may quote the value, which is a secret here
            Some(read.map_err(|_| {
                arguments.refuse(
                    "options.providerOptions needs the strings host, ikey, skey and may have username",
                )
            })?)
        }
    };
    Ok((provider, remember, duo))
}
