//! The result for people: what is issued, and beside each claim who asked for it.

mod network;
mod requested;
mod xml;

pub use super::escape::printable;
use crate::command::{LogLevel, RanOn};
use crate::result::{LoginResult, Outcome};
use crate::trace::{Entry, Origin, Status};
use anstyle::{AnsiColor, Color, Style};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use xml::{attribute_name, indented_xml};

const HEADING: Style = Style::new().bold();
const GOOD: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const BAD: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
const NOTE: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const DIM: Style = Style::new().dimmed();

/// The whole result as text with ANSI styles; strip them where the output is no terminal.
pub fn result(result: &LoginResult) -> String {
    let mut page = Page {
        text: String::new(),
        trace: &result.trace,
    };
    page.outcome(result);
    page.tokens(result);
    page.requested(result);
    page.saml(result);
    page.dropped(result);
    page.effects(result);
    page.actions(result);
    page.network(result);
    page.warnings(result);
    page.text
}

struct Page<'a> {
    text: String,
    trace: &'a [Entry],
}

impl Page<'_> {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        let _ = write!(self.text, "\n{HEADING}{heading}{HEADING:#}\n");
    }

    fn outcome(&mut self, result: &LoginResult) {
        let (style, word) = match result.outcome {
            Outcome::Denied => (BAD, "denied"),
            Outcome::Failed => (BAD, "failed"),
            Outcome::Form => (NOTE, "suspended at a form"),
            Outcome::Issued => (GOOD, "issued"),
            Outcome::Mfa => (NOTE, "suspended for MFA"),
            Outcome::Redirect => (NOTE, "suspended at a redirect"),
            Outcome::Revoked => (BAD, "revoked"),
        };
        self.line(format!("{style}{word}{style:#}"));
        if result.deterministic {
            self.line(format!(
                "  {NOTE}deterministic{NOTE:#}: ids and keys come from --seed; for tests only"
            ));
        }
        if let Some(error) = &result.error {
            let who = origin(&error.origin);
            self.line(format!(
                "  {}: {}{}",
                printable(error.code),
                printable(&error.description),
                who.map(|who| format!("  {DIM}({who}){DIM:#}"))
                    .unwrap_or_default()
            ));
        }
        if let Some(redirect) = &result.redirect {
            self.line(format!("  the user is sent to {}", printable(&redirect.url)));
        }
        if let Some(mfa) = &result.mfa {
            let factors: Vec<_> = mfa
                .factors
                .iter()
                .map(|factor| crate::login::factor_name(factor.kind))
                .collect();
            let command = printable(&mfa.command);
            self.line(format!("  {command} asks for: {}", factors.join(", ")));
        }
        if let Some(form) = &result.form {
            self.line(format!("  the form {} is shown", printable(&form.id)));
        }
    }

    fn tokens(&mut self, result: &LoginResult) {
        let tokens = &result.tokens;
        for (name, target, jwt, claims) in [
            ("ID token", "id_token", &tokens.id_token, &tokens.id_token_claims),
            (
                "Access token",
                "access_token",
                &tokens.access_token,
                &tokens.access_token_claims,
            ),
        ] {
            let Some(jwt) = jwt else { continue };
            match claims {
                Some(claims) => {
                    self.heading(name);
                    self.claims(target, claims);
                }
                None => self.heading(&format!("{name} (opaque)")),
            }
            self.line(format!("\n  {jwt}"));
        }
        if let Some(refresh_token) = &tokens.refresh_token {
            self.heading("Refresh token (opaque)");
            self.line(format!("  {refresh_token}"));
        }
        if let Some(expires_in) = tokens.expires_in {
            let scope = tokens
                .scope
                .as_deref()
                .map(|scope| format!(", scope \"{}\"", printable(scope)))
                .unwrap_or_default();
            self.line(format!("\n  {DIM}expires in {expires_in} s{scope}{DIM:#}"));
        }
    }

    fn claims(&mut self, token: &str, claims: &Map<String, Value>) {
        let width = claims
            .keys()
            .map(|name| printable(name).chars().count())
            .max()
            .unwrap_or_default()
            .min(48);
        for (name, value) in claims {
            let asked = self.asked(&format!("{token}/{name}"));
            let (name, shown) = (printable(name), printable(&value.to_string()));
            self.line(format!("  {name:<width$}  {shown}{asked}"));
        }
    }

    /// Which Actions asked for the value at `target`, to stand beside it.
    fn asked(&self, target: &str) -> String {
        let entry = self.trace.iter().rev().find(|entry| {
            entry.target == target && matches!(entry.status, Status::Applied | Status::Clamped)
        });
        let who = entry.and_then(|entry| origin(&entry.origin));
        who.map(|who| format!("  {DIM}<- {who}{DIM:#}"))
            .unwrap_or_default()
    }

    fn requested(&mut self, result: &LoginResult) {
        let requested = result.saml.as_ref().map(|saml| saml.requested.as_slice());
        let Some(requested @ [_, ..]) = requested else {
            return;
        };
        self.heading("SAML request");
        for line in requested::lines(requested) {
            self.line(line);
        }
    }

    fn saml(&mut self, result: &LoginResult) {
        let Some(saml) = &result.saml else { return };
        self.heading("SAML response");
        self.line(format!("  posted to {}", printable(&saml.acs_url)));
        if !saml.relay_state.is_empty() {
            self.line(format!("  RelayState {}", printable(&saml.relay_state)));
        }
        self.line("");
        let beside = |tag: &str| match attribute_name(tag) {
            Some(name) => self.asked(&format!("saml/attribute:{name}")),
            None => String::new(),
        };
        let xml = indented_xml(&saml.xml, beside);
        let assertion = saml
            .assertion_xml
            .as_deref()
            .filter(|xml| !saml.xml.contains(xml));
        let assertion = assertion.map(|xml| indented_xml(xml, beside));
        self.text.push_str(&xml);
        if let Some(assertion) = assertion {
            self.heading("Assertion before encryption");
            self.text.push_str(&assertion);
        }
        self.heading("What the browser posts (SAMLResponse)");
        self.line(format!("  {}", saml.response));
        let is_setting = |entry: &&Entry| {
            entry.target.starts_with("saml/")
                && !entry.target.starts_with("saml/attribute:")
                && entry.status == Status::Applied
        };
        let settings: Vec<_> = self.trace.iter().filter(is_setting).collect();
        if !settings.is_empty() {
            self.heading("Asked for by Actions");
            for entry in settings {
                let who = origin(&entry.origin).unwrap_or_default();
                self.line(format!("  {}  {DIM}<- {who}{DIM:#}", printable(&entry.target)));
            }
        }
    }

    fn dropped(&mut self, result: &LoginResult) {
        let gone: Vec<_> = result
            .trace
            .iter()
            .filter(|entry| !matches!(entry.status, Status::Applied))
            .collect();
        if gone.is_empty() {
            return;
        }
        self.heading("Not as asked for");
        for entry in gone {
            let status = match entry.status {
                Status::Applied => "applied",
                Status::Clamped => "clamped",
                Status::Discarded => "discarded",
                Status::Dropped => "dropped",
                Status::Overridden => "overridden",
            };
            let reason = entry
                .reason
                .as_deref()
                .map(|reason| format!(" ({})", printable(reason)))
                .unwrap_or_default();
            let who = origin(&entry.origin).unwrap_or_default();
            self.line(format!(
                "  {NOTE}{status:<10}{NOTE:#} {}{reason}  {DIM}<- {who}{DIM:#}",
                printable(&entry.target)
            ));
        }
    }

    fn effects(&mut self, result: &LoginResult) {
        let Ok(Value::Object(effects)) = serde_json::to_value(&result.effects) else {
            return;
        };
        let mut lines = Vec::new();
        for (of, members) in &effects {
            for (name, value) in members.as_object().into_iter().flatten() {
                if is_something(value) {
                    let (name, value) = (printable(name), printable(&value.to_string()));
                    lines.push(format!("  {of}.{name}  {value}"));
                }
            }
        }
        if !lines.is_empty() {
            self.heading("Written to profile, session and cache");
            for line in lines {
                self.line(line);
            }
        }
    }

    fn actions(&mut self, result: &LoginResult) {
        if result.actions.is_empty() {
            return;
        }
        self.heading("Actions");
        for action in &result.actions {
            let name = printable(&action.name);
            let engine = match action.engine {
                RanOn::Embedded => "",
                RanOn::Node => ", Node.js",
            };
            self.line(format!("  {name}  {DIM}{:.2} ms{engine}{DIM:#}", action.ms));
            for (log, level) in action.logs.iter().zip(&action.log_levels) {
                let mark = match level {
                    LogLevel::Error => format!("{BAD}error{BAD:#} "),
                    LogLevel::Warn => format!("{NOTE}warn{NOTE:#} "),
                    LogLevel::Debug | LogLevel::Info | LogLevel::Log => String::new(),
                };
                for line in log.lines() {
                    self.line(format!("    {DIM}|{DIM:#} {mark}{}", printable(line)));
                }
            }
            if let Some(error) = &action.error {
                let place: Vec<String> = [
                    error.file.clone(),
                    error.line.map(|line| line.to_string()),
                    error.column.map(|column| column.to_string()),
                ]
                .into_iter()
                .flatten()
                .collect();
                let place = if place.is_empty() {
                    String::new()
                } else {
                    format!(" at {}", place.join(":"))
                };
                let (place, message) = (printable(&place), printable(&error.message));
                self.line(format!("    {BAD}error{BAD:#}{place}: {message}"));
            }
        }
    }

    fn warnings(&mut self, result: &LoginResult) {
        if result.warnings.is_empty() {
            return;
        }
        self.heading("Warnings");
        for warning in &result.warnings {
            let who = origin(&warning.origin)
                .map(|who| format!("  {DIM}<- {who}{DIM:#}"))
                .unwrap_or_default();
            let (code, message) = (printable(&warning.code), printable(&warning.message));
            self.line(format!("  {NOTE}{code}{NOTE:#}: {message}{who}"));
        }
    }
}

