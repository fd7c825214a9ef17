//! The class of the authentication context: what is configured, or, ours, what the request asks for and the login
//! reached (semantics 4.13 and 15.1, SAML core 3.3.2.2.1).

use crate::event::{Comparison, WantedContext};
use crate::login::{Grant, Reached, RequestFault, SecondFactor, UNSPECIFIED_CONTEXT};
use crate::saml::error::SamlError;
use crate::saml_setting::Effective;
use crate::tenant::{AuthnContextChoice, SamlConfig};

/// The class for the response.
///
/// # Errors
/// The setting cannot be had; the request decides, and the login reached nothing that it asks for.
pub(super) fn class<'a>(
    effective: &Effective<'a>,
    grant: &'a Grant,
    config: &'a SamlConfig,
) -> Result<&'a str, SamlError> {
    let configured = effective.authn_context_class_ref.get()?.map(String::as_str);
    let request = grant.request.saml.as_ref();
    let wanted = request
        .and_then(|request| request.wishes.context.as_ref())
        .filter(|_| config.authn_context == AuthnContextChoice::Requested);
    let Some(wanted) = wanted else {
        let class = configured.or_else(|| proved(grant, config));
        return Ok(class.unwrap_or(UNSPECIFIED_CONTEXT));
    };
    let reached = Reached {
        configured: configured.unwrap_or(UNSPECIFIED_CONTEXT),
        mfa_contexts: &config.mfa_contexts,
        factor: if grant.mfa {
            SecondFactor::Proved
        } else {
            SecondFactor::Unproved
        },
    };
    reached.class_for(wanted).ok_or_else(|| {
        SamlError::request(
            RequestFault::AuthnContext,
            format!(
                "the request asks for the authentication context {}, which the login did not reach; {}",
                in_words(wanted),
                unmeetable(wanted).unwrap_or(
                    "set authnContextClassRef of the add-on if every login reaches it, or list it under mfa_contexts \
                     of [saml] in postlogin.toml if a second factor does"
                )
            ),
        )
    })
}

/// The class that the request asked for, where the tenant maps it to MFA and MFA was done.
fn proved<'a>(grant: &'a Grant, config: &SamlConfig) -> Option<&'a str> {
    let mut asked = grant.event.transaction.acr_values.iter();
    let class = asked.find(|class| config.mfa_contexts.contains(class))?;
    grant.mfa.then_some(class.as_str())
}

/// What a request asks for, with how it compares.
pub(super) fn in_words(wanted: &WantedContext) -> String {
    let comparison = match &wanted.comparison {
        Comparison::Better => "better",
        Comparison::Exact => "exact",
        Comparison::Maximum => "maximum",
        Comparison::Minimum => "minimum",
        Comparison::Unknown(word) => word,
    };
    let named: Vec<_> = wanted
        .classes
        .iter()
        .chain(&wanted.declarations)
        .map(String::as_str)
        .collect();
    let named = match named.as_slice() {
        [] => "no class".to_owned(),
        named => named.join(" or "),
    };
    format!("{named} ({comparison})")
}

/// What to do about a request that no login can meet.
pub(super) fn unmeetable(wanted: &WantedContext) -> Option<&'static str> {
    if matches!(wanted.comparison, Comparison::Unknown(_)) {
        return Some(
            "no setting changes that, the standard has no such Comparison; let the service provider send exact, \
             minimum, maximum or better (SAML core 3.3.2.2.1)",
        );
    }
    wanted.classes.is_empty().then_some(
        "no setting changes that, responses name classes alone; let the service provider ask for a class",
    )
}
