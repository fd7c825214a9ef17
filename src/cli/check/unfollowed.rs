//! What an export asks for and the server does otherwise: it is named, so that nobody relies on it.

use crate::folder::{Places, Problem, Protection, Reading, Severity};
use crate::json::JsonPath;
use crate::tenant::{AttackProtection, ResourceServer};
use ipnet::IpNet;
use serde_json::Value;
use std::net::IpAddr;

/// One problem for each setting that is not followed.
pub fn problems(reading: &Reading) -> Vec<Problem> {
    let (tenant, places) = (&reading.tenant, &reading.places);
    let mut problems = of_protection(&tenant.attack_protection, places);
    for api in &tenant.resource_servers {
        problems.extend(of_api(api, places));
    }
    problems
}

fn not_followed(severity: Severity, message: impl Into<String>, help: &'static str) -> Problem {
    Problem::new(severity, "not_followed", "").says(message, help)
}

fn of_protection(protection: &AttackProtection, places: &Places) -> Vec<Problem> {
    let brute_force = &protection.brute_force;
    let mut problems = Vec::new();
    if brute_force.mode.as_deref() == Some("count_per_identifier") {
        let problem = not_followed(
            Severity::Warning,
            "failed logins are counted by account and address, not by account alone: whoever knows a name must not lock its \
             owner out",
            "write \"count_per_identifier_and_ip\"; for failures from many addresses there is suspicious-ip-throttling",
        );
        problems.push(places.in_protection(Protection::BruteForce, &["mode"], problem));
    }
    let throttling = protection.throttling.as_ref();
    let of_both = [
        (
            Protection::BruteForce,
            Some((&brute_force.shields, &brute_force.allowlist)),
        ),
        (
            Protection::IpThrottling,
            throttling.map(|throttling| (&throttling.shields, &throttling.allowlist)),
        ),
    ];
    for (which, lists) in of_both {
        let Some((shields, allowlist)) = lists else {
            continue;
        };
        for (index, shield) in shields.iter().flatten().enumerate() {
            if shield != "block" {
                let message = format!("the shield {shield:?} does nothing here: the server sends no mail");
                let problem = not_followed(
                    Severity::Note,
                    message,
                    "look at the log instead (\"login_refused\")",
                );
                problems.push(places.in_protection_at(which, "shields", index, problem));
            }
        }
        for (index, entry) in allowlist.iter().flatten().enumerate() {
            if entry.parse::<IpAddr>().is_err() && entry.parse::<IpNet>().is_err() {
                let message =
                    format!("{entry:?} is neither an address nor a network, so it lets nobody through");
                let help = "write one such as 192.0.2.7 or 192.0.2.0/24";
                problems.push(places.in_protection_at(
                    which,
                    "allowlist",
                    index,
                    not_followed(Severity::Warning, message, help),
                ));
            }
        }
    }
    for stage in throttling
        .iter()
        .flat_map(|throttling| throttling.stage.extra.keys())
    {
        let message =
            format!("the limits of the stage {stage:?} are not followed: the server throttles logins alone");
        let problem = not_followed(Severity::Note, message, "nothing to do");
        problems.push(places.in_protection(Protection::IpThrottling, &["stage", stage], problem));
    }
    problems
}

fn of_api(api: &ResourceServer, places: &Places) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut say = |member: &str, message: &str, help: &'static str| {
        let problem = not_followed(Severity::Warning, message, help);
        problems.push(places.in_resource_server(&api.identifier, &JsonPath::of(&[member]), problem));
    };
    if api.extra.get(SKIP_CONSENT) == Some(&Value::Bool(false)) {
        say(
            SKIP_CONSENT,
            "first-party applications are not asked to have their users' consent: consent is asked for applications with \
             is_first_party false alone",
            "where users are to be asked, set is_first_party to false for these applications",
        );
    }
    if api
        .extra
        .get(CONSENT_POLICY)
        .is_some_and(|policy| !policy.is_null())
    {
        say(
            CONSENT_POLICY,
            "the policy of consent is not followed: users consent to scopes, for applications with is_first_party false",
            "remove it, or do not rely on it",
        );
    }
    problems
}

const SKIP_CONSENT: &str = "skip_consent_for_verifiable_first_party_clients";
const CONSENT_POLICY: &str = "consent_policy";
