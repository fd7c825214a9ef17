//! The identity server as browsers and applications see it.

mod browser;
mod hostile;
mod issue;
mod limits;
mod log;
mod machine;
mod metrics;
mod oidc;
mod proxy;
mod reload;
mod running;
mod samlp;
mod sessions_api;
mod speed;
mod stop;
mod tls;
mod tokens;
