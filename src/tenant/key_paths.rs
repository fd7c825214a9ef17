//! Paths under `[keys]` that are keys themselves.

use super::walk::{Fault, Walk};
use crate::json::{JsonPath, PEM_BEGIN};
use crate::keys::KeysConfig;

impl Walk for KeysConfig {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        for (name, file) in [
            ("current", &self.current),
            ("current_cert", &self.current_cert),
            ("next", &self.next),
            ("previous", &self.previous),
            ("ec", &self.ec),
            ("ed25519", &self.ed25519),
        ] {
            let is_pem = file
                .as_ref()
                .is_some_and(|file| file.to_string_lossy().contains(PEM_BEGIN));
            if is_pem {
                found.push(Fault::new(
                    path.key(name),
                    Fault::BAD_VALUE,
                    format!("{name} is a PEM text, not a path"),
                    "put the PEM into a file and write the file's path",
                ));
            }
        }
    }
}
