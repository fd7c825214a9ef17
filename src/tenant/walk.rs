//! A walk over an object that finds every setting that cannot be had, and settings that do not go together.

use super::setting::{Setting, SettingError, SettingKind};
use crate::json::JsonPath;
use crate::secret::Secret;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A setting that cannot be had, or that does not go with another one, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From the object to the setting.
    pub path: JsonPath,
    /// The code of the problem that reports the fault.
    pub code: &'static str,
    /// What is wrong, and what to write instead.
    pub error: SettingError,
}

impl Fault {
    /// The code of a setting whose value cannot be had.
    pub(super) const BAD_VALUE: &'static str = "bad_value";

    /// A fault of its own code.
    pub(super) fn new(
        path: JsonPath,
        code: &'static str,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            path,
            code,
            error: SettingError::new(what, help),
        }
    }
}

/// Something that a walk goes through.
pub trait Walk {
    /// Adds the faults at and below `path`; there are none in what holds no setting.
    fn walk(&self, _path: &JsonPath, _found: &mut Vec<Fault>) {}

    /// All faults.
    fn faults(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        self.walk(&JsonPath::default(), &mut found);
        found
    }
}

impl<K: SettingKind> Walk for Setting<K> {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        found.extend(self.fault().map(|error| Fault {
            path: path.clone(),
            code: Fault::BAD_VALUE,
            error: error.clone(),
        }));
    }
}

impl<T: Walk> Walk for Option<T> {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        if let Some(inner) = self {
            inner.walk(path, found);
        }
    }
}

impl<T: Walk> Walk for Vec<T> {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        for (index, item) in self.iter().enumerate() {
            item.walk(&path.index(index), found);
        }
    }
}

impl<T> Walk for IndexMap<String, T> {}

impl<T: Walk> Walk for BTreeMap<String, T> {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        for (name, member) in self {
            member.walk(&path.key(name), found);
        }
    }
}

/// Names types that hold no setting.
macro_rules! holds_no_setting {
    ($($name:ty),+ $(,)?) => { $(impl $crate::tenant::walk::Walk for $name {})+ };
}
pub(super) use holds_no_setting;

holds_no_setting!(bool, f64, u32, u64, usize, Map<String, Value>, Secret<String>, String, Value);
