//! Reading a document strictly, and what stops the reader.

use super::super::code::{CheckName, Code};
use super::super::report::Report;
use crate::xml::{self, Document, Limits, XmlError, XmlProblem};

/// Reads a document; what stops the reader is a finding.
pub(super) fn read<'a>(text: &'a str, limits: Limits, report: &mut Report) -> Option<Document<'a>> {
    match xml::read(text, limits) {
        Ok(document) => {
            report.pass(
                CheckName::Xml,
                "well-formed; no DTD, no processing instruction, no comment in a value, no ID twice",
            );
            Some(document)
        }
        Err(error) => {
            report.give_up(code_of(&error), error.position.to_string(), advice(&error));
            None
        }
    }
}

/// The code of what stops the reader.
pub(super) fn code_of(error: &XmlError) -> Code {
    match error.problem {
        XmlProblem::Character(_) => Code::XmlCharacter,
        XmlProblem::Comment => Code::CommentInValue,
        XmlProblem::Depth(_) | XmlProblem::Size => Code::XmlTooLarge,
        XmlProblem::Dtd => Code::Dtd,
        XmlProblem::DuplicateId => Code::DuplicateId,
        XmlProblem::Encoding => Code::XmlEncoding,
        XmlProblem::Entity => Code::XmlEntity,
        XmlProblem::Malformed(_) => Code::XmlNotWellFormed,
        XmlProblem::ProcessingInstruction => Code::ProcessingInstruction,
    }
}

/// What stops the reader, in words.
pub(super) fn advice(error: &XmlError) -> String {
    let problem = error.problem;
    match problem {
        XmlProblem::Comment => {
            format!("{problem}: some readers stop at the comment and take half of the value")
        }
        XmlProblem::Malformed(_) => format!("{problem}; the document may be cut off or pasted in part"),
        _ => problem.to_string(),
    }
}
