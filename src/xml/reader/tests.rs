use super::super::tree::Element;
use super::*;

fn problem(xml: &str) -> XmlProblem {
    match read(xml, Limits::MESSAGE) {
        Ok(document) => panic!("{xml} was read: {}", shown(document.root())),
        Err(error) => error.problem,
    }
}

fn shown(element: Element<'_>) -> String {
    let attributes: Vec<String> = element
        .attributes()
        .map(|attribute| {
            format!(
                " {{{}}}{}={}",
                attribute.namespace, attribute.local, attribute.value
            )
        })
        .collect();
    let attributes = attributes.concat();
    let content: String = element
        .content()
        .map(|item| match item {
            super::super::Item::Element(child) => shown(child),
            super::super::Item::Text(text) => format!("'{text}'"),
        })
        .collect();
    format!(
        "({{{}}}{}{attributes} {content})",
        element.namespace(),
        element.local()
    )
}

#[test]
fn names_are_resolved_and_texts_are_whole() {
    let xml = "<?xml version='1.0' encoding='utf-8'?>\n<!-- before --><p:a xmlns:p='urn:p' xmlns='urn:d' p:x=\"1\" y='&lt;&#x41;&quot;'>\
               <b>one &amp; <![CDATA[<two>]]>&#33;\r\nthree</b><c xmlns=''/></p:a>\n";
    let document = read(xml, Limits::MESSAGE).unwrap();
    assert_eq!(
        shown(document.root()),
        "({urn:p}a {urn:p}x=1 {}y=<A\" ({urn:d}b 'one & <two>!\nthree')({}c ))"
    );
    let b = document.root().child("urn:d", "b").unwrap();
    assert_eq!(b.value(), Some("one & <two>!\nthree"));
    assert_eq!(document.root().value(), None);
    assert_eq!(b.namespace_of("p"), Some("urn:p"));
    assert_eq!(document.root().children().nth(1).unwrap().namespace_of(""), None);
}

/// A second one is a character like others (Unicode 23.8), and there is none before the root element (XML 1.0
/// production 22).
#[test]
fn one_byte_order_mark_is_skipped() {
    for xml in ["<a/>", "<?xml version='1.0'?>\n<a/>", " <a/>", "<!-- --><a/>"] {
        let marked = format!("\u{feff}{xml}");
        assert_eq!(
            shown(read(&marked, Limits::MESSAGE).unwrap().root()),
            "({}a )",
            "{xml}"
        );
        assert_eq!(
            problem(&format!("\u{feff}{marked}")),
            XmlProblem::Malformed("text outside the root element"),
            "{xml}"
        );
    }
}

#[test]
fn a_namespace_name_is_any_absolute_uri() {
    for uri in [
        "urn:a",
        "http://www.w3.org/2000/09/xmldsig#",
        "x-1.y+z:%41?b=c&amp;d",
        "tag:e@example.org,2026:f",
    ] {
        assert!(
            read(&format!("<a xmlns='{uri}'/>"), Limits::MESSAGE).is_ok(),
            "{uri}"
        );
    }
}

#[test]
fn attribute_values_are_normalised() {
    let document = read("<a b='1\t2\r\n3\r4\n5&#10;6&#13;'/>", Limits::MESSAGE).unwrap();
    assert_eq!(document.root().attribute("b"), Some("1 2 3 4 5\n6\r"));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for xml in [
        "",
        " ",
        "text",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>x",
        "x<a/>",
        "<a b/>",
        "<a b=1/>",
        "<a b='1'c='2'/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<a b='&'/>",
        "<a b='1/>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a>& </a>",
        "<a>&#x;</a>",
        "<a>&#xD800;</a>",
        "<a>&#x110000;</a>",
        "<a>&#+65;</a>",
        "<1/>",
        "<a:/>",
        "<:a/>",
        "<a:b:c/>",
        "<a><!-- -- --><b/></a>",
        "<a><!-- ",
        "<a><![CDATA[ </a>",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a xmlns:p=''/>",
        "<a xmlns:p='urn:a' xmlns:p='urn:b'/>",
        "<a xmlns:p='urn:a' xmlns:q='urn:a' p:x='1' q:x='2'/>",
        "<a xmlns='relative'/>",
        "<a xmlns=':a'/>",
        "<a xmlns='1:a'/>",
        "<a xmlns:p='http://a b'/>",
        "<a xmlns:p='http://a&gt;b'/>",
        "<a xmlns:p='http://a%b'/>",
        "<a xmlns:p='urn:a%4'/>",
        "<a xmlns:p='urn:\u{e9}'/>",
        "<a xmlns:p='urn:a#b#c'/>",
        "<a xmlns:p='urn:[a'/>",
        "<a xmlns:xml='urn:a'/>",
        "<a xmlns:xmlns='urn:a'/>",
        "<a xmlns='http://www.w3.org/2000/xmlns/'/>",
        "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>",
        " <?xml version='1.0'?><a/>",
        "<?xml version='1.1'?><a/>",
        "<a><?xml version='1.0'?></a>",
        "<a>x<",
        "<a",
        "<!x><a/>",
        "<![CDATA[x]]><a/>",
        "&amp;<a/>",
    ] {
        assert!(
            matches!(problem(xml), XmlProblem::Malformed(_)),
            "{xml}: {:?}",
            problem(xml)
        );
    }
}

