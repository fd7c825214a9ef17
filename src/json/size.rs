//! How long JSON would be, without writing it.

use serde_json::Value;
use std::fmt::{self, Write as _};

/// Bytes of `value` written as compact JSON.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => {
            let mut counter = Counter(0);
            // Counting does not fail.
            let _ = write!(counter, "{number}");
            counter.0
        }
        Value::String(text) => text_size(text),
        Value::Array(items) => 2 + between(items.len()) + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => {
            let members_size = members
                .iter()
                .map(|(name, value)| text_size(name) + 1 + size(value));
            2 + between(members.len()) + members_size.sum::<usize>()
        }
    }
}

/// Bytes of `text` in quotes, with what has to be escaped escaped.
pub(crate) fn text_size(text: &str) -> usize {
    let more = |byte: u8| match byte {
        b'"' | b'\\' | 0x08 | b'\t' | b'\n' | 0x0c | b'\r' => 1,
        0..=0x1f => 5,
        _ => 0,
    };
    2 + text.len() + text.bytes().map(more).sum::<usize>()
}

/// Commas between so many.
fn between(count: usize) -> usize {
    count.saturating_sub(1)
}

struct Counter(usize);

impl fmt::Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "(?s).{0,12}".prop_map(Value::from),
            "[\u{0}-\u{22}\\\\\u{7f}]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec(("(?s).{0,6}", inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_size_is_that_of_the_text(value in json()) {
            prop_assert_eq!(size(&value), value.to_string().len());
        }
    }
}
