//! What a LogoutRequest and a LogoutResponse say (SAML core 3.7). Reading decides nothing.

use crate::saml::inbound::{ReadError, bounded, instant, issuer, only, text};
use crate::saml::name_id::NameId;
use crate::time::Moment;
use crate::xml::{ASSERTION, Element, PROTOCOL, SIGNATURE, is_ncname};

/// A LogoutRequest (SAML core 3.7.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogoutRequest {
    pub id: String,
    pub issuer: String,
    pub issue_instant: Moment,
    pub destination: Option<String>,
    /// From then on it means nothing.
    pub not_on_or_after: Option<Moment>,
    pub name_id: NameId,
    pub session_indexes: Vec<String>,
}

/// A LogoutResponse (SAML core 3.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogoutResponse {
    pub issuer: Option<String>,
    pub in_response_to: Option<String>,
    pub destination: Option<String>,
    pub outcome: Outcome,
}

/// What a status says (SAML core 3.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    /// The codes, the outer one first.
    Other(String),
}

/// What is wrong with a message that is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("{0} instead of NameID is not supported; send the plain NameID of the assertion")]
    Identifier(&'static str),
    #[error("Issuer is missing or empty; name the service provider")]
    Issuer,
    #[error("{0}")]
    Member(#[from] ReadError),
    #[error("NameID is missing or empty; send the NameID of the assertion")]
    NameId,
    #[error("NotOnOrAfter is not a time in UTC such as 2026-01-31T12:00:00Z")]
    NotOnOrAfter,
    #[error("Status has no StatusCode with a Value")]
    Status,
    #[error("the message holds an element that the schema does not allow there")]
    Unexpected,
}

impl LogoutRequest {
    /// # Errors
    /// A member that the schema does not allow so, or one that is not supported.
    pub fn read(element: Element<'_>) -> Result<Self, MessageError> {
        for name in ["BaseID", "EncryptedID"] {
            if element.child(ASSERTION.uri, name).is_some() {
                return Err(MessageError::Identifier(name));
            }
        }
        only_these(
            element,
            &[(ASSERTION.uri, "NameID"), (PROTOCOL.uri, "SessionIndex")],
        )?;
        let name_id = only(element, ASSERTION.uri, "NameID")?.ok_or(MessageError::NameId)?;
        let not_on_or_after = element
            .attribute("NotOnOrAfter")
            .map(|text| instant(Some(text)).ok_or(MessageError::NotOnOrAfter));
        Ok(Self {
            id: id(element)?,
            issuer: issuer(element)?.ok_or(MessageError::Issuer)?,
            issue_instant: issue_instant(element)?,
            destination: destination(element)?,
            not_on_or_after: not_on_or_after.transpose()?,
            name_id: read_name_id(name_id)?,
            session_indexes: element
                .children_named(PROTOCOL.uri, "SessionIndex")
                .map(|index| text(index, "SessionIndex"))
                .collect::<Result<_, _>>()?,
        })
    }
}

impl LogoutResponse {
    /// # Errors
    /// A member that the schema does not allow so.
    pub fn read(element: Element<'_>) -> Result<Self, MessageError> {
        only_these(element, &[(PROTOCOL.uri, "Status")])?;
        id(element)?;
        issue_instant(element)?;
        let status = only(element, PROTOCOL.uri, "Status")?.ok_or(MessageError::Status)?;
        Ok(Self {
            issuer: issuer(element)?,
            in_response_to: bounded(element.attribute("InResponseTo"), "InResponseTo")?,
            destination: destination(element)?,
            outcome: outcome(status)?,
        })
    }
}

/// Success is the outer code alone: with `PartialLogout` inside, somebody is still logged in.
fn outcome(status: Element<'_>) -> Result<Outcome, MessageError> {
    let mut codes = Vec::new();
    let mut around = status;
    while let Some(code) = only(around, PROTOCOL.uri, "StatusCode")? {
        let value = bounded(code.attribute("Value"), "the Value of StatusCode")?;
        codes.push(value.ok_or(MessageError::Status)?);
        around = code;
    }
    match codes.as_slice() {
        [] => Err(MessageError::Status),
        [only] if only == SUCCESS => Ok(Outcome::Success),
        codes => Ok(Outcome::Other(codes.join(" "))),
    }
}

fn read_name_id(element: Element<'_>) -> Result<NameId, MessageError> {
    let attribute = |name| bounded(element.attribute(name), name);
    let value = text(element, "NameID")?;
    if value.is_empty() {
        return Err(MessageError::NameId);
    }
    Ok(NameId {
        value,
        format: attribute("Format")?,
        name_qualifier: attribute("NameQualifier")?,
        sp_name_qualifier: attribute("SPNameQualifier")?,
    })
}

fn id(element: Element<'_>) -> Result<String, ReadError> {
    let id = element.attribute("ID").filter(|id| is_ncname(id));
    bounded(id, "ID")?.ok_or(ReadError::Id)
}

fn issue_instant(element: Element<'_>) -> Result<Moment, ReadError> {
    instant(element.attribute("IssueInstant")).ok_or(ReadError::IssueInstant)
}

fn destination(element: Element<'_>) -> Result<Option<String>, ReadError> {
    let destination = bounded(element.attribute("Destination"), "Destination")?;
    Ok(destination.filter(|text| !text.is_empty()))
}

/// Nothing is in `element` but what every message may have, and `own`.
fn only_these(element: Element<'_>, own: &[(&str, &str)]) -> Result<(), MessageError> {
    let common = [
        (ASSERTION.uri, "Issuer"),
        (SIGNATURE.uri, "Signature"),
        (PROTOCOL.uri, "Extensions"),
    ];
    let known = |child: Element<'_>| {
        common
            .iter()
            .chain(own)
            .any(|(namespace, local)| child.is(namespace, local))
    };
    if element.children().all(known) {
        Ok(())
    } else {
        Err(MessageError::Unexpected)
    }
}

pub(super) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";

#[cfg(test)]
mod tests;
