//! Pages for people. They work without scripts and load nothing from anywhere.
//!
//! An endpoint says which page it wants (a [`View`]) and knows neither its language nor its looks. The router renders it
//! last: in the language of the request or the browser, with the id of the request, by the templates of the tenant's
//! folder `pages/` or by ours.

mod examine;
mod language;
mod page;
mod templates;
mod view;
mod what;
mod words;

pub use examine::{PageFault, examine};
pub(super) use language::Language;
pub(super) use page::{Page, nonce};
pub(super) use templates::{BadTemplate, Templates};
pub(super) use view::{Alert, AskedScope, Asks, ConsentPage, LogOutPage, LoginPage, NamedBy, Reader, View};
pub(super) use what::What;
