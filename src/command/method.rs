//! Every method of the `api` object: its path, its parameters, and how it answers.
//!
//! The table is what the engine builds `api` from, what argument checks name their parameters by, and
//! what a commands file is read against. Source: the post-login API reference (51 methods) and
//! semantics 11 (extras).

use crate::saml_setting::saml_settings;

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

const fn setter(path: &'static str, parameters: &'static [Parameter]) -> Method {
    Method {
        path,
        parameters,
        answer: Answer::Api,
    }
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

/// All methods: those of the reference in its order, then the platform's newer ones, then ours; the settings of SAML
/// responses, all of them, have the place of the reference's.
pub const METHODS: &[Method] = &{
    let mut all = [FIRST[0]; FIRST.len() + SETTINGS.len() + LAST.len()];
    let mut next = 0;
    while next < all.len() {
        all[next] = if next < FIRST.len() {
            FIRST[next]
        } else if next < FIRST.len() + SETTINGS.len() {
            SETTINGS[next - FIRST.len()]
        } else {
            LAST[next - FIRST.len() - SETTINGS.len()]
        };
        next += 1;
    }
    all
};

macro_rules! settings {
    (
        settings { $($(#[$meta:meta])* $name:ident: $variant:ident($value:ty) = $kind:expr, $member:literal,
            $setter:literal($($parameter:literal: $js:ident),*);)* }
        of_attributes { $($(#[$of_meta:meta])* $of_name:ident: $of_variant:ident($of_value:ty) = $of_kind:expr,
            $of_member:literal, $of_setter:literal($($of_parameter:literal: $of_js:ident),*);)* }
        of_addon $of_addon:tt
    ) => {
        const SETTINGS: &[Method] = &[
            $(setter(concat!("samlResponse.", $setter), &[$(parameter($parameter, Kind::$js)),*]),)*
            $(setter(concat!("samlResponse.", $of_setter), &[$(parameter($of_parameter, Kind::$of_js)),*]),)*
        ];
    };
}

saml_settings!(settings);

const FIRST: &[Method] = methods! {
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
};

const LAST: &[Method] = methods! {
    "session.revoke"("reason": Text, "options": Object) -> Api;
    "session.setExpiresAt"("absolute": Number) -> Api;
    "session.setIdleExpiresAt"("idle": Number) -> Api;
    "refreshToken.revoke"("reason": Text) -> Api;
    "refreshToken.setExpiresAt"("absolute": Number) -> Api;
    "refreshToken.setIdleExpiresAt"("idle": Number) -> Api;

    "redirect.canRedirect"() -> Value;
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

    "samlResponse.setAudiences"("audiences": Array) -> Api;
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_51_methods_and_no_path_twice() {
        let before =
            |methods: &[Method], path| methods.iter().take_while(|method| method.path != path).count();
        let of_reference = FIRST.len()
            + before(SETTINGS, "samlResponse.setEncryptionAlgorithm")
            + before(LAST, "redirect.canRedirect");
        assert_eq!(of_reference, 51);
        let mut paths: Vec<_> = METHODS.iter().map(|method| method.path).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), METHODS.len());
    }
}
