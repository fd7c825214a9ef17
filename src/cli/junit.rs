//! The verdicts on cases as a JUnit document.

use super::cases::Verdict;
use super::escape::{printable, xml_text};
use std::fmt::Write as _;

/// The document.
pub(super) fn document(verdicts: &[Verdict]) -> String {
    let failures = verdicts.iter().filter(|verdict| !verdict.passed()).count();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        xml,
        "<testsuites><testsuite name=\"postlogin\" tests=\"{}\" failures=\"{failures}\">",
        verdicts.len()
    );
    for verdict in verdicts {
        let name = format!("{}: {}", verdict.name, verdict.shows);
        let _ = write!(
            xml,
            "  <testcase name=\"{}\" classname=\"postlogin\" time=\"{:.3}\">",
            xml_text(&printable(&name)),
            verdict.elapsed.as_secs_f64()
        );
        if let Some(why) = &verdict.passed_over {
            let _ = write!(xml, "<skipped message=\"{}\"/>", xml_text(&printable(why)));
        }
        if !verdict.passed() {
            let text = verdict.differences.join("\n");
            let _ = write!(xml, "<failure message=\"differs\">{}</failure>", xml_text(&text));
        }
        xml.push_str("</testcase>\n");
    }
    xml.push_str("</testsuite></testsuites>\n");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Limits, read};
    use std::time::Duration;

    #[test]
    fn a_report_is_xml_whatever_a_case_is_called_and_shows() {
        let odd = "\u{fffe}\u{ffff}\u{9b}\u{1b}\u{0}\r\n<&\"']]>";
        let verdict = |differences| Verdict {
            name: odd.to_owned(),
            shows: odd.to_owned(),
            differences,
            notes: Vec::new(),
            blessed: false,
            passed_over: Some(odd.to_owned()),
            elapsed: Duration::ZERO,
        };
        let report = document(&[verdict(vec![odd.to_owned()]), verdict(Vec::new())]);
        let body = report.split_once('\n').unwrap().1;
        read(body, Limits::MESSAGE).unwrap();
        assert!(report.contains("failures=\"1\"") && report.contains("\\u{fffe}\\u{ffff}\\u{9b}"));
    }
}
