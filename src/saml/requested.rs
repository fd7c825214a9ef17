//! What a request asks for, beside what the answer has.

/// One thing that a request may ask for, beside what the answer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The thing in words, such as `NameID format`.
    pub what: &'static str,
    /// What the request says; `None` where it leaves the choice.
    pub asked: Option<String>,
    /// What the answer has.
    pub sent: String,
    /// Why that is not what was asked for; `None` if it is.
    pub unmet: Option<Unmet>,
}

/// A request that the answer does not meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// Code of the warning, such as `saml_binding_unmet`.
    pub code: &'static str,
    /// The setting that would meet the request, or what else to do.
    pub help: String,
}

impl Requested {
    pub(super) fn met(what: &'static str, asked: Option<String>, sent: impl Into<String>) -> Self {
        Self {
            what,
            asked,
            sent: sent.into(),
            unmet: None,
        }
    }

    /// The same with a warning; `None` where what is sent is what was asked for.
    pub(super) fn but(self, unmet: Option<Unmet>) -> Self {
        Self { unmet, ..self }
    }

    /// The code and the sentence of the warning, where the request is not met.
    pub fn warning(&self) -> Option<(&'static str, String)> {
        let Unmet { code, help } = self.unmet.as_ref()?;
        let asked = self.asked.as_deref().unwrap_or("nothing");
        let message = format!(
            "{}: the service provider asks for {asked} and gets {}; {help}",
            self.what, self.sent
        );
        Some((code, message))
    }
}

impl Unmet {
    pub(super) fn new(code: &'static str, help: impl Into<String>) -> Self {
        Self {
            code,
            help: help.into(),
        }
    }
}
