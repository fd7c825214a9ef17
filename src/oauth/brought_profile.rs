//! The profile of a user whom a login system of one's own brings along (server 5).

use super::issue_body::{BodyFault, MOST_TEXT};
use crate::json;
use serde_json::{Map, Value};

/// The profile of a user who is brought along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BroughtProfile<'a> {
    /// The user's id.
    pub user_id: &'a str,
    /// The whole profile.
    pub members: &'a Map<String, Value>,
}

impl<'a> BroughtProfile<'a> {
    /// Reads the member `user` of a body.
    ///
    /// # Errors
    /// It has no `user_id`, or a member that a login system may not set.
    pub(super) fn read(profile: &'a Map<String, Value>) -> Result<Self, BodyFault> {
        if let Some(unfit) = profile.keys().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(BodyFault::of(
                &format!("user.{unfit}"),
                "a user who is brought along has profile members only, and this one is the server's or gives power; leave \
                 it out",
            ));
        }
        let user_id = profile.get("user_id").and_then(Value::as_str).unwrap_or_default();
        // `<client id>@clients` is the subject of a machine.
        let is_machine = user_id.ends_with("@clients");
        if user_id.is_empty()
            || user_id.len() > MOST_USER_ID
            || user_id.contains(char::is_control)
            || is_machine
        {
            return Err(BodyFault::of(
                "user.user_id",
                format!(
                    "it must be a text of 1 to {MOST_USER_ID} bytes without control characters that does not end with \
                     '@clients'"
                ),
            ));
        }
        for (name, value) in profile {
            let fits = match (name.as_str(), value) {
                (_, Value::Null) => true,
                ("user_metadata" | "address", value) => value.is_object(),
                ("email_verified" | "phone_verified" | "phone_number_verified", value) => value.is_boolean(),
                (name, value) if STANDARD.contains(&name) => is_short_text(value),
                (_, Value::Array(values)) => values.iter().all(is_plain),
                (_, value) => is_plain(value),
            };
            if !fits {
                return Err(BodyFault::of(
                    &format!("user.{name}"),
                    format!("it has the wrong type, or a text of more than {MOST_TEXT} bytes"),
                ));
            }
        }
        if json::size(&Value::Object(profile.clone())) > MOST_PROFILE {
            return Err(BodyFault::of(
                "user",
                format!("it is longer than {MOST_PROFILE} bytes"),
            ));
        }
        Ok(Self {
            user_id,
            members: profile,
        })
    }
}

fn is_short_text(value: &Value) -> bool {
    matches!(value, Value::String(text) if text.len() <= MOST_TEXT)
}

/// What a property of a connection may be, such as `upn`: a mapping can make a claim or an attribute of it.
fn is_plain(value: &Value) -> bool {
    value.is_number() || value.is_boolean() || is_short_text(value)
}

/// What no login system sets: what the server itself knows of a user, how the user proves who they are, and by what the
/// user may do more.
const RESERVED: [&str; 23] = [
    "_id",
    "app_metadata",
    "blocked",
    "created_at",
    "custom_password_hash",
    "enrolledFactors",
    "groups",
    "identities",
    "last_ip",
    "last_login",
    "last_password_reset",
    "logins_count",
    "mfa_factors",
    "multifactor",
    "multifactor_last_modified",
    "organizations",
    "password",
    "passwordHash",
    "password_hash",
    "permissions",
    "roles",
    "sub",
    "updated_at",
];
/// The members of the standard that are texts (OIDC Core 5.1).
const STANDARD: [&str; 16] = [
    "birthdate",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "username",
    "website",
    "zoneinfo",
];
const MOST_USER_ID: usize = 255;
/// Bytes of a profile as JSON.
const MOST_PROFILE: usize = 16 << 10;
