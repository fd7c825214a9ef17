//! Whom a script wants to reach: a host and a port, in the one spelling in which they are compared.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::str::FromStr;

/// A host. Two spellings of one host are equal: upper case, a final dot, decimal, octal, hexadecimal and short forms of
/// IPv4, IPv4 inside IPv6, and names that are not ASCII (IDNA, as the URL standard reads hosts).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// An address; never an IPv4 address that is mapped into IPv6.
    Address(IpAddr),
    /// A name in ASCII and lower case, without a final dot.
    Name(String),
}

impl Host {
    /// Reads a host; IPv6 with or without brackets.
    ///
    /// # Errors
    /// It is no host, or has a zone id or a percent sign: why, for people.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains('%') {
            return Err(format!(
                "the host `{text}` has a percent sign: zone ids and percent-encoded hosts are not taken; \
                 write the host itself"
            ));
        }
        let parsed = if text.contains(':') && !text.starts_with('[') {
            url::Host::parse(&format!("[{text}]"))
        } else {
            url::Host::parse(text)
        };
        match parsed {
            Ok(url::Host::Domain(name)) => Self::name(text, &name),
            Ok(url::Host::Ipv4(address)) => Ok(Self::Address(address.into())),
            Ok(url::Host::Ipv6(address)) => Ok(Self::Address(IpAddr::from(address).to_canonical())),
            Err(error) => Err(format!("`{text}` is no host: {error}")),
        }
    }

    fn name(text: &str, name: &str) -> Result<Self, String> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() || name.len() > LONGEST_NAME || name.split('.').any(str::is_empty) {
            return Err(format!(
                "`{text}` is no host: a name has 1 to {LONGEST_NAME} characters and no empty part"
            ));
        }
        Ok(Self::Name(name.to_owned()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]"),
            Self::Address(address) => write!(formatter, "{address}"),
            Self::Name(name) => formatter.write_str(name),
        }
    }
}

/// A host and a port: what a connection is made to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    /// The host.
    pub host: Host,
    /// The port of TCP.
    pub port: NonZeroU16,
}

impl FromStr for Destination {
    type Err = String;

    /// Reads `HOST:PORT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text
            .rsplit_once(':')
            .ok_or_else(|| format!("`{text}` names no port: write HOST:PORT"))?;
        Ok(Self {
            host: Host::parse(host)?,
            port: port_number(port)?,
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// Reads a port: digits only.
///
/// # Errors
/// It is none: why, for people.
pub(super) fn port_number(text: &str) -> Result<NonZeroU16, String> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("`{text}` is no port: write a number from 1 to 65535"))
}

/// The longest name that the domain name system has (RFC 1035 section 2.3.4), as it is written.
const LONGEST_NAME: usize = 253;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_are_one_host() {
        for (one, other) in [
            ("API.Example", "api.example"),
            ("api.example.", "api.example"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("2130706433", "127.0.0.1"),
            ("0x7f.1", "127.0.0.1"),
            ("0177.0.0.1", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("127.0.0.1.", "127.0.0.1"),
            ("\u{ff11}27.0.0.1", "127.0.0.1"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("[::ffff:7f00:1]", "127.0.0.1"),
            ("[0:0:0:0:0:0:0:1]", "::1"),
            ("api\u{3002}example", "api.example"),
        ] {
            assert_eq!(Host::parse(one), Host::parse(other), "{one}");
            assert!(Host::parse(one).is_ok(), "{one}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_its_reason() {
        for wrong in [
            "",
            ".",
            "a..b",
            "fe80::1%eth0",
            "[fe80::1%25eth0]",
            "%31.example",
            "a b",
            "user@host",
            "a/b",
            "[::1",
            "256.1.1.1",
            "1.2.3.4.5",
            "a\u{0}b",
            "::1::2",
        ] {
            assert!(Host::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_destination_has_a_port_in_digits() {
        assert_eq!(
            "[::1]:8080"
                .parse::<Destination>()
                .map(|destination| destination.to_string()),
            Ok("[::1]:8080".to_owned())
        );
        for wrong in [
            "host",
            "host:",
            "host:0",
            "host:65536",
            "host:+80",
            "host:80a",
            ":80",
        ] {
            assert!(wrong.parse::<Destination>().is_err(), "{wrong}");
        }
    }
}
