//! `/demo`: what there is, who can log in, and the last logins.

use super::memory::Demo;
use super::{one_press, pages, told, visitor};
use crate::server::answer::Answer;
use crate::server::received::Received;
use crate::server::site::Site;
use axum::http::Method;
use minijinja::context;

/// Shows all of it.
pub(super) fn page(demo: &Demo, site: &Site, received: &Received) -> Answer {
    if received.method != Method::GET {
        return Answer::wrong_method("GET");
    }
    let person = visitor::logged_in(demo, site, received);
    let memory = demo.memory();
    let stories: Vec<_> = memory.stories().map(|story| told::line(site, story)).collect();
    let tenant = site.tenant.settings.friendly_name.as_deref();
    let values = context! {
        url => site.url, stories, person, tenant, people => one_press::people(&site.tenant),
        users => site.tenant.users.len(),
    };
    pages::shown("overview.html", values)
}
