//! The browser that visits the example application, known by a cookie of its own.

use super::memory::Demo;
use super::story::{End, Story};
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::tenant::Client;
use axum::http::header;
use url::form_urlencoded::Serializer;

/// The value of the cookie.
pub(super) fn of<'r>(site: &Site, received: &'r Received) -> Option<&'r str> {
    received.cookie(name(site))
}

/// Answers a browser, which gets a cookie where it has none yet.
pub(super) fn known(site: &Site, received: &Received, answer: impl FnOnce(&str) -> Answer) -> Answer {
    if let Some(browser) = of(site, received) {
        return answer(browser);
    }
    let browser = SystemRandom.text(ALPHANUMERIC, 43);
    let attributes = if is_https(site) {
        "SameSite=None; Secure"
    } else {
        "SameSite=Lax"
    };
    answer(&browser).with(
        header::SET_COOKIE,
        format!("{}={browser}; HttpOnly; Path=/; {attributes}", name(site)),
    )
}

/// The way to the story of the login that began with this state.
pub(super) fn told(demo: &Demo, site: &Site, state: &str) -> Option<Answer> {
    let mut memory = demo.memory();
    let story = memory.find(|story| story.state.as_deref() == Some(state))?;
    Some(Answer::redirect(&address(site, story)))
}

/// Where a story is told.
pub(super) fn address(site: &Site, story: &Story) -> String {
    format!("{}demo/stories/{}", site.url, story.id)
}

/// Ends the session of the browser, and comes back to a page of the demo.
pub(super) fn log_out(site: &Site, client: &Client, page: &str) -> String {
    let back = format!("{}{page}", site.url);
    let mut query = Serializer::new(String::new());
    query
        .append_pair("client_id", &client.client_id)
        .append_pair("returnTo", &back);
    format!("{}v2/logout?{}", site.url, query.finish())
}

/// Who is logged in at the server in this browser, in words.
pub(super) fn logged_in(demo: &Demo, site: &Site, received: &Received) -> Option<String> {
    let session = site.session_of(received).ok()??;
    let memory = demo.memory();
    let mut stories = memory.stories();
    let story =
        stories.find(|story| story.session.user_id == session.user_id && !matches!(story.end, End::Away));
    let person = story.map(|story| &story.person);
    let name = person.and_then(|person| person.text("name").or_else(|| person.text("email")));
    Some(name.unwrap_or(&session.user_id).to_owned())
}

fn is_https(site: &Site) -> bool {
    site.url.starts_with("https:")
}

fn name(site: &Site) -> &'static str {
    if is_https(site) {
        "__Host-postlogin-demo"
    } else {
        "postlogin-demo"
    }
}
