//! Whom a script may reach. Judged by the address that is connected to, never by a name alone.

use super::address::{carried, special};
use super::host::{Destination, Host, port_number};
use ipnet::{IpNet, Ipv4Net};
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::str::FromStr;

/// Whom the scripts of a tenant may reach (`[actions.egress]`).
///
/// An address that is not public (loopback, private, link-local, metadata ...) is reached only where a rule of `allow`
/// names the host itself or a network with the address, or `tunnel` names host and port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Who may be reached; nobody where it is empty.
    pub allow: Vec<Rule>,
    /// Who may not, whatever `allow` and `tunnel` say.
    pub deny: Vec<Rule>,
    /// To whom bytes pass through untouched; this allows them too.
    pub tunnel: Vec<Destination>,
    /// Whether anybody may be reached at all.
    pub line: Line,
}

/// Whether there is a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// Nobody is reached, whatever the lists say (`--offline`).
    Cut,
    /// The lists decide.
    #[default]
    Open,
}

impl Policy {
    /// Nobody may be reached, as in `postlogin test`.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Public addresses may be reached, as in `postlogin run`.
    pub fn public() -> Self {
        Self {
            allow: vec![Rule {
                whom: Whom::Public,
                port: None,
            }],
            ..Self::default()
        }
    }

    /// Whether bytes pass to this destination untouched.
    pub fn tunnels(&self, destination: &Destination) -> bool {
        self.tunnel.contains(destination)
    }

    /// Whether any address of this destination could be allowed: asked before a name is resolved, so that the name of a
    /// host that cannot be reached is told to no name server.
    ///
    /// # Errors
    /// None could.
    pub fn foresee(&self, destination: &Destination) -> Result<(), NotAllowed> {
        if let Host::Address(address) = destination.host {
            return self.judge(destination, address);
        }
        self.before_rules(destination)?;
        if self.tunnels(destination) || self.allow.iter().any(|rule| rule.may_meet(destination)) {
            return Ok(());
        }
        Err(NotAllowed::Unlisted(destination.clone()))
    }

    /// Whether a connection to this address of a destination is allowed.
    ///
    /// # Errors
    /// It is not.
    pub fn judge(&self, destination: &Destination, address: IpAddr) -> Result<(), NotAllowed> {
        self.before_rules(destination)?;
        let address = address.to_canonical();
        let faces = [Some(address), carried(address).map(IpAddr::V4)];
        if let Some(rule) = self.deny.iter().find(|rule| {
            faces
                .iter()
                .flatten()
                .any(|face| rule.meets_address(destination, *face))
        }) {
            return Err(NotAllowed::Denied {
                destination: destination.clone(),
                rule: rule.clone(),
            });
        }
        let special = special(address);
        let allowed = self.tunnels(destination)
            || self.allow.iter().any(|rule| match rule.whom {
                Whom::Host(_) | Whom::Network(_) => {
                    rule.meets_name(destination) || rule.meets_address(destination, address)
                }
                Whom::Below(_) => special.is_none() && rule.meets_name(destination),
                Whom::Public => special.is_none() && rule.meets_port(destination),
            });
        match special {
            _ if allowed => Ok(()),
            Some(what) if !self.allow.is_empty() => Err(NotAllowed::Special {
                destination: destination.clone(),
                address,
                what,
            }),
            _ => Err(NotAllowed::Unlisted(destination.clone())),
        }
    }

    /// What no address can change.
    fn before_rules(&self, destination: &Destination) -> Result<(), NotAllowed> {
        if self.line == Line::Cut {
            return Err(NotAllowed::Offline(destination.clone()));
        }
        match self.deny.iter().find(|rule| rule.meets_name(destination)) {
            Some(rule) => Err(NotAllowed::Denied {
                destination: destination.clone(),
                rule: rule.clone(),
            }),
            None => Ok(()),
        }
    }
}

/// One entry of `allow` or `deny`.
///
/// Written as `HOST`, `*.HOST` (all names below a host, on public addresses), `ADDRESS`, `NETWORK` (`10.0.0.0/8`) or
/// `public` (all public addresses), each with `:PORT` where only that port is meant; IPv6 with a port stands in brackets
/// (`[fd00::/8]:443`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    whom: Whom,
    port: Option<NonZeroU16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Whom {
    Below(String),
    Host(String),
    Network(IpNet),
    Public,
}

impl Rule {
    fn meets_port(&self, destination: &Destination) -> bool {
        self.port.is_none_or(|port| port == destination.port)
    }

    /// Whether the rule names the host.
    fn meets_name(&self, destination: &Destination) -> bool {
        self.meets_port(destination)
            && match (&self.whom, &destination.host) {
                (Whom::Host(named), Host::Name(name)) => named == name,
                (Whom::Below(parent), Host::Name(name)) => name
                    .strip_suffix(parent.as_str())
                    .is_some_and(|rest| rest.ends_with('.')),
                _ => false,
            }
    }

