//! IDs of assertions and messages: names of XML that nobody can guess and that do not repeat (SAML core
//! 1.3.4).

use crate::random::{Random, Shape};

/// A name that was drawn: nothing in it has to be escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Id(String);

impl Id {
    /// The ID of an assertion, or a transient NameID.
    pub fn of_assertion(random: &mut dyn Random) -> Self {
        let [id] = random.texts([ASSERTION]);
        Self::named(&id)
    }

    /// The ID of a request or a response.
    pub fn of_message(random: &mut dyn Random) -> Self {
        let [id] = random.texts([MESSAGE]);
        Self::named(&id)
    }

    /// Both IDs of a response with an assertion, the assertion's first.
    pub fn of_both(random: &mut dyn Random) -> (Self, Self) {
        let [assertion, message] = random.texts([ASSERTION, MESSAGE]);
        (Self::named(&assertion), Self::named(&message))
    }

    /// The ID of a metadata document.
    pub fn of_metadata(random: &mut dyn Random) -> Self {
        let [id] = random.texts([METADATA]);
        Self::named(&id)
    }

    /// One that a test has written into a document.
    #[cfg(test)]
    pub fn written(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// As it stands in the document.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name may not begin with a digit.
    fn named(id: &str) -> Self {
        Self(["_", id].concat())
    }
}

/// More than the 128 bits that SAML core wants.
const ASSERTION: Shape<'_> = Shape {
    alphabet: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    length: 32,
};
/// The platform's.
const MESSAGE: Shape<'_> = Shape {
    alphabet: b"0123456789abcdef",
    length: 20,
};
const METADATA: Shape<'_> = Shape {
    alphabet: b"0123456789abcdef",
    length: 40,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{SeededRandom, SystemRandom};
    use crate::xml::is_ncname;
    use std::collections::HashSet;

    /// SO-21
    #[test]
    fn ids_are_names_and_do_not_repeat() {
        const IDS: usize = 1_000_000;
        let mut ids = HashSet::with_capacity(IDS);
        while ids.len() < IDS {
            let (assertion, message) = Id::of_both(&mut SystemRandom);
            assert!(is_ncname(&assertion.0) && assertion.0.len() == 1 + 32);
            assert!(is_ncname(&message.0) && message.0.len() == 1 + 20);
            assert!(ids.insert(assertion.0) && ids.insert(message.0));
        }
    }

    #[test]
    fn ids_follow_from_the_randomness() {
        let both = |seed| Id::of_both(&mut SeededRandom::new(seed));
        assert_eq!(both("a"), both("a"));
        assert_ne!(both("a"), both("b"));
        assert_eq!(Id::of_assertion(&mut SeededRandom::new("a")), both("a").0);
    }
}
