//! Thousands of responses, verified by libxmlsec1 in a process of its own (judges/src/xmlsec.rs).

use super::canonical::{Dice, Signer, login};
use super::fixture::other;
use crate::random::SeededRandom;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

#[test]
#[ignore = "needs a program that is built with libxmlsec1: ./test interop builds it and runs this"]
fn libxmlsec1_agrees_on_thousands_of_responses() {
    let mut xmlsec = Xmlsec::start();
    let mut dice = Dice(SeededRandom::new("xmlsec"));
    let signers = Signer::all();
    let mut signatures = 0;
    for round in 0..5_000 {
        let signer = Signer::any(&signers, &mut dice);
        let algorithm = dice.pick(signer.algorithms);
        let answer = login(&signer.pair, algorithm, &mut dice).respond().unwrap();
        let certificate = &signer.pair.certificate_pem;
        let mut documents = vec![answer.xml.as_str()];
        if answer.xml.contains("<saml:EncryptedAssertion ") {
            documents.extend(answer.assertion_xml());
        }
        for document in documents {
            let expected = document.matches("<Signature ").count();
            let verdict = xmlsec.judge(document.as_bytes(), certificate);
            assert_eq!(verdict, format!("ok {expected}"), "round {round}: {document}");
            signatures += expected;
            if round % 10 == 0 && expected > 0 {
                for (wrong, certificate) in [
                    (document.to_owned(), &other().certificate_pem),
                    (
                        document.replace(" Version=\"2.0\"", " Version=\"2.1\""),
                        certificate,
                    ),
                    (moved(document), certificate),
                ] {
                    let verdict = xmlsec.judge(wrong.as_bytes(), certificate);
                    assert!(verdict.starts_with("no the signature of '"), "{verdict}: {wrong}");
                }
            }
        }
    }
    assert!(signatures > 5_000, "{signatures}");
}

/// The document inside another element, with a signature of the inner one on the outer one.
fn moved(document: &str) -> String {
    let start = document.find("<Signature ").unwrap();
    let end = document.find("</Signature>").unwrap() + "</Signature>".len();
    let signature = &document[start..end];
    format!(
        "<outer ID=\"_outer\">{signature}{}</outer>",
        document.replace(signature, "")
    )
}

/// The program, to which questions are put over its pipes.
pub(in crate::saml) struct Xmlsec {
    program: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Xmlsec {
    pub fn start() -> Self {
        let mut program = Command::new(Self::path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What libxmlsec1 says of each document that is wrong on purpose.
            .stderr(Stdio::null())
            .spawn()
            .expect("first: cargo build --package judges");
        Self {
            questions: program.stdin.take().unwrap(),
            answers: BufReader::new(program.stdout.take().unwrap()),
            program,
        }
    }

    /// Beside the folder in which this test stands.
    fn path() -> PathBuf {
        let test = std::env::current_exe().unwrap();
        test.ancestors().nth(2).unwrap().join("judge-xmlsec")
    }

    /// `ok` and the number of signatures, or `no` and why.
    pub fn judge(&mut self, document: &[u8], certificate: &str) -> String {
        let lengths = format!("{} {}\n", certificate.len(), document.len());
        let question = [lengths.as_bytes(), certificate.as_bytes(), document].concat();
        self.questions.write_all(&question).unwrap();
        let mut verdict = String::new();
        self.answers.read_line(&mut verdict).unwrap();
        verdict.trim_end().to_owned()
    }
}

impl Drop for Xmlsec {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
