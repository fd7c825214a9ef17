//! Whether the tenant's own templates can be used: they are rendered with made-up values, and must hold what the forms
//! need.

use super::language::Language;
use super::templates::Templates;
use super::view::{Alert, AskedScope, Asks, ConsentPage, LogOutPage, LoginPage, NamedBy, View};
use super::what::What;
use super::words::Words;
use crate::tenant::Tenant;
use html5gum::{Token, Tokenizer};
use minijinja::context;
use std::collections::BTreeMap;

/// A template of the folder `pages/` that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFault {
    /// Name of the file in that folder.
    pub name: String,
    /// 1-based line, where it is known.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

/// Everything that is wrong with the tenant's own templates.
pub fn examine(tenant: &Tenant) -> Vec<PageFault> {
    let mut faults = Vec::new();
    for (name, source) in &tenant.pages {
        let alone = BTreeMap::from([(name.clone(), source.clone())]);
        match Templates::of(&alone) {
            Ok(templates) => faults.extend(missing(name, &templates)),
            Err(bad) => faults.push(fault(name, &bad.error)),
        }
    }
    faults
}

/// What the pages of a template lack.
fn missing(name: &str, templates: &Templates) -> Vec<PageFault> {
    let mut faults = Vec::new();
    for (view, needed) in samples(name) {
        let (_, values) = view.values(Words::of(Language::En));
        let common = context! {
            lang => "en", t => Words::of(Language::En), nonce => "n", request_id => "r", tenant => "Tenant",
        };
        let page = match templates.try_render(name, &context! { ..values, ..common }) {
            Ok(page) => page,
            Err(error) => {
                faults.push(fault(name, &error));
                continue;
            }
        };
        let found = tags(&page);
        let lacking = needed.iter().filter(|needed| !needed.stands_in(&page, &found));
        faults.extend(lacking.map(|needed| PageFault {
            name: name.to_owned(),
            line: None,
            message: format!("the page has no {}", needed.0.replace("<any ", "<p ")),
        }));
        if faults.is_empty() {
            faults.extend(foreign(name, &found));
        }
    }
    faults
}

fn fault(name: &str, error: &minijinja::Error) -> PageFault {
    let line = error.line().and_then(|line| u32::try_from(line).ok());
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    PageFault {
        name: name.to_owned(),
        line,
        message,
    }
}

/// Something that a page must hold, as it is written: a tag with attributes, or a text.
struct Needed(&'static str);

impl Needed {
    fn stands_in(&self, page: &str, found: &[Tag]) -> bool {
        let Some(tag) = self.0.strip_prefix('<') else {
            return page.contains(self.0);
        };
        let wanted = tags(&format!("<{tag}"));
        wanted.iter().all(|wanted| {
            found.iter().any(|tag| {
                let has = |(name, value): (&String, &String)| {
                    let known = tag.attributes.get(name);
                    known.is_some_and(|known| {
                        known == value || name == "method" && known.eq_ignore_ascii_case(value)
                    })
                };
                let is_it = tag.name == wanted.name || wanted.name == ANY;
                is_it && wanted.attributes.iter().all(has)
            })
        })
    }
}

struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
}

fn tags(page: &str) -> Vec<Tag> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let tag = |token| match token {
        Token::StartTag(tag) => {
            let attributes = tag.attributes.iter();
            Some(Tag {
                name: text(&tag.name),
                attributes: attributes
                    .map(|(name, attribute)| (text(name), text(&attribute.value)))
                    .collect(),
            })
        }
        _ => None,
    };
    Tokenizer::new(page).flatten().filter_map(tag).collect()
}

/// What the policy of every page keeps a browser from loading.
fn foreign(name: &str, found: &[Tag]) -> Option<PageFault> {
    let loads = |tag: &Tag| {
        let source = ["src", "href"]
            .iter()
            .find_map(|attribute| tag.attributes.get(*attribute))?;
        let is_loaded = matches!(tag.name.as_str(), "img" | "link" | "script" | "iframe");
        (is_loaded && !source.starts_with("data:")).then(|| format!("<{}> with {source}", tag.name))
    };
    found.iter().find_map(loads).map(|what| PageFault {
        name: name.to_owned(),
        line: None,
        message: format!("{what} is not loaded: a page holds all that it shows, images as data: URLs"),
    })
}

