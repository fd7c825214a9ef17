//! Answers a service provider: where the browser posts which SAML response.

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

    let (client, user) = (tenant.client("payroll")?, tenant.user("ada@example.org")?);
    let options = EventOptions {
        relay_state: Some("/payslips".to_owned()),
        ..EventOptions::default()
    };
    let (now, mut random) = (SystemClock.now(), SystemRandom);
    let happened = Circumstances::made_up(&tenant, client, user, &options, now, &mut random)?;

    let mut flow = Flow::new(&tenant, &keys, &actions, &mut random);
    let outcome = flow.login(Login::of(client, user, happened), &mut None)?;
    match outcome.rest {
        Rest::Ended(conclusion) => match conclusion.ended {
            Ended::Issued(Artefact::Saml(answer)) => println!("POST {}\n{}", answer.acs_url, answer.response),
            _ => return Err("the login was refused".into()),
        },
        Rest::Suspended(_) => return Err("an Action sent the user away".into()),
    }
    Ok(ExitCode::SUCCESS)
}
