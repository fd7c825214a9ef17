//! `postlogin import-sp`, as typed.

use crate::terminal::{Done, postlogin};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A tenant folder with one user and nothing else.
fn tenant() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "users.json",
        r#"[{"user_id": "auth0|1", "email": "ada@example.org", "name": "Ada Byron", "given_name": "Ada",
             "family_name": "Byron"}]"#,
    );
    folder
}

fn write(root: &Path, name: &str, text: &str) {
    let file = root.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/metadata")
        .join(name)
}

fn import(root: &Path, fixture_name: &str, options: &str) -> Done {
    postlogin("import-sp")
        .word(fixture(fixture_name))
        .word(root)
        .words(options)
        .run()
}

fn client(root: &Path, name: &str) -> Value {
    let file = root.join("clients").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn pem(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("certs").join(name)).unwrap()
}

/// Status of a member in the report.
fn status<'r>(report: &'r Value, member: &str) -> Option<&'r str> {
    let taken = report["taken"].as_array().unwrap();
    let taken = taken.iter().find(|taken| taken["member"] == member)?;
    taken["status"].as_str()
}

fn reason_of<'r>(report: &'r Value, what: &str) -> &'r str {
    let left = report["left"].as_array().unwrap();
    let left = left
        .iter()
        .find(|left| left["what"].as_str().unwrap().starts_with(what));
    left.unwrap_or_else(|| panic!("{what} is not among what was left: {report:#}"))["reason"]
        .as_str()
        .unwrap()
}

#[test]
fn every_imported_client_passes_the_check_and_logs_in_at_once() {
    for (fixture, name, acs) in [
        (
            "shibboleth.xml",
            "Research portal",
            "https://sp.example.org/Shibboleth.sso/SAML2/POST",
        ),
        (
            "mellon.xml",
            "intranet.example.org",
            "https://intranet.example.org/mellon/postResponse",
        ),
        ("saas.xml", "Helpdesk", "https://app.saas.example/saml/4711/acs"),
        ("minimal.xml", "sp.example", "https://sp.example/acs"),
    ] {
        let root = tenant();
        let report = import(root.path(), fixture, "").exits(0).json();
        assert_eq!(report["outcome"], "created", "{fixture}");
        assert_eq!(report["client"]["name"], name);
        let check = postlogin("check").word(root.path()).run().exits(0);
        match fixture {
            "minimal.xml" => check.says("no problems"),
            "mellon.xml" => check.says("(saml_identifying_attributes)").says(": 1 problem"),
            _ => check
                .says("(saml_required_attribute_missing)")
                .says("(saml_attributes_not_requested)")
                .never_says("unknown"),
        };
        let login = postlogin("run")
            .word(root.path())
            .words("--user ada@example.org --client");
        let login = login.word(name).run().exits(0).json();
        assert_eq!(login["saml"]["acs_url"], acs, "{fixture}");
        let entity = report["entity_id"].as_str().unwrap();
        let assertion = login["saml"]["assertion_xml"].as_str().unwrap();
        assert!(assertion.contains(&format!("<saml:Audience>{entity}</saml:Audience>")));
    }
}

#[test]
fn a_shibboleth_sp_is_taken_with_keys_methods_attributes_and_logout() {
    let root = tenant();
    let report = import(root.path(), "shibboleth.xml", "").exits(0).json();
    let client = client(root.path(), "Research portal");
    let addon = &client["addons"]["samlp"];
    assert_eq!(addon["signingCert"], pem("sp.crt"));
    assert_eq!(addon["encryptionCert"], pem("custom.crt"));
    assert_eq!(addon["encryptionAlgorithm"], "aes256-gcm");
    assert_eq!(addon["keyEncryptionAlgorithm"], "rsa-oaep-mgf1p");
    assert_eq!(
        addon["mappings"],
        json!({"email": "urn:oid:0.9.2342.19200300.100.1.3", "name": "urn:oid:2.16.840.1.113730.3.1.241"})
    );
    assert_eq!(
        addon["logout"],
        json!({"callback": "https://sp.example.org/Shibboleth.sso/SLO/POST", "slo_enabled": true,
               "binding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"})
    );
    assert!(reason_of(&report, "AssertionConsumerService 3 (HTTP-Artifact)").contains("HTTP-POST only"));
    let required =
        "RequestedAttribute urn:oid:1.3.6.1.4.1.5923.1.1.1.6 \"eduPersonPrincipalName\" (required)";
    assert!(reason_of(&report, required).contains("no profile property is known"));
}

