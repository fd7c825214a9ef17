//! A tenant with three service providers, and what a server does with the machine.

mod chain;
mod disorder;
mod request;

use super::dispatch::{Delivery, Dispatch, Outgoing};
use super::*;
use crate::endpoints::Endpoints;
use crate::keys::SigningPair;
use crate::random::SeededRandom;
use crate::saml::id::Id;
use crate::saml::inbound::binding::{query, read as read_binding, signed_query};
use crate::saml::inbound::{Carrier, Received, SeenIds};
use crate::saml::inbound::{Digest, SignatureMethod};
use crate::saml::outbound::Signing;
use crate::saml::tests::fixture::{Pair, identity_provider, now, other};
use crate::tenant::Client;
use crate::tenant::SamlConfig;
use crate::trace::Trace;
use crate::xml::{Limits, exclusive, read};
use openssl::hash::MessageDigest;
use openssl::sign::Signer;
use serde_json::json;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The key of nobody who is trusted.
pub(super) fn stranger() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| Pair::rsa(2048))
}

/// A service provider: `a` takes POST and signs with [`other`]'s key, `b` takes Redirect and its certificate is
/// unknown, `c` takes Redirect, signs, and has another URL for responses.
pub(super) fn client(name: &str) -> Client {
    let addon = match name {
        "a" => json!({
            "signingCert": other().certificate_pem, "logout": {"callback": "https://a.example/slo"}
        }),
        "b" => json!({
            "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect", "issuer": "urn:as-b-knows-us",
            "logout": {"callback": "https://b.example/slo?tenant=1"}
        }),
        _ => json!({
            "signingCert": other().certificate_pem,
            "logout": {
                "callback": "https://c.example/slo", "response_callback": "https://c.example/slo/done",
                "binding": "HTTP-Redirect"
            }
        }),
    };
    let client = json!({"client_id": name, "name": name, "addons": {"samlp": addon}});
    serde_json::from_value(client).unwrap()
}

pub(super) fn participant(name: &str) -> Participant {
    Participant {
        application: Application::of(&client(name)).unwrap(),
        issuer: Some(format!("urn:{name}")),
        name_id: name_id(&format!("ada@{name}")),
        session_index: format!("_session-{name}"),
    }
}

pub(super) fn name_id(value: &str) -> NameId {
    NameId {
        value: value.to_owned(),
        format: None,
        name_qualifier: None,
        sp_name_qualifier: None,
    }
}

pub(super) fn config() -> &'static SamlConfig {
    static CONFIG: OnceLock<SamlConfig> = OnceLock::new();
    CONFIG.get_or_init(SamlConfig::default)
}

pub(super) fn host() -> Host<'static> {
    Host {
        endpoints: Endpoints::of("tenant.us.example"),
        config: config(),
    }
}

/// The message on its way, as the tenant seals it.
pub(super) fn seal(dispatch: &Dispatch) -> Outgoing {
    let client = client(dispatch.client_id());
    let sender = Sender::new(
        &client,
        &identity_provider(config()),
        now(),
        &mut Trace::default(),
    )
    .unwrap();
    dispatch.seal(&sender).unwrap()
}

const NAMESPACES: &str = "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
                          xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"";

/// The LogoutRequest of `name` about its own login, with more attributes.
pub(super) fn logout_request(name: &str, id: &str, attributes: &str) -> String {
    format!(
        "<samlp:LogoutRequest {NAMESPACES} ID=\"{id}\" Version=\"2.0\" IssueInstant=\"2026-03-04T05:06:00Z\" \
         {attributes}><saml:Issuer>urn:{name}</saml:Issuer><saml:NameID>ada@{name}</saml:NameID>\
         <samlp:SessionIndex>_session-{name}</samlp:SessionIndex></samlp:LogoutRequest>"
    )
}

/// The LogoutResponse of `name` with a status.
pub(super) fn logout_response(name: &str, in_response_to: &str, status: &str) -> String {
    format!(
        "<samlp:LogoutResponse {NAMESPACES} ID=\"_answer-{in_response_to}\" InResponseTo=\"{in_response_to}\" \
         Version=\"2.0\" IssueInstant=\"2026-03-04T05:06:00Z\"><saml:Issuer>urn:{name}</saml:Issuer>\
         <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{status}\"/></samlp:Status>\
         </samlp:LogoutResponse>"
    )
}