/// Where the login was refused: the script's own file, line and column, or the Action.
pub fn place(result: &LoginResult) -> Option<String> {
    let failed = result.actions.last().and_then(|action| action.error.as_ref());
    let file = failed.and_then(|error| Some((error.file.as_ref()?, error.line?, error.column?)));
    match file {
        Some((file, line, column)) => Some(format!("{file}:{line}:{column}")),
        None => origin(&result.error.as_ref()?.origin),
    }
}

/// `add-roles, line 4, column 15`, or `add-roles, helper.js line 3, column 7`.
fn origin(origin: &Origin) -> Option<String> {
    let action = origin.action.as_deref()?;
    let mut text = printable(action);
    if let Some(file) = &origin.file {
        let _ = write!(text, ", {}", printable(file));
    }
    if let Some(line) = origin.line {
        let comma = if origin.file.is_some() { "" } else { "," };
        let _ = write!(text, "{comma} line {line}");
    }
    if let Some(column) = origin.column {
        let _ = write!(text, ", column {column}");
    }
    Some(text)
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asked_for_an_attribute_stands_beside_it() {
        let name = "a<b>\"&amp;";
        let xml = "<x><saml:Attribute Name=\"a&lt;b>&quot;&amp;amp;\" NameFormat=\"f\"><v>1</v></saml:Attribute></x>";
        let entry = Entry {
            target: format!("saml/attribute:{name}"),
            origin: Origin {
                action: Some("enrich".to_owned()),
                line: Some(4),
                column: Some(2),
                file: None,
            },
            status: Status::Applied,
            reason: None,
        };
        let page = Page {
            text: String::new(),
            trace: &[entry],
        };
        let beside = |tag: &str| {
            let name = attribute_name(tag);
            name.map_or_else(String::new, |name| page.asked(&format!("saml/attribute:{name}")))
        };
        let shown = anstream::adapter::strip_str(&indented_xml(xml, beside)).to_string();
        assert_eq!(
            shown.lines().nth(1),
            Some(
                "    <saml:Attribute Name=\"a&lt;b>&quot;&amp;amp;\" NameFormat=\"f\">  <- enrich, line 4, column 2"
            )
        );
    }
}
