//! IDs of assertions and messages: names of XML that nobody can guess and that do not repeat (SAML core
//! 1.3.4).

use crate::random::{Random, Shape};

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

/// The ID of an assertion, or a transient NameID.
pub(super) fn assertion(random: &mut dyn Random) -> String {
    let [id] = random.texts([ASSERTION]);
    named(&id)
}

/// The ID of a request or a response.
pub(super) fn message(random: &mut dyn Random) -> String {
    let [id] = random.texts([MESSAGE]);
    named(&id)
}

/// Both IDs of a response with an assertion, the assertion's first.
pub(super) fn assertion_and_message(random: &mut dyn Random) -> (String, String) {
    let [assertion, message] = random.texts([ASSERTION, MESSAGE]);
    (named(&assertion), named(&message))
}

/// A name may not begin with a digit.
fn named(id: &str) -> String {
    ["_", id].concat()
}

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
            let (assertion, message) = assertion_and_message(&mut SystemRandom);
            assert!(is_ncname(&assertion) && assertion.len() == 1 + 32);
            assert!(is_ncname(&message) && message.len() == 1 + 20);
            assert!(ids.insert(assertion) && ids.insert(message));
        }
    }

    #[test]
    fn ids_follow_from_the_randomness() {
        let both = |seed| assertion_and_message(&mut SeededRandom::new(seed));
        assert_eq!(both("a"), both("a"));
        assert_ne!(both("a"), both("b"));
        assert_eq!(assertion(&mut SeededRandom::new("a")), both("a").0);
    }
}
