//! What one check of a password costs, estimated: files name the parameters, and a server must not spend whatever they
//! ask for.

use super::fault::PasswordFault;

/// What one check takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// Of one core, estimated for a common machine.
    pub microseconds: u64,
    /// Of memory.
    pub bytes: u64,
}

/// Longest time of one check.
const MAX_MICROSECONDS: u64 = 2_000_000;
/// Most memory of one check.
const MAX_BYTES: u64 = 256 << 20;

impl Cost {
    /// That of a plain digest.
    pub const NOTHING: Self = Self {
        microseconds: 1,
        bytes: 0,
    };

    /// Argon2 with this memory in KiB and so many passes.
    pub fn of_argon2(memory: u32, passes: u32) -> Self {
        let blocks = u64::from(memory).saturating_mul(u64::from(passes));
        Self {
            microseconds: blocks.saturating_mul(7) / 10,
            bytes: u64::from(memory).saturating_mul(1024),
        }
    }

    /// bcrypt with 2 to the power of `cost` rounds.
    pub fn of_bcrypt(cost: u32) -> Self {
        Self {
            microseconds: 1_u64.checked_shl(cost).unwrap_or(u64::MAX).saturating_mul(50),
            bytes: 4096,
        }
    }

    /// PBKDF2 with so many iterations for each of the blocks of its key.
    pub fn of_pbkdf2(iterations: u32, blocks: usize) -> Self {
        let rounds = u64::from(iterations).saturating_mul(blocks as u64);
        Self {
            microseconds: rounds.saturating_mul(8) / 10,
            bytes: 0,
        }
    }

    /// scrypt with these parameters (RFC 7914 section 2).
    pub fn of_scrypt(n: u64, r: u32, p: u32) -> Self {
        let blocks = n.saturating_mul(u64::from(r));
        Self {
            microseconds: blocks.saturating_mul(u64::from(p)).saturating_mul(4) / 10,
            bytes: blocks.saturating_mul(128),
        }
    }

    /// The same cost, if it may be spent.
    pub fn bounded(self) -> Result<Self, PasswordFault> {
        if self.microseconds <= MAX_MICROSECONDS && self.bytes <= MAX_BYTES {
            return Ok(self);
        }
        Err(PasswordFault::TooCostly {
            seconds: self.microseconds.div_ceil(1_000_000),
            mebibytes: self.bytes.div_ceil(1 << 20),
        })
    }
}
