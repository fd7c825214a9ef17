//! What came of going back to what was sealed.

/// What [`Heap::renew`](super::Heap::renew) did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::action::worker::engine) enum Renewed {
    /// The engine is what it was when the heap was sealed.
    AsSealed,
    /// Nothing: this memory cannot go back, and a new engine has to be made.
    Nothing,
}
