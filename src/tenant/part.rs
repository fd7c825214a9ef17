//! The parts of a tenant, of which one can be wrong while the others are whole.

use super::problem::Problem;
use super::whole::Tenant;

/// One part of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Every name that it goes by, such as name and client id; none where it could not be read far enough.
    pub names: Vec<String>,
}

/// What a part of a tenant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// An Action.
    Action,
    /// A module of Actions.
    ActionModule,
    /// An API, by its identifier.
    Api,
    /// The bindings to post-login, and the secrets beside the Actions. They have no name.
    Bindings,
    /// An application.
    Client,
    /// An API that an application may have by itself; no login of a user needs it.
    ClientGrant,
    /// A connection.
    Connection,
    /// An organization.
    Organization,
    /// A role.
    Role,
    /// A user, by id or address.
    User,
}

impl Part {
    /// A part that could not be read far enough to know its name.
    pub const fn nameless(kind: PartKind) -> Self {
        Self {
            kind,
            names: Vec::new(),
        }
    }
}

/// Whether the tenant has what a login looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It may be in a part that could not be read.
    No,
    /// It has.
    Yes,
}

impl From<bool> for Found {
    fn from(is_found: bool) -> Self {
        if is_found { Self::Yes } else { Self::No }
    }
}

impl Tenant {
    /// The errors that concern whoever needs the part of this kind and name. Where there is no such part, it may be one
    /// that could not be read.
    pub fn faults_of(&self, kind: PartKind, name: &str, found: Found) -> impl Iterator<Item = &Problem> {
        let concerns = move |part: &Part| {
            part.kind == kind
                && match part.names.as_slice() {
                    [] => found == Found::No,
                    names => names.iter().any(|known| known == name),
                }
        };
        let of_part = move |problem: &&Problem| problem.parts.iter().any(concerns);
        self.faults.iter().filter(of_part)
    }
}
