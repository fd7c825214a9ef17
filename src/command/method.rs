//! Every method of the `api` object: its path, its parameters, and how it answers.
//!
//! The table is what the engine builds `api` from, what argument checks name their parameters by, and
//! what a commands file is read against. Source: the post-login API reference (51 methods) and
//! semantics 11 (extras).

/// What a parameter may be in JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A real boolean; nothing is coerced.
    Boolean,
    /// Any value that `JSON.stringify` can hold.
    Json,
    /// A number.
    Number,
    /// A plain object.
    Object,
    /// A plain array.
    Array,
    /// `string | number | boolean | null | Array<string | number | boolean>`.
    SamlValue,
    /// A string, a finite number, a boolean or null.
    Scalar,
    /// A string.
    Text,
}

/// One parameter of a method.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// As the reference names it.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
}

/// How a method answers the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Records a command and returns the root `api` object.
    Api,
    /// Answers with a value, synchronously; only `cache.set` and `cache.delete` also record.
    Value,
    /// Answers with a promise of a value and records nothing.
    Promise,
}

/// A method of the `api` object.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// The path after `api.`.
    pub path: &'static str,
    /// In order.
    pub parameters: &'static [Parameter],
    /// How it answers.
    pub answer: Answer,
}

impl Method {
    /// The method at `path` (without `api.`), if there is one.
    pub fn find(path: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| method.path == path)
    }
}

const fn parameter(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind }
}

macro_rules! methods {
    ($($path:literal ($($name:literal: $kind:ident),*) -> $answer:ident;)*) => {
        &[$(Method {
            path: $path,
            parameters: &[$(parameter($name, Kind::$kind)),*],
            answer: Answer::$answer,
        }),*]
    };
}

