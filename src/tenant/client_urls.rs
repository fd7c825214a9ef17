//! The URLs of a client, held to the rule of logins without one.

use super::application::Client;
use super::finding::{Effect, Finding};
use crate::json::JsonPath;
use crate::web_url::{UrlUse, shown_url, web_url};

impl Client {
    /// Every URL of the client that no browser, and no logout message, is sent to. Those among the settings of its
    /// SAML responses are found with these settings.
    pub fn examine_urls(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut check = |path: JsonPath, url: &str, purpose| {
            if let Err(fault) = web_url(url, purpose) {
                findings.push(Finding {
                    message: format!("{} {fault}", shown_url(url)),
                    path,
                    code: "unsafe_url".to_owned(),
                    effect: Effect::Refuses,
                });
            }
        };
        let mut all = |member: &str, urls: &[String], purpose| {
            let path = JsonPath::default().key(member);
            for (index, url) in urls.iter().enumerate() {
                check(path.index(index), url, purpose);
            }
        };
        let addon = self.addons.samlp.as_ref();
        let of_callbacks = if addon.is_some() {
            UrlUse::Endpoint
        } else {
            UrlUse::Return
        };
        all("callbacks", &self.callbacks, of_callbacks);
        all("allowed_logout_urls", &self.allowed_logout_urls, UrlUse::Return);
        let back_channel = self.oidc_logout.as_ref();
        let back_channel = back_channel.and_then(|logout| logout.get(BACK_CHANNEL)?.as_array());
        for (index, url) in back_channel.into_iter().flatten().enumerate() {
            if let Some(url) = url.as_str() {
                check(
                    JsonPath::of(&["oidc_logout", BACK_CHANNEL]).index(index),
                    url,
                    UrlUse::Endpoint,
                );
            }
        }
        let samlp = JsonPath::of(&["addons", "samlp"]);
        let services = addon.and_then(|addon| addon.assertion_consumer_services.as_deref());
        for (index, service) in services.into_iter().flatten().enumerate() {
            let path = samlp.key("assertionConsumerServices").index(index).key("url");
            check(path, &service.url, UrlUse::Endpoint);
        }
        let logout = addon.and_then(|addon| addon.logout.as_ref());
        for member in ["callback", "response_callback"] {
            let url = logout.and_then(|logout| logout.get(member)?.as_str());
            if let Some(url) = url.filter(|url| !url.is_empty()) {
                check(samlp.key("logout").key(member), url, UrlUse::Endpoint);
            }
        }
        findings
    }
}

const BACK_CHANNEL: &str = "backchannel_logout_urls";
