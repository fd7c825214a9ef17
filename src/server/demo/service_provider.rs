//! The example service provider: it logs people in by SAML, as a service provider of the tenant.

use super::memory::{Begun, Demo};
use super::story::{End, Story};
use super::tenant::{ACS, is_service_provider};
use super::{pages, visitor};
use crate::algorithm::SignatureMethod;
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::saml::inbound::{Carrier, binding};
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::tenant::Client;
use crate::time::iso;
use crate::xml::{ASSERTION, IllegalCharacter, PROTOCOL, Writer};
use axum::http::{Method, header};
use minijinja::context;
use url::form_urlencoded::byte_serialize;

/// Shows the service provider: as whom it acts, and the button that logs in.
pub(super) fn page(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let all = site
        .tenant
        .clients
        .iter()
        .filter(|client| is_service_provider(client));
    let providers: Vec<_> = all
        .map(|client| {
            let escaped: String = byte_serialize(client.client_id.as_bytes()).collect();
            context! {
                id => client.client_id, name => client.name,
                metadata => format!("{}samlp/metadata/{escaped}", site.url),
            }
        })
        .collect();
    let first = site
        .tenant
        .clients
        .iter()
        .find(|client| is_service_provider(client));
    let values = context! {
        here => "sp", url => site.url, providers,
        person => visitor::logged_in(demo, site, received),
        log_out => first.map(|client| visitor::log_out(site, client, "demo/sp")),
    };
    pages::shown("service_provider.html", values)
}

/// Sends the browser to `/samlp/{client_id}` with a request.
pub(super) fn begin(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let form = received.query().unwrap_or_default();
    let field = |name: &str| form.get(name).ok().flatten().filter(|value| !value.is_empty());
    let mut all = site
        .tenant
        .clients
        .iter()
        .filter(|client| is_service_provider(client));
    let wanted = field("client");
    let Some(client) = all.find(|client| wanted.is_none_or(|id| client.client_id == id)) else {
        return pages::message(
            "There is no such service provider",
            "Go back, and choose another one.",
        );
    };
    let escaped: String = byte_serialize(client.client_id.as_bytes()).collect();
    let address = format!("{}samlp/{escaped}", site.url);
    let entity = client
        .addons
        .samlp
        .as_ref()
        .and_then(|addon| addon.entity_id.clone());
    let request = Request {
        id: format!("_{}", SystemRandom.text(ALPHANUMERIC, 32)),
        issue_instant: iso(site.now()),
        destination: &address,
        acs: &format!("{}{ACS}", site.url),
        issuer: &entity.unwrap_or_else(|| format!("urn:{}", client.client_id)),
        wish: match field("wish") {
            Some("force") => Some("ForceAuthn"),
            Some("passive") => Some("IsPassive"),
            _ => None,
        },
    };
    let state = SystemRandom.text(ALPHANUMERIC, 43);
    let Ok(xml) = request.xml() else {
        return pages::message(
            "No request can be made",
            "The name of this service provider holds a character that XML cannot hold.",
        );
    };
    let Some(query) = sent(&xml, &state, site, client) else {
        return pages::message(
            "No request can be made",
            "It cannot be signed with the key of the demo.",
        );
    };
    let url = format!("{address}?{query}");
    visitor::known(site, received, |browser| {
        demo.memory().begin(Begun {
            state,
            browser: browser.to_owned(),
            client_id: client.client_id.clone(),
            verifier: None,
        });
        Answer::redirect(&url)
    })
}

/// The request as a query, signed where the service provider signs its requests.
fn sent(xml: &str, state: &str, site: &Site, client: &Client) -> Option<String> {
    let addon = client.addons.samlp.as_ref();
    if addon.is_none_or(|addon| addon.settings.signing_cert.is_none()) {
        return Some(binding::query(xml, Carrier::Request, state, None));
    }
    let method = SignatureMethod::RsaSha256;
    let query = binding::query(xml, Carrier::Request, state, Some(method.uri()));
    let signature = method.sign(query.as_bytes(), site.keys.current.key()).ok()?;
    Some(binding::signed_query(&query, &signature))
}

/// Takes the response, and shows the login's story. A response that this server did not make counts for nothing.
pub(super) fn acs(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    let form = received.form().unwrap_or_default();
    let field = |name: &str| form.get(name).ok().flatten().unwrap_or_default();
    let (response, state) = (field("SAMLResponse"), field("RelayState"));
    let mut memory = demo.memory();
    let is_ours = state.is_empty() || memory.take_begun(state, visitor::of(site, received)).is_some();
    let told = memory.find(|story| is_ours && has_response(story, response));
    match told {
        Some(story) => Answer::redirect(&visitor::address(site, story)),
        None => pages::message(
            "This response belongs to no login of this browser",
            "Each response counts once, and only in the browser in which the login began. Begin again.",
        ),
    }
    .with(header::REFERRER_POLICY, "no-referrer".to_owned())
}

fn has_response(story: &Story, response: &str) -> bool {
    let answer = match &story.end {
        End::Saml(answer) => Some(answer),
        End::Refused(refused) => refused.answer.as_ref(),
        End::Away | End::Code | End::Tokens(_) => None,
    };
    answer.is_some_and(|answer| answer.response == response)
}

/// An AuthnRequest (SAML core 3.4.1).
struct Request<'a> {
    id: String,
    issue_instant: String,
    destination: &'a str,
    acs: &'a str,
    issuer: &'a str,
    wish: Option<&'static str>,
}

impl Request<'_> {
    fn xml(&self) -> Result<String, IllegalCharacter> {
        let wish = self.wish.map(|wish| (wish, "true"));
        let mut attributes = vec![
            ("AssertionConsumerServiceURL", self.acs),
            ("Destination", self.destination),
            ("ID", &*self.id),
            ("IssueInstant", &*self.issue_instant),
            (
                "ProtocolBinding",
                "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
            ),
            ("Version", "2.0"),
        ];
        attributes.extend(wish);
        attributes.sort_unstable();
        let mut xml = Writer::new();
        xml.open("samlp:AuthnRequest", &[PROTOCOL], &attributes);
        xml.open("saml:Issuer", &[ASSERTION], &[]);
        xml.text(self.issuer);
        xml.close();
        xml.close();
        xml.finish()
    }
}
