//! Verifies the signatures of XML documents with libxmlsec1, thousands of documents in one process.
//!
//! Questions come on standard input. Each is a line with two lengths in bytes, then a certificate in PEM and a
//! document, with nothing between and after them:
//!
//! ```text
//! 1204 5310
//! -----BEGIN CERTIFICATE----- ... -----END CERTIFICATE-----
//! <samlp:Response ...>...</samlp:Response>
//! ```
//!
//! The answer is one line on standard output: `ok 2`, if the document has two signatures and both are good, or `no`
//! and the reason. A signature is good if it verifies with the certificate's key and covers the element that it stands
//! in: one reference, to the ID of that element, with no other transforms than those of SAML. `KeyInfo` is not read.
//! What libxmlsec1 itself has to say is written to standard error.
//!
//! The program ends with its input, and with exit status 1 where the input is not of this form.

use libxml::parser::{Parser, ParserOptions};
use libxml::tree::{Document, Node};
use std::io::{self, BufRead, Write};
use xmlsec::{XmlSecDocumentExt as _, XmlSecKey, XmlSecKeyFormat, XmlSecSignatureContext};

fn main() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    while let Some(question) = Question::read(&mut input)? {
        match question.judge() {
            Ok(signatures) => writeln!(output, "ok {signatures}")?,
            Err(reason) => writeln!(output, "no {}", reason.replace('\n', " "))?,
        }
        output.flush()?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Question {
    certificate: Vec<u8>,
    document: Vec<u8>,
}

impl Question {
    /// The next one; nothing at the end of the input.
    fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let lengths = line
            .trim_end()
            .split_once(' ')
            .and_then(|(certificate, document)| Some((certificate.parse().ok()?, document.parse().ok()?)));
        let Some((certificate, document)) = lengths else {
            let problem = format!("expected two lengths, found {line:?}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        };
        let mut block = |length: usize| {
            let mut bytes = vec![0; length];
            input.read_exact(&mut bytes).map(|()| bytes)
        };
        Ok(Some(Self {
            certificate: block(certificate)?,
            document: block(document)?,
        }))
    }

    /// How many signatures the document has, if all of them are good.
    fn judge(&self) -> Result<usize, String> {
        let key = XmlSecKey::from_memory(&self.certificate, XmlSecKeyFormat::CertPem, None)
            .map_err(|error| format!("the certificate cannot be read: {error}"))?;
        let options = ParserOptions {
            recover: false,
            no_net: true,
            ..ParserOptions::default()
        };
        let document = Parser::default()
            .parse_string_with_options(&self.document, options)
            .map_err(|error| format!("the document cannot be read: {error}"))?;
        document
            .specify_idattr("//*[@ID]", "ID", None)
            .map_err(|error| error.to_string())?;
        let signatures = signatures(&document)?;
        for signature in &signatures {
            verify(signature, key.clone())?;
        }
        Ok(signatures.len())
    }
}

fn signatures(document: &Document) -> Result<Vec<Node>, String> {
    let root = document.get_root_element().ok_or("there is no root element")?;
    find(
        &root,
        "//*[local-name() = 'Signature' and namespace-uri() = 'http://www.w3.org/2000/09/xmldsig#']",
    )
}

fn verify(signature: &Node, key: XmlSecKey) -> Result<(), String> {
    let id = covered(signature)?;
    let mut context = XmlSecSignatureContext::new();
    context.insert_key(key);
    match context.verify_node(signature) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("the signature of '{id}' is wrong")),
        Err(error) => Err(format!("the signature of '{id}' cannot be judged: {error}")),
    }
}

/// The ID of the element that the signature stands in and covers.
fn covered(signature: &Node) -> Result<String, String> {
    let id = signature
        .get_parent()
        .and_then(|parent| parent.get_attribute_no_ns("ID"))
        .ok_or("a signature stands in an element without ID")?;
    let references = find(
        signature,
        "*[local-name() = 'SignedInfo']/*[local-name() = 'Reference']",
    )?;
    let [reference] = references.as_slice() else {
        return Err(format!(
            "the signature of '{id}' has {} references",
            references.len()
        ));
    };
    let uri = reference.get_attribute_no_ns("URI").unwrap_or_default();
    if uri.strip_prefix('#') != Some(&id) {
        return Err(format!("the signature of '{id}' is of '{uri}'"));
    }
    let transforms: Vec<_> = find(
        reference,
        "*[local-name() = 'Transforms']/*[local-name() = 'Transform']",
    )?
    .iter()
    .map(|transform| transform.get_attribute_no_ns("Algorithm").unwrap_or_default())
    .collect();
    if transforms != TRANSFORMS {
        return Err(format!(
            "the signature of '{id}' has the transforms {transforms:?}"
        ));
    }
    Ok(id)
}

fn find(from: &Node, path: &str) -> Result<Vec<Node>, String> {
    from.findnodes(path)
        .map_err(|()| format!("libxml2 cannot follow {path}"))
}

/// Those of SAML core 5.4.4, in the order that SAML responses have them.
const TRANSFORMS: [&str; 2] = [
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut input: &[u8]) -> io::Result<Vec<Question>> {
        let mut questions = Vec::new();
        while let Some(question) = Question::read(&mut input)? {
            questions.push(question);
        }
        Ok(questions)
    }

    #[test]
    fn questions_follow_each_other_without_a_gap() {
        let question = |certificate: &[u8], document: &[u8]| Question {
            certificate: certificate.to_vec(),
            document: document.to_vec(),
        };
        let questions = read(b"3 4\nabc<a/>0 2\n\n\n").unwrap();
        assert_eq!(questions, [question(b"abc", b"<a/>"), question(b"", b"\n\n")]);
        assert_eq!(read(b"").unwrap(), []);
    }

    #[test]
    fn what_is_no_question_is_an_error() {
        for input in [&b"\n"[..], b"3\nabc", b"a b\n", b"3 4\nabc<a", b"-1 2\n"] {
            assert!(read(input).is_err(), "{input:?}");
        }
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_told() {
        let question = Question {
            certificate: b"none".to_vec(),
            document: b"<a/>".to_vec(),
        };
        assert!(question.judge().unwrap_err().starts_with("the certificate"));
    }
}
