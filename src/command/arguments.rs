//! Reading the arguments of a call by the method's own parameter names.

use super::call_error::CallError;
use super::{Available, Kind, Method, Signature};
use serde_json::{Map, Value};

/// The arguments of one call, read by position.
pub(super) struct Arguments<'a> {
    signature: &'static Signature,
    values: &'a [Value],
}

impl<'a> Arguments<'a> {
    /// # Errors
    /// An unknown method, or an argument of the wrong JavaScript type. Arguments past the declared
    /// ones are ignored, as JavaScript does.
    pub(super) fn check(method: &str, values: &'a [Value]) -> Result<Self, CallError> {
        let Some(found) = Signature::find(method) else {
            return Err(CallError::new(method, "there is no such method"));
        };
        Ok(Self {
            signature: found,
            values,
        })
    }

    /// The method whose arguments these are.
    pub(super) fn method(&self) -> Method {
        self.signature.method
    }

    /// Where the method may be called.
    pub(super) fn available(&self) -> Available {
        self.signature.available
    }

    /// A refusal of the call; its text begins with the method's name.
    pub(super) fn refuse(&self, reason: impl Into<String>) -> CallError {
        CallError::new(self.signature.path, reason)
    }

    /// The name of the parameter at `position`, as the reference has it.
    pub(super) fn name(&self, position: usize) -> &'static str {
        self.signature
            .parameters
            .get(position)
            .map_or("argument", |parameter| parameter.name)
    }

    /// The argument at `position`, if it was given.
    pub(super) fn value(&self, position: usize) -> Option<&'a Value> {
        self.values.get(position)
    }

    fn wrong(&self, position: usize, wanted: &str) -> CallError {
        let got = self.value(position).map_or("nothing", type_name);
        self.refuse(format!("{} must be {wanted}, got {got}", self.name(position)))
    }

    /// A string of any length, empty included.
    pub(super) fn text(&self, position: usize) -> Result<&'a str, CallError> {
        self.value(position)
            .and_then(Value::as_str)
            .ok_or_else(|| self.wrong(position, "a string"))
    }

    /// A string that is not empty.
    pub(super) fn filled(&self, position: usize) -> Result<&'a str, CallError> {
        match self.text(position)? {
            "" => Err(self.refuse(format!("{} must not be empty", self.name(position)))),
            text => Ok(text),
        }
    }

    /// A string with more than white space in it: a text of white space would set nothing, and would undo what was set
    /// before.
    pub(super) fn said(&self, position: usize) -> Result<&'a str, CallError> {
        match self.filled(position)? {
            text if text.trim().is_empty() => {
                Err(self.refuse(format!("{} must not be all white space", self.name(position))))
            }
            text => Ok(text),
        }
    }

    /// A string of at most `limit` UTF-8 bytes.
    pub(super) fn bounded(&self, position: usize, limit: usize) -> Result<&'a str, CallError> {
        let text = self.text(position)?;
        if text.len() > limit {
            return Err(self.refuse(format!(
                "{} is {} bytes long, the limit is {limit} bytes",
                self.name(position),
                text.len()
            )));
        }
        Ok(text)
    }

    pub(super) fn boolean(&self, position: usize) -> Result<bool, CallError> {
        self.value(position)
            .and_then(Value::as_bool)
            .ok_or_else(|| self.wrong(position, "true or false"))
    }

    /// A finite number.
    pub(super) fn number(&self, position: usize) -> Result<f64, CallError> {
        let value = self.value(position);
        value
            .and_then(Value::as_f64)
            .ok_or_else(|| self.wrong(position, "a finite number"))
    }

    pub(super) fn list(&self, position: usize) -> Result<&'a [Value], CallError> {
        let list = self.value(position).and_then(Value::as_array);
        list.map(Vec::as_slice)
            .ok_or_else(|| self.wrong(position, "an array"))
    }

    pub(super) fn object(&self, position: usize) -> Result<&'a Map<String, Value>, CallError> {
        self.value(position)
            .and_then(Value::as_object)
            .ok_or_else(|| self.wrong(position, "an object"))
    }

    /// An object, or an empty object where the argument was left out.
    pub(super) fn options(&self, position: usize) -> Result<Options<'a>, CallError> {
        match self.value(position) {
            None | Some(Value::Null) => Ok(Options {
                members: None,
                refuse: self.signature.path,
            }),
            Some(_) => Ok(Options {
                members: Some(self.object(position)?),
                refuse: self.signature.path,
            }),
        }
    }
}

/// The members of an options object.
#[derive(Clone, Copy)]
pub(super) struct Options<'a> {
    members: Option<&'a Map<String, Value>>,
    refuse: &'static str,
}

impl<'a> Options<'a> {
    pub(super) fn refuse(&self, reason: impl Into<String>) -> CallError {
        CallError::new(self.refuse, reason)
    }

    /// The member `name`, unless it is absent or null.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members
            .and_then(|members| members.get(name))
            .filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, wanted: &str) -> CallError {
        let got = self.value(name).map_or("nothing", type_name);
        self.refuse(format!("options.{name} must be {wanted}, got {got}"))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&'a str>, CallError> {
        let read = |value: &'a Value| value.as_str().ok_or_else(|| self.wrong(name, "a string"));
        self.value(name).map(read).transpose()
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, CallError> {
        let read = |value: &Value| value.as_bool().ok_or_else(|| self.wrong(name, "true or false"));
        self.value(name).map(read).transpose()
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, CallError> {
        let read = |value: &Value| value.as_f64().ok_or_else(|| self.wrong(name, "a finite number"));
        self.value(name).map(read).transpose()
    }

    pub(super) fn list(&self, name: &str) -> Result<Option<&'a Vec<Value>>, CallError> {
        let read = |value: &'a Value| value.as_array().ok_or_else(|| self.wrong(name, "an array"));
        self.value(name).map(read).transpose()
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, CallError> {
        let members = |value: &'a Value| {
            value
                .as_object()
                .filter(|members| !members.contains_key("$number"))
        };
        let read = |value| members(value).ok_or_else(|| self.wrong(name, "an object"));
        self.value(name).map(read).transpose()
    }
}

/// The type of a value, as authors of JavaScript call it.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "an array",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
        Value::Number(_) => "a number",
        Value::Object(members) if members.contains_key("$number") => "a number that is not finite",
        Value::Object(_) => "an object",
        Value::String(_) => "a string",
    }
}

/// Whether JavaScript values of a parameter are taken apart before `JSON.stringify`.
impl Kind {
    /// Whether an object whose JSON form is a primitive (a `Date`, say) is acceptable.
    pub const fn takes_any_json(self) -> bool {
        matches!(self, Self::Json)
    }
}
