//! `/api/*`: what machine clients may ask of the server (server 5). Each call brings an access token of this issuer for the
//! server's own API; no browser is told that it may call.

mod fault;
mod issue;
mod logins;
mod machine;
mod machine_login;
mod refresh_tokens;
mod sessions;

pub(in crate::server) use issue::issue;
pub(in crate::server) use logins::login;
pub(in crate::server) use refresh_tokens::{refresh_token, refresh_tokens};
pub(in crate::server) use sessions::{session, sessions};
