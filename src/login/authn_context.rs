//! Which context of authentication a login reached, and whether it is one that a request asks for (SAML core
//! 3.3.2.2.1).
//!
//! Of two classes that nobody put in order neither is the stronger one. A tenant puts those in order that it maps to a
//! second factor: they are stronger than all others.

use crate::event::{Comparison, WantedContext};

/// The contexts that a login reached.
#[derive(Clone, Copy, Debug)]
pub struct Reached<'a> {
    /// The class that the response has where the request decides nothing.
    pub configured: &'a str,
    /// Classes that stand for a second factor.
    pub mfa_contexts: &'a [String],
    /// Whether there was one.
    pub factor: SecondFactor,
}

/// Whether a second factor was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// In this login.
    Proved,
    /// Not in this login.
    Unproved,
}

impl<'a> Reached<'a> {
    /// The class for the answer to `wanted`: the first that was named, was reached and meets the request, or else
    /// another that does. `None` if the login reached none.
    pub fn class_for(self, wanted: &'a WantedContext) -> Option<&'a str> {
        let by_factor = match self.factor {
            SecondFactor::Proved => self.mfa_contexts,
            SecondFactor::Unproved => &[],
        };
        let by_factor = || by_factor.iter().map(String::as_str);
        let is_reached =
            |class: &&str| *class == self.configured || by_factor().any(|reached| reached == *class);
        let named = wanted.classes.iter().map(String::as_str).filter(is_reached);
        named
            .chain([self.configured])
            .chain(by_factor())
            .find(|class| meets(wanted, class, self.mfa_contexts))
    }
}

/// Whether an answer with `class` is what `wanted` asks for.
pub fn meets(wanted: &WantedContext, class: &str, mfa_contexts: &[String]) -> bool {
    let strength = |class: &str| match class {
        UNSPECIFIED_CONTEXT => 0,
        class if mfa_contexts.iter().any(|mapped| mapped == class) => 2,
        _ => 1,
    };
    // An unspecified context may be any, so it is not said to be a weaker one.
    let is_weaker = |named: &str| class != UNSPECIFIED_CONTEXT && strength(class) < strength(named);
    let is_stronger = |named: &str| strength(class) > strength(named);
    let mut named = wanted.classes.iter().map(String::as_str);
    match wanted.comparison {
        Comparison::Better => named.len() > 0 && named.all(is_stronger),
        Comparison::Exact => named.any(|named| named == class),
        Comparison::Maximum => named.any(|named| named == class || is_weaker(named)),
        Comparison::Minimum => named.any(|named| named == class || is_stronger(named)),
        Comparison::Unknown(_) => false,
    }
}

/// The class of an answer where nothing is configured (semantics 4.2).
pub const UNSPECIFIED_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

#[cfg(test)]
mod tests {
    use super::*;

    const MFA: &str = "https://refeds.org/profile/mfa";
    const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
    const KERBEROS: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Kerberos";

    fn wanted(comparison: Comparison, classes: &[&str]) -> WantedContext {
        WantedContext {
            comparison,
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
            declarations: Vec::new(),
        }
    }

    #[test]
    fn a_class_meets_a_request_by_its_comparison() {
        use Comparison::{Better, Exact, Maximum, Minimum};
        let mfa = [MFA.to_owned()];
        for (comparison, classes, class, expected) in [
            (Exact, &[PASSWORD][..], PASSWORD, true),
            (Exact, &[KERBEROS, PASSWORD], PASSWORD, true),
            (Exact, &[PASSWORD], UNSPECIFIED_CONTEXT, false),
            (Exact, &[PASSWORD], MFA, false),
            (Exact, &[], PASSWORD, false),
            (Minimum, &[PASSWORD], PASSWORD, true),
            (Minimum, &[PASSWORD], MFA, true),
            (Minimum, &[PASSWORD], KERBEROS, false),
            (Minimum, &[MFA], PASSWORD, false),
            (Minimum, &[UNSPECIFIED_CONTEXT], KERBEROS, true),
            (Maximum, &[MFA], PASSWORD, true),
            (Maximum, &[PASSWORD], MFA, false),
            (Maximum, &[PASSWORD], UNSPECIFIED_CONTEXT, false),
            (Better, &[PASSWORD, KERBEROS], MFA, true),
            (Better, &[PASSWORD], PASSWORD, false),
            (Better, &[MFA], MFA, false),
            (Better, &[], MFA, false),
            (
                Comparison::Unknown("EXACT".to_owned()),
                &[PASSWORD],
                PASSWORD,
                false,
            ),
        ] {
            let wanted = wanted(comparison, classes);
            assert_eq!(meets(&wanted, class, &mfa), expected, "{wanted:?} {class}");
        }
    }

    #[test]
    fn the_first_class_that_was_named_and_reached_is_the_answer() {
        let mfa = [MFA.to_owned()];
        let reached = |factor| Reached {
            configured: PASSWORD,
            mfa_contexts: &mfa,
            factor,
        };
        let both = wanted(Comparison::Exact, &[MFA, PASSWORD]);
        assert_eq!(reached(SecondFactor::Proved).class_for(&both), Some(MFA));
        assert_eq!(reached(SecondFactor::Unproved).class_for(&both), Some(PASSWORD));
        let better = wanted(Comparison::Better, &[PASSWORD]);
        assert_eq!(reached(SecondFactor::Proved).class_for(&better), Some(MFA));
        assert_eq!(reached(SecondFactor::Unproved).class_for(&better), None);
        let other = wanted(Comparison::Exact, &[KERBEROS]);
        assert_eq!(reached(SecondFactor::Proved).class_for(&other), None);
    }
}
