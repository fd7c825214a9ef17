//! Parts of the tenant that a login needs: an error in one of them refuses this login, an error elsewhere does not.

use super::drive::Flow;
use super::error::FlowError;
use crate::event::{Asked, Event};
use crate::tenant::{Client, Found, PartKind, Problem, Profile};

impl Flow<'_> {
    /// Checks the parts that a login asks for.
    ///
    /// # Errors
    /// Something is wrong with one of them, or with an Action that would run.
    pub(super) fn check_asked(
        &self,
        asked: &Asked,
        client: &Client,
        user: Option<&Profile>,
    ) -> Result<(), FlowError> {
        let tenant = self.tenant;
        let circumstances = &asked.circumstances;
        let is_there = tenant
            .clients
            .iter()
            .any(|known| known.client_id == client.client_id);
        let mut faults = Faults::default();
        for name in [&client.client_id, &client.name] {
            faults.add(tenant.faults_of(PartKind::Client, name, is_there.into()));
        }
        if let Some(id) = asked.user_id.as_deref().or_else(|| user.map(Profile::user_id)) {
            let found = tenant.user_by_id(id).is_some();
            faults.add(tenant.faults_of(PartKind::User, id, found.into()));
        }
        if let Some(connection) = &circumstances.connection {
            let found = tenant.connection(connection).is_some();
            faults.add(tenant.faults_of(PartKind::Connection, connection, found.into()));
        }
        if let Some(organization) = &circumstances.organization {
            let found = tenant.organization(organization).is_ok();
            faults.add(tenant.faults_of(PartKind::Organization, organization, found.into()));
        }
        let default = tenant.settings.default_audience.as_ref();
        if let Some(audience) = circumstances.audience.as_ref().or(default) {
            faults.add(self.faults_of_api(audience));
        }
        faults.add(self.actions.faults().iter());
        faults.into_result()
    }

    /// Checks the parts that the event of the login shows.
    ///
    /// # Errors
    /// Something is wrong with one of them.
    pub(super) fn check_event(&self, event: &Event) -> Result<(), FlowError> {
        let tenant = self.tenant;
        let mut faults = Faults::default();
        let id = &event.user.user_id;
        let found = tenant.user_by_id(id).is_some();
        faults.add(tenant.faults_of(PartKind::User, id, found.into()));
        let connection = &event.connection.name;
        let found = tenant.connection(connection).is_some();
        faults.add(tenant.faults_of(PartKind::Connection, connection, found.into()));
        if let Some(api) = &event.resource_server {
            faults.add(self.faults_of_api(&api.identifier));
        }
        let authorization = event.authorization.iter();
        for role in authorization.flat_map(|authorization| &authorization.roles) {
            let found = tenant.role(role).is_some();
            faults.add(tenant.faults_of(PartKind::Role, role, found.into()));
        }
        faults.into_result()
    }

    fn faults_of_api(&self, audience: &str) -> impl Iterator<Item = &Problem> {
        let is_ours = audience == self.tenant.config.endpoints().userinfo();
        let found = is_ours || self.tenant.resource_server(audience).is_some();
        self.tenant.faults_of(PartKind::Api, audience, Found::from(found))
    }
}

/// Errors, each once.
#[derive(Default)]
struct Faults(Vec<Problem>);

impl Faults {
    fn add<'p>(&mut self, faults: impl Iterator<Item = &'p Problem>) {
        for fault in faults {
            if !self.0.contains(fault) {
                self.0.push(fault.clone());
            }
        }
    }

    fn into_result(self) -> Result<(), FlowError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(FlowError::TenantFaults(self.0))
        }
    }
}
