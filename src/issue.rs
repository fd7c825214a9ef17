//! From a finished login to what the application gets: tokens, or a SAML response.
//!
//! Pure: keys, clock and randomness are arguments. A login that cannot be issued as asked for (no
//! NameID, half an encryption) ends refused; nothing weaker is issued instead.

use crate::command::Recorded;
use crate::event::{Protocol, SamlRequest};
use crate::keys::KeyRing;
use crate::login::{Decision, Effects, Finished, Grant, Refusal, withhold};
use crate::random::Random;
use crate::saml::{self, IdentityProvider, SamlAnswer};
use crate::tenant::{Client, ResourceServer, Tenant};
use crate::time::Moment;
use crate::token::{self, Issuer, OrganizationNames, Tokens};
use crate::trace::{Origin, Trace, Warning};
use std::sync::Arc;

/// The end of a login.
pub enum Ended {
    /// The application gets this.
    Issued(Artefact),
    /// The application gets the refusal alone; a SAML service provider gets it as a response without an assertion,
    /// where it can be answered at all.
    Refused(Refusal, Option<Box<SamlAnswer>>),
}

/// What the application gets.
pub enum Artefact {
    /// A SAML response with an assertion.
    Saml(Box<SamlAnswer>),
    /// Tokens.
    Tokens(Box<Tokens>),
}

/// A login that has ended, with its effects, trace and warnings.
pub struct Conclusion {
    /// What the application gets.
    pub ended: Ended,
    /// What is written.
    pub effects: Effects,
    /// What became of each command.
    pub trace: Trace,
    /// Every command of every Action that completed, in order.
    pub recorded: Arc<[Recorded]>,
}

/// Who issues, and under which conditions.
#[derive(Clone, Copy, Debug)]
pub struct Issuing<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The application.
    pub client: &'a Client,
    /// The tenant's keys.
    pub keys: &'a KeyRing,
    /// When; Actions take their time, and what is issued is issued after them.
    pub now: Moment,
    /// The `jti` of an access token in the profile of RFC 9068; one of chance where none is given.
    pub jti: Option<&'a str>,
    /// What a warning means.
    pub on_warning: OnWarning<'a>,
}

/// What a warning means for a login that would issue.
#[derive(Clone, Copy, Debug)]
pub enum OnWarning<'a> {
    /// Nothing.
    Issue,
    /// Nothing is issued.
    Refuse {
        /// Warnings beside those in the login's trace.
        noted: &'a [Warning],
    },
}

impl OnWarning<'_> {
    /// Why nothing is issued, where there is a warning and warnings count.
    pub fn refusal(&self, trace: &Trace) -> Option<Refusal> {
        let Self::Refuse { noted } = self else {
            return None;
        };
        let mut all = trace.warnings.iter().chain(*noted);
        let first = all.next()?;
        let more = match all.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        Some(Refusal::Strict {
            description: format!("--strict: {}{more}", first.message),
            origin: first.origin.clone(),
        })
    }
}

/// Ends a login: builds what the application gets, or refuses where that cannot be built or must not leave.
pub fn issue(finished: Finished, issuing: &Issuing<'_>, random: &mut dyn Random) -> Conclusion {
    let Finished {
        decision,
        mut effects,
        mut trace,
        recorded,
        saml,
    } = finished;
    let refusal = match decision {
        Decision::Refuse(refusal) => refusal,
        Decision::Issue(grant) => match artefact(&grant, issuing, random, &mut trace) {
            Ok(artefact) => {
                return Conclusion {
                    ended: Ended::Issued(artefact),
                    effects,
                    trace,
                    recorded,
                };
            }
            Err(refusal) => {
                effects = withhold(effects, &recorded, &refusal, &mut trace);
                refusal
            }
        },
    };
    let answer = error_response(&refusal, saml.as_ref(), issuing, random, &mut trace);
    Conclusion {
        ended: Ended::Refused(refusal, answer),
        effects,
        trace,
        recorded,
    }
}

fn artefact(
    grant: &Grant,
    issuing: &Issuing<'_>,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<Artefact, Refusal> {
    let built = if grant.event.transaction.protocol == Some(Protocol::Samlp) {
        token::trace_without_tokens(grant, trace);
        let provider = issuing.identity_provider();
        saml::respond(grant, issuing.client, &provider, issuing.now, random, trace)
            .map(|answer| Artefact::Saml(Box::new(answer)))
            .map_err(|error| (error.code, Refusal::from(error)))
    } else {
        tokens(grant, issuing, random, trace)
            .map(|tokens| Artefact::Tokens(Box::new(tokens)))
            .map_err(|error| {
                let description = error.to_string();
                (token::TokenError::CODE, Refusal::TokenConfig { description })
            })
    };
    let artefact = built.map_err(|(code, refusal)| {
        trace.warn(code, refusal.description(), &Origin::default());
        refusal
    })?;
    match issuing.on_warning.refusal(trace) {
        None => Ok(artefact),
        Some(refusal) => Err(refusal),
    }
}

fn tokens(
    grant: &Grant,
    issuing: &Issuing<'_>,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<Tokens, token::TokenError> {
    let tenant = issuing.tenant;
    let audience = grant.request.audience.as_deref();
    let known = audience.and_then(|audience| tenant.resource_server(audience));
    // Without a tenant an event is enough: the API it names has the platform's defaults.
    let assumed = audience
        .filter(|_| known.is_none() && tenant.root.as_os_str().is_empty())
        .map(|identifier| ResourceServer {
            identifier: identifier.to_owned(),
            ..ResourceServer::default()
        });
    let issuer = Issuer {
        endpoints: tenant.config.endpoints(),
        keys: issuing.keys,
        jti: issuing.jti,
    };
    let names = if tenant.settings.allow_organization_name_in_authentication_api == Some(true) {
        OrganizationNames::Include
    } else {
        OrganizationNames::Omit
    };
    token::issue(
        grant,
        issuing.client,
        known.or(assumed.as_ref()),
        &issuer,
        names,
        issuing.now,
        random,
        trace,
    )
}

/// The response without an assertion, for a service provider that is known.
fn error_response(
    refusal: &Refusal,
    request: Option<&SamlRequest>,
    issuing: &Issuing<'_>,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Option<Box<SamlAnswer>> {
    let request = request.filter(|request| !request.acs_url.is_empty())?;
    // Where warnings are errors nothing is sent, not even the refusal.
    if matches!(refusal, Refusal::Strict { .. }) {
        return None;
    }
    let provider = issuing.identity_provider();
    match saml::refuse(refusal, request, issuing.client, &provider, issuing.now, random) {
        Ok(answer) => Some(Box::new(answer)),
        Err(error) => {
            let message = format!("the error response for the service provider cannot be made: {error}");
            trace.warn("no_error_response", message, &Origin::default());
            None
        }
    }
}

impl<'a> Issuing<'a> {
    fn identity_provider(&self) -> IdentityProvider<'a> {
        IdentityProvider {
            domain: self.tenant.config.domain(),
            pair: &self.keys.current,
            config: &self.tenant.config.saml,
        }
    }
}
