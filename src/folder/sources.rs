//! Where the values of placeholders and secrets come from.

use serde_json::Value;
use std::collections::BTreeMap;

/// Where the values of placeholders and secrets come from.
pub struct Sources<'a> {
    /// Looks a name up in the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// What `--var` gave; wins over the environment. After both comes what the deploy CLI's variable
    /// `AUTH0_KEYWORD_REPLACE_MAPPINGS` holds.
    pub variables: &'a BTreeMap<String, String>,
}

impl Sources<'_> {
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let variable = self.variables.get(key).cloned();
        variable
            .or_else(|| (self.environment)(key))
            .or_else(|| self.mapped(key))
    }

    /// The value that the deploy CLI's own variable has for a key.
    fn mapped(&self, key: &str) -> Option<String> {
        let mappings = (self.environment)("AUTH0_KEYWORD_REPLACE_MAPPINGS")?;
        let mappings: Value = serde_json::from_str(&mappings).ok()?;
        match mappings.get(key)? {
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}
