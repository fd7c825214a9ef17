//! From JavaScript arguments to JSON: taken once, checked, bounded, before anything is recorded.
//!
//! Getters, Proxy traps and `toJSON` of the script run here, and only here. What cannot be JSON is
//! refused in the name of the method and the parameter.

use super::errors;
use super::host::Host;
use crate::action::argument::{self, Argument, Unfit};
use crate::command::{Kind, Signature};
use rquickjs::function::This;
use rquickjs::{Array, Ctx, Error, Exception, Object, Result, Value};
use serde_json::Value as Json;

/// The arguments of a call of `method`. Those past the declared parameters are ignored.
pub(super) fn convert<'js>(
    ctx: &Ctx<'js>,
    method: &Signature,
    given: &Array<'js>,
    host: &Host,
) -> Result<Vec<Json>> {
    let mut values = Vec::with_capacity(given.len());
    for position in 0..given.len().min(method.parameters.len()) {
        values.push(given.get::<Value<'js>>(position)?);
    }
    while values.last().is_some_and(Value::is_undefined) {
        values.pop();
    }
    let pairs = values.iter().zip(method.parameters);
    let mut converted: Vec<Json> = Vec::with_capacity(values.len());
    for (value, parameter) in pairs {
        let conversion = Conversion {
            ctx,
            argument: Argument::new(method, parameter, &converted, host.output),
            host,
        };
        let value = conversion.value(value, 0)?;
        converted.push(value);
    }
    Ok(converted)
}

/// The members of an options object, each read once.
struct Members<'js> {
    /// A plain object with them.
    object: Object<'js>,
    /// Names of those that are NaN or Infinity.
    not_finite: Vec<String>,
}

impl<'js> Members<'js> {
    fn of(ctx: &Ctx<'js>, given: &Object<'js>) -> Result<Self> {
        let object = Object::new(ctx.clone())?;
        object.set_prototype(None)?;
        let mut not_finite = Vec::new();
        for name in given.keys::<rquickjs::String<'js>>() {
            let name = name?;
            let member: Value<'js> = given.get(name.clone())?;
            // No JSON has these, and a function named toJSON would be called.
            if member.is_function() || member.is_undefined() || member.is_symbol() {
                continue;
            }
            // A name that is no text is refused with the JSON.
            if member.as_number().is_some_and(|number| !number.is_finite())
                && let Ok(name) = name.to_string()
            {
                not_finite.push(name);
            }
            object.set(name, member)?;
        }
        Ok(Self { object, not_finite })
    }
}

/// The conversion of one argument.
struct Conversion<'a, 'js> {
    ctx: &'a Ctx<'js>,
    argument: Argument<'a>,
    host: &'a Host,
}

impl<'js> Conversion<'_, 'js> {
    /// `lists` is how many lists the value is in.
    fn value(&self, value: &Value<'js>, lists: usize) -> Result<Json> {
        if value.is_undefined() || value.is_null() {
            return Ok(Json::Null);
        }
        if let Some(flag) = value.as_bool() {
            return Ok(Json::Bool(flag));
        }
        if let Some(number) = value.as_number() {
            return self.judged(self.argument.number(number));
        }
        if let Some(text) = value.as_string() {
            let text = match text.to_string() {
                Err(Error::Utf8(_)) => return Err(self.refuse(&argument::lone_surrogate())),
                // There is no memory for it; the engine's error is pending.
                text => text.map_err(|_| Error::Exception)?,
            };
            return self.judged(self.argument.text(text));
        }
        if value.is_symbol() || value.is_big_int() || value.is_function() {
            return Err(self.refuse(&argument::of_type(type_name(value))));
        }
        if self.argument.kind() == Kind::SamlValue
            && let Some(list) = value.as_array()
        {
            return self.saml_list(list, lists + 1);
        }
        self.object(value)
    }

    fn saml_list(&self, list: &Array<'js>, lists: usize) -> Result<Json> {
        if lists > MAX_LISTS {
            return Err(self.refuse(&argument::too_deep()));
        }
        let count = self.judged(Argument::elements(list.len()))?;
        let mut elements = Vec::new();
        for position in 0..count {
            let element: Value<'js> = list.get(position)?;
            if element.is_undefined() {
                return Err(self.refuse(&argument::undefined_element()));
            }
            elements.push(self.value(&element, lists)?);
        }
        Ok(Json::Array(elements))
    }

    /// An object, through the engine's own `JSON.stringify`; of options each member is read once.
    fn object(&self, value: &Value<'js>) -> Result<Json> {
        if self.argument.kind() != Kind::Object {
            return self.written(value);
        }
        let value = self.caught(Self::replaced(value))?;
        match value
            .as_object()
            .filter(|object| !object.is_array() && !object.is_function())
        {
            None => self.written(&value),
            Some(object) => {
                let members = self.caught(Members::of(self.ctx, object))?;
                let mut json = self.written(members.object.as_value())?;
                argument::mark_not_finite(&mut json, &members.not_finite);
                Ok(json)
            }
        }
    }

    /// What `toJSON` makes of a value that has it.
    fn replaced(value: &Value<'js>) -> Result<Value<'js>> {
        let Some(object) = value.as_object() else {
            return Ok(value.clone());
        };
        match object.get::<_, Value<'js>>("toJSON")?.as_function() {
            None => Ok(value.clone()),
            Some(to_json) => to_json.call((This(value.clone()), "")),
        }
    }

    fn written(&self, value: &Value<'js>) -> Result<Json> {
        let Some(text) = self.caught(self.ctx.json_stringify(value.clone()))? else {
            return Err(self.refuse(&argument::formless()));
        };
        let text = text.to_string()?;
        self.judged(self.argument.written(&text))
    }

    /// What the script threw while it was read, in the name of the parameter.
    fn caught<T>(&self, read: Result<T>) -> Result<T> {
        match read {
            Err(Error::Exception) => Err(self.unwritable()),
            read => read,
        }
    }

    /// What `JSON.stringify` threw, in the name of the parameter; unless it is the end of the run.
    fn unwritable(&self) -> Error {
        if self.host.stopped().is_some() {
            return errors::throw_stop(self.ctx);
        }
        let thrown = self.ctx.catch();
        let message = match errors::message(self.ctx, &thrown) {
            Ok(message) if errors::is_out_of_memory(&thrown, &message) => return self.ctx.throw(thrown),
            Ok(message) => message,
            Err(error) => return error,
        };
        self.refuse(&argument::unwritable(&errors::clean(&message, self.host)))
    }

    fn judged<T>(&self, judged: std::result::Result<T, Unfit>) -> Result<T> {
        judged.map_err(|unfit| self.refuse(&unfit))
    }

    fn refuse(&self, unfit: &Unfit) -> Error {
        let message = self.argument.refusal(unfit, |of| errors::clean(of, self.host));
        Exception::throw_message(self.ctx, &message)
    }
}

/// Lists in lists without end would take all of the stack.
const MAX_LISTS: usize = 200;

fn type_name(value: &Value<'_>) -> &'static str {
    if value.is_symbol() {
        "symbol"
    } else if value.is_big_int() {
        "BigInt"
    } else {
        "function"
    }
}
