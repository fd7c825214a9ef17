//! What the service provider asked for beside what it gets, in a table of a hundred columns.

use super::{DIM, NOTE, printable};
use crate::saml::Requested;

/// The lines of the table: a mark where the two differ, the thing, what was asked for, what it gets.
pub(super) fn lines(requested: &[Requested]) -> Vec<String> {
    let head = row(["", "asked for by the service provider", "what it gets"]);
    let head = head.into_iter().map(|line| format!("  {DIM}{line}{DIM:#}"));
    let rows = requested.iter().flat_map(|requested| {
        let asked = requested.asked.as_deref().unwrap_or("-");
        let sent = requested.sent.as_str();
        let (mut short_asked, mut short_sent) = (short(asked), short(sent));
        // What differs must be seen to differ.
        if requested.unmet.is_some() && short_asked == short_sent {
            (short_asked, short_sent) = (printable(asked), printable(sent));
        }
        let mark = match requested.unmet {
            None => " ".to_owned(),
            Some(_) => format!("{NOTE}!{NOTE:#}"),
        };
        let lines = row([requested.what, &short_asked, &short_sent]).into_iter();
        lines.enumerate().map(move |(number, line)| {
            let mark = if number == 0 { &mark } else { " " };
            format!("{mark} {line}")
        })
    });
    head.chain(rows).collect()
}

/// Three cells beside each other, each as high as it needs.
fn row(cells: [&str; 3]) -> Vec<String> {
    let cells = [
        wrapped(cells[0], WIDTHS[0]),
        wrapped(cells[1], WIDTHS[1]),
        wrapped(cells[2], WIDTHS[2]),
    ];
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let cell = |column: usize, line: usize| cells[column].get(line).map_or("", String::as_str);
    (0..height)
        .map(|line| {
            let [what, asked] = [WIDTHS[0], WIDTHS[1]];
            let text = format!(
                "{:<what$}  {:<asked$}  {}",
                cell(0, line),
                cell(1, line),
                cell(2, line)
            );
            text.trim_end().to_owned()
        })
        .collect()
}

/// Pieces of at most `width` characters, broken after white space or a separator of URIs where there is one.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut rest: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    while rest.len() > width {
        let may_break = |character: &char| " ,/:?&|#".contains(*character);
        let end = rest[..width]
            .iter()
            .rposition(may_break)
            .map_or(width, |place| place + 1);
        let after = rest.split_off(end);
        pieces.push(rest.into_iter().collect());
        rest = after;
    }
    pieces.push(rest.into_iter().collect());
    pieces
}

/// The text with names of the standard by their last part.
fn short(text: &str) -> String {
    let text = FAMILIES
        .iter()
        .fold(text.to_owned(), |text, family| text.replace(family, ""));
    printable(&text)
}

/// Beginnings that a whole family of names of the standard has.
const FAMILIES: [&str; 5] = [
    "urn:oasis:names:tc:SAML:2.0:ac:classes:",
    "urn:oasis:names:tc:SAML:2.0:bindings:",
    "urn:oasis:names:tc:SAML:2.0:cm:",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:",
];

/// With the mark, and spaces between them: a hundred columns.
const WIDTHS: [usize; 3] = [22, 35, 37];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::Unmet;

    fn requested(asked: Option<&str>, sent: &str, code: Option<&'static str>) -> Requested {
        Requested {
            what: "authentication context",
            asked: asked.map(str::to_owned),
            sent: sent.to_owned(),
            unmet: code.map(|code| Unmet {
                code,
                help: String::new(),
            }),
        }
    }

    fn plain(requested: &Requested) -> Vec<String> {
        let lines = lines(std::slice::from_ref(requested));
        lines
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect()
    }

    #[test]
    fn names_of_the_standard_are_short_and_what_differs_is_marked() {
        let class = |name: &str| format!("urn:oasis:names:tc:SAML:2.0:ac:classes:{name}");
        let asked = format!("{} or {} (exact)", class("Password"), class("Kerberos"));
        let unmet = requested(
            Some(&asked),
            &class("unspecified"),
            Some("saml_authn_context_unmet"),
        );
        assert_eq!(
            plain(&unmet),
            [
                "                          asked for by the service provider    what it gets",
                "! authentication context  Password or Kerberos (exact)         unspecified",
            ]
        );
        assert_eq!(
            plain(&requested(None, "x", None))[1],
            "  authentication context  -                                    x"
        );
    }

    #[test]
    fn two_names_with_one_end_are_shown_in_full() {
        let format = |version: &str| format!("urn:oasis:names:tc:SAML:{version}:nameid-format:unspecified");
        let lines = plain(&requested(
            Some(&format("2.0")),
            &format("1.1"),
            Some("saml_name_id_policy_unmet"),
        ));
        assert!(
            lines.join("\n").contains("SAML:2.0:") && lines.join("\n").contains("SAML:1.1:"),
            "{lines:?}"
        );
    }

    #[test]
    fn no_line_is_longer_than_a_hundred_columns_and_nothing_is_lost() {
        for text in [
            "https://sp.example/".repeat(20),
            "x".repeat(500),
            "\u{e4}\u{9b} ".repeat(90),
        ] {
            let lines = plain(&requested(Some(&text), &text, Some("saml_x")));
            assert!(lines.iter().all(|line| line.chars().count() <= 100), "{lines:#?}");
            let column = |from: usize, length: usize| -> String {
                let cells = lines[1..]
                    .iter()
                    .map(|line| line.chars().skip(from).take(length).collect::<String>());
                cells.collect::<String>().replace(' ', "")
            };
            let whole = printable(&text).replace(' ', "");
            assert_eq!(column(26, 35), whole);
            assert_eq!(column(63, 37), whole);
        }
    }
}
