//! From JavaScript arguments to JSON: taken once, checked, bounded, before anything is recorded.
//!
//! Getters, Proxy traps and `toJSON` of the script run here, and only here. What cannot be JSON is
//! refused in the name of the method and the parameter.

use super::errors;
use super::host::Host;
use crate::command::{Kind, Parameter, Signature};
use rquickjs::{Array, Ctx, Error, Exception, Result, Value};
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

/// Members of an options object that `JSON.stringify` turned from NaN or Infinity into null are marked, so
/// that they are not taken for absent ones.
fn mark_not_finite<'js>(value: &Value<'js>, json: &mut Json) -> Result<()> {
    let (Some(object), Json::Object(members)) = (value.as_object(), json) else {
        return Ok(());
    };
    for (name, member) in members.iter_mut().filter(|(_, member)| member.is_null()) {
        let number = object.get::<_, Value<'js>>(name.as_str())?.as_number();
        if number.is_some_and(|number| !number.is_finite()) {
            *member = serde_json::json!({"$number": "NaN"});
        }
    }
    Ok(())
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
        if list.len() > MAX_ELEMENTS {
            return Err(self.refuse(&format!("has more than {MAX_ELEMENTS} elements")));
        }
        let mut elements = Vec::new();
        for position in 0..list.len() {
            let element: Value<'js> = list.get(position)?;
            if element.is_undefined() {
                return Err(self.refuse("has an element that is undefined"));
            }
            elements.push(self.value(&element)?);
        }
        Ok(Json::Array(elements))
    }

    /// An object, through the engine's own `JSON.stringify`.
    fn object(&self, value: &Value<'js>) -> Result<Json> {
        let text = match self.ctx.json_stringify(value.clone()) {
            Ok(Some(text)) => text,
            Ok(None) => return Err(self.refuse("has no JSON form")),
            Err(Error::Exception) => return Err(self.unwritable()),
            Err(error) => return Err(error),
        };
        let text = text.to_string()?;
        self.within(text.len())?;
        if !text.starts_with(['{', '[']) && !self.parameter.kind.takes_any_json() {
            return Err(self.refuse(&format!("must be {}, got an object", wanted(self.parameter.kind))));
        }
        if depth(&text) > MAX_DEPTH {
            return Err(self.refuse(&format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        let mut json = self.parse(&text)?;
        if self.parameter.kind == Kind::Object {
            mark_not_finite(value, &mut json)?;
        }
        Ok(json)
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
