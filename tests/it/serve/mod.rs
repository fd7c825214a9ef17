//! The identity server as browsers and applications see it.

mod browser;
mod consent;
mod hostile;
mod issue;
mod limits;
mod log;
mod login;
mod machine;
mod metrics;
mod oidc;
mod pages;
mod proxy;
mod reload;
mod running;
mod samlp;
mod sessions_api;
mod speed;
mod stop;
mod throttling;
mod tls;
mod tokens;
