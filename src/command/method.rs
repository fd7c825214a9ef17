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
    /// Its name in the reference.
    pub name: &'static str,
    /// Which values it takes.
    pub kind: Kind,
}

/// Where a method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Available {
    /// In every run.
    Always,
    /// In a refresh exchange (semantics 2.7).
    InRefreshExchange,
    /// In `onContinuePostLogin`.
    OnContinue,
    /// Where the login has a session.
    WithSession,
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

/// A method of the `api` object as a script sees it.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Which method it is.
    pub method: Method,
    /// The path after `api.`.
    pub path: &'static str,
    /// Its parameters, in their order.
    pub parameters: &'static [Parameter],
    /// How the method answers the script.
    pub answer: Answer,
    /// Where the method may be called.
    pub available: Available,
}

impl Signature {
    /// The method at `path` (without `api.`), if there is one.
    pub fn find(path: &str) -> Option<&'static Self> {
        METHODS.iter().find(|signature| signature.path == path)
    }
}

const fn parameter(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind }
}

const fn setter(setter: Setter, path: &'static str, parameters: &'static [Parameter]) -> Signature {
    Signature {
        method: Method::SamlSetting(setter),
        path,
        parameters,
        answer: Answer::Api,
        available: Available::Always,
    }
}

macro_rules! methods {
    ($($table:ident { $($variant:ident = $path:literal ($($name:literal: $kind:ident),*)
        -> $answer:ident, $available:ident;)* })*) => {
        /// A method of the `api` object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Method {
            $($(#[doc = concat!("`", $path, "`.")] $variant,)*)*
            /// A setter of `samlResponse` that sets a setting.
            SamlSetting(Setter),
        }

        $(const $table: &[Signature] = &[$(Signature {
            method: Method::$variant,
            path: $path,
            parameters: &[$(parameter($name, Kind::$kind)),*],
            answer: Answer::$answer,
            available: Available::$available,
        }),*];)*
    };
}

/// All methods: those of the reference in its order, then the platform's newer ones, then ours; the settings of SAML
/// responses, all of them, have the place of the reference's.
pub const METHODS: &[Signature] = &{
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
        /// A setter of `samlResponse`, by the setting that it sets.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Setter {
            $($(#[$meta])* $variant,)*
            $($(#[$of_meta])* $of_variant,)*
        }

        const SETTINGS: &[Signature] = &[
            $(setter(Setter::$variant, concat!("samlResponse.", $setter), &[$(parameter($parameter, Kind::$js)),*]),)*
            $(setter(
                Setter::$of_variant,
                concat!("samlResponse.", $of_setter),
                &[$(parameter($of_parameter, Kind::$of_js)),*],
            ),)*
        ];
    };
}

saml_settings!(settings);

methods! {
    FIRST {
        AccessDeny = "access.deny"("reason": Text) -> Api, Always;
        AccessTokenSetCustomClaim = "accessToken.setCustomClaim"("name": Text, "value": Json) -> Api, Always;
        AccessTokenAddScope = "accessToken.addScope"("scope": Text) -> Api, Always;
        AccessTokenRemoveScope = "accessToken.removeScope"("scope": Text) -> Api, Always;
        AuthenticationRecordMethod = "authentication.recordMethod"("provider_url": Text) -> Api, OnContinue;
        AuthenticationChallengeWith = "authentication.challengeWith"("factor": Object, "options": Object) -> Api, Always;
        AuthenticationChallengeWithAny = "authentication.challengeWithAny"("factors": Array) -> Api, Always;
        AuthenticationEnrollWith = "authentication.enrollWith"("factor": Object, "options": Object) -> Api, Always;
        AuthenticationEnrollWithAny = "authentication.enrollWithAny"("factors": Array) -> Api, Always;
        AuthenticationSetPrimaryUser = "authentication.setPrimaryUser"("primary_user_id": Text) -> Api, Always;
        CacheDelete = "cache.delete"("key": Text) -> Value, Always;
        CacheGet = "cache.get"("key": Text) -> Value, Always;
        CacheSet = "cache.set"("key": Text, "value": Text, "options": Object) -> Value, Always;
        IdTokenSetCustomClaim = "idToken.setCustomClaim"("name": Text, "value": Json) -> Api, Always;
        MultifactorEnable = "multifactor.enable"("provider": Text, "options": Object) -> Api, Always;
        UserSetAppMetadata = "user.setAppMetadata"("name": Text, "value": Json) -> Api, Always;
        UserSetUserMetadata = "user.setUserMetadata"("name": Text, "value": Json) -> Api, Always;
        RedirectEncodeToken = "redirect.encodeToken"("options": Object) -> Value, Always;
        RedirectSendUserTo = "redirect.sendUserTo"("url": Text, "options": Object) -> Api, Always;
        RedirectValidateToken = "redirect.validateToken"("options": Object) -> Value, OnContinue;
        RulesWasExecuted = "rules.wasExecuted"("ruleId": Text) -> Value, Always;
        SamlResponseSetAttribute = "samlResponse.setAttribute"("attribute": Text, "value": SamlValue) -> Api, Always;
    }
    LAST {
        SessionRevoke = "session.revoke"("reason": Text, "options": Object) -> Api, WithSession;
        SessionSetExpiresAt = "session.setExpiresAt"("absolute": Number) -> Api, WithSession;
        SessionSetIdleExpiresAt = "session.setIdleExpiresAt"("idle": Number) -> Api, WithSession;
        RefreshTokenRevoke = "refreshToken.revoke"("reason": Text) -> Api, InRefreshExchange;
        RefreshTokenSetExpiresAt = "refreshToken.setExpiresAt"("absolute": Number) -> Api, Always;
        RefreshTokenSetIdleExpiresAt = "refreshToken.setIdleExpiresAt"("idle": Number) -> Api, Always;

        RedirectCanRedirect = "redirect.canRedirect"() -> Value, Always;
        ValidationError = "validation.error"("code": Text, "message": Text) -> Api, Always;
        PromptRender = "prompt.render"("id": Text, "options": Object) -> Api, Always;
        TransactionSetMetadata = "transaction.setMetadata"("key": Text, "value": Scalar) -> Api, Always;
        SessionSetCookieMode = "session.setCookieMode"("mode": Text) -> Api, Always;
        SessionSetMetadata = "session.setMetadata"("key": Text, "value": Json) -> Api, WithSession;
        SessionDeleteMetadata = "session.deleteMetadata"("key": Text) -> Api, WithSession;
        SessionEvictMetadata = "session.evictMetadata"() -> Api, WithSession;
        RefreshTokenSetMetadata = "refreshToken.setMetadata"("key": Text, "value": Scalar) -> Api, Always;
        RefreshTokenDeleteMetadata = "refreshToken.deleteMetadata"("key": Text) -> Api, Always;
        RefreshTokenEvictMetadata = "refreshToken.evictMetadata"() -> Api, Always;
        GroupsGetUserGroups = "groups.getUserGroups"("options": Object) -> Promise, Always;
        GroupsHasGroupMembership = "groups.hasGroupMembership"("groups": Array) -> Promise, Always;
        RolesGetUserEffectiveRoles = "roles.getUserEffectiveRoles"("options": Object) -> Promise, Always;
        RolesGetUserEffectiveRolesByIds = "roles.getUserEffectiveRolesByIds"("ids": Array) -> Promise, Always;
        RolesGetUserEffectiveRolesByNames = "roles.getUserEffectiveRolesByNames"("names": Array) -> Promise, Always;

        SamlResponseSetAudiences = "samlResponse.setAudiences"("audiences": Array) -> Api, Always;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_51_methods_and_no_path_twice() {
        let before =
            |methods: &[Signature], path| methods.iter().take_while(|method| method.path != path).count();
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