/// `xml` with a signature after its issuer.
pub(super) fn signed(xml: &str, pair: &Pair) -> String {
    let document = read(xml, Limits::MESSAGE).unwrap();
    let signing = Signing::new(
        Cow::Owned(SigningPair::new(pair.key(), pair.certificate()).unwrap()),
        SignatureMethod::RsaSha256,
        Digest::Sha256,
    )
    .unwrap();
    let id = document.root().attribute("ID").unwrap();
    let signature = signing
        .sign(&Id::written(id), &exclusive(document.root(), None, &[]))
        .unwrap();
    xml.replacen("</saml:Issuer>", &format!("</saml:Issuer>{signature}"), 1)
}

/// `xml` as HTTP-POST brings it.
pub(super) fn posted(xml: &str, relay_state: &str) -> Received {
    Received {
        xml: xml.to_owned(),
        relay_state: Some(relay_state.to_owned()),
        signature: None,
    }
}

/// `xml` as HTTP-Redirect brings it, signed.
pub(super) fn redirected(xml: &str, carrier: Carrier, relay_state: &str, pair: &Pair) -> Received {
    let algorithm = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
    let query = query(xml, carrier, relay_state, Some(algorithm));
    let mut signer = Signer::new(MessageDigest::sha256(), &pair.pkey).unwrap();
    let value = signer.sign_oneshot_to_vec(query.as_bytes()).unwrap();
    read_binding(&signed_query(&query, &value), carrier).unwrap()
}

/// A message that went out: what the service provider gets.
pub(super) struct Arrived {
    /// Where to, without what HTTP-Redirect adds.
    pub url: String,
    pub xml: String,
    pub relay_state: Option<String>,
}

impl Arrived {
    /// Of a sealed message, which must be signed by the tenant as its binding wants.
    pub fn of(outgoing: &Outgoing, carrier: Carrier) -> Self {
        let trust = crate::saml::inbound::Trust::new(
            vec![crate::saml::tests::fixture::tenant().certificate()],
            config(),
            now(),
        )
        .unwrap();
        let (url, received) = match &outgoing.delivery {
            Delivery::Form {
                url,
                carrier: field,
                message,
                relay_state,
            } => {
                assert_eq!(*field, carrier);
                let xml = crate::saml::inbound::binding::decode(message, carrier).unwrap();
                let received = Received {
                    xml,
                    relay_state: relay_state.clone(),
                    signature: None,
                };
                (url.clone(), received)
            }
            Delivery::Redirect { url } => {
                let (url, query) = url.split_at(url.find(carrier.name()).unwrap());
                let received = read_binding(query, carrier).unwrap();
                assert!(received.signature.is_some());
                (url[..url.len() - 1].to_owned(), received)
            }
        };
        assert_eq!(received.xml, outgoing.xml);
        let document = read(&received.xml, Limits::MESSAGE).unwrap();
        trust.vouch(document.root(), received.signature.as_ref()).unwrap();
        Self {
            url,
            relay_state: received.relay_state,
            xml: outgoing.xml.clone(),
        }
    }

    /// The `ID` of the message.
    pub fn id(&self) -> String {
        let document = read(&self.xml, Limits::MESSAGE).unwrap();
        document.root().attribute("ID").unwrap().to_owned()
    }
}

/// What a server keeps, and does with each step.
pub(super) struct Server {
    pub session: Vec<Participant>,
    pub sessions_ended: usize,
    /// Serialised, by RelayState.
    pub waiting: HashMap<String, String>,
    pub finished: Vec<Finished>,
    seen: SeenIds,
    random: SeededRandom,
}

/// How a logout ended.
pub(super) struct Finished {
    /// What went to who asked.
    pub answer: Option<Arrived>,
    pub report: Report,
}

impl Server {
    pub fn with(names: &[&str]) -> Self {
        Self {
            session: names.iter().map(|name| participant(name)).collect(),
            sessions_ended: 0,
            waiting: HashMap::new(),
            finished: Vec::new(),
            seen: SeenIds::default(),
            random: SeededRandom::new("logout"),
        }
    }

