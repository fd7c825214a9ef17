//! Keeping a suspended login in a file (`--save-state`), and going on with it (`--resume`).

use super::desk::{Desk, key_trouble};
use super::login::{frozen_clock, system_now};
use super::options::LoginOptions;
use super::trouble::Trouble;
use super::used::UsedAnswers;
use super::{files, tell};
use crate::disk;
use crate::keys::{Sealing, StateKey, state_key};
use crate::login::{Kept, KeptError, Suspended};
use std::path::Path;

/// Keeps `suspended` in the file at `path`, sealed with the key of the tenant in `root`. `resumed` remembers the
/// answer that this login came from, where it was kept before.
///
/// # Errors
/// The file cannot be written, or the key is there and cannot be read.
pub(super) fn write(
    path: &Path,
    suspended: &Suspended,
    desk: &Desk,
    root: Option<&Path>,
    resumed: Option<&UsedAnswers>,
) -> Result<(), Trouble> {
    let key = match sealing(desk, root)? {
        Ok(key) => Some(key),
        Err(why) => {
            if root.is_some() {
                tell(&format!("{}: {}", path.display(), unauthenticated(&why)));
            }
            None
        }
    };
    let text = suspended
        .to_kept(key.as_ref())
        .map_err(|error| Trouble::new(error.to_string(), "please report this"))?;
    files::write_private(path, &text)?;
    let state = suspended.state_hash();
    // Only a seed draws a state twice: the login is another one.
    if resumed.is_none_or(|used| used.resumed() != &state) {
        UsedAnswers::beside(path, state)?.forget()?;
    }
    Ok(())
}

/// The login that is kept in the file at `path`, its keys put back, and what remembers that it was answered.
///
/// # Errors
/// It is no login that can be gone on with: changed, expired, answered before, or kept in another form.
pub(super) fn read(
    path: &Path,
    desk: &Desk,
    root: Option<&Path>,
    options: &LoginOptions,
) -> Result<(Box<Suspended>, UsedAnswers), Trouble> {
    let wrong = |error: KeptError| {
        let help = match error {
            KeptError::OutOfTime { .. } => "start the login again from the application",
            _ => "give a file that --save-state of this version wrote, as it was written",
        };
        Trouble::new(format!("{}: {error}", path.display()), help)
    };
    let now = match options.now.as_deref() {
        Some(now) => frozen_clock(now)?,
        None => system_now(),
    };
    let beside = "give the kept file itself: that its answer was used is remembered beside it";
    if path == Path::new("-") {
        return Err(Trouble::usage("--resume - would be standard input", beside));
    }
    disk::is_file(path)
        .map_err(|error| Trouble::new(format!("{} cannot be read: {error}", path.display()), beside))?;
    let text = files::text(path)?;
    let key = sealing(desk, root)?;
    let mut kept = Kept::open(&text, key.as_ref().ok(), now.timestamp_millis()).map_err(wrong)?;
    if let Err(why) = &key {
        tell(&format!("{}: {}", path.display(), unauthenticated(why)));
    }
    desk.restore(kept.calls_mut(), &options.secrets)?;
    let suspended = kept.into_suspended().map_err(wrong)?;
    let used = UsedAnswers::beside(path, suspended.state_hash())?;
    used.check()?;
    Ok((Box::new(suspended), used))
}

/// The tenant's key for kept logins, or why there is none.
fn sealing(desk: &Desk, root: Option<&Path>) -> Result<Result<StateKey, String>, Trouble> {
    if root.is_none() {
        return Ok(Err("no tenant folder is given".to_owned()));
    }
    match state_key(&desk.tenant.root).map_err(|error| key_trouble(&error))? {
        Sealing::With { key, warning } => {
            if let Some(warning) = warning {
                tell(&warning);
            }
            Ok(Ok(key))
        }
        Sealing::Without { why } => Ok(Err(format!("no key can be kept for it ({why})"))),
    }
}

fn unauthenticated(why: &str) -> String {
    format!("nothing shows whether the kept login is changed: {why}")
}
