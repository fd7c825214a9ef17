//! `attack-protection/*.json`: how many logins may fail.

use super::exported::exported;
use ipnet::IpNet;
use serde::Deserialize;
use std::net::IpAddr;
use std::time::Duration;

/// How many logins may fail, and for whom that does not count.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttackProtection {
    /// `brute-force-protection.json`.
    pub brute_force: BruteForceProtection,
    /// `suspicious-ip-throttling.json`; nothing is throttled where the export has none.
    pub throttling: Option<IpThrottling>,
}

exported! {
    /// `brute-force-protection.json`: failures in a row of one account.
    BruteForceProtection {
        /// Whether it counts; it does when absent.
        enabled: Option<bool>,
        /// What happens; a login is stopped for `block` alone.
        shields: Option<Vec<String>>,
        /// `count_per_identifier_and_ip` or `count_per_identifier`. Both are counted by account and address here, so that
        /// nobody locks another out.
        mode: Option<String>,
        /// Addresses and networks that are never stopped.
        allowlist: Option<Vec<String>>,
        /// How many may fail; [`MAX_ATTEMPTS`] when absent.
        max_attempts: Option<u32>,
    }
}

exported! {
    /// `suspicious-ip-throttling.json`: failures of one address.
    IpThrottling {
        /// Whether it counts; it does when absent.
        enabled: Option<bool>,
        /// What happens; a login is stopped for `block` alone.
        shields: Option<Vec<String>>,
        /// Addresses and networks that are never stopped.
        allowlist: Option<Vec<String>>,
        /// Its limits.
        stage: ThrottlingStages,
    }
}

exported! {
    /// `stage` of the throttling of addresses.
    ThrottlingStages {
        /// Logins.
        #[serde(rename = "pre-login")]
        pre_login: ThrottlingStage,
    }
}

exported! {
    /// Limits of one stage.
    ThrottlingStage {
        /// How many may fail at once; [`MAX_ATTEMPTS_OF_ADDRESS`] when absent.
        max_attempts: Option<u32>,
        /// Milliseconds after which one more may; [`ATTEMPT_MILLISECONDS`] when absent.
        rate: Option<u64>,
    }
}

/// What one address may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressLimit {
    /// How many logins may fail at once.
    pub attempts: u32,
    /// After which time one more may.
    pub each: Duration,
}

impl AttackProtection {
    /// How many logins of one account may fail in a row from this address; nothing where there is no limit.
    pub fn attempts_of_account(&self, address: IpAddr) -> Option<u32> {
        let BruteForceProtection {
            enabled,
            shields,
            allowlist,
            max_attempts,
            ..
        } = &self.brute_force;
        stops(*enabled, shields.as_deref(), allowlist.as_deref(), address)
            .then(|| max_attempts.unwrap_or(MAX_ATTEMPTS).max(1))
    }

    /// How many logins may fail from this address, whosever they are; nothing where there is no limit.
    pub fn attempts_of_address(&self, address: IpAddr) -> Option<AddressLimit> {
        let IpThrottling {
            enabled,
            shields,
            allowlist,
            stage,
            ..
        } = self.throttling.as_ref()?;
        let ThrottlingStage {
            max_attempts, rate, ..
        } = &stage.pre_login;
        stops(*enabled, shields.as_deref(), allowlist.as_deref(), address).then(|| AddressLimit {
            attempts: max_attempts.unwrap_or(MAX_ATTEMPTS_OF_ADDRESS).max(1),
            each: Duration::from_millis(rate.unwrap_or(ATTEMPT_MILLISECONDS).clamp(1, DAY_MILLISECONDS)),
        })
    }
}

fn stops(
    enabled: Option<bool>,
    shields: Option<&[String]>,
    allowed: Option<&[String]>,
    address: IpAddr,
) -> bool {
    let is_allowed = |entry: &String| {
        entry.parse() == Ok(address)
            || entry
                .parse()
                .is_ok_and(|network: IpNet| network.contains(&address))
    };
    enabled.unwrap_or(true)
        && shields.is_none_or(|shields| shields.iter().any(|shield| shield == "block"))
        && !allowed.is_some_and(|allowed| allowed.iter().any(is_allowed))
}

/// The platform's.
pub const MAX_ATTEMPTS: u32 = 10;
/// The platform's.
pub const MAX_ATTEMPTS_OF_ADDRESS: u32 = 100;
/// The platform's: a hundred a day.
pub const ATTEMPT_MILLISECONDS: u64 = 864_000;
const DAY_MILLISECONDS: u64 = 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn protection(brute_force: Value, throttling: Option<Value>) -> AttackProtection {
        AttackProtection {
            brute_force: serde_json::from_value(brute_force).unwrap(),
            throttling: throttling.map(|value| serde_json::from_value(value).unwrap()),
        }
    }

    #[test]
    fn ten_logins_may_fail_where_the_export_says_nothing() {
        let address = "192.0.2.1".parse().unwrap();
        let of = |brute_force| protection(brute_force, None).attempts_of_account(address);
        assert_eq!(of(json!({})), Some(10));
        assert_eq!(
            of(json!({"max_attempts": 3, "mode": "count_per_identifier"})),
            Some(3)
        );
        assert_eq!(of(json!({"enabled": false})), None);
        assert_eq!(of(json!({"shields": ["user_notification"]})), None);
        assert_eq!(of(json!({"allowlist": ["192.0.2.1"]})), None);
        assert_eq!(of(json!({"allowlist": ["192.0.2.0/24", "junk"]})), None);
        assert_eq!(of(json!({"allowlist": ["198.51.100.0/24", "junk"]})), Some(10));
        assert_eq!(protection(json!({}), None).attempts_of_address(address), None);
    }

    #[test]
    fn an_address_is_throttled_where_the_export_says_so() {
        let address = "192.0.2.1".parse().unwrap();
        let of = |throttling| protection(json!({}), Some(throttling)).attempts_of_address(address);
        let limit = |attempts, millis| {
            Some(AddressLimit {
                attempts,
                each: Duration::from_millis(millis),
            })
        };
        assert_eq!(of(json!({"enabled": true})), limit(100, 864_000));
        assert_eq!(
            of(
                json!({"stage": {"pre-login": {"max_attempts": 5, "rate": 1000}, "pre-user-registration": {}}})
            ),
            limit(5, 1000)
        );
        assert_eq!(of(json!({"enabled": false})), None);
    }
}
