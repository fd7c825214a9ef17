//! The response that a login ends in, in the order in which it is made.
//!
//! [`respond`] puts the settings of Actions over those of the add-on ([`effective`]) and makes of both what can be
//! carried out ([`settings`], with keys that [`key_policy`] finds fit), builds the claim map from the profile and the
//! claims that join it ([`properties`]), chooses the NameID and says how values are presented, holds all of it against
//! what the request asks for ([`requested`], [`subject`]), writes assertion and response, signs and encrypts. What
//! contradicts itself or
//! cannot be carried out is refused, never replaced by something weaker. [`refuse`] writes the response without an
//! assertion, [`examine`] finds what [`respond`] would complain of without a login.

mod assertion;
mod attribute;
mod authn_context;
mod claim_attributes;
mod claim_map;
mod effective;
mod encryption;
mod examine;
mod foresee;
mod key_policy;
mod name_format;
mod name_id;
mod outcomes;
mod presentation;
mod properties;
mod release;
mod requested;
mod response;
mod sender;
mod settings;
mod signature;
mod subject;

use super::answer::{Asserted, Place, SamlAnswer, Subject};
use super::error::SamlError;
use super::id::Id;
use super::identity_provider::IdentityProvider;
use super::inbound;
use super::requested::Requested;
use crate::event::SamlRequest;
use crate::keys::Certificate;
use crate::login::{Grant, Refusal, RequestFault};
use crate::random::Random;
use crate::saml_setting::{Set, SetBy};
use crate::tenant::{Client, Demand};
use crate::time::{Moment, iso};
use crate::token::profile_claims;
use crate::trace::{Origin, Trace};
use crate::xml::{self, Writer};
use assertion::Assertion;
use claim_map::ClaimMap;
pub use examine::examine;
pub use foresee::{Foreseen, foresee};
use key_policy::KeyPolicy;
use properties::Properties;
pub(super) use release::identity_of_addon;
use requested::Answered;
use response::{Response, Status};
pub use sender::Sender;
use settings::{Envelope, Settings, Sign};
#[cfg(test)]
pub(super) use signature::Signing;

/// The response for a login that succeeded (SAML profiles 4.1.4.2).
///
/// `trace` learns what became of every SAML command in `grant`; when there is an error it learns
/// warnings only.
///
/// # Errors
/// Settings that contradict each other, keys that are not fit, no value for the NameID, characters
/// that XML cannot hold, nowhere to post to.
pub fn respond(
    grant: &Grant,
    client: &Client,
    idp: &IdentityProvider<'_>,
    now: Moment,
    random: &mut dyn Random,
    trace: &mut Trace,
) -> Result<SamlAnswer, SamlError> {
    let request = grant.request.saml.as_ref();
    let recorded = &grant.recorded;
    let effective = effective::of_login(client, recorded);
    check_signer(request, &effective.signing_cert, idp, now)?;
    let envelope = Envelope::new(&effective, request, client, idp)?;
    let mut policy = KeyPolicy {
        config: idp.config,
        now,
        trace,
    };
    let signing = settings::signing(&effective, idp, &mut policy)?;
    let settings = Settings::new(&effective, &envelope, grant, &mut policy, idp.config)?;
    let issued = iso(now);
    let joining = profile_claims(grant);
    let properties = Properties::new(&grant.profile, &client.client_id, &joining);
    let claims = ClaimMap::build(&settings.claims, properties, recorded, trace);
    settings.presentation.check(claims.iter())?;
    let in_response_to = request.and_then(|request| request.id.as_deref());
    let (assertion_id, response_id) = Id::of_both(random);
    let session = grant.event.session.as_ref();
    let subject = Subject {
        name_id: settings.name_id.name(&claims, grant.profile.user_id(), random)?,
        session_index: session.map(|session| format!("_{}", session.id)),
        service_provider: request.and_then(|request| request.issuer.clone()),
    };
    let answered = Answered {
        envelope: &envelope,
        settings: &settings,
        name_id: &subject.name_id,
        attributes: claims.iter().len(),
        grant,
        client,
        config: idp.config,
        now,
    };
    let requested = answered.beside(request)?;
    let assertion = Assertion {
        id: assertion_id,
        issuer: &envelope.issuer,
        subject,
        claims,
        in_response_to,
        issued: &issued,
        now,
    };
    let response = Response {
        id: response_id,
        in_response_to,
        issued: &issued,
        status: Status::Success,
    };
    let assertion_signing = envelope.sign.signs_assertion().then_some(&signing);
    let response_signing = envelope.sign.signs_response().then_some(&signing);
    let written = response.write(&envelope, response_signing, |writer| {
        let Some(encryption) = &settings.encryption else {
            assertion.write(&settings, assertion_signing, writer)?;
            return Ok(None);
        };
        let mut inner = Writer::new();
        assertion.write(&settings, assertion_signing, &mut inner)?;
        let plain = inner.finish()?;
        encryption.write(&plain, writer, random)?;
        Ok(Some(plain))
    })?;
    outcomes::note_claims(&joining, assertion.claims.claim_attributes(), trace);
    outcomes::note(recorded, &settings, request, trace);
    if let Some(addon) = &client.addons.samlp {
        let index = request.and_then(|request| request.wishes.attribute_index.as_deref());
        let demand = Demand::of(addon, index.and_then(xml::unsigned_short));
        let hidden = settings.name_id.hides();
        release::note(&demand, hidden, &settings.claims, &assertion.claims, trace);
    }
    for (code, message) in requested.iter().filter_map(Requested::warning) {
        trace.warn(code, message, &Origin::default());
    }
    let place = match written.content {
        Some(plain) => Place::Encrypted(plain),
        None => Place::Plain(written.place),
    };
    Ok(SamlAnswer {
        requested,
        asserted: Some(Asserted {
            subject: assertion.subject,
            place,
        }),
        ..answer(&envelope, written.xml, in_response_to)
    })
}

