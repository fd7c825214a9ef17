//! `postlogin config`: every setting, its value and its source.

use super::escape::printable;
use super::options::TenantOptions;
use super::output::Format;
use super::trouble::{FAILED, ISSUED, Trouble};
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ConfigArgs {
    /// Tenant folder, as the deploy CLI exports it
    #[arg(default_value = ".")]
    tenant: PathBuf,
    #[command(flatten)]
    options: TenantOptions,
    /// How the settings are printed; json when standard output is not a terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(super) fn run(args: &ConfigArgs) -> Result<u8, Trouble> {
    let reading = super::open_tenant::read(&args.tenant, &args.options)?;
    for problem in reading
        .problems
        .iter()
        .filter(|problem| problem.severity == crate::folder::Severity::Error)
    {
        super::output::tell_lines(super::problems::shown(problem).trim_end());
    }
    let format = Format::chosen(args.format);
    let text = match format {
        Format::Json => {
            let lines = reading.settings.iter();
            let list: Vec<_> = lines
                .map(|line| json!({"key": line.key, "value": line.value, "source": line.source.to_string()}))
                .collect();
            format!("{:#}\n", json!(list))
        }
        Format::Text => {
            let width =
                |read: fn(&crate::folder::SettingLine) -> usize| reading.settings.iter().map(read).max();
            let keys = width(|line| line.key.chars().count()).unwrap_or_default();
            let values = width(|line| line.value.chars().count())
                .unwrap_or_default()
                .min(40);
            reading.settings.iter().fold(String::new(), |mut text, line| {
                let [key, value, source] =
                    [&line.key, &line.value, &line.source.to_string()].map(|part| printable(part));
                let _ = writeln!(text, "{key:<keys$}  {value:<values$}  {source}");
                text
            })
        }
    };
    format.print(&text)?;
    // A setting in a file that cannot be read is shown with its default.
    Ok(if reading.unread().next().is_none() {
        ISSUED
    } else {
        FAILED
    })
}
