//! `postlogin inspect`, as typed.

use crate::terminal::postlogin;
use serde_json::json;
use std::path::Path;

const LOGIN: &str = "inspect fixtures/inspect/genuine/response.xml --tenant fixtures/interop/tenant --client mappings \
                     --request-id _request --now 2026-01-15T12:01:00Z";

#[test]
fn a_good_response_passes_every_check_that_the_tenant_can_answer() {
    let done = postlogin(LOGIN).run().exits(0);
    let report = done.json();
    assert_eq!(report["kind"], "saml_response");
    let results = report["checks"].as_array().unwrap().iter();
    let open: Vec<_> = results.filter(|check| check["result"] != "pass").collect();
    assert!(open.is_empty(), "{open:?}");
    for check in [
        "signature",
        "audience",
        "recipient",
        "destination",
        "issuer",
        "in_response_to",
        "validity",
    ] {
        assert!(done.out.contains(&format!("\"check\": \"{check}\"")), "{check}");
    }
}

#[test]
fn a_failed_check_exits_3_and_names_code_place_and_who_refuses() {
    let late = LOGIN.replace("12:01:00Z", "15:00:00Z");
    postlogin(&format!("{late} --format text"))
        .run()
        .exits(3)
        .says("SAML response: 1 error, 1 note")
        .says("FAIL         validity         see below")
        .says("expired  Response/Assertion/Conditions (line 1, column ")
        .says("expired 2 h ago: NotOnOrAfter of Conditions and SubjectConfirmationData is 2026-01-15T13:00:00.000Z")
        .says("refused by node-saml, python3-saml, pysaml2");
    let report = postlogin(&late).run().exits(3).json();
    assert_eq!(report["findings"][1]["code"], "expired");
    assert_eq!(report["findings"][1]["severity"], "error");
    assert!(
        report["findings"][1]["where"]
            .as_str()
            .unwrap()
            .contains("line 1")
    );
    assert_eq!(report["layers"], json!([]));
}

#[test]
fn what_is_typed_counts_before_what_the_tenant_says() {
    let report = postlogin(&format!("{LOGIN} --audience urn:other --trust certs/sp.crt"))
        .run()
        .exits(3)
        .json();
    let findings = report["findings"].as_array().unwrap().iter();
    let errors: Vec<_> = findings
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(errors, ["signature_untrusted", "audience_other"]);
}

#[test]
fn the_result_of_run_is_taken_from_standard_input() {
    let run = "run fixtures/tenants/acme --client payroll --user ada@example.org --now 2026-01-15T12:00:00Z";
    let issued = postlogin(run).run().exits(0);
    postlogin("inspect - --tenant fixtures/tenants/acme --client payroll --now 2026-01-15T12:00:30Z")
        .word("--key")
        .word("certs/sp.key")
        .input(&issued.out)
        .run()
        .exits(0)
        .says("result of a login, saml.xml");
}

#[test]
fn what_is_not_recognised_exits_1() {
    let report = postlogin("inspect -").input("hello there").run().exits(1).json();
    assert_eq!(report["kind"], "unknown");
    assert_eq!(report["findings"][0]["code"], "not_recognised");
    postlogin("inspect nowhere.xml")
        .run()
        .exits(1)
        .warns("nowhere.xml cannot be read");
    postlogin("inspect - --client web").run().exits(2);
}

#[test]
fn a_private_key_is_recognised_and_shown_to_nobody() {
    for file in ["certs/sp.key", "certs/ec.key", "certs/ed25519.key"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let body = text.lines().nth(1).unwrap().to_owned();
        for format in ["text", "json"] {
            postlogin(&format!("inspect {file} --format {format}"))
                .run()
                .exits(0)
                .says("private_key")
                .says("not shown")
                .never_says(&body);
        }
    }
    let set = r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0LXRoYXQtbm9ib2R5LXNlZXM", "kid": "1"}]}"#;
    postlogin("inspect -")
        .input(set)
        .run()
        .exits(3)
        .says("jwk_private")
        .never_says("c2VjcmV0LXRoYXQtbm9ib2R5LXNlZXM");
}

