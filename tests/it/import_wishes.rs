//! What a service provider asks for in its metadata: an import uses it or keeps it, and logins are held to it.

use crate::terminal::{Done, postlogin};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const TRANSIENT: &str = "<NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</NameIDFormat>";

/// A tenant folder with one user, in which `files` stand too.
fn tenant(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let user =
        r#"[{"user_id": "auth0|1", "email": "ada@lake.example", "name": "Ada Byron", "given_name": "Ada"}]"#;
    for (name, text) in [("users.json", user)].iter().chain(files) {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

/// An entity with `extensions`, and a role that holds `inside` beside its endpoint.
fn entity(name: &str, extensions: &str, inside: &str) -> String {
    let (before, after) = inside.split_once("<AttributeConsumingService").map_or_else(
        || (inside, String::new()),
        |(before, after)| (before, format!("<AttributeConsumingService{after}")),
    );
    format!(
        "<EntityDescriptor xmlns=\"{METADATA}\" entityID=\"{name}\">{extensions}<SPSSODescriptor \
         protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{before}<AssertionConsumerService \
         Binding=\"{POST}\" Location=\"https://sp.example/acs\" index=\"0\"/>{after}</SPSSODescriptor></EntityDescriptor>"
    )
}

fn import(root: &Path, metadata: &str, options: &str) -> Done {
    let file = root.join("sp.xml");
    fs::write(&file, metadata).unwrap();
    postlogin("import-sp").word(&file).word(root).words(options).run()
}

fn run(root: &Path, options: &str) -> Done {
    postlogin("run")
        .word(root)
        .words("--client app --user ada@lake.example --now 2026-12-01T12:00:00Z")
        .words(options)
        .run()
}

fn addon(root: &Path) -> Value {
    let text = fs::read_to_string(root.join("clients/app.json")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["addons"]["samlp"].take()
}

/// Messages of the warnings with this code.
fn warnings(result: &Value, code: &str) -> Vec<String> {
    let all = result["warnings"].as_array().unwrap().iter();
    let of_code = all.filter(|warning| warning["code"] == code);
    of_code
        .map(|warning| warning["message"].as_str().unwrap().to_owned())
        .collect()
}

const ROLES: &str = "<AttributeConsumingService index=\"1\"><ServiceName xml:lang=\"en\">Console</ServiceName>\
    <RequestedAttribute isRequired=\"true\" Name=\"https://cloud.example/Role\" FriendlyName=\"Role\"/>\
    <RequestedAttribute isRequired=\"true\" Name=\"mail\"/><RequestedAttribute Name=\"urn:oid:2.5.4.3\"/>\
    </AttributeConsumingService>";

#[test]
fn responses_are_signed_with_what_the_service_provider_verifies() {
    let root = tenant(&[]);
    let listed = "<Extensions xmlns:alg=\"urn:oasis:names:tc:SAML:metadata:algsupport\">\
        <alg:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha512\"/>\
        <alg:SigningMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512\"/>\
        <alg:SigningMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512\"/></Extensions>";
    let report = import(root.path(), &entity("urn:sp", listed, ""), "--name app")
        .exits(0)
        .json();
    assert_eq!(report["left"], json!([]));
    let xml = run(root.path(), "").exits(0).json()["saml"]["xml"].to_string();
    assert!(
        xml.contains("xmldsig-more#rsa-sha512") && xml.contains("xmlenc#sha512"),
        "{xml}"
    );
    // What the role says wins over what the entity says, each kind by itself.
    let of_role = listed
        .replace("rsa-sha512", "rsa-sha384")
        .replace("alg:DigestMethod", "alg:Unknown");
    let metadata = entity("urn:sp", listed, &of_role);
    let report = import(root.path(), &metadata, "--client app").exits(0).json();
    assert_eq!(addon(root.path())["signatureAlgorithm"], "rsa-sha384");
    assert_eq!(addon(root.path())["digestAlgorithm"], "sha512");
    assert_eq!(
        report["left"],
        json!([{"what": "Extensions", "reason": "nothing is read from Unknown"}])
    );
}

#[test]
fn a_request_chooses_among_the_formats_of_the_metadata() {
    let root = tenant(&[(
        "postlogin.toml",
        "[saml]\npairwise_secret = \"0123456789abcdef0123456789abcdef\"\n",
    )]);
    let format = |name: &str| format!("<NameIDFormat>urn:oasis:names:tc:SAML:{name}</NameIDFormat>");
    let formats = ["1.1:nameid-format:emailAddress", "2.0:nameid-format:persistent"].map(format);
    import(
        root.path(),
        &entity("urn:sp", "", &formats.concat()),
        "--name app",
    )
    .exits(0);
    let request = root.path().join("request.xml");
    let text = "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" ID=\"_r1\" Version=\"2.0\" \
        IssueInstant=\"2026-12-01T12:00:00Z\"><Issuer xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\">urn:sp</Issuer>\
        <samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\"/></samlp:AuthnRequest>";
    fs::write(&request, text).unwrap();
    let assertion =
        |options: &str| run(root.path(), options).exits(0).json()["saml"]["assertion_xml"].to_string();
    assert!(assertion("").contains("nameid-format:emailAddress"));
    let asked = assertion(&format!("--authn-request {}", request.display()));
    assert!(asked.contains("nameid-format:persistent"), "{asked}");
}

#[test]
fn a_login_names_what_the_service_provider_lacks_and_what_it_did_not_ask_for() {
    let action = "exports.onExecutePostLogin = async (event, api) => {\n\
        api.samlResponse.setAttribute('https://cloud.example/Role', 'reader');\n};\n";
    let root = tenant(&[("role.js", action)]);
    import(root.path(), &entity("urn:sp", "", ROLES), "--name app").exits(0);
    assert_eq!(
        addon(root.path())["attributeConsumingServices"],
        json!([{"index": 1, "isDefault": true, "attributes": [
            {"name": "https://cloud.example/Role", "friendlyName": "Role", "isRequired": true},
            {"name": "mail", "isRequired": true}, {"name": "urn:oid:2.5.4.3"}]}])
    );
    let result = run(root.path(), "").exits(0).json();
    let missing = warnings(&result, "saml_required_attribute_missing");
    assert_eq!(missing.len(), 1, "{missing:?}");
    assert!(
        missing[0].contains("https://cloud.example/Role \"Role\"") && missing[0].contains("setAttribute"),
        "{missing:?}"
    );
    let beyond = warnings(&result, "saml_attributes_not_requested");
    assert_eq!(beyond.len(), 1);
    assert!(beyond[0].contains("http://schemas.auth0.com/given_name") && !beyond[0].contains("mail"));
    run(root.path(), "--strict")
        .exits(3)
        .warns("lacks the attribute https://cloud.example/Role");

    let role = format!("--action {}", root.path().join("role.js").display());
    let result = run(root.path(), &role).exits(0).json();
    assert_eq!(warnings(&result, "saml_required_attribute_missing"), [""; 0]);
    let users = r#"[{"user_id": "auth0|1", "email": "ada@lake.example", "name": "Ada Byron"}]"#;
    fs::write(
        root.path().join("users.json"),
        users.replace("\"email\"", "\"address\""),
    )
    .unwrap();
    let by_id = postlogin("run")
        .word(root.path())
        .words("--client app --user auth0|1")
        .words(&role)
        .run();
    let missing = warnings(&by_id.exits(0).json(), "saml_required_attribute_missing");
    assert!(
        missing[0].contains("the profile property 'email', for which the user has no value"),
        "{missing:?}"
    );
}

#[test]
fn check_and_inspect_hold_the_application_to_what_was_asked_for() {
    let root = tenant(&[]);
    import(root.path(), &entity("urn:sp", "", ROLES), "--name app").exits(0);
    let check = || postlogin("check").word(root.path()).run();
    check()
        .exits(0)
        .says("nothing gives the attribute https://cloud.example/Role \"Role\"")
        .says("(saml_required_attribute_missing)")
        .says("(saml_attributes_not_requested)")
        .never_says("nothing gives the attribute mail");
    postlogin("check")
        .word(root.path())
        .word("--strict")
        .run()
        .exits(1);
    let response = root.path().join("response.txt");
    fs::write(
        &response,
        run(root.path(), "").exits(0).json()["saml"]["response"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    let inspect = |client: &str| {
        postlogin("inspect")
            .word(&response)
            .word("--tenant")
            .word(root.path())
            .words(client)
            .words("--now 2026-12-01T12:00:00Z --format json")
            .run()
            .exits(0)
            .json()
    };
    let codes = |report: &Value| {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let found = codes(&inspect("--client app"));
    for code in ["attribute_required_missing", "attributes_not_requested"] {
        assert!(found.iter().any(|one| one == code), "{found:?}");
        assert!(!codes(&inspect("")).iter().any(|one| one == code));
    }

    // An Action that is bound and can be read gives it; one that cannot be read may.
    let bind = |code: &str| {
        let write = |name: &str, text: &str| {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write(
            "actions/roles.json",
            r#"{"name": "roles", "code": "./actions/roles/code.js", "runtime": "node22",
            "supported_triggers": [{"id": "post-login", "version": "v3"}], "deployed": true}"#,
        );
        let code = format!("exports.onExecutePostLogin = async (event, api) => {{ {code} }};\n");
        write("actions/roles/code.js", &code);
        write(
            "triggers/triggers.json",
            r#"{"post-login": [{"action_name": "roles", "display_name": "roles"}]}"#,
        );
    };
    for code in [
        "api.samlResponse.setAttribute('https://cloud.example/Role', 'reader');",
        "for (const [name, value] of Object.entries(event.user.app_metadata)) api.samlResponse.setAttribute(name, value);",
    ] {
        bind(code);
        check().exits(0).never_says("saml_required_attribute_missing");
    }
    bind("const { get } = require('axios'); require('crypto'); await get('https://a.example/');");
    check()
        .exits(0)
        .says("actions/roles/code.js:1: warning: Action 'roles': cannot find module 'axios'")
        .says("saml_required_attribute_missing");
    bind("require('./shared')");
    check()
        .exits(0)
        .says("cannot find module './shared'")
        .says("add the file beside the code of the Action");
    bind("const { get } = require('axios'); require('crypto'); await get('https://a.example/');");
    let package = root.path().join("node_modules/axios");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("index.js"), "exports.get = () => {};").unwrap();
    check().exits(0).never_says("module_not_installed");
}

#[test]
fn only_what_was_requested_is_sent_where_the_import_is_told_so() {
    let root = tenant(&[]);
    import(
        root.path(),
        &entity("urn:sp", "", ROLES),
        "--name app --only-requested",
    )
    .exits(0);
    let result = run(root.path(), "").exits(0).json();
    assert_eq!(warnings(&result, "saml_attributes_not_requested"), [""; 0]);
    let assertion = result["saml"]["assertion_xml"].as_str().unwrap();
    let names: Vec<_> = assertion.split("<saml:Attribute Name=\"").skip(1).collect();
    let names: Vec<_> = names.iter().map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(names, ["mail", "urn:oid:2.5.4.3"]);
    let again = import(root.path(), &entity("urn:sp", "", ROLES), "--only-requested")
        .exits(0)
        .json();
    assert_eq!(again["outcome"], "unchanged");

    // A service provider that asks for nothing gets nothing.
    let silent = tenant(&[]);
    import(
        silent.path(),
        &entity("urn:sp", "", ""),
        "--name app --only-requested",
    )
    .exits(0);
    let assertion = run(silent.path(), "").exits(0).json()["saml"]["assertion_xml"].to_string();
    assert!(!assertion.contains("<saml:Attribute "), "{assertion}");
}

#[test]
fn who_is_not_to_know_its_users_is_warned_about_what_tells_them() {
    let category = |name: &str| {
        format!(
            "<Extensions><mdattr:EntityAttributes xmlns:mdattr=\"urn:oasis:names:tc:SAML:metadata:attribute\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:Attribute Name=\"http://macedir.org/entity-category\">\
             <saml:AttributeValue>https://refeds.org/category/{name}</saml:AttributeValue></saml:Attribute><saml:Attribute \
             Name=\"urn:oasis:names:tc:SAML:profiles:subject-id:req\"><saml:AttributeValue>pairwise-id</saml:AttributeValue>\
             </saml:Attribute></mdattr:EntityAttributes></Extensions>"
        )
    };
    for (extensions, inside, why) in [
        (category("pseudonymous"), "", "users under a pseudonym"),
        (category("anonymous"), "", "anonymous users"),
        (String::new(), TRANSIENT, "the NameID is transient"),
    ] {
        let root = tenant(&[]);
        let metadata = entity("urn:sp", &extensions, inside);
        let report = import(root.path(), &metadata, "--name app").exits(0).json();
        let warned = report["warnings"].to_string();
        assert!(
            warned.contains(why) && warned.contains("--only-requested"),
            "{warned}"
        );
        let result = run(root.path(), "").exits(0).json();
        let warned = warnings(&result, "saml_identifying_attributes");
        assert!(
            warned[0].contains(why) && warned[0].contains("claims/emailaddress"),
            "{warned:?}"
        );
        assert_eq!(
            warnings(&result, "saml_subject_id_missing").len(),
            usize::from(!extensions.is_empty())
        );
        let report = import(root.path(), &metadata, "--only-requested").exits(0).json();
        assert!(!report["warnings"].to_string().contains(why), "{report:#}");
        assert_eq!(
            warnings(
                &run(root.path(), "").exits(0).json(),
                "saml_identifying_attributes"
            ),
            [""; 0]
        );
    }
}

#[test]
fn a_choice_is_asked_for_only_where_there_is_one() {
    let idp = "<EntityDescriptor entityID=\"urn:idp\"><IDPSSODescriptor \
        protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/></EntityDescriptor>";
    let of = |name: &str| entity(name, "", "");
    let expired = of("urn:old").replace("entityID", "validUntil=\"2020-01-01T00:00:00Z\" entityID");
    let group =
        |inside: &str| format!("<EntitiesDescriptor xmlns=\"{METADATA}\">{inside}</EntitiesDescriptor>");
    let root = tenant(&[]);
    let nested = group(&(idp.to_owned() + &group(&(expired.clone() + &of("urn:sp")))));
    let report = import(root.path(), &nested, "--name app").exits(0).json();
    assert_eq!(report["entity_id"], "urn:sp");
    assert_eq!(
        report["left"][0],
        json!({"what": "EntityDescriptor urn:idp", "reason": "it is no service provider"})
    );
    assert!(
        report["left"][1]["reason"]
            .as_str()
            .unwrap()
            .contains("has expired")
    );

    import(
        root.path(),
        &group(&(idp.to_owned() + &of("urn:sp") + &of("urn:sp:2"))),
        "--name other",
    )
    .exits(1)
    .warns("describes 2 service providers; choose one with --entity-id: urn:sp, urn:sp:2\n");
    import(root.path(), &nested, "--name other --entity-id urn:idp")
        .exits(1)
        .warns("urn:idp is no service provider: it has IDPSSODescriptor");
    import(root.path(), &group(&(idp.to_owned() + &expired)), "--name other")
        .exits(1)
        .warns("describes 2 entities, and none of them can be imported: urn:idp is no service provider")
        .warns("the metadata has expired");

    let artifact = "<SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
        <AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\" \
        Location=\"https://sp.example/artifact\" index=\"0\"/></SPSSODescriptor>";
    let two = of("urn:two").replacen("<SPSSODescriptor", &format!("{artifact}<SPSSODescriptor"), 1);
    let report = import(root.path(), &two, "--name two").exits(0).json();
    assert_eq!(report["left"][0]["what"], "SPSSODescriptor");
}

#[test]
fn a_service_provider_that_calls_itself_dots_is_found_again() {
    for name in ["..", ".", "a/../b", "web", "x\u{7}y"] {
        let root = tenant(&[(
            "clients/Web.json",
            r#"{"name": "Web", "client_id": "w", "callbacks": []}"#,
        )]);
        let shown = name.replace('\u{7}', " ");
        let organization = format!(
            "<Organization><OrganizationName xml:lang=\"en\">x</OrganizationName><OrganizationDisplayName xml:lang=\"en\">\
             {shown}</OrganizationDisplayName><OrganizationURL xml:lang=\"en\">https://sp.example/</OrganizationURL>\
             </Organization></EntityDescriptor>"
        );
        let metadata =
            entity("https://shop.example/saml", "", "").replace("</EntityDescriptor>", &organization);
        let report = import(root.path(), &metadata, "").exits(0).json();
        assert_eq!(report["client"]["name"], *shown);
        let file = report["client"]["file"].as_str().unwrap();
        assert!(
            root.path().join(file).starts_with(root.path().join("clients")),
            "{file}"
        );
        let login = postlogin("run")
            .word(root.path())
            .words("--user ada@lake.example --protocol samlp --client");
        login.word(&shown).run().exits(0);
        let again = import(root.path(), &metadata, "").exits(0).json();
        assert_eq!(again["client"], report["client"]);
        assert_eq!(fs::read_dir(root.path().join("clients")).unwrap().count(), 2);
    }
}
