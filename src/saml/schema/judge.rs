//! Holds elements to the table.

use super::TABLES;
use super::fault::{Fault, FaultKind};
use super::order::out_of_place;
use super::shape::{Attribute, Content, Foreign, Name, Need, Part, Rule, Shape};
use crate::xml::{Element, INSTANCE, Item, is_white_space};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What the schema objects to in `root` and all below it, in document order. An element whose name no table has is
/// passed over, and what is below it is judged.
pub fn faults(root: Element<'_>) -> impl Iterator<Item = Fault<'_>> {
    root.descendants().flat_map(|element| match shape_of(element) {
        Some(shape) => of_element(element, shape),
        None => Vec::new(),
    })
}

/// Whether the table has an element of this name.
pub fn is_known(element: Element<'_>) -> bool {
    shape_of(element).is_some()
}

fn shape_of(element: Element<'_>) -> Option<&'static Shape> {
    static BY_NAME: LazyLock<HashMap<Name, &'static Shape>> = LazyLock::new(|| {
        let shapes = TABLES.iter().copied().flatten();
        shapes.map(|shape| (shape.name, shape)).collect()
    });
    BY_NAME.get(&(element.namespace(), element.local())).copied()
}

fn of_element<'d>(element: Element<'d>, shape: &'static Shape) -> Vec<Fault<'d>> {
    // A type that the sender names is one that the schema only begins to describe.
    if element.attribute_in(INSTANCE.uri, "type").is_some() {
        return Vec::new();
    }
    let mut faults = Vec::new();
    of_attributes(element, shape, &mut faults);
    match shape.content {
        Content::Anything => {}
        Content::Elements(parts) => {
            of_children(element, parts, shape.rules, &mut faults);
            of_text_between(element, &mut faults);
        }
        Content::Mixed(parts) => of_children(element, parts, shape.rules, &mut faults),
        Content::Text(kind) => match element.value() {
            Some(text) if kind.takes(text) => {}
            Some(_) => faults.push(Fault {
                element,
                kind: FaultKind::Value,
                about: Cow::Borrowed(element.local()),
                text: format!("the text of {} is no {}", element.local(), kind.described()),
            }),
            None => faults.extend(element.children().next().map(|child| unknown(child, element))),
        },
    }
    faults
}

fn of_attributes<'d>(element: Element<'d>, shape: &'static Shape, faults: &mut Vec<Fault<'d>>) {
    let name = element.local();
    for Attribute {
        name: wanted, need, ..
    } in shape.attributes
    {
        if *need == Need::Required
            && !element
                .attributes()
                .any(|found| is(wanted, found.namespace, found.local))
        {
            faults.push(Fault {
                element,
                kind: FaultKind::Missing,
                about: Cow::Borrowed(wanted),
                text: format!("{name} has no attribute {wanted}, which the schema requires"),
            });
        }
    }
    for found in element.attributes() {
        let known = shape
            .attributes
            .iter()
            .find(|known| is(known.name, found.namespace, found.local));
        let is_foreign = !found.namespace.is_empty() && found.namespace != element.namespace();
        match known {
            Some(known) if known.value.takes(found.value) => {}
            Some(known) => faults.push(Fault {
                element,
                kind: FaultKind::Value,
                about: Cow::Borrowed(found.local),
                text: format!("{} of {name} is no {}", found.local, known.value.described()),
            }),
            None if found.namespace == INSTANCE.uri || is_foreign && shape.foreign == Foreign::Allowed => {}
            None => faults.push(Fault {
                element,
                kind: FaultKind::Unknown,
                about: Cow::Borrowed(found.local),
                text: format!(
                    "{name} has the attribute {}, which the schema does not have there",
                    found.local
                ),
            }),
        }
    }
}

/// Whether an attribute of this namespace and name is the one that the table calls `wanted`.
fn is(wanted: &str, namespace: &str, local: &str) -> bool {
    match wanted.strip_prefix("xml:") {
        Some(wanted) => namespace == XML && local == wanted,
        None => namespace.is_empty() && local == wanted,
    }
}

