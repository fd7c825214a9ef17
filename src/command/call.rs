//! One call of the `api` object, with its secrets shown as handles.

use super::call_error::CallError;
use super::recorder::Handler;
use crate::trace::Origin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// One call of an `api` method, as a worker, a commands file and the result hold it.
///
/// `args` are the arguments as JSON. An argument that was left out or `undefined` at the end is
/// absent, one in the middle is `null`. A number that JSON cannot hold is `{"$number": "NaN"}`. `Debug` shows secrets
/// as handles.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The Action that made the call, and the place in its code.
    #[serde(flatten)]
    pub origin: Origin,
    /// The path after `api.`, such as `idToken.setCustomClaim`.
    pub method: String,
    /// The arguments as JSON.
    #[serde(default)]
    pub args: Vec<Value>,
    /// 0-based number of the Action in the bound order; absent where the login does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// `continue` where `onContinuePostLogin` made the call; absent for `onExecutePostLogin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler: Option<Handler>,
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            origin,
            method,
            args,
            index,
            handler,
        } = self.redacted();
        formatter
            .debug_struct("Call")
            .field("origin", &origin)
            .field("method", &method)
            .field("args", &args)
            .field("index", &index)
            .field("handler", &handler)
            .finish()
    }
}

impl Call {
    /// The same call with every private key and provider secret replaced by
    /// `{"$secret": "sha256:<fingerprint>"}` (interface 3).
    pub fn redacted(&self) -> Self {
        let mut call = self.clone();
        if let Some(place) = call.secret_place()
            && let Value::String(text) = place
        {
            *place = crate::keys::secret_handle(text);
        }
        call
    }

    /// Puts the secret back where [`Call::redacted`] took one out, and nowhere else.
    ///
    /// # Errors
    /// `find` knows no secret with this handle.
    pub fn restore(&mut self, find: &dyn Fn(&Value) -> Option<String>) -> Result<(), CallError> {
        let method = self.method.clone();
        match self.secret_place() {
            Some(place) if place.get("$secret").is_some() => {
                let found = find(place).ok_or_else(|| {
                    CallError::new(
                        &method,
                        format!("no known secret has the fingerprint {}", place["$secret"]),
                    )
                })?;
                *place = found.into();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The private key or provider secret among the arguments.
    pub fn secret(&self) -> Option<&str> {
        match self.method.as_str() {
            "samlResponse.setKey" => self.args.first(),
            "multifactor.enable" => self.args.get(1)?.pointer("/providerOptions/skey"),
            _ => None,
        }?
        .as_str()
    }

    /// The argument that holds a secret, in the methods that have one.
    fn secret_place(&mut self) -> Option<&mut Value> {
        match self.method.as_str() {
            "samlResponse.setKey" => self.args.first_mut(),
            "multifactor.enable" => self.args.get_mut(1)?.pointer_mut("/providerOptions/skey"),
            _ => None,
        }
    }
}
