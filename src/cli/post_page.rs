//! `--post-page`: the page with which a browser posts the SAML response of a login.

use super::files;
use super::trouble::{REFUSED, Trouble};
use crate::random::Random;
use crate::result::{LoginResult, Outcome};
use crate::saml::post_page::PostForm;
use std::path::Path;

/// A file that a page can be written to.
///
/// # Errors
/// `-`, for the result goes to standard output.
pub fn check(path: &Path) -> Result<(), Trouble> {
    if path == Path::new("-") {
        return Err(Trouble::usage(
            "--post-page cannot write to standard output (-), where the result is printed",
            "name a file, and open it in a browser",
        ));
    }
    Ok(())
}

/// What the browser posts.
///
/// # Errors
/// There is no response.
pub fn form(result: &LoginResult) -> Result<PostForm<'_>, Trouble> {
    if let Some(saml) = &result.saml {
        return Ok(saml.form());
    }
    Err(match result.outcome {
        Outcome::Issued => Trouble::usage(
            "--post-page: there is no SAML response to post; this login issues tokens",
            "leave --post-page out, or name an application with the SAML add-on with --client",
        ),
        Outcome::Form | Outcome::Mfa | Outcome::Redirect => Trouble::new(
            "--post-page: there is no SAML response to post yet; the login waits for its user",
            "answer with --continue or --mfa, or keep the login with --save-state and give --post-page together with \
             --resume",
        ),
        Outcome::Denied | Outcome::Failed | Outcome::Revoked => Trouble {
            exit: REFUSED,
            ..Trouble::new(
                "--post-page: there is no SAML response to post; the login was refused without one",
                "",
            )
        },
    })
}

/// Writes the page, readable by this user alone: whoever has the page can log in with it as long as its response is
/// valid.
///
/// # Errors
/// A browser cannot post this result, or the file or its folder cannot be written.
pub fn write(path: &Path, form: &PostForm<'_>, random: &mut dyn Random) -> Result<(), Trouble> {
    let page = form
        .page(random)
        .map_err(|error| Trouble::new(format!("--post-page: {}", error.what()), error.help()))?;
    files::write_private(path, &page.html)
}
