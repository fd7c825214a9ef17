//! `[actions]` of `postlogin.toml`: the limits of Actions, the engines that run them, and their way to the network.

use super::egress_rules::{Reachable, TunnelEnd};
use super::engine_choice::{EngineChoice, NodeProcess};
use super::exported::configured;
use super::measures::{ByteLimit, MemoryLimit, OutputLimit, RequestTimeout, TimeLimit, WaitLimit};
use super::setting::Setting;
use super::walk::{Fault, Walk, holds_no_setting};
use crate::json::{JsonPath, PEM_BEGIN};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;

configured! {
    /// `[actions]`.
    ActionsConfig {
        /// Wall time of one trigger execution, such as `20s` or `500ms`.
        time_limit: Setting<TimeLimit> = "20s".into(),
        /// Memory of one Action, such as `128MiB`.
        memory_limit: Setting<MemoryLimit> = "128MiB".into(),
        /// Bytes of recorded calls and logs that one Action may produce.
        output_limit: Setting<OutputLimit> = "4MiB".into(),
        /// Calls that one Action may record.
        command_limit: usize = 10_000,
        /// Workers that run the tenant's Actions at the same time; absent: one for each processor.
        workers: Option<NonZeroUsize> = None,
        /// Runs that may wait for a worker.
        queue_limit: usize = 256,
        /// How long a run waits for a worker, such as `2s`.
        wait_limit: Setting<WaitLimit> = "2s".into(),
        /// Which JavaScript engine runs the Actions.
        engine: EngineChoice = EngineChoice::Auto,
        /// The program of Node.js, by its path from the tenant folder; absent: `node` in `PATH`.
        node: Option<PathBuf> = None,
        /// How long a process of Node.js lives.
        node_process: NodeProcess = NodeProcess::Action,
        /// Processes of Node.js that one Action may have at the same time.
        node_processes: NonZeroUsize = NODE_PROCESSES,
        /// Whether Node.js runs Actions where the kernel has no Landlock, which keeps files from them.
        node_without_landlock: bool = false,
        /// What holds for one Action, by its name.
        per_action: BTreeMap<String, ActionConfig> = BTreeMap::new(),
        /// The way of Actions to the network.
        egress: EgressConfig = EgressConfig::default(),
    }
}

configured! {
    /// `[actions.per_action.NAME]`: what is absent is as in `[actions]`.
    ActionConfig {
        /// Which JavaScript engine runs the Action.
        engine: Option<EngineChoice> = None,
    }
}

configured! {
    /// `[actions.egress]`.
    EgressConfig {
        /// Hosts, networks and ports that Actions may reach; `public` stands for all public addresses.
        allow: Vec<Setting<Reachable>> = vec!["public".into()],
        /// Hosts, networks and ports that Actions may not reach; wins over `allow`.
        deny: Vec<Setting<Reachable>> = Vec::new(),
        /// `HOST:PORT` whose bytes are passed through as they are, such as those of a database.
        tunnel: Vec<Setting<TunnelEnd>> = Vec::new(),
        /// A PEM file, from the tenant folder, with certificates of authorities that servers are checked with besides
        /// the system's.
        ca: Option<CertificateFile> = None,
        /// Connections that one run may have.
        connections: usize = 32,
        /// Bytes that one run may receive.
        bytes_in: Setting<ByteLimit> = "16MiB".into(),
        /// Bytes that one run may send.
        bytes_out: Setting<ByteLimit> = "4MiB".into(),
        /// How long one request may take.
        request_timeout: Setting<RequestTimeout> = "10s".into(),
        /// Header fields that a request or an answer may have.
        headers: usize = 100,
    }
}

/// The path of a file with certificates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CertificateFile(pub PathBuf);

impl Walk for CertificateFile {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        if self.0.to_string_lossy().contains(PEM_BEGIN) {
            found.push(Fault::new(
                path.clone(),
                Fault::BAD_VALUE,
                "this is a PEM text, not a path",
                "put the PEM into a file and write the file's path",
            ));
        }
    }
}

impl ActionsConfig {
    /// The engine that the tenant chose for the Action of this name.
    pub fn engine_of(&self, action: &str) -> EngineChoice {
        let own = self.per_action.get(action).and_then(|own| own.engine);
        own.unwrap_or(self.engine)
    }
}

const NODE_PROCESSES: NonZeroUsize = NonZeroUsize::new(8).expect("eight is not zero");

holds_no_setting!(EngineChoice, NodeProcess, NonZeroUsize, PathBuf);
