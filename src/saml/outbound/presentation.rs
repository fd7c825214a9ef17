//! How attributes are shown: their name format, the type of their values, and, ours, a friendly name.

use super::attribute::AttributeValue;
use super::name_format::name_format;
use crate::saml::error::SamlError;
use crate::saml_setting::ValueType;
use crate::xml::Writer;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate};
use indexmap::IndexMap;

/// What is said about attributes beside their names and values.
#[derive(Clone, Debug, Default)]
pub(super) struct Presentation<'a> {
    pub typing: Typing,
    pub name_formats: NameFormats,
    /// By attribute name.
    pub friendly_names: IndexMap<&'a str, &'a str>,
    /// By attribute name, over what the values imply.
    pub types: IndexMap<&'a str, ValueType>,
}

/// Whether `xsi:type` tells the value's type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Typing {
    /// `xs:string`, `xs:boolean`, `xs:double`; `xs:anyType` for the rest.
    #[default]
    Inferred,
    /// Always `xs:anyType`.
    Untyped,
}

/// Whether attributes carry `NameFormat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NameFormats {
    /// As the name implies.
    #[default]
    Inferred,
    /// The XML attribute is left out.
    Omitted,
}

impl Presentation<'_> {
    /// The start tag of an `Attribute`.
    pub fn write_attribute_tag(&self, name: &str, writer: &mut Writer) {
        writer.markup("<saml:Attribute");
        if let Some(friendly) = self.friendly_names.get(name) {
            writer.attribute("FriendlyName", friendly);
        }
        writer.attribute("Name", name);
        writer.markup(match self.name_formats {
            NameFormats::Inferred => name_format(name).end_of_tag(),
            NameFormats::Omitted => ">",
        });
    }

    /// The type of a value of the attribute `name`.
    pub fn value_type(&self, name: &str, value: &AttributeValue<'_>) -> ValueType {
        if let Some(kind) = self.types.get(name) {
            return *kind;
        }
        match (self.typing, value) {
            (Typing::Untyped, _) | (Typing::Inferred, AttributeValue::Date(_)) => ValueType::AnyType,
            (Typing::Inferred, AttributeValue::Boolean(_)) => ValueType::Boolean,
            (Typing::Inferred, AttributeValue::Number(_)) => ValueType::Double,
            (Typing::Inferred, AttributeValue::Text(_)) => ValueType::String,
        }
    }

    /// # Errors
    /// A value is not of the type that was set for its attribute.
    pub fn check<'c, 'v: 'c>(
        &self,
        attributes: impl Iterator<Item = (&'c str, &'c [AttributeValue<'v>])>,
    ) -> Result<(), SamlError> {
        if self.types.is_empty() {
            return Ok(());
        }
        for (name, values) in attributes {
            let Some(kind) = self.types.get(name) else {
                continue;
            };
            if let Some(value) = values.iter().find(|value| !is_of(*kind, &value.text())) {
                return Err(SamlError::config(
                    "saml_attribute_type",
                    format!(
                        "the value '{}' of the attribute '{name}' is not of the type {}; correct the value, or \
                         attributeTypes",
                        value.text().chars().take(MAX_SHOWN).collect::<String>(),
                        type_name(*kind)
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// The start tag of a value: ready, because most of a response is values.
pub(super) fn value_tag(kind: ValueType) -> &'static str {
    names(kind).0
}

/// The type as `xsi:type` has it.
pub(super) fn type_name(kind: ValueType) -> &'static str {
    names(kind).1
}

fn names(kind: ValueType) -> (&'static str, &'static str) {
    macro_rules! of {
        ($name:literal) => {
            (
                concat!("<saml:AttributeValue xsi:type=\"", $name, "\">"),
                $name,
            )
        };
    }
    match kind {
        ValueType::AnyUri => of!("xs:anyURI"),
        ValueType::AnyType => of!("xs:anyType"),
        ValueType::Base64Binary => of!("xs:base64Binary"),
        ValueType::Boolean => of!("xs:boolean"),
        ValueType::Date => of!("xs:date"),
        ValueType::DateTime => of!("xs:dateTime"),
        ValueType::Decimal => of!("xs:decimal"),
        ValueType::Double => of!("xs:double"),
        ValueType::Integer => of!("xs:integer"),
        ValueType::String => of!("xs:string"),
    }
}

/// Whether `text` is in the lexical space of the type (XML Schema part 2, 3.2 and 3.3).
fn is_of(kind: ValueType, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match kind {
        ValueType::AnyType | ValueType::String => true,
        ValueType::AnyUri => {
            !text.contains(|character: char| character.is_whitespace() || "<>\"{}|\\^`".contains(character))
        }
        ValueType::Base64Binary => STANDARD.decode(text).is_ok(),
        ValueType::Boolean => ["true", "false", "1", "0"].contains(&text),
        ValueType::Date => {
            NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok() && text.len() == "2026-01-31".len()
        }
        ValueType::DateTime => {
            DateTime::parse_from_rfc3339(text).is_ok() && text.as_bytes().get(10) == Some(&b'T')
        }
        ValueType::Decimal => match unsigned.split_once('.') {
            None => digits(unsigned),
            Some((whole, fraction)) => digits(&format!("{whole}{fraction}")),
        },
        ValueType::Double => {
            ["NaN", "INF", "-INF"].contains(&text)
                || (text.parse::<f64>().is_ok()
                    && !text.contains(|character: char| {
                        character.is_ascii_alphabetic() && !"eE".contains(character)
                    }))
        }
        ValueType::Integer => digits(unsigned),
    }
}

const MAX_SHOWN: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::tests::fixture::*;
    use crate::saml_setting::SamlSetting;
    use serde_json::json;

    #[test]
    fn untyped_attributes_are_all_any_type() {
        let untyped = Presentation {
            typing: Typing::Untyped,
            ..Presentation::default()
        };
        assert_eq!(
            untyped.value_type("x", &AttributeValue::Boolean(true)),
            ValueType::AnyType
        );
    }

    #[test]
    fn a_friendly_name_stands_beside_the_name() {
        let login = Login::new()
            .addon(json!({"friendlyNames": {"mail": "E-Mail", "nick": "Nick"}, "mappings": {"email": "mail", "nickname": "nick"}}))
            .set(SamlSetting::AttributeFriendlyName { attribute: "nick".to_owned(), value: "<N>".to_owned() });
        let assertion = login.assertion();
        let basic = "NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:basic\"";
        assert!(assertion.contains(&format!(
            "<saml:Attribute FriendlyName=\"E-Mail\" Name=\"mail\" {basic}>"
        )));
        assert!(assertion.contains(&format!(
            "<saml:Attribute FriendlyName=\"&lt;N>\" Name=\"nick\" {basic}>"
        )));
    }

    #[test]
    fn a_type_that_was_set_is_written_and_its_values_are_checked() {
        let typed = |kind: &str, value: &str| {
            Login::new()
                .addon(json!({"attributeTypes": {"x": kind}}))
                .attribute("x", &[text(value)])
                .respond()
        };
        for (kind, good, bad) in [
            ("xs:integer", "-12", "1.5"),
            ("xs:boolean", "1", "yes"),
            ("xs:decimal", ".5", "1e3"),
            ("xs:double", "1e3", "infinity"),
            ("xs:date", "2026-01-31", "2026-1-31"),
            ("xs:dateTime", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00Z"),
            ("xs:anyURI", "urn:a", "a b"),
            ("xs:base64Binary", "AQ==", "AQ="),
        ] {
            let answer = typed(kind, good).unwrap();
            assert!(
                answer.xml.contains(&format!(" xsi:type=\"{kind}\">{good}<")),
                "{kind}"
            );
            let error = typed(kind, bad).unwrap_err();
            assert_eq!(error.code, "saml_attribute_type");
            assert!(
                error
                    .description
                    .contains(&format!("'{bad}' of the attribute 'x' is not of the type {kind}")),
                "{error}"
            );
        }
        assert_eq!(
            typed("xs:hexBinary", "00").unwrap_err().code,
            "saml_attribute_type"
        );
    }
}
