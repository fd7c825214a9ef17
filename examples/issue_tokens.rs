//! Issues tokens: a tenant folder, a user, a request. The Actions run in processes of this same program.

use postlogin::action::{WorkerProgram, worker};
use postlogin::event::{Circumstances, EventOptions};
use postlogin::flow::{Clock as _, Flow, Login, Rest, SystemClock};
use postlogin::issue::{Artefact, Ended};
use postlogin::random::SystemRandom;
use postlogin::runner::{self, BoundActions, is_worker};
use postlogin::{folder, keys};
use std::{error::Error, path::Path, process::ExitCode};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if is_worker() {
        return Ok(worker::serve());
    }
    let tenant = folder::open(Path::new("fixtures/tenants/acme"))?;
    let (keys, _) = keys::load(&tenant.root, &tenant.config.keys)?;
    let pool = runner::pool(&tenant, WorkerProgram::current_exe()?)?;
    let actions = BoundActions::new(&tenant, &pool)?;

    let (client, user) = (tenant.client("web")?, tenant.user("ada@example.org")?);
    let (options, now) = (EventOptions::default(), SystemClock.now());
    let mut random = SystemRandom;
    // Whoever has a request and a session at hand says what really happened instead.
    let happened = Circumstances::made_up(&tenant, client, user, &options, now, &mut random)?;

    let mut flow = Flow::new(&tenant, &keys, &actions, &mut random);
    let outcome = flow.login(Login::of(client, user, happened), &mut None)?;
    let Rest::Ended(conclusion) = outcome.rest else {
        return Err("an Action sent the user away".into());
    };
    match conclusion.ended {
        Ended::Issued(Artefact::Tokens(tokens)) => println!("{}", tokens.id_token.ok_or("no openid")?.jwt),
        Ended::Issued(Artefact::Saml(answer)) => println!("{}", answer.xml),
        Ended::Refused(refusal, _) => println!("{}: {}", refusal.code(), refusal.description()),
    }
    Ok(ExitCode::SUCCESS)
}
