//! What `check` says of the attributes of an application without a login.

use super::*;
use crate::tenant::RequestedAttribute;
use serde_json::json;

/// What is known of one tenant.
struct Known {
    users: Option<Value>,
    attributes: Option<Vec<String>>,
    claims: Option<Vec<String>>,
    setters: &'static [&'static str],
}

impl Default for Known {
    /// A user with an address and a colour, and no Action.
    fn default() -> Self {
        let user =
            json!({"user_id": "auth0|1", "email": "ada@lake.example", "user_metadata": {"color": "red"}});
        Self {
            users: Some(user),
            attributes: Some(Vec::new()),
            claims: Some(Vec::new()),
            setters: &[],
        }
    }
}

/// The codes of what is found, with the messages.
fn found(addon: &Value, known: &Known) -> Vec<(String, String)> {
    let client: Client = serde_json::from_value(json!({
        "name": "app", "callbacks": ["https://sp.example/acs"], "addons": {"samlp": addon}
    }))
    .unwrap();
    let users = known
        .users
        .clone()
        .map(|user| Profile(user.as_object().unwrap().clone()));
    let findings = foresee(
        &client,
        &SamlConfig::default(),
        &Foreseen {
            users: users.as_ref(),
            attributes: known.attributes.as_deref(),
            claims: known.claims.as_deref(),
            may_call: &|method| known.setters.contains(&method),
        },
    );
    findings
        .into_iter()
        .map(|finding| (finding.code, finding.message))
        .collect()
}

fn codes(addon: &Value, known: &Known) -> Vec<String> {
    found(addon, known).into_iter().map(|(code, _)| code).collect()
}

fn requiring(names: &[&str]) -> Value {
    let attributes: Vec<_> = names
        .iter()
        .map(|name| RequestedAttribute {
            name: (*name).to_owned(),
            is_required: true,
            ..RequestedAttribute::default()
        })
        .collect();
    json!({"attributeConsumingServices": [{"attributes": attributes}], "passthroughClaimsWithNoMapping": false,
           "mapIdentities": false, "createUpnClaim": false, "mappings": {"email": "mail"}})
}

#[test]
fn a_required_attribute_is_missed_only_where_nothing_can_give_it() {
    let missing = ["saml_required_attribute_missing"];
    assert_eq!(codes(&requiring(&["mail"]), &Known::default()), [""; 0]);
    assert_eq!(codes(&requiring(&["mail", "role"]), &Known::default()), missing);
    let by_action = Known {
        attributes: Some(vec!["role".to_owned()]),
        ..Known::default()
    };
    assert_eq!(codes(&requiring(&["mail", "role"]), &by_action), [""; 0]);
    let unseen = Known {
        attributes: None,
        ..Known::default()
    };
    assert_eq!(codes(&requiring(&["mail", "role"]), &unseen), [""; 0]);
    let nobody = Known {
        users: None,
        ..Known::default()
    };
    assert_eq!(codes(&requiring(&["mail", "role"]), &nobody), missing);
    let mut addon = requiring(&["mail"]);
    addon["mappings"] = json!({"e_mail": "mail"});
    let all = found(&addon, &Known::default());
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0]
            .1
            .contains("the profile property 'e_mail', which no user has"),
        "{all:?}"
    );
}

#[test]
fn a_mapping_from_what_nobody_has_is_named() {
    let addon = || {
        json!({"mappings": {
            "email": "mail", "user_metadata.color": "color", "clientID": "app", "updated_at": "changed",
            "department": ["dept", "ou"], "user_metadata.size": "size"
        }})
    };
    let unknown = ["mapping_source_unknown"; 2];
    assert_eq!(codes(&addon(), &Known::default()), unknown);
    let by_claim = Known {
        claims: Some(vec!["department".to_owned()]),
        setters: &["setUserMetadata"],
        ..Known::default()
    };
    assert_eq!(codes(&addon(), &by_claim), [""; 0]);
    for unseen in [
        Known {
            claims: None,
            ..Known::default()
        },
        Known {
            users: None,
            ..Known::default()
        },
    ] {
        assert_eq!(codes(&addon(), &unseen), [""; 0]);
    }
}

#[test]
fn what_was_not_asked_for_is_named_unless_an_action_decides() {
    let mut addon = requiring(&["mail"]);
    addon["mappings"] = json!({"email": ["mail", "address"]});
    assert_eq!(
        codes(&addon, &Known::default()),
        ["saml_attributes_not_requested"]
    );
    for decided in [
        Known {
            setters: &["setPassthroughClaimsWithNoMapping"],
            ..Known::default()
        },
        Known {
            attributes: Some(vec!["address".to_owned()]),
            ..Known::default()
        },
    ] {
        assert_eq!(codes(&addon, &decided), [""; 0]);
    }
}

#[test]
fn formats_that_no_standard_names_are_told_with_the_one_that_was_meant() {
    for format in FORMATS {
        assert_eq!(
            codes(&json!({"nameIdentifierFormat": format}), &Known::default()),
            [""; 0]
        );
    }
    let all = found(
        &json!({"nameIdentifierFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:emailAddress"}),
        &Known::default(),
    );
    assert_eq!(all[0].0, "name_id_format_unknown");
    assert!(
        all[0]
            .1
            .contains("did you mean urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"),
        "{all:?}"
    );
}

#[test]
fn a_class_that_the_standard_does_not_have_is_named() {
    let class = |name: &str| json!({"authnContextClassRef": format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{name}")});
    assert_eq!(codes(&class("Password"), &Known::default()), [""; 0]);
    assert_eq!(
        codes(&class("Passwort"), &Known::default()),
        ["authn_context_unknown"]
    );
}

#[test]
fn probes_that_no_user_has_fail_every_login() {
    let probes = |names: &[&str]| json!({"nameIdentifierProbes": names});
    assert_eq!(
        codes(&probes(&["mail"]), &Known::default()),
        ["name_id_probes_unknown"]
    );
    let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
    assert_eq!(codes(&probes(&["mail", claim]), &Known::default()), [""; 0]);
    for given in [
        Known {
            attributes: Some(vec!["mail".to_owned()]),
            ..Known::default()
        },
        Known {
            setters: &["setNameIdentifierProbes"],
            ..Known::default()
        },
    ] {
        assert_eq!(codes(&probes(&["mail"]), &given), [""; 0]);
    }
    assert_eq!(
        codes(
            &json!({"nameIdentifierProbes": ["mail"], "nameIdentifierSource": "transient",
        "passthroughClaimsWithNoMapping": false, "mapIdentities": false, "createUpnClaim": false,
        "mappings": {"locale": []}}),
            &Known::default()
        ),
        [""; 0]
    );
}

#[test]
fn endpoints_beside_the_callbacks_are_named() {
    let services = json!({"assertionConsumerServices": [
        {"index": 0, "url": "https://sp.example/acs"}, {"index": 1, "url": "https://sp.example/other"}]});
    let all = found(&services, &Known::default());
    assert_eq!(all[0].0, "acs_not_in_callbacks");
    assert!(all[0].1.contains("them: https://sp.example/other;"), "{all:?}");
}