#[test]
fn a_document_type_is_refused_before_anything_in_it_is_read() {
    for xml in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
        "<!doctype a><a/>",
        "<!DOCTYPE a [",
    ] {
        assert_eq!(problem(xml), XmlProblem::Dtd, "{xml}");
    }
    assert_eq!(problem("<a>&x;</a>"), XmlProblem::Entity);
    assert_eq!(problem("<a b='&x;'/>"), XmlProblem::Entity);
}

#[test]
fn processing_instructions_and_other_encodings_are_refused() {
    assert_eq!(problem("<a><?x y?></a>"), XmlProblem::ProcessingInstruction);
    assert_eq!(problem("<?x y?><a/>"), XmlProblem::ProcessingInstruction);
    assert_eq!(
        problem("<?xml version='1.0' encoding='latin1'?><a/>"),
        XmlProblem::Encoding
    );
}

#[test]
fn a_comment_may_stand_between_elements_only() {
    for xml in [
        "<a>x<!---->y</a>",
        "<a><!----></a>",
        "<a><b/>x<!----></a>",
        "<a>&#65;<!----></a>",
        "<a><!----><![CDATA[]]></a>",
    ] {
        assert_eq!(problem(xml), XmlProblem::Comment, "{xml}");
    }
    assert!(
        read(
            "<!-- 1 --><a><!-- 2 --> <b/> <!-- 3 --></a><!-- 4 -->",
            Limits::MESSAGE
        )
        .is_ok()
    );
}

#[test]
fn an_id_may_stand_once() {
    assert_eq!(problem("<a ID='x'><b ID='x'/></a>"), XmlProblem::DuplicateId);
    assert_eq!(problem("<a ID='x'><b Id='x'/></a>"), XmlProblem::DuplicateId);
    assert_eq!(problem("<a xml:id='x'><b id='x'/></a>"), XmlProblem::DuplicateId);
    assert!(read("<a ID='x'><b ID='y' RefID='x'/></a>", Limits::MESSAGE).is_ok());
}

#[test]
fn characters_that_xml_cannot_hold_are_refused_plain_and_referenced() {
    assert_eq!(problem("<a>\u{1}</a>"), XmlProblem::Character('\u{1}'));
    assert_eq!(problem("<a>&#0;</a>"), XmlProblem::Character('\0'));
    assert_eq!(problem("<a b='\u{ffff}'/>"), XmlProblem::Character('\u{ffff}'));
}

#[test]
fn sizes_and_depth_are_bounded() {
    let limits = Limits {
        bytes: 64,
        depth: 3,
        items: 8,
    };
    let problem = |xml: &str| read(xml, limits).map(drop).unwrap_err().problem;
    assert!(read("<a><b><c/></b></a>", limits).is_ok());
    assert_eq!(problem("<a><b><c><d/></c></b></a>"), XmlProblem::Depth(3));
    assert_eq!(
        problem("<a><b/><b/><b/><b/><b/><b/><b/><b/></a>"),
        XmlProblem::Size
    );
    assert_eq!(problem(&format!("<a>{}</a>", "x".repeat(64))), XmlProblem::Size);
    let attributes = (0..300)
        .map(|number| format!(" a{number}=''"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(
        super::read(&format!("<a{attributes}/>"), Limits::MESSAGE)
            .map(drop)
            .unwrap_err()
            .problem,
        XmlProblem::Size
    );
}

#[test]
fn a_problem_has_its_line_and_column_and_quotes_nothing() {
    let error = read("<a>\n  <secret b=1/>\n</a>", Limits::MESSAGE)
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2, column 11: not well-formed XML: an attribute value without quotes"
    );
    let error = read("<a>\n<b ID='x'/><c ID='x'/></a>", Limits::MESSAGE)
        .map(drop)
        .unwrap_err();
    assert_eq!(error.position, Position { line: 2, column: 12 });
}
