//! A tenant: the folder that the deploy CLI exports, with `users.json` and `postlogin.toml`.

mod model;

pub use model::*;
