//! Remembers what was read from PEM texts: the same few certificates and keys come with every login,
//! and reading one, with what OpenSSL prepares for a key's first use, can cost as much as a signature.

use super::PemError;
use openssl::sha::sha256;
use std::sync::{Mutex, PoisonError};

/// The most recently used values by the hash of their text. Reading is a pure function of the text, so
/// remembering changes nothing but time.
#[derive(Debug)]
pub(super) struct Memo<T> {
    recent: Mutex<Vec<([u8; 32], T)>>,
}

impl<T: Clone> Memo<T> {
    pub const fn new() -> Self {
        Self {
            recent: Mutex::new(Vec::new()),
        }
    }

    /// What `parse` makes of `text`. Errors are not remembered.
    pub fn read(&self, text: &str, parse: impl FnOnce(&str) -> Result<T, PemError>) -> Result<T, PemError> {
        let hash = sha256(text.as_bytes());
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut recent = recent();
            if let Some(place) = recent.iter().position(|(known, _)| *known == hash) {
                recent[..=place].rotate_right(1);
                return Ok(recent[0].1.clone());
            }
        }
        let value = parse(text)?;
        let mut recent = recent();
        recent.insert(0, (hash, value.clone()));
        recent.truncate(REMEMBERED);
        Ok(value)
    }
}

/// More than a tenant has, few enough to search one by one.
const REMEMBERED: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once_and_an_error_each_time() {
        let memo = Memo::new();
        let mut reads = 0;
        for _ in 0..3 {
            let value = memo.read("a", |text| {
                reads += 1;
                Ok(text.to_owned())
            });
            assert_eq!(value.unwrap(), "a");
        }
        assert_eq!(reads, 1);
        for _ in 0..2 {
            memo.read("b", |_| Err(PemError::EncryptedKey)).unwrap_err();
        }
        assert_eq!(memo.read("b", |_| Ok("c".to_owned())).unwrap(), "c");
    }

    #[test]
    fn what_was_not_used_for_long_is_forgotten() {
        let memo = Memo::new();
        for number in 0..=REMEMBERED {
            memo.read(&number.to_string(), |_| Ok(number)).unwrap();
            memo.read("1", |_| Ok(1)).unwrap();
        }
        assert_eq!(memo.read("0", |_| Ok(100)).unwrap(), 100);
        assert_eq!(memo.read("1", |_| Ok(100)).unwrap(), 1);
    }
}
