//! PHC strings: `$id$v=19$m=65536,t=3,p=4$salt$hash`.

use super::encoded::base64;

/// The parts of a PHC string.
#[derive(Debug)]
pub struct Phc<'a> {
    /// Such as `argon2id` or `pbkdf2-sha512`.
    pub id: &'a str,
    /// The parameters in order.
    parameters: Vec<(&'a str, &'a str)>,
    pub salt: Vec<u8>,
    pub hash: Vec<u8>,
}

impl<'a> Phc<'a> {
    /// Reads a text; nothing where it has another form. A parameter without a name stands under the empty name.
    pub fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.strip_prefix('$')?.split('$').collect();
        let [id, parameters @ .., salt, hash] = parts.as_slice() else {
            return None;
        };
        let parameters = parameters.iter().flat_map(|part| part.split(','));
        Some(Self {
            id,
            parameters: parameters
                .map(|parameter| parameter.split_once('=').unwrap_or(("", parameter)))
                .collect(),
            salt: base64(salt)?,
            hash: base64(hash)?,
        })
    }

    /// The number of a parameter, `absent` where it is not there; nothing where it is no number.
    pub fn number(&self, name: &str, absent: Option<u32>) -> Option<u32> {
        match self.parameters.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => value.parse().ok(),
            None => absent,
        }
    }

    /// Whether each parameter has one of these names.
    pub fn has_only(&self, names: &[&str]) -> bool {
        self.parameters.iter().all(|(name, _)| names.contains(name))
    }
}
