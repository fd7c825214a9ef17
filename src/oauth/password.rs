//! The password grants (RFC 6749 section 4.3, and the platform's with a realm): for clients that list them.

use super::error::{ErrorCode, OAuthError};
use super::grant_type::GrantType;
use super::parameters::Parameters;
use crate::secret::Secret;
use crate::tenant::Tenant;

/// Somebody logs in with name and password, and without a browser.
#[derive(Clone, Debug)]
pub struct PasswordRequest {
    /// By which the user is found.
    pub username: String,
    /// What proves who the user is.
    pub password: Secret<String>,
    /// The connection; any one where neither the request nor the tenant names one.
    pub connection: Option<String>,
    /// In the order of the request, each once.
    pub scopes: Vec<String>,
    /// Identifier of an API.
    pub audience: Option<String>,
    /// Name or id of an organization.
    pub organization: Option<String>,
}

impl PasswordRequest {
    /// Accepts a request for `grant`, which is one of the password grants.
    ///
    /// # Errors
    /// Name, password or realm are missing, or the realm is no connection of the tenant.
    pub fn accept(parameters: &Parameters, grant: GrantType, tenant: &Tenant) -> Result<Self, OAuthError> {
        let text = |name: &str| Ok::<_, OAuthError>(parameters.get(name)?.map(str::to_owned));
        let needed = |name: &'static str| {
            text(name)?
                .ok_or_else(|| OAuthError::new(ErrorCode::InvalidRequest, format!("{name} is missing")))
        };
        let connection = if grant == GrantType::PasswordRealm {
            Some(needed("realm")?)
        } else {
            let default = tenant.settings.default_directory.clone();
            default.filter(|name| !name.is_empty())
        };
        let connection = connection.map(|name| match tenant.connection(&name) {
            Some(connection) => Ok(connection.name.clone()),
            // A tenant without connections has those of its users' identities.
            None if tenant.connections.is_empty() => Ok(name),
            None => Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "the realm is no connection of this tenant",
            )),
        });
        Ok(Self {
            username: needed("username")?,
            password: needed("password")?.into(),
            connection: connection.transpose()?,
            scopes: parameters.words("scope")?,
            audience: text("audience")?,
            organization: text("organization")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn accepted(grant: GrantType, form: &str) -> Result<Option<String>, ErrorCode> {
        let connections = json!([{"name": "staff", "id": "con_1"}, {"name": "guests"}]);
        let settings = json!({"default_directory": "guests"});
        let tenant = Tenant {
            connections: serde_json::from_value(connections).unwrap(),
            settings: serde_json::from_value(settings).unwrap(),
            ..Tenant::default()
        };
        let parameters = Parameters::of_form(form.as_bytes()).unwrap();
        let accepted = PasswordRequest::accept(&parameters, grant, &tenant);
        accepted
            .map(|request| request.connection)
            .map_err(|error| error.code)
    }

    #[test]
    fn a_realm_names_a_connection_of_the_tenant() {
        let (plain, realm) = (GrantType::Password, GrantType::PasswordRealm);
        let form = "username=a&password=b";
        assert_eq!(accepted(plain, form), Ok(Some("guests".to_owned())));
        assert_eq!(
            accepted(realm, "username=a&password=b&realm=staff"),
            Ok(Some("staff".to_owned()))
        );
        assert_eq!(
            accepted(realm, "username=a&password=b&realm=con_1"),
            Ok(Some("staff".to_owned()))
        );
        for (grant, form) in [
            (realm, form),
            (realm, "username=a&password=b&realm=other"),
            (plain, "username=a"),
            (plain, "password=b"),
            (plain, "username=a&password=b&password=b"),
        ] {
            assert_eq!(accepted(grant, form), Err(ErrorCode::InvalidRequest), "{form}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let parameters = Parameters::of_form(b"username=a&password=canary").unwrap();
        let request = PasswordRequest::accept(&parameters, GrantType::Password, &Tenant::default());
        assert!(!format!("{:?}", request.unwrap()).contains("canary"));
    }
}
