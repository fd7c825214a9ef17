//! The settings that a response is made with.

use crate::command::{Command, Recorded};
use crate::saml_setting::Effective;
use crate::tenant::Client;

/// The settings of the client's add-on; none where the client has no add-on.
pub(super) fn of_client(client: &Client) -> Effective<'_> {
    let addon = client.addons.samlp.as_ref();
    addon
        .map(|addon| Effective::of_addon(&addon.settings))
        .unwrap_or_default()
}

/// The settings of the client's add-on, with every setting of Actions on top.
pub(super) fn of_login<'a>(client: &'a Client, recorded: &'a [Recorded]) -> Effective<'a> {
    let mut effective = of_client(client);
    for record in recorded {
        if let Command::Saml(setting) = &record.command {
            effective.set(setting, &record.origin);
        }
    }
    effective
}
