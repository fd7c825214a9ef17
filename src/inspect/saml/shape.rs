//! What the schemas of SAML 2.0 say about the elements of a message, as data: which children, in which
//! order, how many, and which attributes. Signatures have a check of their own.

use super::super::code::{CheckName, Code};
use super::super::indent::place;
use super::super::report::Report;
use super::names::{ASSERTION, PROTOCOL, SIGNATURE, XENC};
use crate::xml::Element;

/// Checks the element and all below it; one finding for each element at most.
pub(super) fn check(root: Element<'_>, report: &mut Report) {
    let before = report.findings.len();
    let elements = root
        .descendants()
        .filter(|element| !is_in_signature(*element, root));
    for element in elements {
        if report.is_full() {
            return;
        }
        let shape = SHAPES.iter().find(|shape| element.is(shape.name.0, shape.name.1));
        if let Some((code, what)) = shape.and_then(|shape| objection(element, shape)) {
            report.find(code, place(element), what);
        }
    }
    if report.findings.len() == before {
        report.pass(
            CheckName::Shape,
            "every element has the children and attributes of the schema, in its order",
        );
    }
}

fn objection(element: Element<'_>, shape: &Shape) -> Option<(Code, String)> {
    let name = element.local();
    if let Some(missing) = shape
        .attributes
        .iter()
        .find(|attribute| element.attribute(attribute).is_none())
    {
        return Some((
            Code::ShapeMissing,
            format!("{name} has no attribute {missing}, which the schema requires"),
        ));
    }
    let mut counts = vec![0; shape.parts.len()];
    let mut last = 0;
    for child in element
        .children()
        .filter(|child| !child.is(SIGNATURE, "Signature"))
    {
        let position = shape
            .parts
            .iter()
            .position(|part| part.names.iter().any(|(uri, local)| child.is(uri, local)));
        let Some(position) = position else {
            return Some((
                Code::ShapeUnknown,
                format!(
                    "{name} holds {}, which the schema does not have there",
                    child.local()
                ),
            ));
        };
        if position < last {
            return Some((
                Code::ShapeOrder,
                format!(
                    "{} stands too late in {name}; the order is {}",
                    child.local(),
                    shape.order()
                ),
            ));
        }
        last = position;
        counts[position] += 1;
    }
    shape.parts.iter().zip(counts).find_map(|(part, count)| {
        let names = part.described();
        if count < part.least {
            Some((
                Code::ShapeMissing,
                format!("{name} has no {names}, which the schema requires"),
            ))
        } else if count > part.most {
            Some((
                Code::ShapeCount,
                format!("{name} has {count} of {names}, the schema allows {}", part.most),
            ))
        } else {
            None
        }
    })
}

fn is_in_signature(element: Element<'_>, root: Element<'_>) -> bool {
    let mut here = element;
    while here != root {
        if here.is(SIGNATURE, "Signature") {
            return true;
        }
        match here.parent() {
            Some(around) => here = around,
            None => return false,
        }
    }
    false
}

type Name = (&'static str, &'static str);

struct Shape {
    name: Name,
    attributes: &'static [&'static str],
    parts: &'static [Part],
}

impl Shape {
    fn order(&self) -> String {
        let parts: Vec<_> = self.parts.iter().map(Part::described).collect();
        parts.join(", ")
    }
}

/// A step of a sequence: one of `names`, `least` to `most` times.
struct Part {
    names: &'static [Name],
    least: usize,
    most: usize,
}

impl Part {
    fn described(&self) -> String {
        let names: Vec<_> = self.names.iter().map(|(_, local)| *local).collect();
        names.join(" or ")
    }
}

const fn any(names: &'static [Name]) -> Part {
    Part {
        names,
        least: 0,
        most: usize::MAX,
    }
}

const fn some(names: &'static [Name]) -> Part {
    Part {
        names,
        least: 1,
        most: usize::MAX,
    }
}

const fn one(names: &'static [Name]) -> Part {
    Part {
        names,
        least: 1,
        most: 1,
    }
}

const fn maybe(names: &'static [Name]) -> Part {
    Part {
        names,
        least: 0,
        most: 1,
    }
}

const IDENTIFIER: &[Name] = &[
    (ASSERTION, "BaseID"),
    (ASSERTION, "NameID"),
    (ASSERTION, "EncryptedID"),
];
const ISSUER: &[Name] = &[(ASSERTION, "Issuer")];
const EXTENSIONS: &[Name] = &[(PROTOCOL, "Extensions")];
const STATUS: &[Name] = &[(PROTOCOL, "Status")];
const SUBJECT: &[Name] = &[(ASSERTION, "Subject")];
const CONDITIONS: &[Name] = &[(ASSERTION, "Conditions")];

