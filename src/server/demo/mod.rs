//! `--demo`: an example application and an example service provider, and each login told as a story.
//!
//! ```text
//!  app, service_provider ─► /authorize, /samlp ─► one_press: logs in without a password
//!          ▲                                            │
//!          └── callback, acs ◄── answer ◄───────────────┤ noted: story ─► memory
//!                   └─► told: the story as a page ◄─────┤
//!                             └─► afterwards: userinfo, refresh
//! ```
//!
//! All of it is there only where the server was started with `--demo`, at a loopback address. Stories live in memory and
//! are few; nothing of this room is in the store.

mod afterwards;
mod announced;
mod app;
mod banner;
mod elsewhere;
mod memory;
mod one_press;
mod overview;
mod pages;
mod service_provider;
mod story;
mod tenant;
mod told;
mod visitor;

pub(super) use banner::with_banner;
pub(super) use memory::Demo;
pub(super) use one_press::offered;
pub(super) use tenant::prepare;

use super::answer::Answer;
use super::router::Endpoint;
use super::site::Site;
use axum::http::StatusCode;

/// The paths of the demo.
pub(super) const ROUTES: &[(&str, Endpoint)] = &[
    ("/", |site, _| Answer::redirect(&format!("{}demo", site.url))),
    ("/demo", |site, received| {
        within(site, |demo| overview::page(demo, site, received))
    }),
    ("/demo/app", |site, received| {
        within(site, |demo| app::page(demo, site, received))
    }),
    ("/demo/app/userinfo", |site, received| {
        within(site, |demo| afterwards::userinfo(demo, site, received))
    }),
    ("/demo/app/refresh", |site, received| {
        within(site, |demo| afterwards::refresh(demo, site, received))
    }),
    ("/demo/app/login", |site, received| {
        within(site, |demo| app::begin(demo, site, received))
    }),
    ("/demo/app/callback", |site, received| {
        within(site, |demo| app::callback(demo, site, received))
    }),
    ("/demo/elsewhere", |site, received| {
        within(site, |_| elsewhere::page(site, received))
    }),
    ("/demo/login", |site, received| {
        within(site, |_| one_press::log_in(site, received))
    }),
    ("/demo/sp", |site, received| {
        within(site, |demo| service_provider::page(demo, site, received))
    }),
    ("/demo/sp/login", |site, received| {
        within(site, |demo| service_provider::begin(demo, site, received))
    }),
    ("/demo/sp/acs", |site, received| {
        within(site, |demo| service_provider::acs(demo, site, received))
    }),
    ("/demo/stories/{id}", |site, received| {
        within(site, |demo| told::page(demo, site, received))
    }),
];

fn within(site: &Site, answer: impl FnOnce(&Demo) -> Answer) -> Answer {
    match &site.demo {
        Some(demo) => answer(demo),
        None => Answer::text(StatusCode::NOT_FOUND, "there is nothing at this path\n"),
    }
}
