//! The login: a state machine that calls nobody (semantics 1, 2, 6 and 7).

mod decision;

pub use decision::{
    Decision, Effects, Grant, RefreshTokenEffects, Refusal, RefusalKind, SessionEffects, UserEffects,
};
