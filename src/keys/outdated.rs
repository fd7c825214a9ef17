//! Own certificates that are out of their time, or will be soon: judged once, for `check`, logins and metadata.

use super::files::TIME;
use super::{Certificate, SigningPair, Validity};
use crate::time::Moment;
use chrono::TimeDelta;
use std::fmt;

/// How a certificate is out of its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outdated {
    /// It has ended, since then.
    Expired(Moment),
    /// It ends then, which is within 30 days.
    ExpiresSoon(Moment),
    /// It begins only then.
    NotYet(Moment),
}

impl Outdated {
    /// The stable code of the warning.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired(_) | Self::NotYet(_) => "cert_expired",
            Self::ExpiresSoon(_) => "cert_expires_soon",
        }
    }
}

impl fmt::Display for Outdated {
    /// What follows "the certificate".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(since) => write!(formatter, "expired on {}", since.format(TIME)),
            Self::ExpiresSoon(at) => write!(formatter, "expires on {}", at.format(TIME)),
            Self::NotYet(from) => write!(formatter, "is not valid yet, only from {}", from.format(TIME)),
        }
    }
}

impl Certificate {
    /// How the certificate is out of its time at `now`, or will be within 30 days.
    pub fn outdated(&self, now: Moment) -> Option<Outdated> {
        match self.validity(now) {
            Validity::Expired => Some(Outdated::Expired(self.not_after())),
            Validity::NotYet => Some(Outdated::NotYet(self.not_before())),
            Validity::Valid => {
                let end = self.not_after();
                (end - now <= SOON).then_some(Outdated::ExpiresSoon(end))
            }
        }
    }
}

/// Which of the own pairs is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnPair {
    /// `cert` and `key` of a SAML add-on, or of an Action.
    AddOn,
    /// The tenant's pair that signs.
    Current,
    /// The tenant's pair that signs after the next rotation.
    Next,
    /// The tenant's pair that signed before.
    Previous,
}

impl OwnPair {
    /// What is wrong with the time of `pair`, which is this one.
    pub fn lapse(self, pair: &SigningPair, now: Moment) -> Option<Lapse> {
        let outdated = pair.outdated(now)?;
        let whose = match self {
            Self::AddOn => "cert, which signs the responses,",
            Self::Current => "the certificate of the tenant's signing key",
            Self::Next => "the certificate of the tenant's next signing key",
            Self::Previous => "the certificate of the tenant's previous signing key",
        };
        let when = match outdated {
            Outdated::Expired(_) => "",
            Outdated::ExpiresSoon(_) => " then",
            Outdated::NotYet(_) => " until then",
        };
        Some(Lapse {
            outdated,
            what: format!("{whose} {outdated}, and service providers may refuse it{when}"),
            help: match self {
                Self::AddOn => {
                    "set cert and key to a new pair, and give its certificate to the service provider"
                }
                Self::Current | Self::Next => {
                    "where postlogin keeps the keys, run `postlogin keys rotate`; where [keys] names your \
                     own, make a new certificate for that key"
                }
                Self::Previous => {
                    "where postlogin keeps the keys, run `postlogin keys retire`; where [keys] names your \
                     own, remove that key from [keys]"
                }
            },
        })
    }
}

/// An own certificate that is out of its time or will be soon, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lapse {
    /// How.
    pub outdated: Outdated,
    /// What is wrong, and since or until when.
    pub what: String,
    /// What to do.
    pub help: &'static str,
}

impl fmt::Display for Lapse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}; {}", self.what, self.help)
    }
}

/// Time to make a new pair and to tell every service provider.
const SOON: TimeDelta = TimeDelta::days(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::generate::tests::ring;

    #[test]
    fn a_certificate_is_told_of_from_thirty_days_before_its_end() {
        let certificate = ring().current.certificate();
        let (begin, end) = (certificate.not_before(), certificate.not_after());
        let second = TimeDelta::seconds(1);
        for (now, expected) in [
            (begin - second, Some(Outdated::NotYet(begin))),
            (begin, None),
            (end - TimeDelta::days(30) - second, None),
            (end - TimeDelta::days(30), Some(Outdated::ExpiresSoon(end))),
            (end, Some(Outdated::ExpiresSoon(end))),
            (end + second, Some(Outdated::Expired(end))),
        ] {
            assert_eq!(certificate.outdated(now), expected, "{now}");
        }
    }

    #[test]
    fn a_certificate_that_was_made_here_is_not_early_for_a_clock_frozen_before_that_day() {
        let made = &ring().current;
        let before = made.certificate().not_before() - TimeDelta::days(1);
        assert_eq!(OwnPair::Current.lapse(made, before), None);
        let given = SigningPair::new(made.key().clone(), made.certificate().clone()).unwrap();
        let lapse = OwnPair::Current.lapse(&given, before).unwrap();
        assert_eq!(lapse.outdated.code(), "cert_expired");
        assert!(lapse.what.contains("not valid yet"), "{lapse}");
    }
}
