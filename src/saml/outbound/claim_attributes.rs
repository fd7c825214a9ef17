//! Which attributes the claims gave that Actions set on the ID token.

use std::borrow::Cow;

/// What the claims gave, in the order of the attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct ClaimAttributes<'a> {
    given: Vec<Given<'a>>,
}

/// One attribute of one claim.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    pub claim: &'a str,
    pub attribute: Cow<'a, str>,
    pub outcome: Outcome,
}

/// What became of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Code and text of the reason why it is not in the response.
    LeftOut(&'static str, String),
    /// Something else gave the attribute its values.
    Replaced,
    /// It is in the response, or, for a claim that is null, not in it.
    Stated,
}

impl<'a> ClaimAttributes<'a> {
    /// The attributes of `claim`.
    pub fn of(&self, claim: &str) -> impl Iterator<Item = &Given<'a>> {
        self.given.iter().filter(move |given| given.claim == claim)
    }

    pub fn note(&mut self, claim: &'a str, attribute: Cow<'a, str>, outcome: Outcome) {
        self.given.push(Given {
            claim,
            attribute,
            outcome,
        });
    }

    /// Something else gives the attribute its values now.
    pub fn replaced(&mut self, attribute: &str) {
        for given in self.stated(attribute) {
            given.outcome = Outcome::Replaced;
        }
    }

    /// The attribute is not stated after all. Whether it is one of a claim.
    pub fn leave_out(&mut self, attribute: &str, code: &'static str, message: &str) -> bool {
        let mut stated = self.stated(attribute).peekable();
        let is_of_claim = stated.peek().is_some();
        for given in stated {
            given.outcome = Outcome::LeftOut(code, message.to_owned());
        }
        is_of_claim
    }

    fn stated(&mut self, attribute: &str) -> impl Iterator<Item = &mut Given<'a>> {
        let given = self.given.iter_mut();
        given.filter(move |given| given.attribute == attribute && given.outcome == Outcome::Stated)
    }
}
