//! What the service provider asked to be told, against what an assertion tells (SAML metadata 2.4.4.2).

use super::super::code::Code;
use super::super::expected::Expected;
use super::super::indent::place;
use super::super::names::ASSERTION;
use super::super::report::Report;
use crate::tenant::Demand;
use crate::xml::Element;
use std::collections::HashSet;

/// What the assertion lacks, and what it has that nobody asked for. What is encrypted in it may be what is asked for, so
/// nothing is said then.
pub(super) fn check(assertion: Element<'_>, expected: &Expected, report: &mut Report) {
    let statements = assertion.children_named(ASSERTION, "AttributeStatement");
    let stated: Vec<_> = statements.flat_map(Element::children).collect();
    if stated
        .iter()
        .any(|child| child.is(ASSERTION, "EncryptedAttribute"))
    {
        return;
    }
    let names = stated.iter().filter_map(|attribute| attribute.attribute("Name"));
    let names: HashSet<&str> = names.collect();
    let demand = Demand {
        attributes: &expected.attributes,
        subject_id: expected.subject_id,
        access: None,
    };
    let mut find = |code, message| report.find(code, place(assertion), message);
    for attribute in demand.lacking(|name| names.contains(name)) {
        find(
            Code::AttributeRequiredMissing,
            format!(
                "the attribute {} is missing, without which the service provider does not work; map a profile property \
                 to it in addons.samlp.mappings, or let an Action set it",
                attribute.shown()
            ),
        );
    }
    if let Some(needed) = demand.lacking_subject_id(|name| names.contains(name)) {
        find(
            Code::SubjectIdMissing,
            format!(
                "the service provider needs a subject identifier ({}), and there is none; let an Action set the \
                 attribute {}",
                needed.name(),
                needed.attributes().join(" or ")
            ),
        );
    }
    let in_order = stated.iter().filter_map(|attribute| attribute.attribute("Name"));
    let beyond = demand.beyond(in_order);
    if !beyond.is_empty() {
        find(
            Code::AttributesNotRequested,
            format!("the service provider did not ask for: {}", beyond.join(", ")),
        );
    }
}
