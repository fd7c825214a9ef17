//! The cases of `fixtures/inspect`: each broken message has the one right finding.

use super::*;
use crate::inspect::{CheckName, Code, Expected, Outcome, Severity};
use serde::Deserialize;
use std::collections::HashSet;
use std::fs;
use std::path::Path;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "for whoever reads the case")]
    shows: String,
    #[expect(dead_code, reason = "for `postlogin test`, which passes these cases over")]
    command: String,
    kind: String,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    /// Part of message or place of the first finding that is more than a note.
    #[serde(default)]
    says: Option<String>,
    /// What the thing was found in, outermost first.
    #[serde(default)]
    layers: Option<Vec<String>>,
    #[serde(default)]
    options: InspectOptions,
}

fn read(folder: &Path) -> Result<Case, String> {
    let toml = fs::read_to_string(folder.join("case.toml")).map_err(|error| error.to_string())?;
    toml::from_str(&toml).map_err(|error| error.to_string())
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inspect");
    let mut folders: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("case.toml").is_file())
        .collect();
    folders.sort();
    folders
}

fn checked(folder: &Path) -> Result<(), String> {
    let case = read(folder)?;
    let message = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.file_stem().is_some_and(|stem| stem == "message"))
        .ok_or("there is no message")?;
    let expected = case.options.expected().map_err(|error| error.to_string())?;
    let report = inspect(&fs::read(message).map_err(|error| error.to_string())?, &expected);
    let of = |severity| -> Vec<&str> {
        let findings = report
            .findings
            .iter()
            .filter(|finding| finding.severity == severity);
        findings.map(|finding| finding.code.as_str()).collect()
    };
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let wrong = |what: String| {
        let findings = report.findings.iter();
        let findings: Vec<_> = findings
            .map(|finding| {
                format!(
                    "\n  {} at {}: {}",
                    finding.code.as_str(),
                    finding.place,
                    finding.message
                )
            })
            .collect();
        Err(format!("{what}; findings:{}", findings.concat()))
    };
    if errors != case.errors || warnings != case.warnings {
        return wrong(format!(
            "expected {:?} and {:?}, got {errors:?} and {warnings:?}",
            case.errors, case.warnings
        ));
    }
    if report.kind.as_str() != case.kind {
        return wrong(format!("it is a {}, not a {}", report.kind.as_str(), case.kind));
    }
    if let Some(layers) = case.layers.filter(|layers| *layers != report.layers) {
        return wrong(format!("expected in {layers:?}, got {:?}", report.layers));
    }
    let mut grave = report
        .findings
        .iter()
        .filter(|finding| finding.severity != Severity::Note);
    if let Some(says) = &case.says
        && !grave
            .next()
            .is_some_and(|first| first.message.contains(says) || first.place.contains(says))
    {
        return wrong(format!("'{says}' is not said"));
    }
    Ok(())
}

