//! Members that have no type of their own.

use serde_json::{Map, Value};

/// Free string-keyed members.
pub type Dict = Map<String, Value>;
