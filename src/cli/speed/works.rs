//! What `postlogin speed` measures.

use super::super::clock::system_now;
use super::super::files;
use super::super::open_tenant::OpenTenant;
use super::super::options::TenantOptions;
use super::super::trouble::Trouble;
use super::cpu::process_cpu;
use super::runs::{both_cpu, one_login, run_action};
use crate::action::{Capacity, Pool, Prepared, Script, WorkerProgram};
use crate::algorithm::ContentCipher;
use crate::command::{Call, Command, Recorded, Recorder};
use crate::event::{Circumstances, EventError, EventOptions, GivenEvent, Opening, Protocol, SamlRequest};
use crate::keys::{PrivateKey, SigningKey};
use crate::login::{BoundAction, Decision, Grant, Plan, Policy};
use crate::random::SystemRandom;
use crate::runner::node_settings;
use crate::saml::{self, IdentityProvider};
use crate::saml_setting::SamlSettings;
use crate::tenant::{Client, EngineChoice, ResourceServer, SamlAddon};
use crate::token::{self, Issuer, OrganizationNames};
use crate::trace::{Origin, Trace};
use openssl::hash::MessageDigest;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

/// In the order of the table.
pub const NAMES: [&str; 10] = [
    "tokens-rs256",
    "tokens-es256",
    "saml-signed",
    "saml-encrypted",
    "saml-response-signed",
    "saml-both",
    "saml-verify-request",
    "action",
    ON_NODE,
    "login",
];

/// The work of `action` in a process of Node.js.
const ON_NODE: &str = "action-node";

/// One work with its bare signature.
pub struct Work<'a> {
    /// One of [`NAMES`].
    pub name: &'static str,
    /// Signatures that one work makes.
    pub signatures: u32,
    /// Does the work once; the number of bytes that it made.
    pub once: Box<dyn FnMut() -> Result<usize, Trouble> + 'a>,
    /// One signature of the same key.
    pub bare: Box<dyn FnMut() -> Result<(), Trouble> + 'a>,
    /// CPU time that the work used so far.
    pub cpu: Box<dyn Fn() -> Duration + 'a>,
}

/// Keys, event and Action that works are made of.
pub struct Workshop {
    open: OpenTenant,
    event: Value,
    action: Prepared,
    action_on_node: Prepared,
    pool: Pool,
}

const EVENT: &str = include_str!("event.json");
const ACTION: &str = include_str!("action.js");
const AUDIENCE: &str = "https://api.example.org";

impl Workshop {
    /// Works of made-up keys, the built-in event and the built-in Action; for benches.
    ///
    /// # Errors
    /// OpenSSL makes no keys.
    pub fn built_in(program: WorkerProgram) -> Result<Self, Trouble> {
        Self::open(program, None, &TenantOptions::default(), None, None)
    }

    /// Works of the tenant at `root`, or of made-up keys; of these files, or of built-in ones.
    ///
    /// # Errors
    /// A file or the tenant cannot be used.
    pub fn open(
        program: WorkerProgram,
        root: Option<&Path>,
        options: &TenantOptions,
        event: Option<&Path>,
        action: Option<&Path>,
    ) -> Result<Self, Trouble> {
        let open = match root {
            Some(_) => {
                let mut open = OpenTenant::open(root, options, &mut super::super::output::tell)?;
                if open.keys.ec.is_none() {
                    // To measure with: nothing that it signs leaves the program.
                    open.keys.ec = OpenTenant::made_up()?.keys.ec;
                }
                open
            }
            None => OpenTenant::made_up()?,
        };
        let event = match event {
            Some(path) => files::json(path)?,
            None => serde_json::from_str(EVENT).map_err(|error| {
                Trouble::new(
                    format!("the built-in event cannot be read: {error}"),
                    "please report this",
                )
            })?,
        };
        let (file, source) = match action {
            Some(path) => (path.display().to_string(), files::text(path)?),
            None => ("action.js".to_owned(), ACTION.to_owned()),
        };
        let script = Script {
            name: "speed".to_owned(),
            source: source.into(),
            file,
            ..Script::default()
        };
        let on_node = Script {
            engine: EngineChoice::Node,
            ..script.clone()
        };
        let node = node_settings(&open.tenant, None);
        Ok(Self {
            open,
            event,
            action: Prepared::new(script),
            action_on_node: Prepared::new(on_node),
            pool: Pool::new(program, Capacity::of(NonZeroUsize::MIN)).with_node(node),
        })
    }

