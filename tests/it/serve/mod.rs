//! The identity server as browsers and applications see it.

mod browser;
mod hostile;
mod oidc;
mod running;
mod samlp;
mod tokens;