#[test]
fn both_keys_of_a_service_providers_own_roll_over_are_kept() {
    let root = tenant();
    import(root.path(), "mellon.xml", "").exits(0);
    let client = client(root.path(), "intranet.example.org");
    let addon = &client["addons"]["samlp"];
    assert_eq!(addon["signingCert"], json!([pem("sp.crt"), pem("custom.crt")]));
    assert_eq!(addon["signAssertion"], true);
    let logout = &addon["logout"];
    assert_eq!(
        logout["binding"],
        "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
    );
    assert_eq!(
        logout["response_callback"],
        "https://intranet.example.org/mellon/logoutResponse"
    );
}

#[test]
fn a_service_provider_of_persistent_names_gets_the_same_one_each_time_and_no_user_id() {
    let root = tenant();
    let secret = "[saml]\npairwise_secret = \"0123456789abcdef0123456789abcdef\"\n";
    write(root.path(), "postlogin.toml", secret);
    let text = fs::read_to_string(fixture("mellon.xml")).unwrap();
    let file = root.path().join("sp.xml");
    fs::write(
        &file,
        text.replace("nameid-format:transient", "nameid-format:persistent"),
    )
    .unwrap();
    postlogin("import-sp")
        .word(&file)
        .word(root.path())
        .words("--name sp")
        .run()
        .exits(0);
    let name_id = || {
        let login = postlogin("run")
            .word(root.path())
            .words("--client sp --user ada@example.org");
        let login = login.run().exits(0).json();
        let assertion = login["saml"]["assertion_xml"].as_str().unwrap();
        let name_id = assertion.split_once("<saml:NameID ").unwrap().1;
        name_id.split_once("</saml:NameID>").unwrap().0.to_owned()
    };
    let first = name_id();
    assert!(
        first.contains("nameid-format:persistent") && !first.contains("auth0|1"),
        "{first}"
    );
    assert_eq!(name_id(), first);
}

#[test]
fn endpoints_are_taken_the_default_first_the_others_by_index() {
    let root = tenant();
    let report = import(root.path(), "saas.xml", "").exits(0).json();
    let client = client(root.path(), "Helpdesk");
    let url = |host: &str| format!("https://{host}.saas.example/saml/4711/acs");
    assert_eq!(client["callbacks"], json!([url("app"), url("us"), url("eu")]));
    assert_eq!(
        client["addons"]["samlp"]["assertionConsumerServices"],
        json!([{"index": 7, "url": url("app"), "isDefault": true}, {"index": 2, "url": url("us")},
               {"index": 10, "url": url("eu")}])
    );
    assert_eq!(client["addons"]["samlp"].get("signingCert"), None);
    assert!(reason_of(&report, "KeyDescriptor for signing").contains("AuthnRequestsSigned is not true"));
    assert!(reason_of(&report, "validUntil").contains("2040-01-01"));
}

#[test]
fn a_request_may_name_an_imported_endpoint_by_its_index() {
    let root = tenant();
    import(root.path(), "saas.xml", "").exits(0);
    let ask = |index: u32| {
        let request = root.path().join("request.xml");
        let text = format!(
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r{index}\" Version=\"2.0\" \
             IssueInstant=\"2026-03-04T05:06:07Z\" AssertionConsumerServiceIndex=\"{index}\">\
             <saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">https://app.saas.example/saml/4711\
             </saml:Issuer></samlp:AuthnRequest>"
        );
        fs::write(&request, text).unwrap();
        postlogin("run")
            .word(root.path())
            .words("--client Helpdesk --user ada@example.org --now 2026-03-04T05:06:07Z --authn-request")
            .word(request)
            .run()
    };
    let answered = ask(10).exits(0).json();
    assert_eq!(
        answered["saml"]["acs_url"],
        "https://eu.saas.example/saml/4711/acs"
    );
    let refused = ask(3).exits(3);
    assert!(
        refused.json().get("saml").is_none_or(Value::is_null),
        "{}",
        refused.out
    );
    refused.warns("AssertionConsumerServiceIndex 3 is not among");
}

