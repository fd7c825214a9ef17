//! The processes of Node.js of one pool: a set for each Action.

use super::engine::Node;
use super::found::{Found, Missing, find};
use super::settings::NodeSettings;
use crate::action::limits::Capacity;
use crate::action::pool::embedded::WorkerProgram;
use crate::action::pool::lost::Lost;
use crate::action::pool::prepared::Prepared;
use crate::action::pool::workers::Workers;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Node.js as one tenant has it.
#[derive(Debug)]
pub(in crate::action::pool) struct NodeSets {
    launcher: WorkerProgram,
    settings: NodeSettings,
    /// Looked for once.
    found: OnceLock<Result<Found, Missing>>,
    sets: Mutex<HashMap<Key, Arc<Workers<Node>>>>,
    /// Actions that were found to need Node.js.
    moved: Mutex<HashSet<String>>,
}

/// Identity of an Action, and the memory of its processes.
type Key = (String, usize);

impl NodeSets {
    /// No process is started, and Node.js not looked for, before an Action needs it.
    pub fn new(launcher: WorkerProgram, settings: NodeSettings) -> Self {
        Self {
            launcher,
            settings,
            found: OnceLock::new(),
            sets: Mutex::default(),
            moved: Mutex::default(),
        }
    }

    /// The Node.js that is there.
    pub fn found(&self) -> Result<&Found, &Missing> {
        self.found.get_or_init(|| find(&self.settings)).as_ref()
    }

    /// Whether an Action was found to need Node.js.
    pub fn has_moved(&self, action: &Prepared) -> bool {
        let moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        moved.contains(&action.identity())
    }

    /// Remembers that an Action needs Node.js; false where that is known.
    pub fn remember(&self, action: &Prepared) -> bool {
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        moved.insert(action.identity())
    }

    /// The processes of an Action that have so much memory.
    ///
    /// # Errors
    /// The Action cannot be told to a process.
    pub fn of(&self, found: &Found, action: &Prepared, memory: usize) -> Result<Arc<Workers<Node>>, Lost> {
        let key = (action.identity(), memory);
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(set) = sets.get(&key) {
            return Ok(Arc::clone(set));
        }
        let node = Node::new(&self.launcher, found, &self.settings, action, memory)?;
        let set = Arc::new(Workers::new(node, Capacity::of(self.settings.processes)));
        sets.insert(key, Arc::clone(&set));
        Ok(set)
    }
}
