//! Everything that is known of one tenant.

use super::action::{Action, ActionModule};
use super::api::ResourceServer;
use super::application::Client;
use super::attack_protection::AttackProtection;
use super::client_grant::ClientGrant;
use super::config::Config;
use super::connection::Connection;
use super::limits::{MAX_BOUND_ACTIONS, TooManyActions};
use super::organization::Organization;
use super::problem::Problem;
use super::profile::Credentials;
use super::role::RoleDefinition;
use super::settings::TenantSettings;
use super::users::Users;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that was read from one tenant folder.
#[derive(Clone, Debug, Default)]
pub struct Tenant {
    /// The folder.
    pub root: PathBuf,
    /// `tenant.json`.
    pub settings: TenantSettings,
    /// `clients/*.json`.
    pub clients: Vec<Client>,
    /// `grants/*.json`.
    pub client_grants: Vec<ClientGrant>,
    /// `resource-servers/*.json`.
    pub resource_servers: Vec<ResourceServer>,
    /// `actions/*`.
    pub actions: Vec<Action>,
    /// `action-modules/*`.
    pub modules: Vec<ActionModule>,
    /// Names of the Actions bound to post-login, in order.
    pub post_login: Vec<String>,
    /// `attack-protection/*.json`.
    pub attack_protection: AttackProtection,
    /// `pages/*.html`: own templates of the server's pages, by file name.
    pub pages: BTreeMap<String, String>,
    /// `connections/*.json` and `database-connections/*.json`.
    pub connections: Vec<Connection>,
    /// `organizations/*.json`.
    pub organizations: Vec<Organization>,
    /// `roles/*.json`.
    pub roles: Vec<RoleDefinition>,
    /// Names of the enabled factors of `guardian-factors/*.json`; `None` when the folder is absent.
    pub factors: Option<Vec<String>>,
    /// `users.json`, as profiles.
    pub users: Users,
    /// What proves who a user is, by user id.
    pub credentials: BTreeMap<String, Credentials>,
    /// `postlogin.toml`.
    pub config: Config,
    /// Errors that concern parts of the tenant: a login that needs none of these parts can go on.
    pub faults: Vec<Problem>,
}

impl Tenant {
    /// Whether more Actions are bound than the platform takes; all of them run here.
    pub fn too_many_actions(&self) -> Option<TooManyActions> {
        let count = self.post_login.len();
        (count > MAX_BOUND_ACTIONS).then_some(TooManyActions { count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_shared_between_threads() {
        const fn is_shareable<T: Send + Sync>() {}
        const { is_shareable::<Tenant>() }
    }
}
