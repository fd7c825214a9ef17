//! What is posted to the service provider.

/// What is posted to the service provider, and its parts for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlAnswer {
    /// Where the browser posts it; no setting of an Action changes this (semantics 4.9).
    pub acs_url: String,
    /// Posted beside the response; empty if there is none.
    pub relay_state: String,
    /// `xml` in base64 without line breaks.
    pub response: String,
    /// The `samlp:Response`.
    pub xml: String,
    /// The assertion as it was before it was encrypted; absent if it was not.
    pub(super) before_encryption: Option<String>,
}

impl SamlAnswer {
    /// The assertion before encryption, with its signature if it has one; absent in a refusal.
    pub fn assertion_xml(&self) -> Option<&str> {
        if let Some(assertion) = &self.before_encryption {
            return Some(assertion);
        }
        // Written here, so nothing else looks like these tags: texts hold no `<`.
        let start = self.xml.find("<saml:Assertion ")?;
        let end = self.xml.rfind("</samlp:Response>")?;
        Some(&self.xml[start..end])
    }
}
