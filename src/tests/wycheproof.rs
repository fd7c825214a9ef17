//! Wycheproof's vectors (tests/vectors/wycheproof), for the tests of the functions that they check.

use crate::random::Random;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// One test of a file, with the group that it stands in.
pub(crate) struct Case {
    pub group: Value,
    pub test: Value,
}

impl Case {
    /// The bytes of a member of the test.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let digits = self.test[name].as_str().unwrap().as_bytes();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    pub fn is_valid(&self) -> bool {
        self.test["result"] == "valid"
    }

    /// A number of the group, such as `keySize`.
    pub fn size(&self, name: &str) -> u64 {
        self.group[name].as_u64().unwrap()
    }
}

/// All tests of `<name>_test.json`.
pub(crate) fn cases(name: &str) -> Vec<Case> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/wycheproof/{name}_test.json"));
    let mut file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let Value::Array(groups) = file["testGroups"].take() else {
        panic!("{name} has no groups");
    };
    let cases: Vec<_> = groups
        .into_iter()
        .flat_map(|mut group| {
            let Value::Array(tests) = group["tests"].take() else {
                panic!("a group of {name} has no tests");
            };
            tests.into_iter().map(move |test| Case {
                group: group.clone(),
                test,
            })
        })
        .collect();
    assert_eq!(file["numberOfTests"], cases.len());
    cases
}

/// How many cases got each verdict.
pub(crate) fn count<'a>(verdicts: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for verdict in verdicts {
        *counts.entry(verdict).or_default() += 1;
    }
    counts
}

/// Draws the bytes that a vector was made with.
pub(crate) struct Given(pub Vec<u8>);

impl Random for Given {
    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0);
    }
}
