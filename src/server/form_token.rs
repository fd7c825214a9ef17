//! The token of a form: it binds the form to one login in one browser, so that no other site can post it (OP-21).

use super::site::Site;
use crate::store::Hashed;

/// What a form does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Consent,
    Login,
}

/// A form of a login in a browser.
#[derive(Clone, Copy, Debug)]
pub(super) struct FormOf<'a> {
    pub form: Form,
    /// The hash of the login cookie.
    pub browser: Hashed,
    /// The id of the login.
    pub state: &'a str,
}

impl FormOf<'_> {
    /// The token of the form.
    pub fn token(&self, site: &Site) -> String {
        site.seals.state_key.mac(&self.bound())
    }

    /// Whether `token` is the form's.
    pub fn is_of(&self, site: &Site, token: Option<&str>) -> bool {
        token.is_some_and(|token| site.seals.state_key.fits(&self.bound(), token))
    }

    fn bound(&self) -> Vec<u8> {
        let form: &[u8] = match self.form {
            Form::Consent => b"consent form",
            Form::Login => b"login form",
        };
        [form, self.browser.as_bytes(), self.state.as_bytes()].concat()
    }
}
