//! The user of a call: one whom the store has, or one who is brought along and not written yet.

use super::Issue;
use crate::login::Refusal;
use crate::oauth::{BodyFault, BroughtProfile};
use crate::server::endpoints::api::fault::ApiFault;
use crate::store::{BroughtUser, Change};
use crate::tenant::{BROUGHT_OVER, Profile};

/// The user of a call.
pub(super) struct Comes {
    /// As the store has it, or will have it.
    pub profile: Profile,
    /// The user, where something of them is still to be written: a call that is not carried out leaves nobody behind.
    pub brought: Option<BroughtUser>,
}

impl Issue<'_> {
    /// The user, brought along or not; why there is none.
    pub(super) fn user(&self) -> Result<Result<Comes, Refusal>, ApiFault> {
        if let Some(profile) = self.given.brought()? {
            return self.brought(&profile);
        }
        let user_id = self.given.user_id.as_deref().unwrap_or_default();
        let user = self.site.store.stored_user(user_id)?;
        Ok(match user {
            Some(user) => Ok(Comes {
                profile: user.profile,
                brought: None,
            }),
            None => Err(self.without(user_id)?),
        })
    }

    /// A user who is brought along.
    fn brought(&self, given: &BroughtProfile<'_>) -> Result<Result<Comes, Refusal>, ApiFault> {
        let site = self.site;
        let connection = self.given.connection.as_deref().unwrap_or(BROUGHT_OVER);
        if !self.machine.may_bring_users_of(connection, &site.tenant) {
            return Err(ApiFault::Forbidden(BodyFault::of(
                "connection",
                "this machine client may not bring users of this connection along; see [api.<client_id>] connections",
            )));
        }
        let user_id = given.user_id;
        let defined = site.tenant.connection(connection);
        let strategy = defined.and_then(|connection| connection.strategy.as_deref());
        let before_bar = user_id.split_once('|').map(|(provider, _)| provider);
        let mut members = given.members.clone();
        members.shift_remove("user_id");
        let brought = BroughtUser {
            user_id: user_id.to_owned(),
            members,
            connection: connection.to_owned(),
            provider: strategy.or(before_bar).unwrap_or(connection).to_owned(),
        };
        let known = site.store.stored_user(user_id)?.map(|user| user.profile);
        match &known {
            Some(known) if known.connection() != Some(connection) => {
                return Err(ApiFault::Conflict(BodyFault::of(
                    "user.user_id",
                    "this user belongs to another connection, and is not touched; give user_id, or the connection of the \
                     user",
                )));
            }
            Some(known) if known.is_blocked() => return Ok(Err(Refusal::Blocked)),
            None if site.store.was_deleted(user_id)? => return Ok(Err(gone(user_id))),
            Some(_) | None => {}
        }
        let (profile, change) = brought.laid_over(known, site.now());
        Ok(Ok(Comes {
            profile,
            brought: (change == Change::Made).then_some(brought),
        }))
    }

    /// Why nobody has this id.
    fn without(&self, user_id: &str) -> Result<Refusal, ApiFault> {
        Ok(if self.site.store.was_deleted(user_id)? {
            gone(user_id)
        } else {
            Refusal::NoUser {
                user_id: user_id.to_owned(),
            }
        })
    }
}

fn gone(user_id: &str) -> Refusal {
    Refusal::UserGone {
        user_id: user_id.to_owned(),
    }
}
