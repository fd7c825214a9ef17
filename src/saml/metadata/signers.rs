//! Whose keys sign, by role (SAML metadata 2.4.1.1).

use super::problem::MetadataError;
use super::sp_reader::Reader;
use super::{entity, sp_keys};
use crate::keys::Certificate;
use crate::time::Moment;

/// Signing certificates of one entity. A key signs in the role that names it and in no other.
#[derive(Clone, Debug)]
pub struct Signers {
    /// Its name.
    pub entity: String,
    /// Of its identity providers: responses and assertions.
    pub identity_provider: Vec<Certificate>,
    /// Of its service providers: requests.
    pub service_provider: Vec<Certificate>,
}

/// The signing certificates of the entity with the name `wanted`, or of the only one that `text` describes. No
/// signature of the metadata is checked: who hands it in vouches for it.
///
/// # Errors
/// Not metadata, several to choose from, a role that has expired, a certificate that is none, nobody who signs.
pub fn signers(text: &str, wanted: Option<&str>, now: Moment) -> Result<Signers, MetadataError> {
    let document = entity::document(text)?;
    let (entity, name) = entity::choose(document.root(), wanted)?;
    let signing = |kind| -> Result<Vec<Certificate>, MetadataError> {
        let mut certificates = Vec::new();
        for role in entity::roles(entity, kind) {
            entity::valid_until(role, now)?;
            certificates.extend(sp_keys::read(role, &mut Reader::default())?.signing);
        }
        Ok(certificates)
    };
    let signers = Signers {
        entity: name.to_owned(),
        identity_provider: signing("IDPSSODescriptor")?,
        service_provider: signing("SPSSODescriptor")?,
    };
    if signers.identity_provider.is_empty() && signers.service_provider.is_empty() {
        return Err(MetadataError::NoSigner {
            entity: signers.entity,
        });
    }
    Ok(signers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::tests::fixture::{Pair, now, other, tenant};

    fn key(pair: &Pair, purpose: &str) -> String {
        format!(
            "<KeyDescriptor{purpose}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
             <ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>",
            pair.certificate().base64()
        )
    }

    fn role(kind: &str, protocol: &str, attributes: &str, keys: &str) -> String {
        format!(
            "<{kind} protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:{protocol}:protocol\" {attributes}>{keys}</{kind}>"
        )
    }

    fn entity(name: &str, roles: &str) -> String {
        format!(
            "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{name}\">{roles}</EntityDescriptor>"
        )
    }

    fn read(text: &str, wanted: Option<&str>) -> Result<[Vec<String>; 2], String> {
        let signers = signers(text, wanted, now()).map_err(|error| error.to_string())?;
        let both = [signers.identity_provider, signers.service_provider];
        Ok(both.map(|list| list.iter().map(|one| one.base64().to_owned()).collect()))
    }

    #[test]
    fn a_key_signs_in_the_role_that_names_it() {
        let base64 = |pair: &Pair| pair.certificate().base64().to_owned();
        let (a, b) = (base64(tenant()), base64(other()));
        let signing = " use=\"signing\"";
        let idp = role(
            "IDPSSODescriptor",
            "2.0",
            "",
            &(key(tenant(), signing) + &key(other(), " use=\"encryption\"")),
        );
        let sp = role("SPSSODescriptor", "2.0", "", &key(other(), ""));
        let old = role("IDPSSODescriptor", "1.1", "", &key(other(), ""));
        let both = entity("urn:a", &format!("{old}{idp}{sp}"));
        assert_eq!(read(&both, None), Ok([vec![a.clone()], vec![b.clone()]]));
        let all = format!(
            "<EntitiesDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">{}{}</EntitiesDescriptor>",
            entity("urn:idp", &idp),
            entity("urn:sp", &sp)
        );
        assert_eq!(read(&all, Some("urn:idp")), Ok([vec![a], vec![]]));
        assert_eq!(read(&all, Some("urn:sp")), Ok([vec![], vec![b]]));
        assert!(
            read(&all, None)
                .unwrap_err()
                .contains("choose one with --entity-id")
        );
    }

    #[test]
    fn nobody_who_signs_is_an_error() {
        let encrypts = role(
            "IDPSSODescriptor",
            "2.0",
            "",
            &key(other(), " use=\"encryption\""),
        );
        let old = role("IDPSSODescriptor", "1.1", "", &key(other(), ""));
        let over = role(
            "IDPSSODescriptor",
            "2.0",
            "validUntil=\"2026-01-01T00:00:00Z\"",
            &key(other(), ""),
        );
        for (roles, text) in [
            ("", "urn:a names no certificate that signs"),
            (&*encrypts, "urn:a names no certificate that signs"),
            (&*old, "urn:a names no certificate that signs"),
            (
                &*over,
                "the metadata has expired: IDPSSODescriptor is valid until",
            ),
        ] {
            let refusal = read(&entity("urn:a", roles), None).unwrap_err();
            assert!(refusal.contains(text), "{refusal}");
        }
        assert!(read("<a/>", None).unwrap_err().contains("no SAML metadata"));
    }
}
