//! A proxy in front of the server that nobody has named, told when the server starts.

use crate::tenant::Tenant;

/// What is wrong and what to do, where the server must have a proxy in front of it and would take everybody for it: counters
/// of failed logins, Actions and the log go by addresses.
pub(super) fn unnamed(tenant: &Tenant, url: &str) -> Option<&'static str> {
    let server = &tenant.config.server;
    let has_proxy = url.starts_with("https:") && server.tls.cert.is_none();
    (has_proxy && server.trusted_proxies.is_empty()).then_some(
        "the URL is https and this server speaks http, so a proxy stands in front of it, and everybody seems to come from \
         the proxy's address; name that address in trusted_proxies of [server] in postlogin.toml",
    )
}
