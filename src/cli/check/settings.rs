//! Settings with which every login would fail or warn, found with the functions that logins use.

use crate::action::Calls;
use crate::folder::{Problem, Reading, Severity};
use crate::json::JsonPath;
use crate::keys::KeyRing;
use crate::saml::{self, Foreseen, IdentityProvider};
use crate::tenant::{Effect, Finding, Profile, TooManyActions};
use crate::time::Moment;
use crate::token;

/// What is wrong with the settings of clients and APIs at `now`, and what is beyond the platform.
pub fn problems(reading: &Reading, keys: &KeyRing, calls: &[Calls], now: Moment) -> Vec<Problem> {
    let (tenant, places) = (&reading.tenant, &reading.places);
    let idp = IdentityProvider {
        domain: tenant.config.domain(),
        pair: &keys.current,
        config: &tenant.config.saml,
    };
    let all_users = Profile::of_all(tenant.users.profiles());
    let arguments = |method: &str| -> Option<Vec<String>> {
        let of_actions: Option<Vec<_>> = calls.iter().map(|calls| calls.first_arguments(method)).collect();
        Some(of_actions?.concat())
    };
    let (attributes, claims) = (arguments("setAttribute"), arguments("setCustomClaim"));
    let foreseen = Foreseen {
        users: (!tenant.users.is_empty()).then_some(&all_users),
        attributes: attributes.as_deref(),
        claims: claims.as_deref(),
        may_call: &|method| calls.iter().any(|calls| calls.may_call(method)),
    };
    let of_clients = tenant.clients.iter().flat_map(|client| {
        let mut findings = token::examine_client(client, keys);
        findings.extend(saml::examine(client, &idp, now));
        findings.extend(saml::foresee(client, idp.config, &foreseen));
        findings.extend(client.examine_urls());
        findings.into_iter().map(|finding| {
            places.in_client(
                &client.client_id,
                &finding.path,
                problem(&finding, "of this client"),
            )
        })
    });
    let reserved = tenant
        .clients
        .iter()
        .filter(|client| client.client_id == RESERVED);
    let reserved = reserved.map(|_| {
        let problem = Problem::new(Severity::Error, "client_id_reserved", "").says(
            format!(
                "the client id '{RESERVED}' is the server's own: metadata is at /samlp/{RESERVED}/CLIENT_ID"
            ),
            "give the client another id",
        );
        places.in_client(RESERVED, &JsonPath::of(&["client_id"]), problem)
    });
    let of_apis = tenant.resource_servers.iter().flat_map(|api| {
        let findings = token::examine_resource_server(api, keys).into_iter();
        findings.map(|finding| {
            places.in_resource_server(&api.identifier, &finding.path, problem(&finding, "to this API"))
        })
    });
    let contexts = tenant.config.saml.mfa_contexts.iter();
    let contexts = contexts.filter_map(|class| {
        let problem = Problem::new(Severity::Warning, "authn_context_unknown", "");
        let message = saml::class_problem(class)?;
        Some(places.in_settings(&["saml", "mfa_contexts"], problem.says(message, "")))
    });
    let too_many = tenant.too_many_actions().map(|many| {
        let problem = Problem::new(Severity::Warning, TooManyActions::CODE, "");
        places.in_triggers(
            &["post-login"],
            problem.says(many.to_string(), TooManyActions::HELP),
        )
    });
    let reported = |problem: &Problem| {
        let is_same = |other: &Problem| other.file == problem.file && other.json_path == problem.json_path;
        reading.problems.iter().any(is_same)
    };
    // A problem that reading the tenant has reported is not reported again.
    of_clients
        .chain(reserved)
        .chain(of_apis)
        .chain(too_many)
        .chain(contexts)
        .filter(|problem| !reported(problem))
        .collect()
}

/// What `/samlp/{client_id}` cannot be told from (server 2).
const RESERVED: &str = "metadata";

fn problem(finding: &Finding, which: &str) -> Problem {
    let (severity, help) = match finding.effect {
        Effect::Advises => (Severity::Note, String::new()),
        Effect::Fails => (
            Severity::Warning,
            format!("logins {which} fail until the setting is corrected, or an Action sets it"),
        ),
        Effect::Refuses => (
            Severity::Error,
            "correct the URL; where a login or logout would go there, it is refused".to_owned(),
        ),
        Effect::Warns => (Severity::Warning, String::new()),
    };
    Problem::new(severity, finding.code.clone(), "").says(finding.message.clone(), help)
}