#[test]
fn an_update_keeps_other_members_their_order_and_the_files_mode() {
    let root = tenant();
    let before = json!({
        "zone": "unknown members stay", "name": "payroll", "client_id": "abc",
        "callbacks": ["https://old.example/acs", "https://own.example/callback"],
        "client_metadata": {"b": "1", "a": "2"},
        "addons": {"other": {"x": 1}, "samlp": {
            "lifetimeInSeconds": 600, "audience": "urn:old",
            "nameIdentifierFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "mappings": {"email": ["mail"], "given_name": "FirstName"},
            "assertionConsumerServices": [{"index": 1, "url": "https://old.example/acs"}]
        }},
        "client_secret": "not to be shown or lost"
    });
    write(root.path(), "clients/x.json", &format!("{before:#}"));
    let file = root.path().join("clients/x.json");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

    let done = import(root.path(), "saas.xml", "--client abc").exits(0);
    let report = done.json();
    assert_eq!(report["outcome"], "updated");
    let after = client(root.path(), "x");
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before));
    for member in ["zone", "name", "client_id", "client_metadata", "client_secret"] {
        assert_eq!(after[member].to_string(), before[member].to_string());
    }
    let addon = &after["addons"]["samlp"];
    assert_eq!(names(addon)[..5], names(&before["addons"]["samlp"])[..]);
    assert_eq!(addon["lifetimeInSeconds"], 600);
    // One of the formats that the metadata names, so the client's choice stays.
    assert_eq!(status(&report, "addons.samlp.nameIdentifierFormat"), Some("same"));
    assert_eq!(
        addon["mappings"],
        json!({"email": ["mail", "email"], "given_name": "FirstName", "family_name": "LastName"})
    );
    // The endpoint of the earlier import goes, the callback that somebody else added stays.
    let callbacks = after["callbacks"].as_array().unwrap();
    assert!(!callbacks.contains(&json!("https://old.example/acs")));
    assert_eq!(callbacks.last(), Some(&json!("https://own.example/callback")));
    assert_eq!(status(&report, "addons.samlp.audience"), Some("changed"));
    let audience = &report["taken"]
        .as_array()
        .unwrap()
        .iter()
        .find(|taken| taken["member"] == "addons.samlp.audience");
    assert_eq!(audience.unwrap()["before"], "urn:old");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    done.never_says("not to be shown");
}

#[test]
fn the_same_metadata_again_finds_its_client_and_changes_nothing() {
    let root = tenant();
    for name in ["shibboleth.xml", "mellon.xml", "saas.xml", "minimal.xml"] {
        let first = import(root.path(), name, "").exits(0).json();
        let file = root.path().join(first["client"]["file"].as_str().unwrap());
        let written = fs::read_to_string(&file).unwrap();
        let again = import(root.path(), name, "").exits(0).json();
        assert_eq!(again["outcome"], "unchanged", "{again:#}");
        assert_eq!(again["client"], first["client"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), written);
    }
}

#[test]
fn a_dry_run_prints_the_client_and_writes_nothing() {
    let root = tenant();
    let report = import(root.path(), "minimal.xml", "--dry-run --name wiki")
        .exits(0)
        .json();
    assert_eq!(report["settings"]["name"], "wiki");
    assert_eq!(report["settings"]["callbacks"], json!(["https://sp.example/acs"]));
    assert!(!root.path().join("clients").exists());
    import(root.path(), "minimal.xml", "--dry-run --format text")
        .exits(0)
        .says("would be created: \"sp.example\" in clients/sp.example.json, for https://sp.example/metadata")
        .says("\"entityId\": \"https://sp.example/metadata\"");
}