#[test]
fn text_of_messages_cannot_steer_the_terminal() {
    let message = "<a xmlns='urn:a' b='\u{202e}\u{9b}2J'>\u{9b}31m</a>";
    let done = postlogin("inspect - --format text").input(message).run().exits(3);
    let is_safe =
        |text: &str| !text.contains(|one: char| one.is_control() && one != '\n' || one == '\u{202e}');
    assert!(is_safe(&done.out) && is_safe(&done.err), "{:?}", done.out);
    done.says("\\u{9b}31m");
}

#[test]
fn a_tenant_with_placeholders_takes_their_values() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("tenant.json", "{}");
    write(
        "clients/sp.json",
        r#"{"name": "sp", "client_id": "sp", "callbacks": ["https://sp.test/mappings/acs"],
            "addons": {"samlp": {"issuer": "urn:idp.test", "audience": "@@AUDIENCE@@"}}}"#,
    );
    let inspect = |variables: &str| {
        postlogin("inspect fixtures/inspect/genuine/response.xml --client sp --request-id _request")
            .words(&format!(
                "--certificate certs/idp.crt --now 2026-01-15T12:01:00Z {variables} --tenant"
            ))
            .word(root.path())
            .run()
    };
    inspect("--var AUDIENCE=https://sp.test/mappings").exits(0);
    inspect("--var AUDIENCE=urn:other")
        .exits(3)
        .says("audience_other");
    inspect("").exits(1).warns("AUDIENCE");
    postlogin("inspect certs/idp.crt --var A=b").run().exits(2);
}

#[test]
fn the_metadata_that_are_trusted_must_say_whose_they_are() {
    let inspect = |words: &str| {
        postlogin("inspect fixtures/inspect/genuine/response.xml --now 2026-01-15T12:01:00Z")
            .words(words)
            .run()
    };
    let federation = "--certificate fixtures/inspect/keys/federation.xml";
    inspect(&format!("{federation} --entity-id urn:idp.test")).exits(0);
    inspect(federation)
        .exits(1)
        .warns("federation.xml: the metadata describes 2 entities; choose one with --entity-id");
    inspect("--certificate fixtures/metadata/federation.xml --entity-id https://idp.example/metadata")
        .exits(1)
        .warns("https://idp.example/metadata names no certificate that signs");
    inspect("--entity-id urn:idp.test").exits(2);
    inspect("--certificate certs/idp.crt --entity-id urn:idp.test")
        .exits(1)
        .warns("--entity-id urn:idp.test chooses an entity of metadata, but --trust gives no metadata");
}

const TOKEN: &str = "inspect fixtures/inspect/genuine/web.jwt --now 2026-01-15T12:01:00Z";

#[test]
fn a_check_that_was_asked_for_is_in_the_list_and_fails_where_nothing_can_be_compared() {
    postlogin(&format!("{TOKEN} --audience web --issuer https://idp.test/"))
        .run()
        .exits(0);
    let report = postlogin(&format!("{TOKEN} --acs-url https://sp.test/acs"))
        .run()
        .exits(3)
        .json();
    let checks = report["checks"].as_array().unwrap();
    let recipient = checks.iter().find(|check| check["check"] == "recipient");
    assert_eq!(recipient.unwrap()["result"], "fail");
    assert_eq!(report["findings"][0]["code"], "nothing_to_compare");
    postlogin("inspect fixtures/inspect/cut-off/message.txt --audience web --format text")
        .run()
        .exits(1)
        .says("FAIL         audience         not made, because of not_base64");
}

#[test]
fn nothing_to_compare_with_is_wrong_usage_and_no_expectation() {
    for option in [
        "--audience",
        "--issuer",
        "--nonce",
        "--request-id",
        "--acs-url",
        "--endpoint",
    ] {
        postlogin(TOKEN).word(option).word("").run().exits(2);
    }
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("secret");
    std::fs::write(&empty, "\n").unwrap();
    postlogin(TOKEN)
        .word("--secret-file")
        .word(&empty)
        .run()
        .exits(1)
        .warns("anybody can sign with an empty secret");
}