    /// A message came in `SAMLRequest` at the endpoint of `name`; what goes to a participant, if anything.
    pub fn request(&mut self, name: &str, received: &Received) -> Result<Option<Arrived>, RefusedLogout> {
        let application = Application::of(&client(name)).unwrap();
        let session = self.session.clone();
        let step = requested(received, &application, &host(), session, now(), &mut self.random)?;
        self.carry_out(step)
    }

    /// The tenant ends the session.
    pub fn begin(&mut self) -> Option<Arrived> {
        let step = begin(self.session.clone());
        self.carry_out(step).unwrap()
    }

    /// A message came in `SAMLResponse`.
    pub fn response(&mut self, received: &Received) -> Result<Option<Arrived>, NotAnAnswer> {
        let key = received.relay_state.clone().unwrap_or_default();
        let kept = self.waiting.remove(&key).ok_or(NotAnAnswer::RelayState)?;
        let waiting: Box<Waiting> = serde_json::from_str(&kept).unwrap();
        match waiting.receive(received, &host(), now(), &mut self.random) {
            Ok(step) => Ok(self.carry_out(step).unwrap()),
            Err((waiting, error)) => {
                self.keep(&waiting);
                Err(error)
            }
        }
    }

    /// The one participant that is out does not answer.
    pub fn give_up(&mut self, shortfall: Shortfall) -> Option<Arrived> {
        let kept = self.waiting.drain().next().unwrap().1;
        let waiting: Waiting = serde_json::from_str(&kept).unwrap();
        let step = waiting.give_up(shortfall, now(), &mut self.random);
        self.carry_out(step).unwrap()
    }

    fn carry_out(&mut self, mut step: Step) -> Result<Option<Arrived>, RefusedLogout> {
        loop {
            step = match step {
                Step::NoteId(unseen) => {
                    let once = unseen.once();
                    let occurrence = self.seen.note(&once.id, once.until, now());
                    unseen.proceed(occurrence)?
                }
                Step::EndSession(ending) => {
                    self.sessions_ended += 1;
                    self.session.clear();
                    ending.ended(now(), &mut self.random)
                }
                Step::Send(dispatch, waiting) => {
                    self.keep(&waiting);
                    return Ok(Some(Arrived::of(&seal(&dispatch), Carrier::Request)));
                }
                Step::Answer(dispatch, report) => {
                    let answer = Some(Arrived::of(&seal(&dispatch), Carrier::Response));
                    self.finished.push(Finished { answer, report });
                    return Ok(None);
                }
                Step::Finish(report) => {
                    let answer = None;
                    self.finished.push(Finished { answer, report });
                    return Ok(None);
                }
            };
        }
    }

    fn keep(&mut self, waiting: &Waiting) {
        let kept = serde_json::to_string(waiting).unwrap();
        self.waiting.insert(waiting.relay_state().to_owned(), kept);
    }

    /// The one logout that is over.
    pub fn outcome(&self) -> &Finished {
        let [finished] = &self.finished[..] else {
            panic!("{} logouts are over", self.finished.len());
        };
        finished
    }

    /// Nothing happened.
    pub fn is_untouched(&self) -> bool {
        self.sessions_ended == 0 && self.waiting.is_empty() && self.finished.is_empty()
    }
}

/// The answer of `name` to the request it got, as its binding and its signature want.
pub(super) fn answer(name: &str, got: &Arrived, status: &str) -> Received {
    let xml = logout_response(name, &got.id(), status);
    let state = got.relay_state.as_deref().unwrap();
    match name {
        "a" => posted(&signed(&xml, other()), state),
        "b" => posted(&xml, state),
        _ => redirected(&xml, Carrier::Response, state, other()),
    }
}

/// The codes of a status, the outer one first, without what all begin with.
pub(super) fn status(xml: &str) -> Vec<String> {
    let document = read(xml, Limits::MESSAGE).unwrap();
    let codes = document
        .root()
        .descendants()
        .filter_map(|element| element.attribute("Value"));
    codes
        .map(|code| code.rsplit(':').next().unwrap().to_owned())
        .collect()
}
