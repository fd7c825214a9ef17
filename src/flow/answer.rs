//! The answers with which a user comes back.

use super::surroundings::Answers;
use crate::command::FactorType;
use crate::event::EventRequest;
use crate::login::Suspended;
use crate::time::Moment;

/// The answer with which a user comes back.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The request that comes to `/continue` from another site or from a form.
    Continue(Box<EventRequest>),
    /// A factor that was proved or enrolled.
    Factor(FactorType),
    /// The user failed at the factor.
    FactorFailed,
}

/// One answer at most.
impl Answers for Option<Answer> {
    fn next(&mut self, _: &Suspended, _: Moment) -> Option<Answer> {
        self.take()
    }
}
