//! What known service providers refuse, as data: each was shown a good response with one thing changed.
//!
//! Versions: node-saml 5.1.0, samlify 2.13.1, passport-wsfed-saml2 4.6.1, saml2-js 4.0.4, python3-saml
//! 1.16.0, pysaml2 7.5.5, ruby-saml 1.13.0, Shibboleth SP 3.4.1, mod_auth_mellon 0.18.1, SimpleSAMLphp
//! 1.19.7. Only refusals that not all of them share are listed; for the rest the finding speaks for itself.

use super::code::Code;
use serde::{Serialize, Serializer};

/// A service provider software that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceProvider {
    /// Apache module.
    Mellon,
    /// npm `@node-saml/node-saml`.
    NodeSaml,
    /// npm `passport-wsfed-saml2`.
    PassportWsfedSaml2,
    /// PyPI `pysaml2`.
    Pysaml2,
    /// PyPI `python3-saml`.
    Python3Saml,
    /// Gem `ruby-saml`.
    RubySaml,
    /// npm `saml2-js`.
    Saml2Js,
    /// npm `samlify`.
    Samlify,
    /// Shibboleth SP 3.
    Shibboleth,
    /// SimpleSAMLphp.
    SimpleSamlPhp,
}

impl ServiceProvider {
    /// What it calls itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mellon => "mod_auth_mellon",
            Self::NodeSaml => "node-saml",
            Self::PassportWsfedSaml2 => "passport-wsfed-saml2",
            Self::Pysaml2 => "pysaml2",
            Self::Python3Saml => "python3-saml",
            Self::RubySaml => "ruby-saml",
            Self::Saml2Js => "saml2-js",
            Self::Samlify => "samlify",
            Self::Shibboleth => "Shibboleth SP",
            Self::SimpleSamlPhp => "SimpleSAMLphp",
        }
    }
}

impl Serialize for ServiceProvider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The software that refuses messages with a finding of this code; empty where all do, or none was tried.
pub fn refused_by(code: Code) -> &'static [ServiceProvider] {
    let row = REFUSALS.iter().find(|(of, _)| *of == code);
    row.map_or(&[], |(_, peers)| peers)
}

use ServiceProvider::{
    Mellon, NodeSaml, PassportWsfedSaml2, Pysaml2, Python3Saml, RubySaml, Saml2Js, Samlify, Shibboleth,
    SimpleSamlPhp,
};

const REFUSALS: &[(Code, &[ServiceProvider])] = &[
    (Code::AttributeRepeated, &[Python3Saml, RubySaml]),
    (Code::AttributeStatementMissing, &[Python3Saml]),
    (Code::AudienceNotFirst, &[PassportWsfedSaml2]),
    (Code::AudienceRestrictionMissing, &[NodeSaml, PassportWsfedSaml2]),
    (
        Code::AuthnStatementMissing,
        &[Saml2Js, Python3Saml, Pysaml2, RubySaml, Shibboleth, SimpleSamlPhp],
    ),
    (Code::CarriageReturn, &[Samlify, PassportWsfedSaml2, Saml2Js]),
    (
        Code::ConditionsMissing,
        &[NodeSaml, PassportWsfedSaml2, Python3Saml, RubySaml],
    ),
    (Code::ConfirmationEndMissing, &[NodeSaml, Shibboleth]),
    (
        Code::ConfirmationMethod,
        &[Python3Saml, Pysaml2, RubySaml, Shibboleth, Mellon, SimpleSamlPhp],
    ),
    (Code::DestinationMissing, &[Shibboleth]),
    (Code::DestinationMissingSigned, &[Shibboleth]),
    (
        Code::DestinationOther,
        &[
            PassportWsfedSaml2,
            Python3Saml,
            Pysaml2,
            RubySaml,
            Shibboleth,
            Mellon,
            SimpleSamlPhp,
        ],
    ),
    (
        Code::EncryptionKeyTransportRare,
        &[
            NodeSaml,
            Samlify,
            PassportWsfedSaml2,
            Saml2Js,
            Pysaml2,
            RubySaml,
            Mellon,
            SimpleSamlPhp,
        ],
    ),
    (
        Code::EncryptionRsa15,
        &[NodeSaml, Samlify, Saml2Js, Shibboleth, SimpleSamlPhp],
    ),
    (
        Code::InResponseToDiffers,
        &[
            NodeSaml,
            Python3Saml,
            Pysaml2,
            RubySaml,
            Shibboleth,
            SimpleSamlPhp,
        ],
    ),
    (
        Code::InResponseToMissing,
        &[NodeSaml, PassportWsfedSaml2, Pysaml2, RubySaml, Shibboleth],
    ),
    (
        Code::InResponseToOther,
        &[
            NodeSaml,
            PassportWsfedSaml2,
            Python3Saml,
            Pysaml2,
            RubySaml,
            Shibboleth,
        ],
    ),
    (Code::IssuerMissing, &[Pysaml2, RubySaml, Mellon]),
    (
        Code::IssuerOther,
        &[Python3Saml, Pysaml2, RubySaml, Shibboleth, Mellon],
    ),
    (Code::KeyInfoOther, &[Samlify, RubySaml, Shibboleth]),
    (Code::NameIdMissing, &[Python3Saml, RubySaml, Mellon]),
    (Code::OnlyOneSigned, &[NodeSaml, Python3Saml, Pysaml2]),
    (Code::RecipientMissing, &[Pysaml2, Shibboleth]),
    (
        Code::RecipientOther,
        &[
            PassportWsfedSaml2,
            Python3Saml,
            RubySaml,
            Shibboleth,
            Mellon,
            SimpleSamlPhp,
        ],
    ),
    (
        Code::SessionExpired,
        &[
            Samlify,
            Python3Saml,
            Pysaml2,
            RubySaml,
            Shibboleth,
            Mellon,
            SimpleSamlPhp,
        ],
    ),
    (Code::SessionIndexMissing, &[Saml2Js]),
    (
        Code::SignatureAlgorithmRare,
        &[NodeSaml, Samlify, PassportWsfedSaml2, Saml2Js],
    ),
    (Code::SignatureSha1, &[Python3Saml]),
    (
        Code::StatusNotSuccess,
        &[
            Samlify,
            PassportWsfedSaml2,
            Saml2Js,
            Python3Saml,
            Pysaml2,
            RubySaml,
            Shibboleth,
            Mellon,
            SimpleSamlPhp,
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_row_and_nobody_is_in_it_twice() {
        for (number, (code, peers)) in REFUSALS.iter().enumerate() {
            assert!(
                REFUSALS[..number].iter().all(|(other, _)| other != code),
                "{code:?}"
            );
            for (place, peer) in peers.iter().enumerate() {
                assert!(!peers[..place].contains(peer), "{code:?} {peer:?}");
            }
        }
        assert_eq!(refused_by(Code::SessionIndexMissing), [Saml2Js]);
        assert_eq!(refused_by(Code::Dtd), []);
    }
}
