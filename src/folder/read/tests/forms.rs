//! The forms of an export, and what is left out of them.

use super::{CODE, folder, problems, read_with, shown};
use crate::folder::Form;
use crate::tenant::{Part, PartKind, Severity};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

const YAML: (&str, &[u8]) = ("tenant.yaml", b"clients:\n  - name: of the file\n");
const CLIENT: (&str, &[u8]) = (
    "clients/web.json",
    br#"{"name": "of the folder", "client_id": "1"}"#,
);

fn client_of(files: &[(&str, &[u8])], named: &str) -> (String, Form, String) {
    let folder = folder(files);
    let reading = read_with(&folder.path().join(named), &[]);
    let clients = reading.tenant.clients.iter().map(|client| client.name.as_str());
    let clients = clients.collect::<Vec<_>>().join(", ");
    assert_eq!(reading.tenant.root, folder.path().join(""));
    (clients, reading.form.clone(), shown(&reading))
}

#[test]
fn what_is_given_decides_between_the_forms() {
    let (client, form, said) = client_of(&[YAML, CLIENT], "");
    assert_eq!((client.as_str(), form), ("of the folder", Form::Folder));
    assert!(
        said.starts_with(
            "Warning two_layouts: tenant.yaml: tenant.yaml is not read, because the folder form of an export is there \
             too: clients\n"
        ),
        "{said}"
    );
    let (client, form, said) = client_of(&[YAML, CLIENT], "tenant.yaml");
    let file = Form::OneFile(PathBuf::from("tenant.yaml"));
    assert_eq!((client.as_str(), form), ("of the file", file));
    assert!(!said.contains("two_layouts"), "{said}");
    let other = ("prod.YML", YAML.1);
    assert_eq!(client_of(&[other, CLIENT], "prod.YML").0, "of the file");
    assert_eq!(client_of(&[YAML], "").0, "of the file");
    let (client, _, said) = client_of(&[YAML, ("tenant.yml", b"clients:\n")], "");
    assert_eq!(client, "of the file");
    assert!(
        said.contains("tenant.yml is not read, because tenant.yaml is there too"),
        "{said}"
    );
}

#[test]
fn what_the_deploy_cli_writes_beside_the_one_file_is_of_that_form() {
    let beside: [(&str, &[u8]); 9] = [
        YAML,
        ("connections/email.html", b"<p></p>"),
        ("clients/web_custom_login_page.html", b"<p></p>"),
        ("databases/users/login.js", b"function login() {}"),
        ("emailTemplates/welcome_email.html", b"<p></p>"),
        ("pages/login.html", b"<p></p>"),
        ("rules/one.js", b"function one() {}"),
        ("hooks/one.js", b"module.exports = () => {};"),
        CODE,
    ];
    let (client, _, said) = client_of(&beside, "");
    assert_eq!(client, "of the file");
    assert!(!said.contains("Warning"), "{said}");
}

#[test]
fn a_file_that_is_named_and_not_there_is_an_error() {
    let folder = folder(&[CLIENT]);
    let reading = read_with(&folder.path().join("tenant.yaml"), &[]);
    assert!(
        reading.problems[0].message.contains("there is no such"),
        "{}",
        shown(&reading)
    );
}

#[test]
fn code_may_stand_in_the_file() {
    let yaml =
        b"actions:\n  - name: block\n    code: |\n      exports.onExecutePostLogin = async () => {};\n  \
                 - name: line\n    code: exports.onExecutePostLogin = async () => {};\n  \
                 - name: path\n    code: |\n      ./actions/a/code.js\n  \
                 - name: odd\n    code: ./actions/b (1)/code.js\n  \
                 - name: a\n    code: ''\n";
    let folder = folder(&[("tenant.yaml", yaml), CODE, ("actions/b (1)/code.js", b"1;")]);
    let reading = read_with(folder.path(), &[]);
    assert_eq!(shown(&reading), "");
    let actions = reading.tenant.actions.iter();
    let read: Vec<_> = actions
        .map(|action| (action.file.display().to_string(), action.source.trim_end()))
        .collect();
    let inline = "exports.onExecutePostLogin = async () => {};";
    assert_eq!(
        read,
        [
            ("tenant.yaml (actions[0].code)".to_owned(), inline),
            ("tenant.yaml (actions[1].code)".to_owned(), inline),
            ("actions/a/code.js".to_owned(), inline),
            ("actions/b (1)/code.js".to_owned(), "1;"),
            ("actions/a/code.js".to_owned(), inline),
        ]
    );
}

