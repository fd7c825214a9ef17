//! Values that are put in for placeholders, and where they come from.

use super::*;

#[test]
fn placeholders_reach_every_kind_of_file() {
    let folder = folder(&[
        (
            "clients/web.json",
            br###"{"name": "web", "callbacks": @@CALLBACKS@@, "client_id": "##ID##"}"###,
        ),
        ("postlogin.toml", b"domain = \"##HOST##\""),
        ("actions/a.json", br#"{"name": "a"}"#),
        ("actions/a/code.js", b"const host = @@HOST@@; // ##OTHER##"),
    ]);
    let variables = [
        ("CALLBACKS", r#"["https://a.example"]"#),
        ("ID", "17"),
        ("HOST", "a.example"),
    ];
    let reading = read_with(folder.path(), &variables);
    let tenant = &reading.tenant;
    assert_eq!(tenant.clients[0].callbacks, ["https://a.example"]);
    assert_eq!(tenant.clients[0].client_id, "17");
    assert_eq!(tenant.config.domain(), "a.example");
    assert_eq!(
        tenant.actions[0].source,
        "const host = \"a.example\"; // ##OTHER##"
    );
    assert_eq!(
        shown(&reading).lines().count(),
        2,
        "the unknown one in the code is a warning"
    );
}

#[test]
fn a_placeholder_in_what_is_not_read_needs_no_value() {
    let yaml = b"captcha:\n  secret: ##GONE##\nclients:\n  - name: web\n    mobile: '@@GONE@@'\n    is_first_party: @@USED@@\n";
    let folder = folder(&[
        ("tenant.yaml", yaml),
        ("users.json", br###"[{"user_id": "##USER##"}]"###),
    ]);
    let reading = read_with(folder.path(), &[]);
    let errors: Vec<_> = reading
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        errors,
        [
            "tenant.yaml:6:21: the placeholder USED has no value",
            "users.json:1:15: the placeholder USER has no value",
        ]
    );
}

#[test]
fn the_deploy_cli_s_own_variable_gives_values_too() {
    let folder = folder(&[(
        "clients/web.json",
        br###"{"name": "##N##", "callbacks": @@LIST@@}"###,
    )]);
    let mappings = r#"{"N": "web", "LIST": ["https://a.example"]}"#;
    let sources = Sources {
        environment: &|name| (name == "AUTH0_KEYWORD_REPLACE_MAPPINGS").then(|| mappings.to_owned()),
        variables: &BTreeMap::new(),
    };
    let tenant = read(folder.path(), &sources).tenant;
    assert_eq!(tenant.client("web").unwrap().callbacks, ["https://a.example"]);
}

#[test]
fn arrays_and_objects_are_put_together_from_raw_placeholders_and_places_stay_those_of_the_file() {
    let client = br#"{"name": "web", ##MEMBERS##,
  "callbacks": ["https://a.example/cb", ##MORE##], "is_first_party": "yes",
  "jwt_configuration": {"alg": 5}}"#;
    let yaml = b"clients:\n  - name: web\n    callbacks: [##MORE##]\n    is_first_party: 'yes'\n";
    let variables = [
        ("MORE", "\"https://b.example/cb\",\n\n\"https://c.example/cb\""),
        ("MEMBERS", "\"client_id\": \"w1\",\n\"app_type\": \"spa\""),
    ];
    let json = folder(&[("tenant.json", b"{}"), ("clients/web.json", client)]);
    let reading = read_with(json.path(), &variables);
    assert_eq!(
        errors(&reading),
        [
            "clients/web.json:2:52: is_first_party: expected a boolean, found the text \"yes\"",
            "clients/web.json:3:25: jwt_configuration.alg: expected a string, found 5",
        ]
    );
    assert_eq!(reading.tenant.clients[0].callbacks.len(), 3);
    assert_eq!(reading.tenant.clients[0].client_id, "w1");
    let yaml = folder(&[("tenant.yaml", yaml)]);
    let one_line = [("MORE", "\"https://b.example/cb\", \"https://c.example/cb\"")];
    let reading = read_with(yaml.path(), &one_line);
    assert_eq!(
        errors(&reading),
        ["tenant.yaml:4:5: clients[0].is_first_party: expected a boolean, found the text \"yes\""]
    );
    assert_eq!(reading.tenant.clients[0].callbacks.len(), 2);
}

#[test]
fn a_value_of_a_placeholder_is_in_no_problem() {
    let folder = folder(&[
        (
            "clients/a.json",
            br###"{"name": "a", "is_first_party": "##CANARY##", "callbacks": ["@@CANARY@@"]}"###,
        ),
        ("clients/b.json", br#"{"name": "b", ##CANARY##}"#),
        ("clients/c.json", br#"{"name": "c", ##TWICE##}"#),
        (
            "clients/d.json",
            br#"{"name": "d", "client_metadata": @@OBJECT@@}"#,
        ),
        (
            "triggers/triggers.json",
            br###"{"post-login": [{"action_name": "##CANARY##"}, {"action_name": "##SHORT##"}]}"###,
        ),
    ]);
    let variables = [
        ("CANARY", "canary-4711\n"),
        ("SHORT", "ca-7"),
        ("TWICE", "\"canary-1\": 1, \"canary-1\": 2"),
        ("OBJECT", "{\"canary-2\": 1, \"canary-2\": 2}"),
    ];
    let reading = read_with(folder.path(), &variables);
    let text = shown(&reading);
    assert!(!text.contains("canary") && !text.contains("ca-7"), "{text}");
    for said in [
        "clients/a.json:1:15: is_first_party: expected a boolean, found the text ##CANARY##",
        "clients/b.json:1:15: not valid JSON where the value of ##CANARY## stands",
        "clients/c.json:1:15: a member that comes from ##TWICE## is given twice",
        "the value of the placeholder OBJECT is given twice",
        "the Action ##CANARY##",
        "the Action ##SHORT##",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn the_deploy_cli_s_config_has_values_too_and_the_nearer_source_wins() {
    let outer = folder(&[
        (
            "config.json",
            br#"{"AUTH0_KEYWORD_REPLACE_MAPPINGS": {"A": "above", "C": "above", "N": "7"}}"#,
        ),
        (
            "tenant/config.json",
            br#"{"AUTH0_KEYWORD_REPLACE_MAPPINGS": {"A": "beside", "V": "beside", "E": "beside"}}"#,
        ),
        (
            "tenant/tenant.json",
            br###"{"friendly_name": "##A## ##C## ##V## ##E##", "picture_url": @@N@@}"###,
        ),
    ]);
    let root = outer.path().join("tenant");
    let sources = Sources {
        environment: &|name| match name {
            "E" => Some("environment".to_owned()),
            "V" => Some("loses".to_owned()),
            _ => None,
        },
        variables: &BTreeMap::from([("V".to_owned(), "typed".to_owned())]),
    };
    let reading = read(&root, &sources);
    assert_eq!(errors(&reading), [""; 0]);
    let name = reading.tenant.settings.friendly_name.unwrap();
    assert_eq!(name, "beside above typed environment");
    for (config, said) in [
        (
            &br#"{"A": 1, "A": 2}"#[..],
            "config.json:1:10: A: the member \"A\" is given twice",
        ),
        (b"{", "config.json:1:1: not valid JSON"),
        (
            br#"{"AUTH0_KEYWORD_REPLACE_MAPPINGS": 5}"#,
            "config.json: AUTH0_KEYWORD_REPLACE_MAPPINGS is no JSON object",
        ),
    ] {
        std::fs::write(root.join("config.json"), config).unwrap();
        let reading = read_with(&root, &[]);
        assert!(
            errors(&reading).iter().any(|error| error.starts_with(said)),
            "{:?}",
            errors(&reading)
        );
    }
}
