//! The cases of `fixtures/inspect`: each broken message has the one right finding.

use super::*;
use crate::inspect::Severity;
use std::fs;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "for who reads the case")]
    shows: String,
    kind: String,
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    warnings: Vec<String>,
    /// Part of message or place of the first finding that is more than a note.
    #[serde(default)]
    says: Option<String>,
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

fn judged(folder: &Path) -> Result<(), String> {
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
    let told = |what: String| {
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
        return told(format!(
            "expected {:?} and {:?}, got {errors:?} and {warnings:?}",
            case.errors, case.warnings
        ));
    }
    if report.kind.as_str() != case.kind {
        return told(format!("it is a {}, not a {}", report.kind.as_str(), case.kind));
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
        return told(format!("'{says}' is not said"));
    }
    Ok(())
}

#[test]
fn every_case_has_exactly_the_findings_that_it_names() {
    let folders = folders();
    let wrong: Vec<_> = folders
        .iter()
        .filter_map(|folder| Some(format!("{}: {}", folder.display(), judged(folder).err()?)))
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
    for code in inspect::Code::ALL {
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
