//! The arguments of a call from a process of Node.js: what the bridge read, judged.

use super::said::Form;
use super::thrown;
use crate::action::argument::{self, Argument, Unfit};
use crate::command::Signature;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// The arguments as JSON, or the text of the error that the script sees; `clean` cleans a text of the script's.
pub(super) fn convert(
    method: &Signature,
    given: &[&RawValue],
    limit: usize,
    clean: impl Fn(&str) -> String,
) -> Result<Vec<Json>, String> {
    let mut converted: Vec<Json> = Vec::with_capacity(given.len());
    for (raw, parameter) in given.iter().zip(method.parameters) {
        let argument = Argument::new(method, parameter, &converted, limit);
        let value =
            value(&argument, raw, &clean).map_err(|unfit| argument.refusal(&unfit, |of| clean(of)))?;
        converted.push(value);
    }
    Ok(converted)
}

fn value(argument: &Argument<'_>, raw: &RawValue, clean: &impl Fn(&str) -> String) -> Result<Json, Unfit> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => {
            let text = serde_json::from_str(text).map_err(|_| argument::lone_surrogate())?;
            argument.text(text)
        }
        Some(b'{') => form(argument, text, clean),
        Some(b'-' | b'0'..=b'9') => match serde_json::from_str(text) {
            Ok(number) => argument.number(number),
            Err(_) => Err(argument::formless()),
        },
        _ => serde_json::from_str(text).map_err(|_| argument::formless()),
    }
}

fn form(argument: &Argument<'_>, text: &str, clean: &impl Fn(&str) -> String) -> Result<Json, Unfit> {
    let Ok(form) = serde_json::from_str(text) else {
        return Err(argument::formless());
    };
    match form {
        Form::Bytes(bytes) => match argument.within(bytes) {
            Err(unfit) => Err(unfit),
            Ok(()) => Err(argument::formless()),
        },
        Form::Deep(()) => Err(argument::too_deep()),
        Form::Formless(()) => Err(argument::formless()),
        Form::List(elements) => {
            Argument::elements(elements.len())?;
            let elements = elements.iter().map(|element| value(argument, element, clean));
            elements.collect::<Result<_, _>>().map(Json::Array)
        }
        Form::Long(count) => match Argument::elements(count) {
            Err(unfit) => Err(unfit),
            Ok(_) => Err(argument::formless()),
        },
        Form::Number(number) => argument.number(match &*number {
            "NaN" => f64::NAN,
            "-Infinity" => f64::NEG_INFINITY,
            _ => f64::INFINITY,
        }),
        Form::Options(members, not_finite) => {
            let mut json = argument.written(members.get())?;
            argument::mark_not_finite(&mut json, &not_finite);
            Ok(json)
        }
        Form::Threw(value) => Err(argument::unwritable(&clean(&plain(thrown::message(value))))),
        Form::Type(name) => Err(argument::of_type(&name)),
        Form::Undefined(()) => Err(argument::undefined_element()),
        Form::Written(json) => argument.written(json.get()),
    }
}

/// What the embedded engine says where V8 has other words.
fn plain(message: String) -> String {
    match message.as_str() {
        // V8 draws the circle, too.
        text if text.starts_with("Converting circular structure to JSON") => "circular reference".to_owned(),
        "Do not know how to serialize a BigInt" => "BigInt are forbidden in JSON.stringify".to_owned(),
        _ => message,
    }
}
