//! Exclusive XML Canonicalization 1.0 without comments, of a subtree that was read.

use super::tree::{Attribute, Content, Element, NamespaceRef};
use super::writer::{Place, escape};

/// The canonical octets of `apex` and what is below it, without the subtree `left_out` (an enveloped
/// signature).
///
/// `inclusive` are the prefixes of `InclusiveNamespaces`, the default namespace as the empty prefix
/// (section 3).
pub fn exclusive(apex: Element<'_>, left_out: Option<Element<'_>>, inclusive: &[&str]) -> String {
    let document = apex.document;
    let end = document.nodes[apex.index].end;
    // Generous for signed messages, and bounded by what a whole document takes.
    let guess = (end - apex.index).saturating_mul(128).min(document.source.len());
    let mut canonical = String::with_capacity(guess);
    let mut open: Vec<Open<'_>> = Vec::with_capacity(16);
    let mut rendered: Vec<Binding<'_>> = Vec::with_capacity(16);
    let mut index = apex.index;
    loop {
        while let Some(element) = open.pop_if(|element| element.end <= index) {
            canonical.push_str("</");
            push_name(&mut canonical, element.prefix, element.local);
            canonical.push('>');
            rendered.truncate(element.rendered_before);
        }
        if index >= end {
            return canonical;
        }
        let node = &document.nodes[index];
        match &node.content {
            Content::Element(_) if left_out.is_some_and(|left_out| left_out.index == index) => {
                index = node.end;
                continue;
            }
            Content::Element(tag) => {
                let element = Element { document, index };
                open.push(Open {
                    end: node.end,
                    prefix: tag.name.prefix,
                    local: tag.name.local,
                    rendered_before: rendered.len(),
                });
                let place = if index == apex.index {
                    Depth::Apex
                } else {
                    Depth::Below
                };
                push_tag(&mut canonical, element, place, inclusive, &mut rendered);
            }
            Content::Text(text) => {
                // The reader lets no illegal character through.
                let _ = escape(&mut canonical, text, Place::Text);
            }
        }
        index += 1;
    }
}

/// An element whose end tag is still to be written.
struct Open<'d> {
    end: usize,
    prefix: &'d str,
    local: &'d str,
    rendered_before: usize,
}

/// Where the prefixes of the list are looked up: the apex takes over what is in scope, below it only what
/// is declared anew can differ.
#[derive(Clone, Copy)]
enum Depth {
    Apex,
    Below,
}

/// A prefix and its URI, which is empty for no namespace.
type Binding<'d> = (&'d str, &'d str);

fn push_tag<'d>(
    canonical: &mut String,
    element: Element<'d>,
    depth: Depth,
    inclusive: &[&'d str],
    rendered: &mut Vec<Binding<'d>>,
) {
    canonical.push('<');
    push_name(canonical, element.prefix(), element.local());
    let first = rendered.len();
    render(rendered, (element.prefix(), element.namespace()));
    let (from, to) = element.tag().attributes;
    let attributes = &element.document.attributes[from..to];
    for attribute in attributes {
        if let NamespaceRef::Declared(_) = attribute.name.namespace {
            render(
                rendered,
                (
                    attribute.name.prefix,
                    element.document.uri(attribute.name.namespace),
                ),
            );
        }
    }
    match depth {
        Depth::Apex => {
            for prefix in inclusive {
                if let Some(uri) = element.namespace_of(prefix) {
                    render(rendered, (prefix, uri));
                }
            }
        }
        Depth::Below => {
            let (from, to) = element.tag().declarations;
            for declaration in &element.document.declarations[from..to] {
                if inclusive.contains(&declaration.prefix) {
                    render(rendered, (declaration.prefix, &declaration.uri));
                }
            }
        }
    }
    rendered[first..].sort_unstable();
    for (prefix, uri) in &rendered[first..] {
        canonical.push_str(" xmlns");
        if !prefix.is_empty() {
            canonical.push(':');
            canonical.push_str(prefix);
        }
        canonical.push_str("=\"");
        let _ = escape(canonical, uri, Place::Attribute);
        canonical.push('"');
    }
    let key = |attribute: &Attribute<'d>| {
        let name = attribute.name;
        (element.document.uri(name.namespace), name.local)
    };
    // Attributes are few, and mostly in order already.
    if attributes.is_sorted_by_key(key) {
        for attribute in attributes {
            push_attribute(canonical, attribute);
        }
    } else {
        let mut order: Vec<_> = attributes.iter().collect();
        order.sort_unstable_by_key(|attribute| key(attribute));
        for attribute in order {
            push_attribute(canonical, attribute);
        }
    }
    canonical.push('>');
}

/// Notes that a declaration is needed, unless the nearest one written for the prefix says the same.
fn render<'d>(rendered: &mut Vec<Binding<'d>>, binding: Binding<'d>) {
    let nearest = rendered.iter().rev().find(|(prefix, _)| *prefix == binding.0);
    let known = nearest.map_or("", |(_, uri)| uri);
    if known != binding.1 && binding.0 != "xml" {
        rendered.push(binding);
    }
}

fn push_attribute(canonical: &mut String, attribute: &Attribute<'_>) {
    canonical.push(' ');
    push_name(canonical, attribute.name.prefix, attribute.name.local);
    canonical.push_str("=\"");
    let _ = escape(canonical, &attribute.value, Place::Attribute);
    canonical.push('"');
}