/// Pages of a template, each with what it must hold.
fn samples(name: &str) -> Vec<(View, &'static [Needed])> {
    let state = || "sample-state".to_owned();
    let token = || "sample-token".to_owned();
    match name {
        "login.html" => {
            let login = |alert| {
                View::Login(Box::new(LoginPage {
                    application: "Application".to_owned(),
                    client_id: "client".to_owned(),
                    state: state(),
                    token: token(),
                    username: "ada@example.org".to_owned(),
                    alert,
                    named_by: NamedBy::Name,
                }))
            };
            vec![
                (login(None), LOGIN),
                (login(Some(Alert::WrongPassword)), REFUSED_LOGIN),
            ]
        }
        "consent.html" => {
            let scopes = ["openid", "read:notes"].map(|scope| AskedScope {
                scope: scope.to_owned(),
                api: None,
                description: None,
            });
            let consent = |asks| ConsentPage {
                application: "Application".to_owned(),
                client_id: "client".to_owned(),
                user: "ada@example.org".to_owned(),
                asks,
                scopes: scopes.to_vec(),
                state: state(),
                token: token(),
            };
            let asked = [Asks::Access, Asks::Login].map(consent);
            asked
                .into_iter()
                .map(|page| (View::Consent(Box::new(page)), CONSENT))
                .collect()
        }
        "logout.html" => {
            let question = LogOutPage::Question {
                state: state(),
                token: token(),
            };
            vec![
                (View::LogOut(question), LOGOUT),
                (View::LogOut(LogOutPage::Done), &[]),
            ]
        }
        "error.html" => vec![(View::Told(What::Refused("sample-detail".to_owned())), ERROR)],
        _ => Vec::new(),
    }
}

/// Stands for any tag.
const ANY: &str = "any";

const LOGIN: &[Needed] = &[
    Needed("<form method=\"post\">"),
    Needed("<input name=\"state\" value=\"sample-state\">"),
    Needed("<input name=\"token\" value=\"sample-token\">"),
    Needed("<input name=\"username\">"),
    Needed("<input name=\"password\" type=\"password\">"),
    Needed("<button type=\"submit\">"),
];
const REFUSED_LOGIN: &[Needed] = &[Needed("<any role=\"alert\">")];
const CONSENT: &[Needed] = &[
    Needed("<form method=\"post\">"),
    Needed("<input name=\"state\" value=\"sample-state\">"),
    Needed("<input name=\"token\" value=\"sample-token\">"),
    Needed("<button name=\"action\" value=\"accept\">"),
    Needed("<button name=\"action\" value=\"deny\">"),
    Needed("read:notes"),
];
const LOGOUT: &[Needed] = &[
    Needed("<form method=\"post\">"),
    Needed("<input name=\"state\" value=\"sample-state\">"),
    Needed("<input name=\"token\" value=\"sample-token\">"),
    Needed("<button type=\"submit\">"),
];
const ERROR: &[Needed] = &[
    Needed("You may not use this application."),
    Needed("sample-detail"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(name: &str, source: &str) -> Vec<String> {
        let tenant = Tenant {
            pages: BTreeMap::from([(name.to_owned(), source.to_owned())]),
            ..Tenant::default()
        };
        examine(&tenant).into_iter().map(|fault| fault.message).collect()
    }

    #[test]
    fn our_own_templates_hold_what_is_needed() {
        for (name, source) in [
            ("login.html", include_str!("login.html")),
            ("consent.html", include_str!("consent.html")),
            ("logout.html", include_str!("logout.html")),
            ("error.html", include_str!("error.html")),
        ] {
            assert_eq!(faults(name, source), [""; 0], "{name}");
        }
    }

    #[test]
    fn what_a_form_lacks_is_told() {
        let form = "<form method='POST'>{% if alert %}<b role=alert>{{ alert }}</b>{% endif %}\
            <input name=state value={{ state }}><input name=username><button type=submit>";
        assert_eq!(
            faults("login.html", form),
            [
                "the page has no <input name=\"token\" value=\"sample-token\">",
                "the page has no <input name=\"password\" type=\"password\">",
            ]
        );
        assert_eq!(
            faults("error.html", "{{ title }}"),
            [
                "the page has no You may not use this application.",
                "the page has no sample-detail"
            ]
        );
        let images = "{{ message }} {{ detail }} <img src='data:image/png;base64,AA=='><img src='/logo.png'>";
        assert!(faults("error.html", images)[0].starts_with("<img> with /logo.png is not loaded"));
    }

    #[test]
    fn a_template_that_is_broken_or_never_ends_is_told() {
        assert!(faults("login.html", "{% if %}")[0].starts_with("syntax error"));
        assert!(faults("device.html", "{{ ")[0].starts_with("syntax error"));
        assert_eq!(faults("device.html", "{{ any }}"), [""; 0]);
        let long = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert_eq!(faults("error.html", long), ["engine ran out of fuel"]);
        let wide = "{% for a in range(9999) %}0123456789012345678901234567890123456789{% endfor %}";
        assert_eq!(faults("error.html", wide).len(), 1);
        let deep = "{% include 'error.html' %}";
        assert_eq!(faults("error.html", deep).len(), 1);
    }
}
