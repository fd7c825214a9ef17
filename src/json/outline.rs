//! Where in its text each part of a document stands.

use super::path::Step;
use super::walk::{Kind, Sink};

/// Where in its text each part of a document stands: made in one walk, and asked any number of times.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    nodes: Vec<Node>,
    /// The containers that are open while the outline is made.
    open: Vec<usize>,
    /// Name of the member whose value comes next, and where the name stands.
    name: Option<(Box<str>, usize)>,
}

#[derive(Debug)]
struct Node {
    at: usize,
    children: Children,
}

#[derive(Debug)]
enum Children {
    None,
    Items(Vec<usize>),
    /// Sorted by name once the object is closed; of those with one name the last counts.
    Members(Vec<Member>),
}

#[derive(Debug)]
struct Member {
    name: Box<str>,
    at: usize,
    node: usize,
}

impl Node {
    fn begin(&self) -> usize {
        match &self.children {
            Children::Members(members) => members.iter().map(|member| member.at).min(),
            Children::Items(_) | Children::None => None,
        }
        .unwrap_or(self.at)
    }
}

impl Outline {
    /// The byte at which the member or element that `path` leads to begins: a member with its name, an object with its
    /// first member. `None` where there is none.
    pub(crate) fn find(&self, path: &[Step]) -> Option<usize> {
        let mut node = self.nodes.first()?;
        let mut found = node.begin();
        for step in path {
            let next = match (step, &node.children) {
                (Step::Index(index), Children::Items(items)) => {
                    let next = *items.get(*index)?;
                    found = self.nodes.get(next)?.begin();
                    next
                }
                (Step::Key(name), Children::Members(members)) => {
                    let after = members.partition_point(|member| *member.name <= **name);
                    let member = members.get(after.checked_sub(1)?)?;
                    if *member.name != **name {
                        return None;
                    }
                    found = member.at;
                    member.node
                }
                _ => return None,
            };
            node = self.nodes.get(next)?;
        }
        Some(found)
    }

    fn add(&mut self, at: usize, children: Children) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node { at, children });
        let name = self.name.take();
        if let Some(parent) = self.open.last() {
            match (&mut self.nodes[*parent].children, name) {
                (Children::Items(items), _) => items.push(node),
                (Children::Members(members), Some((name, at))) => members.push(Member { name, at, node }),
                _ => {}
            }
        }
        node
    }
}

impl Sink for Outline {
    fn open(&mut self, kind: Kind, at: usize) {
        let children = match kind {
            Kind::Array => Children::Items(Vec::new()),
            Kind::Object => Children::Members(Vec::new()),
        };
        let node = self.add(at, children);
        self.open.push(node);
    }

    fn key(&mut self, name: &str, at: usize) {
        self.name = Some((name.into(), at));
    }

    fn leaf(&mut self, at: usize) {
        self.add(at, Children::None);
    }

    fn close(&mut self) {
        if let Some(node) = self.open.pop()
            && let Children::Members(members) = &mut self.nodes[node].children
        {
            members.sort_by(|one, other| one.name.cmp(&other.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::walk;
    use super::*;
    use crate::json::JsonPath;
    use proptest::prelude::*;
    use serde_json::Value;

    fn outline(json: &str) -> Outline {
        let mut outline = Outline::default();
        walk::json(json, &mut outline);
        outline
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            r#"[a-c"\\\n{}:,\[\]é]{0,4}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let members = prop::collection::vec((r#"[a-c"\\{:é]{0,3}"#, inner.clone()), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn each(value: &Value, path: &JsonPath, see: &mut impl FnMut(&JsonPath, &Value)) {
        see(path, value);
        match value {
            Value::Array(items) => (0..)
                .zip(items)
                .for_each(|(index, item)| each(item, &path.index(index), see)),
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| each(member, &path.key(name), see)),
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn every_part_is_found_where_it_stands(value in any_json(), is_pretty: bool) {
            let text = if is_pretty { format!("{value:#}") } else { value.to_string() };
            let outline = outline(&text);
            let mut fault = None;
            each(&value, &JsonPath::default(), &mut |path, part| {
                let is_right = outline.find(&path.0).is_some_and(|at| {
                    let first = part.as_object().and_then(|members| members.keys().next());
                    let name = path.last_key().or(first.map(String::as_str));
                    let begins = name.map_or_else(|| part.clone(), Value::from);
                    let mut there = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
                    there.next().and_then(Result::ok) == Some(begins)
                });
                if !is_right {
                    fault = Some(path.to_string());
                }
            });
            prop_assert_eq!(fault, None);
            prop_assert_eq!(outline.find(&[Step::Key("none".to_owned())]), None);
        }

        #[test]
        fn a_walk_through_any_text_ends(text in r#"[\[\]{}:,"\\a1 é\n]{0,40}"#) {
            outline(&text).find(&[Step::Index(0)]);
        }
    }
}
