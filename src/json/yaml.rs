//! YAML as the JSON that it stands for (YAML 1.2, core schema), within bounds.
//!
//! Anchors and merge keys (`<<`) are read as the deploy CLI reads them: a member that an object has itself wins over
//! one that it merges. A tag that means another type than JSON has is refused.

use super::size::size;
use super::walk::{Kind, Sink};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Why a text is no YAML that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct YamlError {
    /// What is wrong.
    pub message: String,
    /// The byte at which it is.
    pub at: usize,
}

/// The value of the one document in `text`; `sink` is told where its parts begin.
///
/// # Errors
/// It is no YAML, or goes beyond a bound: levels, and what its aliases stand for.
pub(crate) fn read(text: &str, sink: &mut impl Sink) -> Result<Value, YamlError> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        places: Places {
            text,
            characters: 0,
            bytes: 0,
        },
        sink,
        anchors: HashMap::new(),
        copied: 0,
    };
    reader.document()
}

struct Reader<'t, 's, S> {
    parser: Parser<'t, StrInput<'t>>,
    places: Places<'t>,
    sink: &'s mut S,
    /// What each anchor names, and its size.
    anchors: HashMap<usize, (Value, usize)>,
    /// Size of what aliases have stood for.
    copied: usize,
}

impl<'t, S: Sink> Reader<'t, '_, S> {
    fn document(&mut self) -> Result<Value, YamlError> {
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd => return Ok(Value::Null),
                first => {
                    let value = self.value(first, at, 0)?;
                    return self.end().map(|()| value);
                }
            }
        }
    }

    /// Nothing may follow the document.
    fn end(&mut self) -> Result<(), YamlError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, at) => return Err(fault("there is more than one document", at)),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, usize), YamlError> {
        match self.parser.next_event() {
            Some(Ok((event, Span { start, .. }))) => {
                let at = self.places.byte(start);
                Ok((event, at))
            }
            Some(Err(error)) => Err(self.broken(&error)),
            None => Ok((Event::StreamEnd, self.places.text.len())),
        }
    }

    fn broken(&mut self, error: &ScanError) -> YamlError {
        fault(error.info(), self.places.byte(*error.marker()))
    }

    fn value(&mut self, event: Event<'t>, at: usize, depth: usize) -> Result<Value, YamlError> {
        if depth > MAX_DEPTH {
            return Err(fault(&format!("it is nested deeper than {MAX_DEPTH} levels"), at));
        }
        let (anchor, value) = match event {
            Event::Alias(anchor) => {
                self.sink.leaf(at);
                return self.copy(anchor, at);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.sink.leaf(at);
                (anchor, scalar(&text, style, tag.as_deref(), at)?)
            }
            Event::SequenceStart(anchor, tag) => {
                expect_tag(tag.as_deref(), "seq", at)?;
                self.sink.open(Kind::Array, at);
                let items = self.items(depth)?;
                self.sink.close();
                (anchor, Value::Array(items))
            }
            Event::MappingStart(anchor, tag) => {
                expect_tag(tag.as_deref(), "map", at)?;
                self.sink.open(Kind::Object, at);
                let members = self.members(depth)?;
                self.sink.close();
                (anchor, Value::Object(members))
            }
            _ => return Err(fault("a value is expected", at)),
        };
        if anchor != 0 {
            let size = size(&value);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        Ok(value)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Value>, YamlError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, at) => items.push(self.value(event, at, depth + 1)?),
            }
        }
    }

    fn members(&mut self, depth: usize) -> Result<Map<String, Value>, YamlError> {
        let mut members = Map::new();
        let mut merged = Vec::new();
        loop {
            let (name, is_plain) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(name, style, ..), at) => {
                    self.sink.key(&name, at);
                    (name.into_owned(), style == ScalarStyle::Plain)
                }
                (_, at) => return Err(fault("the name of a member has to be text", at)),
            };
            let (event, at) = self.next()?;
            let value = self.value(event, at, depth + 1)?;
            if name == MERGE && is_plain {
                merged.push((value, at));
            } else {
                members.insert(name, value);
            }
        }
        for (value, at) in merged {
            merge(&mut members, value, at)?;
        }
        Ok(members)
    }

    /// What an alias stands for.
    fn copy(&mut self, anchor: usize, at: usize) -> Result<Value, YamlError> {
        let Some((value, size)) = self.anchors.get(&anchor) else {
            return Err(fault("an alias stands inside of what it names", at));
        };
        self.copied += size;
        if self.copied > MAX_COPIED {
            let what = format!("its aliases stand for more than {} MiB", MAX_COPIED >> 20);
            return Err(fault(&what, at));
        }
        Ok(value.clone())
    }
}

/// Adds what `value` has and `members` have not.
fn merge(members: &mut Map<String, Value>, value: Value, at: usize) -> Result<(), YamlError> {
    match value {
        Value::Object(more) => {
            for (name, value) in more {
                members.entry(name).or_insert(value);
            }
            Ok(())
        }
        Value::Array(several) => several.into_iter().try_for_each(|one| merge(members, one, at)),
        _ => Err(fault("<< takes an object, or a list of objects", at)),
    }
}

/// What a scalar means in the core schema (YAML 1.2 section 10.3.2).
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: usize) -> Result<Value, YamlError> {
    let Some(tag) = tag else {
        return Ok(match style {
            ScalarStyle::Plain => plain(text),
            _ => Value::from(text),
        });
    };
    let value = plain(text);
    let fits = match tag.suffix.as_str() {
        _ if !tag.is_yaml_core_schema() => return unknown(tag, at),
        "str" => return Ok(Value::from(text)),
        "null" => value.is_null(),
        "bool" => value.is_boolean(),
        "int" => value.is_i64() || value.is_u64(),
        "float" => value.is_number(),
        _ => return unknown(tag, at),
    };
    if fits {
        Ok(value)
    } else {
        Err(fault(&format!("this is no !!{}", tag.suffix), at))
    }
}

