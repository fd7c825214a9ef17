//! The arguments of `api.samlResponse`: their types, their limits, and what is said of wrong ones.

use super::super::arguments::{Arguments, type_name};
use super::super::{CallError, Command, Setter};
use super::scalar::SamlScalar;
use crate::algorithm::Listed;
use crate::keys::Certificate;
use crate::saml_setting::kind::{self, Kind};
use crate::saml_setting::{SamlSetting, SessionEnd, ValueError, is_blank, saml_settings};
use serde_json::Value;

macro_rules! made {
    (
        settings { $($(#[$meta:meta])* $name:ident: $variant:ident($value:ty) = $kind:expr, $member:literal,
            $setter:literal($($parameter:literal: $js:ident),*);)* }
        of_attributes { $($(#[$of_meta:meta])* $of_name:ident: $of_variant:ident($of_value:ty) = $of_kind:expr,
            $of_member:literal, $of_setter:literal($($of_parameter:literal: $of_js:ident),*);)* }
        of_addon $of_addon:tt
    ) => {
        /// The setting that `samlResponse.<setter>` makes.
        pub(in crate::command) fn setting(
            setter: Setter,
            arguments: &Arguments,
        ) -> Result<SamlSetting, CallError> {
            Ok(match setter {
                $(Setter::$variant => SamlSetting::$variant($kind.take(0, arguments)?),)*
                $(Setter::$of_variant => SamlSetting::$of_variant {
                    attribute: attribute_name(arguments)?.to_owned(),
                    value: $of_kind.take(1, arguments)?,
                },)*
            })
        }
    };
}

saml_settings!(made);

/// A kind of settings as an argument gives it.
trait Argument: Kind {
    /// # Errors
    /// What the script's `Error` says.
    fn take(&self, position: usize, arguments: &Arguments) -> Result<Self::Value, CallError>;
}

impl Argument for kind::Flag {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<bool, CallError> {
        arguments.boolean(position)
    }
}

impl Argument for kind::Text {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<String, CallError> {
        let text = arguments.bounded(position, self.limit)?;
        arguments.said(position)?;
        xml_text(text, arguments)?;
        Ok(text.to_owned())
    }
}

impl Argument for kind::Endpoint {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<String, CallError> {
        let url = kind::URL.take(position, arguments)?;
        self.read(url)
            .map_err(|error| arguments.refuse(error.about(arguments.name(position))))
    }
}

impl Argument for kind::RelayState {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<String, CallError> {
        arguments
            .bounded(position, MAX_RELAY_STATE_BYTES)
            .map(str::to_owned)
    }
}

impl Argument for kind::Audience {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<Vec<String>, CallError> {
        kind::URL.take(position, arguments).map(|audience| vec![audience])
    }
}

impl Argument for kind::Probes {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<Vec<String>, CallError> {
        let list = arguments.list(position)?;
        if list.len() > MAX_PROBES {
            return Err(arguments.refuse(format!(
                "nameIdentifierProbes must name at most {MAX_PROBES} attributes, got {}",
                list.len()
            )));
        }
        let limit = kind::SHORT.limit;
        let probe = |value: &Value| match value {
            Value::String(text) if is_blank(text) => Err(arguments.refuse("a probe must not be empty")),
            Value::String(text) if text.len() <= limit => Ok(text.clone()),
            Value::String(_) => Err(arguments.refuse(format!("a probe is longer than {limit} bytes"))),
            _ => Err(arguments.refuse("every probe must be a string")),
        };
        list.iter().map(probe).collect()
    }
}

impl Argument for kind::Seconds {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<u32, CallError> {
        self.checked(arguments.number(position)?)
            .map_err(|error| arguments.refuse(error.about(arguments.name(position))))
    }
}

impl Argument for kind::EndOfSession {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<SessionEnd, CallError> {
        kind::LIFETIME.take(position, arguments).map(SessionEnd::After)
    }
}

impl<T: Listed> Argument for kind::Choice<T> {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<T, CallError> {
        self.for_action(arguments.text(position)?)
            .map_err(|error| unusable(&error, arguments))
    }
}

impl<T> Argument for kind::Pem<T> {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<T, CallError> {
        let text = arguments.bounded(position, MAX_PEM_BYTES)?;
        (self.parse)(text).map_err(|error| unusable(&error.into(), arguments))
    }
}

impl Argument for kind::Certificates {
    fn take(&self, position: usize, arguments: &Arguments) -> Result<Vec<Certificate>, CallError> {
        kind::CERTIFICATE
            .take(position, arguments)
            .map(|certificate| vec![certificate])
    }
}

fn unusable(error: &ValueError, arguments: &Arguments) -> CallError {
    arguments.refuse(error.to_string())
}

pub(in crate::command) fn audiences(arguments: &Arguments) -> Result<Vec<String>, CallError> {
    let list = arguments.list(0)?;
    if list.is_empty() || list.len() > MAX_AUDIENCES {
        return Err(arguments.refuse(format!(
            "audiences must name 1 to {MAX_AUDIENCES} audiences, got {}",
            list.len()
        )));
    }
    let limit = kind::URL.limit;
    list.iter()
        .map(|value| match value {
            Value::String(text) if !is_blank(text) && text.len() <= limit => {
                xml_text(text, arguments)?;
                Ok(text.clone())
            }
            _ => Err(arguments.refuse(format!("every audience must be a string of 1 to {limit} bytes"))),
        })
        .collect()
}

pub(in crate::command) fn attribute(arguments: &Arguments) -> Result<Command, CallError> {
    let name = attribute_name(arguments)?;
    let values = match arguments.value(1) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|value| scalar(value, arguments))
            .collect::<Result<_, _>>()?,
        Some(value) => vec![scalar(value, arguments)?],
    };
    let bytes: usize = values.iter().map(|value| value.text().len()).sum();
    if bytes > MAX_ATTRIBUTE_VALUE_BYTES {
        return Err(arguments.refuse(format!(
            "the value of '{name}' is {bytes} bytes long, the limit is {MAX_ATTRIBUTE_VALUE_BYTES} bytes"
        )));
    }
    Ok(Command::SetSamlAttribute {
        name: name.to_owned(),
        values,
    })
}

