//! Whom Actions reach over the network, as the tenant says.

use crate::disk::{self, Limit};
use crate::egress::{self, Authorities, Destination, Keeping, Line, Network, Policy, Rule, Terms};
use crate::flow::Unavailable;
use crate::tenant::{ByteLimit, CertificateFile, Setting, SettingError, SettingKind, Tenant};
use std::sync::Arc;

/// Whom the Actions of a run may reach besides what the tenant's settings say.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Whether the settings count.
    pub settings: ReachSettings,
    /// Who else may be reached.
    pub allow: Vec<Rule>,
    /// Whether there is a network at all.
    pub line: Line,
}

/// Whether `allow` of `[actions.egress]` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachSettings {
    /// It does: a login is for a person.
    Count,
    /// It does not: a test reaches nobody that the test does not name.
    Ignored,
}

/// On which terms the Actions of `tenant` reach the network.
///
/// # Errors
/// A setting in `postlogin.toml` is none, or the file of `ca` cannot be used.
pub fn network_terms(tenant: &Tenant, reach: Reach) -> Result<Terms, Unavailable> {
    let egress = &tenant.config.actions.egress;
    let of_settings = match reach.settings {
        ReachSettings::Count => egress.allow.as_slice(),
        ReachSettings::Ignored => &[],
    };
    let mut allow = all(of_settings, "allow")?;
    let mut tunnel = all(&egress.tunnel, "tunnel")?;
    if reach.settings == ReachSettings::Ignored {
        let is_named = |end: &Destination| reach.allow.iter().any(|rule| rule.to_string() == end.to_string());
        tunnel.retain(is_named);
    }
    allow.extend(reach.allow);
    let size = |setting: &Setting<ByteLimit>, member| {
        let bytes = setting.copied().map_err(|error| wrong_egress(member, error))?;
        Ok(u64::try_from(bytes).unwrap_or(u64::MAX))
    };
    Ok(Terms {
        policy: Arc::new(Policy {
            allow,
            deny: all(&egress.deny, "deny")?,
            tunnel,
            line: reach.line,
        }),
        limits: egress::Limits {
            connections: egress.connections,
            bytes_in: size(&egress.bytes_in, "bytes_in")?,
            bytes_out: size(&egress.bytes_out, "bytes_out")?,
            request_timeout: egress
                .request_timeout
                .copied()
                .map_err(|error| wrong_egress("request_timeout", error))?,
            headers: egress.headers,
        },
        answers: None,
        keeping: Keeping::Nothing,
        network: Arc::new(Network::new(authorities(tenant)?)),
    })
}

/// The authorities in the file of `ca`.
///
/// # Errors
/// The file cannot be read, or holds none.
pub fn authorities(tenant: &Tenant) -> Result<Authorities, Unavailable> {
    let Some(CertificateFile(ca)) = &tenant.config.actions.egress.ca else {
        return Ok(Authorities::default());
    };
    let unusable = |why: String| Unavailable {
        what: format!(
            "ca in [actions.egress] of postlogin.toml: {}: {why}",
            ca.display()
        ),
        help: "name a PEM file with certificates, by its path from the tenant folder".to_owned(),
    };
    let pem = disk::read(&tenant.root.join(ca), Limit::Key).map_err(|error| unusable(error.to_string()))?;
    let pem = pem.ok_or_else(|| unusable("there is no such file".to_owned()))?;
    Authorities::from_pem(&pem).map_err(unusable)
}

fn all<K: SettingKind<Value: Clone>>(
    entries: &[Setting<K>],
    member: &str,
) -> Result<Vec<K::Value>, Unavailable> {
    let value = |entry: &Setting<K>| {
        let value = entry.value().cloned();
        value.map_err(|error| wrong_egress(member, error.clone()))
    };
    entries.iter().map(value).collect()
}

fn wrong_egress(member: &str, error: SettingError) -> Unavailable {
    Unavailable {
        what: format!("{member} in [actions.egress] of postlogin.toml: {}", error.what),
        help: error.help,
    }
}