const SHAPES: &[Shape] = &[
    Shape {
        name: (PROTOCOL, "Response"),
        attributes: &[],
        parts: &[
            maybe(ISSUER),
            maybe(EXTENSIONS),
            one(STATUS),
            any(&[(ASSERTION, "Assertion"), (ASSERTION, "EncryptedAssertion")]),
        ],
    },
    Shape {
        name: (PROTOCOL, "Status"),
        attributes: &[],
        parts: &[
            one(&[(PROTOCOL, "StatusCode")]),
            maybe(&[(PROTOCOL, "StatusMessage")]),
            maybe(&[(PROTOCOL, "StatusDetail")]),
        ],
    },
    Shape {
        name: (PROTOCOL, "StatusCode"),
        attributes: &["Value"],
        parts: &[maybe(&[(PROTOCOL, "StatusCode")])],
    },
    Shape {
        name: (ASSERTION, "Assertion"),
        attributes: &[],
        parts: &[
            one(ISSUER),
            maybe(SUBJECT),
            maybe(CONDITIONS),
            maybe(&[(ASSERTION, "Advice")]),
            any(&[
                (ASSERTION, "Statement"),
                (ASSERTION, "AuthnStatement"),
                (ASSERTION, "AuthzDecisionStatement"),
                (ASSERTION, "AttributeStatement"),
            ]),
        ],
    },
    Shape {
        name: (ASSERTION, "EncryptedAssertion"),
        attributes: &[],
        parts: &[one(&[(XENC, "EncryptedData")]), any(&[(XENC, "EncryptedKey")])],
    },
    Shape {
        name: (ASSERTION, "Subject"),
        attributes: &[],
        parts: &[maybe(IDENTIFIER), any(&[(ASSERTION, "SubjectConfirmation")])],
    },
    Shape {
        name: (ASSERTION, "SubjectConfirmation"),
        attributes: &["Method"],
        parts: &[
            maybe(IDENTIFIER),
            maybe(&[(ASSERTION, "SubjectConfirmationData")]),
        ],
    },
    Shape {
        name: (ASSERTION, "Conditions"),
        attributes: &[],
        parts: &[any(&[
            (ASSERTION, "Condition"),
            (ASSERTION, "AudienceRestriction"),
            (ASSERTION, "OneTimeUse"),
            (ASSERTION, "ProxyRestriction"),
        ])],
    },
    Shape {
        name: (ASSERTION, "AudienceRestriction"),
        attributes: &[],
        parts: &[some(&[(ASSERTION, "Audience")])],
    },
    Shape {
        name: (ASSERTION, "AuthnStatement"),
        attributes: &["AuthnInstant"],
        parts: &[
            maybe(&[(ASSERTION, "SubjectLocality")]),
            one(&[(ASSERTION, "AuthnContext")]),
        ],
    },
    Shape {
        name: (ASSERTION, "AuthnContext"),
        attributes: &[],
        parts: &[
            maybe(&[(ASSERTION, "AuthnContextClassRef")]),
            maybe(&[
                (ASSERTION, "AuthnContextDecl"),
                (ASSERTION, "AuthnContextDeclRef"),
            ]),
            any(&[(ASSERTION, "AuthenticatingAuthority")]),
        ],
    },
    Shape {
        name: (ASSERTION, "AttributeStatement"),
        attributes: &[],
        parts: &[some(&[
            (ASSERTION, "Attribute"),
            (ASSERTION, "EncryptedAttribute"),
        ])],
    },
    Shape {
        name: (ASSERTION, "Attribute"),
        attributes: &["Name"],
        parts: &[any(&[(ASSERTION, "AttributeValue")])],
    },
    Shape {
        name: (PROTOCOL, "AuthnRequest"),
        attributes: &[],
        parts: &[
            maybe(ISSUER),
            maybe(EXTENSIONS),
            maybe(SUBJECT),
            maybe(&[(PROTOCOL, "NameIDPolicy")]),
            maybe(CONDITIONS),
            maybe(&[(PROTOCOL, "RequestedAuthnContext")]),
            maybe(&[(PROTOCOL, "Scoping")]),
        ],
    },
    Shape {
        name: (PROTOCOL, "LogoutRequest"),
        attributes: &[],
        parts: &[
            maybe(ISSUER),
            maybe(EXTENSIONS),
            one(IDENTIFIER),
            any(&[(PROTOCOL, "SessionIndex")]),
        ],
    },
    Shape {
        name: (PROTOCOL, "LogoutResponse"),
        attributes: &[],
        parts: &[maybe(ISSUER), maybe(EXTENSIONS), one(STATUS)],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{self, Limits};

    fn codes(content: &str) -> Vec<&'static str> {
        let source = format!(
            "<p:Response xmlns:p='{PROTOCOL}' xmlns='{ASSERTION}' xmlns:d='{SIGNATURE}'>{content}</p:Response>"
        );
        let document = xml::read(&source, Limits::MESSAGE).unwrap();
        let mut report = Report::new(Vec::new());
        check(document.root(), &mut report);
        report
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect()
    }

    #[test]
    fn order_number_and_names_are_those_of_the_schema() {
        let status = "<p:Status><p:StatusCode Value='x'/></p:Status>";
        assert!(codes(status).is_empty());
        // Where a signature may stand is not decided here, nor what is in it.
        assert!(
            codes(&format!(
                "{status}<d:Signature><Subject><Advice/></Subject></d:Signature>"
            ))
            .is_empty()
        );
        for (content, expected) in [
            (String::new(), "shape_missing"),
            (format!("{status}<Issuer/>"), "shape_order"),
            (format!("<Issuer/><Issuer/>{status}"), "shape_count"),
            (format!("{status}<Advice/>"), "shape_unknown"),
            ("<p:Status><p:StatusCode/></p:Status>".to_owned(), "shape_missing"),
            (format!("{status}<Assertion/>"), "shape_missing"),
        ] {
            assert_eq!(codes(&content), [expected], "{content}");
        }
    }
}
