//! Laying a given event over the one that was made, member by member.

use serde_json::Value;

/// Lays `over` over `base`: objects are merged member by member, everything else is replaced. A `null`
/// takes an object away and is a value anywhere else.
pub(super) fn overlay(base: &mut Value, over: &Value) {
    let (Value::Object(base), Value::Object(over)) = (&mut *base, over) else {
        *base = over.clone();
        return;
    };
    for (name, value) in over {
        match base.get_mut(name) {
            Some(Value::Object(_)) if value.is_null() => _ = base.shift_remove(name),
            Some(below) => overlay(below, value),
            None => _ = base.insert(name.clone(), value.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_merge_and_everything_else_is_replaced() {
        let mut base = json!({"a": {"x": 1, "y": [1, 2]}, "b": 1, "gone": {"x": 1}, "kept": 1});
        overlay(
            &mut base,
            &json!({"a": {"y": [3], "z": 4}, "b": {"c": 1}, "gone": null, "new": {"n": null}}),
        );
        assert_eq!(
            base,
            json!({"a": {"x": 1, "y": [3], "z": 4}, "b": {"c": 1}, "kept": 1, "new": {"n": null}})
        );
    }
}
