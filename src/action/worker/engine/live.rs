//! The objects of the script's event that follow what it records at once.
//!
//! They are held from before the script saw its event, and changed by defining plain properties, so
//! that nothing the script does to them runs code here.

use crate::action::view::{self, Change, Owner};
use crate::command::Command;
use rquickjs::object::Property;
use rquickjs::{Ctx, Object, Persistent, Result, Value};
use serde_json::Value as Json;

/// The `metadata` of the transaction, the session and the refresh token.
#[derive(Debug, Default)]
pub(super) struct LiveViews {
    transaction: View,
    session: View,
    refresh_token: View,
}

/// The `metadata` of an object of the event; made when it is first needed.
#[derive(Debug, Default)]
struct View {
    owner: Option<Persistent<Object<'static>>>,
    metadata: Option<Persistent<Object<'static>>>,
}

impl LiveViews {
    /// Must be called before the script has seen `event`.
    pub fn of<'js>(ctx: &Ctx<'js>, event: &Object<'js>) -> Result<Self> {
        Ok(Self {
            transaction: View::of(ctx, event, "transaction")?,
            session: View::of(ctx, event, "session")?,
            refresh_token: View::of(ctx, event, "refresh_token")?,
        })
    }

    /// Shows the script what it has just recorded.
    pub fn follow(&mut self, ctx: &Ctx<'_>, command: &Command) -> Result<()> {
        let Some((owner, change)) = view::change(command) else {
            return Ok(());
        };
        let view = match owner {
            Owner::RefreshToken => &mut self.refresh_token,
            Owner::Session => &mut self.session,
            Owner::Transaction => &mut self.transaction,
        };
        view.change(ctx, &change)
    }
}

impl View {
    fn of<'js>(ctx: &Ctx<'js>, event: &Object<'js>, member: &str) -> Result<Self> {
        let owner: Option<Object<'js>> = event.get(member)?;
        let metadata: Option<Object<'js>> = match &owner {
            Some(owner) => owner.get("metadata")?,
            None => None,
        };
        Ok(Self {
            owner: owner.map(|owner| Persistent::save(ctx, owner)),
            metadata: metadata.map(|metadata| Persistent::save(ctx, metadata)),
        })
    }

    fn change(&mut self, ctx: &Ctx<'_>, change: &Change) -> Result<()> {
        match change {
            Change::Remove { key } => self.remove(ctx, key),
            Change::Evict => {
                let Some(metadata) = self.metadata.clone() else {
                    return Ok(());
                };
                let keys: Vec<String> = metadata.restore(ctx)?.keys().collect::<Result<_>>()?;
                keys.iter().try_for_each(|key| self.remove(ctx, key))
            }
            Change::Set { key, value } => self.set(ctx, key, value),
        }
    }

    fn set(&mut self, ctx: &Ctx<'_>, key: &str, value: &Json) -> Result<()> {
        let Some(owner) = self.owner.clone() else {
            return Ok(());
        };
        let metadata = if let Some(metadata) = self.metadata.clone() {
            metadata.restore(ctx)?
        } else {
            let metadata = Object::new(ctx.clone())?;
            define(&owner.restore(ctx)?, "metadata", metadata.clone().into_value());
            self.metadata = Some(Persistent::save(ctx, metadata.clone()));
            metadata
        };
        define(&metadata, key, ctx.json_parse(value.to_string())?);
        Ok(())
    }

    fn remove(&self, ctx: &Ctx<'_>, key: &str) -> Result<()> {
        let Some(metadata) = self.metadata.clone() else {
            return Ok(());
        };
        if metadata.restore(ctx)?.remove(key).is_err() {
            ctx.catch();
        }
        Ok(())
    }
}

/// What the script has frozen stays as it is.
fn define<'js>(object: &Object<'js>, key: &str, value: Value<'js>) {
    let property = Property::from(value).writable().configurable().enumerable();
    if object.prop(key, property).is_err() {
        object.ctx().catch();
    }
}
