//! What an Action asks for, as data: one [`Command`] for each method of the `api` object.
//!
//! A [`Call`] is a method and its arguments as JSON, the form in which a worker, a commands file and
//! the result hold it. [`Command::parse`] turns it into a valid request or refuses it with the text
//! that the script sees; the [`Recorder`] knows what was asked for so far and applies the limits that
//! span calls. Both run inside the worker, so that a call throws at once, and again outside, because
//! a worker is not trusted.

mod arguments;
mod cache;
mod call;
mod call_error;
mod exchange;
mod metadata;
mod method;
mod mfa;
mod parse;
mod query;
mod recorded;
mod recorder;
mod redirect;
mod remark;
mod report;
mod request;
mod saml;
mod target;
#[cfg(test)]
mod tests;

pub use cache::{Cache, CacheLimit, CacheRecord};
pub use call::Call;
pub use call_error::CallError;
pub use exchange::{AnsweredBy, Exchange, KeptExchange};
pub use metadata::{MetadataChange, TransactionValue};
pub use method::{Answer, Available, Kind, METHODS, Method, Parameter, Setter, Signature};
pub use mfa::{DuoOptions, Factor, FactorType, MfaCommand, MfaKind, Provider, factor_spelling};
pub use query::{Facts, Group, Role};
pub use recorded::Recorded;
pub use recorder::{Handler, Outcome, Preconditions, Recorder};
pub(crate) use redirect::is_weak as has_weak_secret;
pub use redirect::sign as sign_session_token;
pub(crate) use remark::{CONSOLE, noticed};
pub use remark::{Remark, RemarkKind};
pub use report::{Failure, FailureKind, LogLevel, LogLine, RanOn, Report};
pub use request::{Command, CookieMode};
pub use saml::SamlScalar;
