//! A list of system calls, each with what its arguments must be, and the filter that the kernel makes of it.
//!
//! A call by the numbers of another architecture (`int 0x80`) ends the process; numbers of x32 are none of any
//! list.

use super::error::SandboxError;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};
use std::collections::BTreeMap;

/// Rules for calls with any arguments, and for calls with certain ones; a call that stands twice among the
/// latter may be made in either way.
///
/// # Errors
/// A call among the latter has no condition.
pub(super) fn rules(
    with_any_arguments: &[i64],
    with_these_arguments: Vec<Call>,
) -> Result<Rules, BackendError> {
    let mut rules: Rules = with_any_arguments
        .iter()
        .map(|call| (*call, Vec::new()))
        .collect();
    for (call, arguments) in with_these_arguments {
        let conditions = arguments.into_iter().map(Argument::condition);
        let rule = SeccompRule::new(conditions.collect::<Result<_, _>>()?)?;
        rules.entry(call).or_default().push(rule);
    }
    Ok(rules)
}

/// Puts a filter in force, for good: what meets no rule comes to `otherwise`.
///
/// # Errors
/// The kernel takes no filter.
pub(super) fn force(rules: Rules, otherwise: SeccompAction, met: SeccompAction) -> Result<(), SandboxError> {
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter: BpfProgram = SeccompFilter::new(rules, otherwise, met, architecture)?.try_into()?;
    Ok(seccompiler::apply_filter(&filter)?)
}

pub(super) type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// A call by its number, and what its arguments must be.
pub(super) type Call = (i64, Vec<Argument>);

/// An argument by its number, and what it must be.
pub(super) struct Argument(pub u8, pub Must);

/// Values are compared as the kernel reads them: 32 bits, unsigned; addresses as 64 bits.
pub(super) enum Must {
    AtMost(i32),
    Is(i32),
    IsAddress(u64),
    /// Beside these bits, which may be set or not, it is that value.
    IsBeside(i32, i32),
    IsNot(i32),
}

impl Argument {
    fn condition(self) -> Result<SeccompCondition, BackendError> {
        use {SeccompCmpArgLen::Dword, SeccompCmpArgLen::Qword};
        let bits = |value: i32| u64::from(value.cast_unsigned());
        let (length, operator, value) = match self.1 {
            Must::AtMost(value) => (Dword, SeccompCmpOp::Le, bits(value)),
            Must::Is(value) => (Dword, SeccompCmpOp::Eq, bits(value)),
            Must::IsAddress(address) => (Qword, SeccompCmpOp::Eq, address),
            Must::IsBeside(free, value) => (Dword, SeccompCmpOp::MaskedEq(bits(!free)), bits(value)),
            Must::IsNot(value) => (Dword, SeccompCmpOp::Ne, bits(value)),
        };
        SeccompCondition::new(self.0, length, operator, value)
    }
}
