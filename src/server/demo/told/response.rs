//! A SAML response, decoded: what it says, and who asked for it.

use super::asked::Origins;
use super::token::Claim;
use super::words;
use super::xml::{self, Line};
use crate::saml::SamlAnswer;
use crate::time::Moment;
use crate::xml::{Document, Element, Limits, read};
use serde::Serialize;

/// A response as the page shows it.
#[derive(Serialize)]
pub(super) struct Response {
    pub facts: Vec<Claim>,
    pub attributes: Vec<Claim>,
    /// The response as it is posted.
    pub xml: Vec<Line>,
    /// The assertion as it was before it was encrypted.
    pub assertion: Vec<Line>,
    pub raw: String,
}

impl Response {
    pub fn of(answer: &SamlAnswer, made: Moment, origins: &Origins<'_>) -> Self {
        let plain = answer.assertion_xml().unwrap_or(&answer.xml);
        let is_encrypted = !answer.xml.contains(plain);
        let document = read(plain, Limits::MESSAGE).ok();
        let mut facts = vec![fact("posted to", &answer.acs_url, None)];
        facts.extend(document.iter().flat_map(|document| said(document, made)));
        if is_encrypted {
            facts.push(fact(
                "encrypted",
                "the assertion, for the service provider alone",
                None,
            ));
        }
        let attributes = document.iter().flat_map(|document| attributes(document, origins));
        Self {
            facts,
            attributes: attributes.collect(),
            xml: xml::lines(&answer.xml),
            assertion: if is_encrypted {
                xml::lines(plain)
            } else {
                Vec::new()
            },
            raw: answer.response.clone(),
        }
    }
}

fn fact(name: &str, value: &str, meaning: Option<String>) -> Claim {
    Claim {
        name: name.to_owned(),
        value: value.to_owned(),
        meaning,
        who: None,
    }
}

/// What the document says of its subject, or why it has none.
fn said(document: &Document<'_>, made: Moment) -> Vec<Claim> {
    let all: Vec<Element<'_>> = std::iter::once(document.root())
        .chain(document.root().descendants())
        .collect();
    let find = |local: &str| all.iter().find(|element| element.local() == local);
    let mut facts = Vec::new();
    if let Some(name_id) = find("NameID") {
        let format = name_id.attribute("Format").map(last_part);
        facts.push(fact("NameID", name_id.value().unwrap_or_default(), format));
    }
    if let Some(audience) = find("Audience") {
        facts.push(fact("audience", audience.value().unwrap_or_default(), None));
    }
    if let Some(conditions) = find("Conditions") {
        let moment = |name: &str| {
            let text = conditions.attribute(name)?;
            let moment = chrono::DateTime::parse_from_rfc3339(text).ok()?;
            Some(moment.to_utc())
        };
        if let (Some(begins), Some(ends)) = (moment("NotBefore"), moment("NotOnOrAfter")) {
            let span = words::span((ends - begins).num_seconds());
            facts.push(fact(
                "counts for",
                &span,
                Some(format!("until {}", words::time(ends, made))),
            ));
        }
    }
    if let Some(statement) = find("AuthnStatement") {
        let context = find("AuthnContextClassRef").and_then(|context| context.value());
        facts.extend(context.map(|context| {
            fact(
                "authentication",
                &last_part(context),
                Some("context class".to_owned()),
            )
        }));
        let index = statement.attribute("SessionIndex");
        facts.extend(index.map(|index| {
            fact(
                "SessionIndex",
                index,
                Some("names the session in a logout".to_owned()),
            )
        }));
    }
    let codes = all.iter().filter(|element| element.local() == "StatusCode");
    let codes: Vec<_> = codes
        .filter_map(|code| code.attribute("Value"))
        .map(last_part)
        .collect();
    if !codes.is_empty() {
        let message = find("StatusMessage").and_then(|message| message.value());
        facts.push(fact("status", &codes.join(", "), message.map(str::to_owned)));
    }
    let algorithm = find("SignatureMethod").and_then(|method| method.attribute("Algorithm"));
    facts.extend(algorithm.map(|algorithm| fact("signed with", &last_part(algorithm), None)));
    facts
}

fn attributes(document: &Document<'_>, origins: &Origins<'_>) -> Vec<Claim> {
    let all = document.root().descendants();
    let attributes = all.filter(|element| element.local() == "Attribute");
    let shown = attributes.map(|attribute| {
        let name = attribute.attribute("Name").unwrap_or_default();
        let values: Vec<_> = attribute
            .children()
            .map(|value| value.value().unwrap_or_default())
            .collect();
        Claim {
            name: name.to_owned(),
            value: values.join("\n"),
            meaning: None,
            who: origins.of(&format!("saml/attribute:{name}")),
        }
    });
    shown.collect()
}

/// The end of a URI of a standard.
fn last_part(uri: &str) -> String {
    uri.rsplit([':', '#', '/']).next().unwrap_or(uri).to_owned()
}
