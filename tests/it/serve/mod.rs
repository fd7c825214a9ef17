//! The identity server as browsers and applications see it.

mod browser;
mod hostile;
mod issue;
mod machine;
mod oidc;
mod running;
mod samlp;
mod sessions_api;
mod speed;
mod tokens;
