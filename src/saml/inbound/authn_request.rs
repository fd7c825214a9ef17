//! What of an AuthnRequest decides whether and where it is answered (SAML core 3.4.1). Reading decides nothing;
//! [`super::acceptance`] does.

use crate::event::NameIdPolicy;
use crate::time::Moment;
use crate::xml::{ASSERTION, Element, PROTOCOL, boolean, collapsed, is_ncname, unsigned_short};
use chrono::{DateTime, Utc};

/// An AuthnRequest, read from one element; what it asks of the answer is read in [`super::wishes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AuthnRequest {
    /// `ID`
    pub id: String,
    /// `Issuer`; `None` if absent or empty.
    pub issuer: Option<String>,
    pub issue_instant: Moment,
    pub destination: Option<String>,
    pub acs: RequestedAcs,
    pub freshness: Freshness,
    pub interaction: Interaction,
    pub name_id_policy: Option<NameIdPolicy>,
}

/// Where the response is to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RequestedAcs {
    Default,
    Index(u16),
    Url(String),
}

/// `ForceAuthn`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// A session will do.
    Any,
    /// The user proves again who they are.
    Forced,
}

/// `IsPassive`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interaction {
    Allowed,
    /// No page may be shown.
    Forbidden,
}

/// What is wrong with a request that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::saml) enum ReadError {
    #[error("AssertionConsumerServiceURL and AssertionConsumerServiceIndex exclude each other")]
    AcsTwice,
    #[error("{0} is not true or false")]
    Boolean(&'static str),
    #[error("EncryptedID in Subject is not supported; send a plain NameID, or no Subject")]
    EncryptedId,
    #[error("ID is missing or is not a name as XML wants it")]
    Id,
    #[error("AssertionConsumerServiceIndex is not a number from 0 to 65535")]
    Index,
    #[error("IssueInstant is missing or is not a time in UTC such as 2026-01-31T12:00:00Z")]
    IssueInstant,
    #[error("{0} holds elements where text belongs")]
    Text(&'static str),
    #[error("{what} is longer than {limit} bytes")]
    TooLong { what: &'static str, limit: usize },
    #[error("{0} is there twice")]
    Twice(&'static str),
}

impl AuthnRequest {
    /// # Errors
    /// A member that the schema does not allow so.
    pub fn read(element: Element<'_>) -> Result<Self, ReadError> {
        let id = element.attribute("ID").filter(|id| is_ncname(id));
        let url = bounded(
            element.attribute("AssertionConsumerServiceURL"),
            "AssertionConsumerServiceURL",
        )?;
        let index = element
            .attribute("AssertionConsumerServiceIndex")
            .map(|text| unsigned_short(text).ok_or(ReadError::Index))
            .transpose()?;
        Ok(Self {
            id: bounded(id, "ID")?.ok_or(ReadError::Id)?,
            issuer: issuer(element)?,
            issue_instant: instant(element.attribute("IssueInstant")).ok_or(ReadError::IssueInstant)?,
            destination: bounded(element.attribute("Destination"), "Destination")?
                .filter(|text| !text.is_empty()),
            acs: match (url.filter(|url| !url.is_empty()), index) {
                (Some(_), Some(_)) => return Err(ReadError::AcsTwice),
                (Some(url), None) => RequestedAcs::Url(url),
                (None, Some(index)) => RequestedAcs::Index(index),
                (None, None) => RequestedAcs::Default,
            },
            freshness: if flag(element, "ForceAuthn")? {
                Freshness::Forced
            } else {
                Freshness::Any
            },
            interaction: if flag(element, "IsPassive")? {
                Interaction::Forbidden
            } else {
                Interaction::Allowed
            },
            name_id_policy: only(element, PROTOCOL.uri, "NameIDPolicy")?
                .map(name_id_policy)
                .transpose()?,
        })
    }
}

/// The text of `saml:Issuer`; `None` if absent or empty.
pub(in crate::saml) fn issuer(element: Element<'_>) -> Result<Option<String>, ReadError> {
    let issuer = only(element, ASSERTION.uri, "Issuer")?;
    let text = issuer.map(|issuer| text(issuer, "Issuer")).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// `xs:dateTime` in UTC (SAML core 1.3.3).
pub(in crate::saml) fn instant(text: Option<&str>) -> Option<Moment> {
    let text = collapsed(text?).strip_suffix('Z')?;
    let zoned = format!("{text}+00:00");
    let time = DateTime::parse_from_rfc3339(&zoned).ok()?;
    text.contains('T').then(|| time.with_timezone(&Utc))
}

fn name_id_policy(policy: Element<'_>) -> Result<NameIdPolicy, ReadError> {
    Ok(NameIdPolicy {
        format: filled(policy, "Format", "NameIDPolicy Format")?,
        sp_name_qualifier: filled(policy, "SPNameQualifier", "SPNameQualifier")?,
    })
}

/// The one child named so, if there is one.
pub(in crate::saml) fn only<'d>(
    element: Element<'d>,
    namespace: &'static str,
    local: &'static str,
) -> Result<Option<Element<'d>>, ReadError> {
    let mut found = element.children().filter(|child| child.is(namespace, local));
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(_) => Err(ReadError::Twice(local)),
    }
}

/// The whole text without white space around it.
pub(in crate::saml) fn text(element: Element<'_>, what: &'static str) -> Result<String, ReadError> {
    let text = element.value().ok_or(ReadError::Text(what))?.trim();
    bounded(Some(text), what).map(Option::unwrap_or_default)
}

/// The attribute without white space around it; `None` if absent or empty.
pub(super) fn filled(
    element: Element<'_>,
    attribute: &str,
    what: &'static str,
) -> Result<Option<String>, ReadError> {
    let text = bounded(element.attribute(attribute).map(collapsed), what)?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// The text, unless it is longer than a name or URI has reason to be.
pub(in crate::saml) fn bounded(text: Option<&str>, what: &'static str) -> Result<Option<String>, ReadError> {
    match text {
        Some(text) if text.len() > MAX_TEXT_BYTES => Err(ReadError::TooLong {
            what,
            limit: MAX_TEXT_BYTES,
        }),
        text => Ok(text.map(str::to_owned)),
    }
}

fn flag(element: Element<'_>, name: &'static str) -> Result<bool, ReadError> {
    element
        .attribute(name)
        .map_or(Ok(false), |text| boolean(text).ok_or(ReadError::Boolean(name)))
}

/// Of a URI or name (SAML core 8.3.6 says 1024 characters for entity identifiers).
const MAX_TEXT_BYTES: usize = 4096;