#[test]
fn an_aggregate_is_asked_for_one_entity_and_its_signature_is_checked() {
    let root = tenant();
    import(root.path(), "federation.xml", "")
        .exits(1)
        .warns("describes 2 service providers; choose one with --entity-id: https://wiki.example/metadata, ");
    import(
        root.path(),
        "federation.xml",
        "--entity-id https://wiki.example/metadat",
    )
    .exits(1)
    .warns("did you mean https://wiki.example/metadata");
    let wiki = "--entity-id https://wiki.example/metadata --dry-run";
    let unchecked = import(root.path(), "federation.xml", wiki).exits(0).json();
    assert_eq!(unchecked["signature"]["status"], "not_checked");
    assert!(reason_of(&unchecked, "Signature").contains("--trust"));

    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let signed_by = |file: &Path, name: &str| {
        postlogin("import-sp")
            .word(file)
            .word(root.path())
            .words(wiki)
            .word("--trust")
            .word(project.join("certs").join(name))
            .run()
    };
    let checked = signed_by(&fixture("federation.xml"), "idp.crt").exits(0).json();
    assert_eq!(checked["signature"]["status"], "verified");
    signed_by(&fixture("federation.xml"), "sp.crt")
        .exits(1)
        .warns("the metadata cannot be trusted")
        .warns("nothing was changed");
    signed_by(&fixture("minimal.xml"), "idp.crt")
        .exits(1)
        .warns("does not describe https://wiki");

    let text = fs::read_to_string(fixture("federation.xml")).unwrap();
    let changed = root.path().join("changed.xml");
    fs::write(
        &changed,
        text.replace("https://wiki.example/acs", "https://evil.example/acs"),
    )
    .unwrap();
    signed_by(&changed, "idp.crt")
        .exits(1)
        .warns("was changed after signing");
    // The signed aggregate inside another one: the outermost signature must be the one that counts.
    let (_, aggregate) = text.split_once("?>").unwrap_or(("", &text));
    let evil = fs::read_to_string(fixture("minimal.xml"))
        .unwrap()
        .replace("https://sp.example/metadata", "https://evil.example/metadata");
    fs::write(
        &changed,
        format!("<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{evil}{aggregate}</EntitiesDescriptor>"),
    )
    .unwrap();
    signed_by(&changed, "idp.crt").exits(0);
    postlogin("import-sp")
        .word(&changed)
        .word(root.path())
        .words("--dry-run --entity-id https://evil.example/metadata --certificate")
        .word(project.join("certs/idp.crt"))
        .run()
        .exits(1)
        .warns("EntityDescriptor: the message must be signed, and is not");
}

#[test]
fn metadata_that_cannot_be_used_is_refused_by_its_reason_and_changes_nothing() {
    let cases = [
        (
            "bad-boolean.xml",
            "line 3, column 5: isDefault of AssertionConsumerService is neither true nor false",
        ),
        (
            "bad-certificate.xml",
            "line 6, column 11: the certificate for signing cannot be used",
        ),
        ("dtd.xml", "DTD not allowed"),
        (
            "duplicate-index.xml",
            "line 4, column 5: two AssertionConsumerService elements have the index 1",
        ),
        (
            "expired.xml",
            "the metadata has expired: EntityDescriptor is valid until 2024-06-30T00:00:00Z",
        ),
        (
            "idp-only.xml",
            "is no service provider: it has IDPSSODescriptor but no SPSSODescriptor",
        ),
        (
            "index-not-a-number.xml",
            "index of AssertionConsumerService is no number from 0 to 65535",
        ),
        (
            "javascript-acs.xml",
            "Location of AssertionConsumerService is no http or https URL",
        ),
        (
            "no-acs.xml",
            "takes no responses by HTTP-POST: it has no AssertionConsumerService",
        ),
        ("no-entity-id.xml", "entityID of EntityDescriptor is missing"),
        (
            "no-post-acs.xml",
            "takes no responses by HTTP-POST: it has HTTP-Artifact, PAOS",
        ),
        (
            "not-metadata.xml",
            "this is no SAML metadata: the document element is Response",
        ),
        ("not-well-formed.xml", "not well-formed XML"),
        ("not-xml.xml", "line 1, column 1: DTD not allowed"),
        (
            "relative-acs.xml",
            "Location of AssertionConsumerService is no absolute URL",
        ),
        ("saml-1.1.xml", "does not speak SAML 2.0"),
        ("twice.xml", "describes https://sp.example/metadata twice"),
    ];
    let fixtures = fs::read_dir(fixture("broken")).unwrap();
    assert_eq!(fixtures.count(), cases.len(), "each broken file has its reason");
    let root = tenant();
    let mine = r#"{"name": "mine", "addons": {"samlp": {}}, "callbacks": []}"#;
    write(root.path(), "clients/mine.json", mine);
    for (name, reason) in cases {
        import(root.path(), &format!("broken/{name}"), "--client mine")
            .exits(1)
            .warns(reason)
            .warns("nothing was changed");
    }
    import(
        root.path(),
        "broken/twice.xml",
        "--entity-id https://sp.example/metadata",
    )
    .exits(1)
    .warns("describes https://sp.example/metadata twice");
    assert_eq!(
        fs::read_to_string(root.path().join("clients/mine.json")).unwrap(),
        mine
    );
    assert_eq!(fs::read_dir(root.path().join("clients")).unwrap().count(), 1);
}

