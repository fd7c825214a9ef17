//! Where the values of placeholders and secrets come from.

use std::collections::BTreeMap;

/// Where the values of placeholders and secrets come from.
pub struct Sources<'a> {
    /// Looks a name up in the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// What `--var` gave; wins over the environment. After both comes what the deploy CLI's variable
    /// `AUTH0_KEYWORD_REPLACE_MAPPINGS` holds, and then the deploy CLI's `config.json`.
    pub variables: &'a BTreeMap<String, String>,
}
