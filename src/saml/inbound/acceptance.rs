//! Whether an AuthnRequest is answered, and where (SAML core 3.4.1.4, profiles 4.1.4, semantics 4.13).
//!
//! Where certificates of the service provider are configured, only the verified element is read. Until
//! an allowed ACS URL is known nothing is sent anywhere: the refusal is for a page.

use super::authn_request::{AuthnRequest, Freshness, Interaction, ReadError, RequestedAcs};
use super::binding::Received;
use super::replay::Occurrence;
use super::trust::Trust;
use super::wishes;
use crate::endpoints::Endpoints;
use crate::event::{
    AuthnBinding, AuthnMessage, AuthnOrigin, AuthnWishes, Dict, WantedEndpoint, WantedSubject,
};
use crate::login::RequestFault;
use crate::tenant::{AssertionConsumerService, Client, SamlConfig};
use crate::time::{CLOCK_SKEW, Moment};
use crate::web_url::{UrlUse, shown_url, web_url};
use crate::xml::{self, Element, Limits, PROTOCOL};
use chrono::TimeDelta;

/// Who was asked.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'a> {
    /// The service provider's application.
    pub client: &'a Client,
    /// What the tenant publishes.
    pub endpoints: Endpoints<'a>,
    /// `[saml]`.
    pub config: &'a SamlConfig,
}

/// A request that is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct AcceptedRequest {
    /// What the login is to know of it.
    pub origin: AuthnOrigin,
    /// `None` if the parameter was absent.
    pub relay_state: Option<String>,
    /// What is legal but unwise: code and text.
    pub warnings: Vec<(&'static str, String)>,
}

/// A request that is answered unless it came before. Whoever sees more than one request knows that.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct UnseenRequest {
    request: AcceptedRequest,
    once: Option<Once>,
}

/// What a signed message is remembered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// Its ID.
    pub id: String,
    /// Afterwards it is refused as too old.
    pub until: Moment,
}

/// Why a request is not answered with an assertion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{description}")]
pub struct RefusedRequest {
    /// What is wrong.
    pub fault: RequestFault,
    /// What is wrong and what to do. Quotes no more of the request than URLs and names.
    pub description: String,
    /// Where the refusal goes: to the user or to the service provider.
    pub answer: Answer,
}

/// Where a refusal goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The user sees a page with status 400; nothing goes to the service provider.
    Page,
    /// The service provider gets a response without an assertion.
    Response {
        /// An allowed URL.
        acs_url: String,
        /// ID of the request, where it has one.
        in_response_to: Option<String>,
    },
}

impl RefusedRequest {
    /// Stable, such as `saml_acs_not_allowed`.
    pub fn code(&self) -> &'static str {
        self.fault.code()
    }
}

impl UnseenRequest {
    /// The ID to remember the request by as it comes, as [`super::SeenIds::note`] does. `None` if no signature was wanted:
    /// anybody can send such a request, under any ID, so who remembers it does so when it is answered.
    pub fn once(&self) -> Option<&Once> {
        self.once.as_ref()
    }

    /// Goes on if the request came for the first time.
    ///
    /// # Errors
    /// The request was received before. The service provider had the answer then, so only the user sees the refusal.
    pub fn proceed(self, occurrence: Occurrence) -> Result<AcceptedRequest, RefusedRequest> {
        match occurrence {
            Occurrence::First => Ok(self.request),
            Occurrence::Repeated => Err(page(
                RequestFault::Replay,
                "the signed AuthnRequest was used already; begin the login anew at the service provider",
            )),
        }
    }
}

