//! A login that is driven over the store.

use super::{keys, user};
use crate::command::Handler;
use crate::command::{Call, Report};
use crate::event::{Circumstances, EventOptions, EventRequest};
use crate::flow::{Actions, Answer, Flow, FlowError, Login, Outcome, Rest, Unavailable};
use crate::issue::Ended;
use crate::keys::ring_for_tests;
use crate::login::{ActionRun, BoundAction};
use crate::random::SystemRandom;
use crate::store::{Bound, Driven, Hashed, Load, ServerKeys, Store};
use crate::tenant::{Client, Tenant};
use crate::time::Moment;
use crate::trace::Origin;
use serde_json::json;
use std::cell::RefCell;

/// An Action that sends the user away and leaves something with the profile.
struct Away;

impl Actions for Away {
    fn bound(&self) -> Vec<BoundAction> {
        vec![BoundAction {
            name: "away".to_owned(),
            ..BoundAction::default()
        }]
    }

    fn run(&self, run: &ActionRun<'_>) -> Result<Report, Unavailable> {
        let call = |method: &str, args: serde_json::Value| Call {
            origin: Origin {
                action: Some(run.name.to_owned()),
                ..Origin::default()
            },
            method: method.to_owned(),
            args: args.as_array().cloned().unwrap(),
            index: None,
            handler: None,
        };
        let calls = if run.handler == Handler::Continue {
            Vec::new()
        } else {
            vec![
                call("user.setAppMetadata", json!(["seen", true])),
                call("redirect.sendUserTo", json!(["https://other.example/"])),
            ]
        };
        Ok(Report {
            calls,
            has_continue: true,
            ..Report::default()
        })
    }
}

fn drive(
    store: &dyn Store,
    keys: &ServerKeys,
    tenant: &Tenant,
    browser: &str,
    state: Option<&str>,
) -> Result<Outcome, FlowError> {
    let now: Moment = super::at(0);
    let (mut random, mut hiding) = (SystemRandom, SystemRandom);
    let driven = Driven {
        store,
        keys,
        bound_to: Bound::Browser(Hashed::of(browser)),
        state,
        clock: &now,
        random: RefCell::new(&mut hiding),
        restore: &|_| Ok(()),
    };
    let mut flow = Flow {
        profiles: &driven,
        suspensions: &driven,
        seen: &driven,
        clock: &now,
        ..Flow::new(tenant, ring_for_tests(), &Away, &mut random)
    };
    if let Some(state) = state {
        let query = json!({"state": state}).as_object().cloned().unwrap();
        let request = EventRequest {
            query,
            ..EventRequest::default()
        };
        return flow.resume(&mut Some(Answer::Continue(Box::new(request))));
    }
    let profile = store.stored_user("auth0|ada").unwrap().unwrap().profile;
    let options = EventOptions::default();
    let client = &tenant.clients[0];
    let happened =
        Circumstances::made_up(tenant, client, &profile, &options, now, &mut SystemRandom).unwrap();
    flow.login(Login::of(client, &profile, happened), &mut None)
}

pub fn a_login_waits_in_the_store_for_its_own_browser(store: &impl Store) {
    let identities = json!({"identities": [{"connection": "db", "provider": "auth0", "user_id": "ada"}]});
    store
        .load_users(vec![user("auth0|ada", identities)], Load::New, super::at(0))
        .unwrap();
    let tenant = Tenant {
        clients: vec![Client {
            client_id: "web".to_owned(),
            name: "web".to_owned(),
            ..Client::default()
        }],
        ..Tenant::default()
    };
    let keys = keys();
    let drive = |browser, state| drive(store, &keys, &tenant, browser, state);
    let Rest::Suspended(away) = drive("hers", None).unwrap().rest else {
        panic!("the user should be away")
    };
    let profile = store.stored_user("auth0|ada").unwrap().unwrap().profile;
    assert_eq!(
        profile.0["app_metadata"]["seen"], true,
        "written before the user leaves"
    );
    for (browser, state) in [("another", away.state()), ("hers", "another state")] {
        let refused = drive(browser, Some(state)).err().unwrap();
        assert!(refused.to_string().contains("invalid_request"), "{refused}");
    }
    let Rest::Ended(conclusion) = drive("hers", Some(away.state())).unwrap().rest else {
        panic!("the login should be over")
    };
    assert!(matches!(conclusion.ended, Ended::Issued(_)));
    let again = drive("hers", Some(away.state())).err().unwrap();
    assert!(again.to_string().contains("was used before"), "{again}");
}
