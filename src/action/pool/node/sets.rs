//! The processes of Node.js of one pool: a set for each Action.

use super::engine::{Needs, Node};
use super::found::{Found, Missing, find};
use super::process::Process;
use super::settings::NodeSettings;
use crate::action::limits::Capacity;
use crate::action::need::Need;
use crate::action::pool::embedded::{WorkerProgram, WorkerSeen};
use crate::action::pool::lost::Lost;
use crate::action::pool::prepared::Prepared;
use crate::action::pool::sight;
use crate::action::pool::workers::{Load, Workers};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::Duration;

/// Node.js as one tenant has it.
#[derive(Debug)]
pub(in crate::action::pool) struct NodeSets {
    launcher: WorkerProgram,
    settings: NodeSettings,
    /// Looked for once.
    found: OnceLock<Result<Found, Missing>>,
    sets: Arc<Sets>,
    /// Whether Actions need Node.js, by identity.
    needed: Mutex<HashMap<String, bool>>,
}

/// Identity of an Action, and what its processes have.
type Key = (String, Needs);

type Sets = Mutex<HashMap<Key, Arc<Workers<Node>>>>;

/// Looks now and then for processes that nobody has used for long, until no set has any.
fn end_idle_processes(sets: Weak<Sets>) {
    let watch = move || {
        loop {
            thread::sleep(LOOK);
            let Some(sets) = sets.upgrade() else {
                return;
            };
            let mut sets = sets.lock().unwrap_or_else(PoisonError::into_inner);
            sets.retain(|_, set| {
                set.end_idle(LONGEST_IDLE);
                set.load() != Load::default()
            });
            if sets.is_empty() {
                return;
            }
        }
    };
    // Without a thread they live as long as the pool.
    let _ = thread::Builder::new()
        .name("idle Node.js".to_owned())
        .spawn(watch);
}

/// How long a process waits for work before it is ended.
const LONGEST_IDLE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_secs(5);

impl NodeSets {
    /// No process is started, and Node.js not looked for, before an Action needs it.
    pub fn new(launcher: WorkerProgram, settings: NodeSettings) -> Self {
        Self {
            launcher,
            settings,
            found: OnceLock::new(),
            sets: Arc::default(),
            needed: Mutex::default(),
        }
    }

    /// The Node.js that is there.
    pub fn found(&self) -> Result<&Found, &Missing> {
        self.found.get_or_init(|| find(&self.settings)).as_ref()
    }

    /// The processes that wait for work.
    pub fn idle(&self) -> Vec<WorkerSeen> {
        let sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        sets.values().flat_map(|set| set.idle(Process::seen)).collect()
    }

    /// Whether an Action is known to need Node.js. What its source shows is looked at once, and told.
    pub fn needed_by(&self, action: &Prepared, tell: impl FnOnce(&Need)) -> bool {
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_needed) = needed.get(action.identity()) {
            return *is_needed;
        }
        let need = sight::needs(action);
        let is_needed = need.as_ref().map(tell).is_some();
        needed.insert(action.identity().to_owned(), is_needed);
        is_needed
    }

    /// Remembers that an Action needs Node.js.
    pub fn remember(&self, action: &Prepared) {
        let mut needed = self.needed.lock().unwrap_or_else(PoisonError::into_inner);
        needed.insert(action.identity().to_owned(), true);
    }

    /// The processes of an Action that have what its runs need.
    ///
    /// # Errors
    /// The Action cannot be told to a process.
    pub fn of(&self, found: &Found, action: &Prepared, needs: Needs) -> Result<Arc<Workers<Node>>, Lost> {
        let key = (action.identity().to_owned(), needs);
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = sets.get(&key) {
            return Ok(Arc::clone(set));
        }
        let node = Node::new(&self.launcher, found, &self.settings, action, needs)?;
        let set = Arc::new(Workers::new(node, Capacity::of(self.settings.processes)));
        if sets.is_empty() {
            end_idle_processes(Arc::downgrade(&self.sets));
        }
        sets.insert(key, Arc::clone(&set));
        Ok(set)
    }
}