    /// Whether the rule names a network with this address, or all public ones.
    fn meets_address(&self, destination: &Destination, address: IpAddr) -> bool {
        self.meets_port(destination)
            && match &self.whom {
                Whom::Network(network) => network.contains(&address),
                Whom::Public => special(address).is_none(),
                Whom::Below(_) | Whom::Host(_) => false,
            }
    }

    /// Whether some address of this name could meet the rule.
    fn may_meet(&self, destination: &Destination) -> bool {
        match self.whom {
            Whom::Network(_) | Whom::Public => self.meets_port(destination),
            Whom::Below(_) | Whom::Host(_) => self.meets_name(destination),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whom, port) = split(text)?;
        Ok(Self {
            whom: Whom::parse(whom).map_err(|reason| format!("{reason}; {FORMS}"))?,
            port: port.map(port_number).transpose()?,
        })
    }
}

/// Takes a port from the end of a rule.
fn split(text: &str) -> Result<(&str, Option<&str>), String> {
    if let Some(inside) = text.strip_prefix('[') {
        let (whom, rest) = inside
            .split_once(']')
            .ok_or_else(|| format!("`{text}` has no closing bracket; {FORMS}"))?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((whom, Some(port))),
            None if rest.is_empty() => Ok((whom, None)),
            None => Err(format!("`{text}` goes on after its bracket; {FORMS}")),
        };
    }
    match text.split_once(':') {
        Some((whom, port)) if !port.contains(':') => Ok((whom, Some(port))),
        _ => Ok((text, None)),
    }
}

impl Whom {
    fn parse(text: &str) -> Result<Self, String> {
        if text == "public" {
            return Ok(Self::Public);
        }
        if let Some(parent) = text.strip_prefix("*.") {
            return match Host::parse(parent)? {
                Host::Name(name) => Ok(Self::Below(name)),
                Host::Address(_) => Err(format!("`{text}`: a network is written as 10.0.0.0/8")),
            };
        }
        if text.contains('*') {
            return Err(format!("`{text}` has a star that is not at its beginning"));
        }
        if text.contains('/') {
            let network: IpNet = text.parse().map_err(|_| format!("`{text}` is no network"))?;
            return Ok(Self::Network(unmapped(network.trunc())));
        }
        Ok(match Host::parse(text)? {
            Host::Name(name) => Self::Host(name),
            Host::Address(address) => Self::Network(address.into()),
        })
    }
}

/// A network of mapped addresses as the network of IPv4 that it is.
fn unmapped(network: IpNet) -> IpNet {
    match network {
        IpNet::V6(mapped) if mapped.prefix_len() >= 96 => mapped
            .network()
            .to_ipv4_mapped()
            .and_then(|address| Ipv4Net::new(address, mapped.prefix_len() - 96).ok())
            .map_or(network, IpNet::V4),
        _ => network,
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.whom, self.port) {
            (whom @ Whom::Network(IpNet::V6(_)), Some(port)) => write!(formatter, "[{whom}]:{port}"),
            (whom, Some(port)) => write!(formatter, "{whom}:{port}"),
            (whom, None) => write!(formatter, "{whom}"),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Below(name) => write!(formatter, "*.{name}"),
            Self::Host(name) => formatter.write_str(name),
            Self::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                write!(formatter, "{}", network.addr())
            }
            Self::Network(network) => write!(formatter, "{network}"),
            Self::Public => formatter.write_str("public"),
        }
    }
}

/// Why a destination is not allowed: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// A rule of `deny` names it.
    #[error("address not allowed: {destination} is denied by `{rule}` in deny of [actions.egress]")]
    Denied {
        /// Whom the script asked for.
        destination: Destination,
        /// Which rule.
        rule: Rule,
    },
    /// There is no network.
    #[error("address not allowed: {0} cannot be reached, because the network is off (--offline)")]
    Offline(Destination),
    /// The address is not public, and nobody named it.
    #[error(
        "address not allowed: {destination} is at {address}, which is {what}; where scripts may reach it, name it: \
         --allow {destination}, or in allow of [actions.egress]"
    )]
    Special {
        /// Whom the script asked for.
        destination: Destination,
        /// The address that would be connected to.
        address: IpAddr,
        /// What it is.
        what: &'static str,
    },
    /// No rule of `allow` names it.
    #[error(
        "address not allowed: nothing in allow names {0}; where scripts may reach it, name it: --allow {0}, or in allow \
         of [actions.egress]"
    )]
    Unlisted(Destination),
}

const FORMS: &str = "write HOST, *.HOST, ADDRESS, NETWORK (10.0.0.0/8) or public, with :PORT where only one port is meant \
     (IPv6 with a port in brackets)";

#[cfg(test)]
mod tests;