#[test]
fn an_endpoint_without_tls_and_a_fixed_recipient_are_warned_about() {
    let root = tenant();
    let text = fs::read_to_string(fixture("minimal.xml")).unwrap();
    let plain = root.path().join("plain.xml");
    fs::write(
        &plain,
        text.replace("https://sp.example/acs", "http://sp.example/acs"),
    )
    .unwrap();
    write(
        root.path(),
        "clients/sp.json",
        r#"{"name": "sp", "callbacks": [], "addons": {"samlp": {"recipient": "https://sp.example/old"}}}"#,
    );
    let report = postlogin("import-sp")
        .word(plain)
        .word(root.path())
        .words("--client sp")
        .run();
    let warnings = report.exits(0).json()["warnings"].to_string();
    assert!(
        warnings.contains("AssertionConsumerService http://sp.example/acs is not https"),
        "{warnings}"
    );
    assert!(
        warnings.contains("addons.samlp.recipient is set to https://sp.example/old"),
        "{warnings}"
    );
}

#[test]
fn metadata_out_of_order_are_taken_with_a_warning_that_says_what_inspect_says() {
    for (case, said) in [
        (
            "metadata-keys-last",
            "line 4, column 1: KeyDescriptor stands too late in SPSSODescriptor; the order is",
        ),
        (
            "metadata-extensions-last",
            "line 4, column 1: Extensions stands too late in SPSSODescriptor; the order is",
        ),
        (
            "metadata-logout-last",
            "line 4, column 1: SingleLogoutService stands too late in SPSSODescriptor; the order",
        ),
    ] {
        let root = tenant();
        let file = format!("fixtures/inspect/{case}/message.xml");
        let report = postlogin("import-sp")
            .word(&file)
            .word(root.path())
            .run()
            .exits(0)
            .json();
        let warnings = report["warnings"].as_array().unwrap();
        let told = warnings
            .iter()
            .filter(|warning| warning.as_str().unwrap().starts_with(said));
        assert_eq!(told.count(), 1, "{case}: {warnings:?}");
    }
    let root = tenant();
    let report = postlogin("import-sp")
        .word("fixtures/inspect/good-metadata-in-order/message.xml")
        .word(root.path())
        .run();
    assert!(
        !report.exits(0).json()["warnings"]
            .to_string()
            .contains("(schema of")
    );
}

/// With the extensions that federations add: interface, registration, categories, algorithms, discovery, contacts,
/// scopes.
#[test]
fn service_providers_as_federations_publish_them_are_taken_and_nothing_is_wrong_with_them() {
    for (file, entity) in [
        ("research", "https://reef.example/shibboleth"),
        (
            "php",
            "https://tide.example/module.php/saml/sp/metadata.php/default-sp",
        ),
        ("pairwise", "https://delta.example/sp"),
    ] {
        let name = format!("federations/{file}.xml");
        let root = tenant();
        let report = import(
            root.path(),
            &name,
            &format!("--entity-id {entity} --now 2026-01-15T12:00:00Z"),
        );
        let warnings = report.exits(0).json()["warnings"].to_string();
        assert!(!warnings.contains("(schema of"), "{warnings}");
        let inspected = postlogin("inspect --now 2026-01-15T12:00:00Z")
            .word(fixture(&name))
            .run();
        let findings = inspected.json()["findings"].clone();
        let grave = findings
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["severity"] != "note");
        assert_eq!(grave.count(), 0, "{file}: {findings:#}");
    }
}

#[test]
fn a_name_that_is_taken_and_a_file_that_cannot_be_kept_are_refused() {
    let root = tenant();
    write(
        root.path(),
        "clients/a.json",
        "{\"name\": \"a\", \"callbacks\": @@LIST@@, \"addons\": {\"samlp\": {}}}",
    );
    import(root.path(), "minimal.xml", "--name a --var LIST=[]")
        .exits(1)
        .warns("there is a client \"a\" already");
    let file = root.path().join("clients/a.json");
    let before = fs::read_to_string(&file).unwrap();
    import(root.path(), "minimal.xml", "--client a --var LIST=[]")
        .exits(1)
        .warns("a placeholder outside of quotes cannot be kept");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    import(root.path(), "minimal.xml", "--name ../../evil").exits(0);
    assert!(root.path().join("clients/-..-evil.json").exists());

    let yaml = tempfile::tempdir().unwrap();
    write(yaml.path(), "tenant.yaml", "clients: []\n");
    import(yaml.path(), "minimal.xml", "")
        .exits(1)
        .warns("the tenant's clients are in tenant.yaml");
}
