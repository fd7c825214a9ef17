//! Logins that are driven over made-up surroundings: no worker, no file, no clock.

use super::*;
use crate::command::{AnsweredBy, Call, Exchange, Report};
use crate::event::{Circumstances, EventOptions, EventRequest};
use crate::issue::{Artefact, Conclusion, Ended, OnWarning};
use crate::keys::{KeyRing, ring_for_tests};
use crate::login::{ActionRun, BoundAction, StateHash, Suspended};
use crate::random::SeededRandom;
use crate::tenant::{Action, Client, Profile, Tenant};
use crate::time::Moment;
use crate::trace::{Origin, Warning};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::time::Duration;

/// One Action that makes these calls, in each run the next, and in each run sends these requests.
struct Calls(RefCell<Vec<Vec<(&'static str, Value)>>>, Vec<Exchange>);

impl Actions for Calls {
    fn bound(&self) -> Vec<BoundAction> {
        vec![BoundAction {
            name: "one".to_owned(),
            ..BoundAction::default()
        }]
    }

    fn run(&self, run: &ActionRun<'_>) -> Result<Report, Unavailable> {
        let calls = self.0.borrow_mut().remove(0).into_iter();
        let calls = calls.map(|(method, args)| Call {
            origin: Origin {
                action: Some(run.name.to_owned()),
                ..Origin::default()
            },
            method: method.to_owned(),
            args: args.as_array().cloned().unwrap(),
            index: None,
            handler: None,
        });
        Ok(Report {
            calls: calls.collect(),
            http: self.1.clone(),
            has_continue: true,
            ..Report::default()
        })
    }
}

/// Keeps one login, and remembers what was answered.
#[derive(Default)]
struct Memory {
    kept: RefCell<Option<Suspended>>,
    answered: RefCell<HashSet<String>>,
}

impl Suspensions for Memory {
    fn keep(&self, suspended: &Suspended) -> Result<(), Unavailable> {
        self.kept.replace(Some(suspended.clone()));
        Ok(())
    }

    fn take_up(&self) -> Result<Suspended, Unavailable> {
        Ok(self.kept.borrow().clone().unwrap())
    }
}

impl Seen for Memory {
    fn note(&self, state: &StateHash) -> io::Result<Use> {
        let is_new = self.answered.borrow_mut().insert(state.as_str().to_owned());
        Ok(if is_new { Use::First } else { Use::Again })
    }
}

/// A tenant with one application and one user, and all that its logins need.
struct World {
    tenant: Tenant,
    keys: KeyRing,
    now: Moment,
    memory: Memory,
    http: Vec<Exchange>,
}

impl World {
    fn new() -> Self {
        let user = json!({"user_id": "auth0|1", "identities": [{"provider": "auth0", "user_id": "1"}]});
        let client = Client {
            client_id: "web".to_owned(),
            name: "web".to_owned(),
            ..Client::default()
        };
        Self {
            tenant: Tenant {
                clients: vec![client],
                users: std::iter::once(Profile(user.as_object().cloned().unwrap())).collect(),
                ..Tenant::default()
            },
            keys: ring_for_tests().clone(),
            now: "2026-01-15T12:00:00Z".parse().unwrap(),
            memory: Memory::default(),
            http: Vec::new(),
        }
    }

    fn drive(
        &self,
        calls: Vec<Vec<(&'static str, Value)>>,
        on_warning: OnWarning<'_>,
        driven: impl FnOnce(&mut Flow<'_>) -> Result<Outcome, FlowError>,
    ) -> Result<Outcome, FlowError> {
        let actions = Calls(RefCell::new(calls), self.http.clone());
        let mut random = SeededRandom::new("flow");
        driven(&mut Flow {
            suspensions: &self.memory,
            seen: &self.memory,
            clock: &self.now,
            on_warning,
            ..Flow::new(&self.tenant, &self.keys, &actions, &mut random)
        })
    }

    fn begin(&self, calls: Vec<(&'static str, Value)>, on_warning: OnWarning<'_>) -> Outcome {
        let (client, user) = (
            &self.tenant.clients[0],
            &self.tenant.users.profiles().next().unwrap(),
        );
        let mut random = SeededRandom::new("circumstances");
        let options = EventOptions::default();
        let happened =
            Circumstances::made_up(&self.tenant, client, user, &options, self.now, &mut random).unwrap();
        let login = Login::of(client, user, happened);
        self.drive(vec![calls], on_warning, |flow| flow.login(login, &mut None))
            .unwrap()
    }

    fn come_back(&self, state: &str) -> Result<Outcome, FlowError> {
        let query = json!({"state": state}).as_object().cloned().unwrap();
        let request = EventRequest {
            query,
            ..EventRequest::default()
        };
        let mut answer = Some(Answer::Continue(Box::new(request)));
        self.drive(vec![Vec::new()], OnWarning::Issue, |flow| {
            flow.resume(&mut answer)
        })
    }
}

fn ended(outcome: Outcome) -> Conclusion {
    match outcome.rest {
        Rest::Ended(conclusion) => *conclusion,
        Rest::Suspended(_) => panic!("the login should be over"),
    }
}

const AWAY: (&str, &str) = ("redirect.sendUserTo", "https://other.example/");

#[test]
fn a_login_goes_from_its_circumstances_to_tokens() {
    let claim = ("idToken.setCustomClaim", json!(["https://x.example/a", 1]));
    let conclusion = ended(World::new().begin(vec![claim], OnWarning::Issue));
    let Ended::Issued(Artefact::Tokens(tokens)) = conclusion.ended else {
        panic!("tokens should be issued")
    };
    let claims = tokens.id_token.unwrap().claims;
    assert_eq!(
        (&claims["sub"], &claims["https://x.example/a"]),
        (&json!("auth0|1"), &json!(1))
    );
}

#[test]
fn one_answer_to_a_login_that_was_kept_gives_one_login() {
    let world = World::new();
    let outcome = world.begin(vec![(AWAY.0, json!([AWAY.1]))], OnWarning::Issue);
    let Rest::Suspended(away) = outcome.rest else {
        panic!("the user should be away")
    };
    let wrong = world.come_back("other").err().unwrap();
    assert!(matches!(wrong, FlowError::NoAnswer(_)), "{wrong}");
    assert!(world.memory.answered.borrow().is_empty());
    let conclusion = ended(world.come_back(away.state()).unwrap());
    assert!(matches!(conclusion.ended, Ended::Issued(_)));
    let again = world.come_back(away.state()).err().unwrap();
    assert!(matches!(again, FlowError::AnsweredBefore), "{again}");
}

#[test]
fn requests_over_the_network_are_told_also_where_the_user_leaves() {
    let answered = Exchange {
        method: "GET".to_owned(),
        url: "https://api.example/1".to_owned(),
        status: Some(200),
        error: None,
        elapsed: Duration::from_micros(1500),
        bytes: 3,
        by: AnsweredBy::Network,
        kept: None,
    };
    let refused = Exchange {
        status: None,
        error: Some("refused".to_owned()),
        ..answered.clone()
    };
    let world = World {
        http: vec![answered, refused],
        ..World::new()
    };
    let http = json!([
        {"action": "one", "method": "GET", "url": "https://api.example/1", "status": 200, "ms": 1.5, "bytes": 3,
            "by": "network"},
        {"action": "one", "method": "GET", "url": "https://api.example/1", "ms": 1.5, "bytes": 3, "by": "network",
            "error": "refused"},
    ]);
    let trace = json!([
        {"target": "http/GET https://api.example/1", "action": "one", "status": "applied"},
        {"target": "http/GET https://api.example/1", "action": "one", "status": "dropped", "reason": "no_answer"},
    ]);
    let outcome = world.begin(vec![(AWAY.0, json!([AWAY.1]))], OnWarning::Issue);
    let Rest::Suspended(away) = &outcome.rest else {
        panic!("the user should be away")
    };
    let state = away.state().to_owned();
    for (outcome, requests) in [(outcome, 2), (world.come_back(&state).unwrap(), 4)] {
        let result = crate::result::LoginResult::of(outcome, crate::result::Timing::Measured);
        let result = serde_json::to_value(result).unwrap();
        assert_eq!(result["http"], http);
        let told = result["trace"].as_array().unwrap();
        let told: Vec<_> = told
            .iter()
            .filter(|entry| entry["target"].as_str().unwrap().starts_with("http/"))
            .cloned()
            .collect();
        assert_eq!(Value::from(told[requests - 2..].to_vec()), trace);
        assert_eq!(told.len(), requests);
        assert_eq!(result["warnings"], json!([]));
    }
}

#[test]
fn a_login_that_could_not_start_today_does_not_go_on() {
    let mut world = World::new();
    let outcome = world.begin(vec![(AWAY.0, json!([AWAY.1]))], OnWarning::Issue);
    let Rest::Suspended(away) = outcome.rest else {
        panic!("the user should be away")
    };
    world.tenant.clients[0].client_id = "other".to_owned();
    let error = world.come_back(away.state()).err().unwrap();
    assert!(matches!(error, FlowError::TenantChanged(_)), "{error}");
    world.tenant.config.domain = "other.example".into();
    let error = world.come_back(away.state()).err().unwrap();
    assert!(matches!(error, FlowError::OtherTenant { .. }), "{error}");
}

#[test]
fn where_warnings_count_nothing_is_issued_and_nothing_is_kept() {
    let noted = [Warning {
        code: "x".to_owned(),
        message: "something is odd".to_owned(),
        origin: Origin::default(),
    }];
    let strict = OnWarning::Refuse { noted: &noted };
    let primary = json!({"user_id": "auth0|2", "identities": [
        {"provider": "auth0", "user_id": "2"}, {"provider": "auth0", "user_id": "1"},
    ]});
    for calls in [
        vec![("authentication.setPrimaryUser", json!(["auth0|2"]))],
        vec![(AWAY.0, json!([AWAY.1]))],
    ] {
        let mut world = World::new();
        world
            .tenant
            .users
            .push(&Profile(primary.as_object().cloned().unwrap()));
        let conclusion = ended(world.begin(calls, strict));
        let Ended::Refused(refusal, None) = conclusion.ended else {
            panic!("the login should be refused")
        };
        assert_eq!(refusal.description(), "--strict: something is odd");
        assert_eq!(conclusion.effects.user.primary_user, None);
        assert!(world.memory.kept.borrow().is_none());
    }
}

#[test]
fn nothing_that_is_shown_for_developers_holds_a_secret() {
    let pair = &ring_for_tests().current;
    let pem = |pem: Vec<u8>| String::from_utf8(pem).unwrap();
    let certificate = pem(pair.certificate().x509().to_pem().unwrap());
    let pem = pem(pair.key().pkey().private_key_to_pem_pkcs8().unwrap());
    let mut world = World::new();
    let client = json!({
        "client_id": "web", "name": "web", "callbacks": ["https://sp.example/acs"], "client_secret": "canary-client",
        "client_authentication_methods": {"self_signed": "canary-unread"},
        "addons": {"samlp": {"cert": certificate, "key": pem}},
    });
    let api = json!({"identifier": "urn:api", "signing_secret": "canary-api"});
    let connection = json!({"name": "corp", "options": {"client_secret": "canary-connection"}});
    let user = json!({"user_id": "auth0|1", "identities": [
        {"provider": "auth0", "user_id": "1", "access_token": "provider-token"}
    ]});
    world.tenant.clients = vec![serde_json::from_value(client).unwrap()];
    world.tenant.resource_servers = vec![serde_json::from_value(api).unwrap()];
    world.tenant.connections = vec![serde_json::from_value(connection).unwrap()];
    world.tenant.users = std::iter::once(Profile(user.as_object().cloned().unwrap())).collect();
    world.tenant.actions = vec![Action {
        secrets: [("KEY".to_owned(), Some("canary-action".to_owned().into()))].into(),
        ..Action::default()
    }];
    world.tenant.config.saml.pairwise_secret = Some("canary-pairwise-secret-of-32-bytes".into());

    let set_key = ("samlResponse.setKey", json!([pem]));
    let conclusion = ended(world.begin(vec![set_key.clone()], OnWarning::Issue));
    let recorded = format!("{:?}", conclusion.recorded);
    let outcome = Outcome {
        rest: Rest::Ended(Box::new(conclusion)),
        actions: Vec::new(),
        warnings: Vec::new(),
    };
    let result = crate::result::LoginResult::of(outcome, crate::result::Timing::Frozen);
    let outcome = world.begin(vec![set_key, (AWAY.0, json!([AWAY.1]))], OnWarning::Issue);
    let Rest::Suspended(away) = outcome.rest else {
        panic!("the user should be away")
    };

    let of_key = pem.lines().nth(2).unwrap();
    for shown in [
        format!("{:?}", world.tenant),
        format!("{:?}", world.keys),
        format!("{away:?}"),
        format!("{result:?}"),
        recorded,
    ] {
        assert!(!shown.contains("canary"), "{shown}");
        assert!(!shown.contains(of_key), "{shown}");
    }
    assert!(!format!("{:?}", world.tenant).contains("provider-token"));
    assert!(!format!("{away:?}").contains(away.state()));
}
