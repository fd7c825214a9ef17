//! The authorization code of a login.

use crate::event::Device;
use crate::login::{Grant, RefreshTokenEffects};
use crate::oauth::{AuthorizeRequest, CodeChallenge};
use crate::random::{ALPHANUMERIC, Random as _, SystemRandom};
use crate::secret::Secret;
use crate::server::site::Site;
use crate::store::{CODE_LIFETIME, Code, Hashed, NewCode, SessionId};
use crate::time::later;
use serde::{Deserialize, Serialize};

/// What an authorization code stands for. It is kept encrypted.
#[derive(Serialize, Deserialize)]
pub(in crate::server) struct CodeContent {
    pub grant: Grant,
    /// What its Actions asked for the refresh token.
    pub refresh_token: RefreshTokenEffects,
    /// Where the user logged in.
    pub device: Device,
    /// The redirect URI as the authorization request gave it.
    pub redirect_uri: Option<String>,
    pub challenge: Option<CodeChallenge>,
}

/// A login that gets a code.
#[derive(Clone, Copy)]
pub(in crate::server) struct Granted<'a> {
    pub grant: &'a Grant,
    /// What its Actions asked for the refresh token.
    pub refresh_token: &'a RefreshTokenEffects,
    /// Where the user logged in.
    pub device: &'a Device,
}

/// What the content of a code is encrypted as.
const CODE: &[u8] = b"authorization code";
/// 43 characters are 256 random bits.
const CODE_LENGTH: usize = 43;

impl CodeContent {
    /// A new code for what was granted, and what the store keeps of the code.
    pub fn draw(
        site: &Site,
        decided: Granted<'_>,
        request: &AuthorizeRequest,
        session: SessionId,
    ) -> (Secret<String>, NewCode) {
        let code = Secret::new(SystemRandom.text(ALPHANUMERIC, CODE_LENGTH));
        let Granted {
            grant,
            refresh_token,
            device,
        } = decided;
        let content = Self {
            grant: grant.clone(),
            refresh_token: refresh_token.clone(),
            device: device.clone(),
            redirect_uri: request.given_redirect_uri.clone(),
            challenge: request.code_challenge.clone(),
        };
        let content = Secret::new(serde_json::to_vec(&content).expect("a grant is JSON"));
        let kept = NewCode {
            hash: Hashed::of(code.reveal()),
            client_id: request.client_id.clone(),
            user_id: grant.event.user.user_id.clone(),
            session: Some(session),
            content: site.hide(CODE, content.reveal()),
            expires_at: later(site.now(), CODE_LIFETIME),
        };
        (code, kept)
    }

    /// What a code stands for; nothing where it was not made by this server.
    pub fn of(site: &Site, code: &Code) -> Option<Self> {
        let content = site.seals.server_keys.show(CODE, &code.content)?;
        serde_json::from_slice(content.reveal()).ok()
    }
}
