mod bounds;
mod forms;
mod many_users;
mod placeholders;

use super::*;
use crate::action::Prepared;
use crate::keys::ring_for_tests;
use crate::runner;
use serde_json::json;
use std::fmt::Write as _;

fn read_fixture(name: &str) -> Reading {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/tenants")
        .join(name);
    read_with(&root, &[])
}

fn read_with(root: &Path, variables: &[(&str, &str)]) -> Reading {
    let variables = variables
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let sources = Sources {
        environment: &|_| None,
        variables: &variables,
    };
    read(root, &sources)
}

fn shown(reading: &Reading) -> String {
    let mut text = String::new();
    for problem in &reading.problems {
        let _ = writeln!(
            text,
            "{:?} {}: {problem}\n    {}",
            problem.severity, problem.code, problem.help
        );
    }
    text
}

#[test]
fn the_example_tenant_has_no_problems() {
    let reading = read_fixture("acme");
    assert_eq!(shown(&reading), "");
    let tenant = reading.tenant;
    let names: Vec<_> = tenant
        .bound_actions()
        .iter()
        .map(|action| action.name.clone())
        .collect();
    assert_eq!(names, ["add-roles", "enrich-saml", "remember-login"]);
    assert_eq!(tenant.factors.unwrap(), ["email", "otp", "webauthn-roaming"]);
    assert_eq!(tenant.config.domain(), "acme.example");
    let secrets = tenant.actions[1].secrets_for_run().unwrap();
    assert_eq!(secrets["PAYROLL_COMPANY"].reveal(), "acme-0042");
}

#[test]
fn the_one_file_form_is_the_same_tenant() {
    let (folders, file) = (read_fixture("acme"), read_fixture("acme-yaml"));
    assert_eq!(shown(&file), "");
    let by_name = |mut tenant: Tenant| {
        tenant.root = Path::new("").to_owned();
        tenant.clients.sort_by(|one, other| one.name.cmp(&other.name));
        tenant.connections.sort_by(|one, other| one.name.cmp(&other.name));
        for action in &mut tenant.actions {
            action.definition = Path::new("").to_owned();
        }
        format!("{tenant:#?}")
    };
    assert_eq!(by_name(file.tenant), by_name(folders.tenant));
}

#[test]
fn every_problem_of_a_tenant_is_named_at_once() {
    insta::assert_snapshot!(shown(&read_fixture("broken")));
}

#[test]
fn every_setting_is_listed_with_its_source() {
    let reading = read_fixture("acme");
    let mut text = String::new();
    for line in &reading.settings {
        let _ = writeln!(text, "{} = {}  # {}", line.key, line.value, line.source);
    }
    insta::assert_snapshot!(text);
}

/// A tenant folder of its own, with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    folder
}

fn problems(files: &[(&str, &[u8])]) -> Vec<String> {
    let folder = folder(files);
    let reading = read_with(folder.path(), &[]);
    reading.problems.iter().map(ToString::to_string).collect()
}

const CODE: (&str, &[u8]) = (
    "actions/a/code.js",
    b"exports.onExecutePostLogin = async () => {};\n",
);

