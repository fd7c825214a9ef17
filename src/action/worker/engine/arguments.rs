//! From JavaScript arguments to JSON: taken once, checked, bounded, before anything is recorded.
//!
//! Getters, Proxy traps and `toJSON` of the script run here, and only here. What cannot be JSON is
//! refused in the name of the method and the parameter.

use super::errors;
use super::host::Host;
use crate::command::{Kind, Parameter, Signature};
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
        // A value is named by the claim, attribute or key that it is for.
        let of = converted.first().and_then(Json::as_str).map(str::to_owned);
        let conversion = Conversion {
            ctx,
            method,
            parameter,
            of,
            host,
        };
        converted.push(conversion.value(value)?);
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

    /// Marks what JSON has as null, so that it is not taken for absent.
    fn mark(&self, json: &mut Json) {
        for name in &self.not_finite {
            if let Some(member) = json.get_mut(name) {
                *member = serde_json::json!({"$number": "NaN"});
            }
        }
    }
}

/// The conversion of one argument.
struct Conversion<'a, 'js> {
    ctx: &'a Ctx<'js>,
    method: &'a Signature,
    parameter: &'a Parameter,
    /// The first argument, where it is text and this is a later one.
    of: Option<String>,
    host: &'a Host,
}

const MAX_ELEMENTS: usize = 10_000;
const MAX_DEPTH: usize = 100;

impl<'js> Conversion<'_, 'js> {
    fn value(&self, value: &Value<'js>) -> Result<Json> {
        if value.is_undefined() || value.is_null() {
            return Ok(Json::Null);
        }
        if let Some(flag) = value.as_bool() {
            return Ok(Json::Bool(flag));
        }
        if let Some(number) = value.as_number() {
            return self.number(number);
        }
        if let Some(text) = value.as_string() {
            let text = match text.to_string() {
                Err(Error::Utf8(_)) => {
                    return Err(self.refuse("holds a lone surrogate, which is not valid text"));
                }
                // There is no memory for it; the engine's error is pending.
                text => text.map_err(|_| Error::Exception)?,
            };
            self.within(text.len())?;
            return Ok(Json::String(text));
        }
        if value.is_symbol() || value.is_big_int() || value.is_function() {
            return Err(self.refuse(&format!("cannot be a {}", type_name(value))));
        }
        if self.parameter.kind == Kind::SamlValue
            && let Some(list) = value.as_array()
        {
            return self.saml_list(list);
        }
        self.object(value)
    }

    fn number(&self, number: f64) -> Result<Json> {
        match self.parameter.kind {
            Kind::SamlValue if number.is_nan() => Ok(serde_json::json!({"$number": "NaN"})),
            Kind::Json if !number.is_finite() => Ok(Json::Null),
            _ if !number.is_finite() => Err(self.refuse("must be a finite number")),
            _ => self.parse(ryu_js::Buffer::new().format_finite(number)),
        }
    }

    fn saml_list(&self, list: &Array<'js>) -> Result<Json> {
        let count = list.len();
        if count > MAX_ELEMENTS {
            return Err(self.refuse(&format!("has more than {MAX_ELEMENTS} elements")));
        }
        let mut elements = Vec::new();
        for position in 0..count {
            let element: Value<'js> = list.get(position)?;
            if element.is_undefined() {
                return Err(self.refuse("has an element that is undefined"));
            }
            elements.push(self.value(&element)?);
        }
        Ok(Json::Array(elements))
    }

    /// An object, through the engine's own `JSON.stringify`; of options each member is read once.
    fn object(&self, value: &Value<'js>) -> Result<Json> {
        if self.parameter.kind != Kind::Object {
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
                members.mark(&mut json);
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
            return Err(self.refuse("has no JSON form"));
        };
        let text = text.to_string()?;
        self.within(text.len())?;
        if !text.starts_with(['{', '[']) && !self.parameter.kind.takes_any_json() {
            return Err(self.refuse(&format!("must be {}, got an object", wanted(self.parameter.kind))));
        }
        if depth(&text) > MAX_DEPTH {
            return Err(self.refuse(&format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        self.parse(&text)
    }

    /// What the script threw while it was read, in the name of the parameter.
    fn caught<T>(&self, read: Result<T>) -> Result<T> {
        match read {
            Err(Error::Exception) => Err(self.unwritable()),
            read => read,
        }
    }

    fn parse(&self, json: &str) -> Result<Json> {
        serde_json::from_str(json).map_err(|error| {
            if error.to_string().contains("surrogate") || error.to_string().contains("escape") {
                self.refuse("holds a lone surrogate, which is not valid text")
            } else {
                self.refuse(&format!("cannot be read as JSON: {error}"))
            }
        })
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
        self.refuse(&format!(
            "cannot be written as JSON: {}",
            errors::clean(&message, self.host)
        ))
    }

    fn within(&self, bytes: usize) -> Result<()> {
        if bytes <= self.host.output {
            return Ok(());
        }
        Err(self.refuse(&format!(
            "is {bytes} bytes long, the limit is {} bytes",
            self.host.output
        )))
    }

    fn refuse(&self, reason: &str) -> Error {
        let of = self
            .of
            .as_deref()
            .map(|of| format!(" of '{}'", errors::clean(of, self.host)))
            .unwrap_or_default();
        let message = format!("api.{}: {}{of} {reason}", self.method.path, self.parameter.name);
        Exception::throw_message(self.ctx, &message)
    }
}

fn type_name(value: &Value<'_>) -> &'static str {
    if value.is_symbol() {
        "symbol"
    } else if value.is_big_int() {
        "BigInt"
    } else {
        "function"
    }
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Array => "an array",
        Kind::Boolean => "true or false",
        Kind::Json => "a JSON value",
        Kind::Number => "a number",
        Kind::Object => "a plain object",
        Kind::Scalar => "a string, a finite number, a boolean or null",
        Kind::SamlValue => "a string, a number, a boolean, null or an array of these",
        Kind::Text => "a string",
    }
}

/// How deep the brackets of a JSON text are nested.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth -= 1,
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn depth_counts_brackets_outside_of_text() {
        assert_eq!(depth("1"), 0);
        assert_eq!(depth(r#"{"a":[1,{"b":"[[[\"{"}]}"#), 3);
    }
}