/// Checks the request that was received against the certificate of `setSigningCert`. That of the add-on was asked
/// for when the request came.
fn check_signer(
    request: Option<&SamlRequest>,
    signing_cert: &Set<'_, Vec<Certificate>>,
    idp: &IdentityProvider<'_>,
    now: Moment,
) -> Result<(), SamlError> {
    let message = request.and_then(|request| request.message.as_ref());
    let (SetBy::Call(_), Some(message)) = (signing_cert.by, message) else {
        return Ok(());
    };
    let certificates = signing_cert.get()?.cloned().unwrap_or_default();
    inbound::check_signer(message, certificates, idp.config, now)
        .map_err(|error| SamlError::request(RequestFault::Signature, format!("setSigningCert: {error}")))
}

/// The response for a login that was refused: a status and nothing about the user (semantics 4.15).
///
/// The add-on's settings apply; what Actions set does not. It is signed only where the add-on wants
/// responses signed.
///
/// # Errors
/// The add-on's own settings for signing cannot be carried out, or there is nowhere to post to.
pub fn refuse(
    refusal: &Refusal,
    request: &SamlRequest,
    client: &Client,
    idp: &IdentityProvider<'_>,
    now: Moment,
    random: &mut dyn Random,
) -> Result<SamlAnswer, SamlError> {
    let effective = effective::of_client(client);
    let envelope = Envelope::new(&effective, Some(request), client, idp)?;
    // The message may quote what a user typed; a refusal must not fail because of it.
    let mut message = refusal.error_description().into_owned();
    message.retain(|character| !xml::is_illegal(character));
    let response = Response {
        id: Id::of_message(random),
        in_response_to: request.id.as_deref(),
        issued: &iso(now),
        status: Status::refused(refusal, &message),
    };
    let signing = match envelope.sign {
        Sign::Assertion => None,
        Sign::Both | Sign::Response => {
            let mut policy = KeyPolicy {
                config: idp.config,
                now,
                trace: &mut Trace::default(),
            };
            Some(settings::signing(&effective, idp, &mut policy)?)
        }
    };
    let written = response.write(&envelope, signing.as_ref(), |_| Ok(()))?;
    Ok(answer(&envelope, written.xml, request.id.as_deref()))
}

fn answer(envelope: &Envelope<'_>, xml: String, in_response_to: Option<&str>) -> SamlAnswer {
    SamlAnswer {
        acs_url: envelope.acs_url.to_owned(),
        relay_state: envelope.relay_state.to_owned(),
        response: base64_simd::STANDARD.encode_to_string(&xml),
        xml,
        in_response_to: in_response_to.map(str::to_owned),
        requested: Vec::new(),
        asserted: None,
    }
}

