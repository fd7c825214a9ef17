//! Requests of Actions over the network, for people.

use super::{BAD, DIM, Page, printable};
use crate::command::AnsweredBy;
use crate::result::{HttpPart, LoginResult};

impl Page<'_> {
    pub(super) fn network(&mut self, result: &LoginResult) {
        if result.http.is_empty() {
            return;
        }
        self.heading("Network");
        for request in &result.http {
            self.line(line(request));
        }
    }
}

/// `GET https://api.example/users/1  200, 311 bytes, 12.10 ms  <- enrich`.
fn line(request: &HttpPart) -> String {
    let HttpPart {
        action,
        method,
        url,
        status,
        ms,
        bytes,
        by,
        error,
        ..
    } = request;
    let by = match by {
        AnsweredBy::Network => "",
        AnsweredBy::Recorded => ", recorded",
    };
    let came = status.map(|status| format!("{status}, {bytes} bytes, {ms:.2} ms{by}"));
    let failed = error
        .as_ref()
        .map(|error| format!("{BAD}error{BAD:#}: {}", printable(error)));
    let what: Vec<String> = came.into_iter().chain(failed).collect();
    format!(
        "  {} {}  {}  {DIM}<- {}{DIM:#}",
        printable(method),
        printable(url),
        what.join(", "),
        printable(action)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Exchange;
    use std::time::Duration;

    fn shown(request: &HttpPart) -> String {
        anstream::adapter::strip_str(&line(request)).to_string()
    }

    #[test]
    fn a_request_is_one_line_and_nothing_in_it_acts_on_a_terminal() {
        let answered = HttpPart {
            action: "enrich".to_owned(),
            method: "GET".to_owned(),
            url: "https://api.example/users/1?\u{1b}[2J".to_owned(),
            status: Some(200),
            ms: 12.1,
            bytes: 311,
            by: AnsweredBy::Network,
            error: None,
            exchange: Exchange {
                method: String::new(),
                url: String::new(),
                status: None,
                error: None,
                elapsed: Duration::ZERO,
                bytes: 0,
                by: AnsweredBy::Network,
                kept: None,
            },
        };
        assert_eq!(
            shown(&answered),
            "  GET https://api.example/users/1?\\u{1b}[2J  200, 311 bytes, 12.10 ms  <- enrich"
        );
        let recorded = HttpPart {
            by: AnsweredBy::Recorded,
            ..answered.clone()
        };
        assert!(shown(&recorded).contains("12.10 ms, recorded  <-"));
        let refused = HttpPart {
            status: None,
            error: Some("refused\nfor a reason".to_owned()),
            ..answered
        };
        assert!(shown(&refused).ends_with("  error: refused\\u{a}for a reason  <- enrich"));
    }
}