fn push_name(canonical: &mut String, prefix: &str, local: &str) {
    if !prefix.is_empty() {
        canonical.push_str(prefix);
        canonical.push(':');
    }
    canonical.push_str(local);
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, read};
    use super::*;
    use bergshamra_c14n::{C14nMode, canonicalize};
    use proptest::prelude::*;

    fn canonical(xml: &str) -> String {
        exclusive(read(xml, Limits::MESSAGE).unwrap().root(), None, &[])
    }

    #[test]
    fn a_namespace_is_declared_where_a_name_uses_it() {
        assert_eq!(
            canonical(
                "<a:r xmlns:a='urn:a' xmlns:b='urn:b' xmlns='urn:d'><b:x b:z='1' y='2'/><n/><a:m xmlns:a='urn:a2'/></a:r>"
            ),
            "<a:r xmlns:a=\"urn:a\"><b:x xmlns:b=\"urn:b\" y=\"2\" b:z=\"1\"></b:x><n xmlns=\"urn:d\"></n>\
             <a:m xmlns:a=\"urn:a2\"></a:m></a:r>"
        );
    }

    #[test]
    fn a_default_namespace_is_taken_back_where_it_ends() {
        assert_eq!(
            canonical("<r xmlns='urn:d'><n xmlns=''><m/></n></r>"),
            "<r xmlns=\"urn:d\"><n xmlns=\"\"><m></m></n></r>"
        );
    }

    #[test]
    fn prefixes_of_the_list_are_declared_where_they_are_in_scope() {
        let xml = "<r xmlns:xs='urn:xs' xmlns='urn:d'><a xmlns:q='urn:q'><b/></a></r>";
        let document = read(xml, Limits::MESSAGE).unwrap();
        let a = document.root().children().next().unwrap();
        assert_eq!(
            exclusive(a, None, &["xs", "q", ""]),
            "<a xmlns=\"urn:d\" xmlns:q=\"urn:q\" xmlns:xs=\"urn:xs\"><b></b></a>"
        );
        assert_eq!(exclusive(a, None, &[]), "<a xmlns=\"urn:d\"><b></b></a>");
    }

    #[test]
    fn a_prefix_of_the_list_is_declared_again_only_where_it_means_something_else() {
        let xml = "<r xmlns:p='urn:p' xmlns='urn:d'><a><b xmlns:p='urn:p'/><b xmlns:p='urn:q'><c/><p:c/></b>\
                   <b xmlns=''><c xmlns='urn:d'/></b></a></r>";
        assert_eq!(
            exclusive(read(xml, Limits::MESSAGE).unwrap().root(), None, &["p", ""]),
            "<r xmlns=\"urn:d\" xmlns:p=\"urn:p\"><a><b></b><b xmlns:p=\"urn:q\"><c></c><p:c></p:c></b>\
             <b xmlns=\"\"><c xmlns=\"urn:d\"></c></b></a></r>"
        );
    }

    #[test]
    fn a_subtree_is_left_out_whole_and_the_text_around_it_stays() {
        let document = read("<r>1<s><t/></s>2<s/></r>", Limits::MESSAGE).unwrap();
        let signature = document.root().children().next();
        assert_eq!(exclusive(document.root(), signature, &[]), "<r>12<s></s></r>");
    }

    #[test]
    fn the_xml_prefix_is_not_declared() {
        assert_eq!(
            canonical("<r xml:lang='en' a='1'/>"),
            "<r a=\"1\" xml:lang=\"en\"></r>"
        );
    }

    /// Documents of few names and prefixes, so that they meet.
    fn element() -> impl Strategy<Value = String> {
        let text = "([a-z é\n\t]|&amp;|&lt;|&#13;|&#x9;|<!\\[CDATA\\[<&>\\]\\]>){0,4}";
        let attribute = prop_oneof![
            Just(" xmlns='urn:x'"),
            Just(" xmlns=''"),
            Just(" xmlns:p='urn:p'"),
            Just(" xmlns:p='urn:x'"),
            Just(" xmlns:q='urn:q'"),
            Just(" a='1'"),
            Just(" p:a='&quot;&#9;&#10;>'"),
            Just(" q:b='&lt;'"),
            Just(" xml:lang='en'")
        ];
        let tag = (
            prop_oneof![Just("a"), Just("p:a"), Just("q:b"), Just("b")],
            prop::collection::vec(attribute, 0..4),
        );
        let leaf = (tag.clone(), text)
            .prop_map(|((name, attributes), text)| format!("<{name}{}>{text}</{name}>", attributes.concat()));
        leaf.prop_recursive(4, 24, 4, move |inner| {
            (tag.clone(), prop::collection::vec(inner, 0..4)).prop_map(|((name, attributes), children)| {
                format!("<{name}{}>{}</{name}>", attributes.concat(), children.join("\n"))
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn another_canonicaliser_gives_the_same_octets(inside in element()) {
            let xml = format!("<r xmlns:p='urn:p0' xmlns:q='urn:q0'>{inside}</r>");
            // Of documents that are not well-formed (an attribute twice) there is nothing to compare.
            if let Ok(document) = read(&xml, Limits::MESSAGE) {
                let theirs = canonicalize(&xml, C14nMode::Exclusive, None, &[] as &[&str]).unwrap();
                prop_assert_eq!(exclusive(document.root(), None, &[]), String::from_utf8(theirs).unwrap());
                let list = ["p", "q"];
                let theirs = canonicalize(&xml, C14nMode::Exclusive, None, &list).unwrap();
                prop_assert_eq!(exclusive(document.root(), None, &list), String::from_utf8(theirs).unwrap());
            }
        }
    }
}
