//! OAuth 2.0 and OpenID Connect as rules without I/O: what a request asks for, whether its client may have it, and how
//! the answer travels.
//!
//! ```text
//!  query or form ─► parameters ─► authorize: client, callback, response ─► a login ─► delivery: redirect, form, message
//!                        └──────► token: client authentication ─► one grant a file ─► tokens
//! ```
//!
//! Every rule takes the tenant, the time and what the store knows as arguments. `OP-..` names rows of the catalogue of
//! hostile requests in the tests.

mod authorize;
mod client_assertion;
mod client_authentication;
mod client_credentials;
mod consent;
mod delivery;
mod discovery;
mod error;
mod grant_type;
mod issue_request;
mod machine;
mod parameters;
mod pkce;
mod response;

pub use authorize::{AuthorizeFault, AuthorizeRequest, Prompt};
pub use client_assertion::AssertionId;
pub use client_authentication::{Authenticated, ClientCredentials, Proved};
pub use client_credentials::{MachineRequest, may_have};
pub use consent::scopes_to_ask;
pub use delivery::{Delivered, Delivery};
pub use discovery::provider_metadata;
pub use error::{ErrorCode, OAuthError};
pub use grant_type::GrantType;
pub use issue_request::{BodyFault, BroughtProfile, GivenAnswer, GivenHttpMethod, IssueRequest, device_of};
pub use machine::{ApiScope, BROUGHT_OVER, Machine, MachineFault};
pub use parameters::Parameters;
pub use pkce::{CodeChallenge, is_verified_by};
pub use response::{ResponseMode, ResponseType};
