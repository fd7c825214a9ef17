//! One file an endpoint: a request goes in, an answer comes out. Nothing in here waits for the network; a store or an
//! Action may be waited for.

mod absent;
mod api;
mod authorize;
mod come_back;
mod consent;
mod introspect;
mod login;
mod logout;
mod presented;
mod revoke;
mod samlp;
mod token;
mod userinfo;
mod well_known;

pub(super) use absent::{error_page, no_reset, no_sign_up};
pub(super) use api::{issue, login as api_login, refresh_token, refresh_tokens, session, sessions};
pub(super) use authorize::authorize;
pub(super) use come_back::come_back;
pub(super) use consent::consent;
pub(super) use introspect::introspect;
pub(super) use login::{Asking, login};
pub(super) use logout::{logout_page, oidc_logout, saml_logout, v2_logout};
pub(super) use revoke::revoke;
pub(super) use samlp::{saml_metadata, samlp};
pub(super) use token::token;
pub(super) use userinfo::userinfo;
pub(super) use well_known::{jwks, provider};