fn expect_tag(tag: Option<&Tag>, wanted: &str, at: usize) -> Result<(), YamlError> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema() || tag.suffix != wanted => unknown(tag, at).map(drop),
        _ => Ok(()),
    }
}

fn unknown(tag: &Tag, at: usize) -> Result<Value, YamlError> {
    Err(fault(
        &format!("the tag {}{} means nothing here", tag.handle, tag.suffix),
        at,
    ))
}

fn plain(text: &str) -> Value {
    match text {
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        // JSON has no infinite numbers and no NaN.
        "" | "~" | "null" | "Null" | "NULL" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" | ".nan" | ".NaN" | ".NAN" => return Value::Null,
        _ => {}
    }
    number(text).map_or_else(|| Value::from(text), Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let (radix, body) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    // Digits behind a zero are text.
    if radix == 10
        && body.len() > 1
        && body.starts_with('0')
        && body.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    if !body.starts_with(['+', '-'])
        && let Ok(whole) = i128::from_str_radix(body, radix)
    {
        let whole = if is_negative { -whole } else { whole };
        if let Ok(number) = i64::try_from(whole) {
            return Some(number.into());
        }
        if let Ok(number) = u64::try_from(whole) {
            return Some(number.into());
        }
    }
    let float: f64 = digits.parse().ok().filter(|float: &f64| float.is_finite())?;
    Number::from_f64(if is_negative { -float } else { float })
}

/// From places in characters to places in bytes.
struct Places<'t> {
    text: &'t str,
    /// As far as it was counted; events come in order.
    characters: usize,
    bytes: usize,
}

impl Places<'_> {
    fn byte(&mut self, marker: Marker) -> usize {
        let more = marker.index().saturating_sub(self.characters);
        for character in self.text[self.bytes..].chars().take(more) {
            self.bytes += character.len_utf8();
            self.characters += 1;
        }
        self.bytes
    }
}

fn fault(message: &str, at: usize) -> YamlError {
    YamlError {
        message: message.to_owned(),
        at,
    }
}

const MERGE: &str = "<<";
/// As deep as JSON is read.
const MAX_DEPTH: usize = 127;
/// What all aliases together may stand for, in bytes of JSON.
const MAX_COPIED: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::super::twice::Names;
    use super::*;
    use serde_json::json;

    fn value(yaml: &str) -> Result<Value, String> {
        read(yaml, &mut Names::default()).map_err(|error| format!("{} at {}", error.message, error.at))
    }

    #[test]
    fn scalars_mean_what_the_core_schema_says() {
        let yaml = "a: [~, null, true, False, 7, -7, +7, 0x1f, 0o17, 007, 1e3, .5, .inf, 1_000, yes, 2026-01-01]\n\
                    b: ['7', \"null\", !!str 7, !!int 7, 18446744073709551615, 99999999999999999999]\nc:\nd: |\n  x\n  y\n\
                    7: seven\n";
        assert_eq!(
            value(yaml).unwrap(),
            json!({
                "a": [null, null, true, false, 7, -7, 7, 31, 15, "007", 1000.0, 0.5, null, "1_000", "yes", "2026-01-01"],
                "b": ["7", "null", "7", 7, u64::MAX, 1e20],
                "c": null, "d": "x\ny\n", "7": "seven",
            })
        );
        assert_eq!(value("").unwrap(), Value::Null);
        assert_eq!(value("# nothing\n").unwrap(), Value::Null);
        assert!(value("a: !own 1").unwrap_err().contains("the tag !own"));
        assert!(value("? [a]\n: 1").unwrap_err().contains("the name of a member"));
        assert!(
            value("a: 1\n---\nb: 2")
                .unwrap_err()
                .contains("more than one document")
        );
    }

    #[test]
    fn aliases_and_merge_keys_are_filled_in_and_own_members_win() {
        let yaml = "base: &base {x: 1, y: 2}\nmore: &more {z: 3, x: 4}\n\
                    one: {<<: *base, y: 5}\ntwo: {<<: [*base, *more]}\nthree: {'<<': 1}\n";
        let read = value(yaml).unwrap();
        assert_eq!(read["one"], json!({"x": 1, "y": 5}));
        assert_eq!(read["two"], json!({"x": 1, "y": 2, "z": 3}));
        assert_eq!(read["three"], json!({"<<": 1}));
        assert!(
            value("a: &a [*a]")
                .unwrap_err()
                .contains("inside of what it names")
        );
        assert!(value("a: {<<: 1}").unwrap_err().contains("<< takes an object"));
    }

    #[test]
    fn nesting_and_aliases_are_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(value(&nested(127)).is_ok());
        for (depth, said) in [(200, "deeper than 127"), (200_000, "recursion limit")] {
            let error = value(&nested(depth)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
        let blocks: Vec<_> = (0..1000)
            .map(|depth| format!("{}-\n", " ".repeat(depth)))
            .collect();
        assert!(value(&blocks.concat()).unwrap_err().contains("deeper than 127"));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let names = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb = format!("{bomb}a{level}: &a{level} [{names}]\n");
        }
        assert!(value(&bomb).unwrap_err().contains("more than 16 MiB"));
    }
}
