//! Who belongs to an organization, as far as the tenant's users say.

use crate::event::EventError;
use crate::tenant::{Profile, Tenant};
use std::collections::HashSet;

/// The organizations that users of the tenant name as theirs. Of these it is known who belongs to them; of any other one
/// nothing is known, as an export says nothing of members.
#[derive(Clone, Debug, Default)]
pub struct Memberships(HashSet<String>);

impl Memberships {
    /// What these users say.
    pub fn of<'a>(users: impl IntoIterator<Item = &'a Profile>) -> Self {
        let users = users.into_iter();
        Self(
            users
                .flat_map(|user| user.list("organizations").map(str::to_owned))
                .collect(),
        )
    }

    /// Whether a user may log in to the organization that is asked for, where one is.
    ///
    /// # Errors
    /// It is known who belongs to it, and this user does not. Whether there is one, and the client takes it, is asked elsewhere.
    pub fn admit(&self, user: &Profile, asked: Option<&str>, tenant: &Tenant) -> Result<(), EventError> {
        let Some(Ok(organization)) = asked.map(|asked| tenant.organization(asked)) else {
            return Ok(());
        };
        let names = [Some(&organization.name), organization.id.as_ref()];
        let is_it = |name: &str| names.iter().flatten().any(|known| *known == name);
        let is_known = names.iter().flatten().any(|name| self.0.contains(*name));
        if !is_known || user.list("organizations").any(is_it) {
            return Ok(());
        }
        Err(EventError::NotAMember {
            user_id: user.user_id().to_owned(),
            organization: organization.name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn user(organizations: &Value) -> Profile {
        serde_json::from_value(json!({"user_id": "auth0|1", "organizations": organizations})).unwrap()
    }

    #[test]
    fn an_organization_whose_members_are_known_is_theirs() {
        let tenant = Tenant {
            organizations: serde_json::from_value(json!([
                {"name": "acme", "id": "org_1"}, {"name": "initech", "id": "org_2"}, {"name": "open", "id": "org_3"},
            ]))
            .unwrap(),
            ..Tenant::default()
        };
        let [ada, bo, eve] =
            [json!(["acme"]), json!(["org_2"]), json!(null)].map(|organizations| user(&organizations));
        let memberships = Memberships::of([&ada, &bo, &eve]);
        let admitted = |user: &Profile, asked: Option<&str>| memberships.admit(user, asked, &tenant).is_ok();
        for (asked, expected) in [
            (Some("acme"), [true, false, false]),
            (Some("org_1"), [true, false, false]),
            (Some("initech"), [false, true, false]),
            (Some("org_2"), [false, true, false]),
            // Nobody says who belongs to it.
            (Some("open"), [true, true, true]),
            (Some("org_3"), [true, true, true]),
            (Some("nowhere"), [true, true, true]),
            (None, [true, true, true]),
        ] {
            assert_eq!(
                [&ada, &bo, &eve].map(|user| admitted(user, asked)),
                expected,
                "{asked:?}"
            );
        }
    }
}
