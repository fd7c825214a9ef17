//! What an import did, for people and for programs.

use super::super::escape::{printable, printable_lines};
use crate::keys::{Certificate, PublicKey};
use crate::saml::metadata::{Before, Import, ServiceProvider, Taken, Trust};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// What became of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created,
    Unchanged,
    Updated,
}

/// What an import did.
pub(super) struct Report<'a> {
    pub outcome: Outcome,
    /// Nothing was written.
    pub dry_run: bool,
    pub provider: &'a ServiceProvider,
    pub import: Import,
    /// Relative to the tenant folder.
    pub file: &'a Path,
    /// The whole client.
    pub members: &'a Map<String, Value>,
}

impl Report<'_> {
    pub fn json(&self) -> Value {
        let taken = self.import.taken.iter().map(|taken| {
            let mut shown = json!({
                "member": taken.member, "from": taken.from, "status": status(taken), "value": taken.value
            });
            if let Before::Other(before) = &taken.before {
                shown["before"] = before.clone();
            }
            shown
        });
        let left = self.import.left.iter();
        let mut report = json!({
            "outcome": self.outcome.word(),
            "dry_run": self.dry_run,
            "client": {
                "name": self.members.get("name"), "client_id": self.members.get("client_id"),
                "file": self.file.display().to_string()
            },
            "entity_id": self.provider.entity_id,
            "signature": match &self.provider.trust {
                Trust::Unchecked => json!({"status": "not_checked"}),
                Trust::Verified(certificate) => json!({"status": "verified", "certificate": described(certificate)}),
            },
            "taken": taken.collect::<Vec<_>>(),
            "left": left.map(|left| json!({"what": left.what, "reason": left.reason})).collect::<Vec<_>>(),
            "warnings": self.import.warnings,
        });
        if self.dry_run {
            report["settings"] = Value::Object(self.members.clone());
        }
        report
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        let would = if self.dry_run { "would be " } else { "" };
        let name = self
            .members
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut line = |indent: usize, content: &str| {
            let _ = writeln!(text, "{:indent$}{}", "", printable(content));
        };
        line(
            0,
            &format!(
                "{would}{}: \"{name}\" in {}, for {}",
                self.outcome.word(),
                self.file.display(),
                self.provider.entity_id
            ),
        );
        if let Trust::Verified(certificate) = &self.provider.trust {
            line(0, &format!("signed by {}", described(certificate)));
        }
        line(0, "");
        line(0, "Taken");
        let width = self.import.taken.iter().map(|taken| taken.member.len()).max();
        let width = width.unwrap_or_default();
        for taken in &self.import.taken {
            let Taken {
                member, from, value, ..
            } = taken;
            let was = match &taken.before {
                Before::Absent => String::new(),
                Before::Same => "  (as it was)".to_owned(),
                Before::Other(before) => format!("  (was {})", shown(before)),
            };
            let value = match value {
                Value::Null => "removed".to_owned(),
                value => shown(value),
            };
            line(2, &format!("{member:<width$}  {value}{was}  <- {from}"));
        }
        for (title, entries) in [
            (
                "Left",
                self.import
                    .left
                    .iter()
                    .map(|left| format!("{}: {}", left.what, left.reason))
                    .collect(),
            ),
            ("Warnings", self.import.warnings.clone()),
        ] {
            let entries: Vec<String> = entries;
            if entries.is_empty() {
                continue;
            }
            line(0, "");
            line(0, title);
            for entry in &entries {
                line(2, entry);
            }
        }
        if self.dry_run {
            let members = format!("{:#}", Value::Object(self.members.clone()));
            let _ = write!(text, "\n{}\n", printable_lines(&members));
        }
        text
    }
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Unchanged => "unchanged",
            Self::Updated => "updated",
        }
    }
}

fn status(taken: &Taken) -> &'static str {
    match (&taken.before, &taken.value) {
        (Before::Absent, _) => "new",
        (Before::Same, _) => "same",
        (Before::Other(_), Value::Null) => "removed",
        (Before::Other(_), _) => "changed",
    }
}

/// A value on one line; of a PEM text only its kind and fingerprint.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains("-----BEGIN") => pem(text),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn pem(text: &str) -> String {
    if let Ok(certificate) = Certificate::from_pem(text) {
        return described(&certificate);
    }
    match PublicKey::from_pem(text) {
        Ok(key) => format!("key sha256:{}", key.fingerprint()),
        Err(_) => "a PEM text".to_owned(),
    }
}

/// Subject, end and fingerprint of the key.
fn described(certificate: &Certificate) -> String {
    let x509 = certificate.x509();
    let names = x509.subject_name().entries();
    let names: Vec<_> = names.filter_map(|entry| entry.data().to_string().ok()).collect();
    format!(
        "certificate \"{}\" until {}, key sha256:{}",
        names.join(", "),
        x509.not_after(),
        certificate.public_key().fingerprint()
    )
}
