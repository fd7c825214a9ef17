//! The week in which something ends for good, by which what is over is thrown away.

use crate::time::Moment;

/// The week since 1970 in which something ends whatever happens; a later change only ends it sooner. Zero is for what
/// never ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u32);

impl Bucket {
    /// Of what never ends by itself.
    pub const NEVER: Self = Self(0);

    /// Of what ends at `end`.
    pub fn of(end: Option<Moment>) -> Self {
        end.map_or(Self::NEVER, Self::holding)
    }

    /// The week that `moment` lies in.
    pub fn holding(moment: Moment) -> Self {
        let week = moment.timestamp().div_euclid(SECONDS_IN_A_WEEK);
        // What ends before 1970 has ended as much as what ends in the first week.
        Self(u32::try_from(week).unwrap_or(0).max(1))
    }

    /// Its number, big-endian: so ids that begin with it stand in the order of their ends.
    pub fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// What [`Bucket::to_bytes`] gave.
    pub fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(u32::from_be_bytes(bytes))
    }
}

const SECONDS_IN_A_WEEK: i64 = 7 * 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::at_ms;

    #[test]
    fn what_ends_in_one_week_has_one_bucket() {
        let week = 7 * 24 * 3600 * 1000;
        assert_eq!(
            Bucket::of(Some(at_ms(2900 * week))),
            Bucket::of(Some(at_ms(2901 * week - 1)))
        );
        assert!(Bucket::of(Some(at_ms(2900 * week - 1))) < Bucket::of(Some(at_ms(2900 * week))));
        assert_eq!(Bucket::of(None), Bucket::NEVER);
        assert!(Bucket::of(Some(at_ms(-5))) > Bucket::NEVER);
    }
}
