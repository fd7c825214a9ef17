//! What passwords are hashed with: `[login] password_hash`.

use super::setting::{SettingError, SettingKind};
use super::units::size;

/// What passwords are hashed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordKind {
    /// RFC 9106.
    Argon2id {
        /// KiB.
        memory: u32,
        /// How often the memory is gone over.
        passes: u32,
        /// How many lanes it has.
        lanes: u32,
    },
    /// The platform's own.
    Bcrypt {
        /// The logarithm of its rounds.
        cost: u32,
    },
}

impl PasswordKind {
    /// What holds where nothing is set: argon2id with 19 MiB and two passes.
    pub const DEFAULT: Self = Self::Argon2id {
        memory: 19_456,
        passes: 2,
        lanes: 1,
    };
    /// The default as it is written.
    pub const DEFAULT_TEXT: &str = "argon2id";
}

/// A [`PasswordKind`] as a text: `argon2id`, `argon2id memory=64MiB passes=3 lanes=1`, `bcrypt`, `bcrypt cost=12`.
#[derive(Clone, Copy, Debug)]
pub enum PasswordHashing {}

impl SettingKind for PasswordHashing {
    type Written = String;
    type Value = PasswordKind;

    fn read(written: &String) -> Result<PasswordKind, SettingError> {
        let mut words = written.split_ascii_whitespace();
        let mut kind = match words.next() {
            Some("argon2id") => PasswordKind::DEFAULT,
            Some("bcrypt") => PasswordKind::Bcrypt { cost: BCRYPT_COST },
            _ => {
                return Err(SettingError::new(
                    "passwords are hashed with argon2id or bcrypt",
                    FORMS,
                ));
            }
        };
        for word in words {
            let (name, value) = word
                .split_once('=')
                .ok_or_else(|| SettingError::new(format!("{word} is no parameter"), FORMS))?;
            match (&mut kind, name) {
                (PasswordKind::Argon2id { memory, .. }, "memory") => *memory = kibibytes(value)?,
                (PasswordKind::Argon2id { passes, .. }, "passes") => *passes = within(name, value, 1, 10)?,
                (PasswordKind::Argon2id { lanes, .. }, "lanes") => *lanes = within(name, value, 1, 16)?,
                (PasswordKind::Bcrypt { cost }, "cost") => *cost = within(name, value, 4, 15)?,
                _ => return Err(SettingError::new(format!("{name} is no parameter of it"), FORMS)),
            }
        }
        match kind {
            PasswordKind::Argon2id { memory, lanes, .. } if memory < 8 * lanes => Err(SettingError::new(
                format!(
                    "argon2id needs 8 KiB of memory for each lane, so {lanes} lanes need more than {memory} KiB"
                ),
                "write more memory, such as memory=19MiB",
            )),
            kind => Ok(kind),
        }
    }
}

fn kibibytes(text: &str) -> Result<u32, SettingError> {
    let bytes = size(text)?;
    u32::try_from(bytes / 1024)
        .ok()
        .filter(|kibibytes| *kibibytes <= MAX_KIBIBYTES)
        .ok_or_else(|| {
            SettingError::new(
                format!("{text} is too much memory for one password"),
                "write at most 256MiB",
            )
        })
}

fn within(name: &str, text: &str, least: u32, most: u32) -> Result<u32, SettingError> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        SettingError::new(
            format!("{name} is a number from {least} to {most}"),
            format!("write {name}={least} or more"),
        )
    })
}

const FORMS: &str =
    "write \"argon2id\", \"argon2id memory=19MiB passes=2 lanes=1\", \"bcrypt\" or \"bcrypt cost=10\"";
/// The platform's.
const BCRYPT_COST: u32 = 10;
const MAX_KIBIBYTES: u32 = 256 << 10;

#[cfg(test)]
mod tests {
    use super::super::Setting;
    use super::*;

    fn read(text: &str) -> Result<PasswordKind, String> {
        let setting: Setting<PasswordHashing> = text.into();
        setting.copied().map_err(|error| error.what)
    }

    #[test]
    fn a_kind_is_a_word_with_parameters() {
        assert_eq!(read(PasswordKind::DEFAULT_TEXT), Ok(PasswordKind::DEFAULT));
        let large = PasswordKind::Argon2id {
            memory: 65_536,
            passes: 3,
            lanes: 4,
        };
        assert_eq!(read("argon2id memory=64MiB passes=3 lanes=4"), Ok(large));
        assert_eq!(read("bcrypt"), Ok(PasswordKind::Bcrypt { cost: 10 }));
        assert_eq!(read("bcrypt cost=12"), Ok(PasswordKind::Bcrypt { cost: 12 }));
    }

    #[test]
    fn what_nobody_should_wait_for_is_refused() {
        for text in [
            "",
            "md5",
            "bcrypt cost=16",
            "bcrypt passes=2",
            "argon2id memory=1GiB",
            "argon2id passes=0",
            "argon2id lanes=4 memory=16KiB",
            "argon2id 64MiB",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
