//! `[server]` and `[storage]` of `postlogin.toml`: where the identity server listens, who stands in front of it, and where
//! it keeps what changes.

use super::actions_config::CertificateFile;
use super::exported::configured;
use super::host_name::PublicUrl;
use super::setting::{Setting, SettingError, SettingKind};
use super::walk::{Fault, Walk, holds_no_setting};
use crate::json::{JsonPath, quoted};
use crate::secret::Secret;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

configured! {
    /// `[server]`.
    ServerConfig {
        /// Address and port, such as `127.0.0.1:8420`; port 0 takes a free one.
        listen: Option<Setting<ListenAddress>> = None,
        /// The public URL of the server, such as `https://id.example/`; absent: `https://<domain>/`.
        url: Option<Setting<PublicUrl>> = None,
        /// With what the server speaks https by itself; otherwise a proxy does.
        tls: TlsConfig = TlsConfig::default(),
        /// Addresses and networks of proxies whose `X-Forwarded-For` is believed, such as `10.0.0.0/8`.
        trusted_proxies: Vec<Setting<ProxyRange>> = Vec::new(),
        /// Address and port of `/healthz`, `/readyz` and `/metrics`.
        admin_listen: Option<Setting<ListenAddress>> = None,
        /// How the log is written; absent: text on a terminal, one JSON object a line otherwise.
        log: Option<LogFormat> = None,
        /// Whether callbacks of applications may be http on other machines than this one.
        http_callbacks: bool = false,
        /// What the keys of the server are made of, at least 32 characters; absent: `.postlogin/state.key`.
        secret: Option<ServerSecret> = None,
    }
}

configured! {
    /// `[server] tls`: both files, or none.
    TlsConfig {
        /// A PEM file, from the tenant folder, with the certificate of the server and those that lead to its authority.
        cert: Option<CertificateFile> = None,
        /// A PEM file, from the tenant folder, with the key of the certificate.
        key: Option<CertificateFile> = None,
    }
}

configured! {
    /// `[storage]`.
    StorageConfig {
        /// `sqlite:PATH`, the path from the tenant folder; absent: `sqlite:.postlogin/postlogin.db`.
        url: Option<Setting<StoreUrl>> = None,
    }
}

/// An IP address and a port to listen at.
#[derive(Clone, Copy, Debug)]
pub enum ListenAddress {}

impl SettingKind for ListenAddress {
    type Written = String;
    type Value = SocketAddr;

    fn read(written: &String) -> Result<SocketAddr, SettingError> {
        written.parse().map_err(|_| {
            SettingError::new(
                format!("{} is no IP address with a port", quoted(written)),
                "write one such as 127.0.0.1:8420 or [::1]:8420",
            )
        })
    }
}

/// An address or a network, such as `10.0.0.7` or `10.0.0.0/8`.
#[derive(Clone, Copy, Debug)]
pub enum ProxyRange {}

impl SettingKind for ProxyRange {
    type Written = String;
    type Value = IpNet;

    fn read(written: &String) -> Result<IpNet, SettingError> {
        let network = written.parse::<IpNet>().ok();
        let network = network.or_else(|| written.parse::<IpAddr>().ok().map(IpNet::from));
        network.ok_or_else(|| {
            SettingError::new(
                format!("{} is neither an address nor a network", quoted(written)),
                "write one such as 10.0.0.7 or 10.0.0.0/8",
            )
        })
    }
}

/// Where a store is.
#[derive(Clone, Copy, Debug)]
pub enum StoreUrl {}

impl SettingKind for StoreUrl {
    type Written = String;
    type Value = PathBuf;

    /// The path of a SQLite file, as it is written.
    fn read(written: &String) -> Result<PathBuf, SettingError> {
        // A URL of another store may hold a password, so it is not repeated.
        let refused = |what: &str| {
            let help = "write sqlite:PATH, such as sqlite:/var/lib/postlogin/postlogin.db";
            Err(SettingError::new(what.to_owned(), help))
        };
        let is_postgres = ["postgres:", "postgresql:"]
            .iter()
            .any(|scheme| written.starts_with(scheme));
        match written.strip_prefix("sqlite:") {
            None if is_postgres => refused("PostgreSQL is no store that this version has"),
            None => refused("this is no store that this version has"),
            Some("") => refused("the path of the SQLite file is missing"),
            Some(path) if path.starts_with(":memory:") => {
                refused("a store in memory would lose what it has told")
            }
            // What other programs read as a host, or as a path from the current folder, would be one from the root here.
            Some(path) if path.starts_with("//") && !path.starts_with("///") => {
                refused("the path of the SQLite file begins with two slashes")
            }
            Some(path) => Ok(PathBuf::from(path)),
        }
    }
}

/// How a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line, for programs.
    Json,
    /// One line of text for people.
    Text,
}

/// `[server] secret`; shown nowhere.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ServerSecret(String);

impl ServerSecret {
    /// Its bytes.
    pub fn bytes(&self) -> Secret<Vec<u8>> {
        Secret::new(self.0.clone().into_bytes())
    }
}

impl Walk for ServerSecret {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        if self.0.len() < MIN_SECRET_BYTES {
            found.push(Fault::new(
                path.clone(),
                Fault::BAD_VALUE,
                format!(
                    "the secret has {} characters, and must have {MIN_SECRET_BYTES}",
                    self.0.len()
                ),
                "make one with `openssl rand -base64 32`",
            ));
        }
    }
}

impl std::fmt::Debug for ServerSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ServerSecret(..)")
    }
}

impl Serialize for ServerSecret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(set)")
    }
}

const MIN_SECRET_BYTES: usize = 32;

holds_no_setting!(LogFormat);

impl ServerConfig {
    /// The networks of proxies that are believed.
    pub fn proxies(&self) -> Vec<IpNet> {
        let networks = self.trusted_proxies.iter();
        networks
            .filter_map(|network| network.value().ok().copied())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_named_with_its_place() {
        let config: ServerConfig = serde_json::from_value(serde_json::json!({
            "listen": "localhost", "trusted_proxies": ["10.0.0.0/8", "10.0.0.7", "::1", "proxy.example"],
            "secret": "short", "tls": {"cert": "-----BEGIN CERTIFICATE-----"},
        }))
        .unwrap();
        let faults = config.faults();
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.to_string()).collect();
        assert_eq!(paths, ["listen", "tls.cert", "trusted_proxies[3]", "secret"]);
        assert_eq!(config.proxies().len(), 3);
        assert!(!format!("{config:?}{}", serde_json::to_string(&config).unwrap()).contains("short"));
    }

    #[test]
    fn a_store_is_a_file_of_sqlite_and_its_url_is_not_repeated() {
        let path = |text: &str| StoreUrl::read(&text.to_owned());
        assert_eq!(path("sqlite:data/x.db"), Ok(PathBuf::from("data/x.db")));
        assert_eq!(path("sqlite:///data/x.db"), Ok(PathBuf::from("/data/x.db")));
        for url in [
            "",
            "sqlite:",
            "sqlite://x.db",
            "sqlite::memory:",
            "/x.db",
            "postgres://me:secret@db.example/x",
        ] {
            assert!(!path(url).unwrap_err().what.contains("secret"), "{url}");
        }
    }
}
