//! What is wrong with a SAML add-on by itself: values that cannot be had, halves of pairs, names that are slips.
//!
//! URLs and the types of single attributes are left to [`crate::saml::examine`], which says what a login does about them.

use super::saml_addon::SamlAddon;
use super::setting::SettingError;
use super::walk::{Fault, Walk};
use super::words::unknown_word;
use crate::json::{JsonPath, quoted};
use crate::keys::SigningPair;
use crate::saml_setting::{
    Effective, EncryptionMismatch, Half, Halves, SamlSettings, UnusableSetting, ValueError,
};

impl Walk for SamlAddon {
    fn walk(&self, path: &JsonPath, found: &mut Vec<Fault>) {
        let unusable = self.settings.unusable();
        for setting in &unusable {
            found.extend(bad_value(setting).map(|error| Fault {
                path: path.key(setting.member),
                code: Fault::BAD_VALUE,
                error,
            }));
        }
        certificates(&self.settings, &unusable, path, found);
        if self.settings.blank.contains(&"audience") {
            found.push(Fault::new(
                path.key("audience"),
                "empty_audience",
                "the audience is empty, which counts as none, so only a request that names its issuer says for whom an \
                 assertion is",
                "write the name of the service provider, or leave the member out",
            ));
        }
        misspelt(self, path, found);
    }
}

/// A word that is none of a setting's, and seconds that are out of range.
fn bad_value(setting: &UnusableSetting<'_>) -> Option<SettingError> {
    match setting.error {
        ValueError::Unknown { asked, known, .. } if setting.attribute.is_none() => {
            Some(unknown_word(asked, known))
        }
        ValueError::Seconds { least, most, found }
            if !(f64::from(*least)..=f64::from(*most)).contains(found) =>
        {
            Some(SettingError::new(
                format!("{found} seconds are not possible"),
                format!("write {least} to {most}, which is 10 years"),
            ))
        }
        _ => None,
    }
}

/// Certificates and keys that cannot be read, are of two pairs, or are half of one.
fn certificates(
    settings: &SamlSettings,
    unusable: &[UnusableSetting<'_>],
    path: &JsonPath,
    found: &mut Vec<Fault>,
) {
    let effective = Effective::of_addon(settings);
    let signing = Halves::of(&effective.cert, &effective.key);
    let encryption = Halves::of(&effective.encryption_cert, &effective.encryption_public_key);
    for (half, names) in [
        (signing.half(), "cert and key"),
        (encryption.half(), "encryptionCert and encryptionPublicKey"),
    ] {
        if let Some(Half { given, missing }) = half {
            found.push(Fault::new(
                path.key(given),
                "incomplete_pair",
                format!("{given} is set without {missing}, so logins fail unless an Action sets it"),
                format!("set both, or neither of {names}"),
            ));
        }
    }
    let mut fails = |member: &str, code, what: String| {
        let help =
            "logins of this client fail until this setting is corrected, or an Action sets another value";
        found.push(Fault::new(path.key(member), code, what, help));
    };
    for setting in unusable {
        if let ValueError::Pem { first, others } = setting.error {
            for error in std::iter::once(first).chain(others) {
                fails(setting.member, "unreadable_pem", error.to_string());
            }
        }
    }
    if let Halves::Both(Ok(cert), Ok(key)) = signing
        && let Err(mismatch) = SigningPair::new(key.clone(), cert.clone())
    {
        fails("cert", "mismatch", mismatch.to_string());
    }
    if let Halves::Both(Ok(cert), Ok(key)) = encryption
        && let Err(mismatch) = EncryptionMismatch::check(cert, key)
    {
        fails("encryptionPublicKey", "mismatch", mismatch.to_string());
    }
}

/// Members that are no settings and are called like one but for case and separators: what they ask for is not done.
fn misspelt(addon: &SamlAddon, path: &JsonPath, found: &mut Vec<Fault>) {
    let plain = |name: &str| name.replace(['_', '-', ' '], "").to_ascii_lowercase();
    for member in addon.extra.keys() {
        let meant = SamlSettings::MEMBERS
            .iter()
            .find(|known| plain(known) == plain(member));
        found.extend(meant.map(|meant| {
            Fault::new(
                path.key(member),
                "misspelt_member",
                format!(
                    "{} is no setting, so what it asks for is not done",
                    quoted(member)
                ),
                format!("write \"{meant}\""),
            )
        }));
    }
}