#[test]
fn code_is_found_as_exports_from_elsewhere_name_it() {
    for code in [
        r".\\actions\\a\\code.js",
        "./local/actions/a/code.js",
        "/home/me/actions/a/code.js",
    ] {
        let json = format!(r#"{{"name": "a", "code": "{code}"}}"#);
        assert_eq!(problems(&[CODE, ("actions/a.json", json.as_bytes())]), [""; 0]);
    }
    assert_eq!(
        problems(&[CODE, ("actions/a.json", br#"{"name": "a"}"#)]),
        [""; 0]
    );
}

/// What a tenant and the scripts of its Actions show of themselves: no secret, wherever it is written.
#[test]
fn a_tenant_shows_no_secret() {
    let key = ring_for_tests()
        .current
        .key()
        .pkey()
        .private_key_to_pem_pkcs8()
        .unwrap();
    let client = json!({"name": "web", "client_secret": "CANARY-client",
        "addons": {"samlp": {"key": String::from_utf8(key).unwrap()}}});
    let users = json!([{"user_id": "auth0|1", "password": "CANARY-password",
        "mfa_factors": [{"totp": {"secret": "CANARY-factor"}}]}]);
    let folder = folder(&[
        CODE,
        (
            "actions/a.json",
            br#"{"name": "a", "secrets": [{"name": "ONE", "value": "CANARY-exported"}, {"name": "TWO"}]}"#,
        ),
        ("secrets.env", b"TWO=CANARY-given\n"),
        ("clients/web.json", client.to_string().as_bytes()),
        (
            "resource-servers/api.json",
            br#"{"name": "api", "identifier": "urn:api", "signing_secret": "CANARY-api"}"#,
        ),
        ("users.json", users.to_string().as_bytes()),
        (
            "postlogin.toml",
            b"[saml]\npairwise_secret = \"CANARY-pairwise-of-thirty-two-bytes\"\n",
        ),
    ]);
    let sources = Sources {
        environment: &|_| None,
        variables: &BTreeMap::new(),
    };
    let reading = read(folder.path(), &sources);
    let action = &reading.tenant.actions[0];
    let secrets = action.secrets_for_run().unwrap();
    assert_eq!(secrets["TWO"].reveal(), "CANARY-given");
    let prepared = Prepared::new(runner::script(&reading.tenant, action, secrets));
    let shown = format!("{reading:?} {reading:#?} {prepared:?} {prepared:#?}");
    assert!(shown.contains("urn:api"), "the API was read");
    for secret in ["CANARY", "PRIVATE KEY"] {
        let around = shown
            .find(secret)
            .map(|at| &shown[at.saturating_sub(80)..at + 20]);
        assert_eq!(around, None);
    }
}

#[test]
fn secrets_are_looked_up_in_order() {
    let json = br#"{"name": "a", "secrets": [
        {"name": "ONE", "value": "exported"}, {"name": "TWO"}, {"name": "THREE"},
        {"name": "FOUR", "value": "_VALUE_NOT_SHOWN_"}, {"name": "FIVE"}]}"#;
    let env = b"ONE=loses\nTWO=for all\na.TWO='mine'\nexport THREE=\"x\\ny\"\n";
    let folder = folder(&[CODE, ("actions/a.json", json), ("secrets.env", env)]);
    let sources = Sources {
        environment: &|name| (name == "POSTLOGIN_SECRET_FOUR").then(|| "from outside".to_owned()),
        variables: &BTreeMap::new(),
    };
    let reading = read(folder.path(), &sources);
    let action = &reading.tenant.actions[0];
    let value = |name: &str| action.secrets[name].as_ref().map(|value| value.reveal().as_str());
    assert_eq!(value("ONE"), Some("exported"));
    assert_eq!(value("TWO"), Some("mine"));
    assert_eq!(value("THREE"), Some("x\ny"));
    assert_eq!(value("FOUR"), Some("from outside"));
    assert_eq!(
        action.secrets_for_run().unwrap_err().to_string(),
        "the secret FIVE of the Action \"a\" has no value; write a.FIVE=VALUE into secrets.env of the \
         tenant folder, or set the environment variable POSTLOGIN_SECRET_FIVE"
    );
    let lines = format!("{:?}", reading.settings);
    assert!(!lines.contains("from outside") && !lines.contains("mine") && !lines.contains("exported"));
}

#[test]
fn secrets_of_a_module_are_given_like_those_of_an_action() {
    let action = br#"{"name": "a", "secrets": [{"name": "ONE"}], "modules": [{"module_name": "m"}]}"#;
    let module = br#"{"name": "m", "code": "exports.one = () => actions.secrets.ONE;", "secrets": [
        {"name": "ONE", "value": "_VALUE_NOT_SHOWN_"}, {"name": "TWO"}, {"name": "THREE"}, {"name": "FOUR", "value": "exported"}],
        "dependencies": [{"name": "jose", "version": "4.15.9"}]}"#;
    let env = b"ONE=for all of them\nm.TWO=of the module\nm.MORE=not declared\nnobody.ONE=lost\n";
    let folder = folder(&[
        CODE,
        ("actions/a.json", action),
        ("action-modules/m.json", module),
        ("secrets.env", env),
    ]);
    let reading = read_with(folder.path(), &[]);
    let module = &reading.tenant.modules[0];
    let given: Vec<_> = module
        .secrets
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_ref().map(|value| value.reveal().as_str())))
        .collect();
    assert_eq!(
        given,
        [
            ("FOUR", Some("exported")),
            ("MORE", Some("not declared")),
            ("ONE", Some("for all of them")),
            ("THREE", None),
            ("TWO", Some("of the module")),
        ]
    );
    assert_eq!(module.dependencies[0].name, "jose");
    assert_eq!(
        shown(&reading),
        "Warning missing_secret: action-modules/m.json:2: secrets[2]: the secret THREE of the Action module \"m\" \
         has no value\n    write m.THREE=VALUE into secrets.env of the tenant folder, or set the environment variable \
         POSTLOGIN_SECRET_THREE\n\
         Warning unknown_action: secrets.env:4: there is no Action or Action module named \"nobody\"\n    write \
         <action>.<NAME>=value with the name of the Action or module, or <NAME>=value for all\n"
    );
    let script = runner::script(&reading.tenant, &reading.tenant.actions[0], BTreeMap::new());
    let missing = script.modules[0].secrets.as_ref().unwrap_err();
    assert_eq!(missing.secret, "THREE");
}

