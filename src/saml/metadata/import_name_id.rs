//! Which NameID a service provider gets: the format, where its text comes from, and whether a request chooses.

use super::import::{ClientUpdate, SAMLP};
use super::sp::ServiceProvider;
use super::sp_reader::short;
use crate::tenant::SamlConfig;
use serde_json::{Value, json};

/// `nameIdentifierFormat`: the first format that can be given, unless the client has one of the others already. Where
/// several can be given, `honorNameIdPolicy` lets a request choose among them (SAML core 3.4.1.1).
pub(super) fn take(provider: &ServiceProvider, update: &mut ClientUpdate<'_>, config: &SamlConfig) {
    let mut listed: Vec<&str> = Vec::new();
    for format in &provider.name_id_formats {
        if !FORMATS.contains(&format.as_str()) {
            update.leave(
                format!("NameIDFormat {}", short(format)),
                "no NameID of this format can be given",
            );
        } else if !listed.contains(&format.as_str()) {
            listed.push(format);
        }
    }
    let current = update.addon_text(FORMAT).map(str::to_owned);
    let of_client = current
        .clone()
        .filter(|current| provider.name_id_formats.contains(current));
    let Some(chosen) = of_client.or_else(|| listed.first().map(|&first| first.to_owned())) else {
        return;
    };
    let is_new = current.is_none();
    update.put(&SAMLP, FORMAT, FROM, json!(chosen));
    let decided = ["nameIdentifierProbes", "nameIdentifierSource"];
    let is_open = is_new
        && decided
            .iter()
            .all(|member| update.member(&SAMLP, member).is_none());
    let has_secret = config.pairwise_secret.is_some();
    // What these formats mean (SAML core 8.3.7 and 8.3.8), unless the client has a NameID of its own making.
    match chosen.as_str() {
        PERSISTENT if is_open && !has_secret => update.import.warnings.push(
            "the service provider wants persistent NameIDs, which should differ from one service provider to the next; \
             it gets the user id until you set pairwise_secret under [saml] in postlogin.toml and \
             addons.samlp.nameIdentifierSource to \"pairwise\""
                .to_owned(),
        ),
        PERSISTENT if is_open => update.put(&SAMLP, SOURCE, FROM, json!("pairwise")),
        TRANSIENT if is_open => update.put(&SAMLP, SOURCE, FROM, json!("transient")),
        _ => {}
    }
    // Without it the NameID would be the user id, which is no address.
    if chosen == EMAIL && update.member(&SAMLP, "nameIdentifierProbes").is_none() {
        update.put(&SAMLP, "nameIdentifierProbes", FROM, json!([EMAIL_CLAIM]));
    }
    if listed.iter().any(|format| *format != chosen) {
        let of_request = listed.contains(&PERSISTENT) && (chosen != PERSISTENT || !is_open);
        honor(update, of_request && !has_secret);
    }
}

/// Lets a request choose the format, unless the client says that it must not. `lacks_secret` tells that a request for
/// a persistent NameID would fail.
fn honor(update: &mut ClientUpdate<'_>, lacks_secret: bool) {
    const MEMBER: &str = "honorNameIdPolicy";
    if update.member(&SAMLP, MEMBER) == Some(&Value::Bool(false)) {
        return update.leave(
            "other NameIDFormat elements",
            "a request may name any of them in its NameIDPolicy, but addons.samlp.honorNameIdPolicy of the client is \
             false, so the setting is kept and every response carries the one format",
        );
    }
    update.put(&SAMLP, MEMBER, FROM, json!(true));
    if lacks_secret {
        update.import.warnings.push(
            "a request may ask for persistent NameIDs; such a request is refused until you set pairwise_secret under \
             [saml] in postlogin.toml"
                .to_owned(),
        );
    }
}

const FROM: &str = "NameIDFormat";
const FORMAT: &str = "nameIdentifierFormat";
const SOURCE: &str = "nameIdentifierSource";

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const EMAIL_CLAIM: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

/// Formats that a NameID can have.
const FORMATS: [&str; 4] = [
    EMAIL,
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
    PERSISTENT,
    TRANSIENT,
];

#[cfg(test)]
mod tests {
    use super::super::import::tests::{import_into, import_with, plain_provider};
    use super::*;
    use crate::tenant::PairwiseSecret;

    #[test]
    fn a_new_format_comes_with_the_names_that_it_means() {
        let asking = |format: &str| ServiceProvider {
            name_id_formats: vec![format.to_owned()],
            ..plain_provider()
        };
        for (format, source) in [(PERSISTENT, "pairwise"), (TRANSIENT, "transient")] {
            let config = SamlConfig {
                pairwise_secret: Some(PairwiseSecret::from("0123456789abcdef0123456789abcdef")),
                ..SamlConfig::default()
            };
            let (addon, _) = import_with(&asking(format), json!({}), &config);
            assert_eq!(addon["nameIdentifierSource"], source);
            for own in [
                json!({"nameIdentifierFormat": format}),
                json!({"nameIdentifierProbes": ["mail"]}),
                json!({"nameIdentifierSource": "probes"}),
            ] {
                let (addon, _) = import_with(&asking(format), own, &config);
                assert_ne!(
                    addon.get("nameIdentifierSource"),
                    Some(&json!(source)),
                    "{addon:?}"
                );
            }
        }
        let (addon, import) = import_into(&asking(PERSISTENT), json!({}));
        assert_eq!(addon.get("nameIdentifierSource"), None);
        assert!(
            import.warnings[0].contains("set pairwise_secret"),
            "{:?}",
            import.warnings
        );
        let (addon, _) = import_into(&asking(EMAIL), json!({}));
        assert_eq!(addon["nameIdentifierProbes"], json!([EMAIL_CLAIM]));
        let (addon, import) = import_into(&asking("urn:x:own-format"), json!({}));
        assert_eq!(addon.get("nameIdentifierFormat"), None);
        assert!(import.left[0].reason.contains("no NameID of this format"));
    }

    #[test]
    fn of_several_formats_the_request_chooses_unless_the_client_says_no() {
        let asking = |formats: &[&str]| ServiceProvider {
            name_id_formats: formats.iter().map(|format| (*format).to_owned()).collect(),
            ..plain_provider()
        };
        let honors = |formats: &[&str], addon: Value| {
            let (addon, import) = import_into(&asking(formats), addon);
            let warnings = import.warnings.join("\n");
            (
                addon.get("honorNameIdPolicy").cloned(),
                warnings.contains("a request may ask for persistent"),
            )
        };
        let unspecified = FORMATS[1];
        for (formats, honored) in [
            (
                &[EMAIL, unspecified, TRANSIENT, PERSISTENT][..],
                (Some(json!(true)), true),
            ),
            (&[EMAIL, TRANSIENT], (Some(json!(true)), false)),
            (&[EMAIL], (None, false)),
            (&[EMAIL, EMAIL, "urn:x:own"], (None, false)),
            (&[], (None, false)),
        ] {
            assert_eq!(honors(formats, json!({})), honored, "{formats:?}");
        }
        assert_eq!(
            honors(&[EMAIL, TRANSIENT], json!({"honorNameIdPolicy": false})),
            (Some(json!(false)), false)
        );
        let (_, import) = import_into(&asking(&[EMAIL, TRANSIENT]), json!({"honorNameIdPolicy": false}));
        assert!(
            import.left[0].reason.contains("the setting is kept"),
            "{:?}",
            import.left
        );
    }
}
