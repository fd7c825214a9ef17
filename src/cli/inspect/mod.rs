//! `postlogin inspect`: what a message, token, certificate or metadata file is, and what is wrong with it.

mod options;
mod tenant;
mod text;

use super::files;
use super::output::Format;
use super::trouble::{FAILED, ISSUED, REFUSED, Trouble};
use crate::disk::Limit;
use crate::inspect::{Kind, Report, inspect};
use clap::Args;
use options::InspectOptions;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "Examples:
  postlogin inspect response.b64 --tenant my-tenant --client payroll
  postlogin run my-tenant --client payroll --user ada@example.org | postlogin inspect -
  postlogin inspect message.xml --trust idp.crt --audience urn:sp --now 2026-01-15T12:00:00Z
  postlogin inspect message.xml --trust federation.xml --entity-id https://idp.example/metadata
  postlogin inspect token.jwt --jwks jwks.json --format json

FILE holds any of: a SAML message or metadata (XML, base64, DEFLATE, form body, URL), a JWT or JWE, \
a key set, a certificate or key (PEM, DER), the result of `postlogin run`. Private keys are not shown.

Every value that an option gives is compared with FILE: its check passes or fails, whatever FILE is. \
A check that no option asks for is reported as not checked.

Exit status: 0 no check failed, 1 not recognised or not readable, 2 wrong usage, 3 a check failed.";

#[derive(Args)]
pub(super) struct InspectArgs {
    /// File to inspect (- is stdin)
    file: PathBuf,
    #[command(flatten)]
    options: InspectOptions,
    /// How the report is printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(args: &InspectArgs) -> Result<u8, Trouble> {
    let expected = args.options.expected()?;
    let report = inspect(&files::bytes(&args.file, Limit::Message)?, &expected);
    let format = Format::chosen(args.format);
    let printed = match format {
        Format::Json => format!("{:#}\n", serde_json::to_value(&report).unwrap_or_default()),
        Format::Text => text::report(&report),
    };
    format.print(&printed)?;
    Ok(status(&report))
}

fn status(report: &Report) -> u8 {
    match (report.is_good(), report.kind) {
        (true, _) => ISSUED,
        (false, Kind::Unknown) => FAILED,
        (false, _) => REFUSED,
    }
}

#[cfg(test)]
mod tests;