#[test]
fn a_secret_of_a_name_that_an_action_shares_with_a_module_goes_to_the_one_that_declares_it() {
    let action = br#"{"name": "a", "secrets": [{"name": "ONE"}]}"#;
    let module = br#"{"name": "a", "code": "exports.x = 1;", "secrets": [{"name": "TWO"}]}"#;
    let folder = folder(&[
        CODE,
        ("actions/a.json", action),
        ("action-modules/a.json", module),
        ("secrets.env", b"a.ONE=first value\na.TWO=second value\n"),
    ]);
    let Reading { tenant, .. } = read_with(folder.path(), &[]);
    let names = |secrets: &crate::tenant::Secrets| secrets.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&tenant.actions[0].secrets), ["ONE"]);
    assert_eq!(names(&tenant.modules[0].secrets), ["TWO"]);
}

#[test]
fn settings_for_one_action_are_known_by_its_name() {
    let json = br#"{"name": "enrich", "code": "exports.x = () => 1;"}"#;
    let toml = br#"
[actions]
engine = "embedded"
[actions.per_action.enrich]
engine = "node"
[actions.per_action."enrihc"]
engine = "node"
egnine = "node"
[actions.egress]
ca = "-----BEGIN CERTIFICATE-----"
bytes_in = "much"
request_timeout = "0s"
conections = 3
"#;
    let folder = folder(&[("actions/enrich.json", json), ("postlogin.toml", toml)]);
    let reading = read_with(folder.path(), &[]);
    let shown = shown(&reading);
    for line in [
        "Warning unknown_action: postlogin.toml:6:21: actions.per_action.enrihc: there is no Action named \"enrihc\"\n    \
         did you mean \"enrich\"?",
        "unknown setting actions.per_action.enrihc.egnine\n    did you mean engine? Known here: engine",
        "unknown setting actions.egress.conections\n    did you mean connections?",
        "actions.egress.ca: this is a PEM text, not a path",
        "actions.egress.bytes_in: \"much\" is not a size",
        "actions.egress.request_timeout: no request could be answered",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    let actions = &reading.tenant.config.actions;
    assert_eq!(actions.engine_of("enrich"), crate::tenant::EngineChoice::Node);
    assert_eq!(actions.engine_of("other"), crate::tenant::EngineChoice::Embedded);
    let line = reading
        .settings
        .iter()
        .find(|line| line.key == "actions.per_action.enrich.engine");
    assert_eq!(line.unwrap().source.to_string(), "postlogin.toml:5");
}

#[test]
fn problems_of_the_one_file_form_have_lines_too() {
    let yaml = b"clients:\n  - name: web\n    callbacks: nowhere\ntriggers:\n  post-login:\n    - action_name: a\n    - b\n";
    assert_eq!(
        problems(&[("tenant.yaml", yaml)])[..3],
        [
            "tenant.yaml:3:5: clients[0].callbacks: expected an array, found the text \"nowhere\"",
            "tenant.yaml:6: triggers.post-login[0]: post-login binds the Action \"a\", which does not exist or \
             cannot be read",
            "tenant.yaml:7: triggers.post-login[1]: post-login binds the Action \"b\", which does not exist or \
             cannot be read",
        ]
    );
}

#[test]
fn values_of_secret_members_are_never_quoted() {
    let json = br#"{"name": "web", "client_secret": 8675309, "callbacks": ["https://a.example"]}"#;
    let problems = problems(&[("clients/web.json", json)]);
    assert_eq!(
        problems[0],
        "clients/web.json:1:17: client_secret: expected a string, found something else"
    );
}

#[test]
fn a_secret_in_the_wrong_place_is_shown_nowhere() {
    let folder = folder(&[
        CODE,
        ("actions/a.json", br#"{"name": "a", "secrets": ["CANARY"]}"#),
        (
            "clients/web.json",
            br#"{"name": "web", "addons": {"samlp": "CANARY"}}"#,
        ),
        (
            "users.json",
            br#"[{"user_id": "auth0|1", "identities": "CANARY"}]"#,
        ),
        (
            "postlogin.toml",
            b"[keys]\ncurrent = \"-----BEGIN PRIVATE KEY-----\\nCANARY\"\n",
        ),
    ]);
    let reading = read_with(folder.path(), &[]);
    let text = format!("{}{:?}", shown(&reading), reading.settings);
    assert!(!text.contains("CANARY"), "{text}");
    for said in [
        "actions/a.json:1: secrets[0]: expected an object, found something else",
        "clients/web.json:1:28: addons.samlp: expected an object, found something else",
        "users.json:1:25: [0].identities: expected an array, found something else",
        "postlogin.toml:2:1: keys.current: current is a PEM text, not a path",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert_eq!(reading.tenant.config.keys.current, None);
}

#[test]
fn sessions_last_from_more_than_nothing_to_a_year() {
    let json = b"{\n\"session_lifetime\": 8760.5,\n\"idle_session_lifetime\": 0}";
    let folder = folder(&[("tenant.json", json)]);
    let reading = read_with(folder.path(), &[]);
    assert_eq!(
        shown(&reading),
        "Error bad_value: tenant.json:2:1: session_lifetime: a session of 8760.5 hours is not possible\n    \
         write more than 0 and at most 8760 hours, which is a year\n\
         Error bad_value: tenant.json:3:1: idle_session_lifetime: a session of 0 hours is not possible\n    \
         write more than 0 and at most 8760 hours, which is a year\n"
    );
    assert_eq!(
        problems(&[("tenant.json", br#"{"session_lifetime": 8760}"#)]),
        [""; 0]
    );
}

#[test]
fn sections_of_a_later_version_are_taken_and_others_are_not() {
    let toml = br###"
            domain = "a.example"
            [mail]
            from = "me@a.example"
            port = "##PORT##"
            [server]
            listen = "0.0.0.0:443"
            ports = [443]
            [servers]
    "###;
    let folder = folder(&[("postlogin.toml", toml), ("tenant.json", b"{}")]);
    let reading = read_with(folder.path(), &[]);
    assert_eq!(reading.tenant.config.domain(), "a.example");
    let text = shown(&reading);
    assert!(text.contains("mail: [mail] is read by a later version"), "{text}");
    assert!(reading.tenant.config.server.listen.is_some());
    let errors = |problem: &&Problem| problem.severity == Severity::Error;
    let errors: Vec<_> = reading.problems.iter().filter(errors).collect();
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "postlogin.toml:8:13: server.ports: unknown setting server.ports",
            "postlogin.toml:9:14: servers: unknown setting servers"
        ]
    );
}

#[test]
fn factors_are_read_where_the_deploy_cli_puts_them() {
    let folder = folder(&[(
        "guardian/factors/otp.json",
        br#"{"name": "otp", "enabled": true}"#,
    )]);
    let reading = read_with(folder.path(), &[]);
    assert_eq!(reading.tenant.factors, Some(vec!["otp".to_owned()]));
    assert_eq!(shown(&reading), "");
}

#[test]
fn a_folder_without_a_tenant_and_no_folder_at_all_are_told_apart() {
    assert!(problems(&[])[0].starts_with(".: this folder holds nothing of a tenant: "));
    let reading = read_with(Path::new("no/such/folder"), &[]);
    assert!(reading.has_errors());
    assert_eq!(
        reading.problems[0].to_string(),
        "no/such/folder: there is no such folder"
    );
}

fn errors(reading: &Reading) -> Vec<String> {
    let errors = reading.problems.iter();
    errors
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect()
}

#[test]
fn secrets_of_several_lines_are_taken_and_a_name_given_twice_is_refused() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n";
    let json = br#"{"name": "a", "secrets": [{"name": "KEY"}, {"name": "OTHER"}]}"#;
    let env = format!("KEY=\"{pem}\"\na.OTHER='one'\n");
    let folder = folder(&[CODE, ("actions/a.json", json), ("secrets.env", env.as_bytes())]);
    let reading = read_with(folder.path(), &[]);
    assert_eq!(errors(&reading), [""; 0]);
    let secrets = reading.tenant.actions[0].secrets_for_run().unwrap();
    assert_eq!(secrets["KEY"].reveal(), pem);
    let env = format!("{env}OTHER=2\nexport a.OTHER=3\nKEY=`x\nX=1\n");
    std::fs::write(folder.path().join("secrets.env"), env).unwrap();
    assert_eq!(
        errors(&read_with(folder.path(), &[])),
        [
            "secrets.env:7: a.OTHER is given twice, first on line 5",
            "secrets.env:8: the quote that begins the value does not end",
        ]
    );
}

/// A problem of each of many objects: time that grows with the square would not end.
#[test]
fn problems_of_many_objects_are_placed_in_one_walk() {
    let mut yaml = "clients:\n".to_owned();
    for number in 0..2_000 {
        let _ = write!(
            yaml,
            "  - name: c{number}\n    callbacks: nowhere\n    is_first_party: @@GONE{number}@@\n"
        );
    }
    let folder = folder(&[("tenant.yaml", yaml.as_bytes())]);
    let reading = read_with(folder.path(), &[]);
    assert_eq!(errors(&reading).len(), 4_000);
    assert_eq!(reading.problems[3_999].line, Some(6_001));
}

#[test]
fn permissions_and_connections_that_lead_nowhere_are_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    };
    write("tenant.json", "{}");
    write(
        "roles/clerk.json",
        r#"{"name": "clerk", "permissions": [
        {"permission_name": "read:x", "resource_server_identifier": "https://api.lake.example"},
        {"permission_name": "fly", "resource_server_identifier": "https://api.lake.example"},
        {"permission_name": "read:users", "resource_server_identifier": "https://lake.eu.example/api/v2/"},
        {"permission_name": "read:x", "resource_server_identifier": "https://gone.lake.example"}]}"#,
    );
    write(
        "users.json",
        r#"[
        {"user_id": "auth0|1", "identities": [{"provider": "auth0", "user_id": "1", "connection": "gone"}]},
        {"user_id": "auth0|2", "identities": [{"provider": "auth0", "user_id": "2", "connection": "gone"}]},
        {"user_id": "auth0|3"}]"#,
    );
    let codes = || {
        let reading = read_with(folder.path(), &[]);
        reading
            .problems
            .iter()
            .map(|problem| problem.code.to_string())
            .collect::<Vec<_>>()
    };
    // An export without APIs and connections says nothing about them.
    assert_eq!(codes(), [""; 0]);
    write(
        "resource-servers/api.json",
        r#"{"name": "api", "identifier": "https://api.lake.example",
        "scopes": [{"value": "read:x"}]}"#,
    );
    write(
        "connections/staff.json",
        r#"{"name": "staff", "strategy": "auth0"}"#,
    );
    assert_eq!(
        codes(),
        ["unknown_permission", "unknown_api", "unknown_connection"]
    );
}

#[test]
fn bounds_of_a_machine_client_name_clients_that_are_there() {
    let toml = br#"
[api.job]
clients = ["web", "The Portal", "portl"]
[api.jop]
clients = []
"#;
    let job = br#"{"name": "Job", "client_id": "job"}"#;
    let web = br#"{"name": "The Portal", "client_id": "web"}"#;
    let folder = folder(&[
        ("clients/job.json", job),
        ("clients/web.json", web),
        ("postlogin.toml", toml),
    ]);
    let shown = shown(&read_with(folder.path(), &[]));
    let found: Vec<&str> = shown
        .lines()
        .filter(|line| line.contains("unknown_client"))
        .collect();
    assert_eq!(
        found,
        [
            "Warning unknown_client: postlogin.toml:3: api.job.clients[2]: there is no client with the id \"portl\"",
            "Warning unknown_client: postlogin.toml:4:6: api.jop: there is no client with the id \"jop\"",
        ]
    );
    assert!(shown.contains("did you mean \"job\"?"), "{shown}");
}
