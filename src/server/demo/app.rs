//! The example application: it logs people in by authorization code with PKCE (RFC 6749, RFC 7636), as an application of
//! the tenant. All of it happens on its server's side, so the browser needs no script.

use super::afterwards::asked_of;
use super::memory::{Begun, Demo};
use super::story::{End, Refused};
use super::tenant::{CALLBACK, applications};
use super::{pages, visitor};
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::secret::Secret;
use crate::server::answer::Answer;
use crate::server::endpoints;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::tenant::{Client, ClientAuthentication};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use minijinja::context;
use openssl::sha::sha256;
use serde_json::{Map, Value};
use url::form_urlencoded::{Serializer, byte_serialize, parse};

/// Shows the application: as whom it acts, and the button that logs in.
pub(super) fn page(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let all = applications(&site.tenant);
    let shown: Vec<_> = all
        .iter()
        .map(|client| context! { id => client.client_id, name => client.name })
        .collect();
    let apis: Vec<_> = site
        .tenant
        .resource_servers
        .iter()
        .map(|api| context! { id => api.identifier, name => api.name })
        .collect();
    let values = context! {
        here => "app", url => site.url, applications => shown, apis, scope => SCOPE,
        log_out => all.first().map(|client| visitor::log_out(site, client, "demo/app")),
        person => visitor::logged_in(demo, site, received),
        default_api => site.tenant.settings.default_audience,
    };
    pages::shown("app.html", values)
}

/// Sends the browser to `/authorize`.
pub(super) fn begin(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let Ok(form) = received.query() else {
        return pages::message(
            "This is no form of this page",
            "Go back, and press the button again.",
        );
    };
    let field = |name: &str| form.get(name).ok().flatten().filter(|value| !value.is_empty());
    let wanted = field("client");
    let all = applications(&site.tenant);
    let Some(client) = all
        .into_iter()
        .find(|client| wanted.is_none_or(|id| client.client_id == id))
    else {
        return pages::message("There is no such application", "Go back, and choose another one.");
    };
    let [state, nonce, verifier] = std::array::from_fn(|_| SystemRandom.text(ALPHANUMERIC, RANDOM));
    let challenge = URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()));
    let callback = format!("{}{CALLBACK}", site.url);
    let mut query = Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &client.client_id)
        .append_pair("redirect_uri", &callback)
        .append_pair("scope", field("scope").unwrap_or(SCOPE))
        .append_pair("state", &state)
        .append_pair("nonce", &nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    for name in ["audience", "prompt", "organization"] {
        if let Some(value) = field(name) {
            query.append_pair(name, value);
        }
    }
    query.extend_pairs(parse(field("more").unwrap_or_default().as_bytes()));
    let url = format!("{}authorize?{}", site.url, query.finish());
    visitor::known(site, received, |browser| {
        demo.memory().begin(Begun {
            state,
            browser: browser.to_owned(),
            client_id: client.client_id.clone(),
            verifier: Some(Secret::new(verifier)),
        });
        Answer::redirect(&url)
    })
}

/// Takes the answer: exchanges the code for tokens, and shows the login's story.
pub(super) fn callback(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let parameters = received.query().unwrap_or_default();
    let field = |name: &str| parameters.get(name).ok().flatten();
    let state = field("state").unwrap_or_default();
    let Some(begun) = demo.memory().take_begun(state, visitor::of(site, received)) else {
        return pages::message(
            "This answer belongs to no login of this browser",
            "Each answer counts once, and only in the browser in which the login began. Begin again.",
        );
    };
    if let (Some(code), Some(verifier)) = (field("code"), &begun.verifier) {
        let client = site.tenant.clients.iter();
        let client = client
            .into_iter()
            .find(|client| client.client_id == begun.client_id);
        let answer = client.map(|client| exchanged(site, received, client, code, verifier));
        if let Some(Err(refused)) = answer
            && let Some(story) = demo.memory().find(|story| story.state.as_deref() == Some(state))
        {
            story.end = End::Refused(refused);
        }
    }
    let description = field("error_description").unwrap_or_default();
    if let Some(code) = field("error")
        && let Some(story) = demo.memory().find(|story| story.state.as_deref() == Some(state))
        && matches!(story.end, End::Away)
    {
        // The person was asked, and said no.
        story.end = End::Refused(Refused::told(code, description));
    }
    visitor::told(demo, site, state).unwrap_or_else(|| {
        pages::message(
            &format!(
                "The answer is an error: {}",
                field("error").unwrap_or("without a name")
            ),
            description,
        )
    })
}

/// Exchanges the code.
fn exchanged(
    site: &Site,
    received: &Received,
    client: &Client,
    code: &str,
    verifier: &Secret<String>,
) -> Result<(), Refused> {
    let callback = format!("{}{CALLBACK}", site.url);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &callback),
        ("code_verifier", verifier.reveal()),
    ];
    let answer = token_answer(site, received, client, &fields);
    let text = |name: &str| answer.get(name).and_then(Value::as_str).map(str::to_owned);
    match text("error") {
        None => Ok(()),
        Some(code) => Err(Refused::told(
            &code,
            &text("error_description").unwrap_or_default(),
        )),
    }
}

/// What the token endpoint answers to this application, which asks as it would from its server.
pub(super) fn token_answer(
    site: &Site,
    received: &Received,
    client: &Client,
    fields: &[(&str, &str)],
) -> Map<String, Value> {
    let mut form = Serializer::new(String::new());
    form.extend_pairs(fields);
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let secret = client.hmac_secret().unwrap_or_default();
    if client.authentication() == ClientAuthentication::SecretBasic {
        let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = STANDARD.encode(format!("{}:{}", escaped(&client.client_id), escaped(secret)));
        headers.extend(
            HeaderValue::from_str(&format!("Basic {pair}"))
                .ok()
                .map(|value| (header::AUTHORIZATION, value)),
        );
    } else {
        form.append_pair("client_id", &client.client_id);
        if client.authentication() == ClientAuthentication::SecretPost {
            form.append_pair("client_secret", secret);
        }
    }
    let asked = Received {
        headers,
        body: form.finish().into_bytes(),
        ..asked_of(received, "oauth/token")
    };
    serde_json::from_slice(endpoints::token(site, &asked).body()).unwrap_or_default()
}

const SCOPE: &str = "openid profile email offline_access";
/// 43 characters are 256 random bits.
const RANDOM: usize = 43;
