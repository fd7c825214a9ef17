//! What only builds with sanitizers have.

pub(super) mod seeded_fault;
