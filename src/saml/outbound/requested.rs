//! What the request asks for beside what the response has, member by member (SAML core 3.4.1, semantics 15.1).
//!
//! What decides whether there is an answer (Destination, IsPassive, the signature) was decided before, and ID,
//! Version, Consent, ProviderName and RequesterID ask for nothing that a response could have.

use super::authn_context::{in_words, unmeetable};
use super::name_id::{UNSPECIFIED, WANTED_FORMATS};
use super::settings::{Envelope, Settings};
use super::subject::{self, About, LoggedIn};
use crate::event::{AuthnWishes, SamlRequest, WantedConditions, WantedEndpoint, WantedSubject};
use crate::login::{Grant, meets};
use crate::saml::error::SamlError;
use crate::saml::name_id::NameId;
use crate::saml::requested::{Requested, Unmet};
use crate::tenant::{Client, SamlConfig};
use crate::time::{CLOCK_SKEW, Moment, iso};
use crate::xml::unsigned_short;
use chrono::DateTime;
use serde_json::Value;

/// A response that is made, as far as requests ask for parts of it.
#[derive(Clone, Copy)]
pub(super) struct Answered<'a> {
    pub envelope: &'a Envelope<'a>,
    pub settings: &'a Settings<'a>,
    pub name_id: &'a NameId,
    /// How many attributes there are.
    pub attributes: usize,
    pub grant: &'a Grant,
    pub client: &'a Client,
    pub config: &'a SamlConfig,
    pub now: Moment,
}

