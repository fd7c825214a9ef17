//! Whether a request is about the user who logged in (SAML core 3.3.4 and 3.4.1, semantics 15.2).

use crate::event::{WantedName, WantedSubject};
use crate::login::RequestFault;
use crate::saml::error::SamlError;
use crate::saml::name_id::NameId;
use crate::tenant::SubjectMismatch;

/// The user who logged in, by every name that a service provider may have for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoggedIn<'a> {
    /// The NameID of the response.
    pub name_id: &'a NameId,
    pub user_id: &'a str,
    pub email: Option<&'a str>,
    /// The issuer of the response.
    pub issuer: &'a str,
    /// The issuer of the request.
    pub service_provider: Option<&'a str>,
    /// The audiences of the response.
    pub audiences: &'a [&'a str],
}

/// Whom a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The element is empty.
    Nobody,
    /// Somebody else, or somebody whose identifier cannot be read.
    SomebodyElse,
    /// The user who logged in.
    TheUser,
}

/// # Errors
/// The request is about somebody else, and that is refused.
pub(super) fn check(
    wanted: Option<&WantedSubject>,
    user: &LoggedIn<'_>,
    on_mismatch: SubjectMismatch,
) -> Result<(), SamlError> {
    let about = wanted.map(|wanted| About::of(wanted, user));
    if about != Some(About::SomebodyElse) || on_mismatch == SubjectMismatch::Warn {
        return Ok(());
    }
    if wanted == Some(&WantedSubject::Unreadable) {
        return Err(SamlError::request(
            RequestFault::Subject,
            "the Subject of the request names the user by a BaseID, which cannot be read; let the service provider \
             send a NameID, or no Subject, or set subject_mismatch = \"warn\" under [saml] in postlogin.toml"
                .to_owned(),
        ));
    }
    Err(SamlError::request(
        RequestFault::Subject,
        "the request is about somebody else: its Subject is neither the NameID nor the user id nor the e-mail address \
         of the user who logged in; let the user log in whom the request names, or set subject_mismatch = \"warn\" \
         under [saml] in postlogin.toml"
            .to_owned(),
    ))
}

impl About {
    pub fn of(wanted: &WantedSubject, user: &LoggedIn<'_>) -> Self {
        match wanted {
            WantedSubject::Named(name) if name.value.is_empty() => Self::Nobody,
            WantedSubject::Named(name) if user.is_called(name) => Self::TheUser,
            WantedSubject::Named(_) | WantedSubject::Unreadable => Self::SomebodyElse,
        }
    }
}

impl LoggedIn<'_> {
    fn is_called(&self, name: &WantedName) -> bool {
        if !self.is_of_our_domain(name) {
            return false;
        }
        let format = name.format.as_deref();
        let may_be_address = format.is_none_or(|format| !WITHOUT_ADDRESSES.contains(&format));
        // Capitals count nowhere in an address of the platform. Other letters that only look alike do.
        let is_address = |address: &str| address.trim().eq_ignore_ascii_case(&name.value);
        name.value == self.name_id.value.trim()
            || name.value == self.user_id
            || may_be_address && self.email.is_some_and(is_address)
    }

    /// Whether the qualifiers of the name are those that a name from here has, said or unsaid (SAML core 2.2.2 and
    /// 8.3.7).
    fn is_of_our_domain(&self, name: &WantedName) -> bool {
        let ours = self.name_id.name_qualifier.as_deref();
        let theirs = self.name_id.sp_name_qualifier.as_deref();
        let is_ours = |qualifier: &str| qualifier == self.issuer || ours == Some(qualifier);
        let is_theirs = |qualifier: &str| match theirs {
            Some(theirs) => theirs == qualifier,
            None => self.service_provider == Some(qualifier) || self.audiences.contains(&qualifier),
        };
        name.name_qualifier.as_deref().is_none_or(is_ours)
            && name.sp_name_qualifier.as_deref().is_none_or(is_theirs)
    }
}

