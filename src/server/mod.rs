//! The identity server: HTTP becomes circumstances, a login is driven, and what it comes to becomes an answer.
//!
//! ```text
//!  listen ─► router ─► received ─► endpoints: one file each ─► sign_in (a browser) ─► login: drives it, closes it in the store,
//!                                       └──────► answer ◄──────────┘                  and only then issues
//! ```
//!
//! No rule of a login stands here: what a request may ask for is in [`oauth`](crate::oauth) and
//! [`saml::inbound`](crate::saml::inbound), who is let in is decided by [`login`](crate::login), and what is kept is a
//! question to the [`store`](crate::store).

mod admission;
mod answer;
mod authority;
mod changes;
mod clock;
mod consent;
mod cookies;
mod cors;
mod demo;
mod endpoints;
mod form_token;
mod forwarded;
mod front;
mod hash_pool;
mod known_tokens;
mod listed;
mod listen;
mod log;
mod login;
mod metrics;
mod paced;
mod pages;
mod password_check;
mod passwords;
mod posted;
mod published;
mod readiness;
mod received;
mod reload;
mod router;
mod seals;
mod serving;
mod session;
mod sign_in;
mod site;
mod switch;
mod throttle;
mod tls;
mod token_answer;
mod turns;
mod views;
mod wish;

pub use listed::{listed_refresh_token, listed_session};
pub use listen::{Listening, ServeError};
pub use log::{line as log_line, write_log_as};
pub use metrics::Metrics;
pub use reload::Source;
pub use seals::Seals;
pub use serving::serve;
pub use site::{Served, Site, SiteError};
pub use switch::Switch;
pub use tls::{Tls, TlsError};
pub use views::{PageFault, examine as examine_pages};
