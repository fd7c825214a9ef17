//! The Actions of a kept login: the one that sent the user away, and those that have not run.

use super::{Change, Lake, RESUME, STEP};
use crate::terminal::postlogin;
use serde_json::json;
use std::fs;

#[test]
fn an_action_with_other_code_is_not_entered() {
    let step = format!("require('./lib/helper'); require('actions:shared');\n{STEP}");
    let changes: [(&str, Change, &str); 5] = [
        (
            "its source",
            Box::new(|lake| lake.action("step", &format!("{STEP};"))),
            "was changed",
        ),
        (
            "its helper",
            Box::new(|lake| lake.write("tenant/actions/step/lib/helper.js", "2")),
            "was changed",
        ),
        (
            "its module",
            Box::new(|lake| lake.write("tenant/action-modules/shared/code.js", "2")),
            "was changed",
        ),
        (
            "unbound",
            Box::new(|lake| lake.bind(&["other"])),
            "removed or unbound",
        ),
        (
            "removed",
            Box::new(|lake| {
                lake.bind(&[]);
                fs::remove_file(lake.path("tenant/actions/step.json")).unwrap();
            }),
            "removed or unbound",
        ),
    ];
    for (what, change, words) in changes {
        let lake = Lake::new(&step);
        lake.action("other", "exports.onExecutePostLogin = async () => {};");
        lake.write("tenant/actions/step/lib/helper.js", "1");
        lake.write_json(
            "tenant/action-modules/shared.json",
            &json!({"name": "shared", "code": "./action-modules/shared/code.js"}),
        );
        lake.write("tenant/action-modules/shared/code.js", "1");
        lake.begin("");
        lake.run(RESUME).exits(0);
        change(&lake);
        let result = lake
            .again(RESUME)
            .exits(3)
            .warns("Action 'step' sent the user away")
            .warns(words)
            .warns("start the login again")
            .json();
        assert_eq!(result["error"]["kind"], "action_changed", "{what}");
        assert_eq!(result["actions"], json!([]), "{what}");
        // Written when the user left.
        assert_eq!(
            result["effects"]["user"]["app_metadata"],
            json!({"seen": true}),
            "{what}"
        );
    }
}

#[test]
fn an_action_file_is_the_same_wherever_it_is_named_from_and_no_other() {
    let lake = Lake::new("");
    lake.write("own/leave.js", &format!("require('./helper');\n{STEP}"));
    lake.write("own/helper.js", "1");
    lake.begin("--action own/leave.js");
    lake.write("own/unrelated.js", "1");
    let resume = format!("{RESUME} --action");
    postlogin(&resume)
        .from(lake.0.path())
        .word(lake.path("own/leave.js"))
        .run()
        .exits(0);
    lake.again(RESUME).exits(3).warns("removed or unbound");
    lake.write("own/helper.js", "2");
    lake.again(&format!("{resume} own/leave.js"))
        .exits(3)
        .warns("was changed");
}

#[test]
fn actions_that_have_not_run_are_todays_and_that_is_told() {
    let says = |name: &str| {
        format!(
            "exports.onExecutePostLogin = async (e, api) => api.idToken.setCustomClaim('https://x.example/{name}', 1);"
        )
    };
    let prepared = || {
        let lake = Lake::new(STEP);
        for name in ["before", "changed", "removed", "added"] {
            lake.action(name, &says(name));
        }
        lake.bind(&["before", "step", "changed", "removed"]);
        lake.begin("");
        lake
    };
    let lake = prepared();
    let unchanged = lake.run(RESUME).exits(0).json();
    assert_eq!(unchanged["warnings"], json!([]));

    // One that has run may change: it does not run again.
    lake.action("before", "throw new Error('again')");
    lake.action("changed", &says("differently"));
    lake.bind(&["before", "step", "changed", "added"]);
    let result = lake.again(RESUME).exits(0).json();
    let claims = &result["id_token_claims"];
    assert_eq!(claims["https://x.example/before"], 1);
    assert_eq!(claims["https://x.example/differently"], 1);
    assert_eq!(claims["https://x.example/added"], 1);
    assert_eq!(claims.get("https://x.example/changed"), None);
    assert_eq!(claims.get("https://x.example/removed"), None);
    assert_eq!(result["warnings"].as_array().unwrap().len(), 1);
    let warning = &result["warnings"][0];
    assert_eq!(warning["code"], "actions_changed");
    assert_eq!(
        warning["message"],
        "the Actions that had not run yet changed while the user was away: the code of 'changed' was changed, 'added' was \
         added, 'removed' is no longer bound; the Actions that run now run with their present code"
    );
    lake.again(&format!("{RESUME} --strict"))
        .exits(3)
        .warns("changed while the user was away");
}