fn attribute_name<'a>(arguments: &Arguments<'a>) -> Result<&'a str, CallError> {
    let name = arguments.filled(0)?;
    if name.len() > MAX_ATTRIBUTE_NAME_BYTES {
        return Err(arguments.refuse(format!(
            "attribute is {} bytes long, the limit is {MAX_ATTRIBUTE_NAME_BYTES} bytes",
            name.len()
        )));
    }
    xml_text(name, arguments)?;
    Ok(name)
}

fn scalar(value: &Value, arguments: &Arguments) -> Result<SamlScalar, CallError> {
    match value {
        Value::Bool(flag) => Ok(SamlScalar::Boolean(*flag)),
        Value::Number(number) => Ok(SamlScalar::Number(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => {
            xml_text(text, arguments)?;
            Ok(SamlScalar::Text(text.clone()))
        }
        Value::Object(members) if members.get("$number") == Some(&Value::from("NaN")) => {
            Ok(SamlScalar::Number(f64::NAN))
        }
        _ => Err(arguments.refuse(format!(
            "value must be a string, a finite number, a boolean, null, or an array of strings, numbers and \
             booleans; got {}",
            type_name(value)
        ))),
    }
}

/// Characters that XML 1.0 cannot hold are refused where they are set (XML 1.0 section 2.2, Char).
fn xml_text(text: &str, arguments: &Arguments) -> Result<(), CallError> {
    match crate::xml::illegal_character(text) {
        None => Ok(()),
        Some(character) => Err(arguments.refuse(format!(
            "the text holds U+{:04X}, a character that XML cannot hold; take the character out",
            u32::from(character)
        ))),
    }
}

const MAX_RELAY_STATE_BYTES: usize = 16 * 1024;
const MAX_ATTRIBUTE_NAME_BYTES: usize = 1024;
const MAX_ATTRIBUTE_VALUE_BYTES: usize = 2 * 1024;
const MAX_PROBES: usize = 10;
const MAX_PEM_BYTES: usize = 4 * 1024;
const MAX_AUDIENCES: usize = 10;
