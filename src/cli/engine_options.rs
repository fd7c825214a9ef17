//! The engine that runs Actions, and whom they reach, as typed or as a case says.

use super::trouble::Trouble;
use crate::action::Pool;
use crate::egress::{Line, Rule, Terms};
use crate::runner::{Reach, ReachSettings, network_terms, node_settings};
use crate::tenant::{EngineChoice, Tenant};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// The engine that runs Actions, and whom they reach.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Engine and network")]
pub struct EngineOptions {
    /// Which JavaScript engine runs the Actions: the embedded one, Node.js, or with auto what an Action needs
    #[arg(long, value_name = "ENGINE", value_parser = engines())]
    pub engine: Option<EngineChoice>,
    /// Program of Node.js; by default [actions] node of postlogin.toml, or else node in PATH
    #[arg(long, value_name = "PATH")]
    pub node: Option<PathBuf>,
    /// Refuse every request of Actions over the network
    #[arg(long)]
    pub offline: bool,
    /// Let Actions reach this host and port, even where its address is not public (repeatable)
    #[arg(long, value_name = "HOST:PORT")]
    pub allow: Vec<String>,
}

impl EngineOptions {
    /// The same for a case, which has what it says itself before what is typed for all cases.
    pub fn for_case(&self, own: Self) -> Self {
        Self {
            engine: own.engine.or(self.engine),
            node: self.node.clone(),
            offline: own.offline || self.offline,
            allow: [own.allow, self.allow.clone()].concat(),
        }
    }

    /// The pool with Node.js as the second engine.
    pub fn with_node(&self, pool: Pool, tenant: &Tenant) -> Pool {
        pool.with_node(node_settings(tenant, self.node.clone()))
    }

    /// On which terms Actions reach the network.
    ///
    /// # Errors
    /// An entry is none, or a setting of the tenant cannot be used.
    pub fn terms(&self, tenant: &Tenant, settings: ReachSettings) -> Result<Terms, Trouble> {
        let rules = self.allow.iter().map(|entry| entry.parse::<Rule>());
        let allow = rules.collect::<Result<_, String>>().map_err(|wrong| {
            let (what, help) = wrong.split_once("; ").unwrap_or((&wrong, "write HOST:PORT"));
            Trouble::usage(format!("--allow: {what}"), help)
        })?;
        let reach = Reach {
            settings,
            allow,
            line: if self.offline { Line::Cut } else { Line::Open },
        };
        network_terms(tenant, reach).map_err(|error| Trouble::new(error.what, error.help))
    }
}

/// The names of the engines.
pub(super) fn engines() -> impl TypedValueParser<Value = EngineChoice> {
    PossibleValuesParser::new(["auto", "embedded", "node"]).map(|name| match name.as_str() {
        "embedded" => EngineChoice::Embedded,
        "node" => EngineChoice::Node,
        _ => EngineChoice::Auto,
    })
}
