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
        Ok::<u64, Unavailable>(u64::try_from(bytes).unwrap_or(u64::MAX))
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
    let unusable = |why: String| {
        Unavailable::new(
            format!(
                "ca in [actions.egress] of postlogin.toml: {}: {why}",
                ca.display()
            ),
            "name a PEM file with certificates, by its path from the tenant folder".to_owned(),
        )
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
    Unavailable::new(
        format!("{member} in [actions.egress] of postlogin.toml: {}", error.what),
        error.help,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Config;
    use std::net::IpAddr;

    fn tenant(egress: &str) -> Tenant {
        let config: Config = toml::from_str(&format!("[actions.egress]\n{egress}")).unwrap();
        Tenant {
            config,
            ..Tenant::default()
        }
    }

    fn reaches(tenant: &Tenant, reach: Reach, to: &str, address: &str) -> bool {
        let terms = network_terms(tenant, reach).unwrap();
        let address: IpAddr = address.parse().unwrap();
        terms.policy.judge(&to.parse().unwrap(), address).is_ok()
    }

    fn reach(settings: ReachSettings, allow: &[&str], line: Line) -> Reach {
        Reach {
            settings,
            allow: allow.iter().map(|entry| entry.parse().unwrap()).collect(),
            line,
        }
    }

    #[test]
    fn a_login_reaches_public_addresses_and_a_test_nobody_but_whom_it_names() {
        let unset = tenant("");
        let (api, public) = ("api.example:443", "8.8.8.8");
        let login = || reach(ReachSettings::Count, &[], Line::Open);
        let test = |allow: &[&str]| reach(ReachSettings::Ignored, allow, Line::Open);
        assert!(reaches(&unset, login(), api, public));
        assert!(!reaches(&unset, login(), api, "10.0.0.1"));
        assert!(!reaches(&unset, test(&[]), api, public));
        assert!(reaches(&unset, test(&["api.example:443"]), api, "10.0.0.1"));
        assert!(!reaches(
            &unset,
            reach(ReachSettings::Count, &["api.example"], Line::Cut),
            api,
            public
        ));
        let listed =
            tenant("allow = [\"other.example\"]\ndeny = [\"bad.example\"]\ntunnel = [\"db.example:5432\"]");
        assert!(!reaches(&listed, login(), api, public));
        assert!(reaches(&listed, login(), "db.example:5432", "10.0.0.1"));
        assert!(!reaches(&listed, test(&[]), "db.example:5432", "10.0.0.1"));
        let terms = network_terms(&listed, test(&["db.example:5432"])).unwrap();
        assert!(terms.policy.tunnels(&"db.example:5432".parse().unwrap()));
        assert!(!reaches(
            &listed,
            test(&["bad.example"]),
            "bad.example:443",
            public
        ));
    }

    #[test]
    fn a_tenant_that_sets_nothing_has_the_limits_of_egress() {
        let terms = network_terms(&tenant(""), reach(ReachSettings::Count, &[], Line::Open)).unwrap();
        assert_eq!(terms.limits, egress::Limits::default());
    }
}
