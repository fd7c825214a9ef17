//! The host name of a tenant, and the URL of its server.

use super::setting::{SettingError, SettingKind};
use crate::json::quoted;
use crate::web_url::{UrlUse, web_url};

/// A host name, as in `https://<name>/`.
#[derive(Clone, Copy, Debug)]
pub enum HostName {}

impl SettingKind for HostName {
    type Written = String;
    type Value = String;

    fn read(written: &String) -> Result<String, SettingError> {
        if written.is_empty() || written.contains(['/', ' ', '@', '?', '#']) {
            return Err(SettingError::new(
                format!("{} is not a host name", quoted(written)),
                "write one such as tenant.example",
            ));
        }
        Ok(written.clone())
    }
}

/// The URL of a server at its root: scheme, host and port. It has one slash at its end, however it is written.
#[derive(Clone, Copy, Debug)]
pub enum PublicUrl {}

impl SettingKind for PublicUrl {
    type Written = String;
    type Value = String;

    fn read(written: &String) -> Result<String, SettingError> {
        let wrong = |why: &str| {
            SettingError::new(
                format!("{} {why}", quoted(written)),
                "write the URL of the server's root, such as https://id.example/",
            )
        };
        let url = web_url(written, UrlUse::Endpoint).map_err(|fault| wrong(&fault.to_string()))?;
        if url.path() != "/" || url.query().is_some() {
            return Err(wrong("has a path or a query"));
        }
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_a_root_with_one_slash() {
        let read = |text: &str| PublicUrl::read(&text.to_owned());
        assert_eq!(read("https://ID.example").as_deref(), Ok("https://id.example/"));
        assert_eq!(
            read("http://localhost:8420/").as_deref(),
            Ok("http://localhost:8420/")
        );
        for text in [
            "",
            "id.example",
            "https://id.example/x",
            "https://id.example/?a",
            "https://a@id.example",
            "ftp://id.example",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