#[test]
fn every_case_has_exactly_the_findings_that_it_names() {
    let folders = folders();
    let wrong: Vec<_> = folders
        .iter()
        .filter_map(|folder| Some(format!("{}: {}", folder.display(), checked(folder).err()?)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        folders.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_error_and_warning_has_a_case() {
    let cases: Vec<_> = folders().iter().map(|folder| read(folder).unwrap()).collect();
    for code in Code::ALL {
        let named = |case: &Case| {
            let codes = match code.severity() {
                Severity::Error => &case.errors,
                Severity::Warning => &case.warnings,
                Severity::Note => return true,
            };
            codes.iter().any(|named| named == code.as_str())
        };
        assert!(cases.iter().any(named), "no case finds {}", code.as_str());
    }
}

#[test]
fn public_data_is_not_a_secret() {
    let jwks = "fixtures/inspect/genuine/jwks.json";
    for public in ["certs/idp.crt", "certs/sp.pub", jwks] {
        let options: InspectOptions = toml::from_str(&format!("secret-file = '{public}'")).unwrap();
        let refused = options.expected().unwrap_err().to_string();
        assert!(
            refused.contains(public) && refused.contains("not a secret"),
            "{refused}"
        );
    }
}

/// Each option that asks for a check, as a case names it, with something to compare and the check that answers it.
const ASKING: &[(&str, &str, &[CheckName])] = &[
    (
        "acs-url",
        "'https://sp.test/mappings/acs'",
        &[CheckName::Recipient],
    ),
    ("audience", "'web'", &[CheckName::Audience]),
    ("certificates", "['certs/idp.crt']", &[CheckName::Signature]),
    (
        "endpoint",
        "'https://idp.test/samlp/mappings'",
        &[CheckName::Destination],
    ),
    ("issuer", "'urn:idp.test'", &[CheckName::Issuer]),
    (
        "jwks",
        "'fixtures/inspect/keys/jwks-none.json'",
        &[CheckName::Signature],
    ),
    ("key", "'certs/sp.key'", &[CheckName::Encryption]),
    ("nonce", "'n-0S6'", &[CheckName::Nonce]),
    ("request-id", "'_request'", &[CheckName::InResponseTo]),
    (
        "secret-file",
        "'fixtures/inspect/keys/hs256.txt'",
        &[CheckName::Signature],
    ),
];
/// Options that say how an input is checked. Values of a tenant are tested below.
const NOT_ASKING: &[&str] = &["client", "entity-id", "now", "pick", "tenant", "var"];

fn expected(options: &str) -> Expected {
    let options: InspectOptions = toml::from_str(options).unwrap();
    options.expected().unwrap()
}

fn report_of(folder: &Path, expected: &Expected) -> Report {
    let files = fs::read_dir(folder).unwrap();
    let message = files
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_stem().is_some_and(|stem| stem == "message"))
        .unwrap();
    inspect(&fs::read(message).unwrap(), expected)
}

/// How a check ended: failed if it failed anywhere.
fn outcome(report: &Report, name: CheckName) -> Option<Outcome> {
    let of_name = report.checks.iter().filter(|check| check.check == name);
    let results: Vec<_> = of_name.map(|check| check.result).collect();
    [Outcome::Fail, Outcome::Pass, Outcome::NotChecked]
        .into_iter()
        .find(|result| results.contains(result))
}

#[test]
fn every_option_is_known_to_ask_for_a_check_or_not_to() {
    let command = InspectOptions::augment_args(clap::Command::new("inspect"));
    let mut options: Vec<_> = command
        .get_arguments()
        .filter_map(|option| option.get_long())
        .collect();
    // A case gives a list of certificates.
    let asking = ASKING.iter().map(|(name, ..)| match *name {
        "certificates" => "trust",
        name => name,
    });
    let mut known: Vec<_> = asking.chain(NOT_ASKING.iter().copied()).collect();
    options.sort_unstable();
    known.sort_unstable();
    assert_eq!(options, known);
}

/// Whatever is inspected, and whatever is wrong with it: the check is in the list, and it is not passed over.
#[test]
fn a_check_that_was_asked_for_is_made_on_everything() {
    let (folders, mut kinds, mut wrong) = (folders(), HashSet::new(), Vec::new());
    for (name, value, checks) in ASKING {
        let expected = expected(&format!("now = '2026-01-15T12:01:00Z'\n{name} = {value}"));
        for folder in &folders {
            let report = report_of(folder, &expected);
            kinds.insert(report.kind.as_str());
            for check in *checks {
                match outcome(&report, *check) {
                    Some(Outcome::Pass) => {}
                    Some(Outcome::Fail) if report.count(Severity::Error) > 0 => {}
                    other => wrong.push(format!("{}: --{name}: {check:?} is {other:?}", folder.display())),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        kinds.len() >= 15,
        "the cases hold too few kinds of things: {kinds:?}"
    );
}

/// What a tenant says asks less: only what its own software would ask of such a thing.
#[test]
fn what_a_tenant_says_is_compared_where_things_of_its_kind_have_it() {
    let tenant = "now = '2026-01-15T12:01:00Z'\ntenant = 'fixtures/interop/tenant'\nclient = 'web'";
    let (expected, mut wrong) = (expected(tenant), Vec::new());
    for folder in folders() {
        let report = report_of(&folder, &expected);
        let checks: &[CheckName] = match report.kind {
            Kind::AccessToken => &[
                CheckName::Signature,
                CheckName::Issuer,
                CheckName::Client,
                CheckName::Validity,
            ],
            Kind::IdToken | Kind::Jwe | Kind::Jwt | Kind::LogoutToken => &[
                CheckName::Signature,
                CheckName::Issuer,
                CheckName::Audience,
                CheckName::Validity,
            ],
            Kind::Assertion | Kind::Response => {
                &[CheckName::Signature, CheckName::Issuer, CheckName::Validity]
            }
            Kind::LogoutRequest | Kind::LogoutResponse => &[CheckName::Signature],
            _ => &[],
        };
        for check in checks {
            if !matches!(outcome(&report, *check), Some(Outcome::Fail | Outcome::Pass)) {
                wrong.push(format!("{}: {check:?} is passed over", folder.display()));
            }
        }
        if report
            .findings
            .iter()
            .any(|finding| finding.code == Code::NothingToCompare)
            && !matches!(
                report.kind,
                Kind::Assertion | Kind::AuthnRequest | Kind::EncryptedAssertion | Kind::Jwe | Kind::Response
            )
        {
            wrong.push(format!("{}: the tenant asks for too much", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_absent_is_held_against_nothing_where_nobody_asked() {
    let expected = expected("");
    for folder in folders() {
        let report = report_of(&folder, &expected);
        let held = report
            .findings
            .iter()
            .find(|finding| finding.code == Code::NothingToCompare);
        assert!(held.is_none(), "{}: {held:?}", folder.display());
    }
}