impl Answered<'_> {
    /// The parts that every answer has, then what else the request asks for. Nothing where no request is answered.
    ///
    /// # Errors
    /// The request is about somebody else than the user who logged in.
    pub fn beside(&self, request: Option<&SamlRequest>) -> Result<Vec<Requested>, SamlError> {
        let Some(request) = request.filter(|request| request.id.is_some()) else {
            return Ok(Vec::new());
        };
        let wanted = request.wishes.subject.as_ref();
        subject::check(wanted, &self.user(request), self.config.subject_mismatch)?;
        let wishes = &request.wishes;
        let always = [
            self.endpoint(wishes),
            Self::binding(wishes),
            self.audience(request),
            self.format(request),
            self.context(wishes),
            self.attribute_index(wishes),
        ];
        let name_id = self.sp_name_qualifier(request);
        let more = [self.subject(request), self.conditions(wishes), self.login(wishes)];
        let scoping = [self.providers(wishes), self.proxies(wishes)];
        let rest = [confirmations(wishes), extensions(wishes)];
        let rest = name_id
            .into_iter()
            .chain(more.into_iter().chain(scoping).chain(rest).flatten());
        Ok(always.into_iter().chain(rest).chain(unknown(wishes)).collect())
    }

    fn user<'s>(&'s self, request: &'s SamlRequest) -> LoggedIn<'s> {
        let profile = &self.grant.profile;
        LoggedIn {
            name_id: self.name_id,
            user_id: profile.user_id(),
            email: profile.0.get("email").and_then(Value::as_str),
            issuer: &self.envelope.issuer,
            service_provider: request.issuer.as_deref(),
            audiences: &self.settings.audiences,
        }
    }

    fn endpoint(&self, wishes: &AuthnWishes) -> Requested {
        let url = self.envelope.acs_url;
        let (asked, unmet) = match wishes.endpoint {
            WantedEndpoint::Default => (None, None),
            WantedEndpoint::Listed(index) => (Some(format!("index {index}")), None),
            WantedEndpoint::Unlisted(index) => {
                let unmet = Unmet::new(
                    "saml_endpoint_index_unknown",
                    format!(
                        "the application lists no endpoints by index; list the one of index {index} under \
                         assertionConsumerServices of the add-on, as import-sp does"
                    ),
                );
                (Some(format!("index {index}")), Some(unmet))
            }
            WantedEndpoint::Url => (Some(url.to_owned()), None),
        };
        Requested::met("endpoint", asked, url).but(unmet)
    }

    fn binding(wishes: &AuthnWishes) -> Requested {
        let unmet = wishes.binding.as_deref().filter(|binding| *binding != HTTP_POST).map(|_| {
            Unmet::new(
                "saml_binding_unmet",
                "no setting changes that, responses are posted; let the service provider ask for HTTP-POST, or for no \
                 binding",
            )
        });
        Requested::met("binding", wishes.binding.clone(), HTTP_POST).but(unmet)
    }

    /// The service provider itself has to be among the audiences (SAML core 3.4.1.4). That there are none has a
    /// warning of its own.
    fn audience(&self, request: &SamlRequest) -> Requested {
        let audiences = &self.settings.audiences;
        let sent = if audiences.is_empty() {
            "no restriction".to_owned()
        } else {
            audiences.join(", ")
        };
        let issuer = request.issuer.as_deref();
        let is_other = |issuer: &&str| !audiences.is_empty() && !audiences.contains(issuer);
        let unmet = issuer.filter(is_other).map(|_| {
            Unmet::new(
                "saml_audience_unmet",
                "the assertion is not for who asks; remove audience from the add-on (and setAudience from Actions), or \
                 name the issuer of the request there",
            )
        });
        Requested::met("audience", request.issuer.clone(), sent).but(unmet)
    }

    fn format(&self, request: &SamlRequest) -> Requested {
        let policy = request.name_id_policy.as_ref();
        let asked = policy.and_then(|policy| policy.format.as_deref());
        let sent = self.settings.name_id.format;
        let unmet = asked.filter(|asked| *asked != UNSPECIFIED && *asked != sent).map(|asked| {
            let help = if WANTED_FORMATS.contains(&asked) {
                "set honorNameIdPolicy of the add-on to true, or nameIdentifierFormat to the format that is asked for"
            } else {
                "set nameIdentifierFormat of the add-on to the format that is asked for, if the NameID has it"
            };
            Unmet::new("saml_name_id_policy_unmet", help)
        });
        Requested::met("NameID format", asked.map(str::to_owned), sent).but(unmet)
    }

    /// A NameID without the qualifier is one for the service provider that asks (SAML core 2.2.2).
    fn sp_name_qualifier(&self, request: &SamlRequest) -> Option<Requested> {
        let asked = request.name_id_policy.as_ref()?.sp_name_qualifier.as_deref()?;
        let sent = self.name_id.sp_name_qualifier.as_deref();
        let is_met = sent.or(request.issuer.as_deref()) == Some(asked);
        let unmet = (!is_met).then(|| {
            Unmet::new(
                "saml_name_id_policy_unmet",
                "set spNameQualifier of the add-on to what is asked for, if the NameID is one of that group",
            )
        });
        let sent = sent.unwrap_or("none");
        Some(Requested::met("SPNameQualifier", Some(asked.to_owned()), sent).but(unmet))
    }

    fn context(&self, wishes: &AuthnWishes) -> Requested {
        let class = self.settings.authn_context_class_ref;
        let wanted = wishes.context.as_ref();
        let unmet = wanted.filter(|wanted| !meets(wanted, class, &self.config.mfa_contexts)).map(|wanted| {
            let help = unmeetable(wanted).unwrap_or(
                "set authnContextClassRef of the add-on (or setAuthnContextClassRef in an Action) if the login is of \
                 that class, or authn_context = \"requested\" under [saml] in postlogin.toml to send the class that \
                 was reached or no assertion",
            );
            Unmet::new("saml_authn_context_unmet", help)
        });
        Requested::met("authentication context", wanted.map(in_words), class).but(unmet)
    }

    /// What a set lacks that the application lists is told by [`super::release`].
    fn attribute_index(&self, wishes: &AuthnWishes) -> Requested {
        let asked = wishes.attribute_index.as_deref();
        let addon = self.client.addons.samlp.as_ref();
        let services = addon.and_then(|addon| addon.attribute_consuming_services.as_deref());
        let is_listed = |asked: &str| {
            let index = unsigned_short(asked);
            let mut services = services.unwrap_or_default().iter();
            index.is_some() && services.any(|service| service.index == index)
        };
        let unmet = asked.filter(|asked| !is_listed(asked)).map(|_| {
            Unmet::new(
                "saml_attribute_index_unknown",
                "the attributes are those of mappings in the add-on; list the set of this index under \
                 attributeConsumingServices of the add-on, as import-sp does, and map what it asks for",
            )
        });
        let sent = match self.attributes {
            0 => "none".to_owned(),
            1 => "1 attribute".to_owned(),
            more => format!("{more} attributes"),
        };
        let asked = asked.map(|asked| format!("index {asked}"));
        Requested::met("attributes", asked, sent).but(unmet)
    }

    fn subject(&self, request: &SamlRequest) -> Option<Requested> {
        let wanted = request.wishes.subject.as_ref()?;
        let asked = match wanted {
            WantedSubject::Named(name) if name.value.is_empty() => "a NameID that is empty",
            WantedSubject::Named(name) => &name.value,
            WantedSubject::Unreadable => "the user of a BaseID, which cannot be read",
        };
        let unmet = match About::of(wanted, &self.user(request)) {
            About::TheUser => None,
            About::Nobody => Some("let the service provider name the user, or send no Subject"),
            About::SomebodyElse => Some(
                "let the user log in whom the request names, or set subject_mismatch = \"refuse\" under [saml] in \
                 postlogin.toml to send no assertion about another one",
            ),
        };
        let unmet = unmet.map(|help| Unmet::new("saml_subject_unmet", help));
        Some(Requested::met("user", Some(asked.to_owned()), &*self.name_id.value).but(unmet))
    }

    fn conditions(&self, wishes: &AuthnWishes) -> Option<Requested> {
        let wanted = wishes.conditions.as_ref()?;
        let from = self.now - self.settings.not_before_skew;
        let until = self.now + self.settings.lifetime;
        let audiences = &self.settings.audiences;
        let is_within = |wanted: &Vec<String>| {
            !audiences.is_empty()
                && audiences
                    .iter()
                    .all(|audience| wanted.iter().any(|wanted| wanted == audience))
        };
        let is_met = wanted.not_before.is_none_or(|moment| from >= moment)
            && wanted.not_on_or_after.is_none_or(|moment| until <= moment)
            && wanted.audiences.iter().all(is_within)
            && wanted.others.is_empty();
        let unmet = (!is_met).then(|| {
            Unmet::new(
                "saml_conditions_unmet",
                "set lifetimeInSeconds, notBeforeSkewSeconds and audience of the add-on so that the assertion is valid \
                 within these limits; OneTimeUse and ProxyRestriction are never sent",
            )
        });
        let sent = format!(
            "valid from {} until {} for {}",
            iso(from),
            iso(until),
            audiences.join(", ")
        );
        Some(Requested::met("conditions", conditions_in_words(wanted), sent).but(unmet))
    }

    /// `ForceAuthn`: the session must be of this login. A request may be older than its login, and a clock may be
    /// ahead.
    fn login(&self, wishes: &AuthnWishes) -> Option<Requested> {
        let since = wishes.anew_since?;
        let login = self.grant.request.authenticated_at;
        let login = login.and_then(|seconds| DateTime::from_timestamp(seconds, 0))?;
        let unmet = (login + CLOCK_SKEW < since.min(self.now)).then(|| {
            Unmet::new(
                "saml_force_authn_unmet",
                "the session is older than the request; let the user prove anew who they are",
            )
        });
        Some(
            Requested::met(
                "login",
                Some("a new one (ForceAuthn)".to_owned()),
                format!("one of {}", iso(login)),
            )
            .but(unmet),
        )
    }

    fn providers(&self, wishes: &AuthnWishes) -> Option<Requested> {
        let wanted = wishes.providers.as_ref().filter(|wanted| !wanted.is_empty())?;
        let issuer = &*self.envelope.issuer;
        let unmet = (!wanted.iter().any(|wanted| wanted == issuer)).then(|| {
            Unmet::new(
                "saml_scoping_unmet",
                "this identity provider is not on the list (IDPList); let the service provider ask another one, or set \
                 issuer of the add-on to the name that it knows this one by",
            )
        });
        Some(Requested::met("identity provider", Some(wanted.join(" or ")), issuer).but(unmet))
    }

    /// A connection to somebody else's identity provider passes the request on.
    fn proxies(&self, wishes: &AuthnWishes) -> Option<Requested> {
        let most = wishes.proxy_count?;
        let strategy = self.grant.event.connection.strategy.as_str();
        let is_own = OWN_STRATEGIES.contains(&strategy);
        let unmet = (!is_own && most == 0).then(|| {
            Unmet::new(
                "saml_scoping_unmet",
                "the user came over a connection to another identity provider; let the user log in over one of the \
                 tenant's own, such as a database",
            )
        });
        let sent = if is_own {
            "0".to_owned()
        } else {
            format!("1 ({strategy})")
        };
        Some(Requested::met("proxies at most", Some(most.to_string()), sent).but(unmet))
    }
}

