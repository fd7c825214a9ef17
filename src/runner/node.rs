//! How Actions run on Node.js, as the tenant says.

use crate::action::{NodeProcess, NodeSettings, WithoutLandlock};
use crate::tenant::{self, Tenant};
use std::path::PathBuf;

/// How the Actions of `tenant` run on Node.js, which is `program` where that is given.
#[expect(clippy::disallowed_methods, reason = "the edge: programs are found by PATH")]
pub fn node_settings(tenant: &Tenant, program: Option<PathBuf>) -> NodeSettings {
    let config = &tenant.config.actions;
    let of_tenant = || config.node.as_ref().map(|node| tenant.root.join(node));
    let path = std::env::var_os("PATH").unwrap_or_default();
    NodeSettings {
        processes: config.node_processes,
        process: match config.node_process {
            tenant::NodeProcess::Action => NodeProcess::Kept,
            tenant::NodeProcess::Login => NodeProcess::Login,
        },
        landlock: if config.node_without_landlock {
            WithoutLandlock::Run
        } else {
            WithoutLandlock::Refuse
        },
        ..NodeSettings::new(program.or_else(of_tenant), std::env::split_paths(&path).collect())
    }
}
