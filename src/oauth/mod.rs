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

mod access_token;
mod authorize;
mod brought_profile;
mod client_assertion;
mod client_authentication;
mod client_credentials;
mod consent;
mod cors;
mod delivery;
mod discovery;
mod error;
mod grant_type;
mod id_token_hint;
mod issue_body;
mod issue_request;
mod login_answer;
mod logout;
mod machine;
mod membership;
mod parameters;
mod password;
mod pkce;
mod place;
mod refresh_token;
mod response;

pub use access_token::AccessTokenClaims;
pub use authorize::{AuthorizeFault, AuthorizeRequest, Prompt};
pub use brought_profile::BroughtProfile;
pub use client_assertion::AssertionId;
pub use client_authentication::{Authenticated, ClientCredentials, Proved};
pub use client_credentials::{MachineRequest, may_have};
pub use consent::{is_asked_for, scopes_to_ask};
pub use cors::Caller;
pub use delivery::{Delivered, Delivery};
pub use discovery::provider_metadata;
pub use error::{ErrorCode, OAuthError};
pub use grant_type::GrantType;
pub use id_token_hint::IdTokenHint;
pub use issue_body::BodyFault;
pub use issue_request::{GivenHttpMethod, IssueRequest, device_of};
pub use login_answer::GivenAnswer;
pub use logout::{Asked, LogoutRequest, SessionInBrowser, return_to};
pub use machine::{ApiScope, Machine, MachineFault};
pub use membership::{closed as closed_organizations, turned_away};
pub use parameters::{Came, Parameters};
pub use password::PasswordRequest;
pub use pkce::{CodeChallenge, is_verified_by};
pub use place::Place;
pub use refresh_token::{RefreshTokenEnds, exchanged_scopes, leeway};
pub use response::{ResponseMode, ResponseType};
