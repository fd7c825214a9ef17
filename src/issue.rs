//! From a finished login to what the application gets: tokens, or a SAML response.
//!
//! Pure: keys, clock and randomness are arguments. A login that cannot be issued as asked for (no
//! NameID, half an encryption) becomes a refused one; nothing weaker is issued instead.

use crate::event::Protocol;
use crate::keys::KeyRing;
use crate::login::{Decision, Finished, Refusal, RefusalKind};
use crate::random::Random;
use crate::saml::{self, IdentityProvider, SamlAnswer};
use crate::tenant::{Client, ResourceServer, Tenant};
use crate::token::{self, Issuer, OrganizationNames, Tokens};
use crate::trace::Origin;
use chrono::{DateTime, Utc};

/// What the application gets.
pub enum Artefact {
    /// An OAuth error; the refusal is in the decision.
    Refused,
    /// A SAML response, with an assertion when issued and without one when refused.
    Saml(Box<SamlAnswer>),
    /// Tokens.
    Tokens(Box<Tokens>),
}

/// Builds the artefact of `finished`, and turns the decision into a refusal where that fails.
pub fn issue(
    finished: &mut Finished,
    tenant: &Tenant,
    client: &Client,
    keys: &KeyRing,
    now: DateTime<Utc>,
    random: &mut dyn Random,
) -> Artefact {
    let is_saml = finished.event.transaction.protocol == Some(Protocol::Samlp);
    if let Decision::Issue(grant) = &finished.decision {
        let built = if is_saml {
            let provider = identity_provider(tenant, keys);
            token::trace_without_tokens(grant, &mut finished.trace);
            saml::respond(grant, client, &provider, now, random, &mut finished.trace)
                .map(|answer| Artefact::Saml(Box::new(answer)))
                .map_err(|error| (error.kind, error.code, error.to_string()))
        } else {
            let audience = grant.request.audience.as_deref();
            let known = audience
                .and_then(|audience| tenant.resource_server(audience))
                .cloned();
            // Without a tenant an event is enough: the API it names has the platform's defaults.
            let assumed = || {
                audience
                    .filter(|_| tenant.root.as_os_str().is_empty())
                    .map(defaults_of)
            };
            let resource_server = known.or_else(assumed);
            let issuer = Issuer {
                domain: &tenant.config.domain,
                keys,
            };
            let names = if tenant.settings.allow_organization_name_in_authentication_api == Some(true) {
                OrganizationNames::Include
            } else {
                OrganizationNames::Omit
            };
            token::issue(
                grant,
                client,
                resource_server.as_ref(),
                &issuer,
                names,
                now,
                random,
                &mut finished.trace,
            )
            .map(|tokens| Artefact::Tokens(Box::new(tokens)))
            .map_err(|error| {
                (
                    RefusalKind::TokenConfig,
                    token::TokenError::CODE,
                    error.to_string(),
                )
            })
        };
        match built {
            Ok(artefact) => return artefact,
            Err((kind, code, description)) => {
                finished
                    .trace
                    .warn(code, description.as_str(), &Origin::default());
                finished.refuse_instead(Refusal {
                    // What is wrong with the request has its own code, which the response's status follows.
                    code: match kind {
                        RefusalKind::SamlRequest => code,
                        _ => "access_denied",
                    }
                    .to_owned(),
                    description,
                    kind,
                    origin: Origin::default(),
                });
            }
        }
    }
    refused(finished, is_saml, tenant, client, keys, now, random)
}

fn refused(
    finished: &mut Finished,
    is_saml: bool,
    tenant: &Tenant,
    client: &Client,
    keys: &KeyRing,
    now: DateTime<Utc>,
    random: &mut dyn Random,
) -> Artefact {
    let (Decision::Refuse(refusal), true) = (&finished.decision, is_saml) else {
        return Artefact::Refused;
    };
    let request = finished.request.saml.clone().unwrap_or_default();
    if request.acs_url.is_empty() {
        return Artefact::Refused;
    }
    match saml::refuse(
        refusal,
        &request,
        client,
        &identity_provider(tenant, keys),
        now,
        random,
    ) {
        Ok(answer) => Artefact::Saml(Box::new(answer)),
        Err(error) => {
            let message = format!("the error response for the service provider cannot be made: {error}");
            finished
                .trace
                .warn("no_error_response", message, &Origin::default());
            Artefact::Refused
        }
    }
}

fn defaults_of(identifier: &str) -> ResourceServer {
    ResourceServer {
        identifier: identifier.to_owned(),
        ..ResourceServer::default()
    }
}

fn identity_provider<'a>(tenant: &'a Tenant, keys: &'a KeyRing) -> IdentityProvider<'a> {
    IdentityProvider {
        domain: &tenant.config.domain,
        pair: &keys.current,
        config: &tenant.config.saml,
    }
}