/// Formats whose names are no addresses (SAML core 8.3). One that nobody registered may stand for anything.
const WITHOUT_ADDRESSES: [&str; 6] = [
    "urn:oasis:names:tc:SAML:1.1:nameid-format:WindowsDomainQualifiedName",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:entity",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:kerberos",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn about(name: &WantedName) -> About {
        let name_id = NameId {
            value: "p4ir".to_owned(),
            format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".to_owned()),
            name_qualifier: Some("urn:idp".to_owned()),
            sp_name_qualifier: Some("urn:sp".to_owned()),
        };
        let user = LoggedIn {
            name_id: &name_id,
            user_id: "auth0|1",
            email: Some("Ann@example.org"),
            issuer: "urn:idp",
            service_provider: Some("urn:sp"),
            audiences: &[],
        };
        About::of(&WantedSubject::Named(name.clone()), &user)
    }

    fn name(value: &str) -> WantedName {
        WantedName {
            value: value.to_owned(),
            ..WantedName::default()
        }
    }

    #[test]
    fn the_user_is_known_by_name_id_user_id_and_address() {
        for value in ["p4ir", "auth0|1", "Ann@example.org", "ann@EXAMPLE.org"] {
            assert_eq!(about(&name(value)), About::TheUser, "{value}");
        }
        for value in [
            "P4IR",
            "auth0|2",
            "AUTH0|1",
            "bob@example.org",
            "Ann@example.org.evil",
        ] {
            assert_eq!(about(&name(value)), About::SomebodyElse, "{value}");
        }
        assert_eq!(about(&name("")), About::Nobody);
    }

    #[test]
    fn a_letter_that_looks_alike_is_another_address() {
        // The sign of kelvin is a small k in lower case.
        assert_eq!(about(&name("An\u{212a}@example.org")), About::SomebodyElse);
    }

    #[test]
    fn an_address_is_no_name_of_a_format_that_has_no_addresses() {
        let of = |format: &str| {
            let format = Some(format.to_owned());
            about(&WantedName {
                format,
                ..name("ann@example.org")
            })
        };
        for format in [
            "1.1:nameid-format:emailAddress",
            "1.1:nameid-format:unspecified",
            "2.0:nameid-format:email",
        ] {
            let format = format!("urn:oasis:names:tc:SAML:{format}");
            assert_eq!(of(&format), About::TheUser, "{format}");
        }
        for format in ["persistent", "transient", "entity", "kerberos"] {
            let format = format!("urn:oasis:names:tc:SAML:2.0:nameid-format:{format}");
            assert_eq!(of(&format), About::SomebodyElse, "{format}");
        }
    }

    #[test]
    fn a_name_of_another_domain_is_somebody_elses() {
        let qualified = |name_qualifier: Option<&str>, sp_name_qualifier: Option<&str>| {
            about(&WantedName {
                name_qualifier: name_qualifier.map(str::to_owned),
                sp_name_qualifier: sp_name_qualifier.map(str::to_owned),
                ..name("p4ir")
            })
        };
        assert_eq!(qualified(Some("urn:idp"), Some("urn:sp")), About::TheUser);
        assert_eq!(qualified(Some("urn:idp"), None), About::TheUser);
        assert_eq!(qualified(Some("urn:other"), None), About::SomebodyElse);
        assert_eq!(qualified(None, Some("urn:other")), About::SomebodyElse);
    }

    #[test]
    fn an_identifier_that_cannot_be_read_is_refused_unless_it_is_only_told() {
        let name_id = NameId {
            value: "auth0|1".to_owned(),
            format: None,
            name_qualifier: None,
            sp_name_qualifier: None,
        };
        let user = LoggedIn {
            name_id: &name_id,
            user_id: "auth0|1",
            email: None,
            issuer: "urn:idp",
            service_provider: None,
            audiences: &[],
        };
        let check = |subject: &WantedSubject, on_mismatch| check(Some(subject), &user, on_mismatch);
        let refused = check(&WantedSubject::Unreadable, SubjectMismatch::Refuse).unwrap_err();
        assert_eq!(refused.code, "saml_subject");
        assert!(
            refused.description.contains("by a BaseID, which cannot be read"),
            "{refused}"
        );
        assert!(check(&WantedSubject::Unreadable, SubjectMismatch::Warn).is_ok());
        assert!(check(&WantedSubject::Named(name("")), SubjectMismatch::Refuse).is_ok());
    }
}
