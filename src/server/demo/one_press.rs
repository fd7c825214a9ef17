//! The login page of a demo lists the users of `users.json`, and one press logs in without a password.

use super::pages;
use super::told::words;
use crate::flow::Unavailable;
use crate::server::answer::Answer;
use crate::server::endpoints::Asking;
use crate::server::received::Received;
use crate::server::site::Site;
use crate::server::views::{Page, View};
use crate::tenant::{Profile, Tenant};
use axum::http::Method;
use minijinja::context;
use serde::Serialize;

/// Somebody who can log in.
#[derive(Serialize)]
pub(in crate::server) struct Person {
    pub user_id: String,
    /// Name, address or id, whatever there is first.
    pub name: String,
    pub email: Option<String>,
    pub roles: Vec<String>,
    /// `app_metadata`, on which Actions decide.
    pub app_metadata: String,
    pub is_blocked: bool,
}

/// The first users of the tenant; a page with all of many would help nobody.
pub(in crate::server) fn people(tenant: &Tenant) -> Vec<Person> {
    tenant
        .users
        .profiles()
        .take(SHOWN)
        .map(|profile| Person::of(&profile))
        .collect()
}

const SHOWN: usize = 30;

impl Person {
    fn of(profile: &Profile) -> Self {
        let email = profile.text("email").map(str::to_owned);
        let name = profile
            .text("name")
            .or(email.as_deref())
            .unwrap_or(profile.user_id());
        let metadata = profile.0.get("app_metadata").and_then(|value| value.as_object());
        Self {
            user_id: profile.user_id().to_owned(),
            name: name.to_owned(),
            roles: profile.list("roles").map(str::to_owned).collect(),
            app_metadata: metadata.map(words::pairs).unwrap_or_default().join(", "),
            is_blocked: profile.is_blocked(),
            email,
        }
    }
}

/// Logs a user of `users.json` in to the login that waits in this browser.
pub(super) fn log_in(site: &Site, received: &Received) -> Answer {
    if received.method != Method::POST {
        return Answer::wrong_method("POST");
    }
    let form = received.form().unwrap_or_default();
    let field = |name: &str| form.get(name).ok().flatten();
    let (state, user_id) = (
        field("state").unwrap_or_default(),
        field("user_id").unwrap_or_default(),
    );
    if site.tenant.users.by_id(user_id).is_none() {
        return pages::message(
            "There is no such user in users.json",
            "Go back, and choose another one.",
        );
    }
    let logged_in = || {
        let asking = Asking::find(site, received, state)?;
        let asking = asking.filter(|asking| asking.form().is_of(site, field("token")));
        let (Some(asking), Some(user)) = (asking, site.store.stored_user(user_id)?) else {
            return Ok(pages::message(
                "This form is not from this login",
                "Begin again at the application.",
            ));
        };
        asking.logged_in(site, received, &user)
    };
    logged_in().unwrap_or_else(|error: Unavailable| pages::failed(&error))
}

/// The login page with the users of `users.json`; any other page as it is.
pub(in crate::server) fn offered(site: &Site, view: &View, page: Page) -> Page {
    let View::Login(login) = view else {
        return page;
    };
    let values = context! {
        people => people(&site.tenant), users => site.tenant.users.len(), state => login.state, token => login.token,
    };
    let list = pages::rendered("people.html", values);
    let place = page.html.find("</h1>").map_or(0, |place| place + "</h1>".len());
    let (before, after) = page.html.split_at(place);
    Page {
        html: format!("{before}{list}{after}"),
        ..page
    }
}
