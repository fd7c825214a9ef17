//! Attributes of the assertion: values with the type that their JavaScript value implies
//! (semantics 4.7, SAML core 2.7.3).

use super::presentation::{Presentation, value_tag};
use crate::command::SamlScalar;
use crate::time::Moment;
use crate::xml::{INSTANCE, SCHEMA, Writer};
use chrono::DateTime;
use serde_json::{Number, Value};
use smallvec::SmallVec;
use std::borrow::Cow;

/// One value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AttributeValue<'a> {
    Boolean(bool),
    /// A date object of the profile, written as JavaScript's `String(date)`.
    Date(Moment),
    Number(f64),
    /// Without line feeds.
    Text(Cow<'a, str>),
}

/// The values of one attribute, most often one; an attribute without values is not written.
pub(super) type AttributeValues<'a> = SmallVec<[AttributeValue<'a>; 1]>;

impl<'a> AttributeValue<'a> {
    /// A text without its line feeds, which the platform removes before signing.
    pub fn from_text(text: &'a str) -> Self {
        Self::Text(without_line_feeds(text))
    }

    /// A value of an Action.
    pub fn from_scalar(scalar: &'a SamlScalar) -> Self {
        match scalar {
            SamlScalar::Boolean(flag) => Self::Boolean(*flag),
            SamlScalar::Number(number) => Self::Number(*number),
            SamlScalar::Text(text) => Self::from_text(text),
        }
    }

    /// The values of a profile property: scalars alone or in a list; objects and nulls are skipped.
    pub fn from_profile(property: &str, value: &'a Value) -> AttributeValues<'a> {
        match value {
            Value::Array(list) => list
                .iter()
                .filter_map(|item| Self::from_json(property, item))
                .collect(),
            single => Self::from_json(property, single).into_iter().collect(),
        }
    }

    fn from_json(property: &str, value: &'a Value) -> Option<Self> {
        match value {
            Value::Null | Value::Array(_) | Value::Object(_) => None,
            Value::Bool(flag) => Some(Self::Boolean(*flag)),
            Value::Number(number) => Some(Self::Number(number_of(number))),
            Value::String(text) => Some(
                DATE_PROPERTIES
                    .contains(&property)
                    .then(|| DateTime::parse_from_rfc3339(text).ok())
                    .flatten()
                    .map_or_else(|| Self::from_text(text), |date| Self::Date(date.to_utc())),
            ),
        }
    }

    /// The text as JavaScript's string conversion writes it.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Date(date) => Cow::Owned(
                date.format("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)")
                    .to_string(),
            ),
            Self::Number(number) => Cow::Owned(ryu_js::Buffer::new().format(*number).to_owned()),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

/// The `AttributeStatement`; left out when there is nothing to state, because the schema wants at least
/// one attribute.
pub(super) fn write_statement<'c, 'v: 'c>(
    attributes: impl ExactSizeIterator<Item = (&'c str, &'c [AttributeValue<'v>])>,
    presentation: &Presentation<'_>,
    writer: &mut Writer,
) {
    if attributes.len() == 0 {
        return;
    }
    writer.open("saml:AttributeStatement", &[SCHEMA, INSTANCE], &[]);
    for (name, values) in attributes {
        presentation.write_attribute_tag(name, writer);
        for value in values {
            writer.markup(value_tag(presentation.value_type(name, value)));
            writer.text(&value.text());
            writer.markup("</saml:AttributeValue>");
        }
        writer.markup("</saml:Attribute>");
    }
    writer.close();
}

/// The exclusive canonical form of what was written with at most one statement in it. The statement declares prefixes for
/// its values, as on the platform; canonicalisation declares `xsi` where an attribute uses it, and drops `xs`, which no name
/// uses. Listing them as `InclusiveNamespaces` would keep both where they stand, but only as long as nothing around the element
/// declares them too: SimpleSAMLphp puts what it decrypts into an element that does.
pub(super) fn canonical(written: &str) -> Cow<'_, str> {
    // In text a `<` is escaped, so these are tags.
    let Some((before, (_, values))) = written
        .split_once("<saml:AttributeStatement ")
        .and_then(|(before, after)| Some((before, after.split_once('>')?)))
    else {
        return Cow::Borrowed(written);
    };
    let declaring = ["<saml:AttributeValue xmlns:xsi=\"", INSTANCE.uri, "\" xsi:type="].concat();
    let values = values.replace("<saml:AttributeValue xsi:type=", &declaring);
    [before, "<saml:AttributeStatement>", &values].concat().into()
}

/// Profile properties that are date objects on the platform (semantics 4.7).
const DATE_PROPERTIES: [&str; 3] = ["created_at", "updated_at", "last_password_reset"];

fn without_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\n') {
        Cow::Owned(text.replace("\r\n", "").replace('\n', ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// JavaScript has one kind of number.
fn number_of(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::super::presentation::type_name;
    use super::*;
    use serde_json::json;

    fn texts(property: &str, value: &Value) -> Vec<(String, &'static str)> {
        AttributeValue::from_profile(property, value)
            .iter()
            .map(|value| {
                (
                    value.text().into_owned(),
                    type_name(Presentation::default().value_type(property, value)),
                )
            })
            .collect()
    }

    fn one(text: &str, kind: &'static str) -> Vec<(String, &'static str)> {
        vec![(text.to_owned(), kind)]
    }

    #[test]
    fn types_follow_javascript() {
        assert_eq!(texts("x", &json!("a")), one("a", "xs:string"));
        assert_eq!(texts("x", &json!("")), one("", "xs:string"));
        assert_eq!(texts("x", &json!(true)), one("true", "xs:boolean"));
        assert_eq!(texts("x", &json!(1)), one("1", "xs:double"));
        assert_eq!(texts("x", &json!(1e21)), one("1e+21", "xs:double"));
        assert_eq!(texts("x", &json!(-0.0)), one("0", "xs:double"));
        assert_eq!(texts("x", &json!(0.1)), one("0.1", "xs:double"));
        assert_eq!(AttributeValue::Number(f64::NAN).text(), "NaN");
    }

    #[test]
    fn each_element_of_a_list_has_its_own_type_and_what_has_no_text_is_skipped() {
        assert_eq!(
            texts("x", &json!(["a", 2, false, null, {"a": 1}, ["b"]])),
            [
                one("a", "xs:string"),
                one("2", "xs:double"),
                one("false", "xs:boolean")
            ]
            .concat()
        );
        assert_eq!(texts("x", &json!({"a": 1})), []);
        assert_eq!(texts("x", &json!(null)), []);
    }

    #[test]
    fn the_three_timestamps_are_date_strings() {
        let text = "Wed Jun 28 2023 17:53:49 GMT+0000 (Coordinated Universal Time)";
        for property in DATE_PROPERTIES {
            assert_eq!(
                texts(property, &json!("2023-06-28T17:53:49.123Z")),
                one(text, "xs:anyType")
            );
        }
        assert_eq!(
            texts("created_at", &json!("2023-06-28T19:53:49+02:00")),
            one(text, "xs:anyType")
        );
        assert_eq!(texts("created_at", &json!("soon")), one("soon", "xs:string"));
        assert_eq!(
            texts("other_at", &json!("2023-06-28T17:53:49.123Z")),
            one("2023-06-28T17:53:49.123Z", "xs:string")
        );
    }

    #[test]
    fn line_feeds_go_and_lone_carriage_returns_and_tabs_stay() {
        assert_eq!(
            texts("x", &json!("a\nb\r\nc\rd\te ")),
            one("abc\rd\te ", "xs:string")
        );
    }
}
