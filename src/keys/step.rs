//! The steps of a rotation that others have to follow before the next one.

/// A step of a rotation that can come too early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RotationStep {
    /// The previous key is no longer published.
    Retire,
    /// The next key signs from now on.
    Rotate,
}

impl RotationStep {
    /// What is done, after "to".
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Retire => "retire the previous key",
            Self::Rotate => "rotate the keys",
        }
    }

    /// What breaks where the step comes too early.
    pub(super) fn risk(self) -> &'static str {
        match self {
            Self::Retire => "what that key signed may still be valid",
            Self::Rotate => {
                "service providers and APIs may not know the next key yet, and what the previous key signed may still \
                 be valid"
            }
        }
    }
}
