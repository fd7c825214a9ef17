//! What an argument of a call may be, and what is said of one that may not: the rules for every engine.
//!
//! An engine reads the values of the script; what it read is judged here.

use crate::command::{Kind, Parameter, Signature};
use serde_json::{Value as Json, json};

/// One argument of a call, to be judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument<'a> {
    method: &'a Signature,
    parameter: &'a Parameter,
    /// The first argument, where it is text and this is a later one: a value is named by the claim, attribute or key
    /// that it is for.
    of: Option<&'a str>,
    /// Bytes that it may have.
    limit: usize,
}

/// Why an argument is refused; what it begins with and whose it is stands apart, so that a name of the script's can be
/// cleaned.
#[derive(Debug)]
pub(super) struct Unfit(pub String);

impl<'a> Argument<'a> {
    /// The argument of `method` at the position of `parameter`; `before` are those that come before it.
    pub fn new(method: &'a Signature, parameter: &'a Parameter, before: &'a [Json], limit: usize) -> Self {
        Self {
            method,
            parameter,
            of: before.first().and_then(Json::as_str),
            limit,
        }
    }

    /// What kind of value it may be.
    pub fn kind(&self) -> Kind {
        self.parameter.kind
    }

    /// A text of a JavaScript string without lone surrogates.
    pub fn text(&self, text: String) -> Result<Json, Unfit> {
        self.within(text.len())?;
        Ok(Json::String(text))
    }

    /// A number.
    pub fn number(&self, number: f64) -> Result<Json, Unfit> {
        match self.parameter.kind {
            Kind::SamlValue if number.is_nan() => Ok(not_a_number()),
            Kind::Json if !number.is_finite() => Ok(Json::Null),
            _ if !number.is_finite() => Err(unfit("must be a finite number")),
            _ => parse(ryu_js::Buffer::new().format_finite(number)),
        }
    }

    /// The number of elements of an array for a SAML attribute.
    pub fn elements(count: usize) -> Result<usize, Unfit> {
        if count > MAX_ELEMENTS {
            return Err(unfit(&format!("has more than {MAX_ELEMENTS} elements")));
        }
        Ok(count)
    }

    /// The JSON text of an object.
    pub fn written(&self, text: &str) -> Result<Json, Unfit> {
        self.within(text.len())?;
        if !text.starts_with(['{', '[']) && !self.parameter.kind.takes_any_json() {
            return Err(unfit(&format!(
                "must be {}, got an object",
                wanted(self.parameter.kind)
            )));
        }
        if depth(text) > MAX_DEPTH {
            return Err(too_deep());
        }
        parse(text)
    }

    /// Judges its size.
    pub fn within(&self, bytes: usize) -> Result<(), Unfit> {
        if bytes <= self.limit {
            return Ok(());
        }
        Err(unfit(&format!(
            "is {bytes} bytes long, the limit is {} bytes",
            self.limit
        )))
    }

    /// The text of the error that the script sees; `clean` cleans a text of the script's.
    pub fn refusal(&self, Unfit(reason): &Unfit, clean: impl FnOnce(&str) -> String) -> String {
        let of = self
            .of
            .map(|of| format!(" of '{}'", clean(of)))
            .unwrap_or_default();
        format!("api.{}: {}{of} {reason}", self.method.path, self.parameter.name)
    }
}

/// A value of a type that no JSON has.
pub(super) fn of_type(name: &str) -> Unfit {
    unfit(&format!("cannot be a {name}"))
}

/// What no JSON has and `JSON.stringify` gives nothing for.
pub(super) fn formless() -> Unfit {
    unfit("has no JSON form")
}

/// A text that is none.
pub(super) fn lone_surrogate() -> Unfit {
    unfit("holds a lone surrogate, which is not valid text")
}

/// An array with an element that is undefined.
pub(super) fn undefined_element() -> Unfit {
    unfit("has an element that is undefined")
}

/// A value whose parts are nested too deeply.
pub(super) fn too_deep() -> Unfit {
    unfit(&format!("is nested deeper than {MAX_DEPTH} levels"))
}

/// What the script threw while it was read; its message is clean.
pub(super) fn unwritable(message: &str) -> Unfit {
    unfit(&format!("cannot be written as JSON: {message}"))
}

/// Marks the members of an options object that are NaN or Infinity: JSON has null for them, which would be taken for
/// absent.
pub(super) fn mark_not_finite(json: &mut Json, names: &[String]) {
    for name in names {
        if let Some(member) = json.get_mut(name) {
            *member = not_a_number();
        }
    }
}

fn not_a_number() -> Json {
    json!({"$number": "NaN"})
}

fn unfit(reason: &str) -> Unfit {
    Unfit(reason.to_owned())
}

fn parse(json: &str) -> Result<Json, Unfit> {
    serde_json::from_str(json).map_err(|error| {
        if error.to_string().contains("surrogate") || error.to_string().contains("escape") {
            lone_surrogate()
        } else {
            unfit(&format!("cannot be read as JSON: {error}"))
        }
    })
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
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

const MAX_ELEMENTS: usize = 10_000;
const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn depth_counts_brackets_outside_of_text() {
        assert_eq!(depth("1"), 0);
        assert_eq!(depth(r#"{"a":[1,{"b":"[[[\"{"}]}"#), 3);
    }
}