impl Recipient<'_> {
    /// Decides about `received`, but for whether it came before.
    ///
    /// # Errors
    /// Not an AuthnRequest, a signature that is wanted and missing or wrong, an ACS URL that is not allowed,
    /// or a member that cannot be served.
    pub fn accept(&self, received: Received, now: Moment) -> Result<UnseenRequest, RefusedRequest> {
        let document = xml::read(&received.xml, Limits::MESSAGE).map_err(|error| {
            page(
                RequestFault::Xml,
                format!("SAMLRequest is not XML that is accepted, {error}"),
            )
        })?;
        let root = document.root();
        if !root.is(PROTOCOL.uri, "AuthnRequest") {
            return Err(page(
                RequestFault::MessageType,
                "unexpected message type: SAMLRequest holds no samlp:AuthnRequest of SAML 2.0",
            ));
        }
        let mut warnings = Vec::new();
        let (element, signed) = self.verified(root, &received, now, &mut warnings)?;
        if element.attribute("Version") != Some("2.0") {
            return Err(self.response(
                element.attribute("ID").filter(|id| xml::is_ncname(id)),
                None,
                RequestFault::Version,
                "the request's Version is not 2.0".to_owned(),
            ));
        }
        let unreadable = |error| self.unreadable(element, error);
        let request = AuthnRequest::read(element).map_err(unreadable)?;
        let wishes = wishes::read(element).map_err(unreadable)?;
        let acs_url = self.acs_url(&request)?.to_owned();
        self.check(&request, &acs_url, signed, now)?;
        let relay_state_bytes = received.relay_state.as_deref().map_or(0, str::len);
        if relay_state_bytes > RECOMMENDED_RELAY_STATE_BYTES {
            let text = format!(
                "RelayState has {relay_state_bytes} bytes, more than the {RECOMMENDED_RELAY_STATE_BYTES} of \
                 SAML \
                 bindings 3.4.3; other identity providers may cut or refuse it"
            );
            warnings.push(("relay_state_long", text));
        }
        let prompt = match (request.freshness, request.interaction) {
            (Freshness::Any, Interaction::Allowed) => None,
            (Freshness::Forced, Interaction::Allowed) => Some("login".to_owned()),
            (Freshness::Any, Interaction::Forbidden) => Some("none".to_owned()),
            (Freshness::Forced, Interaction::Forbidden) => {
                return Err(self.response(
                    Some(&request.id),
                    Some(acs_url),
                    RequestFault::NoPassive,
                    "the request wants the user to log in anew (ForceAuthn) and no page to be shown \
                     (IsPassive)"
                        .to_owned(),
                ));
            }
        };
        let once = (signed == Signed::Yes).then(|| Once {
            id: request.id.clone(),
            until: request.issue_instant + CLOCK_SKEW,
        });
        let named = wishes.subject.as_ref().and_then(|subject| match subject {
            WantedSubject::Named(name) => Some(name.value.clone()),
            WantedSubject::Unreadable => None,
        });
        // Of several, none was asked for in particular (semantics 4.13).
        let context = wishes.context.as_ref();
        let only_class = context.map(|context| context.classes.as_slice());
        let only_class = only_class
            .filter(|classes| classes.len() == 1)
            .unwrap_or_default();
        let request = AcceptedRequest {
            origin: AuthnOrigin {
                id: Some(request.id),
                issuer: request.issuer,
                acs_url: Some(acs_url),
                login_hint: named,
                acr_values: only_class.to_vec(),
                name_id_policy: request.name_id_policy,
                wishes: AuthnWishes {
                    anew_since: (request.freshness == Freshness::Forced).then_some(request.issue_instant),
                    endpoint: self.endpoint(&request.acs),
                    ..wishes
                },
                prompt,
                binding: AuthnBinding::default(),
                parameters: Dict::new(),
                message: Some(AuthnMessage {
                    xml: received.xml.clone(),
                    signature: received.signature,
                }),
            },
            relay_state: received.relay_state,
            warnings,
        };
        Ok(UnseenRequest { request, once })
    }

    /// The element to read from: where certificates are configured, the verified one.
    fn verified<'d>(
        &self,
        root: Element<'d>,
        received: &Received,
        now: Moment,
        warnings: &mut Vec<(&'static str, String)>,
    ) -> Result<(Element<'d>, Signed), RefusedRequest> {
        let trust = Trust::of_client(self.client, self.config, now)
            .map_err(|error| page(RequestFault::SigningCert(error.code), error.description))?;
        if trust.is_empty() {
            return Ok((root, Signed::No));
        }
        let vouched = trust
            .vouch(root, received.signature.as_ref())
            .map_err(|error| page(RequestFault::Signature, format!("the AuthnRequest: {error}")))?;
        warnings.extend(trust.warnings(vouched));
        Ok((vouched.element, Signed::Yes))
    }

    /// The ACS URL: one of the callbacks, if a browser may post there.
    fn acs_url<'r>(&'r self, request: &'r AuthnRequest) -> Result<&'r str, RefusedRequest> {
        let url = self.registered_acs_url(request)?;
        match web_url(url, UrlUse::Endpoint) {
            Ok(_) => Ok(url),
            Err(fault) => Err(page(
                RequestFault::AcsNotAllowed,
                format!(
                    "{} among \"callbacks\" of the application '{}' {fault}",
                    shown_url(url),
                    self.client.name
                ),
            )),
        }
    }

    /// One of the callbacks, byte by byte.
    fn registered_acs_url<'r>(&'r self, request: &'r AuthnRequest) -> Result<&'r str, RefusedRequest> {
        let callbacks = &self.client.callbacks;
        let services = self.services();
        let allowed = |url: &str| callbacks.iter().any(|callback| callback == url);
        let refuse = |what: String| {
            let listed = if callbacks.is_empty() {
                "which has none".to_owned()
            } else {
                format!("which has {}", callbacks.join(", "))
            };
            page(
                RequestFault::AcsNotAllowed,
                format!(
                    "{what} is not among \"callbacks\" of the application '{}', {listed}; add the URL there \
                     if it belongs to the service provider",
                    self.client.name
                ),
            )
        };
        match &request.acs {
            RequestedAcs::Url(url) if allowed(url) => Ok(url),
            RequestedAcs::Url(url) => Err(refuse(format!("the AssertionConsumerServiceURL {url}"))),
            // Without a list an index says nothing; the default is what the platform takes.
            RequestedAcs::Index(index) if !services.is_empty() => {
                let service = services.iter().find(|service| service.index == *index);
                match service.map(|service| service.url.as_str()) {
                    Some(url) if allowed(url) => Ok(url),
                    Some(url) => Err(refuse(format!(
                        "the URL {url} of AssertionConsumerServiceIndex {index}"
                    ))),
                    None => Err(page(
                        RequestFault::AcsNotAllowed,
                        format!(
                            "AssertionConsumerServiceIndex {index} is not among assertionConsumerServices \
                             of the \
                             add-on; it has {}",
                            services
                                .iter()
                                .map(|service| service.index.to_string())
                                .collect::<Vec<_>>()
                                .join(", ")
                        ),
                    )),
                }
            }
            RequestedAcs::Default | RequestedAcs::Index(_) => services
                .iter()
                .find(|service| service.is_default && allowed(&service.url))
                .map(|service| service.url.as_str())
                .or_else(|| self.default_acs())
                .ok_or_else(|| refuse("the default".to_owned())),
        }
    }

    /// The endpoints that the application lists by index.
    fn services(&self) -> &[AssertionConsumerService] {
        let addon = self.client.addons.samlp.as_ref();
        addon
            .and_then(|addon| addon.assertion_consumer_services.as_deref())
            .unwrap_or_default()
    }

    /// How an accepted request names its endpoint.
    fn endpoint(&self, acs: &RequestedAcs) -> WantedEndpoint {
        match acs {
            RequestedAcs::Default => WantedEndpoint::Default,
            RequestedAcs::Index(index) if self.services().is_empty() => WantedEndpoint::Unlisted(*index),
            RequestedAcs::Index(index) => WantedEndpoint::Listed(*index),
            RequestedAcs::Url(_) => WantedEndpoint::Url,
        }
    }

    fn default_acs(&self) -> Option<&str> {
        let mut callbacks = self.client.callbacks.iter();
        callbacks
            .find(|callback| !callback.contains('*'))
            .map(String::as_str)
    }

    fn check(
        &self,
        request: &AuthnRequest,
        acs_url: &str,
        signed: Signed,
        now: Moment,
    ) -> Result<(), RefusedRequest> {
        let refuse = |fault, description| {
            Err(self.response(Some(&request.id), Some(acs_url.to_owned()), fault, description))
        };
        let addon = self.client.addons.samlp.as_ref();
        let audience_is_set = addon.is_some_and(|addon| addon.settings.audience.is_some());
        if request.issuer.is_none() && !audience_is_set {
            return refuse(
                RequestFault::IssuerMissing,
                "the request names no Issuer, and the add-on sets no audience that could stand for it"
                    .to_owned(),
            );
        }
        let known = addon.and_then(|addon| addon.entity_id.as_deref());
        if let (Some(issuer), Some(known)) = (&request.issuer, known)
            && issuer != known
        {
            return refuse(
                RequestFault::IssuerUnknown,
                format!("unknown issuer: the request is of {issuer}, the application's entityId is {known}"),
            );
        }
        if let Some(destination) = &request.destination {
            let (endpoints, client_id) = (self.endpoints, &self.client.client_id);
            if !endpoints.is_saml(destination, client_id) {
                return refuse(
                    RequestFault::Destination,
                    format!(
                        "the request's Destination is {destination}, this endpoint is {}",
                        endpoints.saml(client_id)
                    ),
                );
            }
        }
        let age = now - request.issue_instant;
        if signed == Signed::Yes && (age > CLOCK_SKEW || -age > CLOCK_SKEW) {
            let (minutes, when) = if age > TimeDelta::zero() {
                (age.num_minutes(), "ago")
            } else {
                (-age.num_minutes(), "ahead")
            };
            return refuse(
                RequestFault::IssueInstant,
                format!(
                    "the signed request was issued {minutes} minutes {when}; at most {} are accepted, \
                     compare the clocks",
                    CLOCK_SKEW.num_minutes()
                ),
            );
        }
        Ok(())
    }

    fn unreadable(&self, element: Element<'_>, error: ReadError) -> RefusedRequest {
        let id = element.attribute("ID").filter(|id| xml::is_ncname(id));
        match error {
            ReadError::TooLong { .. } | ReadError::Id => {
                page(RequestFault::Unreadable, format!("the AuthnRequest: {error}"))
            }
            _ => self.response(
                id,
                None,
                RequestFault::Unreadable,
                format!("the AuthnRequest: {error}"),
            ),
        }
    }

    /// A response to `acs_url`, or to the default one; a page where there is none.
    fn response(
        &self,
        id: Option<&str>,
        acs_url: Option<String>,
        fault: RequestFault,
        description: String,
    ) -> RefusedRequest {
        let acs_url = acs_url.or_else(|| self.default_acs().map(str::to_owned));
        RefusedRequest {
            fault,
            description,
            answer: acs_url.map_or(Answer::Page, |acs_url| Answer::Response {
                acs_url,
                in_response_to: id.map(str::to_owned),
            }),
        }
    }
}

fn page(fault: RequestFault, description: impl Into<String>) -> RefusedRequest {
    RefusedRequest {
        fault,
        description: description.into(),
        answer: Answer::Page,
    }
}

/// Whether a signature was wanted, and then is there and good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signed {
    No,
    Yes,
}

/// SAML bindings 3.4.3
pub(in crate::saml) const RECOMMENDED_RELAY_STATE_BYTES: usize = 80;

#[cfg(test)]
mod tests;
