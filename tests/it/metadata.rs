//! `postlogin metadata`, as typed.

use crate::terminal::postlogin;
use std::fs;

const PAYROLL: &str = "metadata fixtures/tenants/acme --client payroll";

#[test]
fn the_metadata_names_issuer_certificate_and_endpoints() {
    let by_name = postlogin(PAYROLL).run().exits(0);
    assert!(by_name.out.starts_with(
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"urn:acme.example\">"
    ));
    let by_id = "metadata fixtures/tenants/acme --client pay8Rk5GvBn1qWz4JxCt7MdLf2ShUy90";
    assert_eq!(postlogin(by_id).run().exits(0).out, by_name.out);
    by_name
        .says("Location=\"https://acme.example/samlp/pay8Rk5GvBn1qWz4JxCt7MdLf2ShUy90/logout\"")
        .says("<X509Certificate>MII")
        .never_says("PRIVATE KEY");
}

#[test]
fn signature_and_validity_come_from_options_or_settings() {
    let stated = |text: &str| {
        text.contains("<Signature ")
            && text.contains(" validUntil=\"2026-03-08T00:00:00.000Z\"")
            && text.contains(" cacheDuration=\"PT21600S\"")
    };
    let now = "--now 2026-03-01T00:00:00Z";
    let asked = postlogin(&format!("{PAYROLL} {now} --sign --valid-for 7d --cache-for 6h"))
        .run()
        .exits(0);
    assert!(stated(&asked.out), "{}", asked.out);

    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::create_dir_all(folder.path().join("clients")).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    };
    write(
        "clients/sp.json",
        r#"{"name": "sp", "callbacks": ["https://sp.example/acs"], "addons": {"samlp": {}}}"#,
    );
    write(
        "postlogin.toml",
        "[saml.metadata]\nsign = true\nvalid_for = \"7d\"\ncache_for = \"6h\"\n",
    );
    let line = format!("metadata . --client sp {now}");
    let configured = postlogin(&line).from(folder.path()).run().exits(0);
    assert!(stated(&configured.out), "{}", configured.out);

    write("postlogin.toml", "[saml.metadata]\nvalid_for = \"soon\"\n");
    postlogin(&line)
        .from(folder.path())
        .run()
        .exits(1)
        .warns("\"soon\" is not a duration")
        .warns("postlogin.toml:2");
}

#[test]
fn what_has_no_service_provider_has_no_metadata() {
    postlogin("metadata fixtures/tenants/acme --client web")
        .run()
        .exits(1)
        .warns("\"web\" is not a SAML application")
        .warns("import-sp");
    postlogin("metadata fixtures/tenants/acme --client payrol")
        .run()
        .exits(1)
        .warns("did you mean \"payroll\"");
    postlogin(&format!("{PAYROLL} --valid-for 1s"))
        .run()
        .exits(2)
        .warns("write at least 1m");
}
