//! Keeping a suspended login in a file (`--save-state`), and going on with it (`--resume`).

use super::files;
use super::flow_trouble::flow_trouble;
use super::key_trouble::key_trouble;
use super::open_tenant::OpenTenant;
use super::output::tell;
use super::trouble::Trouble;
use super::used::UsedAnswers;
use crate::disk;
use crate::flow::{FlowError, Seen, Suspensions, Unavailable, Use};
use crate::keys::{Sealing, StateKey, state_key};
use crate::login::{Kept, KeptError, StateHash, Suspended};
use crate::time::Moment;
use std::cell::OnceCell;
use std::io;
use std::path::Path;

/// The files of one login that is kept.
pub(super) struct KeptFiles<'a> {
    /// The tenant of the login; its key authenticates the kept file.
    pub open: &'a OpenTenant,
    /// The tenant's folder, if there is one.
    pub root: Option<&'a Path>,
    /// `--secret` of the command line, for the handles of secrets that Actions set.
    pub secrets: &'a [String],
    /// `--save-state`
    pub save: Option<&'a Path>,
    /// `--resume`
    pub resume: Option<&'a Path>,
    /// The time at which the login is resumed.
    pub now: Moment,
    /// The login that was resumed.
    pub resumed: OnceCell<StateHash>,
}

impl Suspensions for KeptFiles<'_> {
    fn keep(&self, suspended: &Suspended) -> Result<(), Unavailable> {
        match self.save {
            None => Ok(()),
            Some(path) => self.write(path, suspended).map_err(unavailable),
        }
    }

    fn take_up(&self) -> Result<Suspended, Unavailable> {
        let path = self.resume.unwrap_or(Path::new(""));
        let suspended = self.read(path).map_err(unavailable)?;
        let state = suspended.state_hash();
        if UsedAnswers::beside(path).map_err(unavailable)?.has(&state) {
            return Err(unavailable(flow_trouble(FlowError::AnsweredBefore)));
        }
        self.resumed.get_or_init(|| state);
        Ok(suspended)
    }
}

impl Seen for KeptFiles<'_> {
    fn note(&self, state: &StateHash) -> io::Result<Use> {
        let path = self.resume.unwrap_or(Path::new(""));
        match UsedAnswers::beside(path) {
            Ok(used) => used.note(state),
            Err(trouble) => Err(io::Error::other(trouble.what)),
        }
    }
}

impl KeptFiles<'_> {
    /// Keeps `suspended` in the file at `path`, sealed with the tenant's key.
    ///
    /// # Errors
    /// The file cannot be written, or the key is there and cannot be read.
    fn write(&self, path: &Path, suspended: &Suspended) -> Result<(), Trouble> {
        let key = match sealing(self.open, self.root)? {
            Ok(key) => Some(key),
            Err(why) => {
                if self.root.is_some() {
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
        // Only a seed gives the same state twice, so this is another login.
        if self.resumed.get() != Some(&state) {
            UsedAnswers::beside(path)?.forget(&state)?;
        }
        Ok(())
    }

    /// The login that is kept in the file at `path`, its keys put back.
    ///
    /// # Errors
    /// The file is not a login that can be resumed: it was changed, is expired, or has another form.
    fn read(&self, path: &Path) -> Result<Suspended, Trouble> {
        let wrong = |error: KeptError| {
            let help = match error {
                KeptError::OutOfTime { .. } => "start the login again from the application",
                _ => "give a file that --save-state of this version wrote, as it was written",
            };
            Trouble::new(format!("{}: {error}", path.display()), help)
        };
        disk::is_file(path)
            .map_err(|error| Trouble::new(format!("{} cannot be read: {error}", path.display()), BESIDE))?;
        let text = files::text(path)?;
        let key = sealing(self.open, self.root)?;
        let mut kept = Kept::open(&text, key.as_ref().ok(), self.now).map_err(wrong)?;
        if let Err(why) = &key {
            tell(&format!("{}: {}", path.display(), unauthenticated(why)));
        }
        self.open.restore(kept.calls_mut(), self.secrets)?;
        kept.into_suspended().map_err(wrong)
    }
}

/// Whether a login can be resumed from this path.
///
/// # Errors
/// The path is standard input.
pub(super) fn check(resume: &Path) -> Result<(), Trouble> {
    if resume == Path::new("-") {
        return Err(Trouble::usage("--resume cannot read standard input (-)", BESIDE));
    }
    Ok(())
}

const BESIDE: &str = "give the path of the kept file: a file beside it records that the answer was used";

fn unavailable(trouble: Trouble) -> Unavailable {
    Unavailable::new(trouble.what, trouble.help)
}

/// The tenant's key for kept logins, or why there is none.
fn sealing(open: &OpenTenant, root: Option<&Path>) -> Result<Result<StateKey, String>, Trouble> {
    if root.is_none() {
        return Ok(Err("no tenant folder is given".to_owned()));
    }
    match state_key(&open.tenant.root).map_err(|error| key_trouble(&error))? {
        Sealing::With { key, warning } => {
            if let Some(warning) = warning {
                tell(&warning);
            }
            Ok(Ok(key))
        }
        Sealing::Without { why } => Ok(Err(format!(
            "the key that authenticates kept logins cannot be stored ({why})"
        ))),
    }
}

fn unauthenticated(why: &str) -> String {
    format!("a change of the kept login would not be noticed: {why}")
}