fn conditions_in_words(wanted: &WantedConditions) -> Option<String> {
    let moment = |word: &str, moment: Option<Moment>| moment.map(|moment| format!("{word} {}", iso(moment)));
    let audiences = wanted
        .audiences
        .iter()
        .map(|wanted| format!("for {}", wanted.join(" or ")));
    let times = [
        moment("valid from", wanted.not_before),
        moment("until", wanted.not_on_or_after),
    ];
    let all: Vec<_> = times
        .into_iter()
        .flatten()
        .chain(audiences)
        .chain(wanted.others.iter().cloned())
        .collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn confirmations(wishes: &AuthnWishes) -> Option<Requested> {
    let asked = (!wishes.confirmations.is_empty()).then(|| wishes.confirmations.join(", "))?;
    let unmet = Unmet::new(
        "saml_subject_confirmation_unmet",
        "no setting changes that, the confirmation is a bearer's for this request (SAML profiles 4.1.4.2); let the \
         service provider leave SubjectConfirmation out",
    );
    Some(Requested::met("confirmation", Some(asked), "bearer").but(Some(unmet)))
}

fn extensions(wishes: &AuthnWishes) -> Option<Requested> {
    let asked = (!wishes.extensions.is_empty()).then(|| wishes.extensions.join(", "))?;
    let unmet = Unmet::new(
        "saml_extensions_unmet",
        "no extension is read; map the attributes that it asks for with mappings of the add-on, or let the service \
         provider leave the extension out",
    );
    Some(Requested::met("extensions", Some(asked), "none").but(Some(unmet)))
}

fn unknown(wishes: &AuthnWishes) -> impl Iterator<Item = Requested> {
    wishes.unknown.iter().map(|member| {
        let unmet = Unmet::new(
            "saml_request_member_unknown",
            "the schema of SAML 2.0 has no such member there, so nothing is read from it; correct its name, place or \
             value at the service provider",
        );
        Requested::met("other", Some(member.clone()), "nothing").but(Some(unmet))
    })
}

const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// Strategies of connections that ask no other identity provider; a connection that is not known has none.
const OWN_STRATEGIES: [&str; 4] = ["", "auth0", "email", "sms"];
