//! Single logout as a server carries it out, a line of JSON in and a line of JSON out: `logout TENANT`.
//!
//! A line has the time as `now` and one of these:
//!
//! - `begin`: the tenant ends this session, a list of participants.
//! - `request`: form body or query with a `SAMLRequest` that came at the endpoint of `client`, in `session`.
//! - `response`: form body or query with a `SAMLResponse`, to the logout that is kept as `waiting`.
//!
//! The answer is `send` with what to keep as `waiting`, `answer` with the `report`, `finish` with the report,
//! `refused`, or `not_an_answer`.

use chrono::{DateTime, Utc};
use postlogin::folder::{self, Sources};
use postlogin::keys::{self, KeyRing};
use postlogin::random::SystemRandom;
use postlogin::saml::IdentityProvider;
use postlogin::saml::inbound::{Carrier, SeenIds, binding};
use postlogin::saml::logout::{
    Application, Delivery, Dispatch, Host, NameId, Participant, RefusedLogout, Sender, Step, Waiting, begin,
    requested,
};
use postlogin::tenant::Tenant;
use postlogin::trace::Trace;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::stdin;
use std::path::Path;

#[derive(Deserialize)]
struct Line {
    now: DateTime<Utc>,
    #[serde(flatten)]
    event: Event,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Event {
    Begin {
        begin: Vec<Login>,
    },
    Request {
        request: String,
        client: String,
        session: Vec<Login>,
    },
    Response {
        response: String,
        waiting: Box<Waiting>,
    },
}

/// A login of the session that ends.
#[derive(Deserialize)]
struct Login {
    client: String,
    issuer: String,
    name_id: NameId,
    session_index: String,
}

struct Server {
    tenant: Tenant,
    keys: KeyRing,
    seen: SeenIds,
}

#[expect(clippy::disallowed_methods, reason = "what was typed is read here")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = std::env::args().nth(1).ok_or("usage: logout TENANT")?;
    let sources = Sources {
        environment: &|_| None,
        variables: &BTreeMap::new(),
    };
    let tenant = folder::read(Path::new(&root), &sources).tenant;
    let (keys, _) = keys::load(&tenant.root, &tenant.config.keys)?;
    let mut server = Server {
        tenant,
        keys,
        seen: SeenIds::default(),
    };
    for line in stdin().lines() {
        println!("{}", server.take(serde_json::from_str(&line?)?)?);
    }
    Ok(())
}

impl Server {
    fn take(&mut self, line: Line) -> Result<Value, Box<dyn Error>> {
        let now = line.now;
        let host = Host {
            endpoints: self.tenant.config.endpoints(),
            config: &self.tenant.config.saml,
        };
        let step = match line.event {
            Event::Begin { begin: session } => Ok(begin(self.participants(session)?)),
            Event::Request {
                request,
                client,
                session,
            } => {
                let received = binding::read(&request, Carrier::Request)?;
                let application = Application::of(self.tenant.client(&client)?)?;
                let session = self.participants(session)?;
                requested(&received, &application, &host, session, now, &mut SystemRandom)
            }
            Event::Response { response, waiting } => {
                let received = binding::read(&response, Carrier::Response)?;
                match waiting.receive(&received, &host, now, &mut SystemRandom) {
                    Ok(step) => Ok(step),
                    Err((_, error)) => return Ok(json!({"not_an_answer": error.to_string()})),
                }
            }
        };
        match step {
            Ok(step) => self.carry_out(step, now),
            Err(refused) => self.refuse(&refused, now),
        }
    }

    fn participants(&self, session: Vec<Login>) -> Result<Vec<Participant>, Box<dyn Error>> {
        let participant = |login: Login| {
            Ok(Participant {
                application: Application::of(self.tenant.client(&login.client)?)?,
                issuer: Some(login.issuer),
                name_id: login.name_id,
                session_index: login.session_index,
            })
        };
        session.into_iter().map(participant).collect()
    }

    fn carry_out(&mut self, mut step: Step, now: DateTime<Utc>) -> Result<Value, Box<dyn Error>> {
        loop {
            step = match step {
                Step::NoteId(unseen) => {
                    let once = unseen.once();
                    let occurrence = self.seen.note(&once.id, once.until, now);
                    match unseen.proceed(occurrence) {
                        Ok(step) => step,
                        Err(refused) => return self.refuse(&refused, now),
                    }
                }
                // A server would end the user's session here.
                Step::EndSession(ending) => ending.ended(now, &mut SystemRandom),
                Step::Send(request, waiting) => {
                    return Ok(json!({"send": self.sealed(&request, now)?, "waiting": waiting}));
                }
                Step::Answer(response, report) => {
                    return Ok(json!({"answer": self.sealed(&response, now)?, "report": report}));
                }
                Step::Finish(report) => return Ok(json!({"finish": report})),
            };
        }
    }

    fn refuse(&self, refused: &RefusedLogout, now: DateTime<Utc>) -> Result<Value, Box<dyn Error>> {
        let answer = refused.answer.as_deref();
        let answer = answer.map(|response| self.sealed(response, now)).transpose()?;
        Ok(json!({"refused": refused.code, "description": refused.description, "answer": answer}))
    }

    /// The message as the browser carries it.
    fn sealed(&self, dispatch: &Dispatch, now: DateTime<Utc>) -> Result<Value, Box<dyn Error>> {
        let config = &self.tenant.config;
        let idp = IdentityProvider {
            domain: config.domain(),
            pair: &self.keys.current,
            config: &config.saml,
        };
        let client = self.tenant.client(dispatch.client_id())?;
        let outgoing = dispatch.seal(&Sender::new(client, &idp, now, &mut Trace::default())?)?;
        Ok(match outgoing.delivery {
            Delivery::Form {
                url,
                carrier,
                message,
                relay_state,
            } => json!({
                "xml": outgoing.xml, "url": url,
                "fields": {carrier.name(): message, "RelayState": relay_state}
            }),
            Delivery::Redirect { url } => json!({"xml": outgoing.xml, "url": url}),
        })
    }
}