/// All methods: those of the reference in its order, then the platform's newer ones, then ours.
pub const METHODS: &[Method] = methods! {
    "access.deny"("reason": Text) -> Api;
    "accessToken.setCustomClaim"("name": Text, "value": Json) -> Api;
    "accessToken.addScope"("scope": Text) -> Api;
    "accessToken.removeScope"("scope": Text) -> Api;
    "authentication.recordMethod"("provider_url": Text) -> Api;
    "authentication.challengeWith"("factor": Object, "options": Object) -> Api;
    "authentication.challengeWithAny"("factors": Array) -> Api;
    "authentication.enrollWith"("factor": Object, "options": Object) -> Api;
    "authentication.enrollWithAny"("factors": Array) -> Api;
    "authentication.setPrimaryUser"("primary_user_id": Text) -> Api;
    "cache.delete"("key": Text) -> Value;
    "cache.get"("key": Text) -> Value;
    "cache.set"("key": Text, "value": Text, "options": Object) -> Value;
    "idToken.setCustomClaim"("name": Text, "value": Json) -> Api;
    "multifactor.enable"("provider": Text, "options": Object) -> Api;
    "user.setAppMetadata"("name": Text, "value": Json) -> Api;
    "user.setUserMetadata"("name": Text, "value": Json) -> Api;
    "redirect.encodeToken"("options": Object) -> Value;
    "redirect.sendUserTo"("url": Text, "options": Object) -> Api;
    "redirect.validateToken"("options": Object) -> Value;
    "rules.wasExecuted"("ruleId": Text) -> Value;
    "samlResponse.setAttribute"("attribute": Text, "value": SamlValue) -> Api;
    "samlResponse.setAudience"("audience": Text) -> Api;
    "samlResponse.setIssuer"("issuer": Text) -> Api;
    "samlResponse.setEncryptionPublicKey"("publicKey": Text) -> Api;
    "samlResponse.setRecipient"("recipient": Text) -> Api;
    "samlResponse.setCreateUpnClaim"("createUpnClaim": Boolean) -> Api;
    "samlResponse.setPassthroughClaimsWithNoMapping"("passthroughClaimsWithNoMapping": Boolean) -> Api;
    "samlResponse.setMapUnknownClaimsAsIs"("mapUnknownClaimsAsIs": Boolean) -> Api;
    "samlResponse.setMapIdentities"("mapIdentities": Boolean) -> Api;
    "samlResponse.setDestination"("destination": Text) -> Api;
    "samlResponse.setRelayState"("relayState": Text) -> Api;
    "samlResponse.setLifetimeInSeconds"("lifetimeInSeconds": Number) -> Api;
    "samlResponse.setSignResponse"("signResponse": Boolean) -> Api;
    "samlResponse.setNameIdentifierFormat"("nameIdentifierFormat": Text) -> Api;
    "samlResponse.setNameIdentifierProbes"("nameIdentifierProbes": Array) -> Api;
    "samlResponse.setAuthnContextClassRef"("authnContextClassRef": Text) -> Api;
    "samlResponse.setSigningCert"("signingCert": Text) -> Api;
    "samlResponse.setIncludeAttributeNameFormat"("includeAttributeNameFormat": Boolean) -> Api;
    "samlResponse.setTypedAttributes"("typedAttributes": Boolean) -> Api;
    "samlResponse.setEncryptionCert"("encryptionCert": Text) -> Api;
    "samlResponse.setCert"("cert": Text) -> Api;
    "samlResponse.setKey"("key": Text) -> Api;
    "samlResponse.setSignatureAlgorithm"("signatureAlgorithm": Text) -> Api;
    "samlResponse.setDigestAlgorithm"("digestAlgorithm": Text) -> Api;
    "session.revoke"("reason": Text, "options": Object) -> Api;
    "session.setExpiresAt"("absolute": Number) -> Api;
    "session.setIdleExpiresAt"("idle": Number) -> Api;
    "refreshToken.revoke"("reason": Text) -> Api;
    "refreshToken.setExpiresAt"("absolute": Number) -> Api;
    "refreshToken.setIdleExpiresAt"("idle": Number) -> Api;

    "redirect.canRedirect"() -> Value;
    "samlResponse.setEncryptionAlgorithm"("encryptionAlgorithm": Text) -> Api;
    "validation.error"("code": Text, "message": Text) -> Api;
    "prompt.render"("id": Text, "options": Object) -> Api;
    "transaction.setMetadata"("key": Text, "value": Scalar) -> Api;
    "session.setCookieMode"("mode": Text) -> Api;
    "session.setMetadata"("key": Text, "value": Scalar) -> Api;
    "session.deleteMetadata"("key": Text) -> Api;
    "session.evictMetadata"() -> Api;
    "refreshToken.setMetadata"("key": Text, "value": Scalar) -> Api;
    "refreshToken.deleteMetadata"("key": Text) -> Api;
    "refreshToken.evictMetadata"() -> Api;
    "groups.getUserGroups"("options": Object) -> Promise;
    "groups.hasGroupMembership"("groups": Array) -> Promise;
    "roles.getUserEffectiveRoles"("options": Object) -> Promise;
    "roles.getUserEffectiveRolesByIds"("ids": Array) -> Promise;
    "roles.getUserEffectiveRolesByNames"("names": Array) -> Promise;

    "samlResponse.setAttributeFriendlyName"("attribute": Text, "friendlyName": Text) -> Api;
    "samlResponse.setAttributeType"("attribute": Text, "type": Text) -> Api;
    "samlResponse.setAudiences"("audiences": Array) -> Api;
    "samlResponse.setKeyEncryptionAlgorithm"("keyEncryptionAlgorithm": Text) -> Api;
    "samlResponse.setNameIdentifierSource"("source": Text) -> Api;
    "samlResponse.setNameQualifier"("nameQualifier": Text) -> Api;
    "samlResponse.setNotBeforeSkewSeconds"("notBeforeSkewSeconds": Number) -> Api;
    "samlResponse.setSPNameQualifier"("spNameQualifier": Text) -> Api;
    "samlResponse.setSessionNotOnOrAfter"("sessionNotOnOrAfter": Number) -> Api;
    "samlResponse.setSignAssertion"("signAssertion": Boolean) -> Api;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_51_methods_and_no_path_twice() {
        let extras = METHODS
            .iter()
            .position(|method| method.path == "redirect.canRedirect");
        assert_eq!(extras, Some(51));
        let mut paths: Vec<_> = METHODS.iter().map(|method| method.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), METHODS.len());
    }
}