#[test]
fn code_that_is_missing_is_an_error_where_the_action_is_bound() {
    let unbound = folder(&[("actions/a.json", br#"{"name": "a"}"#)]);
    let reading = read_with(unbound.path(), &[]);
    assert!(!reading.has_errors());
    assert_eq!(reading.problems[0].code, "missing_code");
    let bound = folder(&[
        ("actions/a.json", br#"{"name": "a"}"#),
        (
            "triggers/triggers.json",
            br#"{"post-login": [{"action_name": "a"}]}"#,
        ),
    ]);
    let reading = read_with(bound.path(), &[]);
    let codes: Vec<_> = reading
        .problems
        .iter()
        .map(|problem| (problem.severity, &*problem.code))
        .collect();
    assert_eq!(
        codes,
        [
            (Severity::Error, "missing_code"),
            (Severity::Error, "missing_action")
        ]
    );
    assert!(
        reading
            .problems
            .iter()
            .all(|problem| !problem.is_of_every_login())
    );
}

#[test]
fn rules_that_are_enabled_and_hooks_that_are_active_are_named_once() {
    let of_folder: [(&str, &[u8]); 4] = [
        ("rules/a.json", br#"{"name": "a", "enabled": true}"#),
        ("rules/b.json", br#"{"name": "b", "enabled": false}"#),
        ("rules/c.json", br#"{"name": "c"}"#),
        (
            "hooks/h.json",
            br#"{"name": "h", "active": true, "triggerId": "credentials-exchange"}"#,
        ),
    ];
    let rules = "enabled Rules of the export are not run: \"a\", \"c\"; tokens may lack what they set";
    let hooks = "active Hooks of the export are not run: \"h\"";
    assert_eq!(
        problems(&of_folder),
        [
            format!("hooks/h.json:1: {hooks}"),
            format!("rules/a.json:1: {rules}")
        ]
    );
    let yaml =
        b"rules:\n  - name: a\n    enabled: true\n  - name: b\n    enabled: false\n  - name: c\nhooks:\n  \
                 - name: h\n    active: true\n  - name: i\n    active: false\n";
    assert_eq!(
        problems(&[("tenant.yaml", yaml)]),
        [
            format!("tenant.yaml:2: rules[0]: {rules}"),
            format!("tenant.yaml:8: hooks[0]: {hooks}")
        ]
    );
    for disabled in ["false", r#""false""#, r#"" False ""#] {
        let rule = format!(r#"{{"name": "b", "enabled": {disabled}}}"#);
        assert_eq!(
            problems(&[("rules/b.json", rule.as_bytes())]),
            [""; 0],
            "{disabled}"
        );
    }
    let active = br#"{"name": "h", "active": "true"}"#;
    assert_eq!(
        problems(&[("hooks/h.json", active)]),
        [format!("hooks/h.json:1: {hooks}")]
    );
}

#[test]
fn a_folder_that_is_no_tenant_names_those_below_it() {
    let empty = folder(&[]);
    let reading = read_with(empty.path(), &[]);
    assert_eq!((reading.problems.len(), reading.has_errors()), (1, true));
    assert!(reading.problems[0].help.contains("tenant.json or tenant.yaml"));
    let files: [(&str, &[u8]); 8] = [
        ("README.md", b""),
        ("actions/build.yml", b"on: push\n"),
        ("compose.yaml", b"services:\n"),
        ("whole.yaml", b"tenant: {}\nclients: []\n"),
        ("auth/dev/tenant.json", b"{}"),
        ("auth/prod/tenant.yaml", b""),
        ("node_modules/x/tenant.json", b"{}"),
        ("old/triggers/triggers.json", b"{}"),
    ];
    let repository = folder(&files);
    let reading = read_with(repository.path(), &[]);
    let problem = &reading.problems[0];
    assert_eq!(
        (&*problem.code, problem.severity),
        ("not_a_tenant", Severity::Error)
    );
    assert_eq!(
        problem.help,
        "name one of these, which look like tenants: auth/dev, auth/prod, old, whole.yaml"
    );
}

#[test]
fn what_is_left_out_is_named() {
    let left_out: [&str; 10] = [
        "clients/.json",
        "clients/web.JSON",
        "clients/web.json.bak",
        "clients/web.yaml",
        "clients/web",
        "clients/more/web.json",
        "database-connections/users/login.js",
        "roles/admin.json5",
        "triggers/post-login.json",
        "tenants.json",
    ];
    for file in left_out {
        let said = problems(&[("tenant.json", b"{}"), (file, b"{}")]);
        let place = file
            .trim_end_matches("/login.js")
            .trim_end_matches("more/web.json");
        assert!(
            said.len() == 1 && said[0].starts_with(place) && said[0].contains("not read"),
            "{file}: {said:?}"
        );
    }
    for (folder, meant) in [
        ("Clients", "clients"),
        ("resource_servers", "resource-servers"),
        ("trigger", "triggers"),
    ] {
        let name = format!("{folder}/web.json");
        let root = super::folder(&[("tenant.json", b"{}"), (&name, b"{}")]);
        let reading = read_with(root.path(), &[]);
        assert_eq!(reading.problems[0].help, format!("did you mean {meant}?"));
        assert_eq!(reading.problems[0].severity, Severity::Warning);
    }
    assert_eq!(
        problems(&[("tenant.yaml", b"client: []\nforms: []\n")]),
        [
            "tenant.yaml:1:1: client: client is not read by postlogin",
            "tenant.yaml:2:1: forms: forms is not read by postlogin"
        ]
    );
}

#[test]
fn what_editors_and_systems_keep_is_no_problem() {
    for file in [
        "clients/.web.json.swp",
        "clients/.#web.json",
        "clients/._web.json",
        "clients/.DS_Store",
        "clients/.gitkeep",
        "clients/web.json~",
        "clients/#web.json#",
        "connections/Thumbs.db",
    ] {
        assert_eq!(
            problems(&[("tenant.json", b"{}"), (file, b"\xff")]),
            [""; 0],
            "{file}"
        );
    }
}

#[test]
fn names_that_are_not_utf_8_are_errors_of_their_kind() {
    for (folder_name, name, kind) in [
        ("clients", &b"we\xffb.json"[..], PartKind::Client),
        ("actions", b"\xfe.json", PartKind::Action),
        ("database-connections", b"us\xffers", PartKind::Connection),
    ] {
        let root = folder(&[("tenant.json", b"{}")]);
        let path = root.path().join(folder_name).join(OsStr::from_bytes(name));
        if name.ends_with(b".json") {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, b"{}").unwrap();
        } else {
            std::fs::create_dir_all(&path).unwrap();
        }
        let reading = read_with(root.path(), &[]);
        let problem = &reading.problems[0];
        assert_eq!((&*problem.code, problem.severity), ("not_utf8", Severity::Error));
        assert!(problem.message.contains("not UTF-8"));
        assert_eq!(problem.parts, [Part::nameless(kind)]);
    }
}

#[test]
fn objects_without_a_name_and_two_for_one_are_named() {
    let nameless: [(&str, &[u8]); 5] = [
        ("action-modules/m.json", b"{\"code\": \"exports.a = () => 1;\"}"),
        ("clients/c.json", b"{}"),
        ("connections/c.json", b"{}"),
        ("organizations/o.json", b"{}"),
        ("roles/r.json", b"{}"),
    ];
    let said = problems(&nameless);
    assert_eq!(
        said.iter().filter(|said| said.contains("has no name")).count(),
        5,
        "{said:?}"
    );
    let module = br#"{"name": "m", "code": "exports.a = () => 1;"}"#;
    assert_eq!(
        problems(&[
            ("action-modules/a.json", module),
            ("action-modules/b.json", module)
        ]),
        [
            "action-modules/b.json:1:2: name: there is another Action module named \"m\" in action-modules/a.json:1"
        ]
    );
}

/// What an error concerns: the part that it is in, and every login where it is in none.
#[test]
fn an_error_concerns_the_part_that_it_is_in() {
    let client = |name: &str| Part {
        kind: PartKind::Client,
        names: vec![name.to_owned()],
    };
    let of = |files: &[(&str, &[u8])]| {
        let root = folder(files);
        let reading = read_with(root.path(), &[]);
        let errors = reading
            .problems
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error);
        errors.map(|problem| problem.parts).collect::<Vec<_>>()
    };
    assert_eq!(
        of(&[("clients/a.json", br#"{"name": "a", "callbacks": "x"}"#)]),
        [[client("a")]]
    );
    assert_eq!(
        of(&[("clients/a.json", b"{")]),
        [[Part::nameless(PartKind::Client)]]
    );
    assert_eq!(
        of(&[("clients/a.json", br#"{"name": "a", "client_secret": "@@S@@"}"#)]),
        [[client("a")]]
    );
    assert_eq!(
        of(&[("clients/a.json", br###"{"name": "a", "client_id": "##I##"}"###)]),
        [[Part::nameless(PartKind::Client), client("a")]]
    );
    let yaml =
        b"clients:\n  - name: a\n    client_secret: '@@S@@'\n  - name: b\n    client_secret: '@@S@@'\n";
    assert_eq!(of(&[("tenant.yaml", yaml)]), [[client("a")], [client("b")]]);
    let yaml = b"tenant:\n  default_audience: '@@S@@'\nclients:\n  - name: a\n    client_secret: '@@S@@'\n";
    assert_eq!(of(&[("tenant.yaml", yaml)]), [[], []]);
    assert_eq!(of(&[("tenant.json", b"{")]), [[]]);
    assert_eq!(of(&[("users.json", b"{}")]), [[]]);
    let user = Part {
        kind: PartKind::User,
        names: vec!["auth0|1".to_owned()],
    };
    assert_eq!(
        of(&[("users.json", br#"[{"user_id": "auth0|1", "blocked": "no"}]"#)]),
        [[user]]
    );
    assert_eq!(
        of(&[("triggers/triggers.json", br#"{"post-login": ["x"]}"#)]),
        [[Part::nameless(PartKind::Bindings)]]
    );
    assert_eq!(of(&[("postlogin.toml", b"domains = 1")]), [[]]);
}

/// Tenants alike to public exports, with objects of every kind that the deploy CLI writes.
#[test]
fn nothing_is_wrong_with_whole_exports_of_either_form() {
    let readings = ["exported", "exported-yaml"].map(super::read_fixture);
    for reading in &readings {
        let said = shown(reading);
        assert!(!said.contains("Error ") && !said.contains("Warning "), "{said}");
    }
    let counts = readings.map(|reading| {
        let tenant = reading.tenant;
        [
            tenant.clients.len(),
            tenant.client_grants.len(),
            tenant.resource_servers.len(),
            tenant.actions.len(),
            tenant.modules.len(),
            tenant.post_login.len(),
            tenant.connections.len(),
            tenant.organizations.len(),
            tenant.roles.len(),
            tenant.factors.map_or(0, |factors| factors.len()),
        ]
    });
    assert_eq!(counts[0], [12, 4, 5, 8, 1, 3, 5, 4, 4, 2]);
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn grants_of_clients_are_read_in_both_forms() {
    let grant = br#"{"client_id": "job", "audience": "urn:api", "scope": ["read:x"]}"#;
    let yaml = b"clientGrants:\n  - client_id: job\n    audience: urn:api\n    scope: [read:x]\n";
    for file in [("grants/job-api.json", &grant[..]), ("tenant.yaml", &yaml[..])] {
        let root = folder(&[file]);
        let reading = read_with(root.path(), &[]);
        let grants = &reading.tenant.client_grants;
        assert_eq!(
            (grants[0].client_id.as_str(), grants[0].audience.as_str()),
            ("job", "urn:api")
        );
        assert_eq!(grants[0].scope, ["read:x"]);
        let said = shown(&reading);
        assert!(
            said.contains("Note unknown_client") && said.contains("Note unknown_audience"),
            "{said}"
        );
    }
    let nameless = folder(&[("grants/a.json", b"{}")]);
    let reading = read_with(nameless.path(), &[]);
    assert_eq!(reading.problems[0].code, "missing_member");
    assert!(!reading.problems[0].is_of_every_login());
}

#[test]
fn a_factor_without_a_name_is_left_out_and_named() {
    let files: [(&str, &[u8]); 2] = [
        (
            "guardian/factors/otp.json",
            br#"{"name": "otp", "enabled": true}"#,
        ),
        ("guardian/factors/sms.json", br#"{"enabled": true}"#),
    ];
    assert_eq!(
        problems(&files),
        ["guardian/factors/sms.json:1: is not read: the factor has no name"]
    );
    let root = super::folder(&files);
    let reading = read_with(root.path(), &[]);
    assert_eq!(reading.tenant.factors, Some(vec!["otp".to_owned()]));
    assert_eq!(&*reading.problems[0].code, "left_out");
}
