//! Every setting, a line each.

/// Hands the table to the macro `$made`, which makes something of every line.
///
/// A line is: name, what a call makes of it, type of its values = their kind, member of the add-on, setter with its
/// parameters. The first part has the settings that an Action can make as well: those of the API reference in its
/// order, the platform's newer one, then ours. The second part has those that are made for one attribute each: an
/// object in the add-on, a call for each attribute; both are ours. The third part has those of the add-on alone.
macro_rules! saml_settings {
    ($made:ident) => {
        $made! {
            settings {
                /// Who may read the assertion. Several are ours; `setAudiences` sets them.
                audience: Audience(Vec<String>) = kind::Audience, "audience", "setAudience"("audience": Text);
                /// Issuer of the response and of the assertion.
                issuer: Issuer(String) = kind::URL, "issuer", "setIssuer"("issuer": Text);
                /// Public key of the certificate to encrypt for.
                encryption_public_key: EncryptionPublicKey(PublicKey) = kind::PUBLIC_KEY, "encryptionPublicKey", "setEncryptionPublicKey"("publicKey": Text);
                /// `Recipient` of the subject confirmation.
                recipient: Recipient(String) = kind::Endpoint, "recipient", "setRecipient"("recipient": Text);
                /// Whether there is a UPN claim; default true.
                create_upn_claim: CreateUpnClaim(bool) = kind::Flag, "createUpnClaim", "setCreateUpnClaim"("createUpnClaim": Boolean);
                /// Whether properties without a mapping become claims; default true.
                passthrough_claims_with_no_mapping: PassthroughClaimsWithNoMapping(bool) = kind::Flag, "passthroughClaimsWithNoMapping", "setPassthroughClaimsWithNoMapping"("passthroughClaimsWithNoMapping": Boolean);
                /// Whether those keep their names; default false.
                map_unknown_claims_as_is: MapUnknownClaimsAsIs(bool) = kind::Flag, "mapUnknownClaimsAsIs", "setMapUnknownClaimsAsIs"("mapUnknownClaimsAsIs": Boolean);
                /// Whether there are claims about the identity; default true.
                map_identities: MapIdentities(bool) = kind::Flag, "mapIdentities", "setMapIdentities"("mapIdentities": Boolean);
                /// `Destination` of the response.
                destination: Destination(String) = kind::Endpoint, "destination", "setDestination"("destination": Text);
                /// `RelayState` instead of the request's.
                relay_state: RelayState(String) = kind::RelayState, "relayState", "setRelayState"("relayState": Text);
                /// Seconds for which the assertion is valid; default 3600.
                lifetime_in_seconds: LifetimeInSeconds(u32) = kind::LIFETIME, "lifetimeInSeconds", "setLifetimeInSeconds"("lifetimeInSeconds": Number);
                /// Whether the response is signed instead of the assertion; default false.
                sign_response: SignResponse(bool) = kind::Flag, "signResponse", "setSignResponse"("signResponse": Boolean);
                /// `Format` of the NameID.
                name_identifier_format: NameIdentifierFormat(String) = kind::SHORT, "nameIdentifierFormat", "setNameIdentifierFormat"("nameIdentifierFormat": Text);
                /// Claim names that are tried for the NameID.
                name_identifier_probes: NameIdentifierProbes(Vec<String>) = kind::Probes, "nameIdentifierProbes", "setNameIdentifierProbes"("nameIdentifierProbes": Array);
                /// Class of the authentication context.
                authn_context_class_ref: AuthnContextClassRef(String) = kind::SHORT, "authnContextClassRef", "setAuthnContextClassRef"("authnContextClassRef": Text);
                /// Certificates with which requests must be signed. An add-on may name several, any of which may have
                /// signed: a service provider that rolls its key publishes both.
                signing_cert: SigningCert(Vec<Certificate>) = kind::Certificates, "signingCert", "setSigningCert"("signingCert": Text);
                /// Whether attributes carry `NameFormat`; default true.
                include_attribute_name_format: IncludeAttributeNameFormat(bool) = kind::Flag, "includeAttributeNameFormat", "setIncludeAttributeNameFormat"("includeAttributeNameFormat": Boolean);
                /// Whether values carry their own types; default true.
                typed_attributes: TypedAttributes(bool) = kind::Flag, "typedAttributes", "setTypedAttributes"("typedAttributes": Boolean);
                /// Certificate to encrypt for.
                encryption_cert: EncryptionCert(Certificate) = kind::CERTIFICATE, "encryptionCert", "setEncryptionCert"("encryptionCert": Text);
                /// Signing certificate instead of the tenant's.
                cert: Cert(Certificate) = kind::CERTIFICATE, "cert", "setCert"("cert": Text);
                /// Signing key instead of the tenant's.
                key: Key(PrivateKey) = kind::PRIVATE_KEY, "key", "setKey"("key": Text);
                /// What is signed with.
                signature_algorithm: SignatureAlgorithm(SignatureMethod) = kind::algorithm(), "signatureAlgorithm", "setSignatureAlgorithm"("signatureAlgorithm": Text);
                /// Hash of what is signed.
                digest_algorithm: DigestAlgorithm(Digest) = kind::algorithm(), "digestAlgorithm", "setDigestAlgorithm"("digestAlgorithm": Text);
                /// How the assertion is encrypted.
                encryption_algorithm: EncryptionAlgorithm(ContentCipher) = kind::algorithm(), "encryptionAlgorithm", "setEncryptionAlgorithm"("encryptionAlgorithm": Text);
                /// Ours: how the key to it is encrypted.
                key_encryption_algorithm: KeyEncryptionAlgorithm(KeyEncryption) = kind::algorithm(), "keyEncryptionAlgorithm", "setKeyEncryptionAlgorithm"("keyEncryptionAlgorithm": Text);
                /// Ours: where the NameID comes from.
                name_identifier_source: NameIdentifierSource(NameIdSource) = kind::SOURCE, "nameIdentifierSource", "setNameIdentifierSource"("source": Text);
                /// Ours: `NameQualifier` of the NameID.
                name_qualifier: NameQualifier(String) = kind::URL, "nameQualifier", "setNameQualifier"("nameQualifier": Text);
                /// Ours: seconds that `NotBefore` lies before the login, for service providers whose clock is slow.
                not_before_skew_seconds: NotBeforeSkewSeconds(u32) = kind::SKEW, "notBeforeSkewSeconds", "setNotBeforeSkewSeconds"("notBeforeSkewSeconds": Number);
                /// Ours: `SPNameQualifier` of the NameID.
                sp_name_qualifier: SpNameQualifier(String) = kind::URL, "spNameQualifier", "setSPNameQualifier"("spNameQualifier": Text);
                /// Ours: when the service provider's session ends.
                session_not_on_or_after: SessionNotOnOrAfter(SessionEnd) = kind::EndOfSession, "sessionNotOnOrAfter", "setSessionNotOnOrAfter"("sessionNotOnOrAfter": Number);
                /// Ours: whether the assertion is signed beside the response.
                sign_assertion: SignAssertion(bool) = kind::Flag, "signAssertion", "setSignAssertion"("signAssertion": Boolean);
            }
            of_attributes {
                /// Ours: `FriendlyName`, for people.
                friendly_names: AttributeFriendlyName(String) = kind::SHORT, "friendlyNames", "setAttributeFriendlyName"("attribute": Text, "friendlyName": Text);
                /// Ours: type of every value.
                attribute_types: AttributeType(ValueType) = kind::VALUE_TYPE, "attributeTypes", "setAttributeType"("attribute": Text, "type": Text);
            }
            of_addon {
                /// Claim name, or names, by profile property.
                mappings: IndexMap<String, OneOrMany> = kind::Mappings, "mappings";
                /// Ours: whether the NameIDPolicy of a request chooses the format.
                honor_name_id_policy: bool = kind::Flag, "honorNameIdPolicy";
            }
        }
    };
}
pub(crate) use saml_settings;