#[cfg(test)]
mod tests {
    use crate::saml::tests::fixture::*;
    use crate::saml_setting::SamlSetting;
    use allocation_counter::measure;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn the_same_login_time_and_randomness_give_the_same_response() {
        let encrypted = || {
            Login::new()
                .set(SamlSetting::EncryptionCert(other().certificate()))
                .set(SamlSetting::EncryptionPublicKey(other().public_key()))
        };
        assert_eq!(encrypted().respond().unwrap(), encrypted().respond().unwrap());
    }

    #[test]
    fn what_is_posted_is_the_document_in_base64_on_one_line() {
        let answer = Login::new().respond().unwrap();
        let posted = STANDARD.decode(answer.response).unwrap();
        assert_eq!(posted, answer.xml.as_bytes());
    }

    #[test]
    fn the_answer_tells_where_the_assertion_stands_and_whom_it_is_about() {
        let plain = Login::new;
        let both = || {
            plain()
                .set(SamlSetting::SignAssertion(true))
                .set(SamlSetting::SignResponse(true))
        };
        let encrypted = || {
            both()
                .set(SamlSetting::EncryptionCert(other().certificate()))
                .set(SamlSetting::EncryptionPublicKey(other().public_key()))
        };
        for login in [&plain as &dyn Fn() -> Login, &both, &encrypted] {
            let mut login = login();
            let answer = login.respond().unwrap();
            let assertion = answer.assertion_xml().unwrap();
            assert!(assertion.starts_with("<saml:Assertion ") && assertion.ends_with("</saml:Assertion>"));
            let subject = answer.subject().unwrap();
            assert!(assertion.contains(&format!(">{}</saml:NameID>", subject.name_id.value)));
            let format = subject.name_id.format.as_deref().unwrap();
            assert!(assertion.contains(&format!("<saml:NameID Format=\"{format}\"")));
            let index = subject.session_index.as_deref().unwrap();
            assert!(assertion.contains(&format!(" SessionIndex=\"{index}\"")));
            let asked_by = login.grant.request.saml.as_ref().unwrap().issuer.clone();
            assert_eq!(subject.service_provider, asked_by);
        }
        let mut alone = plain();
        alone.grant.event.session = None;
        let answer = alone.respond().unwrap();
        assert_eq!(answer.subject().unwrap().session_index, None);
    }

    #[test]
    fn a_response_takes_less_than_64_kib_beyond_its_own_size() {
        let groups: Vec<_> = (0..20).map(|number| format!("group-{number}")).collect();
        let groups: Vec<_> = groups.iter().map(|group| text(group)).collect();
        let login = || {
            (0..11).fold(Login::new().attribute("groups", &groups), |login, number| {
                login.attribute(&format!("attribute-{number}"), &[text("a value of usual length")])
            })
        };
        let both = || {
            login()
                .set(SamlSetting::SignAssertion(true))
                .set(SamlSetting::SignResponse(true))
        };
        let encrypted = both()
            .set(SamlSetting::EncryptionCert(other().certificate()))
            .set(SamlSetting::EncryptionPublicKey(other().public_key()));
        let check = |mut login: Login| {
            let mut size = 0;
            let memory = measure(|| size = login.respond().unwrap().xml.len()).bytes_max;
            assert!(size > 8 * 1024, "{size}");
            assert!(
                memory < size as u64 + 64 * 1024,
                "{memory} bytes for a response of {size}"
            );
        };
        check(login());
        check(both());
        check(encrypted);
    }

    #[test]
    fn the_document_holds_one_assertion_and_nothing_that_only_looks_like_one() {
        let value = "</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"admin\">";
        for literal in [
            value,
            "]]>",
            "&amp;",
            "&#0;",
            "<!--x-->",
            "<![CDATA[x]]>",
            "<?x?>",
        ] {
            let answer = Login::new()
                .attribute("plain", &[text(literal)])
                .attribute("x\"><evil a=\"", &[text("")])
                .respond()
                .unwrap();
            let stated = attributes(&answer.xml);
            assert_eq!(stated.iter().filter(|(name, _)| name == "admin").count(), 0);
            assert_eq!(stated[stated.len() - 2].1[0].1, literal);
            assert_eq!(stated[stated.len() - 1].0, "x\"><evil a=\"");
            assert_eq!(answer.xml.matches("<saml:Assertion ").count(), 1);
            assert!(
                !answer.xml.contains("<!") && !answer.xml.contains("<?") && !answer.xml.contains("<evil")
            );
        }
    }
}