    /// The work with this name.
    ///
    /// # Errors
    /// The event, the Action or the keys do not allow the work.
    pub fn work(&mut self, name: &'static str) -> Result<Work<'_>, Trouble> {
        match name {
            "tokens-rs256" => self.tokens(name, "RS256"),
            "tokens-es256" => self.tokens(name, "ES256"),
            "saml-signed" => self.saml(name, SamlSettings::default()),
            "saml-encrypted" => {
                let pair = &self.open.keys.current;
                let settings = SamlSettings {
                    encryption_cert: Some(Ok(pair.certificate().clone())),
                    encryption_public_key: Some(Ok(pair.key().public_key())),
                    encryption_algorithm: Some(Ok(ContentCipher::Aes256Gcm)),
                    ..SamlSettings::default()
                };
                self.saml(name, settings)
            }
            "saml-response-signed" => self.saml(
                name,
                SamlSettings {
                    sign_response: Some(Ok(true)),
                    ..SamlSettings::default()
                },
            ),
            "saml-both" => {
                let settings = SamlSettings {
                    sign_assertion: Some(Ok(true)),
                    sign_response: Some(Ok(true)),
                    ..SamlSettings::default()
                };
                let work = self.saml(name, settings)?;
                Ok(Work {
                    signatures: 2,
                    ..work
                })
            }
            "saml-verify-request" => super::verify::request(name),
            "action" => self.action(name, &self.action),
            ON_NODE => self.action(name, &self.action_on_node),
            _ => self.login(name),
        }
    }

    fn opening(&self, client: &Client, protocol: Protocol) -> Result<Opening, Trouble> {
        let wrong = |error: EventError| Trouble::new(error.to_string(), "correct the event file");
        let mut event = self.event.clone();
        event["transaction"]["protocol"] = json!(protocol);
        let given = GivenEvent::try_from(event).map_err(wrong)?;
        let options = EventOptions {
            given: Some(&given),
            ..EventOptions::default()
        };
        let tenant = &self.open.tenant;
        let user = given.user(None).map_err(wrong)?;
        let now = system_now();
        let circumstances =
            Circumstances::made_up(tenant, client, &user, &options, now, &mut SystemRandom).map_err(wrong)?;
        let mut opening = given.build(tenant, client, None, &circumstances).map_err(wrong)?;
        opening.request.audience = Some(AUDIENCE.to_owned());
        opening.request.granted_scopes = ["openid", "profile", "email"].map(str::to_owned).into();
        Ok(opening)
    }

    fn grant(&self, client: &Client, protocol: Protocol, calls: &[(&str, Value)]) -> Result<Grant, Trouble> {
        let opening = self.opening(client, protocol)?;
        let recorded = calls
            .iter()
            .map(|(method, args)| recorded(method, args))
            .collect::<Result<_, _>>()?;
        Ok(Grant {
            scopes: opening.request.granted_scopes.clone(),
            event: opening.event,
            profile: opening.profile,
            request: opening.request,
            recorded,
            mfa: false,
        })
    }

    fn tokens(&mut self, name: &'static str, algorithm: &str) -> Result<Work<'_>, Trouble> {
        let mut client = client();
        client.jwt_configuration.alg = Some(algorithm.into());
        let api = api(algorithm);
        let calls = [
            (
                "idToken.setCustomClaim",
                json!(["https://example.org/roles", ["admin", "editor"]]),
            ),
            (
                "accessToken.setCustomClaim",
                json!(["https://example.org/roles", ["admin", "editor"]]),
            ),
            (
                "idToken.setCustomClaim",
                json!(["https://example.org/plan", "gold"]),
            ),
        ];
        let grant = self.grant(&client, Protocol::OidcBasicProfile, &calls)?;
        let keys = &self.open.keys;
        let endpoints = self.open.tenant.config.endpoints();
        let once = move || {
            let issuer = Issuer {
                endpoints,
                keys,
                jti: None,
            };
            let mut trace = Trace::default();
            let tokens = token::issue(
                &grant,
                &client,
                Some(&api),
                &issuer,
                OrganizationNames::Omit,
                system_now(),
                &mut SystemRandom,
                &mut trace,
            );
            let tokens = tokens.map_err(|error| Trouble::new(error.to_string(), ""))?;
            Ok(tokens.id_token.map_or(0, |token| token.jwt.len()))
        };
        let key = match algorithm {
            "ES256" => keys.ec.as_ref().map(SigningKey::key),
            _ => Some(keys.current.key()),
        };
        let key = key.ok_or_else(|| {
            Trouble::new(
                "there is no key for ES256",
                "name one as [keys] ec in postlogin.toml",
            )
        })?;
        Ok(Work {
            name,
            signatures: 2,
            once: Box::new(once),
            bare: bare(key),
            cpu: Box::new(process_cpu),
        })
    }

    fn saml(&mut self, name: &'static str, settings: SamlSettings) -> Result<Work<'_>, Trouble> {
        let mut client = client();
        client.addons.samlp = Some(SamlAddon {
            settings: Box::new(settings),
            ..SamlAddon::default()
        });
        let many: Vec<String> = (0..20).map(|number| format!("group-{number}")).collect();
        let mut calls: Vec<(&str, Value)> = (0..11)
            .map(|number| {
                (
                    "samlResponse.setAttribute",
                    json!([format!("attribute-{number}"), "a value of usual length"]),
                )
            })
            .collect();
        calls.push(("samlResponse.setAttribute", json!(["groups", many])));
        for setter in [
            "setCreateUpnClaim",
            "setPassthroughClaimsWithNoMapping",
            "setMapIdentities",
        ] {
            calls.push((["samlResponse.", setter].concat().leak(), json!([false])));
        }
        let mut grant = self.grant(&client, Protocol::Samlp, &calls)?;
        grant.request.saml = Some(SamlRequest {
            id: Some("_request".to_owned()),
            issuer: Some("https://sp.example.org".to_owned()),
            acs_url: "https://sp.example.org/acs".to_owned(),
            ..SamlRequest::default()
        });
        let pair = &self.open.keys.current;
        let provider = IdentityProvider {
            domain: self.open.tenant.config.domain(),
            pair,
            config: &self.open.tenant.config.saml,
        };
        let once = move || {
            let mut trace = Trace::default();
            let answer = saml::respond(
                &grant,
                &client,
                &provider,
                system_now(),
                &mut SystemRandom,
                &mut trace,
            );
            Ok(answer
                .map_err(|error| Trouble::new(error.to_string(), ""))?
                .xml
                .len())
        };
        Ok(Work {
            name,
            signatures: 1,
            once: Box::new(once),
            bare: bare(pair.key()),
            cpu: Box::new(process_cpu),
        })
    }

    /// Whether the work cannot be measured here, and why: there is no Node.js for it.
    pub fn cannot_be_measured(&self, name: &str) -> Option<String> {
        (name == ON_NODE).then(|| self.pool.node().err()).flatten()
    }

    fn action<'a>(&'a self, name: &'static str, action: &'a Prepared) -> Result<Work<'a>, Trouble> {
        let opening = self.opening(&client(), Protocol::OidcBasicProfile)?;
        let pool = &self.pool;
        let once = move || run_action(pool, action, &opening.event, &opening.facts, &Recorder::default());
        let bare = bare(self.open.keys.current.key());
        Ok(Work {
            name,
            signatures: 0,
            once: Box::new(once),
            bare,
            cpu: both_cpu(&self.pool),
        })
    }

    fn login(&mut self, name: &'static str) -> Result<Work<'_>, Trouble> {
        let client = client();
        let api = api("RS256");
        let opening = self.opening(&client, Protocol::OidcBasicProfile)?;
        let plan = Plan {
            event: opening.event,
            profile: opening.profile,
            request: opening.request,
            facts: opening.facts,
            actions: vec![BoundAction {
                name: self.action.script().name.clone(),
                ..BoundAction::default()
            }],
            policy: Policy::default(),
            ..Plan::default()
        };
        let (action, pool, keys) = (&self.action, &self.pool, &self.open.keys);
        let endpoints = self.open.tenant.config.endpoints();
        let once = move || {
            let mut finished = one_login(&plan, pool, action)?;
            let Decision::Issue(grant) = &finished.decision else {
                return Err(Trouble::new(
                    "the Action refuses the login, so nothing is issued",
                    "measure with another --action",
                ));
            };
            let issuer = Issuer {
                endpoints,
                keys,
                jti: None,
            };
            let names = OrganizationNames::Omit;
            let trace = &mut finished.trace;
            let tokens = token::issue(
                grant,
                &client,
                Some(&api),
                &issuer,
                names,
                system_now(),
                &mut SystemRandom,
                trace,
            );
            let tokens = tokens.map_err(|error| Trouble::new(error.to_string(), ""))?;
            Ok(tokens.id_token.map_or(0, |token| token.jwt.len()))
        };
        let bare = bare(self.open.keys.current.key());
        Ok(Work {
            name,
            signatures: 2,
            once: Box::new(once),
            bare,
            cpu: both_cpu(&self.pool),
        })
    }
}

fn client() -> Client {
    Client {
        client_id: "speed".to_owned(),
        name: "speed".to_owned(),
        callbacks: vec!["https://app.example.org/callback".to_owned()],
        ..Client::default()
    }
}

fn api(algorithm: &str) -> ResourceServer {
    ResourceServer {
        identifier: AUDIENCE.to_owned(),
        signing_alg: Some(algorithm.into()),
        ..ResourceServer::default()
    }
}

fn recorded(method: &str, args: &Value) -> Result<Recorded, Trouble> {
    let call = Call {
        origin: Origin::default(),
        method: method.to_owned(),
        args: args.as_array().cloned().unwrap_or_default(),
        index: None,
        handler: None,
    };
    let command =
        Command::parse(&call).map_err(|error| Trouble::new(error.to_string(), "please report this"))?;
    Ok(Recorded {
        origin: Origin::default(),
        action: 0,
        command,
        call,
    })
}

/// One SHA-256 signature over a kilobyte.
pub(super) fn bare(key: &PrivateKey) -> Box<dyn FnMut() -> Result<(), Trouble> + '_> {
    let message = [0x5au8; 1024];
    Box::new(move || {
        key.digest_sign(MessageDigest::sha256(), &message)
            .map(|_| ())
            .map_err(|error| Trouble::new(format!("the bare signature failed: {error}"), ""))
    })
}