fn of_children<'d>(
    element: Element<'d>,
    parts: &'static [Part],
    rules: &'static [Rule],
    faults: &mut Vec<Fault<'d>>,
) {
    let name = element.local();
    let mut placed: Vec<(Element<'d>, usize)> = Vec::new();
    for child in element.children() {
        let takes = |part: &Part| part.takes(child.namespace(), child.local(), element.namespace());
        match parts.iter().position(takes) {
            Some(part) => placed.push((child, part)),
            None => faults.push(unknown(child, element)),
        }
    }
    of_order(name, &placed, parts, faults);
    for (number, part) in parts.iter().enumerate() {
        let mut own = placed.iter().filter(|(_, place)| *place == number);
        let count = own.clone().count();
        if count < part.least {
            faults.push(missing(element, part.names, &part.described()));
        } else if count > part.most
            && let Some((surplus, _)) = own.nth(part.most)
        {
            faults.push(Fault {
                element: *surplus,
                kind: FaultKind::Count,
                about: Cow::Borrowed(surplus.local()),
                text: format!(
                    "{name} has {count} of {}, the schema allows {}",
                    part.described(),
                    part.most
                ),
            });
        }
    }
    for rule in rules {
        faults.extend(of_rule(element, rule));
    }
}

/// Children that stand too early or too late, each name once.
fn of_order<'d>(name: &str, placed: &[(Element<'d>, usize)], parts: &[Part], faults: &mut Vec<Fault<'d>>) {
    let is_signature = |child: &Element<'_>| child.is(crate::xml::SIGNATURE.uri, "Signature");
    let without: Vec<_> = placed
        .iter()
        .copied()
        .filter(|(child, _)| !is_signature(child))
        .collect();
    let ranks = |placed: &[(Element<'d>, usize)]| placed.iter().map(|(_, part)| *part).collect::<Vec<_>>();
    let mut wrong: Vec<Element<'d>> = out_of_place(&ranks(&without))
        .into_iter()
        .map(|position| without[position].0)
        .collect();
    // A signature that stands wrong is what is wrong, and not its neighbours.
    if wrong.is_empty() && !ranks(placed).is_sorted() {
        wrong.extend(placed.iter().map(|(child, _)| *child).filter(is_signature));
    }
    let mut told: Vec<&str> = Vec::new();
    for child in wrong {
        if told.contains(&child.local()) {
            continue;
        }
        told.push(child.local());
        let position = placed.iter().position(|(other, _)| *other == child);
        let is_late = position.is_some_and(|position| {
            let (before, rest) = placed.split_at(position);
            before.iter().any(|(_, part)| *part > rest[0].1)
        });
        let order: Vec<_> = parts.iter().map(Part::described).collect();
        faults.push(Fault {
            element: child,
            kind: FaultKind::Order,
            about: Cow::Borrowed(child.local()),
            text: format!(
                "{} stands too {} in {name}; the order is {}",
                child.local(),
                if is_late { "late" } else { "early" },
                order.join(", ")
            ),
        });
    }
}

fn of_rule<'d>(element: Element<'d>, rule: &'static Rule) -> Option<Fault<'d>> {
    let has = |name: &Name| element.child(name.0, name.1);
    match rule {
        Rule::AtLeastOne(names) => {
            let locals: Vec<_> = names.iter().map(|(_, local)| *local).collect();
            (!names.iter().any(|name| has(name).is_some()))
                .then(|| missing(element, names, &locals.join(" or ")))
        }
        Rule::Either(first, second) => {
            let one = first.iter().find_map(has)?;
            let other = second.iter().find_map(has)?;
            Some(Fault {
                element: other,
                kind: FaultKind::Count,
                about: Cow::Borrowed(other.local()),
                text: format!(
                    "{} has {} beside {}; the schema allows one of the two",
                    element.local(),
                    other.local(),
                    one.local()
                ),
            })
        }
        Rule::Both(first, second) => match (has(first), has(second)) {
            (Some(_), None) => Some(missing(element, std::slice::from_ref(second), second.1)),
            (None, Some(_)) => Some(missing(element, std::slice::from_ref(first), first.1)),
            _ => None,
        },
    }
}

fn of_text_between<'d>(element: Element<'d>, faults: &mut Vec<Fault<'d>>) {
    let has_text = element
        .content()
        .any(|item| matches!(item, Item::Text(text) if !text.bytes().all(is_white_space)));
    if has_text {
        faults.push(Fault {
            element,
            kind: FaultKind::Unknown,
            about: Cow::Borrowed(element.local()),
            text: format!(
                "{} holds text, where the schema has elements or nothing",
                element.local()
            ),
        });
    }
}

fn missing<'d>(element: Element<'d>, names: &'static [Name], described: &str) -> Fault<'d> {
    Fault {
        element,
        kind: FaultKind::Missing,
        about: Cow::Borrowed(names.first().map_or("", |(_, local)| local)),
        text: format!(
            "{} has no {described}, which the schema requires",
            element.local()
        ),
    }
}

fn unknown<'d>(child: Element<'d>, around: Element<'d>) -> Fault<'d> {
    Fault {
        element: child,
        kind: FaultKind::Unknown,
        about: Cow::Borrowed(child.local()),
        text: format!(
            "{} holds {}, which the schema does not have there",
            around.local(),
            child.local()
        ),
    }
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";

#[cfg(test)]
mod tests;
